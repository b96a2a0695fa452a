package browser

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
)

// changing is a component that the test changes while somebody reads its page.
func changing(t *testing.T) (catalog *stage.Catalog, s *httptest.Server, describe func(string)) {
	t.Helper()
	c := apitest.Component("shop", "cart")
	c.Spec.Description = "first words"
	catalog = stage.New(c)
	must(t, catalog.Settle())
	s = stage.Serve(catalog)
	t.Cleanup(s.Close)
	return catalog, s, func(text string) {
		d := c.DeepCopy()
		d.Spec.Description = text
		catalog.Put(d)
	}
}

// follows waits until a page follows the catalog: streams become ready in the order in which they were opened.
func follows(t *testing.T, tab *chrome.Tab) {
	t.Helper()
	_, err := chrome.Eval[bool](tab, `new Promise(done => {
		const s = new EventSource("/live?page=" + encodeURIComponent(location.pathname));
		s.addEventListener("ready", () => { s.close(); done(true) });
	})`)
	must(t, err)
}

// TestAPageChangesInPlace holds that a page that follows the catalog leaves alone where its reader is: what he scrolled,
// focused, opened, chose and marked stays, and nothing is drawn anew that has not changed.
func TestAPageChangesInPlace(t *testing.T) {
	_, s, describe := changing(t)
	tab := open(t, s.URL)
	must(t, tab.Viewport(390)) // so that there is something to scroll
	visit(t, tab, "/components/shop/cart")
	follows(t, tab)
	must(t, tab.Toggle("Show the object"))
	must(t, tab.Await(time.Second, `document.querySelector("#yaml details").open`))
	_, err := chrome.Eval[bool](tab, `(() => {
		window.kept = {main: document.getElementById("main"), all: [...document.querySelectorAll("main section, main table, main h2, main svg")]};
		document.querySelector("select[name=depth]").value = "3";
		document.querySelector("#yaml button").focus({preventScroll: true});
		getSelection().selectAllChildren(document.querySelector("#conditions h2"));
		scrollTo({top: 700, behavior: "instant"});
		window.shift = 0; window.changes = 0; window.removed = 0;
		new PerformanceObserver(l => l.getEntries().forEach(e => shift += e.value)).observe({type: "layout-shift"});
		new MutationObserver(l => l.forEach(m => { changes++; removed += m.removedNodes.length })).observe(document.documentElement, {subtree: true, childList: true, characterData: true, attributes: true});
		return true;
	})()`)
	must(t, err)
	before, err := chrome.Eval[float64](tab, `scrollY`)
	must(t, err)
	describe("other words")
	must(t, tab.Await(15*time.Second, `document.querySelector(".prose").textContent.includes("other words")`))
	wrong, err := chrome.Eval[[]string](tab, `new Promise(done => setTimeout(() => {
		const out = [], hold = (ok, what) => { if (!ok) out.push(what) };
		hold(document.getElementById("main") === kept.main, "the page is another one");
		hold(kept.all.every(e => e.isConnected), "what has not changed is drawn anew");
		hold(document.querySelector("#yaml details").open, "what was opened is closed");
		hold(document.activeElement === document.querySelector("#yaml button"), "the focus is lost");
		hold(document.querySelector("select[name=depth]").value === "3", "what was chosen is lost");
		hold(getSelection().toString().trim() === "Conditions", "what was marked is lost");
		hold(shift <= 0.01, "the layout shifts by " + shift);
		hold(changes > 0 && changes < 12, changes + " changes of the page, want a few");
		hold(removed < 4, removed + " nodes are taken away");
		return done(out);
	}, 100))`)
	must(t, err)
	after, err := chrome.Eval[float64](tab, `scrollY`)
	must(t, err)
	if len(wrong) > 0 || before != after || before == 0 {
		t.Errorf("scrolled to %v, then %v; %q", before, after, wrong)
	}
}

// TestAPageChangesBeforeItsStream holds that what changes while a page is loaded is shown, although the stream begins later.
func TestAPageChangesBeforeItsStream(t *testing.T) {
	_, inner, describe := changing(t)
	var before sync.Once
	var loads atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/live":
			before.Do(func() { describe("other words") })
		case "/components/shop/cart":
			loads.Add(1)
		}
		inner.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	tab := open(t, s.URL)
	visit(t, tab, "/components/shop/cart")
	must(t, tab.Await(10*time.Second, `document.querySelector(".prose").textContent.includes("other words")`))
	if n := loads.Load(); n != 2 {
		t.Errorf("the page was loaded %d times, want 2: with the old words, and with the new ones", n)
	}
	visit(t, tab, "/components/shop/cart")
	follows(t, tab)
	if n := loads.Load(); n != 3 {
		t.Errorf("a page that did not change was loaded %d times, want once", n-2)
	}
}

// TestAPageWithoutTheStream holds that the same is there without scripts, and that nobody is told of an error.
func TestAPageWithoutTheStream(t *testing.T) {
	_, s, describe := changing(t)
	tab := open(t, s.URL)
	must(t, tab.Scripts(false))
	visit(t, tab, "/components/shop/cart")
	see(".prose", "first words")(t, tab)
	describe("other words")
	if text, err := tab.Text(".prose"); err != nil || text != "first words" {
		t.Errorf("the page says %q, %v before it is loaded again", text, err)
	}
	visit(t, tab, "/components/shop/cart")
	see(".prose", "other words")(t, tab)
}

// TestSomebodyIsSignedOut holds that a page does not stay when its reader may not read it any more.
func TestSomebodyIsSignedOut(t *testing.T) {
	catalog, _, describe := changing(t)
	door := catalogtest.DoorOf(&catalogtest.Reader{Name: "ada", Everything: true})
	s := stage.ServeBehind(catalog, door)
	t.Cleanup(s.Close)
	tab := open(t, s.URL)
	visit(t, tab, "/components/shop/cart")
	follows(t, tab)
	tab.Excuse("status of 401")
	door.Set(nil)
	describe("a secret")
	must(t, tab.Await(15*time.Second, `document.querySelector("main").innerText.includes("Sign in")`))
	unseen("main", "secret", "first words")(t, tab)
}
