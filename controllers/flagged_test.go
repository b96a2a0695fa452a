package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/store"
)

// typed is the object as its Go type.
func typed(t *testing.T, u *unstructured.Unstructured) entity {
	t.Helper()
	for _, k := range relation.Kinds() {
		if k.ObjectKind() == u.GetKind() {
			e := store.NewEntity(k).(entity)
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, e); err != nil {
				t.Fatal(err)
			}
			return e
		}
	}
	t.Fatalf("no kind %s", u.GetKind())
	return nil
}

// TestBadInputIsFlagged holds that what the schema cannot know to be wrong is shown on the entity, and nowhere else.
func TestBadInputIsFlagged(t *testing.T) {
	t.Parallel()
	annotated := func(key, value string) func(*unstructured.Unstructured) {
		return func(u *unstructured.Unstructured) { u.SetAnnotations(map[string]string{key: value}) }
	}
	definition := func(apiType, text string) fields { return fields{"type": apiType, "definition": text} }
	invalid := func(parts ...string) []check {
		return []check{has(catalog.ConditionDefinitionValid, metav1.ConditionFalse, catalog.ReasonDefinitionInvalid, parts...)}
	}
	cases := map[string]struct {
		kind string // Component if empty
		name string // a unique one if empty
		set  fields
		make func(*unstructured.Unstructured)
		want []check
	}{
		"no owner and nothing to inherit from": {want: []check{
			notOwned(catalog.ReasonNoOwner, "No owner is declared, and there is no System or Domain with one to inherit: set spec.owner"),
			notReady(catalog.ReasonNoOwner, "set spec.owner"),
		}},
		"an owner that does not exist": {set: fields{"owner": "nobody"}, want: []check{
			notOwned(catalog.ReasonOwnerNotFound, "spec.owner: group:nobody does not exist: create it or name another owner"),
		}},
		"a User as an owner that does not exist": {set: fields{"owner": "user:nobody"}, want: []check{
			notOwned(catalog.ReasonOwnerNotFound, "spec.owner: user:nobody does not exist"), ownerIs("user:nobody"),
		}},
		"a System that does not exist": {set: fields{"system": "none"}, want: []check{
			unresolved(catalog.ReasonRefNotFound, "spec.system: system:", "/none does not exist: create it or correct the name"), systemIs(""),
		}},
		"references to nothing": {set: fields{"dependsOn": list("component:x", "resource:y", "api:z"), "consumesApis": list("a"), "providesApis": list("b")}, want: []check{
			unresolved(catalog.ReasonRefNotFound, "spec.providesApis[0]: api:", "/b does not exist", "spec.consumesApis[0]: api:", "/a does not exist",
				"spec.dependsOn[0]: component:", "spec.dependsOn[1]: resource:", "spec.dependsOn[2]: api:", ": create it or correct the name"),
		}},
		"512 references to nothing": {set: fields{"dependsOn": many(512, "component:x-%d")}, want: []check{
			unresolved(catalog.ReasonRefNotFound, "and 507 more"),
		}},
		"a Component that depends on itself": {name: "narcissus", set: fields{"dependsOn": list("component:narcissus")}, want: []check{
			unresolved(catalog.ReasonCycle, "spec.dependsOn[0]: the entity names itself: name another or leave it out"),
		}},
		"a Component that is a part of itself": {name: "ouroboros", set: fields{"subcomponentOf": "ouroboros"}, want: []check{
			unresolved(catalog.ReasonCycle, "spec.subcomponentOf: the entity names itself"),
		}},
		"a Domain that is a part of itself": {kind: catalog.KindDomain, name: "own-domain", set: fields{"subdomainOf": "own-domain"}, want: []check{
			unresolved(catalog.ReasonCycle, "spec.subdomainOf: the entity names itself"),
		}},
		"a Group that is its own parent": {kind: catalog.KindGroup, name: "own-parent", set: fields{"parent": "own-parent"}, want: []check{
			unresolved(catalog.ReasonCycle, "spec.parent: the entity names itself"),
		}},
		"a Group that is its own child": {kind: catalog.KindGroup, name: "own-child", set: fields{"children": list("own-child")}, want: []check{
			unresolved(catalog.ReasonCycle, "spec.children[0]: the entity names itself"),
		}},
		"a System in a namespace that does not exist": {set: fields{"system": "nowhere/x"}, want: []check{
			unresolved(catalog.ReasonRefNotPermitted, "spec.system: system:nowhere/x does not exist or does not permit this: ask its owner to cover this namespace in allowedNamespaces"),
		}},
		"an API of another namespace that it provides": {set: fields{"providesApis": list("nowhere/x")}, want: []check{
			unresolved(catalog.ReasonRefNotPermitted, "spec.providesApis[0]: api:nowhere/x does not exist or does not permit this: both must be members of one System, by its consent"),
		}},
		"one reference in two ways": {set: fields{"consumesApis": list("cart", "api:cart")}, want: []check{
			unresolved(catalog.ReasonRefNotFound, "spec.consumesApis[0]"),
			func(e catalog.Entity) error {
				if m := e.EntityStatus().Conditions[0].Message; strings.Contains(m, "[1]") {
					return fmt.Errorf("Ready speaks of the reference twice: %s", m)
				}
				return nil
			},
		}},

		"an OpenAPI definition that is no YAML": {kind: catalog.KindAPI, set: definition("openapi", "a: [b"), want: invalid("spec.definition: not openapi as spec.type says: line ")},
		"an OpenAPI definition of nothing":      {kind: catalog.KindAPI, set: definition("openapi", "# a comment"), want: invalid("spec.definition: not openapi", "want an object with the field openapi")},
		"an OpenAPI definition without version": {kind: catalog.KindAPI, set: definition("openapi", "info: {title: a}"), want: invalid("the field openapi or swagger, with the version, is missing")},
		"an AsyncAPI definition of OpenAPI":     {kind: catalog.KindAPI, set: definition("asyncapi", "openapi: 3.1.0"), want: invalid("not asyncapi", "the field asyncapi, with the version, is missing")},
		"a GraphQL definition of YAML":          {kind: catalog.KindAPI, set: definition("graphql", "type Query { a: }"), want: invalid("not graphql", "line 1, column ")},
		"a gRPC definition with a typing error": {kind: catalog.KindAPI, set: definition("grpc", "syntax = \"proto3\";\nmesage A {}"), want: invalid("not grpc", "line 2, column ")},
		"a definition that is very deep":        {kind: catalog.KindAPI, set: definition("openapi", strings.Repeat("[", 200_000)), want: invalid("not openapi")},
		"a GraphQL definition that is very deep": {
			kind: catalog.KindAPI, set: definition("graphql", "type Q { a: "+strings.Repeat("[", 200_000)), want: invalid("not graphql"),
		},
		"a gRPC definition that is very deep": {
			kind: catalog.KindAPI, set: definition("grpc", strings.Repeat("message A {", 20_000)), want: invalid("not grpc"),
		},
		"a definition with a line of 100,000 characters": {kind: catalog.KindAPI, set: definition("grpc", long(100_000)), want: invalid("not grpc")},
		"a definition of NULs":                           {kind: catalog.KindAPI, set: definition("openapi", strings.Repeat("\x00", 1000)), want: invalid("not openapi")},
		"a definition of billions of laughs":             {kind: catalog.KindAPI, set: definition("openapi", laughs()), want: invalid("the field openapi or swagger")},
		"a definition in a ConfigMap that does not exist": {
			kind: catalog.KindAPI, set: fields{"definitionFrom": fields{"configMap": fields{"name": "none", "key": "k"}}},
			want: []check{has(catalog.ConditionDefinitionValid, metav1.ConditionFalse, catalog.ReasonDefinitionNotFound,
				`spec.definitionFrom.configMap: ConfigMap none does not exist or lacks the label catalog.callboard.dev/definition: "true"`)},
		},

		"a link to a workload that does not exist": {
			set: fields{"workloads": fields{"kind": "Deployment", "name": "none"}},
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotFound, "spec.workloads: no workload in namespace", "deploy it or correct the link"),
				has(catalog.ConditionHealthy, metav1.ConditionUnknown, catalog.ReasonNoWorkloads)},
		},
		"a link to a namespace that does not exist": {
			set: fields{"workloads": fields{"kind": "Deployment", "name": "none", "namespace": "nowhere"}},
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotPermitted,
				"spec.workloads: namespace nowhere does not exist or does not permit this: ask for its annotation catalog.callboard.dev/workloads-for")},
		},
		"an annotation that selects everything": {
			make: annotated(catalog.AnnotationKubernetesLabelSelector, " "),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "metadata.annotations[backstage.io/kubernetes-label-selector]: it selects everything: name at least one label")},
		},
		"an annotation that is no selector": {
			make: annotated(catalog.AnnotationKubernetesLabelSelector, "app in (a"),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "metadata.annotations[backstage.io/kubernetes-label-selector]: ")},
		},
		"an annotation with a label value of 64": {
			make: annotated(catalog.AnnotationKubernetesLabelSelector, "app="+long(64)),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "must be no more than 63")},
		},
		"an annotation of 200 KiB": {
			make: annotated(catalog.AnnotationKubernetesLabelSelector, long(200<<10)),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "metadata.annotations")},
		},
		"an id that is no label value": {
			make: annotated(catalog.LabelKubernetesID, "no label"),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "metadata.annotations[backstage.io/kubernetes-id]: ")},
		},
		"an id that smuggles in a selector": {
			make: annotated(catalog.LabelKubernetesID, "x,app=y"),
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, "metadata.annotations[backstage.io/kubernetes-id]: ")},
		},
		"an annotated namespace of 40 KiB": {
			make: func(u *unstructured.Unstructured) {
				u.SetAnnotations(map[string]string{catalog.LabelKubernetesID: "x", catalog.AnnotationKubernetesNamespace: long(40 << 10)})
			},
			want: []check{linked(metav1.ConditionFalse, catalog.ReasonSelectorInvalid,
				"metadata.annotations[backstage.io/kubernetes-namespace]: must be the name of a namespace")},
		},
		"a status that is sent with the object": {
			set: fields{"owner": "nobody"},
			make: func(u *unstructured.Unstructured) {
				u.Object["status"] = fields{
					"observedGeneration": int64(1), "owner": "group:me",
					"conditions": list(fields{"type": "Ready", "status": "True", "reason": "Ready", "message": "", "lastTransitionTime": "2000-01-01T00:00:00Z"}),
				}
			},
			want: []check{ownerIs("group:nobody"), notReady(catalog.ReasonOwnerNotFound), func(e catalog.Entity) error {
				if at := e.EntityStatus().Conditions[0].LastTransitionTime; at.Year() < 2001 {
					return fmt.Errorf("Ready dates from %s", at)
				}
				return nil
			}},
		},
		"a field that no kind has": {
			make: func(u *unstructured.Unstructured) { u.Object["spec"].(fields)["ownr"] = long(1 << 20) },
			want: []check{notOwned(catalog.ReasonNoOwner)},
		},
	}
	ns := newNamespace(t)
	c := newCanary(t, ns)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := tc.kind
			if kind == "" {
				kind = catalog.KindComponent
			}
			if tc.name == "" {
				tc.name = unique("bad")
			}
			u := object(kind, ns, tc.name, tc.set)
			if tc.make != nil {
				tc.make(u)
			}
			create(t, u)
			becomes(t, typed(t, u), tc.want...)
			c.check(t)
		})
	}
}

