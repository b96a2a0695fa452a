package cluster

import (
	"crypto/x509"
	"os"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func newLayout(t *testing.T) layout {
	t.Helper()
	l := layout(t.TempDir())
	if err := l.make(); err != nil {
		t.Fatal(err)
	}
	return l
}

func newPKI(t *testing.T, l layout) {
	t.Helper()
	if err := ensurePKI(l); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestServerCertificateIsTrustedOnLoopback(t *testing.T) {
	l := newLayout(t)
	newPKI(t, l)
	ca, err := loadIdentity(l, "ca")
	if err != nil {
		t.Fatal(err)
	}
	server, err := loadIdentity(l, "apiserver")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for _, host := range []string{"127.0.0.1", "localhost", "kubernetes.default.svc", serviceIP} {
		_, err := server.cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
		if err != nil {
			t.Errorf("certificate for %s: %v", host, err)
		}
	}
}

func TestKeysAreKeptBetweenRuns(t *testing.T) {
	l := newLayout(t)
	newPKI(t, l)
	before := map[string]string{}
	for _, name := range []string{"ca.crt", "apiserver.crt", "admin.key", "sa.key", "front-proxy-client.crt"} {
		before[name] = read(t, l.pki(name))
	}
	newPKI(t, l)
	for name, want := range before {
		if read(t, l.pki(name)) != want {
			t.Errorf("%s was made anew", name)
		}
	}
}

func TestBrokenFilesAreMadeAnew(t *testing.T) {
	cases := map[string]struct {
		remove string
		renew  []string
		keep   []string
	}{
		"half of an authority": {"ca.crt", []string{"ca.key", "apiserver.crt", "admin.crt"}, []string{"sa.key", "front-proxy-ca.crt"}},
		"half of a client":     {"admin.key", []string{"admin.crt"}, []string{"ca.crt", "apiserver.crt", "sa.key"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLayout(t)
			newPKI(t, l)
			before := map[string]string{}
			for _, f := range append(tc.renew, tc.keep...) {
				before[f] = read(t, l.pki(f))
			}
			if err := os.Remove(l.pki(tc.remove)); err != nil {
				t.Fatal(err)
			}
			newPKI(t, l)
			for _, f := range tc.renew {
				if read(t, l.pki(f)) == before[f] {
					t.Errorf("%s was kept", f)
				}
			}
			for _, f := range tc.keep {
				if read(t, l.pki(f)) != before[f] {
					t.Errorf("%s was made anew", f)
				}
			}
		})
	}
}

func TestKubeconfigPointsAtTheAPIServer(t *testing.T) {
	l := newLayout(t)
	newPKI(t, l)
	if err := writeKubeconfigs(l, 6443); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{l.kubeconfig(), l.clientOf("kube-scheduler"), l.clientOf("kwok")} {
		config, err := clientcmd.BuildConfigFromFlags("", path)
		if err != nil {
			t.Fatal(err)
		}
		if config.Host != "https://127.0.0.1:6443" || len(config.CertData) == 0 || len(config.KeyData) == 0 {
			t.Errorf("%s: host %q, certificate and key %d and %d bytes", path, config.Host, len(config.CertData), len(config.KeyData))
		}
	}
	info, err := os.Stat(l.kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the kubeconfig has mode %v, want 0600", info.Mode().Perm())
	}
}
