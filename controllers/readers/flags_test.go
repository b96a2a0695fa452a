package readers

import (
	"flag"
	"io"
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
