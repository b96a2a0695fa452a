package readers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/access"
)

func request(change ...func(*http.Request)) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	for _, c := range change {
		c(r)
	}
	return r
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) {
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
}

func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address }
}

// who is the user that a door lets in; "" if it is nobody.
func who(t *testing.T, d *Door, r *http.Request) access.User {
	t.Helper()
	reader, err := d.Reader(r)
	if errors.Is(err, access.ErrNobody) {
		return access.User{}
	}
	if err != nil {
		t.Fatal(err)
	}
	return reader.User()
}

func withAnonymous(o *Options) { o.Anonymous = &access.User{Name: "system:anonymous"} }

func TestBearerTokens(t *testing.T) {
	ann := access.User{Name: "ann", Groups: []string{"system:authenticated"}}
	cases := map[string]struct {
		headers []string
		want    string
	}{
		"none":                     {nil, ""},
		"one that is known":        {[]string{"Bearer good"}, "ann"},
		"the scheme in small":      {[]string{"bearer good"}, "ann"},
		"one that is not known":    {[]string{"Bearer bad"}, ""},
		"an empty one":             {[]string{"Bearer "}, ""},
		"no space":                 {[]string{"Bearergood"}, ""},
		"a name and a password":    {[]string{"Basic Z29vZDpnb29k"}, ""},
		"two of them":              {[]string{"Bearer good", "Bearer good"}, ""},
		"one with a line in it":    {[]string{"Bearer go\nod"}, ""},
		"one that is a page long":  {[]string{"Bearer " + strings.Repeat("a", maxToken+1)}, ""},
		"one with a letter beyond": {[]string{"Bearer goöd"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0)
			w.reviews.users["good"] = ann
			if got := who(t, w.Door, request(header("Authorization", tc.headers...))); got.Name != tc.want {
				t.Errorf("Reader() with %q is %q, want %q", tc.headers, got.Name, tc.want)
			}
		})
	}
}

func TestABadTokenIsNotAnonymous(t *testing.T) {
	w := newWorld(t, 0, withAnonymous)
	if got := who(t, w.Door, request()); got.Name != "system:anonymous" {
		t.Errorf("Reader() without anything is %q", got.Name)
	}
	if got := who(t, w.Door, request(header("Authorization", "Bearer bad"))); got.Name != "" {
		t.Errorf("Reader() with a bad token is %q, want nobody", got.Name)
	}
}

func TestAnonymousOffIsNobody(t *testing.T) {
	w := newWorld(t, 0)
	if _, err := w.Reader(request()); !errors.Is(err, access.ErrNobody) {
		t.Errorf("Reader() = %v, want nobody", err)
	}
}

func TestTokenReviewsAreKeptForAWhile(t *testing.T) {
	w := newWorld(t, 0)
	w.reviews.users["good"] = access.User{Name: "ann"}
	ask := func(token string) string {
		return who(t, w.Door, request(header("Authorization", "Bearer "+token))).Name
	}
	for range 5 {
		if ask("good") != "ann" || ask("bad") != "" {
			t.Fatal("the tokens are not told apart")
		}
	}
	if w.reviews.tokens != 2 {
		t.Errorf("%d reviews of two tokens", w.reviews.tokens)
	}
	w.reviews.set(func(f *fakeReviews) {
		delete(f.users, "good")
		f.users["bad"] = access.User{Name: "ben"}
	})
	w.clock.Step(nobodyAge)
	if got := ask("bad"); got != "ben" {
		t.Errorf("a token that is known by now is %q's", got)
	}
	w.clock.Step(MaxAge - nobodyAge - time.Millisecond)
	if got := ask("good"); got != "ann" {
		t.Errorf("just before ten seconds the token is %q's", got)
	}
	w.clock.Step(time.Millisecond)
	if got := ask("good"); got != "" {
		t.Errorf("ten seconds after the token ended it is %q's", got)
	}
	w.reviews.set(func(f *fakeReviews) { f.down = true })
	if _, err := w.Reader(request(header("Authorization", "Bearer other"))); !errors.Is(err, errDown) {
		t.Errorf("Reader() = %v with the API server down, want its error", err)
	}
}

