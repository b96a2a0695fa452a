package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// bareWrites is the least number of writes that the bare rate is measured with.
	bareWrites = 10_000
	// trialWrites is how many of them each worker count gets to show what it can do.
	trialWrites = 2500
)

// workerCounts are those of which the best is taken.
var workerCounts = []int{2, 4, 8, 16}

// bareRun is what the bare writer did.
type bareRun struct {
	writes int
	time   time.Duration
	cpu    harness.CPU
}

func (r bareRun) rate() float64 { return float64(r.writes) / r.time.Seconds() }

// put writes a stretch of the statuses as fast as the API server takes them.
func (b *bench) put(ctx context.Context, bodies []statusBody, versions []string, workers int) (time.Duration, error) {
	return harness.Each(ctx, len(bodies), workers, func(ctx context.Context, i int) error {
		s := &bodies[i]
		answer, err := b.Bare.Send(ctx, http.MethodPut, s.path, harness.ContentJSON, joined(s.before, versions[i], s.after))
		if err != nil {
			return fmt.Errorf("write a status: %w", err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return fmt.Errorf("write a status: %w", err)
		}
		return answer.Body.Close()
	})
}

// chooseWorkers finds the best number of workers. They take turns in short stretches, forth and back, so that a machine
// that gets slower or faster does not favour one.
func (b *bench) chooseWorkers(ctx context.Context) error {
	spent, done := make([]time.Duration, len(workerCounts)), make([]int, len(workerCounts))
	for done[0] < trialWrites {
		versions, err := b.reset(ctx, b.bodies)
		if err != nil {
			return err
		}
		turns := 2 * len(workerCounts)
		for turn := range turns {
			from, to := turn*len(b.bodies)/turns, (turn+1)*len(b.bodies)/turns
			i := min(turn, turns-1-turn)
			took, err := b.put(ctx, b.bodies[from:to], versions[from:to], workerCounts[i])
			if err != nil {
				return err
			}
			spent[i] += took
			done[i] += to - from
		}
	}
	best := 0.0
	for i, n := range workerCounts {
		rate := float64(done[i]) / spent[i].Seconds()
		b.say("bare writer with %d workers: %.0f writes/s", n, rate)
		if rate > best {
			best, b.workers = rate, n
		}
	}
	return nil
}

// runBare measures the bare rate once. It leaves the statuses converged.
func (b *bench) runBare(ctx context.Context) (bareRun, error) {
	var r bareRun
	for first := true; r.writes < bareWrites; first = false {
		versions, err := b.reset(ctx, b.bodies)
		if err != nil {
			return r, err
		}
		if first {
			if err := harness.Sleep(ctx, b.flags.settle); err != nil {
				return r, err
			}
		}
		before, err := b.CPU(nil)
		if err != nil {
			return r, err
		}
		took, err := b.put(ctx, b.bodies, versions, b.workers)
		if err != nil {
			return r, err
		}
		after, err := b.CPU(nil)
		if err != nil {
			return r, err
		}
		r.writes += len(b.bodies)
		r.time += took
		r.cpu = r.cpu.Plus(after.Minus(before))
	}
	b.say("bare: %d writes, %.0f/s, %.2f ms CPU each (API server %.2f), others took %.0f %% of the machine", r.writes, r.rate(),
		harness.Millis(r.cpu.All())/float64(r.writes), harness.Millis(r.cpu.APIServer)/float64(r.writes), r.cpu.Foreign(r.time))
	b.bareRuns = append(b.bareRuns, r)
	return r, nil
}
