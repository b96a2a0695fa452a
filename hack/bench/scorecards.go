package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

const (
	scorecards    = 5
	checksPerCard = 10

	// Labels and annotations that checks of the bench's own read.
	shardLabel       = "bench.callboard.dev/shard"
	onCallAnnotation = "bench.callboard.dev/on-call"
	shards           = 10 // over which the components are dealt out

	checkReplicas = "two-replicas" // of the library
	checkOnCall   = "on-call"
	checkShard    = "shard"

	// linked guards checks of workloads: those of the library judge by a where which of the entities run in the cluster,
	// which would leave most of the components here to fewer checks.
	linked = "has(entity.status.workloads)"
)

// library reads the ready scorecards of the checkout, by the names of the files.
func library(root string) ([]*catalog.Scorecard, error) {
	files, err := filepath.Glob(filepath.Join(root, "config", "scorecards", "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("find the ready scorecards: %w", errors.Join(err, os.ErrNotExist))
	}
	var out []*catalog.Scorecard
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a ready scorecard: %w", err)
		}
		sc := &catalog.Scorecard{}
		if err := yaml.UnmarshalStrict(text, sc); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		out = append(out, sc)
	}
	return out, nil
}

// makeCards deals the library's checks of Components out to Scorecards, after two of the bench's own. The check of
// replicas alone decides the lowest level of the first.
func makeCards(root string) ([]*catalog.Scorecard, error) {
	ready, err := library(root)
	if err != nil {
		return nil, err
	}
	checks := inTurn(ready)
	at := slices.IndexFunc(checks, func(c catalog.ScorecardCheck) bool { return c.Name == checkReplicas })
	if at < 0 {
		return nil, fmt.Errorf("the ready scorecards have no check %s", checkReplicas)
	}
	checks[0], checks[at] = checks[at], checks[0]
	checks = slices.Insert(checks, 1, catalog.ScorecardCheck{
		Name: checkOnCall, Title: "Somebody is on call",
		Expression: "has(entity.metadata.annotations) && '" + onCallAnnotation + "' in entity.metadata.annotations",
	}, catalog.ScorecardCheck{Name: checkShard, Title: "Is on no shard that is closed", Expression: shardExpression("none")})
	out := make([]*catalog.Scorecard, scorecards)
	for i := range out {
		out[i] = newCard(i)
	}
	for i, n := 0, 0; n < scorecards*checksPerCard; i++ {
		if i == len(checks) {
			return nil, fmt.Errorf("the ready scorecards have too few checks of Components: %d Scorecards of %d cannot be made of them", scorecards, checksPerCard)
		}
		dealt, err := deal(&checks[i], out)
		if err != nil {
			return nil, err
		}
		if dealt {
			n++
		}
	}
	return out, nil
}

// inTurn are the checks of Components: the first of each Scorecard, then the second.
func inTurn(ready []*catalog.Scorecard) []catalog.ScorecardCheck {
	var out []catalog.ScorecardCheck
	for i, more := 0, true; more; i++ {
		more = false
		for _, sc := range ready {
			if i < len(sc.Spec.Checks) && slices.Contains(sc.Spec.AppliesTo.Kinds, catalog.KindComponent) {
				out, more = append(out, sc.Spec.Checks[i]), true
			}
		}
	}
	return out
}

// shardExpression fails the components of one shard.
func shardExpression(closed string) catalog.CELExpression {
	return catalog.CELExpression("has(entity.metadata.labels) && entity.metadata.labels[?'" + shardLabel + "'].orValue('') != '" + closed + "'")
}

func newCard(i int) *catalog.Scorecard {
	sc := &catalog.Scorecard{}
	sc.APIVersion, sc.Kind, sc.Name = catalog.GroupVersion.String(), "Scorecard", fmt.Sprintf("bench-%d", i)
	sc.Spec.Mode = catalog.ScorecardActive
	sc.Spec.AppliesTo.Kinds = []catalog.ScoredKind{catalog.KindComponent}
	sc.Spec.Levels = []catalog.ScorecardLevel{{Name: "Bronze"}, {Name: "Silver"}, {Name: "Gold"}}
	sc.Spec.Passing.Level = "Silver"
	return sc
}

// deal gives a check to the Scorecard with the fewest, unless it has one of that name. Its place there decides its level.
func deal(c *catalog.ScorecardCheck, to []*catalog.Scorecard) (bool, error) {
	least := slices.MinFunc(to, func(a, b *catalog.Scorecard) int { return len(a.Spec.Checks) - len(b.Spec.Checks) })
	if slices.ContainsFunc(least.Spec.Checks, func(had catalog.ScorecardCheck) bool { return had.Name == c.Name }) {
		return false, nil
	}
	levels := [checksPerCard]catalog.Word{"Bronze", "Silver", "Silver", "Silver", "Silver", "Gold", "Gold", "Gold"}
	dealt := *c
	dealt.Level = levels[len(least.Spec.Checks)]
	alone := newCard(0)
	alone.Spec.Checks = []catalog.ScorecardCheck{dealt}
	compiled, wrong := scorecard.Compile(alone, scorecard.Stored)
	if err := wrong.ToAggregate(); err != nil {
		return false, fmt.Errorf("compile the check %s: %w", c.Name, err)
	}
	if compiled.Reads(relation.Component).Has(scorecard.VarWorkloads) {
		dealt.When = linked
		if c.When != "" {
			dealt.When = catalog.CELExpression(fmt.Sprintf("%s && (%s)", linked, c.When))
		}
	}
	least.Spec.Checks = append(least.Spec.Checks, dealt)
	return true, nil
}
