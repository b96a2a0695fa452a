package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/browser/chrome"
)

// TestExplorersAreAccessible holds that axe-core finds nothing in an explorer, whatever its reader has opened there.
func TestExplorersAreAccessible(t *testing.T) {
	shop := newShopServer(t)
	api := func(name, file string, replaced ...string) catalog.Entity {
		text, err := os.ReadFile("testdata/explorers/" + file)
		must(t, err)
		return apitest.API("zoo", name, func(s *catalog.APISpec) {
			s.Type, s.Visibility = "openapi", "Public"
			s.Definition = strings.NewReplacer(append(replaced, "https://api.example.com", shop.URL)...).Replace(string(text))
		})
	}
	site := petShops(t, shop.URL, shop.URL, api("openapi30", "openapi.yaml"), api("openapi31", "openapi.yaml", "openapi: 3.0.3", "openapi: 3.1.0"),
		api("swagger", "swagger.yaml", "host: api.example.com", "host: "+strings.TrimPrefix(shop.URL, "http://"), "[https, http]", "[http]"))
	pictures := os.Getenv("CALLBOARD_SCREENSHOTS") != ""
	for _, name := range []string{"shop", "openapi30", "openapi31", "swagger"} {
		for _, l := range looks {
			if !l.judged && !pictures {
				continue
			}
			theme := map[bool]string{false: "light", true: "dark"}[l.dark]
			t.Run(fmt.Sprintf("%s-%d-%s", name, l.width, theme), func(t *testing.T) {
				t.Parallel()
				tab := open(t, site)
				must(t, tab.Viewport(l.width))
				must(t, tab.Dark(l.dark))
				explore(t, tab, name)
				states := explorerStates
				if name == "shop" { // a form that is all there
					states = states[:1]
				}
				for _, s := range states {
					s.reach(t, tab)
					judgeExplorer(t, tab, l.width, s.name)
					if pictures {
						must(t, tab.Screenshot(artifacts(fmt.Sprintf("explorer-%s-%s-%d-%s.png", name, s.name, l.width, theme))))
					}
				}
			})
		}
	}
}

// anOperation is the one of each definition that is opened.
const anOperation = "[id$='-anOperation']"

// explorerStates are what a reader of Swagger UI opens, one after the other.
var explorerStates = []struct {
	name  string
	reach func(t *testing.T, tab *chrome.Tab)
}{
	{"collapsed", func(*testing.T, *chrome.Tab) {}},
	{"operation", func(t *testing.T, tab *chrome.Tab) {
		press(t, tab, anOperation+" .opblock-summary-control")
		becomes(t, tab, anOperation, "Parameters")
	}},
	{"schemas", func(t *testing.T, tab *chrome.Tab) {
		pressAll(t, tab, anOperation+" [role=tab][aria-selected=false]")
		unfold(t, tab, anOperation+" .opblock-body")
	}},
	{"models", func(t *testing.T, tab *chrome.Tab) {
		unfold(t, tab, "section.models")
	}},
	{"tried", func(t *testing.T, tab *chrome.Tab) {
		press(t, tab, anOperation+" .try-out__btn")
		must(t, tab.Await(5*time.Second, `document.querySelector("`+anOperation+` .execute") !== null`))
		press(t, tab, anOperation+" .execute")
		must(t, tab.Await(10*time.Second, `document.querySelector("`+anOperation+` .live-responses-table, `+anOperation+` .invalid") !== null`))
	}},
	{"authorize", func(t *testing.T, tab *chrome.Tab) {
		press(t, tab, ".auth-wrapper .authorize")
		must(t, tab.Await(5*time.Second, `document.querySelector(".dialog-ux") !== null`))
	}},
}

// pressAll presses all that a selector picks, and answers how many that were.
func pressAll(t *testing.T, tab *chrome.Tab, selector string) int {
	t.Helper()
	n, err := chrome.Eval[int](tab, `(all => (all.forEach(e => e.click()), new Promise(done => setTimeout(() => done(all.length), 100))))([...document.querySelectorAll(`+chrome.Quote(selector)+`)].slice(0, 200))`)
	must(t, err)
	return n
}

// unfold opens what is folded within what a selector picks, four levels deep.
func unfold(t *testing.T, tab *chrome.Tab, within string) {
	t.Helper()
	for range 4 {
		if pressAll(t, tab, within+" [aria-expanded=false]") == 0 {
			return
		}
	}
}

func judgeExplorer(t *testing.T, tab *chrome.Tab, width int64, state string) {
	t.Helper()
	wide, err := chrome.Eval[int64](tab, `document.documentElement.scrollWidth`)
	must(t, err)
	if wide > width {
		t.Errorf("%s: the page is %d wide", state, wide)
	}
	rules := chrome.AllRules
	if width < 1280 { // of the same as before: what looks decide
		rules = chrome.RulesOfLooks
	}
	found, err := axe.Violations(tab, rules)
	must(t, err)
	if len(found) > 0 {
		t.Errorf("%s: axe-core finds\n%s", state, strings.Join(found, "\n"))
	}
}
