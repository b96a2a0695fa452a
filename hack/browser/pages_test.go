package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
)

// pages are one of each kind, by the name of its picture.
var pages = []page{
	{name: "home", path: "/"},
	{name: "catalog", path: "/catalog"}, {name: "components", path: "/components"}, {name: "apis", path: "/apis"},
	{name: "resources", path: "/resources"}, {name: "systems", path: "/systems"}, {name: "domains", path: "/domains"},
	{name: "groups", path: "/groups"}, {name: "users", path: "/users"},
	{name: "filtered", path: "/components?type=service&system=system%3Asock-shop%2Fsock-shop"},
	{name: "filtered-to-nothing", path: "/components?type=nothing"},
	{name: "search", path: "/search?q=cart"}, {name: "search-nothing", path: "/search?q=zzzz"}, {name: "search-empty", path: "/search"},
	{name: "component", path: "/components/online-boutique/checkoutservice"},
	{name: "component-degraded", path: "/components/sock-shop/carts"}, {name: "component-denied", path: "/components/sock-shop/peeping"},
	{name: "component-deep", path: "/components/online-boutique/checkoutservice?depth=3"},
	{name: "api", path: "/apis/online-boutique/storefront"}, {name: "api-restricted", path: "/apis/online-boutique/payment"},
	{name: "api-broken", path: "/apis/sock-shop/broken"},
	{name: "resource", path: "/resources/sock-shop/carts-db"}, {name: "system", path: "/systems/online-boutique/online-boutique"},
	{name: "domain", path: "/domains/commerce"}, {name: "group", path: "/groups/checkout-team"}, {name: "user", path: "/users/emeka"},
	{name: "map", path: "/map"}, {name: "map-domains", path: "/map/domains"}, {name: "organisation", path: "/organisation"},
	{name: "domain-map", path: "/domains/commerce/map"}, {name: "group-organisation", path: "/groups/shop-engineering/organisation"},
	{name: "scores", path: "/scores"}, {name: "scores-systems", path: "/scores?by=systems"},
	{name: "scores-domains", path: "/scores?by=domains"}, {name: "scores-groups", path: "/scores?by=groups"},
	{name: "card", path: "/scores/production-readiness"}, {name: "scorecard", path: "/scorecards/production-readiness"},
	{name: "exemption", path: "/exemptions/sock-shop/orders-replicas"},
	{name: "openapi", path: "/apis/sock-shop/rides/reference"}, {name: "openapi-entry", path: "/apis/sock-shop/rides/reference", first: true},
	{name: "asyncapi", path: "/apis/sock-shop/streetlights/reference"},
	{name: "asyncapi-entry", path: "/apis/sock-shop/streetlights/reference", first: true},
	{name: "graphql", path: "/apis/sock-shop/starwars/reference"}, {name: "graphql-entry", path: "/apis/sock-shop/starwars/reference", first: true},
	{name: "proto", path: "/apis/sock-shop/schemas/reference"}, {name: "proto-entry", path: "/apis/sock-shop/schemas/reference", first: true},
	{name: "reference-broken", path: "/apis/sock-shop/broken/reference"}, {name: "definition", path: "/apis/sock-shop/rides/definition"}, {name: "definition-proto", path: "/apis/sock-shop/schemas/definition"},
	{name: "not-found", path: "/components/sock-shop/nothing", status: http.StatusNotFound},
	{name: "bad-address", path: "/components?sort=nonsense", status: http.StatusBadRequest},
	{name: "not-signed-in", path: "/", status: http.StatusUnauthorized, of: nobody},
	{name: "failing", path: "/components/sock-shop/carts", status: http.StatusInternalServerError, of: failing},
	{name: "component-of-many", path: "/components/shop/shop-component-0000?depth=3", of: many},
	{name: "empty", path: "/", of: empty}, {name: "empty-list", path: "/components", of: empty}, {name: "empty-map", path: "/map", of: empty},
	{name: "empty-organisation", path: "/organisation", of: empty}, {name: "empty-scores", path: "/scores", of: empty},
	{name: "sign-in", path: "/sign-in", of: operator}, {name: "sign-in-refused", path: "/sign-in", of: operator, refused: true},
}

// page is one that is looked at.
type page struct {
	name, path string
	status     int                     // 200 if it is not said
	of         func(*testing.T) string // the origin; that of the sample shops if it is not said
	first      bool                    // the first entry that it leads to
	refused    bool                    // with a token that nobody knows
}

// operator is what only a real operator serves.
func operator(t *testing.T) string {
	if live == nil {
		t.Skip("the stage has no door")
	}
	return site
}

