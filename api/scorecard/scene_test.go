package scorecard_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// now is when all of these tests play.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// obj is short for what JSON decodes to.
type obj = map[string]any

// deployment is a live Deployment.
func deployment(replicas int64, container obj) scorecard.Live {
	return scorecard.Live{Object: obj{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": obj{"name": "checkout", "namespace": "shop", "labels": obj{"app": "checkout"}, "resourceVersion": "7"},
		"spec": obj{
			"replicas": replicas, "selector": obj{"matchLabels": obj{"app": "checkout"}},
			"template": obj{"spec": obj{"containers": []any{container}}},
		},
		"status": obj{"readyReplicas": replicas},
	}}
}

// goodContainer has what a container should have.
func goodContainer() obj {
	return obj{
		"name": "main", "image": "example.com/shop/checkout:1.4.2",
		"env":            []any{obj{"name": "PASSWORD", "value": "hunter2"}},
		"readinessProbe": obj{"httpGet": obj{"path": "/ready", "port": int64(8080)}},
		"livenessProbe":  obj{"httpGet": obj{"path": "/live", "port": "http"}},
		"resources":      obj{"limits": obj{"memory": "256Mi"}, "requests": obj{"cpu": "100m", "memory": "128Mi"}},
		"securityContext": obj{
			"runAsNonRoot": true, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
		},
	}
}

// component is a Component of which much is said.
func component(changes ...func(*catalog.ComponentSpec)) *catalog.Component {
	c := apitest.Component("shop", "checkout", append([]func(*catalog.ComponentSpec){func(s *catalog.ComponentSpec) {
		s.Type, s.Lifecycle, s.Owner, s.System = "service", "production", "checkout-team", "storefront"
		s.Description = "Takes the money."
		s.Tags = []catalog.Tag{"java", "pci"}
		s.Links = []catalog.Link{{URL: "https://example.com/runbook", Type: "runbook"}}
		s.ConsumesAPIs = []catalog.EntityRef{"payments/charge"}
	}}, changes...)...)
	c.Labels = map[string]string{"tier": "1"}
	c.Annotations = map[string]string{"example.com/on-call": "yes"}
	c.CreationTimestamp.Time = now.Add(-100 * time.Hour)
	c.Status.Owner, c.Status.System = "group:checkout-team", "system:shop/storefront"
	return c
}

// checkout is it with all that there can be of one.
func checkout(t testing.TB, changes ...func(*catalog.ComponentSpec)) scorecard.Input {
	t.Helper()
	team := apitest.Group("checkout-team", func(s *catalog.GroupSpec) { s.Type = "team"; s.Profile.Email = "checkout@example.com" })
	storefront := apitest.System("shop", "storefront", func(s *catalog.SystemSpec) { s.Domain = "commerce" })
	commerce := apitest.Domain("commerce", func(s *catalog.DomainSpec) { s.Type = "product-area" })
	team.Status.Summary.Owns, storefront.Status.Owner, commerce.Status.Owner = new(int32), "group:checkout-team", "group:checkout-team"
	live := deployment(3, goodContainer())
	live.PodDisruptionBudgets = []map[string]any{{"metadata": obj{"name": "checkout"}, "spec": obj{"minAvailable": int64(1)}}}
	return scorecard.Input{
		Entity: object(t, component(changes...)), Owner: object(t, team), System: object(t, storefront), Domain: object(t, commerce),
		Workloads:       []*scorecard.Workload{scorecard.NewWorkload(live)},
		Relations:       []relation.Relation{{Type: "ownedBy", Count: 1, Refs: []relation.Ref{{Kind: relation.Group, Name: "checkout-team"}}}},
		Facts:           map[string]any{"coverage": 81.5, "scan": obj{"critical": int64(0)}},
		PermittedSystem: relation.Ref{Kind: relation.System, Namespace: "shop", Name: "storefront"},
		PermittedDomains: []relation.Ref{
			{Kind: relation.Domain, Name: "commerce"}, {Kind: relation.Domain, Name: "business"},
		},
		Now: now,
	}
}

func object(t testing.TB, e catalog.Entity) *scorecard.Object {
	t.Helper()
	o, err := scorecard.NewObject(e)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// card is a Scorecard over Components that passes with a score of 80.
func card(changes ...func(*catalog.ScorecardSpec)) *catalog.Scorecard {
	score := int32(80)
	sc := &catalog.Scorecard{Spec: catalog.ScorecardSpec{
		Mode: catalog.ScorecardActive, AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"Component"}},
		Passing: catalog.PassMark{Score: &score},
	}}
	sc.Name = "production"
	for _, change := range changes {
		change(&sc.Spec)
	}
	return sc
}

// ask adds checks named c0, c1, … with these expressions.
func ask(expressions ...catalog.CELExpression) func(*catalog.ScorecardSpec) {
	return func(s *catalog.ScorecardSpec) {
		for _, e := range expressions {
			s.Checks = append(s.Checks, catalog.ScorecardCheck{Name: nth(len(s.Checks)), Expression: e})
		}
	}
}

func nth(i int) catalog.CheckName { return catalog.CheckName("c" + strconv.Itoa(i)) }

func mustCompile(t testing.TB, sc *catalog.Scorecard) *scorecard.Compiled {
	t.Helper()
	c, errs := scorecard.Compile(sc, scorecard.Admission)
	if len(errs) > 0 {
		t.Fatalf("Compile() says %v", errs.ToAggregate())
	}
	return c
}

func evaluate(t testing.TB, c *scorecard.Compiled, in scorecard.Input) scorecard.Result {
	t.Helper()
	r, ok := c.Evaluate(t.Context(), scorecard.NewSubject(in))
	if !ok {
		t.Fatal("the scorecard does not judge the entity")
	}
	return r
}
