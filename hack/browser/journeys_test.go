package browser

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/callboard-dev/callboard/hack/browser/stage"
)

const scriptsOnly = true // of a journey: it needs scripts

// journeys are what people come for. Each is made with scripts and, unless it needs them, without.
var journeys = []struct {
	name    string
	scripts bool
	steps   []step
}{
	{"find the owner of a failing pod in three clicks", false, []step{
		opened("/"), clickIn("#degraded", "carts"), see("#running", "CrashLoopBackOff"), clickIn("[aria-label=Owner]", "Checkout"), within(3), at("/groups/checkout-team")}},
	{"read why a pod fails, and the command that says more", false, []step{
		opened("/components/sock-shop/carts"), see("#running", "CrashLoopBackOff", "0/1", "kubectl"), see("#conditions", "Healthy")}},
	{"write to the owner", false, []step{
		opened("/components/sock-shop/carts"), count("[aria-label=Owner] a", 1, 20), see("[aria-label=Owner]", "Checkout")}},
	{"from a failing component to its system", false, []step{
		opened("/components/sock-shop/carts"), clickIn("[aria-label=About]", "Sock Shop"), at("/systems/sock-shop/sock-shop")}},
	{"all that is degraded", false, []step{
		opened("/"), click("All that is degraded"), at("/catalog?health=Degraded"), see("tbody", "carts")}},
	{"all with problems", false, []step{opened("/"), click("All with problems"), at("/catalog?problems=true"), see("tbody", "carts")}},

	{"find an API by its name, and who consumes it", false, []step{
		opened("/"), submit("#search", "payment"), at("/search"), clickIn("main", "online-boutique/payment"), see("#consumers", "granted", "Checkout")}},
	{"search finds nothing, and says so", false, []step{
		opened("/search?q=zzzznothing"), unseen("main", "carts"), see("main", "Nothing found"), holds(`document.querySelector("main input[name=q]").value === "zzzznothing"`)}},
	{"search shows where it matched", false, []step{opened("/search?q=cart"), count("mark", 3, 100)}},
	{"search again from the results", false, []step{opened("/search?q=cart"), submit("main input[name=q]", "payment"), see("main", "payment")}},
	{"who uses what a service offers", false, []step{
		opened("/components/online-boutique/paymentservice"), clickIn("#provides", "Payment"), at("/apis/online-boutique/payment"), see("#consumers", "Checkout")}},

	{"explain a denied edge", false, []step{
		opened("/components/sock-shop/peeping"), see("#consumes", "Denied", "Restricted", "payment"), clickIn("#consumes td:last-child", "Payments"), at("/groups/payments-team")}},
	{"see at the API who was denied", false, []step{opened("/apis/online-boutique/payment"), see("#consumers", "1 denied", "Peeping")}},
	{"see why an edge is granted", false, []step{opened("/components/online-boutique/checkoutservice"), see("#consumes", "Granted", "Private", "both belong to")}},
	{"who may consume a Restricted API", false, []step{opened("/apis/online-boutique/payment"), see("#visibility", "Restricted", "Allowed consumers")}},
	{"who may consume a Private API", false, []step{opened("/apis/online-boutique/cart"), see("#visibility", "Private")}},

	{"compare two teams", false, []step{
		opened("/groups"), clickIn("tbody", "payments-team"), see("#rollup", "Average"), back(), clickIn("tbody", "checkout-team"), at("/groups/checkout-team"), see("#rollup", "Average")}},
	{"what a team owns with its teams", false, []step{opened("/groups/shop-engineering"), see("#owns", "carts", "payment")}},
	{"from a team to a person", false, []step{opened("/users"), clickIn("tbody", "amara"), at("/users/amara"), see("#groups", "team")}},
	{"what a person owns", false, []step{opened("/users/emeka"), see("#owns", "loadgenerator")}},

	{"print the score board", false, []step{opened("/scores"), see("main", "Score board"), printed(), holds(`getComputedStyle(document.querySelector("header nav")).display === "none"`)}},
	{"the score board by team", false, []step{opened("/scores"), clickIn("main", "Groups"), at("/scores?by=groups"), see("main", "checkout-team")}},
	{"the score board by system", false, []step{opened("/scores"), clickIn("main", "Systems"), at("/scores?by=systems"), see("main", "sock-shop")}},
	{"the checks of a scorecard", false, []step{opened("/"), clickIn("#scorecards", "Production readiness"), at("/scores/production-readiness"), count("#checks a, #checks th, #checks summary", 3, 500)}},
	{"what a scorecard asks", false, []step{opened("/scorecards/production-readiness"), see("#checks", "Somebody answers for it"), count("#totals", 1, 1)}},
	{"why a check fails, and what to do", false, []step{opened("/components/sock-shop/carts"), see("#scores", "Not passed"), count("#scores details", 1, 60)}},

	{"filter by type, and take it back", false, []step{
		opened("/components"), clickIn("#facet-type", "website"), at("/components?type=website"), count("tbody tr", 1, 5), clickIn("[aria-label='Active filters']", "Type: website"), at("/components"), count("tbody tr", 15, 50)}},
	{"filter, then share the address", false, []step{
		opened("/components"), clickIn("#facet-system", "sock-shop"), clickIn("#facet-health", "Degraded"), see("tbody", "carts"), count("tbody tr", 1, 1),
		shared(see("tbody", "carts"), count("tbody tr", 1, 1))}},
	{"the back button keeps filters", false, []step{
		opened("/components?health=Degraded"), clickIn("tbody", "carts"), at("/components/sock-shop/carts"), back(), at("/components?health=Degraded"), count("tbody tr", 1, 1)}},
	{"filter by text", false, []step{opened("/components"), submit("main input[name=q]", "cart"), at("/components?q=cart"), see("tbody", "cartservice"), unseen("tbody", "adservice")}},
	{"sort by a column", false, []step{opened("/components"), clickIn("thead", "Name"), at("/components?sort="), count("th[aria-sort]", 1, 1)}},
	{"filters of nothing say how to go on", false, []step{opened("/components?type=website&health=Degraded"), count("tbody tr", 0, 0), click("Clear all"), count("tbody tr", 15, 50)}},
	{"all kinds in one list", false, []step{opened("/catalog"), count("tbody tr", 40, 50)}},
	{"the CSV of what is shown", false, []step{
		opened("/components?type=website"), downloads("a[download]", "text/csv", "front-end", "frontend")}},

	{"from the outside view of a system to who uses it", false, []step{opened("/systems/online-boutique/online-boutique"), see("#exposes", "payment"), see("#components", "cartservice")}},
	{"from a domain to its systems", false, []step{opened("/domains"), clickIn("tbody", "commerce"), at("/domains/commerce"), clickIn("#systems", "Sock Shop"), at("/systems/sock-shop/sock-shop")}},
	{"what a resource is needed by", false, []step{opened("/resources/sock-shop/carts-db"), see("main", "carts")}},
	{"what happens if I change it", false, []step{opened("/components/online-boutique/currencyservice"), see("#impact", "may notice")}},
	{"the object as kubectl shows it", false, []step{opened("/components/sock-shop/carts"), toggle("Show the object"), see("#yaml", "kind: Component", "kubectl")}},
	{"each page says the command", false, []step{opened("/apis"), see("main", "kubectl get apis")}},

	{"what is not there", false, []step{refused("/components/sock-shop/nothing", 404), see("main", "Not found"), click("Callboard"), at("/")}},
	{"a page that is not there", false, []step{refused("/nothing", 404), see("main", "Not found")}},
	{"search with the keyboard alone", false, []step{
		opened("/"), focused("Search the catalog"), pressed("cartservice"), entered(), at("/search?q=cartservice"), focused("online-boutique/cartservice"), entered(), at("/components/online-boutique/cartservice")}},
	{"skip to the content with the keyboard", false, []step{opened("/components"), focused("Skip to the content"), pressed("\r"), holds(`document.activeElement.id === "main"`)}},
	{"on a telephone nothing is cut off", false, []step{narrow(), opened("/components"), holds(`document.documentElement.scrollWidth <= 390`), clickIn("tbody", "carts"), holds(`document.documentElement.scrollWidth <= 390`)}},
	{"jump into the search field", scriptsOnly, []step{opened("/components"), pressed("/"), holds(`document.activeElement.id === "search"`)}},
	{"suggestions while typing", scriptsOnly, []step{opened("/"), focused("Search the catalog"), pressed("carts"), holds(`document.body.innerText.includes("sock-shop/carts")`)}},

	{"sort and filter with the keyboard alone", false, []step{
		opened("/components"), focused("Name"), entered(), at("/components?sort="), count("th[aria-sort]", 1, 1),
		focused("website"), entered(), at("/components?"), count("tbody tr", 1, 3)}},
	{"open what is folded with the keyboard alone", false, []step{
		opened("/components/sock-shop/carts"), focused("Show the object"), pressed("\r"), see("#yaml", "kind: Component")}},
	{"walk along a diagram with the keyboard alone", false, []step{
		opened("/map"), focused("Sock Shop"), entered(), at("/systems/sock-shop/sock-shop")}},
	{"choose a suggestion with the arrows", scriptsOnly, []step{
		opened("/components"), pressed("/"), pressed("cartservice"),
		holds(`document.querySelector("#found [role=option]")?.dataset.url === "/components/online-boutique/cartservice"`), pressed(kb.ArrowDown), // what half of the word finds is shown before
		holds(`document.querySelector("#found [aria-selected=true]")?.id === document.getElementById("search").getAttribute("aria-activedescendant")`),
		// The driver's Enter would send the form although the page says that it must not.
		holds(`!document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", cancelable: true, bubbles: true}))`),
		holds(`location.pathname === "/components/online-boutique/cartservice"`)}},
	{"close the suggestions with Escape", scriptsOnly, []step{
		opened("/"), pressed("/"), pressed("cart"), holds(`!document.getElementById("found").hidden`), pressed(kb.Escape), holds(`document.getElementById("found").hidden`)}},

	// Diagrams and references.
	{"save the map of the systems for an architecture document", false, []step{opened("/map"),
		downloads("#relations a[href*='.svg']", "image/svg+xml", "<svg", "Sock Shop", "</svg>"),
		downloads("#relations a[href*='.dot']", "text/vnd.graphviz", "digraph", "Sock Shop"),
		downloads("#relations a[href*='.mmd']", "text/plain", "flowchart", "Sock Shop")}},
	{"save what surrounds a component, as it is drawn", false, []step{opened("/components/sock-shop/orders?depth=2&direction=out"),
		downloads("#relations a[href*='.svg'][href*='depth=2']", "image/svg+xml", "<svg", "Orders"),
		downloads("#relations a[href*='.dot'][href*='direction=out']", "text/vnd.graphviz", "digraph", "Orders"),
		downloads("#relations a[href*='.mmd']", "text/plain", "flowchart", "Orders")}},
	{"draw more of what surrounds a component", false, []step{
		opened("/components/sock-shop/orders"), chosen("select[name=depth]", "2"), click("Draw"), at("/components/sock-shop/orders?depth=2"), count("#relations svg a", 5, 100)}},
	{"a diagram as a table", false, []step{opened("/map"), toggle("As a table"), see("#relations table", "system:sock-shop/sock-shop", "denied")}},
	{"from the organisation to a team", false, []step{opened("/organisation"), clickIn("#relations svg", "Checkout Group"), at("/groups/checkout-team")}},
	{"the map of a domain", false, []step{opened("/domains/commerce/map"), clickIn("#relations svg", "Sock Shop System"), at("/systems/sock-shop/sock-shop")}},
	{"read what an event carries", false, []step{
		opened("/apis/sock-shop/streetlights"), click("Read the reference"), clickIn("main", "receiveLightMeasurement"), see("main", "lumens", "integer")}},
	{"read a type of GraphQL", false, []step{opened("/apis/sock-shop/starwars/reference"), clickIn("main", "Human"), see("main", "Human")}},
	{"read a service of gRPC", false, []step{opened("/apis/sock-shop/schemas/reference"), clickIn("main", "CreateSchema"), see("main", "CreateSchemaRequest")}},
	{"where a definition is broken", false, []step{
		opened("/apis/sock-shop/broken"), click("Read the reference"), see("main", "broken", "line 6"), click("Text of the definition"), see("main", "/carts")}},
	{"until when somebody is exempt, and who said so", false, []step{
		opened("/scores/production-readiness"), clickIn("#exemptions", "sock-shop/orders-replicas"), at("/exemptions/sock-shop/orders-replicas"), see("main", "grace", "2027-02-28")}},

	{"the map of the systems", false, []step{opened("/map"), count("main svg a", 1, 300)}},
	{"the picture of what surrounds a component", false, []step{opened("/components/sock-shop/orders"), count("main svg", 1, 50)}},
	{"the reference of an API", false, []step{opened("/apis/online-boutique/storefront"), click("Read the reference"), at("/apis/online-boutique/storefront/reference"), see("main", "/cart")}},
	{"from a reference to the explorer and back", false, []step{
		opened("/apis/online-boutique/storefront/reference"), clickIn("main", "Open the explorer"), at("/apis/online-boutique/storefront/explorer"),
		see("main", "Nothing can be called from here", "--dashboard-try-hosts"), clickIn("main", "Read the reference"), see("main", "/cart")}},
	{"a deep link into a reference", false, []step{opened("/search?q=viewCart"), clickIn("main", "online-boutique/storefront"), at("/apis/online-boutique/storefront/reference/"), see("main", "/cart")}},
}

func TestJourneys(t *testing.T) {
	if len(journeys) < 40 {
		t.Fatalf("%d journeys, want 40 at least", len(journeys))
	}
	for _, scripts := range []bool{true, false} {
		name := map[bool]string{true: "with scripts", false: "without scripts"}[scripts]
		t.Run(name, func(t *testing.T) {
			for _, j := range journeys {
				if !scripts && j.scripts {
					continue
				}
				t.Run(j.name, func(t *testing.T) {
					t.Parallel()
					tab := open(t, site)
					must(t, tab.Scripts(scripts))
					for _, s := range j.steps {
						s(t, tab)
					}
				})
			}
		})
	}
}

func TestSignInIsAskedFor(t *testing.T) {
	s := stage.ServeTo(stage.New(), nil)
	defer s.Close()
	for _, path := range []string{"/", "/components", "/components/sock-shop/carts", "/search?q=x", "/scores"} {
		tab := open(t, s.URL)
		refused(path, 401)(t, tab)
		see("main", "Sign in")(t, tab)
		unseen("main", "carts")(t, tab)
		count(`a[href^="/sign-in"]`, 1, 3)(t, tab)
	}
}
