package dashboard

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

var carts = relation.Ref{Kind: relation.Component, Namespace: "sock-shop", Name: "carts"}

// broken are the shops, with a pod of carts that crashes.
func broken(t testing.TB) *stage {
	s := shops(t)
	s.Exempt(deferral("sock-shop", "later", "component:carts"))
	s.settle(t)
	s.Runs(carts, catalogtest.Live{
		Pods: []cluster.Pod{{
			Namespace: "sock-shop", Name: "carts-5d8", Workload: workload.Key{Kind: catalog.WorkloadDeployment, Namespace: "sock-shop", Name: "carts"},
			Phase: "Running", Containers: 1, Restarts: 7, Images: []string{"weaveworksdemos/carts:0.4.8"}, Reason: "CrashLoopBackOff",
			Message: "back-off 5m0s restarting failed container",
		}},
		Events: []cluster.Event{{Time: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), Type: "Warning", Reason: "CrashLoopBackOff", Message: "Healthy: Deployment sock-shop/carts is Degraded"}},
	})
	return s
}

func TestEveryPageOfTheShops(t *testing.T) {
	s := broken(t)
	for _, path := range append(s.paths(), "/scorecards/production-readiness", "/exemptions/sock-shop/later") {
		page := seenPage(t, s, anything, path)
		if n := len(elements(page.root, tagged("h1"))); n != 1 {
			t.Errorf("%s has %d h1, want 1", path, n)
		}
		ids := map[string]bool{}
		for _, n := range elements(page.root, func(*node) bool { return true }) {
			id := attribute(n, "id")
			if id != "" && ids[id] {
				t.Errorf("%s has two elements with the id %q", path, id)
			}
			ids[id] = true
		}
		for _, address := range page.links(t, "main") {
			if !strings.HasPrefix(address, "/") {
				continue
			}
			if code := visit(t, s, anything, address, "text/html").Code; code != http.StatusOK {
				t.Errorf("%s leads to %s, which answers %d", path, address, code)
			}
		}
	}
}

func TestComponent(t *testing.T) {
	page := seenPage(t, broken(t), anything, "/components/sock-shop/carts")
	has(t, "workloads", page.rows(t, "Workloads"), "Deployment carts", "Degraded", "CrashLoopBackOff", "0/1", "carts:0.4.8")
	has(t, "pods", page.rows(t, "Pods"), "carts-5d8", "CrashLoopBackOff", "back-off 5m0s", "0/1", "7", "kubectl logs carts-5d8 -n sock-shop --all-containers --previous")
	has(t, "provided APIs", page.rows(t, "provides"), "Carts", "api:sock-shop/carts", "Private", "Checkout")
	has(t, "dependencies", page.rows(t, "depends"), "resource:sock-shop/carts-db", "database")
	has(t, "conditions", page.rows(t, "conditions"), "Healthy", "Something that should run does not", "CrashLoopBackOff")
	has(t, "events", page.rows(t, "Events"), "2026-03-01 11:00 UTC", "CrashLoopBackOff")
	has(t, "exemptions", page.rows(t, "exemptions"), "later", "Because later", "2026-04-01")
	owner := []string{textOf(page.section(t, "Owner")), joined(page.links(t, "Owner"))}
	has(t, "owner", owner[:1], "Checkout", "checkout@example.com", "Emeka Obi")
	has(t, "owner's links", owner[1:], "/groups/checkout-team", "mailto:checkout@example.com", "/users/emeka")
	has(t, "impact", []string{textOf(page.section(t, "impact"))}, "2 may notice", "Checkout", "component:sock-shop/orders", "Storefront", "component:sock-shop/front-end")
	has(t, "scores", []string{textOf(page.section(t, "scores"))}, "Production readiness", "Failing", "There is a runbook", "What to do", "kubectl callboard score explain component/sock-shop/carts")
	has(t, "manifest", []string{textOf(page.section(t, "yaml"))}, "apiVersion: catalog.callboard.dev/v1alpha1", "kind: Component", "kubectl get components carts -n sock-shop -o yaml")
	has(t, "about", []string{textOf(page.section(t, "About"))}, "service", "production", "Sock Shop", "Commerce", "java")
}

