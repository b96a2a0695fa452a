package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Bounds of --limit.
const (
	defaultLimit = 20
	maxLimit     = 1000
)

func (p *plugin) scoreNext() *cobra.Command {
	var f scoreFlags
	c := &cobra.Command{
		Use:   "next [ENTITY]",
		Short: "Say what to fix first to reach the next level",
		Long: `Say what to fix first to reach the next level: of one entity, of all that a Group with the groups below it or a User
owns, or of a System and its members. Looked at are the active Scorecards of the cluster, or the one that is named.

The fixes of an entity are the checks that hold back its next level on a Scorecard, and no others; at the highest
level, or where there are none, the fewest checks that lead to the pass mark. Fixes of several entities are ordered so
that what brings most of them to their next level for each fix comes first: ENTITIES says how many wait for one, and
REACH how many get there once it and those above it are done.

The exit code is 0, or 2 if there is no answer.
` + fmt.Sprintf(naming, "a Component"),
		Example: `  # What should the team do first?
  kubectl callboard score next --owner group:checkout-team

  # What does a System need, on one Scorecard?
  kubectl callboard score next --system shop/storefront --scorecard production-readiness

  # What does this one need?
  kubectl callboard score next component/shop/checkout`,
		Args: func(_ *cobra.Command, args []string) error { return oneSubject(args, f.within) },
		RunE: func(c *cobra.Command, args []string) error { return p.runScoreNext(c.Context(), args, f) },
	}
	f.within.add(c)
	c.Flags().StringVar(&f.scorecard, "scorecard", "", "Look at the Scorecard of this name alone, even if it is a draft.")
	c.Flags().IntVar(&f.limit, "limit", defaultLimit, "List so many fixes, and so many entities, at most.")
	p.addOutput(c)
	return c
}

// oneSubject holds that just one thing is asked about.
func oneSubject(args []string, f withinFlags) error {
	n := len(args)
	for _, flag := range []string{f.owner, f.system} {
		if flag != "" {
			n++
		}
	}
	if n != 1 {
		return errors.New("say whom it is about: name one entity, or --owner, or --system")
	}
	return nil
}

func (p *plugin) runScoreNext(ctx context.Context, args []string, f scoreFlags) error {
	if f.limit < 1 || f.limit > maxLimit {
		return fmt.Errorf("--limit: must be from 1 to %d, and is %d", maxLimit, f.limit)
	}
	of, err := p.owned(f.within)
	if err != nil {
		return err
	}
	var one relation.Ref
	if len(args) == 1 {
		if one, err = p.entity(args[0]); err != nil {
			return err
		}
	}
	cards, l, err := p.cards(ctx, f)
	if err != nil {
		return err
	}
	if cards = inForce(cards, f.scorecard); len(cards) == 0 {
		return errors.New("no Scorecard of the cluster is active: name a draft with --scorecard")
	}
	s, err := p.scene(ctx, l, cards, false)
	if err != nil {
		return err
	}
	within, err := s.within(of)
	if err != nil {
		return err
	}
	about := one
	if one.IsZero() {
		about = cmp.Or(of.owner, of.system)
	} else {
		within = func(ref relation.Ref) bool { return ref == one }
		if s.entities[one] == nil {
			return fmt.Errorf("%s does not exist: %s", one, s.instead(one))
		}
	}
	answer := s.next(ctx, cards, within, f.limit)
	if err := ctx.Err(); err != nil {
		return err
	}
	if answer.Judged == 0 && !one.IsZero() {
		return unjudged(one, cards)
	}
	if answer.Judged == 0 {
		return fmt.Errorf("nothing of %s is judged by a Scorecard: look at spec.appliesTo", about)
	}
	answer.Of, answer.Notes, answer.one = about.String(), s.limits(), !one.IsZero()
	return p.print(answer)
}

// inForce are the active Scorecards; the one that is named counts in any case.
func inForce(cards []card, name string) []card {
	return slices.DeleteFunc(cards, func(c card) bool { return name == "" && c.Spec.Mode != catalog.ScorecardActive })
}

// scoreNextAnswer is what score next answers.
type scoreNextAnswer struct {
	Of string `json:"of"`
	// Judged counts the results: an entity that two Scorecards judge counts twice. Done are those at the highest level, or
	// at the pass mark where there are no levels.
	Judged int `json:"judged"`
	Done   int `json:"done"`
	// Fixes are the checks to pass, what brings most first; MoreFixes counts those beyond the limit.
	Fixes     []nextFix `json:"fixes"`
	MoreFixes int       `json:"moreFixes,omitempty"`
	// Entities are those that are not done, who needs least first; MoreEntities counts those beyond the limit.
	Entities     []nextEntity `json:"entities"`
	MoreEntities int          `json:"moreEntities,omitempty"`
	Notes        []string     `json:"notes,omitempty"`

	one bool // one entity was asked for
}

// nextFix is a check that entities have to pass for their next level.
type nextFix struct {
	Scorecard string            `json:"scorecard"`
	Check     catalog.CheckName `json:"check"`
	Title     string            `json:"title,omitempty"`
	// Entities counts those that wait for it, and Reach those that get to their next level once it and those above are done.
	Entities int    `json:"entities"`
	Reach    int    `json:"reach"`
	Remedy   string `json:"remedy,omitempty"`
}

