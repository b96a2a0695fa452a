package main

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// upstreamHost is what the dashboard is called through a port-forward.
const upstreamHost = "localhost"

// openPath begins the addresses that let a browser in.
const openPath = "/-/open/"

// local stands between the browser and the dashboard: it lets in the one browser that was told the secret, and adds the
// caller's credentials to what that asks for. Other pages in it cannot come in, as they have no cookie, nor can they by
// letting a name of theirs point here.
type local struct {
	proxy  *httputil.ReverseProxy
	cookie string // the value that the browser shows
	lasts  string // the secret of the address that is printed
	once   string // that of the address that starts a browser: others on this computer can see its arguments

	mu   sync.Mutex
	used bool
	at   string
}

func newLocal(signed http.RoundTripper, scheme string) *local {
	return &local{cookie: rand.Text(), lasts: rand.Text(), once: rand.Text(), proxy: &httputil.ReverseProxy{
		Transport:     signed,
		FlushInterval: -1, // events are passed on as they come
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = scheme, upstreamHost, upstreamHost
			for name := range r.Out.Header {
				if name == "Cookie" || name == "Authorization" || strings.HasPrefix(name, "X-Remote-") || strings.HasPrefix(name, "Impersonate-") {
					r.Out.Header.Del(name)
				}
			}
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Set-Cookie") // who is signed in is decided here
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "The dashboard cannot be reached: "+err.Error(), http.StatusBadGateway)
		},
	}}
}

// listens says where the browser comes in.
func (l *local) listens(at string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = at
}

// address is what a browser opens, once or as often as it likes.
func (l *local) address(once bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	secret := l.lasts
	if once {
		secret = l.once
	}
	return (&url.URL{Scheme: "http", Host: l.at, Path: openPath + secret}).String()
}

// cookieName differs by port: cookies do not.
func (l *local) cookieName() string {
	_, port, _ := net.SplitHostPort(l.at) // what listens has a port
	return "callboard-" + port
}

// ServeHTTP implements http.Handler.
func (l *local) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != l.at {
		http.Error(w, "This is not the address that was printed.", http.StatusMisdirectedRequest)
		return
	}
	if secret, ok := strings.CutPrefix(r.URL.Path, openPath); ok {
		l.letIn(w, r, secret)
		return
	}
	if c := r.CookiesNamed(l.cookieName()); len(c) != 1 || !same(c[0].Value, l.cookie) {
		http.Error(w, "Open the address that kubectl callboard dashboard printed.", http.StatusForbidden)
		return
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "Another page sent this.", http.StatusForbidden)
		return
	}
	l.proxy.ServeHTTP(w, r)
}

func (l *local) letIn(w http.ResponseWriter, r *http.Request, secret string) {
	if !l.right(secret) {
		http.Error(w, "This address was used, or is wrong. Open the one that kubectl callboard dashboard printed.", http.StatusForbidden)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: l.cookieName(), Value: l.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// right says whether a secret lets in.
func (l *local) right(secret string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if same(secret, l.once) && !l.used {
		l.used = true
		return true
	}
	return same(secret, l.lasts)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