func TestWhatTheReaderMayNotGetIsNotOnTheComponent(t *testing.T) {
	s := broken(t)
	cases := map[string]struct {
		closed string
		gone   []string // texts that are not on the page
		plain  []string // names that stand in the status: there, and no link
	}{
		"pods":       {"pods/sock-shop", []string{"carts-5d8", "back-off"}, nil},
		"events":     {"events/sock-shop", []string{"Recent events"}, nil},
		"exemptions": {"exemptions/sock-shop", []string{"Because later"}, nil},
		"owner":      {"groups", []string{"checkout@example.com", "Emeka"}, []string{"/groups/checkout-team"}},
		"members":    {"users", []string{"/users/emeka"}, nil},
		"system":     {"systems/sock-shop", []string{"Commerce"}, []string{"/systems/sock-shop/sock-shop"}},
		"resources":  {"resources/sock-shop", []string{"Cart store"}, []string{"/resources/sock-shop/carts-db"}},
		"apis":       {"apis/sock-shop", []string{"front-end"}, []string{"/apis/sock-shop/carts"}},
		"scorecards": {"scorecards", []string{"Production readiness", "What to do"}, []string{"/scorecards/production-readiness"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			open := visit(t, s, anything, "/components/sock-shop/carts", "text/html").Body.String()
			closed := visit(t, s, but(tc.closed), "/components/sock-shop/carts", "text/html").Body.String()
			for _, text := range tc.gone {
				if !strings.Contains(open, text) || strings.Contains(closed, text) {
					t.Errorf("%q: there for all: %v, there where %s is closed: %v", text, strings.Contains(open, text), tc.closed, strings.Contains(closed, text))
				}
			}
			for _, address := range tc.plain {
				name := address[strings.LastIndexByte(address, '/')+1:]
				if !strings.Contains(open, `href="`+address+`"`) || strings.Contains(closed, address+`"`) || !strings.Contains(closed, name) {
					t.Errorf("%s is a link, or not named", address)
				}
			}
		})
	}
}

// denied is a shop in which one may use an API, another may not, and a third is not decided.
func denied(t testing.TB) *stage {
	return newStage().put(
		apitest.Group("pay-team", func(g *catalog.GroupSpec) {
			g.AllowedNamespaces.From, g.Profile = catalog.FromAll, catalog.Profile{DisplayName: "Pay", Email: "pay@example.com"}
		}),
		apitest.System("pay", "pay", func(s *catalog.SystemSpec) { s.Owner = "pay-team" }),
		apitest.System("shop", "shop"),
		apitest.API("pay", "charge", func(a *catalog.APISpec) {
			a.Owner, a.System, a.Visibility = "pay-team", "pay", catalog.VisibilityRestricted
			a.AllowedConsumers = []catalog.EntityRef{"component:shop/till"}
		}),
		apitest.Component("pay", "ledger", func(c *catalog.ComponentSpec) { c.ProvidesAPIs, c.System = []catalog.EntityRef{"charge"}, "pay" }),
		apitest.Component("shop", "till", func(c *catalog.ComponentSpec) { c.ConsumesAPIs, c.System = []catalog.EntityRef{"pay/charge"}, "shop" }),
		apitest.Component("shop", "thief", func(c *catalog.ComponentSpec) { c.ConsumesAPIs, c.System = []catalog.EntityRef{"pay/charge"}, "shop" }),
	).settle(t)
}

