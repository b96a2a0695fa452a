package readers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/access"
)

// browser keeps cookies, as browsers do for one host.
type browser struct {
	handler http.Handler
	cookies map[string]string
}

func newBrowser(d *Door) *browser {
	return &browser{cookies: map[string]string{}, handler: d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader, err := d.Reader(r)
		if err != nil {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, reader.User().Name)
	}))}
}

func (b *browser) send(r *http.Request) *httptest.ResponseRecorder {
	for name, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return rec
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.send(httptest.NewRequest(http.MethodGet, path, http.NoBody))
}

func (b *browser) post(path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range change {
		c(r)
	}
	return b.send(r)
}

func TestSignInWithAToken(t *testing.T) {
	w := newWorld(t, 0)
	w.reviews.users["good"] = access.User{Name: "ann"}
	b := newBrowser(w.Door)
	if in, out := w.SignIn(); in != "/sign-in" || out != "/sign-out" {
		t.Errorf("SignIn() = %q, %q", in, out)
	}
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("before signing in: %d", got.Code)
	}
	page := b.get("/sign-in?to=" + url.QueryEscape(`/components?q="><script>`)).Body.String()
	if !strings.Contains(page, `action="/sign-in"`) || strings.Contains(page, "<script>") {
		t.Errorf("the page to sign in is\n%s", page)
	}
	got := b.post("/sign-in", url.Values{"token": {" good\n"}, "to": {"/components?type=service"}})
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/components?type=service" {
		t.Errorf("signing in: %d to %q", got.Code, got.Header().Get("Location"))
	}
	for _, c := range got.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 3600 ||
			!strings.HasPrefix(c.Name, "__Host-") || strings.Contains(c.Value, "good") {
			t.Errorf("the cookie is %v", c)
		}
	}
	if got := b.get("/").Body.String(); got != "ann" {
		t.Errorf("after signing in the reader is %q", got)
	}
	kept := map[string]string{}
	for k, v := range b.cookies {
		kept[k] = v
	}
	if got := b.post("/sign-out", nil); got.Code != http.StatusSeeOther || len(b.cookies) != 0 {
		t.Errorf("signing out: %d, with %d cookies left", got.Code, len(b.cookies))
	}
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", got.Code)
	}
	b.cookies = kept
	w.clock.Step(time.Hour)
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("with a cookie of an hour ago: %d", got.Code)
	}
}

func TestSignInThatFails(t *testing.T) {
	w := newWorld(t, 0)
	b := newBrowser(w.Door)
	for name, tc := range map[string]struct {
		form url.Values
		want int
	}{
		"a token that is nobody's":   {url.Values{"token": {"bad"}}, 401},
		"no token":                   {url.Values{}, 401},
		"a form that is a page long": {url.Values{"token": {strings.Repeat("a", maxForm)}}, 400},
		"a token that is too long":   {url.Values{"token": {strings.Repeat("a", maxToken+1)}}, 401},
	} {
		got := b.post("/sign-in", tc.form)
		if got.Code != tc.want || len(b.cookies) != 0 || !strings.Contains(got.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d with %d cookies, want %d", name, got.Code, len(b.cookies), tc.want)
		}
	}
	w.reviews.set(func(f *fakeReviews) { f.down = true })
	if got := b.post("/sign-in", url.Values{"token": {"x"}}); got.Code != 500 || strings.Contains(got.Body.String(), errDown.Error()) {
		t.Errorf("with the API server down: %d\n%s", got.Code, got.Body)
	}
}

func TestOtherSitesCannotSignInOrOut(t *testing.T) {
	w := newWorld(t, 0)
	w.reviews.users["good"] = access.User{Name: "mallory"}
	for name, tc := range map[string]struct {
		change []func(*http.Request)
		want   int
	}{
		"the page itself":                 {[]func(*http.Request){header("Sec-Fetch-Site", "same-origin"), header("Origin", "http://example.com")}, 303},
		"a program":                       {nil, 303},
		"another site":                    {[]func(*http.Request){header("Sec-Fetch-Site", "cross-site")}, 403},
		"a neighbour on the same site":    {[]func(*http.Request){header("Sec-Fetch-Site", "same-site")}, 403},
		"another origin, an old browser":  {[]func(*http.Request){header("Origin", "https://evil.example")}, 403},
		"a sandbox":                       {[]func(*http.Request){header("Origin", "null")}, 403},
		"the same origin, an old browser": {[]func(*http.Request){header("Origin", "http://example.com")}, 303},
	} {
		for _, path := range []string{"/sign-in", "/sign-out"} {
			b := newBrowser(w.Door)
			if got := b.post(path, url.Values{"token": {"good"}}, tc.change...); got.Code != tc.want {
				t.Errorf("%s posts to %s: %d, want %d", name, path, got.Code, tc.want)
			}
		}
	}
}

