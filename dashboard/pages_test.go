package dashboard_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

var everyPage = []string{
	"/", "/catalog", "/components", "/apis", "/systems", "/domains", "/resources", "/groups", "/users",
	"/search", "/search?q=cart", "/search?q=nothing-like-this", "/scores", "/scores?by=systems", "/scores?by=groups", "/scores?by=domains",
	"/scores/production-readiness", "/components?owner=group:checkout-team&sort=-score&q=c", "/components?page=2", "/components?tag=none",
}

func TestPages(t *testing.T) {
	h := site(t, sample(t), everything)
	for _, path := range everyPage {
		t.Run(path, func(t *testing.T) {
			page := look(t, h, path)
			if n := len(all(page, "h1")); n != 1 {
				t.Errorf("%d h1, want 1", n)
			}
			if title := texts(page, "head title"); len(title) != 1 || len(title[0]) < len("x · Callboard") {
				t.Errorf("title %q", title)
			}
			strictPolicy(t, page)
			accessible(t, page)
			leadsSomewhere(t, h, page)
		})
	}
}

// strictPolicy holds that nothing needs more than the Content-Security-Policy allows.
func strictPolicy(t *testing.T, page *html.Node) {
	t.Helper()
	for _, e := range all(page, "*") {
		for _, a := range e.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s %s=%q>", e.Data, a.Key, a.Val)
			}
		}
	}
	for _, e := range append(all(page, "style"), all(page, "script:not([src])")...) {
		t.Errorf("an inline <%s>", e.Data)
	}
	for _, src := range append(attrs(page, "[src]", "src"), attrs(page, `link[href]:not([rel=expect][href="#end"])`, "href")...) {
		if !strings.HasPrefix(src, "/static/") {
			t.Errorf("loads %q", src)
		}
	}
}

// accessible holds what can be held without a browser.
func accessible(t *testing.T, page *html.Node) {
	t.Helper()
	seen := map[string]bool{}
	for _, id := range attrs(page, "[id]", "id") {
		if seen[id] {
			t.Errorf("the id %q stands twice", id)
		}
		seen[id] = true
	}
	for _, e := range all(page, "input:not([type=hidden]), select") {
		if attr(e, "aria-label") == "" && attr(e, "id") == "" {
			t.Errorf("an <%s> without a name", e.Data)
		}
	}
	for _, e := range append(all(page, "a[href]"), all(page, "button")...) {
		if text(e) == "" {
			t.Errorf("a <%s href=%q> without text", e.Data, attr(e, "href"))
		}
	}
	for _, e := range all(page, "th:not([scope])") {
		t.Errorf("a <th> %q without scope", text(e))
	}
}

// leadsSomewhere holds that the links to lists and boards can be followed.
func leadsSomewhere(t *testing.T, h http.Handler, page *html.Node) {
	t.Helper()
	entity := regexp.MustCompile(`^/(components|apis|systems|resources|exemptions)/[^/]+/|^/(domains|groups|users|scorecards)/[^/?]+$|^/login`)
	for _, href := range attrs(page, "a[href]", "href") {
		if strings.HasPrefix(href, "#") {
			if id := href[1:]; len(all(page, `[id="`+id+`"]`)) != 1 {
				t.Errorf("%q leads nowhere", href)
			}
			continue
		}
		href, _, _ = strings.Cut(href, "#")
		if !strings.HasPrefix(href, "/") {
			t.Errorf("%q leads elsewhere", href)
		} else if !entity.MatchString(href) {
			if w := get(t, h, href); w.Code != http.StatusOK {
				t.Errorf("%q leads to status %d", href, w.Code)
			}
		}
	}
}

func TestErrorsAreDesigned(t *testing.T) {
	h := site(t, sample(t), everything)
	nobody := site(t, sample(t), nil)
	cases := map[string]struct {
		h      http.Handler
		path   string
		status int
		says   string
	}{
		"what is not there":               {h, "/nothing", 404, "Not found"},
		"a Scorecard that is not there":   {h, "/scores/nothing", 404, "Not found"},
		"a page of no number":             {h, "/components?page=x", 400, "page must be a number"},
		"a page far beyond":               {h, "/components?page=99999999", 400, "page must be a number"},
		"a sort that there is not":        {h, "/components?sort=color", 400, "sort must be one of"},
		"a query that is not well-formed": {h, "/components?a=%zz", 400, "not well-formed"},
		"text that is no text":            {h, "/components?q=%ff", 400, "q must be text"},
		"a long text":                     {h, "/search?q=" + strings.Repeat("x", 201), 400, "q must be text"},
		"many values":                     {h, "/components?" + strings.Repeat("owner=a&", 17), 400, "16 times at most"},
		"a long value":                    {h, "/components?owner=" + strings.Repeat("a", 513), 400, "512 bytes at most"},
		"a format that there is not":      {h, "/components?format=xls", 400, "format can be csv"},
		"many hits":                       {h, "/search?q=a&limit=1000", 400, "limit must be"},
		"nobody":                          {nobody, "/components?q=a", 401, "Sign in"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := get(t, tc.h, tc.path)
			page := parse(t, w.Body.String())
			if w.Code != tc.status || !strings.Contains(text(all(page, "main")[0]), tc.says) {
				t.Errorf("status %d, want %d; says %q, want %q", w.Code, tc.status, text(all(page, "main")[0]), tc.says)
			}
			if w.Header().Get("ETag") != "" {
				t.Error("an error has a tag")
			}
			strictPolicy(t, page)
		})
	}
	page := parse(t, get(t, nobody, "/components?q=a").Body.String())
	if got := attrs(page, "main a.button", "href"); len(got) != 1 || got[0] != "/login?to=%2Fcomponents%3Fq%3Da" {
		t.Errorf("sign in at %q", got)
	}
}