// laughs is YAML whose aliases would make it billions of times as long.
func laughs() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [ha]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1)
	}
	return b.String()
}

func TestLongestNamesCanBeShown(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	c := newCanary(t, ns)
	team := apitest.Group(long(240) + unique("-g"))
	other := apitest.Component(ns, long(240)+unique("-c"), func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	dotted := apitest.Component(ns, "a.b.c", func(s *catalog.ComponentSpec) {
		s.Owner, s.SubcomponentOf = catalog.EntityRef(team.Name), catalog.EntityRef(other.Name)
	})
	create(t, team, other, dotted)
	becomes(t, other, isReady(), ownerIs("group:"+team.Name), relates("hasPart", ref("component", ns, "a.b.c")))
	becomes(t, team, isReady(), relates("ownerOf", ref("component", ns, "a.b.c"), ref("component", ns, other.Name)))
	becomes(t, dotted, isReady(), relates("partOf", ref("component", ns, other.Name)))
	c.check(t)
}

// cycleOf makes n entities of which each names the next, and the last the first.
func cycleOf(t *testing.T, n int, one func(name, next string) entity) []entity {
	t.Helper()
	prefix := unique("cycle")
	name := func(i int) string { return fmt.Sprintf("%s-%03d", prefix, i%n) }
	out := make([]entity, n)
	for i := range out {
		out[i] = one(name(i), name(i+1))
		create(t, out[i])
	}
	return out
}

func TestCyclesAreShownAndCanBeOpened(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	c := newCanary(t, ns)
	team := apitest.Group(unique("team"))
	create(t, team)
	owner := catalog.EntityRef(team.Name)
	cases := map[string]struct {
		path string
		one  func(name, next string) entity
		open func(e entity)
	}{
		"domains": {
			"spec.subdomainOf",
			func(name, next string) entity {
				return apitest.Domain(name, func(s *catalog.DomainSpec) { s.Owner, s.SubdomainOf = owner, catalog.EntityRef(next) })
			},
			func(e entity) { e.(*catalog.Domain).Spec.SubdomainOf = "" },
		},
		"groups": {
			"spec.parent",
			func(name, next string) entity {
				return apitest.Group(name, func(s *catalog.GroupSpec) { s.Parent = catalog.EntityRef(next) })
			},
			func(e entity) { e.(*catalog.Group).Spec.Parent = "" },
		},
		"groups by their children": {
			"spec.parent",
			func(name, next string) entity {
				return apitest.Group(name, func(s *catalog.GroupSpec) { s.Children = []catalog.EntityRef{catalog.EntityRef(next)} })
			},
			func(e entity) { e.(*catalog.Group).Spec.Children = nil },
		},
		"sub-components": {
			"spec.subcomponentOf",
			func(name, next string) entity {
				return apitest.Component(ns, name, func(s *catalog.ComponentSpec) { s.Owner, s.SubcomponentOf = owner, catalog.EntityRef(next) })
			},
			func(e entity) { e.(*catalog.Component).Spec.SubcomponentOf = "" },
		},
	}
	for name, tc := range cases {
		for _, n := range []int{2, 3, 40} {
			t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
				t.Parallel()
				all := cycleOf(t, n, tc.one)
				parts := []string{tc.path + ": forms the cycle ", all[0].GetName() + " → ", " → ", ": change one of them"}
				if n > 10 {
					parts = append(parts, fmt.Sprintf(" → %d more → ", n-10))
				}
				for _, e := range []entity{all[0], all[n/2], all[n-1]} {
					becomes(t, e, unresolved(catalog.ReasonCycle, parts...), notReady(catalog.ReasonCycle, parts...))
				}
				edit(t, all[n/2], tc.open)
				for _, e := range all {
					becomes(t, e, resolved("All references resolve"), isReady())
				}
				c.check(t)
			})
		}
	}
}

