// Bench measures the operator's speed and size against a real API server: how fast it is compared with a client that
// does nothing but write, how often it writes, how soon an edit is everywhere, and what memory it takes. README.md
// explains the figures, bars.go holds the bars.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

// options are the flags.
type options struct {
	entities     int
	rounds       int
	seed         uint64
	only         string
	admission    bool
	scores       bool
	dashboard    bool
	sizes        []int // of catalogs, with --dashboard
	workloads    int
	full         bool
	keep         bool
	settle       time.Duration
	rest         time.Duration
	edits        int
	pprof        string
	operator     string
	operatorArgs string
}

// parts are what --only may name.
var parts = []string{"cold", "rest", "edits", "bulk"}

func parseFlags() (options, error) {
	var o options
	flag.IntVar(&o.entities, "entities", 10_000, "`number` of entities, such as 1000, 10000 or 100000")
	flag.IntVar(&o.rounds, "rounds", 0, "`number` of real runs between bare ones (3, or 5 with --full)")
	flag.Uint64Var(&o.seed, "seed", 1, "`number` that decides all that is left to chance")
	flag.StringVar(&o.only, "only", "", "measure one `part` alone: "+strings.Join(parts, ", "))
	flag.BoolVar(&o.admission, "admission", false, "measure admission, and nothing else")
	flag.BoolVar(&o.scores, "scores", false, "measure the score board, and nothing else; --entities are Components then, and there are others beside")
	flag.BoolVar(&o.dashboard, "dashboard", false, "measure pages of the dashboard, and nothing else; with 10,000 and with 100,000 entities unless --entities is given")
	flag.IntVar(&o.workloads, "workloads", 0, "`number` of Components that a Deployment runs, with --scores (a tenth of them)")
	flag.BoolVar(&o.full, "full", false, "measure longer and more often, where no flag says how long")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with logs and data")
	flag.DurationVar(&o.settle, "settle", 0, "how long the API server rests before a run (5s, or 10s with --full)")
	flag.DurationVar(&o.rest, "rest", 0, "how long writes at rest are counted (60s, or 300s with --full)")
	flag.IntVar(&o.edits, "edits", 0, "`number` of edits (104, or 200 with --full)")
	flag.StringVar(&o.pprof, "pprof", "", "`folder` for a CPU and a heap profile of the operator, taken in one more run")
	flag.StringVar(&o.operator, "operator", "", "`file` of an operator to measure instead of building it")
	flag.StringVar(&o.operatorArgs, "operator-args", "", "further `flags` of the operator, separated by blanks")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.only != "" && !slices.Contains(parts, o.only) {
		return o, fmt.Errorf("--only %q: want one of %s", o.only, strings.Join(parts, ", "))
	}
	if o.entities < 1000 {
		return o, fmt.Errorf("--entities %d: want 1000 at least", o.entities)
	}
	if o.admission && o.scores {
		return o, errors.New("--admission and --scores: want one of them at a time")
	}
	if o.workloads < 0 || o.workloads > o.entities || o.workloads > 0 && !o.scores {
		return o, fmt.Errorf("--workloads %d: want 1 to --entities (%d), with --scores", o.workloads, o.entities)
	}
	fill(&o.workloads, o.entities/10)
	o.sizes = dashboardSizes
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "entities" {
			o.sizes = []int{o.entities}
		}
	})
	short := options{rounds: 3, settle: 5 * time.Second, rest: time.Minute, edits: 104}
	if o.full {
		short = options{rounds: 5, settle: 10 * time.Second, rest: 5 * time.Minute, edits: 200}
	}
	fill(&o.rounds, short.rounds)
	fill(&o.settle, short.settle)
	fill(&o.rest, short.rest)
	fill(&o.edits, short.edits)
	return o, nil
}

func fill[T comparable](v *T, absent T) {
	var zero T
	if *v == zero {
		*v = absent
	}
}

