package browser

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
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
	a.Spec.Definition = definitionWith(i, p)
	g := apitest.Group(name)
	g.Spec.Descriptor, g.Spec.Type = d, catalog.Word(p)
	g.Spec.Profile = catalog.Profile{DisplayName: p, Email: p, Picture: catalog.WebURL(p)}
	return []catalog.Entity{c, a, g}
}

// definitionWith is a definition of one of the formats, with the payload in its texts.
func definitionWith(i int, p string) string {
	q := strconv.QuoteToASCII(p)
	if json, err := jsonOf(p); err == nil {
		q = json
	}
	switch i % 4 {
	case 0:
		return fmt.Sprintf(`{"openapi": "3.0.3", "info": {"title": %[1]s, "version": %[1]s, "description": %[1]s},
"servers": [{"url": %[1]s, "description": %[1]s}], "externalDocs": {"url": %[1]s, "description": %[1]s},
"tags": [{"name": %[1]s, "description": %[1]s}],
"paths": {"/x": {"get": {"operationId": %[1]s, "summary": %[1]s, "description": %[1]s, "tags": [%[1]s],
"parameters": [{"name": %[1]s, "in": "query", "description": %[1]s, "schema": {"type": "string", "default": %[1]s, "enum": [%[1]s], "example": %[1]s}}],
"responses": {"200": {"description": %[1]s, "content": {"application/json": {"example": %[1]s}}}}}}}}`, q)
	case 1:
		return fmt.Sprintf(`{"asyncapi": "2.6.0", "info": {"title": %[1]s, "version": %[1]s, "description": %[1]s},
"servers": {"x": {"url": %[1]s, "protocol": "mqtt", "description": %[1]s}},
"channels": {"x": {"description": %[1]s, "publish": {"operationId": %[1]s, "summary": %[1]s, "message": {"name": %[1]s, "title": %[1]s, "payload": {"type": "string", "description": %[1]s}}}}}}`, q)
	case 2:
		return fmt.Sprintf("%s\ntype Query {\n  %s\n  x(y: String = %s): String\n}\n", q, q, q)
	}
	return p
}

// bad finds elements and attributes that no page of ours has, whatever the policy makes of them.
const bad = `(() => {
	const out = [];
	for (const e of document.querySelectorAll("*")) {
		const tag = e.localName;
		if (["iframe", "frame", "object", "embed", "base", "style", "applet", "portal", "foreignobject", "animate", "set"].includes(tag.toLowerCase())) out.push("element " + tag);
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
const rendered = `((p) => {
	const n = {}, add = c => n[c] = (n[c] || 0) + 1;
	const has = t => p && t && t.replace(/\s+/g, " ").includes(p.replace(/\s+/g, " ").trim());
	for (const e of document.querySelectorAll("*")) {
		const svg = e.namespaceURI.endsWith("svg"), code = e.closest("code, pre");
		for (const a of e.attributes) {
			let v = a.value; try { v = decodeURIComponent(v.replace(/\+/g, " ")) } catch {}
			if (has(v) || has(a.value)) add(["href", "src", "action"].includes(a.name) ? "URL" : svg ? "SVG" : "attribute");
		}
		for (const c of e.childNodes) if (c.nodeType === 3 && has(c.data)) add(svg ? "SVG" : code ? "code" : "text");
	}
	if (p && document.querySelector(".prose")) add("Markdown"); // what is left of it
	return n;
})(%s)`

// atOnce is how many payloads are in the catalog at the same time: the stage looks at all entities for every question.
const atOnce = 8

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
	for _, c := range []string{"text", "attribute", "URL", "Markdown", "code"} {
		if contexts[c] < 200 {
			t.Errorf("payloads stand in %d places as %s, want 200 at least", contexts[c], c)
		}
	}
}

// openHostile opens the pages of some payloads, and counts where these stand.
func openHostile(t *testing.T, first int, texts []string) map[string]int {
	t.Helper()
	var all []catalog.Entity
	for i, p := range texts {
		all = append(all, hostile(first+i, p)...)
	}
	c := stage.New(all...)
	must(t, c.Settle())
	s := stage.Serve(c)
	defer s.Close()
	h := hostileTab(t, s.URL, first%(2*atOnce) == 0)
	defer h.tab.Close()
	for _, path := range hostileLists() {
		h.harmless(path, "")
	}
	for i, p := range texts {
		for _, path := range hostilePages(first+i, p) {
			h.harmless(path, p)
		}
	}
	return h.contexts
}

// hostileVisit is a reader of hostile content.
type hostileVisit struct {
	t        *testing.T
	tab      *chrome.Tab
	contexts map[string]int
}

func hostileTab(t *testing.T, origin string, policy bool) *hostileVisit {
	t.Helper()
	tab, err := browser.Open(origin)
	must(t, err)
	tab.Excuse("the server responded with a status of 400")
	if !policy {
		must(t, tab.BypassPolicy())
	}
	return &hostileVisit{t, tab, map[string]int{}}
}

// harmless opens a page that holds a payload, and counts where that stands in it.
func (h *hostileVisit) harmless(path, text string) {
	h.t.Helper()
	status, err := h.tab.Go(path)
	if err != nil {
		h.t.Fatalf("%v, with %q", err, text)
	}
	if status != 200 && status != 400 { // 400: an address that is too long, and says so
		h.t.Errorf("%s: status %d, with %q", path, status, text)
	}
	var found struct {
		Bad      []string
		Rendered map[string]int
	}
	found, err = chrome.Eval[struct {
		Bad      []string
		Rendered map[string]int
	}](h.tab, fmt.Sprintf("({Bad: %s, Rendered: %s})", bad, fmt.Sprintf(rendered, chrome.Quote(text))))
	must(h.t, err)
	if wrong := slices.Concat(found.Bad, h.tab.Problems()); len(wrong) > 0 {
		h.t.Errorf("%s with %q:\n%s", path, text, strings.Join(wrong, "\n"))
	}
	for k, n := range found.Rendered {
		h.contexts[k] += n
	}
}

// TestHostileJSON holds that what scripts read cannot be taken for a page.
func TestHostileJSON(t *testing.T) {
	texts := payloads(t)
	for i := 0; i < len(texts); i += 10 { // the encoder is the same for all
		checkJSON(t, texts[i])
	}
}
