package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// loaders is how many requests are sent at the same time where speed is not measured.
	loaders = 16
	// barePasses is how often the bare writer writes every status with each number of workers.
	barePasses = 7
	// converged is how long nothing changes once the operator is done.
	converged = time.Second
)

// bareWorkers are the numbers of workers of which the best is taken.
var bareWorkers = []int{2, 4, 8, 16}

// measureBare measures how many statuses a client writes that does nothing else: those that the operator comes to, which
// ends before. It leaves them as they were.
func (r *runner) measureBare(ctx context.Context) error {
	if r.rate = r.flags.bare; r.rate > 0 {
		return nil
	}
	statuses, err := r.converge(ctx)
	if err != nil {
		return err
	}
	rates := map[int][]float64{}
	for range barePasses {
		for _, workers := range bareWorkers {
			if _, err := r.put(ctx, nil, loaders); err != nil {
				return err
			}
			rate, err := r.put(ctx, statuses, workers)
			if err != nil {
				return err
			}
			rates[workers] = append(rates[workers], rate)
		}
	}
	for _, workers := range bareWorkers {
		r.say("bare writer with %d workers: %.0f writes/s", workers, harness.Median(rates[workers]))
		r.rate = max(r.rate, harness.Median(rates[workers]))
	}
	return nil
}

// converge lets the operator write all statuses, and returns them.
func (r *runner) converge(ctx context.Context) (map[relation.Ref]*catalog.EntityStatus, error) {
	o, err := r.StartOperator("converge.log", r.flags.operator)
	if err != nil {
		return nil, err
	}
	defer o.Stop()
	var statuses map[relation.Ref]*catalog.EntityStatus
	var sum string
	since := time.Now()
	err = harness.Await(ctx, time.Minute, "the statuses", o.Process, func() (bool, error) {
		entities, err := r.List(ctx)
		if err != nil {
			return false, err
		}
		now, done := "", true
		statuses = map[relation.Ref]*catalog.EntityStatus{}
		for _, e := range entities {
			s := e.EntityStatus()
			statuses[relation.RefOf(e)] = s
			done = done && s.ObservedGeneration != nil && *s.ObservedGeneration == e.GetGeneration()
			now += e.GetResourceVersion() + " "
		}
		if now != sum {
			sum, since = now, time.Now()
		}
		return done && time.Since(since) > converged, nil
	})
	return statuses, err
}

// put writes the status of every entity, or that nobody has looked at it yet if there are none, and returns how many a
// second.
func (r *runner) put(ctx context.Context, statuses map[relation.Ref]*catalog.EntityStatus, workers int) (float64, error) {
	entities, err := r.List(ctx)
	if err != nil {
		return 0, err
	}
	bodies := make([]request, len(entities))
	for i, e := range entities {
		bodies[i] = bareStatus(e, statuses[relation.RefOf(e)])
	}
	took, err := harness.Each(ctx, len(bodies), workers, func(ctx context.Context, i int) error {
		answer, err := r.Bare.Send(ctx, bodies[i].method, bodies[i].path, bodies[i].contentType, bodies[i].body)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close() // all that matters was read
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("write a status: %w", err)
	}
	return float64(len(bodies)) / took.Seconds(), nil
}

// bareStatus writes a status; nil is none yet.
func bareStatus(e catalog.Entity, status *catalog.EntityStatus) request {
	if status == nil {
		status = &catalog.EntityStatus{ObservedGeneration: ptr.To[int64](-1)}
	}
	ref := relation.RefOf(e)
	return request{http.MethodPut, harness.EntityPath(ref) + "/status", harness.ContentJSON, encoded(fields{
		"apiVersion": catalog.GroupVersion.String(), "kind": ref.Kind.ObjectKind(), "status": status,
		"metadata": fields{"name": ref.Name, "namespace": ref.Namespace, "resourceVersion": e.GetResourceVersion()},
	})}
}

// scrape reads the metric of the violations.
func (r *runner) scrape(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.operator.Metrics+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("read the metrics: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	found := -1.0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), violations); ok {
			if found, err = strconv.ParseFloat(text, 64); err != nil {
				return 0, fmt.Errorf("read the metrics: %w", err)
			}
		}
	}
	return found, nil
}
