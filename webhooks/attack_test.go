package webhooks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// tenant is a client of somebody who may do all with the catalog in the namespace lab, but for statuses, and may read
// the rest.
func tenant(t *testing.T, w *world) client.Client {
	t.Helper()
	name := "mallory" + w.suffix
	w.namespace(w.name("lab"))
	group := []string{catalog.GroupVersion.Group}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{
		{APIGroups: group, Resources: []string{"components", "apis", "resources", "systems"}, Verbs: []string{"*"}}}}
	reader := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name + "-reader"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: group, Resources: []string{"*"}, Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get"}}}}
	who := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}}
	for _, obj := range []client.Object{role, reader,
		&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: w.name("lab"), Name: name}, Subjects: who,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: reader.Name}, Subjects: who,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: reader.Name}},
	} {
		if err := k8s.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	c, err := newClient(func(cfg *rest.Config) { cfg.Impersonate = rest.ImpersonationConfig{UserName: name} })
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { // until the authorizer has heard of the bindings
		err := c.Create(t.Context(), w.object("Component lab/probe"), client.DryRunAll)
		if err == nil {
			err = c.Get(t.Context(), client.ObjectKey{Namespace: w.name("pay"), Name: "none"}, w.object("API pay/none"))
			err = client.IgnoreNotFound(err)
		}
		return err
	})
	return c
}

// attack is what a tenant tries in order to use an API, or to delete what others use.
type attack struct {
	given string
	// steps are the tenant's; with "owner: " somebody's who may.
	steps []string
	// then is a step that no line can say.
	then func(ctx context.Context, w *world, c client.Client) error
	// refused is a part of what the last step is told; without it the step goes through and must have no effect.
	refused string
	// spy must not be granted any API, if it exists; kept must exist still.
	spy, kept string
}

func runAttacks(t *testing.T, attacks map[string]attack) {
	t.Helper()
	for name, a := range attacks {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.given(a.given)
			mallory := tenant(t, w)
			last := ""
			for _, step := range a.steps {
				last = w.step(mallory, step)
			}
			if a.then != nil {
				last = ""
				if err := a.then(t.Context(), w, mallory); err != nil {
					last = w.plain(err.Error())
				}
			}
			if (a.refused == "") != (last == "") || !strings.Contains(last, a.refused) {
				t.Errorf("the last step is told %q, want %q", last, a.refused)
			}
			if a.spy != "" {
				w.notGranted(a.spy)
			}
			if a.kept != "" {
				w.stands(a.kept)
			}
		})
	}
}

// step does one as the tenant, or as its owner, who is not refused.
func (w *world) step(mallory client.Client, line string) string {
	w.t.Helper()
	if rest, ok := strings.CutPrefix(line, "owner: "); ok {
		if got := w.ask(k8s, rest); got.refused != "" {
			w.t.Fatalf("%s: %s", rest, got.refused)
		}
		return ""
	}
	got := w.ask(mallory, line).refused
	if verb, rest, _ := strings.Cut(line, " "); got == "" && verb == "create" {
		w.heard(w.object(rest))
	}
	return got
}

// notGranted waits until the operator has judged an entity as it stands, and holds that it grants it nothing.
func (w *world) notGranted(line string) {
	w.t.Helper()
	u := w.object(line)
	c := &catalog.Component{}
	eventually(w.t, func() error {
		if err := k8s.Get(w.t.Context(), client.ObjectKeyFromObject(u), c); err != nil {
			return client.IgnoreNotFound(err)
		}
		cond := meta.FindStatusCondition(c.Status.Conditions, catalog.ConditionAccessGranted)
		switch {
		case cond == nil || cond.ObservedGeneration != c.Generation:
			return fmt.Errorf("%s is not judged yet", line)
		case cond.Status == metav1.ConditionTrue && cond.Reason != catalog.ReasonNotRequired:
			return fmt.Errorf("%s is granted: %s", line, cond.Message)
		}
		return nil
	})
}

