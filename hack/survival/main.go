// Survival takes away what admission and deletion protection stand on, one thing after the other, while people go on
// writing: replicas, certificates, the whole operator, and in the end all that was installed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// options are the flags.
type options struct {
	rate     int
	restarts int
	tries    int
	preStop  time.Duration
	only     string
	keep     bool
	operator string
}

func parseFlags() (options, error) {
	var o options
	flag.IntVar(&o.rate, "rate", 50, "`number` of writes a second")
	flag.IntVar(&o.restarts, "restarts", 3, "`number` of times that each replica is restarted, and killed")
	flag.IntVar(&o.tries, "tries", 50, "`number` of pods, Deployments and Leases that are written while no operator runs")
	flag.DurationVar(&o.preStop, "pre-stop", 5*time.Second, "how long a replica that gets no more connections waits for SIGTERM, as in config/manager")
	flag.StringVar(&o.only, "only", "", "do one `part` alone: restarts, kills, rotation, outage or uninstall")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with logs and data")
	flag.StringVar(&o.operator, "operator", "", "`file` of an operator to run instead of building it")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.rate < 1 || o.restarts < 1 || o.tries < 1 {
		return o, errors.New("--rate, --restarts and --tries: want 1 at least")
	}
	return o, nil
}

// runner is one run of everything.
type runner struct {
	*harness.Cluster
	harness.Report
	flags    options
	begun    time.Time
	balancer *balancer
	port     int // of the balancer
	replicas [2]*replica
	load     *load
}

// say tells how far it is.
func (r *runner) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(r.begun).Seconds(), fmt.Sprintf(format, args...))
}

func (r *runner) certs() string { return filepath.Join(r.Dir, "webhook") }

func main() { harness.Main("survival", run) }

func run(ctx context.Context) (short bool, err error) {
	o, err := parseFlags()
	if err != nil {
		return false, err
	}
	fmt.Printf("survival: %d writes/s, %d CPUs, %s\n", o.rate, runtime.NumCPU(), harness.Machine())
	r := &runner{flags: o, begun: time.Now(), Report: harness.Report{Out: os.Stdout}}
	root, assets, err := harness.Find(ctx)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "callboard-survival-")
	if err != nil {
		return false, fmt.Errorf("make a folder: %w", err)
	}
	defer func() {
		if o.keep {
			r.say("logs and data: %s", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if o.operator == "" {
		r.say("building the operator")
		r.flags.operator = filepath.Join(dir, "callboard")
		if err := harness.BuildOperator(ctx, root, r.flags.operator); err != nil {
			return false, err
		}
	}
	r.say("starting the control plane")
	if r.Cluster, err = harness.StartCluster(ctx, assets, root, dir, "--nodes=1"); err != nil {
		return false, err
	}
	defer r.Up.Stop()
	err = r.survive(ctx)
	return r.Short, err
}

// survive does one part after the other.
func (r *runner) survive(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := r.install(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"restarts", r.restarts}, {"kills", r.kills}, {"rotation", r.rotation}, {"outage", r.outage}, {"uninstall", r.uninstall},
	} {
		if r.flags.only != "" && r.flags.only != part.name {
			continue
		}
		r.say("%s", part.name)
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// install starts two replicas behind a balancer, and has the API server ask there.
func (r *runner) install(ctx context.Context) error {
	var err error
	if r.balancer, err = newBalancer(); err != nil {
		return err
	}
	go r.balancer.serve(ctx)
	r.port = r.balancer.port()
	hooks, err := r.MakeWebhooks(ctx, r.certs(), r.port)
	if err != nil {
		return err
	}
	for i := range r.replicas {
		if r.replicas[i], err = r.startReplica(ctx, i); err != nil {
			return err
		}
	}
	if err := errors.Join(r.Apply(ctx, hooks), r.ApplyPolicy(ctx)); err != nil {
		return err
	}
	r.load, err = r.newLoad(ctx)
	return err
}

// replica is one operator with what the balancer knows of it.
type replica struct {
	*harness.Operator
	end *endpoint
}

// startReplica starts a replica and waits until it gets connections. Call it from the main goroutine.
func (r *runner) startReplica(ctx context.Context, i int) (*replica, error) {
	address, err := harness.FreeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	o, err := r.StartOperator("operator-"+strconv.Itoa(i)+".log", r.flags.operator, "--webhook-host=127.0.0.1", "--webhook-port="+port,
		"--webhook-cert-dir="+r.certs(), "--webhook-cert-rotation=false")
	if err != nil {
		return nil, err
	}
	if err := o.Ready(ctx); err != nil {
		return nil, err
	}
	rep := &replica{o, &endpoint{address: address, health: "http://" + o.Health + "/readyz"}}
	r.balancer.put(i, rep.end)
	return rep, harness.Await(ctx, time.Minute, "the balancer", o.Process, func() (bool, error) { return r.balancer.has(rep.end), nil })
}
