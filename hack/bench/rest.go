package main

import (
	"context"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// restartLook is how long after a start on a converged catalog writes are counted.
const restartLook = 5 * time.Second

// restart starts the operator on a catalog whose statuses are right, and counts what it writes.
func (b *bench) restart(ctx context.Context) (*operator, error) {
	if err := harness.Sleep(ctx, b.flags.settle); err != nil {
		return nil, err
	}
	offset, err := b.audit.size()
	if err != nil {
		return nil, err
	}
	o, err := b.startOperator(ctx, b.flags.pprof != "")
	if err != nil {
		return nil, err
	}
	w, err := b.countFrom(ctx, o, offset, restartLook)
	if err != nil {
		o.Stop()
		return nil, err
	}
	b.result("restart_writes", float64(w.all), 0)
	return o, nil
}

// countFrom waits until the operator is ready and then some time, and counts what it has written since an offset.
func (b *bench) countFrom(ctx context.Context, o *operator, offset int64, d time.Duration) (writes, error) {
	if err := o.Ready(ctx); err != nil {
		return writes{}, err
	}
	if err := harness.Sleep(ctx, d); err != nil {
		return writes{}, err
	}
	if err := o.Alive(); err != nil {
		return writes{}, err
	}
	return b.audit.since(offset)
}

// atRest counts what the operator writes while nothing happens.
func (b *bench) atRest(ctx context.Context, o *operator) error {
	b.say("counting writes at rest for %s", b.flags.rest)
	offset, err := b.audit.size()
	if err != nil {
		return err
	}
	w, err := b.countFrom(ctx, o, offset, b.flags.rest)
	if err != nil {
		return err
	}
	b.result("rest_writes", float64(w.all), 0)
	return nil
}
