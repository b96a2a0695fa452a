package readers

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"k8s.io/utils/clock"

	"github.com/callboard-dev/callboard/api/access"
)

// remoteHeaders begins the headers that tell who reads.
const remoteHeaders = "X-Remote-"

// Proxy is an authenticating proxy. It must itself remove the headers that it sets from what it is sent.
type Proxy struct {
	// ClientCA is a file with the authorities of the certificates that a proxy shows.
	ClientCA string
	// Names are the common names of which the certificate has one. They must be given with ClientCA.
	Names []string
	// Addresses are the networks from which requests come that need no certificate.
	Addresses []netip.Prefix
	// UserHeader, GroupHeader and ExtraPrefix are the headers; those of the API server if they are empty.
	UserHeader, GroupHeader, ExtraPrefix string
	// GroupSeparator separates groups within one header, if it is not empty.
	GroupSeparator string
	// Extra are the only keys of extra information that the proxy may set; all others are ignored.
	Extra []string
}

// Bounds of what a proxy tells.
const (
	maxGroups = 500
	maxName   = 1024
)

type proxy struct {
	Proxy

	authorities *x509.CertPool
	may         []string
	clock       clock.PassiveClock
	warn        func(msg string, args ...any)
}

func newProxy(p Proxy, o Options) (*proxy, error) {
	out := &proxy{Proxy: p, may: o.MayAssert, clock: o.Clock, warn: o.Log.Warn}
	for header, usual := range map[*string]string{
		&out.UserHeader: remoteHeaders + "User", &out.GroupHeader: remoteHeaders + "Group", &out.ExtraPrefix: remoteHeaders + "Extra-",
	} {
		if *header == "" {
			*header = usual
		}
		*header = http.CanonicalHeaderKey(*header)
	}
	switch {
	case p.ClientCA == "" && len(p.Addresses) == 0:
		return nil, fmt.Errorf("a proxy needs a client certificate or an address by which it is known")
	case p.ClientCA != "" && len(p.Names) == 0:
		return nil, fmt.Errorf("a proxy that shows a client certificate needs common names: any other holder of one could be anybody")
	case p.ClientCA != "":
		text, err := os.ReadFile(p.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("read the authorities of the proxy: %w", err)
		}
		out.authorities = x509.NewCertPool()
		if !out.authorities.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authorities of the proxy: %q holds no certificate", p.ClientCA)
		}
	}
	return out, nil
}

// owns says whether a header is one that the proxy sets.
func (p *proxy) owns(name string) bool {
	return name == p.UserHeader || name == p.GroupHeader || strings.HasPrefix(name, p.ExtraPrefix)
}

// trusts says whether a request comes from the proxy itself. What headers say of where it comes from does not count.
func (p *proxy) trusts(r *http.Request) bool { return p.certified(r) || p.near(r.RemoteAddr) }

func (p *proxy) near(address string) bool {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	a := at.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(p.Addresses, func(n netip.Prefix) bool { return n.Contains(a) })
}

func (p *proxy) certified(r *http.Request) bool {
	if p.authorities == nil || r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return false
	}
	leaf, others := r.TLS.PeerCertificates[0], x509.NewCertPool()
	for _, c := range r.TLS.PeerCertificates[1:] {
		others.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: p.authorities, Intermediates: others, CurrentTime: p.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil && slices.Contains(p.Names, leaf.Subject.CommonName)
}

// user is a way in: whom the proxy names.
func (p *proxy) user(r *http.Request) (access.User, bool, error) {
	if !p.trusts(r) {
		return access.User{}, false, nil
	}
	names := r.Header.Values(p.UserHeader)
	switch {
	case len(names) == 0:
		return access.User{}, false, nil
	case len(names) > 1:
		return access.User{}, false, refuse("the proxy names more than one user")
	}
	groups := p.groups(r.Header)
	if len(groups) > maxGroups || slices.ContainsFunc(append(groups, names[0]), tooLong) {
		return access.User{}, false, refuse("the proxy names too many groups, or too long a name")
	}
	u, err := asserted(names[0], groups, p.may)
	if err != nil {
		p.warn("A user whom the proxy names was refused", "reason", err.Error())
		return access.User{}, false, err
	}
	for _, key := range p.Extra {
		if values := r.Header.Values(p.ExtraPrefix + key); len(values) > 0 {
			if u.Extra == nil {
				u.Extra = map[string][]string{}
			}
			u.Extra[strings.ToLower(key)] = values
		}
	}
	return u, true, nil
}

func tooLong(name string) bool { return len(name) > maxName }

func (p *proxy) groups(h http.Header) []string {
	var out []string
	for _, v := range h.Values(p.GroupHeader) {
		if p.GroupSeparator == "" {
			out = append(out, v)
			continue
		}
		for g := range strings.SplitSeq(v, p.GroupSeparator) {
			out = append(out, strings.TrimSpace(g))
		}
	}
	return out
}
