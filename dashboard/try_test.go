package dashboard_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/caller"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

func parseHosts(t testing.TB, list string) outbound.Hosts {
	t.Helper()
	h, err := outbound.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// lines are what is logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// take returns what was logged since the last time.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// target is an API in the open that notes what it is sent.
type target struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
	body []byte
}

func newTarget(t testing.TB, answer http.HandlerFunc) *target {
	t.Helper()
	out := &target{}
	out.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		out.mu.Lock()
		out.seen, out.body = append(out.seen, r), body
		out.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(out.Close)
	return out
}

func (x *target) asked() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.seen)
}

// fromPage are the headers of a page of ours.
var fromPage = []string{"Content-Type", "application/json", "X-Callboard-Try", "1", "Sec-Fetch-Site", "same-origin"}

// post has a call sent, with headers given as name, value.
func post(h http.Handler, path string, body any, headers ...string) *httptest.ResponseRecorder {
	text, ok := body.(string)
	if !ok {
		b, _ := json.Marshal(body)
		text = string(b)
	}
	r := httptest.NewRequest(http.MethodPost, "http://dashboard.example"+path, strings.NewReader(text))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type call map[string]any

func TestTry(t *testing.T) {
	api := newTarget(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "javascript:alert(1)")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, "<script>alert(document.domain)</script>")
	})
	log := &lines{}
	h := dashboard.New(dashboard.Options{Catalog: explored(api.URL), Door: catalogtest.DoorOf(everything), Log: slog.New(slog.NewTextHandler(log, nil)),
		TryHosts: parseHosts(t, api.URL)})
	w := post(h, "/apis/zoo/pets/try", call{"method": "POST", "url": api.URL + "/v1/pets?token=secret", "body": []byte(`{"name":"Rex"}`),
		"headers":       []outbound.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Api-Key", Value: "k"}},
		"authorization": "Bearer for-the-api"},
		append([]string{"Cookie", "__Host-callboard-session-0=mine", "Authorization", "Bearer for-the-dashboard", "X-Remote-User", "me", "Referer", "http://dashboard.example/x"}, fromPage...)...)
	var answer struct {
		Kind string
		View struct {
			Status  int
			Headers []outbound.Header
			Text    string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	if answer.Kind != "try" || answer.View.Status != http.StatusCreated || answer.View.Text != "<script>alert(document.domain)</script>" {
		t.Errorf("answered %+v", answer)
	}
	for _, got := range answer.View.Headers {
		if strings.EqualFold(got.Name, "Set-Cookie") {
			t.Errorf("a cookie comes back: %v", got)
		}
	}
	// It can never be a page of ours.
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment") ||
		strings.Contains(w.Body.String(), "<script") || w.Header().Get("Location") != "" || len(w.Header().Values("Set-Cookie")) != 0 ||
		w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v\n%s", w.Header(), w.Body)
	}
	// The API sees what the reader wrote, and nothing of what he sent to us.
	sent := api.seen[0]
	if sent.Header.Get("Authorization") != "Bearer for-the-api" || sent.Header.Get("X-Api-Key") != "k" || string(api.body) != `{"name":"Rex"}` {
		t.Errorf("sent %v %q", sent.Header, api.body)
	}
	for _, name := range []string{"Cookie", "X-Remote-User", "Referer", "Origin", "X-Forwarded-For", "Sec-Fetch-Site", "X-Callboard-Try", "Accept"} {
		if v := sent.Header.Get(name); v != "" {
			t.Errorf("%s: %s was sent", name, v)
		}
	}
	line := log.take()
	for _, want := range []string{"ada@example.com", "zoo/pets", "POST", api.URL, "status=201"} {
		if !strings.Contains(line, want) {
			t.Errorf("the log says %q, want %q", line, want)
		}
	}
	if strings.Contains(line, "secret") || strings.Contains(line, "for-the-api") || strings.Count(line, "\n") != 1 {
		t.Errorf("the log says %q", line)
	}
}

func TestTryGraphQL(t *testing.T) {
	api := newTarget(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0xfe, 0}) })
	h := dashboard.New(dashboard.Options{Catalog: explored(api.URL), Door: catalogtest.DoorOf(everything), Log: slog.New(slog.DiscardHandler), TryHosts: parseHosts(t, api.URL)})
	w := post(h, "/apis/zoo/graph/try", call{"method": "POST", "url": api.URL + "/graphql", "body": []byte(`{"query":"{ pet }"}`)}, fromPage...)
	if want := `"base64":"` + base64.StdEncoding.EncodeToString([]byte{0xff, 0xfe, 0}) + `"`; w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
		t.Errorf("status %d, %s, want %s", w.Code, w.Body, want)
	}
	for _, c := range []call{
		{"method": "GET", "url": api.URL + "/graphql"}, {"method": "POST", "url": api.URL + "/graphql?x"}, {"method": "POST", "url": api.URL + "/admin"},
	} {
		if w := post(h, "/apis/zoo/graph/try", c, fromPage...); w.Code != http.StatusForbidden {
			t.Errorf("%v: status %d", c, w.Code)
		}
	}
	if api.asked() != 1 {
		t.Errorf("%d calls, want 1", api.asked())
	}
}

