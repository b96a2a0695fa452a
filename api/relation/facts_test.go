package relation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestFactsOf(t *testing.T) {
	shop := func(k Kind, name string) Ref { return Ref{k, "shop", name} }
	all := func(name string) Ref { return Ref{Name: name} }
	cases := map[string]struct {
		entity catalog.Entity
		claims []string // field[index]=target
		bad    []string // path: a part of why
		want   Facts    // the rest
	}{
		"a component that says nothing": {
			entity: &catalog.Component{ObjectMeta: meta(shop(0, "cart"))},
			want:   Facts{Ref: shop(Component, "cart")},
		},
		"a component with every field": {
			entity: &catalog.Component{ObjectMeta: meta(shop(0, "cart")), Spec: catalog.ComponentSpec{
				System: "store", Owner: "a", SubcomponentOf: "front",
				ProvidesAPIs: []catalog.EntityRef{"cart", "api:pay/x"}, ConsumesAPIs: []catalog.EntityRef{"pay/charge"},
				DependsOn:    []catalog.EntityRef{"resource:db", "component:pay/core", "api:rates"},
				DependencyOf: []catalog.EntityRef{"component:front", "resource:cache"},
			}},
			claims: []string{
				"system[0]=system:shop/store", "owner[0]=group:a", "subcomponentOf[0]=component:shop/front",
				"providesApis[0]=api:shop/cart", "providesApis[1]=api:pay/x", "consumesApis[0]=api:pay/charge",
				"dependsOn[0]=resource:shop/db", "dependsOn[1]=component:pay/core", "dependsOn[2]=api:shop/rates",
				"dependencyOf[0]=component:shop/front", "dependencyOf[1]=resource:shop/cache",
			},
			want: Facts{Ref: shop(Component, "cart")},
		},
		"a component that names things twice, the first counts": {
			entity: &catalog.Component{ObjectMeta: meta(shop(0, "cart")), Spec: catalog.ComponentSpec{
				ProvidesAPIs: []catalog.EntityRef{"a", "shop/a", "b", "api:a", "api:shop/b"},
				ConsumesAPIs: []catalog.EntityRef{"a"}, DependsOn: []catalog.EntityRef{"api:a", "component:a"},
			}},
			claims: []string{
				"providesApis[0]=api:shop/a", "providesApis[2]=api:shop/b", "consumesApis[0]=api:shop/a",
				"dependsOn[0]=api:shop/a", "dependsOn[1]=component:shop/a",
			},
			want: Facts{Ref: shop(Component, "cart")},
		},
		"a component with a bad reference in every field": {
			entity: &catalog.Component{ObjectMeta: meta(shop(0, "cart")), Spec: catalog.ComponentSpec{
				System: "domain:d", Owner: "group:shop/a", SubcomponentOf: "a/b/c",
				ProvidesAPIs: []catalog.EntityRef{"ok", "robot:x"}, ConsumesAPIs: []catalog.EntityRef{""},
				DependsOn: []catalog.EntityRef{"db", "system:store", "api:ok"}, DependencyOf: []catalog.EntityRef{"api:x"},
			}},
			claims: []string{"providesApis[0]=api:shop/ok", "dependsOn[2]=api:shop/ok"},
			bad: []string{
				`spec.system: "domain:d" names another kind than system may: use system:`, "spec.owner: leave it out",
				"spec.subcomponentOf: not of the form", `spec.providesApis[1]: unknown kind "robot"`,
				"spec.consumesApis[0]: not of the form", "spec.dependsOn[0]: does not say its kind",
				"spec.dependsOn[1]: use component: or resource: or api:", "spec.dependencyOf[0]: use component: or resource:",
			},
			want: Facts{Ref: shop(Component, "cart")},
		},
		"an API": {
			entity: &catalog.API{ObjectMeta: meta(shop(0, "x")), Spec: catalog.APISpec{
				System: "pay/core", Owner: "user:ada", Visibility: catalog.VisibilityRestricted,
				AllowedConsumers: []catalog.EntityRef{"component:a", "system:pay/s", "domain:d", "group:g", "g", "user:u", "api:x"},
			}},
			claims: []string{
				"system[0]=system:pay/core", "owner[0]=user:ada", "allowedConsumers[0]=component:shop/a",
				"allowedConsumers[1]=system:pay/s", "allowedConsumers[2]=domain:d", "allowedConsumers[3]=group:g",
			},
			bad: []string{
				"spec.allowedConsumers[4]: does not say its kind", "spec.allowedConsumers[5]: names another kind",
				"spec.allowedConsumers[6]: names another kind",
			},
			want: Facts{Ref: shop(API, "x"), Restricted: true},
		},
		"a private API": {
			entity: &catalog.API{ObjectMeta: meta(shop(0, "x")), Spec: catalog.APISpec{Visibility: catalog.VisibilityPrivate}},
			want:   Facts{Ref: shop(API, "x"), Private: true},
		},
		"a resource": {
			entity: &catalog.Resource{ObjectMeta: meta(shop(0, "db")), Spec: catalog.ResourceSpec{
				System: "store", Owner: "default/a", DependsOn: []catalog.EntityRef{"resource:disk", "user:ada"},
				DependencyOf: []catalog.EntityRef{"component:cart"},
			}},
			claims: []string{
				"system[0]=system:shop/store", "owner[0]=group:a", "dependsOn[0]=resource:shop/disk",
				"dependencyOf[0]=component:shop/cart",
			},
			bad:  []string{"spec.dependsOn[1]: names another kind"},
			want: Facts{Ref: shop(Resource, "db")},
		},
		"a system, open to its own namespace": {
			entity: &catalog.System{ObjectMeta: meta(shop(0, "store")), Spec: catalog.SystemSpec{Owner: "a", Domain: "domain:default/d"}},
			claims: []string{"owner[0]=group:a", "domain[0]=domain:d"},
			want:   Facts{Ref: shop(System, "store"), Consent: Consent{From: catalog.FromSame}},
		},
		"a system, open to all": {
			entity: &catalog.System{ObjectMeta: meta(shop(0, "store")), Spec: catalog.SystemSpec{
				AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromAll},
			}},
			want: Facts{Ref: shop(System, "store"), Consent: Consent{From: catalog.FromAll}},
		},
		"a domain, open to some": {
			entity: &catalog.Domain{ObjectMeta: meta(all("d")), Spec: catalog.DomainSpec{
				Owner: "user:ada", SubdomainOf: "top", AllowedNamespaces: catalog.AllowedNamespaces{
					From: catalog.FromSelector, Selector: catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": "prod"}},
				},
			}},
			claims: []string{"owner[0]=user:ada", "subdomainOf[0]=domain:top"},
			want: Facts{Ref: Ref{Domain, "", "d"}, Consent: Consent{
				From: catalog.FromSelector, Selector: labels.SelectorFromSet(labels.Set{"env": "prod"}),
			}},
		},
		"a domain that says nothing": {
			entity: &catalog.Domain{ObjectMeta: meta(all("d"))},
			want:   Facts{Ref: Ref{Domain, "", "d"}, Consent: Consent{From: catalog.FromNone}},
		},
		"a group": {
			entity: &catalog.Group{ObjectMeta: meta(all("a")), Spec: catalog.GroupSpec{
				Parent: "top", Children: []catalog.EntityRef{"b", "group:c", "default/b", "user:x"},
				Members: []catalog.EntityRef{"ada", "user:bob", "group:b"},
			}},
			claims: []string{
				"parent[0]=group:top", "children[0]=group:b", "children[1]=group:c", "members[0]=user:ada", "members[1]=user:bob",
			},
			bad:  []string{"spec.children[3]: use group:", "spec.members[2]: use user:"},
			want: Facts{Ref: Ref{Group, "", "a"}, Consent: Consent{From: catalog.FromNone}},
		},
		"a group whose status counted members, even none": {
			entity: &catalog.Group{
				ObjectMeta: meta(all("a")), Status: catalog.EntityStatus{Summary: catalog.Summary{Members: new(int32)}},
			},
			want: Facts{Ref: Ref{Group, "", "a"}, Consent: Consent{From: catalog.FromNone}, HadMembers: true},
		},
		"a group whose status never counted members": {
			entity: &catalog.Group{ObjectMeta: meta(all("a")), Status: catalog.EntityStatus{Summary: catalog.Summary{}}},
			want:   Facts{Ref: Ref{Group, "", "a"}, Consent: Consent{From: catalog.FromNone}},
		},
		"a user": {
			entity: &catalog.User{ObjectMeta: meta(all("ada")), Spec: catalog.UserSpec{MemberOf: []catalog.EntityRef{"a", "default/b", "shop/c"}}},
			claims: []string{"memberOf[0]=group:a", "memberOf[1]=group:b"},
			bad:    []string{"spec.memberOf[2]: leave it out"},
			want:   Facts{Ref: Ref{User, "", "ada"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := FactsOf(tc.entity)
			var claims []string
			for _, c := range got.Claims {
				claims = append(claims, fmt.Sprintf("%s[%d]=%s", c.Field, c.Index, c.Target))
			}
			if !slices.Equal(claims, tc.claims) {
				t.Errorf("claims of %+v = %q, want %q", tc.entity, claims, tc.claims)
			}
			compareBad(t, got.Bad, tc.bad)
			got.Claims, got.Bad = nil, nil
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(sameSelector)); diff != "" {
				t.Errorf("FactsOf(%+v) (-want +got)\n%s", tc.entity, diff)
			}
		})
	}
}

