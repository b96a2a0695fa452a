package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/hack/bench/synthetic"
)

const (
	admissionWriters = 64
	admissionCreates = 3000 // by the writers, without and with admission
	admissionMixed   = 2000 // by the writers
	admissionRate    = 50   // requests a second that do not wait for each other
	admissionPaced   = 1500 // of them
	admissionQuiet   = 2 * time.Second

	judged    = "visibility.catalog.callboard.dev" // the webhook that judges
	hooksPath = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
)

// admission is the state of this part.
type admission struct {
	*bench
	operator *operator
	asker    *asker
	config   []byte // of the webhooks
	metrics  string // where the operator's are
	made     []string

	rounds        []admissionRound
	paced, packed admissionFigures // at the fixed rate, and by all writers at once
	asked, denied int
	wrong         atomic.Int64
	busy          cpu // and for how long:
	busyFor       time.Duration
}

// admissionRound is what the writers did once without and once with admission.
type admissionRound struct{ off, on creations }

type creations struct {
	time time.Duration
	cpu  cpu
}

// admissionFigures are what both sides say of the same calls.
type admissionFigures struct{ server, handler histogram }

// admission measures what admission costs, by turns with it and without; the operator runs in the same way in both.
func (b *bench) admission(ctx context.Context, root string) error {
	a := &admission{bench: b}
	if err := a.prepare(ctx, root); err != nil {
		return err
	}
	defer a.operator.stop()
	for range b.flags.rounds {
		var r admissionRound
		var err error
		if r.off, err = a.create(ctx); err != nil {
			return err
		}
		if err := a.clean(ctx); err != nil {
			return err
		}
		if r.on, err = a.roundOn(ctx); err != nil {
			return err
		}
		a.rounds = append(a.rounds, r)
		n := float64(admissionCreates)
		a.say("creates: %.0f/s without admission, %.0f/s with it; CPU %.2f and %.2f ms each", n/r.off.time.Seconds(), n/r.on.time.Seconds(),
			millis(r.off.cpu.all())/n, millis(r.on.cpu.all())/n)
	}
	a.report()
	return nil
}

// roundOn is all that is measured with admission in place.
func (a *admission) roundOn(ctx context.Context) (creations, error) {
	if err := a.turn(ctx, true); err != nil {
		return creations{}, err
	}
	var made creations
	err := a.figure(ctx, "64 writers", &a.packed, func() (err error) {
		if made, err = a.create(ctx); err != nil {
			return err
		}
		asks := a.asker.mixed(admissionMixed)
		_, err = each(ctx, len(asks), admissionWriters, func(ctx context.Context, i int) error { return a.ask(ctx, &asks[i]) })
		a.note(asks)
		return err
	})
	if err != nil {
		return made, err
	}
	if err := a.rest(ctx); err != nil {
		return made, err
	}
	if err := a.figure(ctx, "50 requests/s", &a.paced, func() error { return a.pace(ctx) }); err != nil {
		return made, err
	}
	if err := a.turn(ctx, false); err != nil {
		return made, err
	}
	return made, a.clean(ctx)
}

// prepare makes the catalog, starts the operator with admission, and waits until it has converged.
func (a *admission) prepare(ctx context.Context, root string) error {
	b := a.bench
	b.made = synthetic.New(synthetic.Options{Entities: b.flags.entities, Seed: b.flags.seed})
	a.asker = newAsker(b.made, b.flags.seed)
	b.say("creating %d entities", len(b.made.Entities))
	if err := b.create(ctx, b.made); err != nil {
		return fmt.Errorf("create the catalog: %w", err)
	}
	if err := a.serve(ctx, root); err != nil {
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
		err = a.operator.ready(ctx)
	}
	if err != nil {
		a.operator.stop()
		return err
	}
	b.say("converged: %d status writes for %d entities", r.writes.statuses, r.writes.entities)
	return nil
}

