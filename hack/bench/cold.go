package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// quiet is how long nothing may be written until it is looked whether the operator is done.
const quiet = 3 * time.Second

// someTime stands for times that do not count.
var someTime = metav1.NewTime(time.Unix(0, 0))

// sameStatus says whether two statuses are equal.
func sameStatus(a, b *catalog.EntityStatus) bool { return equality.Semantic.DeepEqual(a, b) }

// coldRun is what the operator did to converge.
type coldRun struct {
	writes    writes
	time      time.Duration // from the start of the process to the last status write
	first     time.Duration // to the first
	cpu       harness.CPU
	rss, peak float64
	wrong     int
}

// converge starts the operator and waits until it has written the status of all entities. Both ends of the time come
// from outside the operator: our clock before it is started, and the audit log of the API server, with the same clock.
func (b *bench) converge(ctx context.Context, profiled bool) (*operator, coldRun, error) {
	var r coldRun
	offset, err := b.audit.size()
	if err != nil {
		return nil, r, err
	}
	before, err := b.CPU(nil)
	if err != nil {
		return nil, r, err
	}
	o, err := b.startOperator(ctx, profiled)
	if err != nil {
		return nil, r, err
	}
	if profiled {
		go b.profile(ctx, o)
	}
	if err := b.follow(ctx, o, offset, &r); err != nil {
		o.Stop()
		return nil, r, err
	}
	r.cpu = r.cpu.Minus(before)
	r.time, r.first = r.writes.last.Sub(o.Begun), r.writes.first.Sub(o.Begun)
	if r.rss, r.peak, err = harness.MemoryOf(o.PID()); err != nil {
		o.Stop()
		return nil, r, err
	}
	return o, r, nil
}

