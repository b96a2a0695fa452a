package dashboard

import (
	"fmt"

	"github.com/callboard-dev/callboard/api/access"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// scorecardView is what the page of a Scorecard shows.
type scorecardView struct {
	link
	Description string          `json:"description,omitempty"`
	Mode        string          `json:"mode"`
	Kinds       []string        `json:"kinds"`
	Where       string          `json:"where,omitempty"`
	Passing     string          `json:"passing"`
	Gate        string          `json:"gate,omitempty"`
	Levels      []levelLine     `json:"levels,omitempty"`
	Checks      []checkLine     `json:"checks"`
	Overrides   []overrideLine  `json:"overrides,omitempty"`
	Totals      rollupScore     `json:"totals"`
	Trend       *trendView      `json:"trend,omitempty"`
	Board       string          `json:"board"`
	Exemptions  []exemptionLine `json:"exemptions,omitempty"`
	Missing     []Empty         `json:"missing,omitempty"`
	Conditions  []condition     `json:"conditions"`
	Manifest    manifest        `json:"manifest"`
	Kubectl     []string        `json:"kubectl"`
}

// Crumbs lead to the score board.
func (v *scorecardView) Crumbs() []Link {
	return []Link{{Text: "Scores", URL: "/scores"}, {Text: v.Name}}
}

// levelLine is a level of a Scorecard, with how many entities reached it and no higher one.
type levelLine struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Entities    int32  `json:"entities"`
}

// checkLine is a check of a Scorecard.
type checkLine struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Level       string   `json:"level,omitempty"`
	Weight      int32    `json:"weight"`
	When        string   `json:"when,omitempty"`
	Expression  string   `json:"expression"`
	Remedy      string   `json:"remedy,omitempty"`
	Controls    []string `json:"controls,omitempty"`
	// Failed counts the entities that do not pass it, if it is among those that most do not pass.
	Failed int32 `json:"failed,omitempty"`
}

// overrideLine is an override of a Scorecard.
type overrideLine struct {
	Name     string   `json:"name"`
	For      []string `json:"for,omitempty"`
	Passing  string   `json:"passing,omitempty"`
	Disabled []string `json:"disabled,omitempty"`
	Weights  []figure `json:"weights,omitempty"`
}

func (s *server) scorecard(r *request) (*scorecardView, error) {
	l := s.sightOf(r)
	card := l.card(r.PathValue("name"))
	if card == nil {
		return nil, orNotFound(l.err)
	}
	v := &scorecardView{
		link: scorecardLink(card.Name, card), Description: card.Spec.Description, Mode: string(card.Spec.Mode),
		Where: string(card.Spec.AppliesTo.Where), Passing: mark(card.Spec.Passing), Levels: levelsOf(card), Checks: checksOf(card),
		Overrides: overridesOf(card), Totals: totalsOf(card.Status.Totals, card), Trend: trendOf(card.Status.Trend),
		Board: objectURL("scores", "", card.Name), Conditions: conditionsOf(card.Status.Conditions), Manifest: manifestFrom(card, catalog.KindScorecard, "scorecards"),
		Kubectl: []string{
			kubectl("get", "scorecards", card.Name),
			kubectl("callboard", "audit", "--scorecard", card.Name),
		},
	}
	v.Missing = missingOf("scorecards", "", card.Name, cardGaps(card)...)
	for _, k := range card.Spec.AppliesTo.Kinds {
		v.Kinds = append(v.Kinds, string(k))
	}
	if g := card.Spec.Gate; g.Mode != "" {
		v.Gate = string(g.Mode)
	}
	v.Exemptions = l.exemptionsThat(func(x *catalog.Exemption) bool {
		return x.Spec.Scorecard == card.Name && l.may(access.Exemptions, x.Namespace)
	})
	return v, l.err
}

// cardGaps are what may be missing of a Scorecard.
func cardGaps(card *catalog.Scorecard) []gap {
	silent := ""
	for i := len(card.Spec.Checks) - 1; i >= 0; i-- {
		if c := &card.Spec.Checks[i]; c.Remedy == "" {
			silent = string(c.Name)
		}
	}
	return []gap{
		{card.Spec.Description == "", "A description", "Those who are judged do not know why.", "spec:\n  description: What it asks for, and why."},
		{silent != "", "What to do", "A check without a remedy tells people that they fail, and not what to do about it.",
			"spec:\n  checks:\n    - name: " + silent + "\n      remedy: What to change, and where."},
		{len(card.Spec.Levels) == 0, "Levels", "There is no next step to reach: it is all or nothing.",
			"spec:\n  levels:\n    - {name: Bronze}\n    - {name: Silver}\n    - {name: Gold}"},
	}
}

func mark(p catalog.PassMark) string {
	switch {
	case p.Level != "":
		return "Level " + string(p.Level)
	case p.Score != nil:
		return fmt.Sprintf("%d%% of the points", *p.Score)
	}
	return ""
}

func levelsOf(card *catalog.Scorecard) []levelLine {
	var out []levelLine
	for _, lv := range card.Spec.Levels {
		line := levelLine{Name: string(lv.Name), Description: lv.Description}
		for _, c := range card.Status.Totals.Levels {
			if c.Level == lv.Name {
				line.Entities = c.Entities
			}
		}
		out = append(out, line)
	}
	return out
}

func checksOf(card *catalog.Scorecard) []checkLine {
	failed := map[catalog.CheckName]int32{}
	for _, c := range card.Status.Totals.MostFailed {
		failed[c.Check] = c.Entities
	}
	out := make([]checkLine, 0, len(card.Spec.Checks))
	for i := range card.Spec.Checks {
		c := &card.Spec.Checks[i]
		line := checkLine{
			Name: string(c.Name), Title: c.Title, Description: c.Description, Level: string(c.Level), Weight: 1, When: string(c.When),
			Expression: string(c.Expression), Remedy: c.Remedy, Failed: failed[c.Name],
		}
		if line.Title == "" {
			line.Title = line.Name
		}
		if c.Weight != nil {
			line.Weight = *c.Weight
		}
		for _, x := range c.Controls {
			line.Controls = append(line.Controls, string(x))
		}
		out = append(out, line)
	}
	return out
}

func overridesOf(card *catalog.Scorecard) []overrideLine {
	var out []overrideLine
	for i := range card.Spec.Overrides {
		o := &card.Spec.Overrides[i]
		line := overrideLine{Name: string(o.Name), Passing: mark(o.Passing)}
		for _, r := range o.Systems {
			line.For = append(line.For, string(r))
		}
		for _, r := range o.Domains {
			line.For = append(line.For, string(r))
		}
		for _, d := range o.Disabled {
			line.Disabled = append(line.Disabled, string(d))
		}
		for _, w := range o.Weights {
			if w.Weight != nil {
				line.Weights = append(line.Weights, figure{Name: string(w.Check), N: *w.Weight})
			}
		}
		out = append(out, line)
	}
	return out
}
