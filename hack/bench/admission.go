package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	admissionWriters = 64
	// admissionWindow is how long the writers create: no longer than the operator may hold statuses back.
	admissionWindow = 5 * time.Second
	// admissionCreations is more than they get done in it.
	admissionCreations = 10_000
	admissionMixed     = 1000 // creations and changes by the writers
	admissionRate      = 50   // requests a second that do not wait for each other
	admissionPaced     = 1500 // of them
	admissionQuiet     = 2 * time.Second
	admissionProfile   = 10 // seconds

	judged    = "visibility.catalog.callboard.dev" // the webhook that judges
	hooksPath = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
)

// hooks is who is asked.
type hooks string

const (
	nobody hooks = "nobody"
	ours   hooks = "the operator"
	idle   hooks = "an idle webhook" // that lets everything in: what it costs to ask at all
)

// admission is the state of this part.
type admission struct {
	*bench
	operator *operator
	asker    *asker
	configs  map[hooks][]byte
	asked    hooks  // now
	metrics  string // where the operator's are
	idle     idleServer
	made     struct {
		sync.Mutex
		paths []string
	}

	creations map[hooks][]creations // by round
	// paced and packed are of the two loads, and standby is of the paced one while no status is written.
	paced, packed, standby map[hooks]admissionFigures

	sent, forbidden atomic.Int64
	wrong           atomic.Int64
	busy            harness.CPU // and for how long:
	busyFor         time.Duration
}

var errWindowOver = errors.New("the window is over")

// creations is what the writers did in a window.
type creations struct {
	n   int
	cpu harness.CPU // until all statuses are written
}

// perSecond is their rate.
func (c creations) perSecond() float64 { return float64(c.n) / admissionWindow.Seconds() }

// millisEach is what one costs.
func (c creations) millisEach() float64 { return harness.Millis(c.cpu.All()) / float64(c.n) }

// admissionFigures are what both sides say of the same calls.
type admissionFigures struct{ server, handler histogram }

// admission measures what admission costs, by turns without it, with it, and with a webhook that does nothing. The
// operator runs in the same way in all three.
func (b *bench) admission(ctx context.Context) error {
	a := &admission{
		bench: b, asked: nobody, configs: map[hooks][]byte{}, creations: map[hooks][]creations{},
		paced: map[hooks]admissionFigures{}, packed: map[hooks]admissionFigures{}, standby: map[hooks]admissionFigures{},
	}
	if err := a.prepare(ctx); err != nil {
		return err
	}
	defer func() { a.operator.Stop() }() // the last
	for range b.flags.rounds {
		for _, who := range []hooks{nobody, ours, idle} {
			if err := a.round(ctx, who); err != nil {
				return errors.Join(err, a.operator.Alive())
			}
		}
	}
	if err := a.standing(ctx); err != nil {
		return errors.Join(err, a.operator.Alive())
	}
	a.report()
	return nil
}