func TestDeniedEdgeIsExplained(t *testing.T) {
	s := denied(t)
	consumer := seenPage(t, s, anything, "/components/shop/thief")
	has(t, "consumer", consumer.rows(t, "consumes"), "api:pay/charge", "Denied", "neither in system:pay/pay nor covered",
		"ask group:pay-team to add component:shop/thief to spec.allowedConsumers", "kubectl callboard can-use component/shop/thief api/pay/charge", "Pay")
	granted := seenPage(t, s, anything, "/components/shop/till")
	has(t, "granted", granted.rows(t, "consumes"), "api:pay/charge", "Granted", "allowedConsumers name component:shop/till")
	api := seenPage(t, s, anything, "/apis/pay/charge")
	has(t, "the API's consumers", api.rows(t, "consumers"), "component:shop/thief", "Denied")
	has(t, "the API's consumers", api.rows(t, "consumers"), "component:shop/till", "Granted")
	has(t, "who may", []string{textOf(api.section(t, "visibility"))}, "Restricted", "till", "kubectl callboard who-can-use api/pay/charge")
	has(t, "providers", api.rows(t, "providers"), "component:pay/ledger")
	// Of an API that the reader may not get stands what the consumer's status tells of it.
	closed := seenPage(t, s, but("apis/pay", "groups"), "/components/shop/thief")
	has(t, "closed API", closed.rows(t, "consumes"), "api:pay/charge", "Denied", "ask group:pay-team")
	if links := closed.links(t, "consumes"); len(links) > 0 {
		t.Errorf("a closed API is a link: %q", links)
	}
	if rows := seenPage(t, s, but("apis/pay"), "/components/shop/till").rows(t, "consumes"); len(rows) != 1 || strings.Contains(rows[0], "Granted") {
		t.Errorf("the verdict of a closed API is told: %q", rows)
	}
}

func TestSystemFromOutside(t *testing.T) {
	s := denied(t)
	page := seenPage(t, s, anything, "/systems/pay/pay")
	has(t, "offers", page.rows(t, "exposes"), "api:pay/charge", "Restricted")
	has(t, "used by", page.rows(t, "used-by"), "shop", "charge", "till", "thief", "Denied", "1")
	has(t, "components", page.rows(t, "components"), "component:pay/ledger")
	has(t, "uses", seenPage(t, s, anything, "/systems/shop/shop").rows(t, "uses"), "pay", "charge", "till")
	for _, closed := range []string{"components/shop", "systems/shop", "apis/pay"} {
		if rows := seenPage(t, s, but(closed), "/systems/pay/pay").rows(t, "used-by"); len(rows) > 0 {
			t.Errorf("who uses it shows although %s is closed: %q", closed, rows)
		}
	}
	text := textOf(page.root)
	if strings.Index(text, "Who uses it") > strings.Index(text, "Components 1") && strings.Contains(text, "Components 1") {
		t.Error("the inside comes before the outside")
	}
}

func TestGroupingsAndPeople(t *testing.T) {
	s := broken(t)
	domain := seenPage(t, s, anything, "/domains/commerce")
	has(t, "systems", domain.rows(t, "systems"), "Sock Shop", "Degraded")
	has(t, "roll-up", []string{textOf(domain.section(t, "rollup"))}, "2 Systems", "1 Degraded", "Production readiness")
	group := seenPage(t, s, anything, "/groups/shop-engineering")
	has(t, "owns", group.rows(t, "owns")[:1], "component:sock-shop/carts", "Checkout", "Degraded")
	has(t, "teams", group.rows(t, "teams"), "group:checkout-team", "Degraded", "12", "2")
	has(t, "kinds of what it owns", []string{textOf(group.section(t, "owns"))}, "Component 18", "API 16", "Degraded 3", "All of it as a list")
	has(t, "organisation", []string{textOf(group.section(t, "Organisation"))}, "Vera Novak", "Accounts", "Payments", "shop-engineering@example.com")
	user := seenPage(t, s, anything, "/users/emeka")
	has(t, "memberships", user.rows(t, "groups"), "Checkout", "group:checkout-team")
	resource := seenPage(t, s, anything, "/resources/sock-shop/carts-db")
	has(t, "needed by", resource.rows(t, "needed"), "component:sock-shop/carts")
	has(t, "impact", []string{textOf(resource.section(t, "impact"))}, "component:sock-shop/carts", "component:sock-shop/front-end", "through")
}