func TestCookiesThatAreNotOurs(t *testing.T) {
	w := newWorld(t, 0)
	w.reviews.users["good"] = access.User{Name: "ann"}
	b := newBrowser(w.Door)
	b.post("/sign-in", url.Values{"token": {"good"}})
	name := cookieName(purposeSession, 0)
	good := b.cookies[name]
	other, err := newSessions(Sessions{For: time.Hour}, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := other.seal(purposeSession, session{Token: "good"}, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for title, value := range map[string]string{
		"empty": "", "no base64": "%%%", "plain": "eyJ0b2tlbiI6Imdvb2QifQ", "cut": good[:len(good)-4], "turned": strings.ToUpper(good), "longer": good + "AAAA",
		"with another key": forged,
	} {
		b.cookies[name] = value
		if got := b.get("/"); got.Code != http.StatusUnauthorized {
			t.Errorf("with a cookie that is %s: %d %s", title, got.Code, got.Body)
		}
	}
	b.cookies[name] = good
	if got := b.get("/"); got.Code != http.StatusOK {
		t.Errorf("with the right cookie: %d", got.Code)
	}
}

// A cookie of one purpose is none of another one: what a reader holds on the way through a provider is no session.
func TestPurposesAreKeptApart(t *testing.T) {
	w := newWorld(t, 0)
	s, err := newSessions(Sessions{For: time.Hour}, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	box, err := s.seal(purposeState, session{Token: "good"}, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var in session
	if s.open(purposeSession, box, &in) {
		t.Error("the cookie of one purpose is taken for another")
	}
	if !s.open(purposeState, box, &in) || in.Token != "good" {
		t.Error("the cookie is not taken for what it is")
	}
}

func TestATokenThatEndsEndsTheSession(t *testing.T) {
	w := newWorld(t, 0)
	w.reviews.users["good"] = access.User{Name: "ann"}
	b := newBrowser(w.Door)
	b.post("/sign-in", url.Values{"token": {"good"}})
	w.reviews.set(func(f *fakeReviews) { delete(f.users, "good") })
	w.clock.Step(MaxAge)
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("with a token that has ended: %d %s", got.Code, got.Body)
	}
}

func TestALongTokenTakesSeveralCookies(t *testing.T) {
	w := newWorld(t, 0)
	long, short := strings.Repeat("x", maxToken), "short"
	w.reviews.users[long], w.reviews.users[short] = access.User{Name: "ann"}, access.User{Name: "ben"}
	b := newBrowser(w.Door)
	b.post("/sign-in", url.Values{"token": {long}})
	if len(b.cookies) < 2 || b.get("/").Body.String() != "ann" {
		t.Errorf("with %d cookies the reader is %q", len(b.cookies), b.get("/").Body)
	}
	for name, v := range b.cookies {
		if len(name)+len(v) > 4096 {
			t.Errorf("a cookie takes %d characters", len(name)+len(v))
		}
	}
	b.post("/sign-in", url.Values{"token": {short}})
	if len(b.cookies) != 1 || b.get("/").Body.String() != "ben" {
		t.Errorf("after another sign-in there are %d cookies, and the reader is %q", len(b.cookies), b.get("/").Body)
	}
}

func TestReplicasThatShareSecretsShareSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write := func(lines ...string) {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old, young := strings.Repeat("o", 32), strings.Repeat("y", 32)
	write(old)
	same := func(o *Options) { o.Sessions.KeyFile = path }
	one, two := newWorld(t, 0, same), newWorld(t, 0, same)
	for _, w := range []*world{one, two} {
		w.reviews.users["good"] = access.User{Name: "ann"}
	}
	b := newBrowser(one.Door)
	b.post("/sign-in", url.Values{"token": {"good"}})
	b.handler = newBrowser(two.Door).handler
	if got := b.get("/").Body.String(); got != "ann" {
		t.Errorf("at the other replica the reader is %q", got)
	}
	write(young, old)
	two.clock.Step(keysAge)
	if got := b.get("/").Body.String(); got != "ann" {
		t.Errorf("with a new secret before the old one the reader is %q", got)
	}
	write(young)
	two.clock.Step(keysAge)
	if got := b.get("/"); got.Code != http.StatusUnauthorized {
		t.Errorf("with the old secret gone: %d", got.Code)
	}
	write("short")
	two.clock.Step(keysAge)
	if got := b.post("/sign-in", url.Values{"token": {"good"}}); got.Code != http.StatusSeeOther {
		t.Errorf("with a file that is broken: %d", got.Code)
	}
}

func TestLocalPath(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/": "/", "/components?type=a&q=b": "/components?type=a&q=b", "components": "/", "//evil.example": "/", "///evil.example": "/",
		"https://evil.example": "/", `/\evil.example`: "/", "javascript:alert(1)": "/", "/sign-in?to=/": "/", "/a\nb": "/",
		"/%2F/evil.example": "/", "/" + strings.Repeat("a", maxTo): "/", "/%5Cevil.example": "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("localPath(%q) = %q, want %q", to, got, want)
		}
	}
}

func TestWhereNobodyCanSignInNothingLeadsThere(t *testing.T) {
	w := newWorld(t, 0, func(o *Options) { o.Token = false }, withAnonymous)
	if in, out := w.SignIn(); in != "" || out != "" {
		t.Errorf("SignIn() = %q, %q", in, out)
	}
	if got := newBrowser(w.Door).get("/sign-in"); got.Body.String() != "system:anonymous" {
		t.Errorf("the page to sign in is %q", got.Body)
	}
}
