package readers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"k8s.io/utils/clock"

	"github.com/callboard-dev/callboard/api/access"
)

// OIDC is an OpenID provider. The flow is that of an authorization code, with PKCE.
type OIDC struct {
	// Name is what the page calls the provider; the host of the issuer if empty.
	Name   string
	Issuer string
	// CAFile holds the authorities of the provider; those of the system if empty.
	CAFile string
	// ClientID and ClientSecretFile are those that the provider gave. A public client has no secret.
	ClientID, ClientSecretFile string
	// RedirectURL is the address of the dashboard, followed by /sign-in/callback, as browsers see it.
	RedirectURL string
	// Scopes are asked for besides openid.
	Scopes []string
	// UsernameClaim and GroupsClaim are the claims that name the user and his groups, as the API server would take them;
	// the prefixes stand before each.
	UsernameClaim, UsernamePrefix string
	GroupsClaim, GroupsPrefix     string
}

// purposeState is that of the cookie of whoever is on the way through the provider, and stateFor how long he may take.
const (
	purposeState    = "state"
	stateFor        = 10 * time.Minute
	providerTimeout = 10 * time.Second
)

// provider lets in whom an OpenID provider names.
type provider struct {
	OIDC

	name     string
	ctx      context.Context // with the client that speaks to the provider
	sessions *sessions
	may      []string
	clock    clock.PassiveClock

	mu    sync.Mutex
	found *oidc.Provider // once it answered
}

// passing is what is remembered of whoever is on the way through the provider.
type passing struct {
	State, Nonce, Verifier, To string
}

func newProvider(ctx context.Context, o OIDC, s *sessions, with Options) (*provider, error) {
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" || o.ClientID == "" || o.UsernameClaim == "" {
		return nil, errors.New("an OpenID provider needs the address of its issuer, the client's ID and the claim of the user's name")
	}
	back, err := url.Parse(o.RedirectURL)
	if err != nil || back.Host == "" || back.Path != callbackPath {
		return nil, fmt.Errorf("the redirect URL of the OpenID provider is the address of the dashboard followed by %s", callbackPath)
	}
	client := &http.Client{Timeout: providerTimeout}
	if o.CAFile != "" {
		text, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the authorities of the OpenID provider: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authorities of the OpenID provider: %q holds no certificate", o.CAFile)
		}
		client.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	}
	p := &provider{OIDC: o, name: o.Name, ctx: oidc.ClientContext(ctx, client), sessions: s, may: with.MayAssert, clock: with.Clock}
	if p.name == "" {
		p.name = issuer.Host
	}
	return p, nil
}

// connect finds the provider, which may start later than the operator.
func (p *provider) connect() (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		found, err := oidc.NewProvider(p.ctx, p.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("find the OpenID provider: %w", err)
		}
		p.found = found
	}
	config := &oauth2.Config{ClientID: p.ClientID, Endpoint: p.found.Endpoint(), RedirectURL: p.RedirectURL,
		Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...)}
	if p.ClientSecretFile != "" {
		secret, err := os.ReadFile(p.ClientSecretFile)
		if err != nil {
			return nil, nil, fmt.Errorf("read the client's secret: %w", err)
		}
		config.ClientSecret = strings.TrimSpace(string(secret))
	}
	return p.found, config, nil
}

// start sends a reader to the provider.
func (s *signIn) start(w http.ResponseWriter, r *http.Request) {
	to := localPath(r.FormValue("to"))
	_, config, err := s.oidc.connect()
	if err != nil {
		s.fail(w, signInView{To: to}, err)
		return
	}
	on := passing{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to}
	// Lax, since the browser comes back from another site.
	if err := s.sessions.set(w, r, purposeState, on, s.oidc.clock.Now().Add(stateFor), http.SameSiteLaxMode); err != nil {
		s.fail(w, signInView{To: to}, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, config.AuthCodeURL(on.State, oidc.Nonce(on.Nonce), oauth2.S256ChallengeOption(on.Verifier)), http.StatusSeeOther)
}

// callback lets in a reader who comes back from the provider.
func (s *signIn) callback(w http.ResponseWriter, r *http.Request) {
	var on passing
	known := s.sessions.get(r, purposeState, &on)
	clearFrom(w, r, purposeState, 0, http.SameSiteLaxMode)
	view := signInView{To: localPath(on.To)}
	if !known || subtle.ConstantTimeCompare([]byte(on.State), []byte(r.FormValue("state"))) != 1 {
		view.Problem = "This is not the end of what you began here, or it took too long. Sign in again."
		s.show(w, http.StatusBadRequest, view)
		return
	}
	if r.FormValue("error") != "" {
		view.Problem = "The provider did not sign you in."
		s.show(w, http.StatusUnauthorized, view)
		return
	}
	u, until, err := s.oidc.exchange(r.Context(), r.FormValue("code"), on)
	switch {
	case errors.Is(err, access.ErrNobody):
		s.log.Warn("A user whom the provider names was refused", "reason", err.Error())
		view.Problem = "The provider signed you in, but names you in a way that is not let in here. The operator's log says more."
		s.show(w, http.StatusForbidden, view)
	case err != nil:
		s.fail(w, view, err)
	default:
		s.enter(w, r, session{User: &u}, until, view.To)
	}
}

// exchange makes a user of a code, until the provider's word of him ends.
func (p *provider) exchange(ctx context.Context, code string, on passing) (access.User, time.Time, error) {
	found, config, err := p.connect()
	if err != nil {
		return access.User{}, time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, p.ctx.Value(oauth2.HTTPClient)), providerTimeout)
	defer cancel()
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(on.Verifier))
	if err != nil {
		return access.User{}, time.Time{}, fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return access.User{}, time.Time{}, errors.New("the OpenID provider sent no ID token")
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return access.User{}, time.Time{}, fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(on.Nonce)) != 1 {
		return access.User{}, time.Time{}, errors.New("verify the ID token: it was made for another sign-in")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return access.User{}, time.Time{}, fmt.Errorf("read the ID token: %w", err)
	}
	u, err := p.userOf(claims)
	until := p.sessions.latest()
	if id.Expiry.Before(until) {
		until = id.Expiry
	}
	return u, until, err
}

// userOf is whom claims name.
func (p *provider) userOf(claims map[string]any) (access.User, error) {
	name, ok := claims[p.UsernameClaim].(string)
	if !ok || name == "" || tooLong(name) {
		return access.User{}, refuse("the claim %q names nobody", p.UsernameClaim)
	}
	if verified, told := claims["email_verified"]; p.UsernameClaim == "email" && told && verified != true {
		return access.User{}, refuse("the address %q is not verified", name)
	}
	var groups []string
	switch v := claims[p.GroupsClaim].(type) {
	case nil:
	case string:
		groups = []string{v}
	case []any:
		for _, g := range v {
			text, ok := g.(string)
			if !ok {
				return access.User{}, refuse("the claim %q holds what is no name", p.GroupsClaim)
			}
			groups = append(groups, text)
		}
	default:
		return access.User{}, refuse("the claim %q holds no list of names", p.GroupsClaim)
	}
	if len(groups) > maxGroups || slices.ContainsFunc(groups, tooLong) {
		return access.User{}, refuse("the provider names too many groups, or too long a name")
	}
	for i := range groups {
		groups[i] = p.GroupsPrefix + groups[i]
	}
	return asserted(p.UsernamePrefix+name, groups, p.may)
}