func empty(t *testing.T) string {
	return serve(t, stage.New(), &catalogtest.Reader{Name: "ada", Everything: true})
}

// many is a catalog in which an entity has more around it than a page shows.
func many(t *testing.T) string {
	c := stage.New(apitest.Catalog("shop", 600)...)
	must(t, c.Settle())
	return serve(t, c, &catalogtest.Reader{Name: "ada", Everything: true})
}

func nobody(t *testing.T) string { return serve(t, stage.New(), nil) }

func failing(t *testing.T) string {
	c := stage.New(apitest.Component("sock-shop", "carts"))
	must(t, c.Settle())
	return serve(t, broken{c}, &catalogtest.Reader{Name: "ada", Everything: true})
}

// broken is a catalog that cannot be read.
type broken struct{ *stage.Catalog }

func (broken) Entity(context.Context, relation.Ref) (catalog.Entity, bool, error) {
	return nil, false, errors.New("the API server does not answer")
}

func serve(t *testing.T, c dashboard.Catalog, to *catalogtest.Reader) string {
	s := stage.ServeTo(c, to)
	t.Cleanup(s.Close)
	return s.URL
}

// show opens the page as it is looked at.
func (p page) show(t *testing.T, tab *chrome.Tab) {
	t.Helper()
	want := p.status
	if want == 0 {
		want = http.StatusOK
	} else {
		tab.Excuse(fmt.Sprintf("the server responded with a status of %d", want))
	}
	if got, err := tab.Go(p.path); err != nil || got != want {
		t.Fatalf("GET %s: status %d, %v, want %d", p.path, got, err, want)
	}
	switch {
	case p.first:
		entry, err := chrome.Eval[string](tab, `document.querySelector(".entries a").getAttribute("href")`)
		must(t, err)
		visit(t, tab, entry)
	case p.refused:
		tab.Excuse("the server responded with a status of 401")
		must(t, tab.Submit("#token", "nobody-knows-it"))
	}
}

// looks are how pages are looked at. Pictures are taken of all four; a page is judged in two, which have both widths and
// both themes.
var looks = []struct {
	width  int64
	dark   bool
	judged bool
}{{1280, false, true}, {1280, true, false}, {390, false, false}, {390, true, true}}

// TestPages looks at each page: axe-core finds nothing, nothing sticks out, the page does not jump while it loads. If
// CALLBOARD_SCREENSHOTS is set, pictures are kept.
func TestPages(t *testing.T) {
	pictures := os.Getenv("CALLBOARD_SCREENSHOTS") != ""
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			origin := site
			if p.of != nil {
				origin = p.of(t)
			}
			tab := open(t, origin)
			for _, l := range looks {
				if !l.judged && !pictures {
					continue
				}
				must(t, tab.Viewport(l.width))
				must(t, tab.Dark(l.dark))
				if l.judged {
					p.show(t, tab)
					judge(t, tab, l.width)
				}
				if pictures {
					theme := map[bool]string{false: "light", true: "dark"}[l.dark]
					must(t, tab.Screenshot(artifacts(p.name+"-"+strconv.Itoa(int(l.width))+"-"+theme+".png")))
				}
			}
		})
	}
}

// judge holds what must be true of every page that was just loaded.
func judge(t *testing.T, tab *chrome.Tab, width int64) {
	t.Helper()
	shifts, err := chrome.Eval[struct {
		Sum  float64
		What []string
	}](tab, `new Promise(done => {
		const out = {Sum: 0, What: []};
		new PerformanceObserver(l => l.getEntries().forEach(e => {
			out.Sum += e.value;
			for (const s of e.sources) out.What.push(e.value.toFixed(4) + " " + (s.node?.outerHTML || s.node?.data || "").slice(0, 100) + " from " + JSON.stringify(s.previousRect) + " to " + JSON.stringify(s.currentRect));
		})).observe({type: "layout-shift", buffered: true});
		setTimeout(() => done(out), 30);
	})`)
	must(t, err)
	if shifts.Sum > 0.01 {
		t.Errorf("%d wide: the layout shifts by %.3f while it loads:\n%s", width, shifts.Sum, strings.Join(shifts.What, "\n"))
	}
	wide, err := chrome.Eval[int64](tab, `document.documentElement.scrollWidth`)
	must(t, err)
	if wide > width {
		t.Errorf("%d wide: the page is %d wide", width, wide)
	}
	rules := chrome.AllRules
	if width < 1280 { // of the same page as before: what looks decide
		rules = chrome.RulesOfLooks
	}
	// What is folded is judged too, and folded again for the picture.
	const unfold = `document.querySelectorAll("main details:not([open])").forEach(d => { d.open = true; d.dataset.unfolded = "" })`
	const fold = `document.querySelectorAll("[data-unfolded]").forEach(d => { d.open = false; delete d.dataset.unfolded })`
	_, err = chrome.Eval[bool](tab, unfold+", true")
	must(t, err)
	found, err := axe.Violations(tab, rules)
	must(t, err)
	_, err = chrome.Eval[bool](tab, fold+", true")
	must(t, err)
	if len(found) > 0 {
		t.Errorf("%d wide: axe-core finds\n%s", width, strings.Join(found, "\n"))
	}
}

