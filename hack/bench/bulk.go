package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// bulkEntities is how many are applied one after the other.
	bulkEntities = 1000
	// bulkQuiet is longer than the operator may hold anything back.
	bulkQuiet = 6 * time.Second
	// bulkMost is how long the operator may go on writing.
	bulkMost = 2 * time.Minute
)

// bulk applies a catalog beside the one that is there, in the order of dependency, and then another in random order.
func (b *bench) bulk(ctx context.Context, o *operator) error {
	ordered := synthetic.New(synthetic.Options{Entities: bulkEntities, Seed: b.flags.seed + 1, Prefix: "ordered-"})
	if err := b.apply(ctx, o, "ordered", ordered); err != nil {
		return err
	}
	random := synthetic.New(synthetic.Options{Entities: bulkEntities, Seed: b.flags.seed + 2, Prefix: "random-"})
	rand.New(rand.NewPCG(b.flags.seed, 3)).Shuffle(len(random.Entities), func(i, j int) {
		random.Entities[i], random.Entities[j] = random.Entities[j], random.Entities[i]
	})
	if err := b.apply(ctx, o, "random", random); err != nil {
		return err
	}
	entities, err := b.List(ctx)
	if err != nil {
		return err
	}
	b.result("bulk_wrong", float64(b.wrong(entities, "bulk")), 0)
	return nil
}

// apply applies the entities of a catalog one after the other, and waits until the operator has caught up.
func (b *bench) apply(ctx context.Context, o *operator, order string, made *synthetic.Catalog) error {
	if err := b.createNamespaces(ctx, made); err != nil {
		return err
	}
	if err := harness.Sleep(ctx, b.flags.settle); err != nil {
		return err
	}
	offset, err := b.audit.size()
	if err != nil {
		return err
	}
	begun := time.Now()
	for _, e := range made.Entities {
		if err := b.applyOne(ctx, e); err != nil {
			return err
		}
	}
	done := time.Now()
	w, err := b.settled(ctx, o, offset)
	if err != nil {
		return err
	}
	n := float64(len(made.Entities))
	b.say("bulk, %s: %d status writes, %d refused", order, w.statuses, w.refused)
	b.result("bulk_"+order+"_rate", n/done.Sub(begun).Seconds(), n)
	b.result("bulk_"+order+"_writes", float64(w.statuses)/n, n)
	b.result("bulk_"+order+"_right_after", max(0, w.last.Sub(done).Seconds()), n)
	return nil
}

func (b *bench) applyOne(ctx context.Context, e catalog.Entity) error {
	ref := relation.RefOf(e)
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode %s: %w", ref, err)
	}
	_, err = b.Admin.Do(ctx, http.MethodPatch, harness.EntityPath(ref)+"?fieldManager=bench&force=true", harness.ContentApply, text)
	return err
}

// settled waits until nothing has been written for a while, and counts what was written since an offset.
func (b *bench) settled(ctx context.Context, o *operator, offset int64) (writes, error) {
	size, grown := offset, time.Now()
	err := harness.Await(ctx, bulkMost, "the operator to come to rest", o.Process, func() (bool, error) {
		now, err := b.audit.size()
		if now != size {
			size, grown = now, time.Now()
		}
		return time.Since(grown) > bulkQuiet, err
	})
	if err != nil {
		return writes{}, err
	}
	return b.audit.since(offset)
}
