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

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// loaders is how many requests are sent at the same time where speed is not measured.
	loaders = 16
	// bareWorkers is how many the bare writer sends, and barePasses how often it writes every status.
	bareWorkers = 8
	barePasses  = 6
)

// measureBare measures how many statuses a client writes that does nothing else, before the operator runs. It takes
// the statuses away again.
func (r *runner) measureBare(ctx context.Context) error {
	if r.rate = r.flags.bare; r.rate > 0 {
		return nil
	}
	var rates []float64
	for n := range barePasses {
		entities, err := r.List(ctx)
		if err != nil {
			return err
		}
		bodies := make([]request, len(entities))
		for i, e := range entities {
			bodies[i] = bareStatus(e, int64(n))
		}
		if n == barePasses-1 { // as they were: not looked at yet
			for i, e := range entities {
				bodies[i] = bareStatus(e, -1)
			}
		}
		took, err := harness.Each(ctx, len(bodies), bareWorkers, func(ctx context.Context, i int) error {
			answer, err := r.Bare.Send(ctx, bodies[i].method, bodies[i].path, bodies[i].contentType, bodies[i].body)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close() // all that matters was read
			return err
		})
		if err != nil {
			return fmt.Errorf("write a status: %w", err)
		}
		rates = append(rates, float64(len(bodies))/took.Seconds())
	}
	r.rate = harness.Median(rates)
	return nil
}

// bareStatus writes a status of the size that the operator's have; generation -1 is none.
func bareStatus(e catalog.Entity, generation int64) request {
	ref := relation.RefOf(e)
	status := fields{"observedGeneration": generation}
	if generation >= 0 {
		var conditions []metav1.Condition
		for _, t := range []string{"Ready", "AccessGranted", "Healthy", "Owned", "ReferencesResolved", "WorkloadsLinked"} {
			conditions = append(conditions, metav1.Condition{
				Type: t, Status: metav1.ConditionTrue, Reason: "Measured", LastTransitionTime: metav1.Unix(0, 0),
				Message: "A sentence about as long as those that stand here", ObservedGeneration: generation,
			})
		}
		status["conditions"], status["owner"] = conditions, "group:race-users"
	}
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