// nextEntity is what an entity needs for its next level on a Scorecard.
type nextEntity struct {
	Entity    string       `json:"entity"`
	Scorecard string       `json:"scorecard"`
	Level     catalog.Word `json:"level,omitempty"`
	Percent   *int32       `json:"percent,omitempty"`
	// Next is the next level, or the percent of the pass mark.
	Next  string        `json:"next"`
	Fixes []checkResult `json:"fixes"`
}

// next gathers what entities need.
func (s *scene) next(ctx context.Context, cards []card, within func(relation.Ref) bool, limit int) scoreNextAnswer {
	out := scoreNextAnswer{Fixes: []nextFix{}, Entities: []nextEntity{}}
	var gaps []scorecard.Gap
	for _, c := range cards {
		for _, ref := range s.judged(c, within) {
			r, ok := c.compiled.Evaluate(ctx, s.subject(ref))
			if !ok || r.Verdict == catalog.VerdictNotApplicable {
				continue
			}
			out.Judged++
			g, ok := c.compiled.Gap(&r)
			if !ok {
				out.Done++
				continue
			}
			gaps = append(gaps, g)
			out.Entities = append(out.Entities, nextOf(ref, c, &r, g))
		}
	}
	for _, f := range scorecard.Plan(gaps) {
		k := checkNamed(cards, f.Scorecard, f.Check)
		out.Fixes = append(out.Fixes, nextFix{f.Scorecard, f.Check, k.Title, f.Entities, f.Reach, k.Remedy})
	}
	slices.SortStableFunc(out.Entities, func(a, b nextEntity) int {
		return cmp.Or(cmp.Compare(len(a.Fixes), len(b.Fixes)), strings.Compare(a.Entity, b.Entity), strings.Compare(a.Scorecard, b.Scorecard))
	})
	if out.MoreFixes = max(0, len(out.Fixes)-limit); out.MoreFixes > 0 {
		out.Fixes = out.Fixes[:limit]
	}
	if out.MoreEntities = max(0, len(out.Entities)-limit); out.MoreEntities > 0 {
		out.Entities = out.Entities[:limit]
	}
	return out
}

func nextOf(ref relation.Ref, c card, r *scorecard.Result, g scorecard.Gap) nextEntity {
	out := nextEntity{Entity: ref.String(), Scorecard: c.Name, Level: r.Level, Next: string(g.Level)}
	if r.Percent >= 0 {
		out.Percent = &r.Percent
	}
	if mark := c.compiled.Mark(r); g.Level == "" {
		out.Next = percentText(mark.Score)
	}
	for i := range g.Fixes {
		out.Fixes = append(out.Fixes, checkOf(&g.Fixes[i]))
	}
	return out
}

// checkNamed finds a check of a Scorecard.
func checkNamed(cards []card, name string, check catalog.CheckName) *catalog.ScorecardCheck {
	for _, c := range cards {
		for i := range c.Spec.Checks {
			if c.Name == name && c.Spec.Checks[i].Name == check {
				return &c.Spec.Checks[i]
			}
		}
	}
	return &catalog.ScorecardCheck{Name: check}
}

func (a scoreNextAnswer) text(w io.Writer, wide bool) {
	if len(a.Entities) == 0 {
		fmt.Fprintf(w, "%s: nothing to do: %d of %d are at the highest level, or at the pass mark.\n", a.Of, a.Done, a.Judged)
		printNotes(w, a.Notes)
		return
	}
	rows := [][]string{{"FIX", "ENTITIES", "REACH", "REMEDY"}}
	for _, f := range a.Fixes {
		rows = append(rows, []string{
			f.Scorecard + "/" + string(f.Check), strconv.Itoa(f.Entities), strconv.Itoa(f.Reach),
			orNone(oneLine(cmp.Or(f.Remedy, f.Title))),
		})
	}
	table(w, rows)
	more(w, a.MoreFixes)
	fmt.Fprintln(w)
	rows = [][]string{{"ENTITY", "SCORECARD", "NOW", "NEXT", "FIXES"}}
	details := [][]string{{"ENTITY", "CHECK", "RESULT", "MESSAGE", "DECIDED BY"}}
	for i := range a.Entities {
		e := &a.Entities[i]
		now := percentText(e.Percent)
		if e.Level != "" {
			now = string(e.Level) + " " + now
		}
		var fixes []string
		for _, k := range e.Fixes {
			fixes = append(fixes, string(k.Check))
			details = append(details, []string{e.Entity, string(k.Check), string(k.Outcome), k.Message, orNone(evidenceText(k.Evidence))})
		}
		rows = append(rows, []string{e.Entity, e.Scorecard, now, e.Next, strings.Join(fixes, ", ")})
	}
	table(w, rows)
	more(w, a.MoreEntities)
	if wide || a.one {
		fmt.Fprintln(w)
		table(w, details)
	}
	fmt.Fprintf(w, "\nResults: %d, of which %d have nothing left to do.\n", a.Judged, a.Done)
	printNotes(w, a.Notes)
}

// more says how many rows the limit left out.
func more(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(w, "and %d more: see --limit\n", n)
	}
}
