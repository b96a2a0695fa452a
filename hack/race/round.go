package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// flagWithin is how soon what slipped past admission must be flagged.
	flagWithin = time.Second
	// flagMost is how long is waited for it.
	flagMost = 10 * time.Second
	// consumerBase and consumerRate are the bar on the consumer: that, and all writes of the round, the pairs' own and the
	// statuses, at the bare rate times it.
	consumerBase = 250 * time.Millisecond
	consumerRate = 1.25
)

// tally collects what one race came to.
type tally struct {
	bothIn, slipped, refused, bothRefused, failed int
	unflagged, late, alarms, stuck                int
	api, metric, consumer                         []time.Duration // to flag
}

// outcome is what became of a pair.
type outcome struct {
	pair
	answered time.Time // the later one
	in       [2]bool
	slipped  bool
}

// rounds runs all rounds of one race.
func (r *runner) rounds(ctx context.Context, race *race) error {
	r.say("%s: %d rounds", race.name, r.flags.rounds)
	var t tally
	for n := range r.flags.rounds {
		if err := r.operator.Alive(); err != nil {
			return err
		}
		if err := r.round(ctx, race, n, &t); err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
	}
	r.report(race, &t)
	return nil
}

func (r *runner) report(race *race, t *tally) {
	r.say("%s: both were admitted %d times, one refused %d times, both %d times", race.name, t.bothIn, t.refused, t.bothRefused)
	name := "race_" + race.name + "_"
	r.Inform(name+"pairs", float64(r.flags.pairs*r.flags.rounds), "pairs")
	r.Inform(name+"slipped", float64(t.slipped), "violations")
	r.Result(name+"unflagged", float64(t.unflagged), "violations", 0)
	r.Result(name+"late_on_consumer", float64(t.late), "violations", 0)
	r.Result(name+"false_alarms", float64(t.alarms), "consumers", 0)
	r.Result(name+"stuck", float64(t.stuck), "rounds", 0)
	r.Result(name+"failed", float64(t.failed), "writes", 0)
	for what, times := range map[string][]time.Duration{"api": t.api, "metric": t.metric, "consumer": t.consumer} {
		if len(times) == 0 {
			continue
		}
		r.Inform(name+what+"_p50", harness.Millis(harness.Quantile(times, 0.5)), "ms")
		r.Inform(name+what+"_p99", harness.Millis(harness.Quantile(times, 0.99)), "ms")
		r.Inform(name+what+"_max", harness.Millis(harness.Quantile(times, 1)), "ms")
	}
}

// round sends all pairs at the same moment, looks whether what slipped through is flagged, and takes all back.
func (r *runner) round(ctx context.Context, race *race, n int, t *tally) error {
	if r.flags.collect {
		if err := r.Collect(ctx); err != nil {
			return err
		}
	}
	r.watched.begin()
	before, err := r.use(ctx)
	if err != nil {
		return err
	}
	outcomes, err := r.fire(ctx, race, n, t)
	if err != nil {
		return err
	}
	m := &meter{}
	if err := r.settle(ctx, m); err != nil {
		return err
	}
	after, err := r.use(ctx)
	if err != nil {
		return err
	}
	if err := r.judge(ctx, outcomes); err != nil {
		return err
	}
	late := t.late + t.unflagged
	if err := r.look(ctx, outcomes, m, t); err != nil {
		return err
	}
	if t.late+t.unflagged > late {
		r.say("%s, round %d: %s; etcd waited %.0f ms for its disk", race.name, n, after.cpu.Minus(before.cpu),
			harness.Millis(after.disk-before.disk))
	}
	return r.takeBack(ctx, outcomes, t)
}

// use is what was used so far: processors, and the disk of etcd.
type use struct {
	cpu  harness.CPU
	disk time.Duration
}

func (r *runner) use(ctx context.Context) (u use, err error) {
	if u.cpu, err = r.CPU(r.operator.Process); err != nil {
		return u, err
	}
	u.disk, err = r.DiskTime(ctx)
	return u, err
}

// settled is how long nothing must be written before anybody asks for the whole catalog. It is longer than the operator
// waits before it says that what is referred to does not exist.
const settled = 350 * time.Millisecond