// TestTryIsRefused tries to have something sent that must not be. Nothing of it reaches the API.
func TestTryIsRefused(t *testing.T) {
	api := newTarget(t, func(http.ResponseWriter, *http.Request) {})
	log := &lines{}
	make := func(hosts string, r *catalogtest.Reader) http.Handler {
		return dashboard.New(dashboard.Options{Catalog: explored(api.URL), Door: catalogtest.DoorOf(r), Log: slog.New(slog.NewTextHandler(log, nil)),
			TryHosts: parseHosts(t, hosts)})
	}
	on, off := make(api.URL, everything), make("", everything)
	elsewhere := make("https://api.example.com", everything)
	some := make(api.URL, &catalogtest.Reader{Name: "eve", Scopes: map[access.Resource]access.Scope{access.Of(relation.API): {Namespaces: []string{"other"}}}})
	noMaps := make(api.URL, &catalogtest.Reader{Name: "eve", Scopes: map[access.Resource]access.Scope{access.Of(relation.API): {All: true}}})
	nobody := make(api.URL, nil)
	good := call{"method": "GET", "url": api.URL + "/v1/pets"}
	to := func(method, url string) call { return call{"method": method, "url": url} }
	with := func(name, value string) call {
		return call{"method": "GET", "url": api.URL + "/v1/pets", "headers": []outbound.Header{{Name: name, Value: value}}}
	}
	header := func(name, value string) []string {
		out := append([]string{}, fromPage...)
		return append(out, name, value)
	}
	port := api.URL[strings.LastIndexByte(api.URL, ':'):]
	cases := map[string]struct {
		h       http.Handler
		api     string
		body    any
		headers []string
		status  int
		says    string
	}{
		"switched off":                             {off, "pets", good, fromPage, 403, "--dashboard-try-hosts"},
		"a host that is not allowed":               {elsewhere, "pets", good, fromPage, 403, "--dashboard-try-hosts"},
		"a Restricted API":                         {on, "restricted", good, fromPage, 403, "Only Public"},
		"a Private API":                            {on, "private", good, fromPage, 403, "Only Public"},
		"an API that the reader may not get":       {some, "pets", good, fromPage, 404, "Not found"},
		"an API that is not there":                 {on, "nothing", good, fromPage, 404, "Not found"},
		"a definition that the reader may not get": {noMaps, "from", good, fromPage, 404, "Not found"},
		"an API without definition":                {on, "undefined", good, fromPage, 404, "Not found"},
		"a broken definition":                      {on, "broken", good, fromPage, 403, "names no operation"},
		"an API of another type":                   {on, "events", good, fromPage, 403, "names no operation"},
		"nobody":                                   {nobody, "pets", good, fromPage, 401, "Sign in"},
		"from another site":                        {on, "pets", good, header("Sec-Fetch-Site", "cross-site"), 403, "Not from here"},
		"from another host of the site":            {on, "pets", good, header("Sec-Fetch-Site", "same-site"), 403, "Not from here"},
		"typed by the user":                        {on, "pets", good, header("Sec-Fetch-Site", "none"), 403, "Not from here"},
		"from another origin, old browser":         {on, "pets", good, []string{"Content-Type", "application/json", "X-Callboard-Try", "1", "Origin", "https://evil.example"}, 403, "Not from here"},
		"from the origin null":                     {on, "pets", good, []string{"Content-Type", "application/json", "X-Callboard-Try", "1", "Origin", "null"}, 403, "Not from here"},
		"from nowhere":                             {on, "pets", good, []string{"Content-Type", "application/json", "X-Callboard-Try", "1"}, 403, "Not from here"},
		"without the header":                       {on, "pets", good, []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}, 403, "Not from here"},
		"as a form could send it":                  {on, "pets", good, header("Content-Type", "text/plain"), 403, "Not from here"},
		"a field that is not known":                {on, "pets", `{"method":"GET","url":"` + api.URL + `/v1/pets","follow":true}`, fromPage, 400, "cannot be read"},
		"no JSON":                                  {on, "pets", "method=GET", fromPage, 400, "cannot be read"},
		"a body without end":                       {on, "pets", `{"body":"` + strings.Repeat("A", 4<<20) + `"}`, fromPage, 413, "1 MiB"},
		"a body of more than 1 MiB":                {on, "pets", call{"method": "POST", "url": api.URL + "/v1/pets", "body": bytes.Repeat([]byte("x"), 1<<20+1)}, fromPage, 403, "1 MiB"},
		"a path that is not named":                 {on, "pets", to("GET", api.URL+"/admin"), fromPage, 403, "names no operation"},
		"a path that climbs":                       {on, "pets", to("GET", api.URL+"/v1/pets/%2e%2e%2f%2e%2e%2fadmin"), fromPage, 403, "leads elsewhere"},
		"a method that is not named":               {on, "pets", to("DELETE", api.URL+"/v1/pets"), fromPage, 403, "names no operation"},
		"a user in the address":                    {on, "pets", to("GET", strings.Replace(api.URL, "//", "//a@", 1)+"/v1/pets"), fromPage, 403, "user or a password"},
		"another name of the address":              {on, "pets", to("GET", "http://localhost"+port+"/v1/pets"), fromPage, 403, "names no operation"},
		"the address as a number":                  {on, "pets", to("GET", "http://2130706433"+port+"/v1/pets"), fromPage, 403, "no name"},
		"the address in octal":                     {on, "pets", to("GET", "http://0177.0.0.1"+port+"/v1/pets"), fromPage, 403, "no name"},
		"the address in hexadecimal":               {on, "pets", to("GET", "http://0x7f.0.0.1"+port+"/v1/pets"), fromPage, 403, ""},
		"the metadata service":                     {on, "pets", to("GET", "http://169.254.169.254/v1/pets"), fromPage, 403, "names no operation"},
		"a file":                                   {on, "pets", to("GET", "file:///etc/passwd"), fromPage, 403, "http or https"},
		"a cookie":                                 {on, "pets", with("Cookie", "a=b"), fromPage, 403, "cannot be set"},
		"another host header":                      {on, "pets", with("Host", "admin"), fromPage, 403, "cannot be set"},
		"a header that is two":                     {on, "pets", with("X-A", "a\r\nX-Remote-User: admin"), fromPage, 403, "cannot be sent"},
		"an authorization that is two headers":     {on, "pets", call{"method": "GET", "url": api.URL + "/v1/pets", "authorization": "a\r\nCookie: b"}, fromPage, 403, "cannot be sent"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := post(tc.h, "/apis/zoo/"+tc.api+"/try", tc.body, tc.headers...)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("status %d, %s, want %d and %q", w.Code, w.Body, tc.status, tc.says)
			}
			if line := log.take(); (w.Code == 403 && !strings.Contains(w.Body.String(), "Not from here")) != strings.Contains(line, "refused") {
				t.Errorf("status %d, and the log says %q", w.Code, line)
			}
		})
	}
	if n := api.asked(); n != 0 {
		t.Errorf("%d calls reached the API", n)
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		r := httptest.NewRequest(method, "/apis/zoo/pets/try", strings.NewReader("{}"))
		w := httptest.NewRecorder()
		on.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, w.Code)
		}
	}
	if w := post(on, "/apis/zoo/pets/try", good, "Content-Type", "application/json", "X-Callboard-Try", "1", "Origin", "http://dashboard.example"); w.Code != http.StatusOK {
		t.Errorf("from our own origin, as an older browser says it: status %d, %s", w.Code, w.Body)
	}
}

func TestTryFails(t *testing.T) {
	slow := newTarget(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	log := &lines{}
	h := dashboard.New(dashboard.Options{Catalog: explored(slow.URL), Door: catalogtest.DoorOf(everything), Log: slog.New(slog.NewTextHandler(log, nil)),
		TryHosts: parseHosts(t, slow.URL), Caller: caller.New(caller.Options{Timeout: 100 * time.Millisecond})})
	w := post(h, "/apis/zoo/pets/try", call{"method": "GET", "url": slow.URL + "/v1/pets"}, fromPage...)
	if w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "no whole answer") || !strings.Contains(log.take(), "did not answer") {
		t.Errorf("a slow API: status %d, %s", w.Code, w.Body)
	}
	name := "http://zoo.invalid"
	h = dashboard.New(dashboard.Options{Catalog: explored(name), Door: catalogtest.DoorOf(everything), Log: slog.New(slog.DiscardHandler), TryHosts: parseHosts(t, name)})
	if w := post(h, "/apis/zoo/pets/try", call{"method": "GET", "url": name + "/v1/pets"}, fromPage...); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "was not found") {
		t.Errorf("a name that is not there: status %d, %s", w.Code, w.Body)
	}
}
