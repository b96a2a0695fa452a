package dashboard_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// everything is a reader who may get all.
var everything = &catalogtest.Reader{Name: "ada@example.com", Everything: true}

// sample is the catalog of the sample shops.
func sample(t testing.TB) *catalogtest.Catalog {
	t.Helper()
	c, err := catalogtest.Sample("../config/samples")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// site is a dashboard for a reader.
func site(t testing.TB, c dashboard.Catalog, r *catalogtest.Reader) http.Handler {
	t.Helper()
	return dashboard.New(dashboard.Options{Catalog: c, Door: catalogtest.DoorOf(r), Log: logger(t), SignIn: "/login"})
}

// logger fails the test if anything is logged: a page that could not be made is an error.
func logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(failing{t}, nil))
}

type failing struct{ t testing.TB }

func (f failing) Write(b []byte) (int, error) {
	f.t.Errorf("logged: %s", b)
	return len(b), nil
}

// get asks for a page with headers given as name, value.
func get(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// look asks for a page that must be there, and parses it.
func look(t testing.TB, h http.Handler, path string) *html.Node {
	t.Helper()
	w := get(t, h, path)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d\n%s", path, w.Code, w.Body)
	}
	return parse(t, w.Body.String())
}

func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// facts asks for a page as JSON.
func facts(t testing.TB, h http.Handler, path string) map[string]any {
	t.Helper()
	w := get(t, h, path, "Accept", "application/json")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("GET %s as JSON: status %d\n%s", path, w.Code, w.Body)
	}
	var out struct {
		APIVersion, Kind string
		View             map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if out.APIVersion != dashboard.Version || out.Kind == "" {
		t.Errorf("GET %s as JSON: apiVersion %q, kind %q", path, out.APIVersion, out.Kind)
	}
	return out.View
}

// all are the elements that a selector selects.
func all(n *html.Node, selector string) []*html.Node {
	return cascadia.QueryAll(n, cascadia.MustCompile(selector))
}

// texts are what the elements say, with single spaces.
func texts(n *html.Node, selector string) []string {
	var out []string
	for _, e := range all(n, selector) {
		out = append(out, text(e))
	}
	return out
}

func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node, string)
	walk = func(n *html.Node, after string) {
		if n.Data == "pre" {
			after = "" // what is marked in it has no space around it
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data + after)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, after)
		}
	}
	walk(n, " ")
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func attrs(n *html.Node, selector, name string) []string {
	var out []string
	for _, e := range all(n, selector) {
		out = append(out, attr(e, name))
	}
	return out
}