func compareBad(t *testing.T, got []BadRef, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("bad = %+v, want %q", got, want)
	}
	for i, w := range want {
		path, why, _ := strings.Cut(w, ": ")
		if got[i].Path != path || !strings.Contains(got[i].Why, why) {
			t.Errorf("bad[%d] = %+v, want %q", i, got[i], w)
		}
	}
}

func sameSelector(a, b labels.Selector) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.String() == b.String() && a.Empty() == b.Empty()
}

func TestFactsOfLongLists(t *testing.T) {
	g := &catalog.Group{}
	g.Name = "everybody"
	for i := range 1024 {
		g.Spec.Members = append(g.Spec.Members, catalog.EntityRef(fmt.Sprintf("u%d", i%1000)))
	}
	f := FactsOf(g)
	if len(f.Claims) != 1000 || len(f.Bad) != 0 {
		t.Errorf("FactsOf(1,024 members, 1,000 of them different) has %d claims and bad ones %v, want 1000 and none", len(f.Claims), f.Bad)
	}
}

func TestALongListDoesNotHideTheNext(t *testing.T) {
	c := &catalog.Component{ObjectMeta: meta(Ref{Namespace: "shop", Name: "c"}), Spec: catalog.ComponentSpec{
		ConsumesAPIs: names("a%d", 100), DependsOn: []catalog.EntityRef{"api:a7", "api:a7", "api:shop/a7"},
	}}
	got := FactsOf(c).Claims
	if want := (Claim{FieldDependsOn, 0, Ref{API, "shop", "a7"}}); len(got) != 101 || got[100] != want {
		t.Errorf("FactsOf(%+v) has %d claims, the last %+v; want 101, the last %+v", c.Spec, len(got), got[len(got)-1], want)
	}
}

