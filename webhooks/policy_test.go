package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/visibility"
)

// installPolicy makes what config/policy holds until the test ends, and waits until it works.
func installPolicy(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("../config/policy/deletion.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var objs []*unstructured.Unstructured
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), u); err != nil {
			t.Fatal(err)
		}
		objs = append(objs, u)
	}
	probe := newWorld(t)
	probe.given("Group web-team {allowedNamespaces: {from: All}}\nComponent shop/cart {owner: web-team}")
	probe.counts("Group web-team", 1)
	for _, u := range objs {
		if err := k8s.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := k8s.Delete(context.Background(), u); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, func() error {
		if got := probe.ask(k8s, "delete Group web-team", client.DryRunAll); !strings.Contains(got.refused, "ValidatingAdmissionPolicy") {
			return fmt.Errorf("the policy does not work yet: %q", got.refused)
		}
		return nil
	})
	for _, u := range objs { // what the API server has to say about the expressions
		if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(u), u); err != nil {
			t.Fatal(err)
		}
		if w, ok, _ := unstructured.NestedSlice(u.Object, "status", "typeChecking", "expressionWarnings"); ok && len(w) > 0 {
			t.Errorf("the policy's expressions: %v", w)
		}
	}
}

// counts waits until a status counts so many dependents of others.
func (w *world) counts(line string, want int64) {
	w.t.Helper()
	u := w.object(line)
	eventually(w.t, func() error {
		if err := k8s.Get(w.t.Context(), client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}
		if got, _, _ := unstructured.NestedInt64(u.Object, "status", "foreignDependents"); got != want {
			return fmt.Errorf("status.foreignDependents of %s is %d, want %d", line, got, want)
		}
		return nil
	})
}

// stopOperator stops the operator until the test ends.
func stopOperator(t *testing.T) {
	t.Helper()
	if err := operator.stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { start(t, visibility.Enforce, nil) })
}

// restart runs the operator otherwise until the test ends.
func restart(t *testing.T, mode visibility.Mode, synced func() bool) {
	t.Helper()
	stopOperator(t)
	start(t, mode, synced)
	t.Cleanup(func() {
		if err := operator.stop(); err != nil {
			t.Error(err)
		}
	})
}

func start(t *testing.T, mode visibility.Mode, synced func() bool) {
	t.Helper()
	var err error
	if operator, err = startOperator(mode, synced); err != nil {
		t.Fatal(err)
	}
}

// policed is a refusal by the policy.
func policed(resource, name, why string) answer {
	remedy := "have them let go of it"
	if strings.HasPrefix(why, "it owns") {
		remedy = "give them another owner"
	}
	return answer{refused: resource + `.catalog.callboard.dev "` + name + `" is forbidden: ValidatingAdmissionPolicy 'callboard-deletion' with binding 'callboard-deletion' denied request: ` +
		why + ": " + remedy + ", or annotate catalog.callboard.dev/allow-deletion with the reason"}
}

// TestPolicyHoldsWithoutTheOperator holds that the API server alone protects what others use, and nothing else.
func TestPolicyHoldsWithoutTheOperator(t *testing.T) {
	installPolicy(t)
	w := newWorld(t)
	w.given(teams + `
		Domain commerce {owner: pay-team, allowedNamespaces: {from: All}}
		System pay/payments {owner: pay-team, domain: commerce}
		System shop/storefront {owner: web-team, domain: commerce}
		API pay/prices {system: payments, owner: pay-team}
		API pay/unused {system: payments, owner: pay-team}
		Resource pay/db {owner: pay-team}
		Component pay/lib {owner: pay-team, system: payments}
		Component pay/guest {owner: web-team, system: payments}
		Component shop/cart {owner: web-team, system: storefront, consumesApis: [pay/prices], dependsOn: ['resource:pay/db', 'component:pay/lib']}
		User ada {}
		Domain retail {owner: 'user:ada'}
	`)
	protected := map[string]answer{
		"API pay/prices":      policed("apis", "prices", "it is used by 1 that others own, among component:shop/cart"),
		"Resource pay/db":     policed("resources", "db", "it is used by 1 that others own, among component:shop/cart"),
		"Component pay/lib":   policed("components", "lib", "it is used by 1 that others own, among component:shop/cart"),
		"System pay/payments": policed("systems", "payments", "it is used by 1 that others own, among api:pay/prices, api:pay/unused, component:pay/guest, component:pay/lib"),
		"Domain commerce":     policed("domains", "commerce", "it is used by 1 that others own, among system:pay/payments, system:shop/storefront"),
		"Group web-team":      policed("groups", "web-team", "it owns 3, among component:pay/guest, component:shop/cart, system:shop/storefront"),
		"User ada":            policed("users", "ada", "it owns 1, among domain:retail"),
	}
	for line := range protected {
		w.counts(line, map[bool]int64{true: 3, false: 1}[line == "Group web-team"])
	}
	stopOperator(t)
	for line, want := range protected {
		if got := w.do("delete " + line); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("delete %s: %q, want %q", line, got, want)
		}
	}
	for _, line := range []string{"API pay/unused", "Component shop/cart"} { // nobody else's
		if got := w.do("delete " + line); fmt.Sprint(got) != fmt.Sprint(allowed) {
			t.Errorf("delete %s: %q, want it to go", line, got)
		}
	}
	// Somebody means it: neither the annotation nor the deletion needs the operator. Else nothing is let in.
	annotation := []byte(`{"metadata":{"annotations":{"catalog.callboard.dev/allow-deletion":"replaced"}}}`)
	if err := k8s.Patch(t.Context(), w.object("API pay/prices"), client.RawPatch(types.MergePatchType, annotation)); err != nil {
		t.Errorf("annotate: %v", err)
	}
	if got := w.do("delete API pay/prices"); fmt.Sprint(got) != fmt.Sprint(allowed) {
		t.Errorf("delete what is annotated: %q, want it to go", got)
	}
	if got := w.ask(k8s, "update Resource pay/db {owner: web-team}"); !strings.Contains(got.refused, `failed calling webhook "visibility.catalog.callboard.dev"`) {
		t.Errorf("an update while nobody judges it: %q, want a refusal", got)
	}
	// A namespace that goes takes all with it.
	if err := k8s.Delete(t.Context(), w.object("Namespace pay")); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { // until the API server has heard of it
		if got := w.ask(k8s, "delete System pay/payments"); got.refused != "" {
			return errors.New(got.refused)
		}
		return nil
	})
	for _, line := range []string{"Resource pay/db", "Component pay/lib", "Component pay/guest"} {
		if got := w.ask(k8s, "delete "+line); got.refused != "" {
			t.Errorf("delete %s of a namespace that goes: %q", line, got)
		}
	}
}

