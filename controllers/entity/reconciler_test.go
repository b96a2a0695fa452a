package entity

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func ownedBy(owner string) func(*catalog.ComponentSpec) {
	return func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(owner) }
}

// reconcileOnce reconciles one entity, whether it is queued or not.
func (c *cluster) reconcileOnce(e client.Object) (reconcile.Result, error) {
	ref := relation.RefOf(e.(catalog.Entity))
	return c.reconcilers[ref.Kind].Reconcile(c.t.Context(), ref)
}

func (c *cluster) wantWrites(when string, want int) {
	c.t.Helper()
	got := 0
	for _, n := range c.writes {
		got += n
	}
	if got != want {
		c.t.Errorf("%s: %d statuses were written, want %d", when, got, want)
	}
	clear(c.writes)
}

func TestUnchangedEntityIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		team, cart := apitest.Group("team"), apitest.Component("shop", "cart", ownedBy("team"))
		c.create(team)
		c.create(cart)
		c.settle()
		c.wantWrites("two new entities", 2)
		for range 2 {
			if result, err := c.reconcileOnce(cart); err != nil || result != (reconcile.Result{}) {
				t.Errorf("reconcile of an unchanged entity: %+v, %v; want nothing", result, err)
			}
		}
		c.wantWrites("two reconciles of an unchanged entity", 0)
		c.edit(cart, func(obj client.Object) { obj.SetLabels(map[string]string{"a": "b"}); obj.SetGeneration(1) })
		c.settle()
		c.wantWrites("a new label", 0)
		c.edit(cart, func(obj client.Object) { obj.(*catalog.Component).Spec.Title = "Cart" })
		c.settle()
		c.wantWrites("a new title, so a new observedGeneration", 1)
	})
}

func TestNothingIsDecidedOnAnOlderCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		team, cart := apitest.Group("team"), apitest.Component("shop", "cart", ownedBy("team"))
		c.create(team)
		c.create(cart)
		c.deliver(2)
		c.pass(time.Second)
		c.reconcile() // writes both; the echoes are on their way
		c.wantWrites("two new entities", 2)
		for range 3 {
			if _, err := c.reconcileOnce(cart); err != nil {
				t.Error(err)
			}
		}
		c.wantWrites("before the echo arrives", 0)
		c.settle()
		c.wantWrites("after the echo arrived", 0)
	})
}

func TestEchoThatArrivesWhileTheCacheIsReadIsNoOlderCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		team, cart := apitest.Group("team"), apitest.Component("shop", "cart", ownedBy("team"))
		c.create(team)
		c.create(cart)
		c.deliver(2)
		c.pass(time.Second)
		c.reconcile() // writes both; the echoes are on their way
		c.afterGet = func() { c.deliver(len(c.events)) }
		e, found, err := c.store.Get(t.Context(), relation.RefOf(cart))
		if err != nil || !found || e.GetResourceVersion() != c.server[keyOf(cart)].GetResourceVersion() {
			t.Errorf("read version %s, %t, %v; want %s, which was written", e.GetResourceVersion(), found, err, c.server[keyOf(cart)].GetResourceVersion())
		}
	})
}

func TestStatusThatSomebodyElseWroteIsNotTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		cart := apitest.Component("shop", "cart", ownedBy("team"))
		c.create(apitest.Group("team"))
		c.create(cart)
		c.deliver(2)
		other := c.server[keyOf(cart)].DeepCopyObject().(*catalog.Component)
		other.Status.Owner = "group:other"
		c.set(other)
		c.pass(time.Second)
		c.reconcile() // on the version before
		c.settle()
		if got := c.status(cart).Owner; got != "group:team" {
			t.Errorf("the owner is %q in the end, want group:team", got)
		}
	})
}

func TestStatusThatSomebodyElseWroteIsPutRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		cart := apitest.Component("shop", "cart", ownedBy("team"))
		c.create(apitest.Group("team"))
		c.create(cart)
		c.settle()
		clear(c.writes)
		other := c.server[keyOf(cart)].DeepCopyObject().(*catalog.Component)
		other.Status.Owner = "group:other"
		c.set(other)
		c.settle()
		if got := c.status(cart).Owner; got != "group:team" {
			t.Errorf("the owner is %q in the end, want group:team", got)
		}
		c.wantWrites("a status that somebody else wrote", 1)
	})
}

