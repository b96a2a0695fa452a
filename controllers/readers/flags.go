package readers

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/outbound"
)

// Flags are what the command line says of the dashboard.
type Flags struct {
	// Address is where it listens; "0" if it does not.
	Address string

	certDir, hosts            string
	insecure                  bool
	token                     bool
	audiences                 string
	sessions                  Sessions
	proxy                     Proxy
	proxyNames, proxyFrom     string
	proxyExtra                string
	oidc                      OIDC
	oidcScopes                string
	anonymous, anonymousGroup string
	mayAssert                 string
	tryHosts                  string
}

// Bind makes the flags.
func (f *Flags) Bind(fs *flag.FlagSet) {
	fs.StringVar(&f.Address, "dashboard-bind-address", "127.0.0.1:8082",
		"Address of the dashboard; 0 serves none. One that is not loopback needs --dashboard-cert-dir.")
	fs.StringVar(&f.certDir, "dashboard-cert-dir", "", "Folder with tls.crt and tls.key of the dashboard; plain HTTP if empty.")
	fs.BoolVar(&f.insecure, "dashboard-insecure-http", false,
		"Serve plain HTTP also beyond loopback, where something else, such as a service mesh, encrypts.")
	fs.StringVar(&f.hosts, "dashboard-hosts", "",
		"Host names that the dashboard is called by, separated by commas; on a loopback address localhost always is one, elsewhere any is if empty.")
	fs.BoolVar(&f.token, "dashboard-token", true, "Let in who has a token of the cluster.")
	fs.StringVar(&f.audiences, "dashboard-token-audiences", "", "Audiences that tokens may be for, separated by commas; the API server's if empty.")
	fs.StringVar(&f.sessions.KeyFile, "dashboard-session-key-file", "",
		"File with secrets of 32 characters or more, one a line, that all replicas share; each start makes its own if empty.")
	fs.DurationVar(&f.sessions.For, "dashboard-session-duration", 8*time.Hour, "How long a reader stays signed in at most.")
	fs.StringVar(&f.mayAssert, "dashboard-may-assert", "",
		"Users and groups that begin with system: and that a proxy or provider may name all the same, separated by commas.")
	fs.StringVar(&f.anonymous, "dashboard-anonymous-user", "", "Who everybody is that does not sign in, such as system:anonymous; nobody if empty.")
	fs.StringVar(&f.anonymousGroup, "dashboard-anonymous-groups", "system:unauthenticated", "Groups of that user, separated by commas.")
	fs.StringVar(&f.tryHosts, "dashboard-try-hosts", "",
		"Hosts of Public APIs that readers may call from the dashboard, as [http://|https://]host[:port][=network], separated by commas; none if empty.")
	f.bindProxy(fs)
	f.bindOIDC(fs)
}

func (f *Flags) bindProxy(fs *flag.FlagSet) {
	fs.StringVar(&f.proxy.ClientCA, "dashboard-proxy-client-ca", "",
		"File with the authorities of the client certificate by which an authenticating proxy is known.")
	fs.StringVar(&f.proxyNames, "dashboard-proxy-allowed-names", "", "Common names that the certificate of the proxy may have, separated by commas.")
	fs.StringVar(&f.proxyFrom, "dashboard-proxy-addresses", "", "Addresses and networks of proxies that show no certificate, separated by commas.")
	fs.StringVar(&f.proxy.UserHeader, "dashboard-proxy-user-header", "X-Remote-User", "Header in which the proxy names the user.")
	fs.StringVar(&f.proxy.GroupHeader, "dashboard-proxy-group-header", "X-Remote-Group", "Header in which the proxy names groups.")
	fs.StringVar(&f.proxy.GroupSeparator, "dashboard-proxy-group-separator", "", "What separates groups within one header; one header a group if empty.")
	fs.StringVar(&f.proxyExtra, "dashboard-proxy-extra", "", "Keys of X-Remote-Extra- headers that count, separated by commas; none if empty.")
}