func TestScorecardAndExemption(t *testing.T) {
	s := broken(t)
	card := seenPage(t, s, anything, "/scorecards/production-readiness")
	has(t, "checks", []string{textOf(card.section(t, "checks"))}, "There is a runbook", "Passes where", "What to do")
	has(t, "levels", card.rows(t, "Levels"), "Bronze")
	has(t, "exemptions", card.rows(t, "exemptions"), "later", "Carts")
	closed := seenPage(t, s, but("exemptions/sock-shop"), "/scorecards/production-readiness")
	if text := textOf(closed.root); strings.Contains(text, "Because later") {
		t.Error("an exemption shows that the reader may not get")
	}
	exemption := seenPage(t, s, but("components/sock-shop"), "/exemptions/sock-shop/later")
	if links := exemption.links(t, "main"); slices.Contains(links, "/components/sock-shop/carts") {
		t.Errorf("the entity is a link although it is closed: %q", links)
	}
	has(t, "exemption", []string{textOf(exemption.root)}, "component:sock-shop/carts", "Because later", "bob", "nobody yet", "2026-04-01 12:00 UTC")
}

func TestMissingDataShowsTheYAML(t *testing.T) {
	s := newStage().put(apitest.Component("shop", "bare"), apitest.API("shop", "bare"), apitest.Resource("shop", "bare"), apitest.System("shop", "bare"),
		apitest.Domain("bare"), apitest.Group("bare"), apitest.User("bare")).settle(t)
	cases := map[string][]string{
		"/components/shop/bare": {"An owner", "owner: my-team", "A description", "A system", "Links", "What runs it", "workloads:", "kubectl edit components bare -n shop"},
		"/apis/shop/bare":       {"An owner", "A definition", "openapi: 3.1.0", "Who may consume it", "A provider", "providesApis: [bare]"},
		"/resources/shop/bare":  {"An owner", "What runs it", "Links"},
		"/systems/shop/bare":    {"An owner", "A domain", "Members", "system: bare"},
		"/domains/bare":         {"An owner", "A description", "Systems", "domain: bare"},
		"/groups/bare":          {"An address", "Where to find it", "Members", "kubectl edit groups bare"},
		"/users/bare":           {"An address", "A team", "memberOf: [my-team]"},
	}
	for path, want := range cases {
		has(t, path, []string{textOf(seenPage(t, s, anything, path).section(t, "What is missing"))}, want...)
	}
	has(t, "definition", []string{textOf(seenPage(t, s, anything, "/apis/shop/bare").section(t, "definition"))}, "Definition None.")
}

// TestWhatIsNamedAndNotThere holds that a page shows how to declare it, and that the API server would take that.
func TestWhatIsNamedAndNotThere(t *testing.T) {
	s := newStage().put(apitest.Component("shop", "till", func(c *catalog.ComponentSpec) {
		c.Owner, c.System, c.ConsumesAPIs = "cashiers", "shop", []catalog.EntityRef{"pay/charge"}
		c.DependsOn = []catalog.EntityRef{"resource:drawer", "component:printer"}
	}), apitest.Group("cashiers")).settle(t)
	section := seenPage(t, s, anything, "/components/shop/till").section(t, "What is missing")
	has(t, "missing", []string{textOf(section)}, "api:pay/charge", "kind: API", "namespace: pay", "system:shop/shop", "resource:shop/drawer", "component:shop/printer", "kubectl apply -f drawer.yaml")
	if text := textOf(section); strings.Contains(text, "group:cashiers") {
		t.Errorf("what is there is missing: %s", text)
	}
	if text := textOf(seenPage(t, s, but("apis/pay"), "/components/shop/till").section(t, "What is missing")); strings.Contains(text, "pay/charge") {
		t.Error("the page tells what is not there where the reader may get nothing")
	}
	for _, k := range relation.Kinds() {
		ref := relation.Ref{Kind: k, Name: "12"} // names that YAML would read as something else
		if k.Namespaced() {
			ref.Namespace = "on"
		}
		var o struct {
			Kind     string
			Metadata struct{ Name, Namespace string }
			Spec     map[string]any
		}
		if err := yaml.UnmarshalStrict([]byte(strings.Replace(skeleton(ref), "apiVersion: "+catalog.GroupVersion.String()+"\n", "", 1)), &o); err != nil ||
			o.Kind != k.ObjectKind() || o.Metadata.Name != "12" || o.Metadata.Namespace != ref.Namespace || len(o.Spec) == 0 {
			t.Errorf("%s is %+v, %v", skeleton(ref), o, err)
		}
	}
}

