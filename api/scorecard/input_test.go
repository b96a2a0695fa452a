package scorecard_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// TestNewInputCountsOnlyWhatIsPermitted holds that who names himself gains nothing by it.
func TestNewInputCountsOnlyWhatIsPermitted(t *testing.T) {
	open := func(s *catalog.DomainSpec) { s.AllowedNamespaces.From = catalog.FromAll }
	entities := map[relation.Ref]catalog.Entity{}
	g := relation.NewGraph()
	for _, e := range []catalog.Entity{
		apitest.Domain("business", open),
		apitest.Domain("commerce", open, func(s *catalog.DomainSpec) { s.SubdomainOf = "business" }),
		apitest.Domain("closed"),
		apitest.Group("team"),
		apitest.Group("guarded", func(s *catalog.GroupSpec) { s.AllowedNamespaces = catalog.AllowedNamespaces{} }),
		apitest.System("shop", "storefront", func(s *catalog.SystemSpec) { s.Domain, s.Owner = "commerce", "team" }),
		apitest.System("shop", "outsider", func(s *catalog.SystemSpec) { s.Domain = "closed" }),
		apitest.Component("shop", "checkout", func(s *catalog.ComponentSpec) { s.System = "storefront" }),
		apitest.Component("shop", "ads", func(s *catalog.ComponentSpec) { s.System, s.Owner = "outsider", "guarded" }),
		apitest.Component("away", "stranger", func(s *catalog.ComponentSpec) { s.System = "shop/storefront" }),
	} {
		entities[relation.RefOf(e)] = e
		g.Upsert(relation.FactsOf(e))
	}
	find := func(ref relation.Ref) *scorecard.Object {
		if e := entities[ref]; e != nil {
			return object(t, e)
		}
		return nil
	}
	cases := map[catalog.EntityRef]struct {
		owner, system, domain string
		domains               []string
	}{
		"component:shop/checkout": {"group:team", "system:shop/storefront", "domain:commerce", []string{"domain:commerce", "domain:business"}},
		"component:shop/ads":      {"", "system:shop/outsider", "", nil},
		"component:away/stranger": {"", "", "", nil},
		"system:shop/storefront":  {"group:team", "", "domain:commerce", []string{"domain:commerce", "domain:business"}},
		"system:shop/outsider":    {"", "", "", nil},
		"domain:commerce":         {"", "", "domain:business", []string{"domain:business"}},
		"group:team":              {"", "", "", nil},
	}
	for text, want := range cases {
		ref, err := relation.Parse(text, relation.KindNone, "")
		if err != nil {
			t.Fatal(err)
		}
		in := scorecard.NewInput(g, ref, find)
		if in.Entity == nil || in.Entity.Ref() != ref {
			t.Errorf("%s: the entity is %v", text, in.Entity)
		}
		for what, pair := range map[string][2]string{
			"owner": {want.owner, refOf(in.Owner)}, "system": {want.system, refOf(in.System)}, "domain": {want.domain, refOf(in.Domain)},
			"permitted system": {want.system, in.PermittedSystem.String()},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: the %s is %q, want %q", text, what, pair[1], pair[0])
			}
		}
		var domains []string
		for _, d := range in.PermittedDomains {
			domains = append(domains, d.String())
		}
		if diff := cmp.Diff(want.domains, domains); diff != "" {
			t.Errorf("%s: permitted domains (-want +got):\n%s", text, diff)
		}
	}
}

func refOf(o *scorecard.Object) string {
	if o == nil {
		return ""
	}
	return o.Ref().String()
}

// TestGuards holds which budgets and autoscalers stand around a workload.
func TestGuards(t *testing.T) {
	budget := func(namespace, name string, spec obj) map[string]any {
		return obj{"metadata": obj{"namespace": namespace, "name": name}, "spec": spec}
	}
	shop := obj{"selector": obj{"matchLabels": obj{"app": "checkout"}}}
	scaler := func(namespace, name, version, kind, target string) map[string]any {
		return obj{"metadata": obj{"namespace": namespace, "name": name}, "spec": obj{
			"scaleTargetRef": obj{"apiVersion": version, "kind": kind, "name": target},
		}}
	}
	g := scorecard.NewGuards([]map[string]any{
		budget("shop", "mine", shop), budget("shop", "all", obj{"selector": obj{}}), budget("shop", "none", obj{}),
		budget("shop", "bad", obj{"selector": obj{"matchExpressions": []any{obj{"key": "app", "operator": "Near"}}}}),
		budget("shop", "other", obj{"selector": obj{"matchLabels": obj{"app": "ads"}}}), budget("away", "far", shop),
	}, []map[string]any{
		scaler("shop", "mine", "apps/v1", "Deployment", "checkout"), scaler("shop", "kind", "apps/v1", "StatefulSet", "checkout"),
		scaler("shop", "group", "example.com/v1", "Deployment", "checkout"), scaler("away", "far", "apps/v1", "Deployment", "checkout"),
		scaler("shop", "older", "apps/v1beta2", "Deployment", "checkout"),
	})
	l := g.Live(obj{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": obj{"namespace": "shop", "name": "checkout"},
		"spec": obj{"template": obj{"metadata": obj{"labels": obj{"app": "checkout"}}}},
	})
	names := func(all []map[string]any) (out []string) {
		for _, o := range all {
			out = append(out, o["metadata"].(obj)["name"].(string))
		}
		return out
	}
	if diff := cmp.Diff([]string{"mine", "all"}, names(l.PodDisruptionBudgets)); diff != "" {
		t.Errorf("budgets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"mine", "older"}, names(l.HorizontalPodAutoscalers)); diff != "" {
		t.Errorf("autoscalers (-want +got):\n%s", diff)
	}
}