// TestPrints prints what auditors ask for: all of it is on the paper, in black on white, and nothing that one would click.
func TestPrints(t *testing.T) {
	papers := []struct {
		name, path string
		width      int64 // of the paper within its margins
	}{
		{"scores", "/scores?all=1", 1032}, {"card", "/scores/production-readiness?all=1", 1032}, {"scorecard", "/scorecards/production-readiness", 703},
		{"component", "/components/sock-shop/carts", 703}, {"components", "/components?all=1", 703},
	}
	for _, p := range papers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			tab := open(t, site)
			must(t, tab.Dark(true))
			must(t, tab.Viewport(p.width))
			visit(t, tab, p.path)
			must(t, tab.Printed(true))
			wrong, err := chrome.Eval[[]string](tab, `(() => {
				const out = [], width = document.documentElement.clientWidth;
				const seen = e => e.getClientRects().length && e.checkVisibility({visibilityProperty: true});
				for (const e of document.querySelectorAll("main *")) {
					const r = e.getBoundingClientRect();
					if (seen(e) && !e.closest("svg") && r.right > width + 1) out.push("cut off: " + e.outerHTML.slice(0, 120));
				}
				for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, body > header nav")) if (seen(e)) out.push("of no use on paper: " + e.outerHTML.slice(0, 120));
				if (getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)") out.push("the paper is not white");
				return out.slice(0, 5);
			})()`)
			must(t, err)
			if len(wrong) > 0 {
				t.Errorf("printed:\n%s", strings.Join(wrong, "\n"))
			}
			if os.Getenv("CALLBOARD_SCREENSHOTS") != "" {
				must(t, tab.Screenshot(artifacts(p.name+"-printed.png")))
				pdf, err := tab.Print()
				must(t, err)
				must(t, os.WriteFile(artifacts(p.name+".pdf"), pdf, 0o644))
			}
		})
	}
}

// TestKeyboard walks through pages with the Tab key: all that can be used is reached once, in order, and shows it.
func TestKeyboard(t *testing.T) {
	for _, path := range []string{"/", "/components", "/components/sock-shop/carts", "/apis/online-boutique/payment", "/scores", "/search?q=cart"} {
		t.Run(path, func(t *testing.T) {
			tab := open(t, site)
			visit(t, tab, path)
			const usable = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
				.filter(e => e.type !== "hidden" && !e.disabled && e.checkVisibility({visibilityProperty: true}) && !e.closest("details:not([open]) > :not(summary)"))`
			all, err := chrome.Eval[int](tab, usable+".length")
			must(t, err)
			for i := range all {
				must(t, tab.Press("\t"))
				wrong, err := chrome.Eval[string](tab, `(() => {
					const all = `+usable+`, e = document.activeElement, s = getComputedStyle(e);
					if (all[`+strconv.Itoa(i)+`] !== e) return "the focus is on " + e.outerHTML.slice(0, 200) + ", want " + all[`+strconv.Itoa(i)+`].outerHTML.slice(0, 200);
					const drawn = () => [e, ...e.querySelectorAll("*")].map(x => { const c = getComputedStyle(x); return c.stroke + c.strokeWidth + c.outlineStyle + c.fill }).join();
					if (e.namespaceURI.endsWith("svg")) {
						const on = drawn(); e.blur(); const off = drawn(); e.focus({focusVisible: true});
						return on === off ? "no sign of the focus on " + e.outerHTML.slice(0, 200) : "";
					}
					if (s.outlineStyle === "none" && s.boxShadow === "none") return "no sign of the focus on " + e.outerHTML.slice(0, 200);
					return "";
				})()`)
				must(t, err)
				if wrong != "" {
					t.Fatalf("press %d of Tab: %s", i+1, wrong)
				}
			}
		})
	}
}
