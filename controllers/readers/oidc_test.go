package readers

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/access"
)

// idp is an OpenID provider that lets in whoever comes, with the claims that a test sets.
type idp struct {
	*httptest.Server
	key     *rsa.PrivateKey
	signer  *rsa.PrivateKey // the key itself, or that of somebody else
	claims  map[string]any
	asked   url.Values // of the last request for a code
	expires time.Duration
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{key: key, signer: key, claims: map[string]any{"sub": "ann"}, expires: 10 * time.Minute}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.idToken(t)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *idp) idToken(t *testing.T) string {
	claims := map[string]any{"iss": p.URL, "aud": "callboard", "nonce": p.asked.Get("nonce"), "iat": noon.Unix(), "exp": noon.Add(p.expires).Unix()}
	for k, v := range p.claims {
		claims[k] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.signer, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// through sends a browser to the provider, and answers with what it comes back with.
func (p *idp) through(t *testing.T, b *browser) (state string) {
	t.Helper()
	res := b.get("/sign-in/provider?to=/components")
	to, err := url.Parse(res.Header().Get("Location"))
	if err != nil || res.Code != http.StatusSeeOther || !strings.HasPrefix(to.String(), p.URL+"/auth?") {
		t.Fatalf("the browser is sent to %q with %d: %s", res.Header().Get("Location"), res.Code, res.Body)
	}
	p.asked = to.Query()
	if p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("nonce") == "" || p.asked.Get("state") == "" {
		t.Errorf("the provider is asked with %v", p.asked)
	}
	return p.asked.Get("state")
}

func newOIDCWorld(t *testing.T, p *idp, change ...func(*OIDC)) (*world, *browser) {
	t.Helper()
	w := newWorld(t, 0, func(o *Options) {
		o.OIDC = &OIDC{Issuer: p.URL, ClientID: "callboard", RedirectURL: "http://example.com/sign-in/callback", UsernameClaim: "sub",
			UsernamePrefix: "oidc:", GroupsClaim: "groups", GroupsPrefix: "oidc:"}
		for _, c := range change {
			c(o.OIDC)
		}
	})
	return w, newBrowser(w.Door)
}

func TestSignInWithAProvider(t *testing.T) {
	p := newIDP(t)
	p.claims["groups"] = []string{"dev", "system:masters"}
	w, b := newOIDCWorld(t, p)
	if page := b.get("/sign-in").Body.String(); !strings.Contains(page, "Sign in with "+strings.TrimPrefix(p.URL, "http://")) ||
		!strings.Contains(page, `name="token"`) {
		t.Errorf("the page to sign in is\n%s", page)
	}
	state := p.through(t, b)
	res := b.get("/sign-in/callback?code=the-code&state=" + state)
	if res.Code != http.StatusOK || !strings.Contains(res.Body.String(), `content="0; url=/components"`) {
		t.Fatalf("coming back: %d\n%s", res.Code, res.Body)
	}
	if got := b.get("/").Body.String(); got != "oidc:ann" {
		t.Errorf("the reader is %q", got)
	}
	var in session
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	for name, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	w.in.sessions.get(r, purposeSession, &in)
	want := &access.User{Name: "oidc:ann", Groups: []string{authenticated, "oidc:dev", "oidc:system:masters"}}
	if diff := cmp.Diff(want, in.User); diff != "" {
		t.Errorf("the reader -want +got:\n%s", diff)
	}
	w.clock.Step(p.expires) // before a session would end
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("after the ID token ended: %d %s", got.Code, got.Body)
	}
}

func TestProvidersThatAreNotBelieved(t *testing.T) {
	bare := func(o *OIDC) { o.UsernamePrefix, o.GroupsPrefix = "", "" }
	email := func(o *OIDC) { o.UsernameClaim = "email" }
	cases := map[string]struct {
		claims map[string]any
		change func(*OIDC)
		want   int
	}{
		"a master of the cluster":         {map[string]any{"groups": []string{"system:masters"}}, bare, 403},
		"a part of the cluster":           {map[string]any{"sub": "system:admin"}, bare, 403},
		"nobody":                          {map[string]any{"sub": ""}, nil, 403},
		"an address that is not verified": {map[string]any{"email": "a@b.example", "email_verified": false}, email, 403},
		"an address that is verified":     {map[string]any{"email": "a@b.example", "email_verified": true}, email, 200},
		"groups that are none":            {map[string]any{"groups": []any{map[string]any{"a": 1}}}, nil, 403},
		"groups as a number":              {map[string]any{"groups": 5}, nil, 403},
		"one group":                       {map[string]any{"groups": "dev"}, nil, 200},
		"another audience":                {map[string]any{"aud": "other"}, nil, 500},
		"another issuer":                  {map[string]any{"iss": "https://evil.example"}, nil, 500},
		"another nonce":                   {map[string]any{"nonce": "x"}, nil, 500},
		"a token that has ended":          {map[string]any{"exp": noon.Add(-time.Minute).Unix()}, nil, 500},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := newIDP(t)
			for k, v := range tc.claims {
				p.claims[k] = v
			}
			var changes []func(*OIDC)
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			_, b := newOIDCWorld(t, p, changes...)
			res := b.get("/sign-in/callback?code=the-code&state=" + p.through(t, b))
			signedIn := b.get("/").Code == http.StatusOK
			if res.Code != tc.want || signedIn != (tc.want == 200) {
				t.Errorf("coming back: %d, signed in: %v, want %d\n%s", res.Code, signedIn, tc.want, res.Body)
			}
		})
	}
}

func TestWhoComesBackWithoutHavingGone(t *testing.T) {
	p := newIDP(t)
	w, b := newOIDCWorld(t, p)
	back := func(b *browser, query string) int { return b.get("/sign-in/callback?" + query).Code }
	if got := back(b, "code=the-code&state="); got != 400 {
		t.Errorf("never gone: %d", got)
	}
	state := p.through(t, b)
	if got := back(newBrowser(w.Door), "code=the-code&state="+state); got != 400 {
		t.Errorf("another browser: %d", got)
	}
	if got := back(b, "code=the-code&state=x"); got != 400 {
		t.Errorf("another state: %d", got)
	}
	if got := back(b, "code=the-code&state="+state); got != 400 {
		t.Errorf("a second time: %d", got)
	}
	state = p.through(t, b)
	if got := back(b, "error=access_denied&state="+state); got != 401 {
		t.Errorf("who was not let in: %d", got)
	}
	state = p.through(t, b)
	w.clock.Step(stateFor)
	if got := back(b, "code=the-code&state="+state); got != 400 {
		t.Errorf("who took too long: %d", got)
	}
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("somebody is signed in: %s", got.Body)
	}
}

func TestAKeyOfSomebodyElse(t *testing.T) {
	p := newIDP(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.signer = other
	_, b := newOIDCWorld(t, p)
	if res := b.get("/sign-in/callback?code=the-code&state=" + p.through(t, b)); res.Code != 500 || strings.Contains(res.Body.String(), "signature") {
		t.Errorf("coming back: %d\n%s", res.Code, res.Body)
	}
}

func TestAProviderThatStartsLater(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	defer down.Close()
	_, b := newOIDCWorld(t, &idp{Server: down})
	if res := b.get("/sign-in/provider"); res.Code != 500 {
		t.Errorf("with the provider down: %d", res.Code)
	}
	body, _ := io.ReadAll(b.get("/sign-in").Body)
	if !strings.Contains(string(body), "Sign in with") {
		t.Errorf("the page to sign in is\n%s", body)
	}
}