// bench is one run of everything.
type bench struct {
	*cluster
	report
	flags    options
	root     string // of the checkout
	begun    time.Time
	made     *synthetic.Catalog
	bodies   []statusBody
	sizes    []float64 // of the statuses, in bytes
	workers  int       // of the bare writer
	bareRuns []bareRun
}

// say tells how far it is.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(b.begun).Seconds(), fmt.Sprintf(format, args...))
}

// bareRate is the median of the bare runs so far, in writes per second.
func (b *bench) bareRate() float64 {
	var rates []float64
	for _, r := range b.bareRuns {
		rates = append(rates, r.rate())
	}
	return harness.Median(rates)
}

func main() { harness.Main("bench", run) }

func run(ctx context.Context) (short bool, err error) {
	o, err := parseFlags()
	if err != nil {
		return false, err
	}
	fmt.Printf("bench: seed %d, %d entities, %d rounds, %d CPUs, %s\n", o.seed, o.entities, o.rounds, runtime.NumCPU(), harness.Machine())
	b := &bench{flags: o, begun: time.Now(), report: report{harness.Report{Out: os.Stdout}}}
	root, assets, err := harness.Find(ctx)
	if err != nil {
		return false, err
	}
	b.root = root
	if o.dashboard {
		err := b.dashboard(ctx)
		return b.Short, err
	}
	dir, err := os.MkdirTemp("", "callboard-bench-")
	if err != nil {
		return false, fmt.Errorf("make a folder: %w", err)
	}
	defer func() {
		if o.keep {
			b.say("logs and data: %s", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if o.pprof != "" {
		if err := os.MkdirAll(o.pprof, 0o755); err != nil {
			return false, fmt.Errorf("make the folder for profiles: %w", err)
		}
	}
	if o.operator == "" {
		b.say("building the operator")
		b.flags.operator = filepath.Join(dir, "callboard")
		if err := harness.BuildOperator(ctx, root, b.flags.operator); err != nil {
			return false, err
		}
	}
	b.say("starting the control plane")
	if b.cluster, err = startCluster(ctx, assets, root, dir, o.entities); err != nil {
		return false, err
	}
	defer b.Up.Stop()
	switch {
	case o.admission:
		err = b.admission(ctx)
	case o.scores:
		err = b.scores(ctx)
	default:
		err = b.measure(ctx)
	}
	return b.Short, err
}

// measure does all parts, or the one that was asked for.
func (b *bench) measure(ctx context.Context) error {
	b.made = synthetic.New(synthetic.Options{Entities: b.flags.entities, Seed: b.flags.seed})
	b.say("creating %d entities", len(b.made.Entities))
	if err := b.create(ctx, b.made); err != nil {
		return fmt.Errorf("create the catalog: %w", err)
	}
	if err := b.initial(ctx); err != nil {
		return err
	}
	if err := b.chooseWorkers(ctx); err != nil {
		return err
	}
	if b.wants("cold") {
		if err := b.cold(ctx); err != nil {
			return err
		}
	} else if _, err := b.runBare(ctx); err != nil {
		return err
	}
	b.reportBare()
	if b.flags.only == "cold" {
		return nil
	}
	o, err := b.restart(ctx)
	if err != nil {
		return err
	}
	defer o.Stop()
	for _, part := range []struct {
		name string
		do   func(context.Context, *operator) error
	}{{"rest", b.atRest}, {"edits", b.edits}, {"bulk", b.bulk}} {
		if !b.wants(part.name) {
			continue
		}
		if err := part.do(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) wants(part string) bool { return b.flags.only == "" || b.flags.only == part }

func (b *bench) reportBare() {
	var perWrite, foreign []float64
	for _, r := range b.bareRuns {
		foreign = append(foreign, r.cpu.Foreign(r.time))
		perWrite = append(perWrite, harness.Millis(r.cpu.All())/float64(r.writes))
	}
	b.result("bare_rate", b.bareRate(), 0)
	b.result("bare_workers", float64(b.workers), 0)
	b.result("bare_cpu", harness.Median(perWrite), 0)
	b.result("foreign_cpu", harness.Quantile(foreign, 1), 0)
}
