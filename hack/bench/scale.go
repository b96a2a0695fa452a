package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// scaleTries is how often a Deployment is scaled, down and up in turns.
const scaleTries = 50

// scale changes the replicas of Deployments as kubectl scale does, and measures how long it takes from the answer until
// the last change of the Component's status arrives.
func (s *board) scale(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m, err := s.watch(ctx)
	if err != nil {
		return err
	}
	s.say("scaling %d times", scaleTries)
	random := rand.New(rand.NewPCG(s.flags.seed, 4))
	var latencies []float64
	var d *appsv1.Deployment
	wrong := 0
	for i := range scaleTries {
		replicas := int32(3)
		if i%2 == 0 { // the next one puts it back
			d, replicas = s.careful[random.IntN(len(s.careful))], 1
		}
		latency, right, err := s.scaleOne(ctx, m, d, replicas)
		if err != nil {
			return err
		}
		if !right {
			wrong++
			s.say("%s/%s has %d replicas, and its status does not say so after %s", d.Namespace, d.Name, replicas, editMost)
		}
		latencies = append(latencies, latency.Seconds())
	}
	s.result("score_scale_p50", harness.Quantile(latencies, 0.5), 0)
	s.result("score_scale_max", harness.Quantile(latencies, 1), 0)
	s.result("score_scale_wrong", float64(wrong), 0)
	return nil
}

// scaleOne scales a Deployment, and plays its controller.
func (s *board) scaleOne(ctx context.Context, m *mirror, d *appsv1.Deployment, replicas int32) (time.Duration, bool, error) {
	sc, _ := s.check(checkReplicas)
	ref := relation.Ref{Kind: relation.Component, Namespace: d.Namespace, Name: d.Name}
	m.begin()
	text := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	if _, err := s.Admin.Do(ctx, http.MethodPatch, deploymentPath(d)+"/scale", contentMerge, text); err != nil {
		return 0, false, err
	}
	answered := time.Now()
	if err := s.Admin.Object(ctx, http.MethodGet, deploymentPath(d), nil, d); err != nil {
		return 0, false, err
	}
	if err := s.run(ctx, d); err != nil {
		return 0, false, err
	}
	right, err := m.settle(ctx, editQuiet, editMost, func(m *mirror) bool {
		e := m.entities[ref]
		return e != nil && scaled(e.EntityStatus(), sc.Name, replicas)
	})
	if err != nil || !right {
		return editMost, false, err
	}
	_, changes := m.seen()
	return lastAfter(slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return c.ref != ref }), answered), true, nil
}

// scaled says whether a status tells of so many replicas, and of what the check makes of them: the level falls with it,
// and the evidence names the field.
func scaled(s *catalog.EntityStatus, card string, replicas int32) bool {
	if len(s.Workloads) != 1 || s.Workloads[0].Desired == nil || *s.Workloads[0].Desired != replicas {
		return false
	}
	for i := range s.Scores {
		if s.Scores[i].Scorecard == card {
			return judgedRight(&s.Scores[i], replicas >= 2)
		}
	}
	return false
}

func judgedRight(s *catalog.Score, passes bool) bool {
	at := slices.IndexFunc(s.Failing, func(f catalog.FailingCheck) bool { return f.Check == checkReplicas })
	if passes {
		return at < 0 && s.Level != ""
	}
	return at >= 0 && s.Level == "" && slices.ContainsFunc(s.Failing[at].Evidence, func(e catalog.Evidence) bool {
		return strings.Contains(string(e.Path), "spec.replicas") && strings.Contains(string(e.Value), "1")
	})
}
