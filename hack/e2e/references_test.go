package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// want is what the conditions of an entity should say: per type, status and reason, such as "False OwnerNotFound".
type want map[string]string

func (x want) of(e catalog.Entity) bool {
	for kind, says := range x {
		if c := condition(e, kind); string(c.Status)+" "+c.Reason != says {
			return false
		}
	}
	return true
}

// say is true where each of the entities says what it should.
func say(expected map[key]want) predicate {
	return func(s state) bool {
		for k, x := range expected {
			if e := s.find(k.kind, k.namespace, k.name); e == nil || !x.of(e) {
				return false
			}
		}
		return true
	}
}

const (
	owned    = catalog.ConditionOwned
	resolved = catalog.ConditionReferencesResolved
	isReady  = catalog.ConditionReady
)

// expect makes a want for each entity that the filter picks.
func expect(s state, pick func(catalog.Entity) want) map[key]want {
	out := map[key]want{}
	for _, e := range s.entities() {
		if x := pick(e); x != nil {
			out[keyOf(e)] = x
		}
	}
	return out
}

// isThere is true where an object exists.
func isThere(k key) predicate { return func(s state) bool { return s[k] != nil } }

func not(p predicate) predicate { return func(s state) bool { return !p(s) } }

// deleteAndRecreate measures how soon all who name an entity miss it, and have it again.
func deleteAndRecreate(t *testing.T, story string, k key, missing map[key]want) {
	t.Helper()
	if len(missing) == 0 {
		t.Fatalf("%s: nobody names %v", story, k)
	}
	ctx, r := context.Background(), measure(t)
	object := w.board.look()[k]
	before := map[key]want{} // what the same conditions say now
	for of, x := range missing {
		before[of] = want{}
		for kind := range x {
			c := condition(w.board.look().find(of.kind, of.namespace, of.name), kind)
			before[of][kind] = string(c.Status) + " " + c.Reason
		}
	}
	for range tries(t) {
		causes, effects := w.board.replay(), w.board.replay()
		if err := w.Delete(ctx, object.DeepCopyObject().(client.Object)); err != nil {
			t.Fatal(err)
		}
		gone := causes.await(t, "it goes", not(isThere(k)))
		r.took(story+"-deleted", "conditions", gone, effects.await(t, "all miss it", say(missing)))

		causes, effects = w.board.replay(), w.board.replay()
		again := object.DeepCopyObject().(client.Object)
		again.SetResourceVersion("")
		again.SetUID("")
		again.SetCreationTimestamp(metav1.Time{})
		if err := w.Create(ctx, again); err != nil {
			t.Fatal(err)
		}
		back := causes.await(t, "it is back", isThere(k))
		r.took(story+"-recreated", "conditions", back, effects.await(t, "all have it again", say(before)))
		settled(t, "all is well again", allWell)
	}
}

func TestAnOwnerGoes(t *testing.T) {
	settled(t, "all is well", allWell)
	s := w.board.look()
	missing := expect(s, func(e catalog.Entity) want {
		if e.EntityStatus().Owner == "group:payments-team" {
			return want{owned: "False OwnerNotFound", isReady: "False OwnerNotFound"}
		}
		if slices.Contains(refs(e, "memberOf"), "group:payments-team") {
			return want{resolved: "False RefNotFound", isReady: "False RefNotFound"}
		}
		return nil
	})
	if len(missing) != 8 {
		t.Errorf("%d entities name payments-team, want 6 that it owns and 2 members", len(missing))
	}
	deleteAndRecreate(t, "owner", key{"Group", "", "payments-team"}, missing)
}

func TestASystemGoes(t *testing.T) {
	settled(t, "all is well", allWell)
	missing := expect(w.board.look(), func(e catalog.Entity) want {
		switch {
		case e.EntityStatus().System != "system:sock-shop/sock-shop" || keyOf(e).kind == "System":
			return nil
		case condition(e, owned).Reason == catalog.ReasonInherited:
			return want{resolved: "False RefNotFound", owned: "False NoOwner", isReady: "False NotReady"}
		}
		return want{resolved: "False RefNotFound", owned: "True Declared", isReady: "False RefNotFound"}
	})
	deleteAndRecreate(t, "system", key{"System", "sock-shop", "sock-shop"}, missing)
}

func TestAnAPIGoes(t *testing.T) {
	settled(t, "all is well", allWell)
	missing := expect(w.board.look(), func(e catalog.Entity) want {
		const ref = "api:online-boutique/product-catalog"
		if slices.Contains(refs(e, "consumesApi"), ref) || slices.Contains(refs(e, "providesApi"), ref) {
			return want{resolved: "False RefNotFound", isReady: "False RefNotFound"}
		}
		return nil
	})
	if len(missing) != 4 {
		t.Errorf("%d Components name product-catalog, want 3 consumers and 1 provider", len(missing))
	}
	deleteAndRecreate(t, "api", key{"API", "online-boutique", "product-catalog"}, missing)
}

func TestAComponentMoves(t *testing.T) {
	settled(t, "all is well", allWell)
	ctx, r := context.Background(), measure(t)
	annex := &catalog.System{ObjectMeta: metav1.ObjectMeta{Namespace: "online-boutique", Name: "annex"}}
	annex.Spec.Owner = "storefront-team"
	if err := w.Create(ctx, annex); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Delete(ctx, annex); err != nil {
			t.Error(err)
		}
	})
	old := get[catalog.System](w.board.look(), "online-boutique", "online-boutique").Status.Rollup
	count := func(name string, components, healthy int32) predicate {
		return func(s state) bool {
			x := get[catalog.System](s, "online-boutique", name)
			return x != nil && current(x) && x.Status.Rollup.Components != nil && *x.Status.Rollup.Components == components &&
				x.Status.Rollup.Health.Healthy == healthy && *x.Status.Summary.Components == components
		}
	}
	has := func(system string) predicate {
		return func(s state) bool {
			return get[catalog.Component](s, "online-boutique", "adservice").Spec.System == catalog.EntityRef(system)
		}
	}
	settled(t, "the annex is empty", count("annex", 0, 0))
	move := func(to string, here, there predicate) {
		causes, one, two := w.board.replay(), w.board.replay(), w.board.replay()
		patch(t, &catalog.Component{}, "online-boutique", "adservice", `{"spec":{"system":%q}}`, to)
		moved := causes.await(t, "it moves", has(to))
		right := []time.Time{one.await(t, "the System that it leaves", here), two.await(t, "the System that it joins", there)}
		r.took("move-to-"+to, "systems", moved, slices.MaxFunc(right, time.Time.Compare))
	}
	n, m := *old.Components, old.Health.Healthy
	for range tries(t) {
		move("annex", count("online-boutique", n-1, m-1), count("annex", 1, 1))
		move("online-boutique", count("annex", 0, 0), count("online-boutique", n, m))
	}
}
