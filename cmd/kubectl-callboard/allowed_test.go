package main

import (
	"slices"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

func TestCoveredBy(t *testing.T) {
	charge := relation.Ref{Kind: relation.API, Namespace: "payments", Name: "charge"}
	cases := map[string]struct {
		consumer string
		want     []string
	}{
		"through its System, the Domain of it, its owner and a parent": {"component:shop/checkout",
			[]string{"component:shop/checkout", "system:shop/storefront", "domain:commerce", "group:checkout-team", "group:engineering"}},
		"in the API's own System": {"component:payments/settlement",
			[]string{"component:payments/settlement", "system:payments/payments", "group:payments-team", "group:engineering"}},
		"a User's":                      {"component:shop/picker", []string{"component:shop/picker", "system:shop/warehouse", "domain:commerce"}},
		"an owner that is only claimed": {"component:shop/ads", []string{"component:shop/ads"}},
		"a cycle above its owner, of which the first counts": {"component:shop/turning", []string{"component:shop/turning", "group:turning-team", "group:ring"}},
		"a Resource, which no list may name":                 {"resource:shop/orders-db", nil},
	}
	turning := []catalog.Entity{
		&catalog.Group{Spec: catalog.GroupSpec{Parent: "ring", AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromAll}}},
		&catalog.Group{Spec: catalog.GroupSpec{Parent: "round"}},
		&catalog.Group{Spec: catalog.GroupSpec{Parent: "ring"}},
		&catalog.Component{Spec: catalog.ComponentSpec{Owner: "turning-team"}},
	}
	for i, name := range []string{"turning-team", "ring", "round", "turning"} {
		turning[i].SetName(name)
	}
	turning[3].SetNamespace("shop")
	m := small(t)
	m.entities = append(m.entities, turning...)
	b, err := load(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	before := b.listed(charge)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			consumer, err := parseRef(tc.consumer, "", relation.Component, relation.Resource)
			if err != nil {
				t.Fatal(err)
			}
			verdict := visibility.Judge(b.graph, consumer, charge)
			if got := b.coveredBy(consumer, charge); !slices.Equal(got, tc.want) {
				t.Errorf("coveredBy(%s) = %q, want %q", consumer, got, tc.want)
			}
			if again := visibility.Judge(b.graph, consumer, charge); again != verdict {
				t.Errorf("the verdict is %+v after the question, and was %+v", again, verdict)
			}
		})
	}
	if after := b.listed(charge); !slices.Equal(after, before) {
		t.Errorf("the list is %v after the questions, and was %v", after, before)
	}
}
