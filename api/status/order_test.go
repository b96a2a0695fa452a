package status_test

import (
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// TestOrderNeverMatters puts a valid catalog of 300 entities, each of which waits for others, through graph, verdicts and
// statuses in many random orders: nothing is ever Denied, and all end in the same statuses. CALLBOARD_ORDERS says how many.
func TestOrderNeverMatters(t *testing.T) {
	total := 10_000
	if text := os.Getenv("CALLBOARD_ORDERS"); text != "" {
		var err error
		if total, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	if testing.Short() {
		total = 100
	}
	entities, seed := apitest.Granted(), rand.Uint64()
	t.Logf("%d entities, seed %d", len(entities), seed)
	facts := make([]relation.Facts, len(entities))
	for i, e := range entities {
		facts[i] = relation.FactsOf(e)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // it keeps little and makes much
	want := statusesInOrder(t, entities, facts, rand.New(rand.NewPCG(seed, 0)))
	for ref, s := range want {
		if s.Conditions[0].Status != "True" {
			t.Errorf("%s is not Ready: %s", ref, s.Conditions[0].Message)
		}
	}
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := 1 + w; i < total && !t.Failed(); i += workers {
				got := statusesInOrder(t, entities, facts, rand.New(rand.NewPCG(seed, uint64(i))))
				// Most are equal to the bit, which is found sooner.
				if !reflect.DeepEqual(want, got) && !equality.Semantic.DeepEqual(want, got) {
					t.Errorf("order %d of seed %d ends in other statuses (-first +this):\n%s", i, seed, cmp.Diff(want, got))
				}
			}
		})
	}
	wait.Wait()
}

func statusesInOrder(t *testing.T, entities []catalog.Entity, facts []relation.Facts, r *rand.Rand) map[relation.Ref]catalog.EntityStatus {
	w := newWorld()
	spaces := apitest.GrantedNamespaces()
	for _, i := range r.Perm(len(entities) + len(spaces)) {
		if i >= len(entities) {
			ns := spaces[i-len(entities)]
			w.graph.SetNamespace(ns.Name, labels.Set{"kubernetes.io/metadata.name": ns.Name, "env": ns.Labels["env"]})
			continue
		}
		w.graph.Upsert(facts[i])
		for _, v := range visibility.All(w.graph, facts[i].Ref) {
			if v.Decision == visibility.Denied {
				t.Errorf("after %s: %s", facts[i].Ref, v.Why)
			}
		}
	}
	access := w.access()
	out := make(map[relation.Ref]catalog.EntityStatus, len(entities))
	for i, e := range entities {
		out[facts[i].Ref] = w.statusWith(access, e, status.Definition{})
	}
	return out
}