// settle lets what follows from the writes happen, and notes what the metric says meanwhile: to ask who slipped would
// take from the API server what it needs for the statuses.
func (r *runner) settle(ctx context.Context, m *meter) error {
	_, err := r.watched.await(ctx, time.Now().Add(flagMost), func() (bool, error) {
		return r.watched.quiet() > settled, r.read(ctx, m)
	})
	return err
}

// fire sends both writes of every pair.
func (r *runner) fire(ctx context.Context, race *race, n int, t *tally) ([]*outcome, error) {
	outcomes := make([]*outcome, r.flags.pairs)
	gate := make(chan struct{})
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed error
	for i := range outcomes {
		o := &outcome{pair: pair{race, i, n}}
		outcomes[i] = o
		for side, write := range []request{race.take(o.pair), o.consume()} {
			all.Go(func() {
				<-gate
				_, err := r.sides[side].Do(ctx, write.method, write.path, write.contentType, write.body)
				now := time.Now()
				mu.Lock()
				defer mu.Unlock()
				o.in[side] = err == nil
				o.answered = later(o.answered, now)
				if err != nil && !refused(err) {
					t.failed++
					failed = errors.Join(failed, err)
				}
			})
		}
	}
	close(gate)
	all.Wait()
	if failed != nil && t.failed > 100 {
		return nil, failed
	} else if failed != nil {
		r.say("%s, round %d: %v", race.name, n, failed)
	}
	for _, o := range outcomes {
		switch {
		case o.in[0] && o.in[1]:
			t.bothIn++
		case !o.in[0] && !o.in[1]:
			t.bothRefused++
		default:
			t.refused++
		}
	}
	return outcomes, nil
}

// refused says whether an error is the answer of who judged, and not one of nobody who could.
func refused(err error) bool {
	return harness.IsCode(err, http.StatusForbidden) || harness.IsCode(err, http.StatusUnprocessableEntity)
}

// judge says by the rule alone, asked of a graph of its own, where what must not be is.
func (r *runner) judge(ctx context.Context, outcomes []*outcome) error {
	entities, err := r.List(ctx)
	if err != nil {
		return err
	}
	g := relation.NewGraph()
	for _, namespace := range []string{apis, users} {
		g.SetNamespace(namespace, nil)
	}
	for _, e := range entities {
		g.Upsert(relation.FactsOf(e))
	}
	for _, o := range outcomes {
		for _, v := range visibility.All(g, o.consumer()) {
			o.slipped = o.slipped || o.race.slipped(v)
		}
		if o.slipped && (!o.in[0] || !o.in[1]) {
			return fmt.Errorf("%s violates, though not both writes were admitted", o.consumer())
		}
	}
	return nil
}

// look waits until what slipped through is flagged, and measures when.
func (r *runner) look(ctx context.Context, outcomes []*outcome, m *meter, t *tally) error {
	var slipped []*outcome
	for _, o := range outcomes {
		if o.slipped {
			slipped = append(slipped, o)
			m.since = later(m.since, o.answered)
		}
	}
	m.expected = len(slipped)
	if r.isDeletion(outcomes) {
		m.expected = 0 // what is gone denies nothing
	}
	m.known, m.right = true, m.value == float64(m.expected)
	_, err := r.watched.await(ctx, time.Now().Add(flagMost), func() (bool, error) {
		if err := r.read(ctx, m); err != nil {
			return false, err
		}
		for _, o := range slipped {
			if _, _, all := r.told(o); !all {
				return false, nil
			}
		}
		return m.right, nil
	})
	if err != nil {
		return err
	}
	budget := consumerBase + time.Duration(consumerRate*float64(r.watched.written())/r.rate*float64(time.Second))
	for _, o := range slipped {
		r.measure(o, m, budget, t)
	}
	for _, o := range outcomes {
		if _, is := r.watched.flagged(o.consumer(), accessNotGranted); is && !o.slipped {
			t.alarms++
			r.say("%s: flagged, though it is granted", o.consumer())
		}
	}
	if len(slipped) == 0 && !m.right {
		t.alarms++
		r.say("the metric says %v, want 0", m.value)
	}
	return nil
}

func (r *runner) isDeletion(outcomes []*outcome) bool { return outcomes[0].race.name == "delete" }