// serve makes certificates and a configuration that leads to the operator, and the flags that have it serve there.
func (a *admission) serve(ctx context.Context, root string) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if a.metrics, err = freeAddress(); err != nil {
		return err
	}
	certs := filepath.Join(a.dir, "webhook")
	hooks := exec.CommandContext(ctx, "go", "run", "./hack/localhooks", "--cert-dir", certs, "--port", port)
	hooks.Dir, hooks.Stderr = root, os.Stderr
	text, err := hooks.Output()
	if err != nil {
		return fmt.Errorf("make the webhook configuration: %w", err)
	}
	if a.config, err = yaml.YAMLToJSON(text); err != nil {
		return fmt.Errorf("make the webhook configuration: %w", err)
	}
	a.flags.operatorArgs = strings.Join([]string{
		a.flags.operatorArgs, "--metrics-bind-address=" + a.metrics,
		"--webhook-host=localhost", "--webhook-port=" + port, "--webhook-cert-dir=" + certs, "--webhook-cert-rotation=false",
	}, " ")
	return nil
}

// turn puts admission in place or takes it away, and waits until the API server has noticed.
func (a *admission) turn(ctx context.Context, on bool) error {
	var err error
	if on {
		_, err = a.admin.do(ctx, http.MethodPost, hooksPath, contentJSON, a.config)
	} else {
		_, err = a.admin.do(ctx, http.MethodDelete, hooksPath+"/callboard", "", nil)
	}
	if err != nil {
		return err
	}
	probe := a.asker.create(true)
	for !probe.refused {
		probe = a.asker.create(true)
	}
	return await(ctx, time.Minute, "the API server to ask the operator, or not", a.operator.process, func() (bool, error) {
		err := a.send(ctx, &probe, "&dryRun=All")
		if err != nil && !refused(err) {
			return false, err
		}
		return refused(err) == on, nil
	})
}

func (a *admission) send(ctx context.Context, q *ask, options string) error {
	_, err := a.admin.do(ctx, q.method, q.path+options, q.content, q.body)
	return err
}

// refused says whether it was our webhook that said no.
func refused(err error) bool {
	var s *statusError
	return errors.As(err, &s) && s.code < 500 && strings.Contains(s.text, judged) && strings.Contains(s.text, "denied the request")
}

// ask sends a request and compares the answer with what must be.
func (a *admission) ask(ctx context.Context, q *ask) error {
	err := a.send(ctx, q, "")
	if refused(err) != q.refused {
		a.wrong.Add(1)
		a.say("%s %s: got %v, want refused: %v", q.method, q.path, err, q.refused)
	}
	if err != nil && !refused(err) {
		return err
	}
	return nil
}

// note remembers what was created and refused.
func (a *admission) note(asks []ask) {
	for i := range asks {
		q := &asks[i]
		a.asked++
		if q.refused {
			a.denied++
		} else if q.made != "" {
			a.made = append(a.made, q.made)
		}
	}
}

// create has all writers create, after a rest.
func (a *admission) create(ctx context.Context) (creations, error) {
	if err := a.rest(ctx); err != nil {
		return creations{}, err
	}
	asks := a.asker.creations(admissionCreates)
	before, err := a.cpu(a.operator.process)
	if err != nil {
		return creations{}, err
	}
	var c creations
	if c.time, err = each(ctx, len(asks), admissionWriters, func(ctx context.Context, i int) error { return a.ask(ctx, &asks[i]) }); err != nil {
		return c, err
	}
	after, err := a.cpu(a.operator.process)
	c.cpu = after.minus(before)
	a.busy, a.busyFor = a.busy.plus(c.cpu), a.busyFor+c.time
	a.note(asks)
	return c, err
}