// standing measures the paced load once more while nobody writes statuses, which take most of what the API server has: a
// replica that does not lead is asked.
func (a *admission) standing(ctx context.Context) (err error) {
	a.operator.Stop()
	if err := a.HoldLease(ctx); err != nil {
		return err
	}
	args := append(strings.Fields(a.flags.operatorArgs), "--leader-elect=true")
	if a.operator.Operator, err = a.StartOperator("standby.log", a.flags.operator, args...); err != nil {
		return err
	}
	if err := a.operator.Ready(ctx); err != nil {
		return err
	}
	for _, who := range []hooks{ours, idle} {
		if err := a.turn(ctx, who); err != nil {
			return err
		}
		if err := a.rest(ctx); err != nil {
			return err
		}
		what := fmt.Sprintf("%d requests/s, no statuses", admissionRate)
		if err := a.figure(ctx, what, a.standby, func() error { return a.pace(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// round is all that is measured of one of the three.
func (a *admission) round(ctx context.Context, who hooks) error {
	if err := a.turn(ctx, who); err != nil {
		return err
	}
	if err := a.rest(ctx); err != nil {
		return err
	}
	if err := a.figure(ctx, fmt.Sprintf("%d writers", admissionWriters), a.packed, func() error { return a.pack(ctx) }); err != nil {
		return err
	}
	if who != nobody {
		if err := a.figure(ctx, fmt.Sprintf("%d requests/s", admissionRate), a.paced, func() error {
			return a.profiled(ctx, "paced", func() error { return a.pace(ctx) })
		}); err != nil {
			return err
		}
	}
	if err := a.turn(ctx, nobody); err != nil {
		return err
	}
	return a.clean(ctx)
}

// pack is the load by all writers at once: creations, and then a mix.
func (a *admission) pack(ctx context.Context) error {
	var c creations
	before, err := a.CPU(a.operator.Process)
	if err != nil {
		return err
	}
	err = a.profiled(ctx, "writers", func() (err error) {
		c.n, err = a.create(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if after, err := a.CPU(a.operator.Process); err == nil {
		a.busy, a.busyFor = a.busy.Plus(after.Minus(before)), a.busyFor+admissionWindow
	}
	if err := a.rest(ctx); err != nil {
		return err
	}
	after, err := a.CPU(a.operator.Process)
	if err != nil {
		return err
	}
	c.cpu = after.Minus(before)
	a.creations[a.asked] = append(a.creations[a.asked], c)
	a.say("%s: %.0f creations/s, CPU %.2f ms each (API server %.2f, etcd %.2f, operator %.2f)", a.asked, c.perSecond(), c.millisEach(),
		harness.Millis(c.cpu.APIServer)/float64(c.n), harness.Millis(c.cpu.Etcd)/float64(c.n), harness.Millis(c.cpu.Operator)/float64(c.n))
	if a.asked == nobody {
		return nil
	}
	asks := a.asker.mixed(admissionMixed, a.asked == ours)
	if _, err = harness.Each(ctx, len(asks), admissionWriters, func(ctx context.Context, i int) error { return a.ask(ctx, &asks[i]) }); err != nil {
		return err
	}
	return a.rest(ctx)
}

// prepare makes the catalog, starts the operator with admission, and waits until it has converged.
func (a *admission) prepare(ctx context.Context) error {
	b := a.bench
	b.made = synthetic.New(synthetic.Options{Entities: b.flags.entities, Seed: b.flags.seed})
	a.asker = newAsker(b.made, b.flags.seed)
	b.say("creating %d entities", len(b.made.Entities))
	if err := b.create(ctx, b.made); err != nil {
		return fmt.Errorf("create the catalog: %w", err)
	}
	if err := a.serve(ctx); err != nil {
		return err
	}
	offset, err := b.audit.size()
	if err != nil {
		return err
	}
	if a.operator, err = b.startOperator(ctx, b.flags.pprof != ""); err != nil {
		return err
	}
	var r coldRun
	if err = b.follow(ctx, a.operator, offset, &r); err == nil {
		err = a.operator.Ready(ctx)
	}
	if err != nil {
		a.operator.Stop()
		return err
	}
	b.say("converged: %d status writes for %d entities", r.writes.statuses, r.writes.entities)
	return nil
}

// serve makes certificates and a configuration that leads to the operator, and the flags that have it serve there.
func (a *admission) serve(ctx context.Context) error {
	address, err := harness.FreeAddress()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if a.metrics, err = harness.FreeAddress(); err != nil {
		return err
	}
	certs := filepath.Join(a.Dir, "webhook")
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	text, err := a.MakeWebhooks(ctx, certs, number)
	if err != nil {
		return err
	}
	if a.configs[ours], err = yaml.YAMLToJSON(text); err != nil {
		return fmt.Errorf("make the webhook configuration: %w", err)
	}
	idlePort, err := a.idle.start(certs)
	if err != nil {
		return err
	}
	a.configs[idle] = bytes.ReplaceAll(a.configs[ours], []byte("localhost:"+port), []byte("localhost:"+idlePort))
	a.flags.operatorArgs = strings.Join([]string{
		a.flags.operatorArgs, "--metrics-bind-address=" + a.metrics,
		"--webhook-host=localhost", "--webhook-port=" + port, "--webhook-cert-dir=" + certs, "--webhook-cert-rotation=false",
		"--leader-elect=false", // on a machine so busy that a Lease runs out the figures are short, but there are figures
	}, " ")
	return nil
}

// turn has somebody else asked, and waits until the API server does.
func (a *admission) turn(ctx context.Context, who hooks) error {
	if a.asked != nobody {
		if _, err := a.Admin.Do(ctx, http.MethodDelete, hooksPath+"/callboard", "", nil); err != nil {
			return err
		}
	}
	if who != nobody {
		if _, err := a.Admin.Do(ctx, http.MethodPost, hooksPath, harness.ContentJSON, a.configs[who]); err != nil {
			return err
		}
	}
	a.asked = who
	probe := a.asker.create(true)
	for !probe.refused {
		probe = a.asker.create(true)
	}
	return harness.Await(ctx, time.Minute, "the API server to ask whom it should", a.operator.Process, func() (bool, error) {
		before := a.idle.calls.Load()
		err := a.send(ctx, &probe, "&dryRun=All")
		if err != nil && !refused(err) {
			return false, err
		}
		now := nobody
		switch {
		case err != nil:
			now = ours
		case a.idle.calls.Load() > before:
			now = idle
		}
		return now == who, nil
	})
}

func (a *admission) send(ctx context.Context, q *ask, options string) error {
	_, err := a.Admin.Do(ctx, q.method, q.path+options, q.content, q.body)
	return err
}

// refused says whether it was our webhook that said no.
func refused(err error) bool {
	var s *harness.StatusError
	return errors.As(err, &s) && s.Code < 500 && strings.Contains(s.Text, judged) && strings.Contains(s.Text, "denied the request")
}

// ask sends a request, and notes whether the answer is what must be.
func (a *admission) ask(ctx context.Context, q *ask) error {
	err := a.send(ctx, q, "")
	no := refused(err)
	a.sent.Add(1)
	if q.refused {
		a.forbidden.Add(1)
	}
	if no != q.refused {
		a.wrong.Add(1)
		a.say("%s %s: got %v, want refused: %v", q.method, q.path, err, q.refused)
	}
	if err != nil && !no {
		return err
	}
	if q.made != "" && err == nil {
		a.made.Lock()
		a.made.paths = append(a.made.paths, q.made)
		a.made.Unlock()
	}
	return nil
}

// create has all writers create for a while, and counts what they got done.
func (a *admission) create(ctx context.Context) (int, error) {
	asks := a.asker.creations(admissionCreations)
	var done atomic.Int64
	deadline := time.Now().Add(admissionWindow)
	_, err := harness.Each(ctx, len(asks), admissionWriters, func(ctx context.Context, i int) error {
		if !time.Now().Before(deadline) {
			return errWindowOver
		}
		err := a.ask(ctx, &asks[i])
		if err == nil && time.Now().Before(deadline) {
			done.Add(1)
		}
		return err
	})
	if !errors.Is(err, errWindowOver) {
		return 0, errors.Join(err, errors.New("the writers were done before the window was over"))
	}
	return int(done.Load()), nil
}

// pace sends requests at a fixed rate, however long the answers take.
func (a *admission) pace(ctx context.Context) error {
	asks := a.asker.mixed(admissionPaced, a.asked == ours)
	ticker := time.NewTicker(time.Second / admissionRate)
	defer ticker.Stop()
	errs := make(chan error, len(asks))
	var all sync.WaitGroup
	for i := range asks {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		all.Go(func() { errs <- a.ask(ctx, &asks[i]) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// profiled does a thing while CPU profiles of the operator and the API server are taken, if they were asked for.
func (a *admission) profiled(ctx context.Context, name string, do func() error) error {
	if a.flags.pprof == "" || a.asked != ours {
		return do()
	}
	var all sync.WaitGroup
	defer all.Wait()
	query := fmt.Sprintf("profile?seconds=%d", admissionProfile)
	all.Go(func() {
		if err := a.operator.profile(ctx, query, filepath.Join(a.flags.pprof, name+"-operator.pprof")); err != nil {
			a.say("%v", err)
		}
	})
	all.Go(func() {
		text, err := a.Admin.Do(ctx, http.MethodGet, "/debug/pprof/"+query, "*/*", nil)
		if err == nil {
			err = os.WriteFile(filepath.Join(a.flags.pprof, name+"-apiserver.pprof"), text, 0o600)
		}
		if err != nil {
			a.say("profile the API server: %v", err)
		}
	})
	return do()
}

// rest waits until the operator has caught up, and lets the API server collect its garbage and settle.
func (a *admission) rest(ctx context.Context) error {
	size, grown := int64(-1), time.Now()
	err := harness.Await(ctx, bulkMost, "the operator to come to rest", a.operator.Process, func() (bool, error) {
		now, err := a.audit.size()
		if now != size {
			size, grown = now, time.Now()
		}
		return time.Since(grown) > admissionQuiet, err
	})
	if err != nil {
		return err
	}
	if err := a.Collect(ctx); err != nil {
		return err
	}
	return harness.Sleep(ctx, a.flags.settle)
}

// cleanTries is how often clean asks to delete an object: it is no part of what is measured, and the API server may be
// too busy with its own cleaning up.
const cleanTries = 5

// clean deletes what was created, so that the catalog is as large as before.
func (a *admission) clean(ctx context.Context) error {
	paths := a.made.paths
	a.made.paths = nil
	_, err := harness.Each(ctx, len(paths), loaders, func(ctx context.Context, i int) error {
		_, err := a.Admin.Do(ctx, http.MethodDelete, paths[i], "", nil)
		for try := 1; harness.IsCode(err, http.StatusGatewayTimeout) && try < cleanTries; try++ {
			if err := harness.Sleep(ctx, time.Second); err != nil {
				return err
			}
			_, err = a.Admin.Do(ctx, http.MethodDelete, paths[i], "", nil)
		}
		if harness.IsCode(err, http.StatusNotFound) {
			return nil // the try before got through
		}
		return err
	})
	return err
}

// figure adds to the figures what both sides count while something is done.
func (a *admission) figure(ctx context.Context, what string, to map[hooks]admissionFigures, do func() error) error {
	before, err := a.scrape(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	used, err := a.CPU(a.operator.Process)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	now, err := a.CPU(a.operator.Process)
	if err != nil {
		return err
	}
	a.say("%s, %s: %.1f s; %s", a.asked, what, time.Since(began).Seconds(), now.Minus(used))
	after, err := a.scrape(ctx)
	if err != nil || a.asked == nobody {
		return err
	}
	server, handler := after.server.minus(before.server), after.handler.minus(before.handler)
	a.say("%s, %s: %.0f calls, %.2f %% within 5 ms, %.2f %% within 25 ms, handler p50 %.2f ms, p99 %.2f ms", a.asked, what, server.count(),
		server.within(0.005), server.within(0.025), 1000*handler.quantile(0.5), 1000*handler.quantile(0.99))
	sum := to[a.asked]
	to[a.asked] = admissionFigures{sum.server.plus(server), sum.handler.plus(handler)}
	return nil
}

// scrape reads the histograms of the API server and of the operator.
func (a *admission) scrape(ctx context.Context) (f admissionFigures, err error) {
	text, err := a.Admin.Do(ctx, http.MethodGet, "/metrics", "text/plain", nil)
	if err != nil {
		return f, err
	}
	if f.server, err = readHistogram(text, "apiserver_admission_webhook_admission_duration_seconds", "name", judged); err != nil {
		return f, err
	}
	own, err := harness.NewAPI(&rest.Config{Host: "http://" + a.metrics}, "bench")
	if err != nil {
		return f, err
	}
	if text, err = own.Do(ctx, http.MethodGet, "/metrics", "text/plain", nil); err != nil {
		return f, err
	}
	f.handler, err = readHistogram(text, "callboard_admission_duration_seconds", "", "")
	return f, err
}

func (a *admission) report() {
	rates, ratios, cpus := map[hooks][]float64{}, map[hooks][]float64{}, map[hooks][]float64{}
	for who, list := range a.creations {
		for i, c := range list {
			without := a.creations[nobody][i]
			rates[who] = append(rates[who], c.perSecond())
			ratios[who] = append(ratios[who], c.perSecond()/without.perSecond())
			cpus[who] = append(cpus[who], c.millisEach()-without.millisEach())
		}
	}
	a.result("admission_within_5ms", a.paced[ours].server.within(0.005), 0)
	a.result("admission_idle_within_5ms", a.paced[idle].server.within(0.005), 0)
	a.result("admission_standby_within_5ms", a.standby[ours].server.within(0.005), 0)
	a.result("admission_standby_idle_within_5ms", a.standby[idle].server.within(0.005), 0)
	a.result("admission_standby_handler_p99", 1000*a.standby[ours].handler.quantile(0.99), 0)
	a.result("admission_handler_p50", 1000*a.paced[ours].handler.quantile(0.5), 0)
	a.result("admission_handler_p99", 1000*a.paced[ours].handler.quantile(0.99), 0)
	a.result("admission_64_within_25ms", a.packed[ours].server.within(0.025), 0)
	a.result("admission_64_idle_within_25ms", a.packed[idle].server.within(0.025), 0)
	a.result("admission_64_handler_p99", 1000*a.packed[ours].handler.quantile(0.99), 0)
	a.result("admission_create_rate", harness.Median(rates[ours]), 0)
	a.result("admission_create_ratio", harness.Median(ratios[ours]), 0)
	a.result("admission_create_idle_ratio", harness.Median(ratios[idle]), 0)
	a.result("admission_create_cpu", harness.Median(cpus[ours]), 0)
	a.result("admission_create_idle_cpu", harness.Median(cpus[idle]), 0)
	a.result("admission_refused", 100*float64(a.forbidden.Load())/float64(a.sent.Load()), 0)
	a.result("admission_wrong", float64(a.wrong.Load()), 0)
	a.result("foreign_cpu", a.busy.Foreign(a.busyFor), 0)
}