func TestMissingReferenceIsWrittenOnlyWhenItStaysMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		early, late := apitest.Component("shop", "early", ownedBy("team")), apitest.Component("shop", "late", ownedBy("nobody"))
		c.create(early)
		c.create(late)
		c.deliver(2)
		for _, e := range []client.Object{early, late} {
			if result, err := c.reconcileOnce(e); err != nil || result.RequeueAfter != settle {
				t.Fatalf("reconcile of %s: %+v, %v; want it again after %s", e.GetName(), result, err, settle)
			}
		}
		c.wantWrites("at first", 0)
		c.pass(settle - 50*time.Millisecond)
		c.create(apitest.Group("team"))
		c.deliver(1)
		if result, err := c.reconcileOnce(early); err != nil || result.RequeueAfter != 0 {
			t.Fatalf("reconcile of early: %+v, %v; want it written", result, err)
		}
		c.wantWrites("the reference that came", 1)
		if result, err := c.reconcileOnce(late); err != nil || result.RequeueAfter != 50*time.Millisecond {
			t.Fatalf("reconcile of late before its time: %+v, %v; want it again after 50ms", result, err)
		}
		c.pass(50 * time.Millisecond)
		if result, err := c.reconcileOnce(late); err != nil || result.RequeueAfter != 0 {
			t.Fatalf("reconcile of late: %+v, %v; want it written", result, err)
		}
		c.wantWrites("the reference that stays missing", 1)
		if len(c.reconcilers[relation.Component].missing) != 0 {
			t.Errorf("remembers %v, want nothing", c.reconcilers[relation.Component].missing)
		}
	})
}

func TestWhatJustWentIsNotWaitedFor(t *testing.T) {
	cases := map[string]struct {
		after time.Duration // since Group and API went
		owner string
		uses  []catalog.EntityRef
		wait  time.Duration
	}{
		"an API that went a moment ago":                {50 * time.Millisecond, "others", []catalog.EntityRef{"pay"}, 0},
		"an owner that went a moment ago":              {50 * time.Millisecond, "team", nil, 0},
		"both":                                         {50 * time.Millisecond, "team", []catalog.EntityRef{"pay"}, 0},
		"what went long ago":                           {1001 * time.Millisecond, "others", []catalog.EntityRef{"pay"}, settle},
		"what never was":                               {50 * time.Millisecond, "others", []catalog.EntityRef{"ship"}, settle},
		"what went a moment ago, and what never was":   {50 * time.Millisecond, "others", []catalog.EntityRef{"pay", "ship"}, settle},
		"an owner that went, an API that may yet come": {50 * time.Millisecond, "team", []catalog.EntityRef{"ship"}, settle},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				team, pay := apitest.Group("team"), apitest.API("shop", "pay")
				for _, e := range []client.Object{team, pay, apitest.Group("others")} {
					c.create(e)
				}
				c.settle()
				c.remove(team)
				c.remove(pay)
				c.deliver(len(c.events))
				c.pass(tc.after)
				cart := apitest.Component("shop", "cart", ownedBy(tc.owner), func(s *catalog.ComponentSpec) { s.ConsumesAPIs = tc.uses })
				c.create(cart)
				c.deliver(len(c.events))
				if result, err := c.reconcileOnce(cart); err != nil || result.RequeueAfter != tc.wait {
					t.Errorf("reconcile: %+v, %v; want it again after %s", result, err, tc.wait)
				}
			})
		})
	}
}

func TestFurtherMissingReferenceIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.create(apitest.Group("team"))
		cart := apitest.Component("shop", "cart", ownedBy("team"), func(s *catalog.ComponentSpec) { s.DependsOn = []catalog.EntityRef{"api:a"} })
		c.create(cart)
		c.settle()
		c.edit(cart, func(obj client.Object) {
			s := &obj.(*catalog.Component).Spec
			s.DependsOn = append(s.DependsOn, "api:b")
		})
		c.deliver(len(c.events))
		if result, err := c.reconcileOnce(cart); err != nil || result.RequeueAfter != 0 {
			t.Errorf("reconcile: %+v, %v; want it written at once", result, err)
		}
	})
}

func TestAnswersOfTheAPIServer(t *testing.T) {
	resource := schema.GroupResource{Group: "catalog.callboard.dev", Resource: "components"}
	cases := map[string]struct {
		answer error
		again  time.Duration
		want   string // of the error; empty: none
	}{
		"a conflict is tried again on the newer copy": {apierrors.NewConflict(resource, "cart", nil), retryConflict, ""},
		"an entity that is gone is left to the event": {apierrors.NewNotFound(resource, "cart"), 0, ""},
		"a timeout is tried again":                    {apierrors.NewTimeoutError("slow", 1), 0, "write status: Timeout: slow"},
		"a refusal is told":                           {apierrors.NewForbidden(resource, "cart", errors.New("no")), 0, "write status: components.catalog.callboard.dev \"cart\" is forbidden"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				cart := apitest.Component("shop", "cart", ownedBy("team"))
				c.create(apitest.Group("team"))
				c.create(cart)
				c.deliver(2)
				c.fail = tc.answer
				result, err := c.reconcileOnce(cart)
				if result.RequeueAfter != tc.again || (err == nil) != (tc.want == "") || err != nil && !strings.HasPrefix(err.Error(), tc.want) {
					t.Errorf("Reconcile() = %+v, %v; want %q", result, err, tc.want)
				}
				if len(c.announced) > 0 {
					t.Errorf("announced %q, though nothing was written", c.announced)
				}
				c.settle()
				if got := c.status(cart).Owner; got != "group:team" {
					t.Errorf("the owner is %q in the end, want group:team", got)
				}
			})
		})
	}
}

func TestEntityThatIsGoneIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		cart := apitest.Component("shop", "cart", ownedBy("nobody"))
		c.create(cart)
		c.deliver(1)
		if _, err := c.reconcileOnce(cart); err != nil {
			t.Error(err)
		}
		c.remove(cart)
		c.deliver(1)
		if result, err := c.reconcileOnce(cart); err != nil || result != (reconcile.Result{}) {
			t.Errorf("reconcile: %+v, %v; want nothing", result, err)
		}
		if n := len(c.reconcilers[relation.Component].missing); n != 0 {
			t.Errorf("%d references are still waited for", n)
		}
		c.wantWrites("an entity that is gone", 0)
	})
}

func TestTransitionTimeIsThatOfTheLastTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		team, cart := apitest.Group("team"), apitest.Component("shop", "cart", ownedBy("team"))
		c.create(team)
		c.create(cart)
		c.settle()
		at := func(kind string) time.Time {
			return meta.FindStatusCondition(c.status(cart).Conditions, kind).LastTransitionTime.Time
		}
		first := at(catalog.ConditionOwned)
		c.pass(time.Hour)
		c.remove(team)
		c.settle()
		turned := at(catalog.ConditionOwned)
		if !turned.After(first) || turned.Nanosecond() != 0 {
			t.Errorf("Owned turned at %s, want a whole second after %s", turned, first)
		}
		if got := at(catalog.ConditionReferencesResolved); !got.Equal(first) {
			t.Errorf("ReferencesResolved did not turn, but says %s, want %s", got, first)
		}
		c.pass(time.Hour)
		c.edit(cart, func(obj client.Object) { obj.(*catalog.Component).Spec.Owner = "other" })
		c.settle()
		if got := at(catalog.ConditionOwned); !got.Equal(turned) {
			t.Errorf("Owned stays False, but says %s, want %s", got, turned)
		}
	})
}

func TestWrittenStatusIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		cart := apitest.Component("shop", "cart", ownedBy("team"))
		c.create(cart)
		c.create(apitest.Group("team"))
		c.settle()
		if got := strings.Join(c.announced, " "); !strings.Contains(got, "component:shop/cart") {
			t.Errorf("announced %q, want the component among them", got)
		}
	})
}

func TestNewlyMissing(t *testing.T) {
	is := func(status metav1.ConditionStatus, reason string) []metav1.Condition {
		return []metav1.Condition{{Type: "X", Status: status, Reason: reason}}
	}
	later := func(conditions []metav1.Condition) []metav1.Condition {
		conditions[0].ObservedGeneration++
		return conditions
	}
	cases := map[string]struct {
		before, after []metav1.Condition
		want          bool
	}{
		"nothing before":                    {nil, is("False", catalog.ReasonRefNotFound), true},
		"it was there, and went":            {is("True", "Resolved"), is("False", catalog.ReasonOwnerNotFound), false},
		"another spec asks for more":        {is("True", "Resolved"), later(is("False", catalog.ReasonOwnerNotFound)), true},
		"it was wrong before":               {is("False", "Cycle"), is("False", catalog.ReasonRefNotFound), false},
		"no reason that time may heal":      {nil, is("False", catalog.ReasonCycle), false},
		"a workload that may come":          {nil, is("False", catalog.ReasonWorkloadsNotFound), true},
		"a definition that may come":        {nil, is("False", catalog.ReasonDefinitionNotFound), true},
		"a System that may come":            {nil, is("False", catalog.ReasonRefNotPermitted), true},
		"an owner to inherit that may come": {nil, is("False", catalog.ReasonNoOwner), true},
		"all is well":                       {nil, is("True", "Resolved"), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := len(newlyMissing(tc.before, tc.after)) > 0; got != tc.want {
				t.Errorf("newlyMissing(%v, %v) = %v, want %v", tc.before, tc.after, got, tc.want)
			}
		})
	}
}
