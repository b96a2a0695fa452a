package browser

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/hack/browser/chrome"
)

// pages are one of each kind, by the name of its picture.
var pages = []struct{ name, path string }{
	{"home", "/"},
	{"catalog", "/catalog"}, {"components", "/components"}, {"apis", "/apis"}, {"resources", "/resources"},
	{"systems", "/systems"}, {"domains", "/domains"}, {"groups", "/groups"}, {"users", "/users"},
	{"filtered", "/components?type=service&system=system%3Asock-shop%2Fsock-shop"}, {"empty", "/components?type=nothing"},
	{"search", "/search?q=cart"}, {"search-nothing", "/search?q=zzzz"},
	{"component", "/components/online-boutique/checkoutservice"}, {"component-degraded", "/components/sock-shop/carts"},
	{"component-denied", "/components/sock-shop/peeping"},
	{"api", "/apis/online-boutique/storefront"}, {"api-restricted", "/apis/online-boutique/payment"},
	{"resource", "/resources/sock-shop/carts-db"}, {"system", "/systems/online-boutique/online-boutique"},
	{"domain", "/domains/commerce"}, {"group", "/groups/checkout-team"}, {"user", "/users/emeka"},
	{"scores", "/scores"}, {"scores-groups", "/scores?by=groups"}, {"card", "/scores/production-readiness"},
	{"scorecard", "/scorecards/production-readiness"},
	{"map", "/map"}, {"reference", "/apis/online-boutique/storefront/reference"},
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
			tab := open(t, site)
			for _, l := range looks {
				if !l.judged && !pictures {
					continue
				}
				must(t, tab.Viewport(l.width))
				must(t, tab.Dark(l.dark))
				visit(t, tab, p.path)
				if l.judged {
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
	shift, err := chrome.Eval[float64](tab, `new Promise(done => {
		let sum = 0;
		new PerformanceObserver(l => l.getEntries().forEach(e => sum += e.value)).observe({type: "layout-shift", buffered: true});
		setTimeout(() => done(sum), 30);
	})`)
	must(t, err)
	if shift > 0.02 {
		t.Errorf("%d wide: the layout shifts by %.3f while it loads", width, shift)
	}
	wide, err := chrome.Eval[int64](tab, `document.documentElement.scrollWidth`)
	must(t, err)
	if wide > width {
		t.Errorf("%d wide: the page is %d wide", width, wide)
	}
	found, err := axe.Violations(tab)
	must(t, err)
	if len(found) > 0 {
		t.Errorf("%d wide: axe-core finds\n%s", width, strings.Join(found, "\n"))
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