// pace sends requests at a fixed rate, however long the answers take.
func (a *admission) pace(ctx context.Context) error {
	asks := a.asker.mixed(admissionPaced)
	defer a.note(asks)
	if a.flags.pprof != "" {
		stop := a.profileWhile(ctx, "admission-paced.pprof")
		defer stop()
	}
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

// profileWhile takes a CPU profile of the operator while the paced requests last.
func (a *admission) profileWhile(ctx context.Context, name string) (stop func()) {
	var done sync.WaitGroup
	done.Go(func() {
		query := fmt.Sprintf("profile?seconds=%d", admissionPaced/admissionRate)
		if err := a.operator.profile(ctx, query, filepath.Join(a.flags.pprof, name)); err != nil {
			a.say("%v", err)
		}
	})
	return done.Wait
}

// rest waits until the operator has caught up, and lets the API server settle.
func (a *admission) rest(ctx context.Context) error {
	size, grown := int64(-1), time.Now()
	err := await(ctx, bulkMost, "the operator to come to rest", a.operator.process, func() (bool, error) {
		now, err := a.audit.size()
		if now != size {
			size, grown = now, time.Now()
		}
		return time.Since(grown) > admissionQuiet, err
	})
	if err != nil {
		return err
	}
	return sleep(ctx, a.flags.settle)
}

// clean deletes what was created, so that the catalog is as large as before.
func (a *admission) clean(ctx context.Context) error {
	_, err := each(ctx, len(a.made), loaders, func(ctx context.Context, i int) error {
		_, err := a.admin.do(ctx, http.MethodDelete, a.made[i], "", nil)
		return err
	})
	a.made = nil
	return err
}

// figure adds to the figures what both sides count while something is done.
func (a *admission) figure(ctx context.Context, what string, to *admissionFigures, do func() error) error {
	before, err := a.scrape(ctx)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := a.scrape(ctx)
	if err != nil {
		return err
	}
	server, handler := after.server.minus(before.server), after.handler.minus(before.handler)
	a.say("%s: %.0f calls, %.2f %% within 5 ms, %.2f %% within 25 ms, handler p50 %.2f ms, p99 %.2f ms", what, server.count(),
		server.within(0.005), server.within(0.025), 1000*handler.quantile(0.5), 1000*handler.quantile(0.99))
	to.server, to.handler = to.server.plus(server), to.handler.plus(handler)
	return nil
}

// scrape reads the histograms of the API server and of the operator.
func (a *admission) scrape(ctx context.Context) (f admissionFigures, err error) {
	text, err := a.admin.do(ctx, http.MethodGet, "/metrics", "text/plain", nil)
	if err != nil {
		return f, err
	}
	if f.server, err = readHistogram(text, "apiserver_admission_webhook_admission_duration_seconds", "name", judged); err != nil {
		return f, err
	}
	own := &api{http: http.DefaultClient, server: "http://" + a.metrics, agent: "bench"}
	if text, err = own.do(ctx, http.MethodGet, "/metrics", "text/plain", nil); err != nil {
		return f, err
	}
	f.handler, err = readHistogram(text, "callboard_admission_duration_seconds", "", "")
	return f, err
}

func (a *admission) report() {
	var on, off, ratios, cpus []float64
	for _, r := range a.rounds {
		on, off = append(on, admissionCreates/r.on.time.Seconds()), append(off, admissionCreates/r.off.time.Seconds())
		ratios = append(ratios, r.off.time.Seconds()/r.on.time.Seconds())
		cpus = append(cpus, r.on.cpu.all().Seconds()/r.off.cpu.all().Seconds())
	}
	a.result("admission_within_5ms", a.paced.server.within(0.005), 0)
	a.result("admission_handler_p50", 1000*a.paced.handler.quantile(0.5), 0)
	a.result("admission_handler_p99", 1000*a.paced.handler.quantile(0.99), 0)
	a.result("admission_64_within_25ms", a.packed.server.within(0.025), 0)
	a.result("admission_64_handler_p99", 1000*a.packed.handler.quantile(0.99), 0)
	a.result("admission_create_off", median(off), 0)
	a.result("admission_create_on", median(on), 0)
	a.result("admission_create_ratio", median(ratios), 0)
	a.result("admission_create_cpu_ratio", median(cpus), 0)
	a.result("admission_refused", 100*float64(a.denied)/math.Max(1, float64(a.asked)), 0)
	a.result("admission_wrong", float64(a.wrong.Load()), 0)
	a.result("foreign_cpu", a.busy.foreign(a.busyFor), 0)
}