// TestTenantsCannotLowerTheCount holds that only who may write a status lifts the protection.
func TestTenantsCannotLowerTheCount(t *testing.T) {
	installPolicy(t)
	w := newWorld(t)
	w.given(teams + labTeam + "API lab/feed {owner: lab-team}\nComponent shop/cart {owner: web-team, consumesApis: [lab/feed]}")
	mallory := tenant(t, w)
	w.counts("API lab/feed", 1)
	u := w.object("API lab/feed")
	for name, try := range map[string]func(context.Context) error{
		"patch": func(ctx context.Context) error {
			return mallory.Patch(ctx, u.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"status":{"foreignDependents":null}}`)))
		},
		"apply": func(ctx context.Context) error {
			a := w.object("API lab/feed {owner: lab-team}")
			a.Object["status"] = map[string]any{"observedGeneration": int64(1)}
			return mallory.Apply(ctx, client.ApplyConfigurationFromUnstructured(a), client.FieldOwner("me"), client.ForceOwnership)
		},
		"status": func(ctx context.Context) error {
			err := mallory.Status().Patch(ctx, u.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"status":{"foreignDependents":null}}`)))
			if !apierrors.IsForbidden(err) {
				return fmt.Errorf("writing the status answers %w, want Forbidden", err)
			}
			return nil
		},
	} {
		if err := try(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := w.ask(mallory, "delete API lab/feed"); !strings.Contains(got.refused, "it is used by 1 that others own") {
			t.Errorf("after %s: delete answers %q", name, got)
		}
	}
}

// TestOwnCatalogGoesInAnyOrder holds that a team can delete all that it made, and a namespace takes all with it.
func TestOwnCatalogGoesInAnyOrder(t *testing.T) {
	installPolicy(t)
	own := []string{
		"System pay/payments {owner: pay-team}", "API pay/prices {system: payments, visibility: Private}", "Resource pay/db {system: payments}",
		"Component pay/lib {system: payments}", "Component pay/book {system: payments, consumesApis: [prices], dependsOn: ['resource:db', 'component:lib']}",
	}
	for turn := range own {
		w := newWorld(t)
		w.given("Group pay-team {allowedNamespaces: {from: All}}\n" + strings.Join(own, "\n"))
		w.counts("Group pay-team", int64(len(own)))
		for i := range own {
			if got := w.ask(k8s, "delete "+own[(turn+i)%len(own)]); got.refused != "" {
				t.Errorf("beginning with %s: %q", own[turn], got)
			}
		}
		w.counts("Group pay-team", 0)
		if got := w.ask(k8s, "delete Group pay-team"); got.refused != "" {
			t.Errorf("delete the Group at last: %q", got)
		}
	}
	w := newWorld(t)
	w.given(teams + "API pay/prices {owner: pay-team}\nComponent shop/cart {owner: web-team, consumesApis: [pay/prices]}")
	w.counts("API pay/prices", 1)
	if err := k8s.Delete(t.Context(), w.object("Namespace pay")); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { // until policy and webhook have heard of it
		if got := w.ask(k8s, "delete API pay/prices"); got.refused != "" {
			return errors.New(got.refused)
		}
		return nil
	})
}

// TestAdmissionWaitsForTheCatalog holds that a replica that has not read all judges nothing.
func TestAdmissionWaitsForTheCatalog(t *testing.T) {
	w := newWorld(t)
	w.given(ledger + "Component shop/cart {owner: lab-team}\nAPI lab/feed {owner: lab-team}")
	restart(t, visibility.Enforce, func() bool { return false })
	if got := w.ask(k8s, "create Component lab/book {owner: lab-team}"); !strings.Contains(got.refused, `failed calling webhook "visibility.catalog.callboard.dev"`) {
		t.Errorf("a creation before all is read: %q, want a refusal", got)
	}
	if got := w.ask(k8s, "delete API lab/feed"); fmt.Sprint(got) != fmt.Sprint(allowed) {
		t.Errorf("a deletion before all is read: %q, want it left to the policy", got)
	}
}

// TestModeOfTheOperator holds that the flag decides where a namespace does not.
func TestModeOfTheOperator(t *testing.T) {
	restart(t, visibility.Warn, nil)
	runCases(t, map[string]admissionCase{
		"where the namespace says nothing": {restricted, "create Component shop/cart {owner: web-team, consumesApis: [pay/charge]}",
			allowed.warns("spec.consumesApis[0]: " + chargeIsListed)},
		"where the namespace enforces": {"Namespace pay {catalog.callboard.dev/visibility: enforce}\n" + restricted,
			"create Component shop/cart {owner: web-team, consumesApis: [pay/charge]}",
			invalid("Component", "cart", "spec.consumesApis[0]: Forbidden: "+chargeIsListed)},
	})
}