// TestMayItConsume asks an API's page about Components.
func TestMayItConsume(t *testing.T) {
	s := denied(t)
	cases := map[string]struct{ consumer, want string }{
		"granted":               {"shop/till", "Granted"},
		"denied":                {"component:shop/thief", "Denied"},
		"not there":             {"shop/nobody", "There is no component:shop/nobody, or you may not get it."},
		"no Component":          {"group:pay-team", "Name a Component"},
		"nothing of a name":     {"a b:c", "Name a Component"},
		"in the API's own":      {"ledger", "Granted"},
		"with hostile markings": {"<script>alert(1)</script>", "Name a Component"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			section := seenPage(t, s, anything, "/apis/pay/charge?consumer="+url.QueryEscape(tc.consumer)).section(t, "visibility")
			has(t, "answer", []string{textOf(section)}, tc.want)
		})
	}
	page := seenPage(t, s, but("components/shop"), "/apis/pay/charge?consumer=shop/till")
	has(t, "of a closed one", []string{textOf(page.section(t, "visibility"))}, "There is no component:shop/till, or you may not get it.")
}

func TestJSONHasTheSameFacts(t *testing.T) {
	s := broken(t)
	c := factsOn[componentView](t, s, anything, "/components/sock-shop/carts")
	if c.Ref != "component:sock-shop/carts" || c.Owner == nil || c.Owner.Mail == nil || len(c.Running.Pods) != 1 || c.Impact.Total != 2 ||
		len(c.Provides.Items) != 1 || len(c.Scores) != 1 || c.Happened == nil || len(c.Conditions) != 6 {
		t.Errorf("facts of carts = %+v", c)
	}
	a := factsOn[apiView](t, s, anything, "/apis/sock-shop/payment")
	if a.Definition.Facts == nil || a.Definition.Facts.Operations == 0 || a.Definition.Reference != "/apis/sock-shop/payment/reference" || a.Visibility != "Restricted" {
		t.Errorf("facts of payment = %+v", a.Definition)
	}
}

// TestFieldsOfEntityPagesAreDocumented holds that each field of JSON stands on the page about the dashboard.
func TestFieldsOfEntityPagesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/dashboard.md")
	if err != nil {
		t.Fatal(err)
	}
	stages := []*stage{broken(t), denied(t), hostile("x")}
	told := map[string]bool{}
	for _, s := range stages {
		for _, path := range append(s.paths(), "/map") {
			fieldsIn(factsOn[any](t, s, anything, path), func(name string) {
				if !told[name] && !strings.Contains(string(doc), "`"+name+"`") {
					t.Errorf("%s: the field %q is not documented", path, name)
				}
				told[name] = true
			})
		}
	}
}

// fieldsIn visits the names of all fields of a value.
func fieldsIn(v any, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			visit(name)
			fieldsIn(field, visit)
		}
	case []any:
		for _, one := range v {
			fieldsIn(one, visit)
		}
	}
}
