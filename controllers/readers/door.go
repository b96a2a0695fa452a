// Package readers tells who reads the dashboard, asks the API server what he may see, and serves it.
package readers

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"k8s.io/utils/clock"

	"github.com/callboard-dev/callboard/api/access"
)

// Options say who may come in, and whom to ask.
type Options struct {
	// Reviews says whose a token is, and what users may get.
	Reviews Reviews
	// Namespaces are those that hold objects of a resource. Users who may not get all are reviewed in these.
	Namespaces func(access.Resource) []string
	// Clock tells the time.
	Clock clock.Clock
	// Log is told of who is refused although he should not be, and of reviews that fail in the background.
	Log *slog.Logger

	// Token lets in whoever has a token of the cluster.
	Token bool
	// Audiences are those that a token may be for; the API server's own if there are none.
	Audiences []string
	// Sessions are how readers stay signed in.
	Sessions Sessions
	// Proxy lets in whom an authenticating proxy names, if it is not nil.
	Proxy *Proxy
	// OIDC lets in whom an OpenID provider names, if it is not nil.
	OIDC *OIDC
	// Anonymous is who everybody else is; they are refused if it is nil.
	Anonymous *access.User
	// MayAssert are the users and groups with the prefix system: that a proxy or a provider may name.
	MayAssert []string
	// Hosts are the only ones that a request may be for, without port; any if empty. A page elsewhere that lets its own
	// name point here is kept out.
	Hosts []string
}

// way is one way to tell who sends a request. It returns false if the request does not use it, and an error if it does
// and is refused.
type way func(*http.Request) (access.User, bool, error)

// Door implements access.Door. It is safe for concurrent use.
type Door struct {
	asker *asker
	ways  []way
	proxy *proxy
	hosts []string
	in    *signIn // nil if nobody can
}

// New makes a door. What it does in the background ends with the context.
func New(ctx context.Context, o Options) (*Door, error) {
	a := &asker{ctx: ctx, reviews: o.Reviews, holding: o.Namespaces, clock: o.Clock, log: o.Log, pace: newPace(),
		people: newPeople(limits{maxPeople, maxAnswers})}
	d := &Door{asker: a, hosts: o.Hosts}
	sessions, err := newSessions(o.Sessions, o.Clock)
	if err != nil {
		return nil, err
	}
	tokens := newTokens(o)
	if o.Token {
		d.ways = append(d.ways, tokens.bearer)
	}
	if o.Token || o.OIDC != nil {
		in := &signIn{sessions: sessions, log: o.Log}
		if o.Token {
			in.tokens = tokens
		}
		if o.OIDC != nil {
			if in.oidc, err = newProvider(ctx, *o.OIDC, sessions, o); err != nil {
				return nil, err
			}
		}
		d.in = in
		d.ways = append(d.ways, in.user)
	}
	if o.Proxy != nil {
		if d.proxy, err = newProxy(*o.Proxy, o); err != nil {
			return nil, err
		}
		d.ways = append(d.ways, d.proxy.user)
	}
	if o.Anonymous != nil {
		d.ways = append(d.ways, func(*http.Request) (access.User, bool, error) { return *o.Anonymous, true, nil })
	}
	if len(d.ways) == 0 {
		return nil, fmt.Errorf("nobody could read the dashboard: let in tokens, a proxy, an OpenID provider or everybody")
	}
	return d, nil
}

// Reader implements access.Door.
func (d *Door) Reader(r *http.Request) (access.Reader, error) {
	for _, way := range d.ways {
		u, found, err := way(r)
		if err != nil {
			return nil, err
		}
		if found {
			return d.asker.reader(u), nil
		}
	}
	return nil, access.ErrNobody
}

// Handler serves the pages at which readers sign in and out before others, which see no headers of a proxy that may not
// set them.
func (d *Door) Handler(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	if d.in != nil {
		d.in.routes(mux)
	}
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(d.hosts) > 0 && !slices.Contains(d.hosts, hostOf(r.Host)) {
			http.Error(w, "This host is not served here.", http.StatusMisdirectedRequest)
			return
		}
		d.strip(r)
		guarded.ServeHTTP(w, r)
	})
}

// SignIn is the path at which readers sign in, and SignOut that which they post to; both are empty if nobody can.
func (d *Door) SignIn() (in, out string) {
	if d.in == nil {
		return "", ""
	}
	return signInPath, signOutPath
}

// strip removes headers that say who reads, but for those of a proxy that may.
func (d *Door) strip(r *http.Request) {
	if d.proxy != nil && d.proxy.trusts(r) {
		return
	}
	for name := range r.Header {
		if strings.HasPrefix(name, remoteHeaders) || d.proxy != nil && d.proxy.owns(name) {
			r.Header.Del(name)
		}
	}
}

// hostOf is the host of a Host header in small letters, without port and brackets.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// refuse says why somebody is not let in; the reader is told only that he is nobody.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", access.ErrNobody, fmt.Sprintf(format, args...))
}

// systemPrefix begins the names that Kubernetes keeps for itself.
const systemPrefix = "system:"

// authenticated is the group of all that are known.
const authenticated = "system:authenticated"

// asserted is a user whom somebody other than the API server names. It refuses names that would make him part of the
// cluster, or its master.
func asserted(name string, groups, may []string) (access.User, error) {
	if name == "" {
		return access.User{}, refuse("a user without name")
	}
	if strings.HasPrefix(name, systemPrefix) && !slices.Contains(may, name) {
		return access.User{}, refuse("the user %q may not be asserted", name)
	}
	out := []string{authenticated}
	for _, g := range groups {
		switch {
		case g == "" || slices.Contains(out, g):
			continue
		case strings.HasPrefix(g, systemPrefix) && !slices.Contains(may, g):
			return access.User{}, refuse("the group %q of the user %q may not be asserted", g, name)
		}
		out = append(out, g)
	}
	return access.User{Name: name, Groups: out}, nil
}