func TestDefinitionFromAConfigMapFollowsIt(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	team := apitest.Group(unique("team"))
	create(t, team)
	a := apitest.API(ns, "orders", func(s *catalog.APISpec) {
		s.Owner = catalog.EntityRef(team.Name)
		s.DefinitionFrom.ConfigMap = catalog.ConfigMapKey{Name: "orders", Key: "openapi.yaml"}
	})
	is := func(status metav1.ConditionStatus, reason string, parts ...string) check {
		return has(catalog.ConditionDefinitionValid, status, reason, parts...)
	}
	missing := is(metav1.ConditionFalse, catalog.ReasonDefinitionNotFound,
		`spec.definitionFrom.configMap: ConfigMap orders does not exist or lacks the label catalog.callboard.dev/definition: "true"`)
	create(t, a)
	becomes(t, a, missing, notReady(catalog.ReasonDefinitionNotFound))

	cm := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "orders"}, Data: map[string]string{"wrong": "openapi: 3.1.0"},
	}
	create(t, cm) // without the label nobody sees it
	edit(t, a, func(a *catalog.API) { a.Spec.Title = "Orders" })
	becomes(t, a, missing)

	edit(t, cm, func(cm *corev1.ConfigMap) { cm.Labels = map[string]string{catalog.LabelDefinition: "true"} })
	becomes(t, a, is(metav1.ConditionFalse, catalog.ReasonDefinitionNotFound, `ConfigMap orders has no key "openapi.yaml" in data`))

	edit(t, cm, func(cm *corev1.ConfigMap) { cm.Data = map[string]string{"openapi.yaml": "a: [b"} })
	becomes(t, a, is(metav1.ConditionFalse, catalog.ReasonDefinitionInvalid, "spec.definitionFrom.configMap: not openapi as spec.type says: "))

	edit(t, cm, func(cm *corev1.ConfigMap) { cm.Data["openapi.yaml"] = "openapi: 3.1.0" })
	becomes(t, a, is(metav1.ConditionTrue, catalog.ReasonDefinitionParsed), isReady())

	edit(t, a, func(a *catalog.API) { a.Spec.Type = "asyncapi" })
	becomes(t, a, is(metav1.ConditionFalse, catalog.ReasonDefinitionInvalid, "not asyncapi as spec.type says"))
	edit(t, a, func(a *catalog.API) { a.Spec.Type = "openapi" })
	becomes(t, a, isReady())

	edit(t, cm, func(cm *corev1.ConfigMap) { cm.Labels = nil })
	becomes(t, a, missing)
	edit(t, a, func(a *catalog.API) { a.Spec.DefinitionFrom = catalog.DefinitionSource{} })
	becomes(t, a, is(metav1.ConditionTrue, catalog.ReasonNotRequired, "No definition is declared"), isReady())
}