func (w *world) stands(line string) {
	w.t.Helper()
	u := w.object(line)
	if err := k8s.Get(w.t.Context(), client.ObjectKeyFromObject(u), u); err != nil || u.GetDeletionTimestamp() != nil {
		w.t.Errorf("%s does not stand any more: %v", line, err)
	}
}

const (
	noLedger  = "api:pay/ledger is Private: only members of system:pay/payments may use it"
	spy       = "Component lab/spy"
	usesSpy   = "create Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}"
	labTeam   = "Group lab-team {allowedNamespaces: {from: All}}\n"
	ledger    = private + labTeam
	listsCart = systems + labTeam + "API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: "
)

func TestAttacksOnMembership(t *testing.T) {
	runAttacks(t, map[string]attack{
		"consuming what is private": {given: ledger, steps: []string{usesSpy}, refused: noLedger, spy: spy},
		"declaring oneself a member of the closed System": {
			given: ledger, steps: []string{"create Component lab/spy {system: pay/payments, consumesApis: [pay/ledger]}"}, spy: spy},
		"a System of the same name in one's own namespace": {
			given: ledger + "System lab/payments {owner: lab-team}", steps: []string{"create Component lab/spy {system: payments, consumesApis: [pay/ledger]}"}, refused: noLedger, spy: spy},
		"a Component of the listed name in one's own namespace": {
			given: restricted + labTeam, steps: []string{"create Component lab/checkout {owner: lab-team, consumesApis: [pay/charge]}"},
			refused: "component:lab/checkout is neither in system:pay/payments nor covered", spy: "Component lab/checkout"},
		"a Component in the listed namespace": {
			given: restricted, steps: []string{"create Component shop/checkout {consumesApis: [pay/charge]}"}, refused: `cannot create resource "components"`},
		"naming a listed Group as owner": {
			given: "Group finance {}\n" + listsCart + "['group:finance']}", steps: []string{"create Component lab/spy {owner: finance, consumesApis: [pay/charge]}"},
			refused: "component:lab/spy is neither in", spy: spy},
		"inheriting a listed Group from a System of one's own": {
			given: "Group finance {}\n" + listsCart + "['group:finance']}\nSystem lab/front {owner: finance}",
			steps: []string{"create Component lab/spy {system: front, consumesApis: [pay/charge]}"}, refused: "component:lab/spy is neither in", spy: spy},
		"a User of a listed Group as owner": {
			given: "User ada {memberOf: [pay-team]}\n" + listsCart + "['group:pay-team']}", steps: []string{"create Component lab/spy {owner: 'user:ada', consumesApis: [pay/charge]}"},
			refused: "component:lab/spy is neither in", spy: spy},
		"naming a listed Domain as home": {
			given: "Domain commerce {}\n" + listsCart + "['domain:commerce']}\nSystem lab/front {owner: lab-team, domain: commerce}",
			steps: []string{"create Component lab/spy {system: front, consumesApis: [pay/charge]}"}, refused: "component:lab/spy is neither in", spy: spy},
		"a sub-domain of one's own":  {given: "Domain commerce {}", steps: []string{"create Domain retail {subdomainOf: commerce}"}, refused: `cannot create resource "domains"`},
		"a sub-team of one's own":    {given: teams, steps: []string{"create Group finance {parent: pay-team}"}, refused: `cannot create resource "groups"`},
		"joining a Group":            {given: teams, steps: []string{"create User ada {memberOf: [pay-team]}"}, refused: `cannot create resource "users"`},
		"opening a Group":            {given: "Group finance {}", steps: []string{"update Group finance {allowedNamespaces: {from: All}}"}, refused: `cannot update resource "groups"`},
		"opening the API":            {given: ledger, steps: []string{"update API pay/ledger {system: payments, owner: pay-team}"}, refused: `cannot update resource "apis"`},
		"opening the System":         {given: ledger, steps: []string{"update System pay/payments {owner: pay-team, allowedNamespaces: {from: All}}"}, refused: `cannot update resource "systems"`},
		"an audit mode of one's own": {given: ledger, steps: []string{"update Namespace pay {catalog.callboard.dev/visibility: audit}"}, refused: `cannot update resource "namespaces"`},
		"providing the API": {
			given:   teams + labTeam + "API pay/ledger {visibility: Private, owner: pay-team}",
			steps:   []string{"create Component lab/spy {owner: lab-team, providesApis: [pay/ledger], consumesApis: [pay/ledger]}"},
			refused: "only its providers may use it", spy: spy},
		"being a part of a member": {
			given: ledger + "Component pay/book {system: payments}", steps: []string{"create Component lab/spy {owner: lab-team, subcomponentOf: pay/book, consumesApis: [pay/ledger]}"},
			refused: noLedger, spy: spy},
		"being a dependency of a member": {
			given: ledger + "Component pay/book {system: payments}",
			steps: []string{"create Component lab/spy {owner: lab-team, dependencyOf: ['component:pay/book'], consumesApis: [pay/ledger]}"}, refused: noLedger, spy: spy},
		"depending on a member": {
			given: ledger + "Component pay/book {system: payments}",
			steps: []string{"create Component lab/spy {owner: lab-team, dependsOn: ['component:pay/book', 'api:pay/ledger']}"}, refused: noLedger, spy: spy},
		"annotations and labels of an owner": {
			given: ledger,
			steps: []string{usesSpy + " @{catalog.callboard.dev/allow-cut: me, catalog.callboard.dev/allow-deletion: me, catalog.callboard.dev/visibility: audit}"}, refused: noLedger, spy: spy},
		"a label that a selector asks for": {
			given: teams + labTeam + "System pay/payments {owner: pay-team, allowedNamespaces: {from: Selector, selector: {matchLabels: {team: pay}}}}\n" +
				"API pay/ledger {visibility: Private, system: payments, owner: pay-team}",
			steps: []string{"create Component lab/spy {system: pay/payments, consumesApis: [pay/ledger]}"},
			then: func(ctx context.Context, w *world, c client.Client) error {
				return c.Patch(ctx, w.object("Namespace lab"), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"team":"pay"}}}`)))
			}, refused: `cannot patch resource "namespaces"`, spy: spy},
		"the name of another namespace as a label": {
			given: teams + labTeam,
			then: func(ctx context.Context, w *world, _ client.Client) error { // who may edit the namespace
				patch := fmt.Sprintf(`{"metadata":{"labels":{"kubernetes.io/metadata.name":%q}}}`, w.name("pay"))
				ns := w.object("Namespace lab")
				if err := k8s.Patch(ctx, ns, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
					return err
				}
				if got := ns.GetLabels()["kubernetes.io/metadata.name"]; got != w.name("lab") {
					w.t.Errorf("namespace lab is called %s by its label", got)
				}
				return nil
			}},
	})
}

func TestAttacksByName(t *testing.T) {
	attacks := map[string]attack{}
	for name, ref := range map[string]string{
		"upper case": "pay/Ledger", "a kind in upper case": "API:pay/ledger", "a namespace in upper case": "PAY/ledger", "a blank at the end": "pay/ledger ",
		"a blank at the beginning": " pay/ledger", "a line break": `pay/ledger\n`, "letters that look alike": "pay/l\u0435dger", "full width": "pay/\uff4cedger",
		"a zero-width space": "pay/led\u200bger", "two slashes": "pay//ledger", "a way around": "pay/../pay/ledger", "a dot at the end": "pay/ledger.",
		"percent-encoded": "pay%2Fledger", "a null byte": `pay/ledger\0`, "no namespace": "/ledger", "two kinds": "api:api:pay/ledger", "another kind": "component:pay/ledger",
	} {
		attacks[name] = attack{given: ledger, steps: []string{`create Component lab/spy {owner: lab-team, consumesApis: ["` + ref + `"]}`}, refused: "spec.consumesApis", spy: spy}
	}
	attacks["an unknown field"] = attack{given: ledger, steps: []string{"create Component lab/spy {owner: lab-team, consumesAPIs: [pay/ledger]}"}, spy: spy}
	attacks["two spellings"] = attack{given: ledger, steps: []string{"create Component lab/spy {owner: lab-team, consumesApis: [pay/ledger, 'api:pay/ledger']}"}, refused: "spec.consumesApis[0]: Forbidden: " + noLedger, spy: spy}
	attacks["hidden behind what is granted"] = attack{given: ledger + "API pay/rates {}", steps: []string{"create Component lab/spy {owner: lab-team, consumesApis: [pay/rates, pay/ledger]}"}, refused: "spec.consumesApis[1]: Forbidden: " + noLedger, spy: spy}
	attacks["of a listed Component that is gone"] = attack{
		given: restricted + labTeam + "Component lab/spy {owner: lab-team}",
		steps: []string{"delete Component lab/spy", "create Component lab/checkout {owner: lab-team, consumesApis: [pay/charge]}"}, refused: "component:lab/checkout is neither in"}
	runAttacks(t, attacks)
}

// patched is a patch of the spy.
func patched(kind types.PatchType, text string) func(context.Context, *world, client.Client) error {
	return func(ctx context.Context, w *world, c client.Client) error {
		return c.Patch(ctx, w.object(spy), client.RawPatch(kind, []byte(w.name(text))))
	}
}

func TestAttacksByWayOfWriting(t *testing.T) {
	stands := ledger + "Component lab/spy {owner: lab-team}"
	const add = `{"spec":{"consumesApis":["pay/ledger"]}}`
	runAttacks(t, map[string]attack{
		"update":                          {given: stands, steps: []string{"update Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}"}, refused: noLedger, spy: spy},
		"merge patch":                     {given: stands, then: patched(types.MergePatchType, add), refused: noLedger, spy: spy},
		"JSON patch":                      {given: stands, then: patched(types.JSONPatchType, `[{"op":"add","path":"/spec/consumesApis","value":["pay/ledger"]}]`), refused: noLedger, spy: spy},
		"strategic merge patch":           {given: stands, then: patched(types.StrategicMergePatchType, add), refused: "media type", spy: spy},
		"server-side apply of a part":     {given: stands, steps: []string{"apply Component lab/spy {consumesApis: [pay/ledger]}"}, refused: noLedger, spy: spy},
		"server-side apply that makes it": {given: ledger, steps: []string{"apply Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}"}, refused: noLedger, spy: spy},
		"a generated name": {given: ledger, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object("Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}")
			u.SetName("")
			u.SetGenerateName("spy-")
			return c.Create(ctx, u)
		}, refused: noLedger},
		"a status in what is created": {given: ledger, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object("Component lab/spy {owner: lab-team}")
			u.Object["status"] = map[string]any{"observedGeneration": int64(1), "foreignDependents": int64(7)}
			if err := c.Create(ctx, u); err != nil {
				return err
			}
			if got, ok, _ := unstructured.NestedInt64(u.Object, "status", "foreignDependents"); ok {
				w.t.Errorf("foreignDependents is %d", got)
			}
			return nil
		}},
		"writing the status": {given: stands, then: func(ctx context.Context, w *world, c client.Client) error {
			return c.Status().Patch(ctx, w.object(spy), client.RawPatch(types.MergePatchType, []byte(`{"status":{"conditions":[]}}`)))
		}, refused: `cannot patch resource "components/status"`},
		"applying the status": {given: stands, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object(spy)
			u.Object["status"] = map[string]any{"observedGeneration": int64(1)}
			return c.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("me"))
		}, refused: `cannot patch resource "components/status"`},
		"another subresource": {given: stands, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object("Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}")
			return c.SubResource("scale").Update(ctx, w.object(spy), client.WithSubResourceBody(u))
		}, refused: "cannot update resource \"components/scale\"", spy: spy},
		"a deletion timestamp in what is created": {given: ledger, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object("Component lab/spy {owner: lab-team, consumesApis: [pay/ledger]}")
			u.SetDeletionTimestamp(ptr.To(metav1.Now()))
			u.SetFinalizers([]string{"example.com/stay"})
			return c.Create(ctx, u)
		}, refused: noLedger, spy: spy},
		"a namespace in the body that is not the request's": {given: ledger, then: func(ctx context.Context, w *world, c client.Client) error {
			return c.Create(ctx, w.object("Component pay/spy {system: payments, consumesApis: [pay/ledger]}"))
		}, refused: `cannot create resource "components"`},
		"a change while it is being deleted": {given: ledger, then: func(ctx context.Context, w *world, c client.Client) error {
			u := w.object("Component lab/spy {owner: lab-team}")
			u.SetFinalizers([]string{"example.com/stay"})
			if err := c.Create(ctx, u); err != nil {
				return err
			}
			if err := c.Delete(ctx, u); err != nil {
				return err
			}
			w.t.Cleanup(func() {
				_ = k8s.Patch(context.Background(), w.object(spy), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
			})
			return patched(types.MergePatchType, add)(ctx, w, c)
		}, spy: spy},
	})
}

func TestAttacksInTwoSteps(t *testing.T) {
	const opened = " @{catalog.callboard.dev/allow-cut: agreed}"
	runAttacks(t, map[string]attack{
		"consuming an API before it is made": {given: systems + labTeam, steps: []string{
			usesSpy, "owner: create API pay/ledger {visibility: Private, system: payments, owner: pay-team}"}, spy: spy},
		"consuming an API before it is closed": {given: public + labTeam, steps: []string{
			"create Component lab/spy {owner: lab-team, consumesApis: [pay/prices]}",
			"owner: update API pay/prices {visibility: Private, system: payments, owner: pay-team}" + opened}, spy: spy},
		"leaving the System that is listed": {given: listsCart + "['system:lab/front']}\nSystem lab/front {owner: lab-team}", steps: []string{
			"create Component lab/spy {system: front, consumesApis: [pay/charge]}", "update Component lab/spy {owner: lab-team, consumesApis: [pay/charge]}"},
			refused: "component:lab/spy is neither in"},
		"declaring a Group before it is made": {given: systems + labTeam + "API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: ['group:finance']}", steps: []string{
			"create Component lab/spy {owner: finance, consumesApis: [pay/charge]}", "owner: create Group finance {}"}, spy: spy},
		"declaring a System before it is made": {given: systems + labTeam + "API pay/ledger {visibility: Private, system: books, owner: pay-team}", steps: []string{
			"create Component lab/spy {system: pay/books, consumesApis: [pay/ledger]}", "owner: create System pay/books {owner: pay-team}"}, spy: spy},
		"a Group that is closed later": {given: "Group finance {allowedNamespaces: {from: All}}\n" + listsCart + "['group:finance']}", steps: []string{
			"create Component lab/spy {owner: finance, consumesApis: [pay/charge]}", "owner: update Group finance {}" + opened}, spy: spy},
		"making it again after a violation": {given: public + labTeam, steps: []string{
			"create Component lab/spy {owner: lab-team, consumesApis: [pay/prices]}",
			"owner: update API pay/prices {visibility: Private, system: payments, owner: pay-team}" + opened,
			"delete Component lab/spy", "create Component lab/spy {owner: lab-team, consumesApis: [pay/prices]}"}, refused: "api:pay/prices is Private"},
		"moving the consumption to another Component": {given: public + labTeam, steps: []string{
			"create Component lab/spy {owner: lab-team, consumesApis: [pay/prices]}",
			"owner: update API pay/prices {visibility: Private, system: payments, owner: pay-team}" + opened,
			"create Component lab/spy2 {owner: lab-team, consumesApis: [pay/prices]}"}, refused: "api:pay/prices is Private", spy: spy},
	})
}

func TestAttacksOnWhatOthersUse(t *testing.T) {
	const used = teams + labTeam + "API lab/feed {owner: lab-team}\nComponent shop/cart {owner: web-team, consumesApis: [lab/feed]}"
	const no, kept = "it is used by component:shop/cart of group:web-team", "API lab/feed"
	remove := func(options ...client.DeleteOption) func(context.Context, *world, client.Client) error {
		return func(ctx context.Context, w *world, c client.Client) error {
			return c.Delete(ctx, w.object(kept), options...)
		}
	}
	as := func(who rest.ImpersonationConfig) func(context.Context, *world, client.Client) error {
		return func(ctx context.Context, w *world, _ client.Client) error {
			c, err := newClient(func(cfg *rest.Config) { cfg.Impersonate = who })
			if err != nil {
				return err
			}
			return c.Delete(ctx, w.object(kept))
		}
	}
	runAttacks(t, map[string]attack{
		"delete":                   {given: used, then: remove(), refused: no, kept: kept},
		"delete at once":           {given: used, then: remove(client.GracePeriodSeconds(0)), refused: no, kept: kept},
		"delete in the background": {given: used, then: remove(client.PropagationPolicy(metav1.DeletePropagationBackground)), refused: no, kept: kept},
		"delete in the foreground": {given: used, then: remove(client.PropagationPolicy(metav1.DeletePropagationForeground)), refused: no, kept: kept},
		"delete and orphan":        {given: used, then: remove(client.PropagationPolicy(metav1.DeletePropagationOrphan)), refused: no, kept: kept},
		"the garbage collector":    {given: used, then: as(rest.ImpersonationConfig{UserName: "system:serviceaccount:kube-system:generic-garbage-collector", Groups: []string{"system:masters"}}), refused: no, kept: kept},
		"the namespace controller, while the namespace stays": {given: used, then: as(rest.ImpersonationConfig{UserName: "system:serviceaccount:kube-system:namespace-controller", Groups: []string{"system:masters"}}), refused: no, kept: kept},
		"an administrator": {given: used, then: as(rest.ImpersonationConfig{UserName: "root", Groups: []string{"system:masters"}}), refused: no, kept: kept},
		"delete a collection": {given: used, then: func(ctx context.Context, w *world, c client.Client) error {
			return c.DeleteAllOf(ctx, &catalog.API{}, client.InNamespace(w.name("lab")))
		}, refused: no, kept: kept},
		"delete with an owner's word in the request only": {given: used, then: func(ctx context.Context, w *world, c client.Client) error {
			return c.Delete(ctx, w.object(kept+" @{catalog.callboard.dev/allow-deletion: me}"))
		}, refused: no, kept: kept},
		"taking the consumers' claim away": {given: used, then: func(ctx context.Context, w *world, c client.Client) error {
			return c.Delete(ctx, w.object("Component shop/cart"))
		}, refused: `cannot delete resource "components"`, kept: kept},
		"closing it first": {given: used, steps: []string{"update API lab/feed {visibility: Private, owner: lab-team}"}, refused: "takes access from component:shop/cart (of api:lab/feed)", kept: kept},
		"giving it to the consumer's owner, who does not answer for it": {given: "Group finance {}\n" + teams + labTeam +
			"API lab/feed {owner: lab-team}\nComponent shop/cart {owner: finance, consumesApis: [lab/feed]}", steps: []string{"update API lab/feed {owner: web-team}"},
			then: remove(), refused: "it is used by component:shop/cart of group:finance", kept: kept},
		"blocking somebody's deletion with a claim that does not hold": {given: systems + labTeam + "Component lab/spy {owner: lab-team, system: pay/payments}",
			then: func(ctx context.Context, w *world, _ client.Client) error {
				return k8s.Delete(ctx, w.object("System pay/payments"))
			}},
	})
}

func TestMissingAndClosedAnswerAlike(t *testing.T) {
	w := newWorld(t)
	w.given(systems + "API pay/ledger {owner: pay-team}\nComponent pay/book {system: payments}")
	mallory := tenant(t, w)
	for what, line := range map[string]string{
		"Systems":   "create Component lab/spy {owner: web-team, system: pay/NAME}",
		"providers": "create Component lab/spy {owner: web-team, subcomponentOf: pay/NAME}",
	} {
		closed := map[string]string{"Systems": "payments", "providers": "book"}[what]
		var got []string
		for _, name := range []string{closed, "none"} {
			a := w.ask(mallory, strings.ReplaceAll(line, "NAME", name), client.DryRunAll)
			got = append(got, strings.ReplaceAll(fmt.Sprint(a), name, "NAME"))
		}
		if got[0] != got[1] || got[0] == fmt.Sprint(answer{}) {
			t.Errorf("%s: closed answers %q, missing %q", what, got[0], got[1])
		}
	}
}