func (f *Flags) bindOIDC(fs *flag.FlagSet) {
	fs.StringVar(&f.oidc.Issuer, "dashboard-oidc-issuer", "", "Address of an OpenID provider that lets readers in; none if empty.")
	fs.StringVar(&f.oidc.Name, "dashboard-oidc-name", "", "What the page to sign in calls the provider; its host if empty.")
	fs.StringVar(&f.oidc.CAFile, "dashboard-oidc-ca", "", "File with the authorities of the provider; the system's if empty.")
	fs.StringVar(&f.oidc.ClientID, "dashboard-oidc-client-id", "", "The client's ID at the provider.")
	fs.StringVar(&f.oidc.ClientSecretFile, "dashboard-oidc-client-secret-file", "", "File with the client's secret; a public client has none.")
	fs.StringVar(&f.oidc.RedirectURL, "dashboard-oidc-redirect-url", "", "Address of the dashboard as browsers see it, followed by /sign-in/callback.")
	fs.StringVar(&f.oidcScopes, "dashboard-oidc-scopes", "profile,email,groups", "Scopes to ask for besides openid, separated by commas.")
	fs.StringVar(&f.oidc.UsernameClaim, "dashboard-oidc-username-claim", "sub", "Claim of the user's name.")
	fs.StringVar(&f.oidc.UsernamePrefix, "dashboard-oidc-username-prefix", "oidc:", "What stands before the user's name.")
	fs.StringVar(&f.oidc.GroupsClaim, "dashboard-oidc-groups-claim", "groups", "Claim of the user's groups.")
	fs.StringVar(&f.oidc.GroupsPrefix, "dashboard-oidc-groups-prefix", "oidc:", "What stands before the name of each group.")
}

// Options are those of the door that the flags describe. The caller adds whom to ask.
func (f *Flags) Options() (Options, error) {
	o := Options{Token: f.token, Audiences: split(f.audiences), Sessions: f.sessions, MayAssert: split(f.mayAssert), Hosts: split(f.hosts)}
	if host, _, err := net.SplitHostPort(f.Address); err == nil && loopback(host) {
		o.Hosts = append(o.Hosts, loopbackHosts...)
	}
	if f.sessions.For <= 0 {
		return o, errors.New("--dashboard-session-duration must be above 0")
	}
	if f.proxy.ClientCA != "" || f.proxyFrom != "" {
		if f.proxy.ClientCA != "" && f.certDir == "" {
			return o, errors.New("--dashboard-proxy-client-ca needs --dashboard-cert-dir: there are no client certificates without TLS")
		}
		p := f.proxy
		p.Names, p.Extra = split(f.proxyNames), split(f.proxyExtra)
		for _, from := range split(f.proxyFrom) {
			n, err := network(from)
			if err != nil {
				return o, fmt.Errorf("--dashboard-proxy-addresses: %w", err)
			}
			p.Addresses = append(p.Addresses, n)
		}
		o.Proxy = &p
	}
	if f.oidc.Issuer != "" {
		p := f.oidc
		p.Scopes = split(f.oidcScopes)
		o.OIDC = &p
	}
	if f.anonymous != "" {
		o.Anonymous = &access.User{Name: f.anonymous, Groups: split(f.anonymousGroup)}
	}
	return o, nil
}

// TryHosts are the hosts that readers may call from the dashboard.
func (f *Flags) TryHosts() (outbound.Hosts, error) {
	hosts, err := outbound.ParseHosts(f.tryHosts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", outbound.Flag, err)
	}
	return hosts, nil
}

// Server is the server that the flags describe. The caller adds what it serves.
func (f *Flags) Server() *Server {
	return &Server{Address: f.Address, CertDir: f.certDir, InsecureHTTP: f.insecure}
}

// network is a network, or that of a single address.
func network(text string) (netip.Prefix, error) {
	if n, err := netip.ParsePrefix(text); err == nil {
		return n.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}