func TestDefinitionOfEachTypeIsParsed(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	team := apitest.Group(unique("team"))
	create(t, team)
	for apiType, text := range map[string]string{
		"openapi": "openapi: 3.1.0", "asyncapi": `{"asyncapi": "3.0.0"}`, "graphql": "type Query { a: Int }",
		"grpc": "syntax = \"proto3\";\nservice A {}", "soap": "<anything/>",
	} {
		t.Run(apiType, func(t *testing.T) {
			a := apitest.API(ns, unique(apiType), func(s *catalog.APISpec) {
				s.Owner, s.Type, s.Definition = catalog.EntityRef(team.Name), catalog.Word(apiType), text
			})
			create(t, a)
			becomes(t, a, isReady(), has(catalog.ConditionDefinitionValid, metav1.ConditionTrue, catalog.ReasonDefinitionParsed))
			edit(t, a, func(a *catalog.API) { a.Spec.Title = "New" })
			becomes(t, a, isReady())
			if read(t, a).Spec.Definition != text {
				t.Errorf("the definition is %q now, want %q", a.Spec.Definition, text)
			}
		})
	}
}

func TestStatusOfANewObjectIsNotCurrent(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	for _, k := range relation.Kinds() {
		u := object(k.ObjectKind(), ns, unique("new"), nil)
		u.Object["status"] = fields{"observedGeneration": int64(1), "owner": "group:me"}
		create(t, u) // the answer is the object as it was stored first
		want := fields{"observedGeneration": int64(-1)}
		if got := u.Object["status"]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the status of a new %s is %v, want %v", k.ObjectKind(), got, want)
		}
	}
}

