package dashboard_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// fast is the pace of tests. Nothing but a beat looks at permissions, so beats come often too.
var fast = dashboard.Pace{Look: 5 * time.Millisecond, Beat: 40 * time.Millisecond}

// liveSite is a server of a small catalog, with the reader's door.
func liveSite(t *testing.T, pace dashboard.Pace) (*httptest.Server, *catalogtest.Catalog, *catalogtest.Door, chan struct{}) {
	t.Helper()
	c := catalogtest.New(apitest.Component("shop", "cart"), apitest.Component("bank", "ledger"))
	door := catalogtest.DoorOf(&catalogtest.Reader{Name: "ada", Scopes: map[access.Resource]access.Scope{
		access.Of(relation.Component): {Namespaces: []string{"shop"}},
	}})
	done := make(chan struct{})
	s := httptest.NewServer(dashboard.New(dashboard.Options{Catalog: c, Door: door, Log: logger(t), Done: done, Pace: pace}))
	t.Cleanup(s.Close)
	return s, c, door, done
}

// listen opens a stream for a page, and answers with the events as they come. The channel closes when the stream ends.
func listen(t *testing.T, s *httptest.Server, page string) (<-chan string, *http.Response) {
	t.Helper()
	return listenSince(t, s, page, "")
}

// listenSince is listen for a reader who has the page with a tag.
func listenSince(t *testing.T, s *httptest.Server, page, tag string) (<-chan string, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/live?"+url.Values{"page": {page}, "since": {tag}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	events := make(chan string, 100)
	go func() {
		defer close(events)
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- name
			} else if strings.HasPrefix(lines.Text(), ":") {
				events <- "beat"
			}
		}
	}()
	return events, answer
}

// next waits for an event that is no beat; "" if the stream ends.
func next(t *testing.T, events <-chan string) string {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case e := <-events:
			if e != "beat" {
				return e
			}
		case <-deadline:
			t.Fatal("no event")
		}
	}
}

// quiet waits for some beats, and holds that nothing else comes.
func quiet(t *testing.T, events <-chan string) {
	t.Helper()
	for range 3 {
		if e := <-events; e != "beat" {
			t.Fatalf("event %q, want none", e)
		}
	}
}

func TestLiveSaysWhatChanges(t *testing.T) {
	s, c, _, _ := liveSite(t, fast)
	events, answer := listen(t, s, "/components?sort=name")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("status %d, %v", answer.StatusCode, answer.Header)
	}
	if e := next(t, events); e != "ready" {
		t.Fatalf("event %q, want ready", e)
	}
	quiet(t, events)
	c.Put(apitest.Component("bank", "vault")) // the reader may not get it
	quiet(t, events)
	c.Put(apitest.Component("shop", "checkout"))
	if e := next(t, events); e != "changed" {
		t.Fatalf("event %q, want changed", e)
	}
	quiet(t, events)
}

func TestLiveLooksAtPermissions(t *testing.T) {
	s, _, door, _ := liveSite(t, fast)
	events, _ := listen(t, s, "/components")
	next(t, events)
	door.Set(&catalogtest.Reader{Name: "ada"}) // may get nothing
	if e := next(t, events); e != "changed" {
		t.Errorf("event %q when a permission is revoked, want changed", e)
	}
	door.Set(nil)
	if e := next(t, events); e != "gone" {
		t.Errorf("event %q when the reader is signed out, want gone", e)
	}
	if e := next(t, events); e != "" {
		t.Errorf("event %q after that", e)
	}
}

func TestLiveRefuses(t *testing.T) {
	s, _, door, _ := liveSite(t, fast)
	for _, page := range []string{"", "components", "//evil.example/", "https://evil.example/", "/live?page=/", "/components?format=csv", "/" + strings.Repeat("x", 9000)} {
		if _, answer := listen(t, s, page); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("page=%.40q: status %d, want 400", page, answer.StatusCode)
		}
	}
	door.Set(nil)
	if _, answer := listen(t, s, "/"); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: status %d, want 401", answer.StatusCode)
	}
}

