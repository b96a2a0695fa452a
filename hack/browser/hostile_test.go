package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
)

// payloads are texts that try to run something in the reader's browser, or to have it ask somebody else.
func payloads(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/payloads/*.txt")
	must(t, err)
	var out []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			if !strings.HasPrefix(lines.Text(), `"`) {
				continue
			}
			p, err := strconv.Unquote(lines.Text())
			if err != nil {
				t.Fatalf("%s: %v: %s", file, err, lines.Text())
			}
			out = append(out, strings.ReplaceAll(p, "CANARY", chrome.Canary+"()"))
		}
	}
	if len(out) < 200 {
		t.Fatalf("%d payloads, want 200 at least", len(out))
	}
	return out
}

// hostile makes entities that hold a payload wherever a user may write. The API server would refuse some; pages must
// stand them all the same.
func hostile(i int, p string) []catalog.Entity {
	name := fmt.Sprintf("evil-%03d", i)
	d := catalog.Descriptor{Title: p, Description: p, Tags: []catalog.Tag{catalog.Tag(p)}, Links: []catalog.Link{
		{URL: p, Title: p, Type: catalog.Word(p), Icon: catalog.Word(p)}, {URL: "https://example.com/" + p, Title: p},
	}}
	c := apitest.Component("evil", name)
	c.UID, c.Labels, c.Annotations = types.UID(p), map[string]string{p: p}, map[string]string{p: p}
	c.Spec.Descriptor, c.Spec.Type, c.Spec.Lifecycle = d, catalog.Word(p), catalog.Word(p)
	c.Spec.Owner = catalog.EntityRef(p)
	c.Spec.ProvidesAPIs = []catalog.EntityRef{catalog.EntityRef(name)}
	c.Spec.DependsOn = []catalog.EntityRef{catalog.EntityRef(p)}
	c.Spec.Source = catalog.Source{Repository: catalog.WebURL(p), Path: p}
	c.Spec.External = catalog.External{Vendor: p, License: p}
	a := apitest.API("evil", name)
	a.Spec.Descriptor, a.Spec.Type, a.Spec.Lifecycle = d, "openapi", catalog.Word(p)
	a.Spec.Definition = p // which is none: the page says where it breaks
	if i%2 == 0 {
		a.Spec.Definition = definitions["openapi"]([]string{p})
	}
	sys, dom := apitest.System("evil", name), apitest.Domain(name)
	c.Spec.System, a.Spec.System = catalog.EntityRef(name), catalog.EntityRef(name)
	sys.Spec.Descriptor, sys.Spec.Type, sys.Spec.Owner, sys.Spec.Domain = d, catalog.Word(p), catalog.EntityRef(name), catalog.EntityRef(name)
	dom.Spec.Descriptor, dom.Spec.Type, dom.Spec.Owner = d, catalog.Word(p), catalog.EntityRef(name)
	g := apitest.Group(name)
	g.Spec.Descriptor, g.Spec.Type = d, catalog.Word(p)
	g.Spec.Profile = catalog.Profile{DisplayName: p, Email: p, Picture: catalog.WebURL(p)}
	return []catalog.Entity{c, a, sys, dom, g}
}

// bad finds elements and attributes that no page of ours has, whatever the policy makes of them.
const bad = `(() => {
	const out = [];
	for (const e of document.querySelectorAll("*")) {
		const tag = e.localName;
		const ours = tag === "style" && document.contentType === "image/svg+xml" && e.parentNode === document.documentElement && e === document.querySelector("style");
		if (!ours && ["iframe", "frame", "object", "embed", "base", "style", "applet", "portal", "foreignobject", "animate", "set"].includes(tag.toLowerCase())) out.push("element " + tag);
		if (tag === "script" && !(e.getAttribute("src") || "").startsWith("/static/")) out.push("script " + e.outerHTML);
		for (const a of e.attributes) {
			if (a.name.startsWith("on") || a.name === "style" || a.name === "srcdoc") out.push(tag + " " + a.name + "=" + a.value);
			if (["href", "src", "action", "formaction", "xlink:href", "ping", "data", "poster", "background"].includes(a.name)) {
				let u; try { u = new URL(a.value, document.baseURI) } catch { continue }
				if (!["http:", "https:", "mailto:"].includes(u.protocol) && !(tag === "img" && u.protocol === "data:")) out.push(tag + " " + a.name + "=" + a.value);
				if (tag !== "a" && u.origin !== location.origin && u.protocol !== "data:") out.push("outside " + tag + " " + a.name + "=" + a.value);
			}
		}
	}
	return out;
})()`

// rendered counts by context where a text stands in the page: the proof that the payload was shown, not left out.
const rendered = `((texts) => {
	const flat = t => t.replace(/\s+/g, " ").trim(), all = texts.map(flat).filter(t => t);
	const n = {}, add = c => n[c] = (n[c] || 0) + 1;
	const has = t => { if (!t) return false; const f = flat(t); return all.some(p => f.includes(p)) };
	for (const e of document.querySelectorAll("*")) {
		const svg = e.namespaceURI.endsWith("svg"), code = e.closest("code, pre");
		for (const a of e.attributes) {
			let v = a.value; try { v = decodeURIComponent(v.replace(/\+/g, " ")) } catch {}
			if (has(v) || has(a.value)) add(["href", "src", "action"].includes(a.name) ? "URL" : svg ? "SVG" : "attribute");
		}
		for (const c of e.childNodes) if (c.nodeType === 3 && has(c.data)) add(svg ? "SVG" : code ? "code" : "text");
	}
	if (all.length && document.querySelector(".prose")) add("Markdown"); // what is left of it
	return n;
})(%s)`

// atOnce is how many payloads are in the catalog at the same time.
const atOnce = 40

// TestHostileContent opens pages on which users wrote what must not run, under the policy and without it: without, what
// should not be there would run.
func TestHostileContent(t *testing.T) {
	var mu sync.Mutex
	contexts := map[string]int{}
	texts := payloads(t)
	t.Run("pages", func(t *testing.T) {
		for first := 0; first < len(texts); first += atOnce {
			t.Run(strconv.Itoa(first), func(t *testing.T) {
				t.Parallel()
				found := openHostile(t, first, texts[first:min(first+atOnce, len(texts))])
				mu.Lock()
				defer mu.Unlock()
				for k, n := range found {
					contexts[k] += n
				}
			})
		}
	})
	for _, c := range slices.Sorted(maps.Keys(contexts)) {
		t.Logf("%d payloads, rendered as %-9s %d times", len(texts), c, contexts[c])
	}
	for _, c := range []string{"text", "attribute", "URL", "Markdown", "code", "SVG"} {
		if contexts[c] < 200 {
			t.Errorf("payloads stand in %d places as %s, want 200 at least", contexts[c], c)
		}
	}
}

// openHostile opens the pages of some payloads, and counts where these stand.
func openHostile(t *testing.T, first int, texts []string) map[string]int {
	t.Helper()
	c := hostileCatalog(t, first, texts)
	s := stage.Serve(c)
	defer s.Close()
	h := hostileTab(t, s.URL, first/atOnce%2 == 0)
	defer h.tab.Close()
	for _, path := range hostileLists(len(texts)) {
		h.harmless(path, texts...)
	}
	for _, format := range slices.Sorted(maps.Keys(definitions)) {
		h.references("/apis/evil/many-"+format, texts)
	}
	for _, path := range pictures {
		if kind := h.saved(path, "image/svg+xml", texts); kind != "image/svg+xml svg" {
			t.Errorf("a browser shows %s as %q", path, kind)
		}
	}
	for i, p := range texts {
		for _, path := range hostilePages(first+i, p) {
			h.harmless(path, p)
		}
	}
	return h.contexts
}

// hostileCatalog is a catalog in which the payloads stand wherever somebody can write.
func hostileCatalog(t *testing.T, first int, texts []string) *stage.Catalog {
	t.Helper()
	c := stage.New()
	for i, p := range texts {
		for _, e := range hostile(first+i, p) {
			c.Put(e)
		}
	}
	for format, of := range definitions {
		a := apitest.API("evil", "many-"+format)
		a.Spec.Type, a.Spec.Definition = catalog.Word(format), of(texts)
		c.Put(a)
	}
	card, exemptions := hostileScorecard(texts)
	c.Judge(card)
	c.Exempt(exemptions...)
	must(t, c.Settle())
	return c
}

// hostileVisit is a reader of hostile content.
type hostileVisit struct {
	t        *testing.T
	tab      *chrome.Tab
	outside  *chrome.Tab // for what was saved
	contexts map[string]int
	origin   string
}

func hostileTab(t *testing.T, origin string, policy bool) *hostileVisit {
	t.Helper()
	tab, err := browser.Open(origin)
	must(t, err)
	tab.Excuse("the server responded with a status of 400")
	if !policy {
		must(t, tab.BypassPolicy())
	}
	return &hostileVisit{t: t, tab: tab, outside: open(t, origin), contexts: map[string]int{}, origin: origin}
}

// harmless opens a page that holds payloads, and counts where those stand in it.
func (h *hostileVisit) harmless(path string, texts ...string) {
	h.t.Helper()
	status, err := h.tab.Go(path)
	if err != nil {
		h.t.Fatalf("%v, with %q", err, texts)
	}
	if status != 200 && status != 400 { // 400: an address that is too long, and says so
		h.t.Errorf("%s: status %d, with %q", path, status, texts)
	}
	h.look(path, texts)
}

// look judges the page that is open.
func (h *hostileVisit) look(path string, texts []string) {
	h.t.Helper()
	found, err := chrome.Eval[struct {
		Bad      []string
		Rendered map[string]int
	}](h.tab, fmt.Sprintf("({Bad: %s, Rendered: %s})", bad, fmt.Sprintf(rendered, quoteAll(texts))))
	must(h.t, err)
	if wrong := slices.Concat(found.Bad, h.tab.Problems()); len(wrong) > 0 {
		h.t.Errorf("%s with %.2000q:\n%s", path, texts, strings.Join(wrong, "\n"))
	}
	for k, n := range found.Rendered {
		h.contexts[k] += n
	}
}

// references opens the reference of an API with payloads in its definition, some of its entries, and its text.
func (h *hostileVisit) references(api string, texts []string) {
	h.t.Helper()
	h.harmless(api+"/reference", texts...)
	entries, err := chrome.Eval[[]string](h.tab, `[...new Set([...document.querySelectorAll("main a[href*='/reference/']")].map(a => a.getAttribute("href")))].slice(0, 3)`)
	must(h.t, err)
	for _, path := range entries {
		h.harmless(path, texts...)
	}
	h.harmless(api+"/definition", texts...)
}

// saved opens a file as whoever saved it does: as a document, without our headers. It returns what the browser takes it for.
func (h *hostileVisit) saved(path, contentType string, texts []string) string {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.origin+path, nil)
	must(h.t, err)
	r.Header.Set("Accept", contentType)
	answer, err := http.DefaultClient.Do(r)
	must(h.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(h.t, err)
	header := answer.Header
	if answer.StatusCode != http.StatusOK || header.Get("Content-Type") != contentType || header.Get("X-Content-Type-Options") != "nosniff" ||
		header.Get("Content-Security-Policy") == "" {
		h.t.Errorf("%s: %s, %v", path, answer.Status, header)
	}
	copied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if r.URL.Path == "/" {
			_, _ = w.Write(body) // the browser has gone
		}
	}))
	defer copied.Close()
	must(h.t, h.outside.Reset(copied.URL))
	h.outside.Excuse("/favicon.ico")
	visit(h.t, h.outside, "/")
	(&hostileVisit{t: h.t, tab: h.outside, contexts: h.contexts}).look(path, texts)
	kind, err := chrome.Eval[string](h.outside, `document.contentType + " " + document.documentElement.localName`)
	must(h.t, err)
	return kind
}

func quoteAll(texts []string) string {
	out, err := json.Marshal(texts)
	if err != nil {
		panic(err) // every string can be encoded
	}
	return string(out)
}