// follow watches the audit log grow until all statuses are written and it has been quiet for a while. It only looks at
// the length, which costs nothing, and at the CPU time at each growth.
func (b *bench) follow(ctx context.Context, o *operator, offset int64, r *coldRun) error {
	deadline := time.Now().Add(time.Minute + time.Duration(b.flags.entities)*20*time.Millisecond)
	last, grown := offset, time.Now()
	for {
		size, err := b.audit.size()
		if err != nil {
			return err
		}
		if size != last {
			last, grown = size, time.Now()
			if r.cpu, err = b.CPU(o.Process); err != nil {
				return err
			}
		}
		if late := time.Now().After(deadline); late || last > offset && time.Since(grown) > quiet {
			if r.writes, err = b.audit.since(offset); err != nil {
				return err
			}
			if late || r.writes.entities >= len(b.made.Entities) {
				return nil
			}
			grown = time.Now() // it only paused
		}
		if err := o.Alive(); err != nil {
			return err
		}
		if err := harness.Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// profile saves a CPU profile of the operator while it converges.
func (b *bench) profile(ctx context.Context, o *operator) {
	seconds := 1 + int(1.2*float64(b.flags.entities)/b.bareRate())
	if err := o.profile(ctx, fmt.Sprintf("profile?seconds=%d", seconds), filepath.Join(b.flags.pprof, "cpu.pprof")); err != nil {
		b.say("%v", err)
	}
}

// initial has the operator converge once, unmeasured, to learn the statuses.
func (b *bench) initial(ctx context.Context) error {
	o, r, err := b.converge(ctx, false)
	if err != nil {
		return err
	}
	o.Stop()
	b.say("first convergence: %.1f s, %d status writes for %d entities, %d requests refused", r.time.Seconds(), r.writes.statuses,
		r.writes.entities, r.writes.refused)
	entities, err := b.List(ctx)
	if err != nil {
		return err
	}
	b.wrong(entities, "first convergence")
	b.bodies, err = statusBodies(entities)
	var sizes []float64
	for _, s := range b.bodies {
		sizes = append(sizes, float64(len(s.after)-len(`"},"status":}`)))
	}
	b.sizes = sizes
	return err
}

// wrong counts the entities whose status is not right, and names some.
func (b *bench) wrong(entities []catalog.Entity, when string) int {
	list := wrong(entities)
	for _, ref := range list[:min(5, len(list))] {
		b.say("%s: the status of %s is wrong", when, ref)
	}
	return len(list)
}

// cold alternates bare and real runs, and compares each real run with the bare ones before and after it.
func (b *bench) cold(ctx context.Context) error {
	var runs []coldRun
	for range b.flags.rounds {
		if _, err := b.runBare(ctx); err != nil {
			return err
		}
		r, err := b.runReal(ctx, false)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	if _, err := b.runBare(ctx); err != nil {
		return err
	}
	b.reportCold(runs)
	if b.flags.pprof == "" {
		return nil
	}
	if _, err := b.runReal(ctx, true); err != nil {
		return err
	}
	_, err := b.runBare(ctx) // leaves the statuses as they should be
	return err
}

// runReal measures one convergence from empty statuses.
func (b *bench) runReal(ctx context.Context, profiled bool) (coldRun, error) {
	if _, err := b.reset(ctx, b.bodies); err != nil {
		return coldRun{}, err
	}
	if err := harness.Sleep(ctx, b.flags.settle); err != nil {
		return coldRun{}, err
	}
	o, r, err := b.converge(ctx, profiled)
	if err != nil {
		return r, err
	}
	defer o.Stop()
	if profiled {
		if err := o.profile(ctx, "heap?gc=1", filepath.Join(b.flags.pprof, "heap.pprof")); err != nil {
			return r, err
		}
	}
	entities, err := b.List(ctx)
	if err != nil {
		return r, err
	}
	r.wrong = b.wrong(entities, "cold")
	n := float64(len(b.made.Entities))
	b.say("real: %.2f s (first write at %.2f), %d writes, CPU/entity %.2f ms (API server %.2f, etcd %.2f, operator %.2f), RSS %.0f, peak %.0f MiB, others took %.0f %% of the machine",
		r.time.Seconds(), r.first.Seconds(), r.writes.statuses, harness.Millis(r.cpu.All())/n, harness.Millis(r.cpu.APIServer)/n,
		harness.Millis(r.cpu.Etcd)/n, harness.Millis(r.cpu.Operator)/n, r.rss, r.peak, r.cpu.Foreign(r.time))
	return r, nil
}

func (b *bench) reportCold(runs []coldRun) {
	n := float64(len(b.made.Entities))
	columns := map[string][]float64{}
	note := func(name string, v float64) { columns[name] = append(columns[name], v) }
	for i, r := range runs {
		before, after := b.bareRuns[i], b.bareRuns[i+1]
		perWrite := (before.time.Seconds()/float64(before.writes) + after.time.Seconds()/float64(after.writes)) / 2
		cpuPerWrite := (before.cpu.All().Seconds()/float64(before.writes) + after.cpu.All().Seconds()/float64(after.writes)) / 2
		note("cold_ratio", r.time.Seconds()/(n*perWrite))
		note("cold_cpu_ratio", r.cpu.All().Seconds()/(n*cpuPerWrite))
		note("cold_time", r.time.Seconds())
		note("cold_first_write", r.first.Seconds())
		note("cold_writes", float64(r.writes.statuses)/n)
		note("cold_refused", float64(r.writes.refused))
		note("cold_wrong", float64(r.wrong))
		note("cold_operator_cpu", harness.Millis(r.cpu.Operator)/n)
		note("cold_operator_cpu_share", 100*r.cpu.Operator.Seconds()/r.cpu.APIServer.Seconds())
		note("memory_rss", r.rss)
		note("memory_peak", r.peak)
	}
	for _, name := range []string{
		"cold_ratio", "cold_cpu_ratio", "cold_time", "cold_first_write", "cold_operator_cpu", "cold_operator_cpu_share",
	} {
		b.result(name, harness.Median(columns[name]), n)
	}
	for _, name := range []string{"cold_writes", "cold_refused", "cold_wrong", "memory_rss", "memory_peak"} {
		b.result(name, harness.Quantile(columns[name], 1), n) // the worst
	}
	b.result("status_bytes_p50", harness.Quantile(b.sizes, 0.5), n)
	b.result("status_bytes_p99", harness.Quantile(b.sizes, 0.99), n)
}