func TestSelector(t *testing.T) {
	prod, none := labels.Set{"env": "prod", "team": "a"}, labels.Set{}
	expression := func(key string, op catalog.LabelOperator, values ...catalog.LabelValue) catalog.LabelSelector {
		return catalog.LabelSelector{MatchExpressions: []catalog.LabelRequirement{{Key: key, Operator: op, Values: values}}}
	}
	cases := map[string]struct {
		selector catalog.LabelSelector
		prod     bool // matches prod
		none     bool // matches no labels at all
		wantErr  bool
	}{
		"empty selects nothing":     {catalog.LabelSelector{}, false, false, false},
		"a label":                   {catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": "prod"}}, true, false, false},
		"another value":             {catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": "dev"}}, false, false, false},
		"in":                        {expression("env", "In", "dev", "prod"), true, false, false},
		"not in":                    {expression("env", "NotIn", "prod"), false, true, false},
		"exists":                    {expression("team", "Exists"), true, false, false},
		"does not exist":            {expression("team", "DoesNotExist"), false, true, false},
		"an unknown operator":       {expression("team", "Like", "a"), false, false, true},
		"in without values":         {expression("team", "In"), false, false, true},
		"a key that cannot be one":  {expression("no key", "Exists"), false, false, true},
		"a value that cannot be so": {catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": "a b"}}, false, false, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := Selector(tc.selector)
			if (err != nil) != tc.wantErr {
				t.Fatalf("Selector(%+v) = %v, %v; want an error: %t", tc.selector, s, err, tc.wantErr)
			}
			if err == nil && (s.Matches(prod) != tc.prod || s.Matches(none) != tc.none) {
				t.Errorf("Selector(%+v) matches %v: %t, nothing: %t; want %t, %t", tc.selector, prod, s.Matches(prod), s.Matches(none), tc.prod, tc.none)
			}
		})
	}
}

func TestConsentWithABadSelectorGrantsNothing(t *testing.T) {
	f := FactsOf(&catalog.System{Spec: catalog.SystemSpec{AllowedNamespaces: catalog.AllowedNamespaces{
		From: catalog.FromSelector, Selector: catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": "a b"}},
	}}})
	if f.Consent.Selector == nil || f.Consent.Selector.Matches(labels.Set{"env": "a b"}) {
		t.Errorf("Consent = %+v, want a selector that matches nothing", f.Consent)
	}
}