func TestWhatAProxyMaySay(t *testing.T) {
	near, far := from("10.1.2.3:5555"), from("192.0.2.1:5555")
	cases := map[string]struct {
		request []func(*http.Request)
		want    access.User
	}{
		"a user": {[]func(*http.Request){near, header("X-Remote-User", "ann")}, access.User{Name: "ann", Groups: []string{authenticated}}},
		"a user with groups": {
			[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Group", "dev", "ops", "dev")},
			access.User{Name: "ann", Groups: []string{authenticated, "dev", "ops"}}},
		"the same from elsewhere":                    {[]func(*http.Request){far, header("X-Remote-User", "ann")}, access.User{}},
		"from elsewhere, saying that it is not":      {[]func(*http.Request){far, header("X-Remote-User", "ann"), header("X-Forwarded-For", "10.1.2.3"), header("X-Real-Ip", "10.1.2.3")}, access.User{}},
		"nobody":                                     {[]func(*http.Request){near}, access.User{}},
		"groups without a user":                      {[]func(*http.Request){near, header("X-Remote-Group", "dev")}, access.User{}},
		"two users":                                  {[]func(*http.Request){near, header("X-Remote-User", "ann", "ben")}, access.User{}},
		"an empty user":                              {[]func(*http.Request){near, header("X-Remote-User", "")}, access.User{}},
		"masters of the cluster":                     {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Group", "system:masters")}, access.User{}},
		"a part of the cluster":                      {[]func(*http.Request){near, header("X-Remote-User", "system:kube-controller-manager")}, access.User{}},
		"a service account":                          {[]func(*http.Request){near, header("X-Remote-User", "system:serviceaccount:kube-system:x")}, access.User{}},
		"a group that may be asserted":               {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Group", "system:monitoring")}, access.User{Name: "ann", Groups: []string{authenticated, "system:monitoring"}}},
		"the group of all that are known":            {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Group", authenticated)}, access.User{Name: "ann", Groups: []string{authenticated}}},
		"extra information that counts":              {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Extra-Scopes", "a", "b")}, access.User{Name: "ann", Groups: []string{authenticated}, Extra: map[string][]string{"scopes": {"a", "b"}}}},
		"extra information that a reader sent along": {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Extra-Admin", "true")}, access.User{Name: "ann", Groups: []string{authenticated}}},
		"a name that is a page long":                 {[]func(*http.Request){near, header("X-Remote-User", strings.Repeat("a", maxName+1))}, access.User{}},
		"a thousand groups":                          {[]func(*http.Request){near, header("X-Remote-User", "ann"), header("X-Remote-Group", strings.Split(strings.Repeat("g ", 1000), " ")...)}, access.User{}},
		"from an address that is none":               {[]func(*http.Request){from("@"), header("X-Remote-User", "ann")}, access.User{}},
		"from IPv4 within IPv6":                      {[]func(*http.Request){from("[::ffff:10.1.2.3]:1"), header("X-Remote-User", "ann")}, access.User{Name: "ann", Groups: []string{authenticated}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0, func(o *Options) {
				o.Proxy = &Proxy{Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Extra: []string{"Scopes"}}
				o.MayAssert = []string{"system:monitoring"}
			})
			if diff := cmp.Diff(tc.want, who(t, w.Door, request(tc.request...))); diff != "" {
				t.Errorf("Reader() -want +got:\n%s", diff)
			}
		})
	}
}

func TestHeadersOfOthersAreRemoved(t *testing.T) {
	w := newWorld(t, 0, withAnonymous, func(o *Options) {
		o.Proxy = &Proxy{Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, UserHeader: "x-auth-user", GroupHeader: "x-auth-groups", GroupSeparator: ","}
	})
	var got http.Header
	h := w.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	all := []func(*http.Request){header("X-Auth-User", "ann"), header("X-Auth-Groups", "a, b"), header("X-Remote-Extra-A", "b"), header("Accept", "text/html")}
	h.ServeHTTP(httptest.NewRecorder(), request(append(all, from("192.0.2.1:1"))...))
	if diff := cmp.Diff(http.Header{"Accept": {"text/html"}}, got); diff != "" {
		t.Errorf("headers of somebody else -want +got:\n%s", diff)
	}
	h.ServeHTTP(httptest.NewRecorder(), request(append(all, from("10.1.0.1:1"))...))
	if len(got) != 4 {
		t.Errorf("headers of the proxy are %v, want all", got)
	}
	want := access.User{Name: "ann", Groups: []string{authenticated, "a", "b"}}
	if diff := cmp.Diff(want, who(t, w.Door, request(append(all, from("10.1.0.1:1"))...))); diff != "" {
		t.Errorf("Reader() -want +got:\n%s", diff)
	}
}

// authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = a.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) issue(t *testing.T, c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func (a *authority) file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAProxyIsKnownByItsCertificate(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	cases := map[string]struct {
		by   *authority
		cert *x509.Certificate
		want string
	}{
		"the right one":                      {ours, &x509.Certificate{Subject: pkix.Name{CommonName: "proxy"}, ExtKeyUsage: client}, "ann"},
		"another name":                       {ours, &x509.Certificate{Subject: pkix.Name{CommonName: "somebody"}, ExtKeyUsage: client}, ""},
		"the name as an alternative one":     {ours, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}, DNSNames: []string{"proxy"}, ExtKeyUsage: client}, ""},
		"the name, from another authority":   {others, &x509.Certificate{Subject: pkix.Name{CommonName: "proxy"}, ExtKeyUsage: client}, ""},
		"the name, signed by itself":         {&authority{}, &x509.Certificate{Subject: pkix.Name{CommonName: "proxy"}, ExtKeyUsage: client}, ""},
		"a certificate for servers":          {ours, &x509.Certificate{Subject: pkix.Name{CommonName: "proxy"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, ""},
		"the right one, an hour after it is": {ours, &x509.Certificate{Subject: pkix.Name{CommonName: "proxy"}, ExtKeyUsage: client, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, ""},
		"none":                               {nil, nil, ""},
	}
	w := newWorld(t, 0, func(o *Options) { o.Proxy = &Proxy{ClientCA: ours.file(t), Names: []string{"proxy"}} })
	w.clock.SetTime(time.Now())
	var got string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = who(t, w.Door, r).Name }))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			transport := server.Client().Transport.(*http.Transport).Clone()
			if tc.cert != nil {
				cert, key := tc.by.issue(t, tc.cert)
				// Whatever the server says that it would like.
				transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}, nil
				}
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Remote-User", "ann")
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if got != tc.want {
				t.Errorf("Reader() is %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOptionsThatWouldLetInAnybodyAreRefused(t *testing.T) {
	ca := newAuthority(t).file(t)
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*Options){
		"nobody could come in":         func(o *Options) { o.Token = false },
		"a proxy that anybody can be":  func(o *Options) { o.Proxy = &Proxy{} },
		"any certificate":              func(o *Options) { o.Proxy = &Proxy{ClientCA: ca} },
		"authorities that are missing": func(o *Options) { o.Proxy = &Proxy{ClientCA: ca + "x", Names: []string{"a"}} },
		"authorities without any":      func(o *Options) { o.Proxy = &Proxy{ClientCA: empty, Names: []string{"a"}} },
		"no secrets":                   func(o *Options) { o.Sessions.KeyFile = empty },
		"a provider without a client":  func(o *Options) { o.OIDC = &OIDC{Issuer: "https://id.example"} },
		"a way back to another page": func(o *Options) {
			o.OIDC = &OIDC{Issuer: "https://id.example", ClientID: "a", UsernameClaim: "sub", RedirectURL: "https://a.example/"}
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0)
			o := Options{Reviews: w.reviews, Clock: w.clock, Log: w.asker.log, Token: true, Sessions: Sessions{For: time.Hour}}
			change(&o)
			if _, err := New(t.Context(), o); err == nil {
				t.Error("New() takes them")
			}
		})
	}
}

func TestOnlyItsOwnHostsAreServed(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Hosts = []string{"localhost", "127.0.0.1", "::1"} })
	h := w.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"localhost": 204, "localhost:8082": 204, "LocalHost:1": 204, "127.0.0.1:8082": 204, "[::1]:8082": 204, "[::1]": 204,
		"evil.example": 421, "localhost.evil.example:8082": 421, "evil.example:127.0.0.1": 421, "": 421, "127.0.0.1.evil.example": 421,
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, request(func(r *http.Request) { r.Host = host }))
		if rec.Code != want {
			t.Errorf("a request for %q is answered with %d, want %d", host, rec.Code, want)
		}
	}
}