func TestConditionsAreAFixedSetInOrder(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	want := map[string]string{
		catalog.KindComponent: "Ready AccessGranted Healthy Owned ReferencesResolved WorkloadsLinked",
		catalog.KindResource:  "Ready AccessGranted Healthy Owned ReferencesResolved WorkloadsLinked",
		catalog.KindAPI:       "Ready DefinitionValid Owned ReferencesResolved",
		catalog.KindSystem:    "Ready Owned ReferencesResolved",
		catalog.KindDomain:    "Ready Owned ReferencesResolved",
		catalog.KindGroup:     "Ready ReferencesResolved",
		catalog.KindUser:      "Ready ReferencesResolved",
	}
	for _, k := range relation.Kinds() {
		u := object(k.ObjectKind(), ns, unique("ordered"), nil)
		create(t, u)
		e := typed(t, u)
		eventually(t, func() error {
			if err := k8s.Get(context.Background(), client.ObjectKeyFromObject(e), e); err != nil {
				return err
			}
			var got []string
			for _, c := range e.EntityStatus().Conditions {
				got = append(got, c.Type)
			}
			if strings.Join(got, " ") != want[k.ObjectKind()] || !slices.IsSorted(got[min(1, len(got)):]) {
				return fmt.Errorf("the conditions of a %s are %q, want %q", k.ObjectKind(), got, want[k.ObjectKind()])
			}
			return nil
		})
	}
}