func TestForbiddenKindsAreSaidKindly(t *testing.T) {
	r := &catalogtest.Reader{Name: "eve", Scopes: map[access.Resource]access.Scope{
		access.Of(relation.Component): {Namespaces: []string{"sock-shop"}, Partial: true},
	}}
	h := site(t, sample(t), r)
	for _, path := range everyPage {
		if strings.HasPrefix(path, "/scores/") {
			continue
		}
		page := look(t, h, path)
		for _, a := range attrs(page, "main a[href]", "href") {
			if strings.HasPrefix(a, "/groups/") || strings.HasPrefix(a, "/systems/") || strings.Contains(a, "online-boutique/") {
				t.Errorf("%s: leads to %s", path, a)
			}
		}
	}
	note := text(all(look(t, h, "/groups"), "main .note")[0])
	if want := "You may not list groups. To see them, ask for a role that may get, list and watch groups.catalog.callboard.dev."; note != want {
		t.Errorf("note %q, want %q", note, want)
	}
	if notes := texts(look(t, h, "/components"), "main .note"); len(notes) != 1 || !strings.Contains(notes[0], "Not all namespaces") {
		t.Errorf("notes %q", notes)
	}
	if w := get(t, h, "/scores/production-readiness"); w.Code != http.StatusNotFound {
		t.Errorf("a Scorecard that may not be read: status %d", w.Code)
	}
	if cmds := texts(look(t, h, "/components"), ".cmd code"); !slices.Equal(cmds, []string{"kubectl get components -n sock-shop"}) {
		t.Errorf("commands %q", cmds)
	}
}

func TestTagsAndCompression(t *testing.T) {
	c := sample(t)
	h := site(t, c, everything)
	for _, path := range everyPage {
		first := get(t, h, path, "Accept-Encoding", "gzip")
		tag := first.Header().Get("ETag")
		if !strings.HasPrefix(tag, `"`) || first.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: ETag %q, encoding %q", path, tag, first.Header().Get("Content-Encoding"))
		}
		if n := first.Body.Len(); n > 150<<10 {
			t.Errorf("%s: %d bytes gzipped", path, n)
		}
		z, err := gzip.NewReader(first.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		plain := get(t, h, path)
		if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("%s: differs when it is compressed (%v)", path, err)
		}
		for _, tag := range []string{tag, plain.Header().Get("ETag"), "W/" + tag, `"x", ` + tag} {
			if w := get(t, h, path, "If-None-Match", tag, "Accept-Encoding", "gzip"); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
				t.Errorf("%s with the tag %s: status %d, %d bytes", path, tag, w.Code, w.Body.Len())
			}
		}
		if w := get(t, h, path, "If-None-Match", `"other"`); w.Code != http.StatusOK {
			t.Errorf("%s with another tag: status %d", path, w.Code)
		}
	}
	before := get(t, h, "/components").Header().Get("ETag")
	c.Delete(relation.Ref{Kind: relation.Component, Namespace: "sock-shop", Name: "carts"})
	if get(t, h, "/components").Header().Get("ETag") == before {
		t.Error("the tag is the same although a Component is gone")
	}
}

func TestAssetsAreKeptForever(t *testing.T) {
	h := site(t, sample(t), everything)
	page := look(t, h, "/")
	loaded := append(attrs(page, "link[rel=stylesheet], link[rel=icon]", "href"), attrs(page, "script", "src")...)
	if len(loaded) != 3 {
		t.Fatalf("loads %q", loaded)
	}
	for _, path := range loaded {
		w := get(t, h, path)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: status %d, %v", path, w.Code, w.Header())
		}
		parts := strings.Split(path, "/")
		parts[2] = "0000000000000000"
		if w := get(t, h, strings.Join(parts, "/")); w.Code != 404 || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("another edition of %s: status %d", path, w.Code)
		}
	}
	for _, path := range []string{"/static/", "/static/x/../../dashboard.go", "/static/x/nothing.css"} {
		if w := get(t, h, path); w.Code == 200 {
			t.Errorf("%s: status 200", path)
		}
	}
}