// told is since when the API and the consumer tell, and whether both do. An API that is gone has nothing to tell.
func (r *runner) told(o *outcome) (api, consumer time.Time, all bool) {
	if o.race.name == "delete" {
		consumer, all = r.watched.flagged(o.consumer(), unresolved)
		return consumer, consumer, all
	}
	api, tells := r.watched.flagged(o.api(), apiDenies)
	consumer, all = r.watched.flagged(o.consumer(), accessNotGranted)
	return api, consumer, all && tells
}

func (r *runner) measure(o *outcome, m *meter, budget time.Duration, t *tally) {
	t.slipped++
	api, consumer, all := r.told(o)
	toAPI, toConsumer, toMetric := between(o.answered, api), between(o.answered, consumer), between(m.since, m.at)
	t.consumer = append(t.consumer, toConsumer)
	if o.race.name != "delete" {
		t.api, t.metric = append(t.api, toAPI), append(t.metric, toMetric)
	}
	if !all || !m.right || max(toAPI, toConsumer, toMetric) > flagWithin {
		t.unflagged++
		r.say("%s, round %d: %s: flagged on the API after %.0f ms, in the metric after %.0f, on the consumer after %.0f", o.race.name,
			o.round, o.consumer(), harness.Millis(toAPI), harness.Millis(toMetric), harness.Millis(toConsumer))
	}
	if toConsumer > budget {
		t.late++
		r.say("%s, round %d: %s: flagged on the consumer after %.0f ms, its budget is %.0f", o.race.name, o.round, o.consumer(),
			harness.Millis(toConsumer), harness.Millis(budget))
	}
}

// between is how long after an answer something was flagged, which may be before the answer has arrived.
func between(answered, flagged time.Time) time.Duration {
	if flagged.IsZero() {
		return flagMost
	}
	return max(0, flagged.Sub(answered))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// takeBack undoes what was admitted, and waits until no status tells of it any more.
func (r *runner) takeBack(ctx context.Context, outcomes []*outcome, t *tally) error {
	for side := 1; side >= 0; side-- { // the consumption goes first, so that nothing is in the way of the rest
		_, err := harness.Each(ctx, len(outcomes), loaders, func(ctx context.Context, i int) error {
			o := outcomes[i]
			if !o.in[side] {
				return nil
			}
			write := o.forgo()
			if side == 0 {
				write = o.race.giveBack(o.pair)
			}
			_, err := r.Admin.Do(ctx, write.method, write.path, write.contentType, write.body)
			return err
		})
		if err != nil {
			return fmt.Errorf("take back: %w", err)
		}
	}
	m := meter{known: true}
	quiet, err := r.watched.await(ctx, time.Now().Add(flagMost), func() (bool, error) {
		for _, o := range outcomes {
			for f := range allSigns {
				_, api := r.watched.flagged(o.api(), f)
				_, consumer := r.watched.flagged(o.consumer(), f)
				if api || consumer {
					return false, nil
				}
			}
		}
		err := r.read(ctx, &m)
		return m.right, err
	})
	if err == nil && !quiet {
		t.stuck++
		r.say("a status or the metric still tells of what is no more")
	}
	return err
}

// meter reads the metric until it is as expected. It counts all violations, so it can be only once the last one stands.
type meter struct {
	known    bool // whether expected is; until then the metric is read on and on
	expected int
	since    time.Time // when the last one stood
	value    float64
	right    bool
	read     time.Time
	at       time.Time // since when it has been as it is
}

// meterGap spares the operator: a page of metrics costs it some work.
const meterGap = 50 * time.Millisecond

const violations = `callboard_visibility_violations{mode="enforce"} `

func (r *runner) read(ctx context.Context, m *meter) error {
	if m.right || time.Since(m.read) < meterGap {
		return nil
	}
	m.read = time.Now()
	value, err := r.scrape(ctx)
	if err != nil {
		r.say("%v", err) // it counts as not told
		return errors.Join(r.operator.Alive(), ctx.Err())
	}
	if value != m.value || m.at.IsZero() {
		m.value, m.at = value, time.Now()
	}
	m.right = m.known && value == float64(m.expected)
	return nil
}