func TestLiveIsBounded(t *testing.T) {
	s, _, door, _ := liveSite(t, fast)
	var first *http.Response
	for i := range 8 {
		events, answer := listen(t, s, "/components")
		if next(t, events); answer.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: status %d", i, answer.StatusCode)
		}
		if first == nil {
			first = answer
		}
	}
	if _, answer := listen(t, s, "/components"); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("the ninth stream of a reader: status %d, want 503", answer.StatusCode)
	}
	door.Set(&catalogtest.Reader{Name: "eve", Everything: true})
	if events, answer := listen(t, s, "/components"); answer.StatusCode != http.StatusOK || next(t, events) != "ready" {
		t.Errorf("the first stream of another reader: status %d", answer.StatusCode)
	}
	door.Set(&catalogtest.Reader{Name: "ada"})
	_ = first.Body.Close()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, answer := listen(t, s, "/components"); answer.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a stream that its reader left counts forever")
		}
		time.Sleep(5 * time.Millisecond) // the server has to notice first
	}
}

func TestLiveIsBoundedForAll(t *testing.T) {
	s, _, door, _ := liveSite(t, dashboard.Pace{})
	refused := 0
	for i := range 201 {
		door.Set(&catalogtest.Reader{Name: "user-" + string(rune('A'+i/8)), Everything: true})
		if _, answer := listen(t, s, "/users"); answer.StatusCode == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d of 201 streams are refused, want 1", refused)
	}
}

func TestLiveEndsWithTheServer(t *testing.T) {
	s, _, _, done := liveSite(t, fast)
	events, _ := listen(t, s, "/")
	next(t, events)
	close(done)
	if e := next(t, events); e != "bye" {
		t.Errorf("event %q, want bye", e)
	}
	if e := next(t, events); e != "" {
		t.Errorf("event %q after the end", e)
	}
}

// pageTag is the tag that a page carries for its script, and the one of its header.
func pageTag(t *testing.T, s *httptest.Server, page string) (carried, header string) {
	t.Helper()
	answer, err := s.Client().Get(s.URL + page)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(body), `<body data-tag="`)
	carried, _, ended := strings.Cut(after, `"`)
	if !found || !ended || len(carried) != 24 {
		t.Fatalf("%s carries the tag %q", page, carried)
	}
	header, _, _ = strings.Cut(strings.Trim(answer.Header.Get("ETag"), `"`), ".")
	return carried, header
}

// TestLiveKnowsWhatThePageWas changes the catalog between a page and its stream.
func TestLiveKnowsWhatThePageWas(t *testing.T) {
	s, c, _, _ := liveSite(t, fast)
	// told is what a reader of a page is told who has the one with a tag: ready first, and then nothing more than that.
	told := func(page, tag string, want ...string) {
		t.Helper()
		events, answer := listenSince(t, s, page, tag)
		defer func() { _ = answer.Body.Close() }()
		for _, want := range append([]string{"ready"}, want...) {
			if e := next(t, events); e != want {
				t.Fatalf("%s since %.30q: event %q, want %s", page, tag, e, want)
			}
		}
		quiet(t, events)
	}
	for _, page := range []string{"/", "/components", "/components/shop/cart", "/components/shop/nothing", "/apis", "/map", "/scores", "/search?q=cart", "/components?sort=nonsense"} {
		tag, header := pageTag(t, s, page)
		if header != "" && header != tag {
			t.Errorf("%s carries the tag %s, the header says %s", page, tag, header)
		}
		told(page, tag)
	}
	tag, _ := pageTag(t, s, "/components")
	c.Put(apitest.Component("bank", "vault")) // the reader may not get it
	told("/components", tag)
	c.Put(apitest.Component("shop", "checkout"))
	for _, old := range []string{tag, "what nobody was given", strings.Repeat("x", 4000)} {
		told("/components", old, "changed")
	}
}
