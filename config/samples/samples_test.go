// Package samples_test holds the samples to what they claim to be: the true catalog of two real shops.
package samples_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestReleasedFilesAreTheAuthorsBytes(t *testing.T) {
	sums := map[string]string{
		"online-boutique/kubernetes-manifests.yaml": "41a4736597543ee562c673c0c0446e2cc4bddf2b816c294690e83b38cfcc66a2",
		"online-boutique/demo.proto":                "b1f2fa42c0a9305211bf51fba7d8b5832cd3defd7b8855c327ebd5b1f0f86884",
		"sock-shop/complete-demo.yaml":              "02d70d2c7b576ea8b18fc436e18b9158d5b662e50180998b82127d8050813771",
	}
	for file, want := range sums {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("SHA-256 of %s = %s, want %s: it is copied byte for byte, see the README beside it", file, got, want)
		}
	}
}

func TestEdgesAreThoseOfTheShop(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			got, want := declaredEdges(t, s), trueEdges(t, s)
			for _, edge := range want {
				if !slices.Contains(got, edge) {
					t.Errorf("catalog.yaml lacks %s, which dependencies.yaml has", edge)
				}
			}
			for _, edge := range got {
				if !slices.Contains(want, edge) {
					t.Errorf("catalog.yaml has %s, which dependencies.yaml lacks", edge)
				}
			}
			if len(got) != len(want) {
				t.Errorf("catalog.yaml has %d edges, dependencies.yaml %d", len(got), len(want))
			}
		})
	}
}

// trueEdges returns the edges of dependencies.yaml as "from -> to".
func trueEdges(t *testing.T, s shop) []string {
	t.Helper()
	text, err := os.ReadFile(s.name + "/dependencies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Edges []struct{ From, To, How string } `json:"edges"`
	}
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Edges) == 0 {
		t.Fatal("dependencies.yaml has no edges")
	}
	var edges []string
	for _, e := range file.Edges {
		edges = append(edges, e.From+" -> "+e.To)
	}
	return edges
}

// declaredEdges returns what a shop's Components consume and depend on as "from -> to", from the consumer of an API to its
// providers.
func declaredEdges(t *testing.T, s shop) []string {
	t.Helper()
	all := entities(t, s.name+"/catalog.yaml")
	providers := map[string][]string{}
	for _, e := range all {
		if c, ok := e.(*catalog.Component); ok {
			for _, ref := range c.Spec.ProvidesAPIs {
				key := resolve(ref, "api", c.Namespace)
				providers[key] = append(providers[key], c.Name)
			}
		}
	}
	var edges []string
	for _, e := range all {
		c, ok := e.(*catalog.Component)
		if !ok {
			continue
		}
		for _, ref := range c.Spec.ConsumesAPIs {
			for _, provider := range providers[resolve(ref, "api", c.Namespace)] {
				edges = append(edges, c.Name+" -> "+provider)
			}
		}
		for _, ref := range c.Spec.DependsOn {
			edges = append(edges, c.Name+" -> "+nameOf(ref))
		}
	}
	return edges
}

func TestEveryWorkloadIsClaimedOnce(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			running := workloads(t, s)
			claims := map[string][]string{}
			for _, e := range entities(t, s.name+"/catalog.yaml") {
				link, runs := linkOf(e)
				if !runs {
					continue
				}
				claimed := linked(running, link, e)
				if len(claimed) != 1 {
					t.Errorf("%s claims %q, want one workload", key(e), claimed)
				}
				for _, name := range claimed {
					claims[name] = append(claims[name], key(e))
				}
			}
			for _, w := range running {
				if by := claims[w.Kind+" "+w.Name]; len(by) != 1 {
					t.Errorf("%s %s is claimed by %q, want one", w.Kind, w.Name, by)
				}
			}
		})
	}
}

// linkOf returns what an entity says about what runs it, and whether its kind has something that runs.
func linkOf(e catalog.Entity) (catalog.WorkloadLink, bool) {
	switch e := e.(type) {
	case *catalog.Component:
		return e.Spec.Workloads, true
	case *catalog.Resource:
		return e.Spec.Workloads, true
	}
	return catalog.WorkloadLink{}, false
}

