package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// comparison is how the results of a Scorecard differ from what the statuses say today.
type comparison struct {
	// Changed counts the entities with another verdict, level or percent, and those that nobody judges today.
	Changed int `json:"changed"`
	// WouldFail are those that do not fail today, and WouldPass those that do not pass.
	WouldFail []string `json:"wouldFail,omitempty"`
	WouldPass []string `json:"wouldPass,omitempty"`
	// NoLongerJudged are those that only the Scorecard of the cluster selects.
	NoLongerJudged []string `json:"noLongerJudged,omitempty"`
}

func (c *comparison) text() string {
	count := func(names []string) string {
		if len(names) == 0 {
			return "0"
		}
		return fmt.Sprintf("%d (%s)", len(names), enumerate(slices.Clone(names)))
	}
	return fmt.Sprintf("Against today: %d changed. Would fail and do not: %s. Would pass and do not: %s. No longer judged: %s.",
		c.Changed, count(c.WouldFail), count(c.WouldPass), count(c.NoLongerJudged))
}

// standing is how an entity stands on a Scorecard, as its status says.
type standing struct {
	// Verdict is NotJudged if the status does not speak of the Scorecard.
	Verdict catalog.Verdict `json:"verdict"`
	Level   catalog.Word    `json:"level,omitempty"`
	Percent *int32          `json:"percent,omitempty"`
}

// notJudged is the verdict of a status on a Scorecard of which it does not speak.
const notJudged catalog.Verdict = "NotJudged"

// text is the standing as the table shows it: one that is the same is not repeated.
func (s *standing) text() string {
	if s == nil {
		return "same"
	}
	out := []string{string(s.Verdict)}
	if s.Level != "" {
		out = append(out, string(s.Level))
	}
	if s.Percent != nil {
		out = append(out, percentText(s.Percent))
	}
	return strings.Join(out, " ")
}

// today are the Scorecards of the cluster that statuses speak of.
func (s *scene) today(ctx context.Context, l lister) (map[string]bool, error) {
	all, err := typed[catalog.Scorecard](ctx, l, scorecardsResource, "")
	if apierrors.IsForbidden(err) {
		s.unread = append(s.unread, unread{
			scorecardsResource.GroupResource().String(), "whether the cluster has these Scorecards is not known, and nothing is compared with today",
		})
		return map[string]bool{}, nil
	}
	if err := s.unless(err, scorecardsResource, ""); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, sc := range all {
		if sc.Spec.Mode == catalog.ScorecardActive {
			out[sc.Name] = true
		}
	}
	return out, nil
}

// compare adds to the results how they differ from what the statuses say today.
func (s *scene) compare(c *cardResult, only selection, today map[string]bool) {
	if !today[c.Scorecard] {
		return
	}
	c.Compared = &comparison{}
	judged := map[string]bool{}
	for i := range c.Results {
		e := &c.Results[i]
		judged[e.Entity] = true
		ref, err := relation.Parse(catalog.EntityRef(e.Entity), relation.KindNone, "")
		if err != nil {
			continue // it was written from a reference
		}
		now, known := s.standing(ref, c.Scorecard)
		if known && !now.is(e) {
			e.Today = &now
			c.Compared.add(e)
		}
	}
	for ref := range s.entities {
		if now, known := s.standing(ref, c.Scorecard); known && now.Verdict != notJudged && only.has(ref) && !judged[ref.String()] {
			c.Compared.NoLongerJudged = append(c.Compared.NoLongerJudged, ref.String())
			c.Compared.Changed++
		}
	}
	slices.Sort(c.Compared.NoLongerJudged)
}

func (c *comparison) add(e *entityResult) {
	c.Changed++
	switch {
	case e.Verdict == catalog.VerdictFailing && e.Today.Verdict != catalog.VerdictFailing:
		c.WouldFail = append(c.WouldFail, e.Entity)
	case e.Verdict == catalog.VerdictPassing && e.Today.Verdict != catalog.VerdictPassing:
		c.WouldPass = append(c.WouldPass, e.Entity)
	}
}

// standing is what the status of an entity says about a Scorecard. It is not known where the status has no room for more.
func (s *scene) standing(ref relation.Ref, name string) (now standing, known bool) {
	e := s.entities[ref]
	if e == nil {
		return now, false
	}
	scores := e.EntityStatus().Scores
	for i := range scores {
		if scores[i].Scorecard == name {
			return standing{scores[i].Verdict, scores[i].Level, scores[i].Percent}, true
		}
	}
	return standing{Verdict: notJudged}, len(scores) < scorecard.MaxScores
}

func (s *standing) is(e *entityResult) bool {
	return s.Verdict == e.Verdict && s.Level == e.Level && percentText(s.Percent) == percentText(e.Percent)
}
