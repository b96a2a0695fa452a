package webhooks_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// TestOrderOfCreationIsNeverRefused creates a valid catalog of 300 entities, each of which waits for others, in random
// orders: nothing is refused, and all end in the same statuses. CALLBOARD_API_PERMUTATIONS says in how many orders.
func TestOrderOfCreationIsNeverRefused(t *testing.T) {
	total := 10
	if text := os.Getenv("CALLBOARD_API_PERMUTATIONS"); text != "" {
		var err error
		if total, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, ns := range apitest.GrantedNamespaces() {
		if err := k8s.Create(t.Context(), ns); err != nil {
			t.Fatal(err)
		}
	}
	var want map[string]catalog.EntityStatus
	seed := rand.Uint64()
	for i := range total {
		all := apitest.Granted()
		rand.New(rand.NewPCG(seed, uint64(i))).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, e := range all {
			e.SetAnnotations(map[string]string{catalog.AnnotationAllowDeletion: "the order is over"})
			if err := k8s.Create(t.Context(), e.(client.Object)); err != nil {
				t.Fatalf("order %d of seed %d: %v", i, seed, err)
			}
		}
		got := settledStatuses(t, all, want)
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("order %d of seed %d ends in other statuses (-first order +this):\n%s", i, seed, diff)
		}
		for _, e := range all {
			if err := k8s.Delete(t.Context(), e.(client.Object)); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range all {
			eventually(t, func() error {
				if _, there := operator.store.Graph.View(relation.RefOf(e)); there {
					return fmt.Errorf("%s is still in the graph", relation.RefOf(e))
				}
				return nil
			})
		}
	}
	warned.take()
}

// settledStatuses are the statuses, without times, once they are those that are wanted, or else when patience ends. The
// first time they are those that stay the same for a while, with every entity Ready.
func settledStatuses(t *testing.T, all []catalog.Entity, want map[string]catalog.EntityStatus) map[string]catalog.EntityStatus {
	t.Helper()
	var got map[string]catalog.EntityStatus
	same := 0
	err := within(t.Context(), patience, func() error {
		time.Sleep(100 * time.Millisecond) // a look is a list of all
		last := got
		if got = statuses(t, all); want != nil {
			if !equality.Semantic.DeepEqual(want, got) {
				return fmt.Errorf("the statuses differ")
			}
			return nil
		}
		for ref, s := range got {
			if len(s.Conditions) == 0 || s.Conditions[0].Status != metav1.ConditionTrue {
				return fmt.Errorf("%s is not Ready: %+v", ref, s.Conditions)
			}
		}
		if same++; !equality.Semantic.DeepEqual(last, got) {
			same = 0
		}
		if same < 5 {
			return fmt.Errorf("the statuses still change")
		}
		return nil
	})
	if err != nil && want == nil {
		t.Fatal(err)
	}
	return got
}

func statuses(t *testing.T, all []catalog.Entity) map[string]catalog.EntityStatus {
	t.Helper()
	ours := make(map[relation.Ref]bool, len(all))
	for _, e := range all {
		ours[relation.RefOf(e)] = true
	}
	out := make(map[string]catalog.EntityStatus, len(all))
	for _, list := range []client.ObjectList{
		&catalog.ComponentList{}, &catalog.APIList{}, &catalog.ResourceList{}, &catalog.SystemList{}, &catalog.DomainList{}, &catalog.GroupList{},
	} {
		if err := k8s.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		err := meta.EachListItem(list, func(o runtime.Object) error {
			e := o.(catalog.Entity)
			if !ours[relation.RefOf(e)] {
				return nil
			}
			s := *e.EntityStatus()
			for i := range s.Conditions {
				s.Conditions[i].LastTransitionTime = metav1.Time{}
			}
			out[relation.RefOf(e).String()] = s
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