// linked returns the workloads that run an entity: those its link names, or those whose label app equals its name.
func linked(running []workload, link catalog.WorkloadLink, e catalog.Entity) []string {
	var names []string
	for _, w := range running {
		match := w.Labels["app"] == e.GetName()
		switch {
		case len(link.Selector.MatchLabels) > 0:
			match = true
			for label, value := range link.Selector.MatchLabels {
				match = match && w.Labels[label] == string(value)
			}
		case link.Kind != "":
			match = w.Kind == string(link.Kind) && w.Name == link.Name
		}
		if match && w.Namespace == e.GetNamespace() {
			names = append(names, w.Kind+" "+w.Name)
		}
	}
	return names
}

func TestEveryReferenceResolves(t *testing.T) {
	all := everything(t)
	exists := map[string]bool{}
	for _, e := range all {
		if exists[key(e)] {
			t.Errorf("%s is declared twice", key(e))
		}
		exists[key(e)] = true
	}
	for _, e := range all {
		for field, refs := range referencesOf(e) {
			for _, ref := range refs {
				if !exists[ref] {
					t.Errorf("%s: spec.%s names %s, which no sample declares", key(e), field, ref)
				}
			}
		}
	}
}

// TestEveryClaimIsGranted holds that each owner and domain allows the namespaces that name it, and that what is restricted
// or private is consumed inside its System only, so that nothing in the samples is merely claimed or denied.
func TestEveryClaimIsGranted(t *testing.T) {
	all := everything(t)
	byKey := map[string]catalog.Entity{}
	for _, e := range all {
		byKey[key(e)] = e
	}
	for _, e := range all {
		if e.GetNamespace() == "" {
			continue // the platform team's own; it needs no consent
		}
		refs := referencesOf(e)
		for _, ref := range slices.Concat(refs["owner"], refs["domain"]) {
			if !allows(byKey[ref], e.GetNamespace()) {
				t.Errorf("%s: %s does not allow the namespace %s", key(e), ref, e.GetNamespace())
			}
		}
		for _, ref := range refs["consumesApis"] {
			a := byKey[ref].(*catalog.API)
			if own := referencesOf(a)["system"]; a.Spec.Visibility != catalog.VisibilityPublic && !slices.Equal(own, refs["system"]) {
				t.Errorf("%s: consumes %s of another System, which is %s", key(e), ref, a.Spec.Visibility)
			}
		}
	}
}

// allows says whether an owner or Domain lets a namespace name it. Users need no consent.
func allows(e catalog.Entity, namespace string) bool {
	var allowed catalog.AllowedNamespaces
	switch e := e.(type) {
	case *catalog.User:
		return true
	case *catalog.Group:
		allowed = e.Spec.AllowedNamespaces
	case *catalog.Domain:
		allowed = e.Spec.AllowedNamespaces
	}
	if allowed.From != catalog.FromSelector || len(allowed.Selector.MatchExpressions) != 1 {
		return false
	}
	only := allowed.Selector.MatchExpressions[0]
	return only.Key == "kubernetes.io/metadata.name" && only.Operator == "In" &&
		slices.Contains(only.Values, catalog.LabelValue(namespace))
}

func TestOrganisationIsOneTree(t *testing.T) {
	teams, members := map[string]bool{}, map[string]bool{}
	for _, e := range entities(t, "organisation.yaml") {
		refs := referencesOf(e)
		switch e := e.(type) {
		case *catalog.Group:
			for _, m := range refs["members"] {
				members[m] = true
			}
			for _, c := range refs["children"] {
				teams[c] = true
			}
			if len(refs["parent"]) > 0 {
				teams[key(e)] = true
			}
		case *catalog.User:
			if len(refs["memberOf"]) > 0 {
				members[key(e)] = true
			}
		}
	}
	if len(teams) != 6 {
		t.Errorf("%d teams in the department, want 6", len(teams))
	}
	for _, e := range entities(t, "organisation.yaml") {
		switch e := e.(type) {
		case *catalog.Group:
			if !teams[key(e)] && e.Spec.Type != "department" {
				t.Errorf("%s is in no department", key(e))
			}
		case *catalog.User:
			if !members[key(e)] {
				t.Errorf("%s is in no team", key(e))
			}
		}
	}
}

// key names an entity in full: kind:namespace/name, or kind:name where it is cluster-scoped.
func key(e catalog.Entity) string {
	kind := strings.ToLower(e.GetObjectKind().GroupVersionKind().Kind)
	if e.GetNamespace() == "" {
		return fmt.Sprintf("%s:%s", kind, e.GetName())
	}
	return fmt.Sprintf("%s:%s/%s", kind, e.GetNamespace(), e.GetName())
}

// nameOf returns the name in a reference.
func nameOf(ref catalog.EntityRef) string {
	return string(ref[strings.LastIndexAny(string(ref), ":/")+1:])
}
