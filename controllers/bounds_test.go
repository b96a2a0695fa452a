package controllers_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// longName is the i-th of the longest names that an object can have.
func longName(i int) string { return fmt.Sprintf("%03d%s", i, long(250)) }

// longRef is the i-th of the longest references that a spec can hold.
func longRef(kind string, i int) catalog.EntityRef {
	r := fmt.Sprintf("%s%03d", kind, i)
	return catalog.EntityRef(r + long(253-len(r)))
}

func longRefs(kind string, n int) []catalog.EntityRef {
	out := make([]catalog.EntityRef, n)
	for i := range out {
		out[i] = longRef(kind, i)
	}
	return out
}

// TestWorstStatusIsWithinItsBounds holds that the API server takes what status.Of makes of the worst catalog: the
// longest names, more of everything than is listed, every message at its longest.
func TestWorstStatusIsWithinItsBounds(t *testing.T) {
	ns := strings.Repeat("n", 63)
	elsewhere := strings.Repeat("m", 63)
	var entities []catalog.Entity
	add := func(e catalog.Entity) { entities = append(entities, e) }
	owner := func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(longName(0)) }

	add(apitest.Group(longName(0), func(s *catalog.GroupSpec) {
		s.AllowedNamespaces = catalog.AllowedNamespaces{} // so it is only claimed
		s.Members, s.Children, s.Parent = longRefs("", 1024), longRefs("", 512), longRef("", 900)
	}))
	add(apitest.Group(longName(900), func(s *catalog.GroupSpec) { s.Children = longRefs("", 512) }))
	add(apitest.Group(longName(901), func(s *catalog.GroupSpec) { s.Children = longRefs("", 512) }))
	for i := range 40 {
		add(apitest.User(longName(i), func(s *catalog.UserSpec) { s.MemberOf = longRefs("", 256) }))
		add(apitest.Domain(longName(i), func(s *catalog.DomainSpec) {
			s.SubdomainOf, s.Owner = catalog.EntityRef(longName((i+1)%40)), catalog.EntityRef("user:"+long(248))
		}))
		add(apitest.API(ns, longName(i), func(s *catalog.APISpec) { s.System, s.Definition = catalog.EntityRef(longName(0)), "x" }))
		add(apitest.Component(ns, longName(i), owner, func(s *catalog.ComponentSpec) {
			s.System, s.SubcomponentOf = catalog.EntityRef(longName(0)), catalog.EntityRef(longName((i+1)%40))
			for j := range 40 {
				s.ProvidesAPIs = append(s.ProvidesAPIs, catalog.EntityRef(longName(j)))
				s.ConsumesAPIs = append(s.ConsumesAPIs, catalog.EntityRef(longName(j)))
			}
			s.DependencyOf = longRefs("component:", 512)
			s.Workloads.Selector.MatchExpressions = []catalog.LabelRequirement{{Key: "app", Operator: "Exists"}}
		}))
		add(apitest.Resource(ns, longName(i), func(s *catalog.ResourceSpec) {
			s.System, s.DependsOn = longRef(elsewhere+"/", i), longRefs("api:"+elsewhere+"/", 512)
			s.Workloads.Selector.MatchLabels = map[string]catalog.LabelValue{"app": "a"}
		}))
	}
	add(apitest.System(ns, longName(0), func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(longName(0)) }))

	graph, links := relation.NewGraph(), workload.NewIndex()
	for _, e := range entities {
		graph.Upsert(relation.FactsOf(e))
		links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
	}
	for i := range 25 {
		links.SetWorkload(workload.Facts{
			Key:    workload.Key{Kind: catalog.WorkloadStatefulSet, Namespace: ns, Name: longName(i)},
			Labels: map[string]string{"app": "a"}, Ready: math.MaxInt32, Desired: math.MaxInt32,
			Images: []string{strings.Repeat("x", 512), strings.Repeat("y", 512), strings.Repeat("z", 512), strings.Repeat("ü", 256)},
			Health: relation.Degraded, Reason: strings.Repeat("ü", 31) + ":",
		})
	}
	for _, e := range entities {
		links.Health(relation.RefOf(e))
		graph.SetHealth(relation.RefOf(e), links.Health(relation.RefOf(e)))
	}

	holders, largest := newHolders(t), map[relation.Kind]int{}
	for _, e := range entities {
		k := relation.KindOf(e)
		view, _ := graph.View(relation.RefOf(e))
		s := status.Of(e, status.Observation{
			Relations: view, Workloads: links.View(relation.RefOf(e)), Definition: status.Definition{Wrong: strings.Repeat("ü", 100_000)},
		}, metav1.Now())
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) <= largest[k] {
			continue
		}
		largest[k] = len(text)
		read(t, holders[k])
		*holders[k].EntityStatus() = s
		if err := k8s.Status().Update(t.Context(), holders[k], client.DryRunAll); err != nil {
			t.Errorf("the API server refuses the status of the %s %s: %.3000s", k.ObjectKind(), e.GetName(), err)
		}
	}
	const most = 128 << 10 // of etcd's 1.5 MiB
	for k, n := range largest {
		t.Logf("%s: %d bytes", k.ObjectKind(), n)
		if n > most {
			t.Errorf("the worst status of a %s has %d bytes, want at most %d", k.ObjectKind(), n, most)
		}
	}
}

// newHolders makes an entity of each kind onto which a status may be written in a dry run.
func newHolders(t *testing.T) map[relation.Kind]entity {
	t.Helper()
	ns, out := newNamespace(t), map[relation.Kind]entity{}
	for _, k := range relation.Kinds() {
		u := object(k.ObjectKind(), ns, unique("holder"), nil)
		create(t, u)
		out[k] = typed(t, u)
	}
	settled(t) // or the operator's own write would be in the way
	return out
}
