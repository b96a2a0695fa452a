package readers

import (
	"flag"
	"io"
	"strings"
	"testing"
)

func parse(t *testing.T, args ...string) (*Flags, error) {
	t.Helper()
	var f Flags
	fs := flag.NewFlagSet("callboard", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	f.Bind(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	_, err := f.Options()
	return &f, err
}

func TestFlags(t *testing.T) {
	f, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := f.Options()
	if !o.Token || o.Anonymous != nil || o.Proxy != nil || o.OIDC != nil || len(o.Hosts) != len(loopbackHosts) || f.Server().Validate() != nil {
		t.Errorf("without flags the options are %+v", o)
	}
	f, err = parse(t, "--dashboard-bind-address=:8443", "--dashboard-cert-dir=x", "--dashboard-anonymous-user=system:anonymous",
		"--dashboard-proxy-addresses=10.0.0.1,fd00::/8", "--dashboard-oidc-issuer=https://id.example", "--dashboard-hosts=a.example")
	if err != nil {
		t.Fatal(err)
	}
	o, _ = f.Options()
	if o.Anonymous.Groups[0] != "system:unauthenticated" || len(o.Proxy.Addresses) != 2 || o.Proxy.Addresses[0].Bits() != 32 ||
		o.OIDC.UsernamePrefix != "oidc:" || len(o.Hosts) != 1 {
		t.Errorf("the options are %+v", o)
	}
	for _, wrong := range [][]string{
		{"--dashboard-proxy-addresses=10.0.0"}, {"--dashboard-session-duration=0"}, {"--dashboard-proxy-client-ca=x"},
	} {
		if _, err := parse(t, wrong...); err == nil {
			t.Errorf("%v are taken", wrong)
		}
	}
}

func TestTryHosts(t *testing.T) {
	f, _ := parse(t)
	if hosts, err := f.TryHosts(); err != nil || len(hosts) != 0 {
		t.Errorf("without the flag %v, %v, want no hosts", hosts, err)
	}
	f, _ = parse(t, "--dashboard-try-hosts=api.example.com, http://127.0.0.1:8080")
	hosts, err := f.TryHosts()
	if err != nil || len(hosts) != 2 || hosts[1].Origin.String() != "http://127.0.0.1:8080" {
		t.Errorf("TryHosts() = %v, %v, want two", hosts, err)
	}
	f, _ = parse(t, "--dashboard-try-hosts=*.example.com")
	if _, err := f.TryHosts(); err == nil || !strings.Contains(err.Error(), "--dashboard-try-hosts") {
		t.Errorf("a pattern: %v, want an error that names the flag", err)
	}
}
