// Race holds visibility to what it promises where two writes that exclude each other are admitted at the same moment:
// each consumption that slips past admission so is flagged within a second.
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
	pairs    int
	rounds   int
	only     string
	bare     float64
	keep     bool
	collect  bool
	operator string
}

func parseFlags() (options, error) {
	var o options
	flag.IntVar(&o.pairs, "pairs", 50, "`number` of pairs of writes that are sent at the same moment")
	flag.IntVar(&o.rounds, "rounds", 100, "`number` of rounds of each race")
	flag.StringVar(&o.only, "only", "", "run one `race` alone: narrow, delete, unlist or move")
	flag.Float64Var(&o.bare, "bare", 0, "`rate` of a bare writer in writes/s, instead of measuring it")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with logs and data")
	flag.BoolVar(&o.collect, "collect", true, "have the API server collect its garbage before each round, and not in the middle of one")
	flag.StringVar(&o.operator, "operator", "", "`file` of an operator to run instead of building it")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.pairs < 1 || o.rounds < 1 {
		return o, errors.New("--pairs and --rounds: want 1 at least")
	}
	return o, nil
}

// runner is one run of all races.
type runner struct {
	*harness.Cluster
	harness.Report
	flags    options
	begun    time.Time
	operator *harness.Operator
	sides    [2]*harness.API // each sends one write of every pair
	watched  *watched
	rate     float64 // of the bare writer
}

// say tells how far it is.
func (r *runner) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(r.begun).Seconds(), fmt.Sprintf(format, args...))
}

func main() { harness.Main("race", run) }

func run(ctx context.Context) (short bool, err error) {
	o, err := parseFlags()
	if err != nil {
		return false, err
	}
	fmt.Printf("race: %d pairs, %d rounds, %d CPUs, %s\n", o.pairs, o.rounds, runtime.NumCPU(), harness.Machine())
	r := &runner{flags: o, begun: time.Now(), Report: harness.Report{Out: os.Stdout}}
	root, assets, err := harness.Find(ctx)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "callboard-race-")
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
	if r.Cluster, err = harness.StartCluster(ctx, assets, root, dir, "--only=api", "--gogc=400"); err != nil {
		return false, err
	}
	defer r.Up.Stop()
	err = r.race(ctx)
	return r.Short, err
}

// race runs all races, or the one that was asked for.
func (r *runner) race(ctx context.Context) error {
	for i := range r.sides {
		var err error
		if r.sides[i], err = r.NewClient("race"); err != nil {
			return err
		}
	}
	r.say("creating the catalog")
	if err := r.create(ctx); err != nil {
		return fmt.Errorf("create the catalog: %w", err)
	}
	if err := r.measureBare(ctx); err != nil {
		return err
	}
	if err := r.startOperator(ctx); err != nil {
		return err
	}
	defer r.operator.Stop()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.watched = r.watch(ctx)
	r.Inform("race_bare_rate", r.rate, "writes/s")
	for _, race := range races {
		if r.flags.only != "" && r.flags.only != race.name {
			continue
		}
		if err := r.rounds(ctx, race); err != nil {
			return fmt.Errorf("race %s: %w", race.name, err)
		}
	}
	return nil
}

// startOperator starts the operator with admission, and waits until the API server asks it.
func (r *runner) startOperator(ctx context.Context) error {
	if err := r.EndLease(ctx); err != nil {
		return err
	}
	address, err := harness.FreeAddress()
	if err != nil {
		return err
	}
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	certs := filepath.Join(r.Dir, "webhook")
	hooks, err := r.MakeWebhooks(ctx, certs, port)
	if err != nil {
		return err
	}
	r.operator, err = r.StartOperator("operator.log", r.flags.operator, "--webhook-host=localhost", "--webhook-port="+text,
		"--webhook-cert-dir="+certs, "--webhook-cert-rotation=false")
	if err != nil {
		return err
	}
	if err := r.operator.Ready(ctx); err != nil {
		return err
	}
	if err := errors.Join(r.Apply(ctx, hooks), r.ApplyPolicy(ctx)); err != nil {
		return err
	}
	return r.awaitAdmission(ctx)
}
