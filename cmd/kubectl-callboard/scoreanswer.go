package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The field names of what follows are stable: docs/plugin.md explains them to who reads them with a program.

// scoreTestAnswer is what score test answers.
type scoreTestAnswer struct {
	Scorecards []cardResult `json:"scorecards"`
	Notes      []string     `json:"notes,omitempty"`
}

// cardResult is how the entities do on a Scorecard.
type cardResult struct {
	Scorecard     string `json:"scorecard"`
	Title         string `json:"title,omitempty"`
	Entities      int    `json:"entities"`
	Passing       int    `json:"passing"`
	Failing       int    `json:"failing"`
	NotApplicable int    `json:"notApplicable"`
	// Average is the mean percentage of those that have one, rounded down.
	Average *int32 `json:"average,omitempty"`
	// Results are those of the entities, who fails first.
	Results []entityResult `json:"results"`
}

// entityResult is how an entity does.
type entityResult struct {
	Entity   string          `json:"entity"`
	Verdict  catalog.Verdict `json:"verdict"`
	Level    catalog.Word    `json:"level,omitempty"`
	Percent  *int32          `json:"percent,omitempty"`
	Override catalog.Word    `json:"override,omitempty"`
	// Failed are the checks that are not passed, worst first.
	Failed []checkResult `json:"failed,omitempty"`
}

// checkResult is how a check came out.
type checkResult struct {
	Check    catalog.CheckName    `json:"check"`
	Outcome  catalog.CheckOutcome `json:"outcome"`
	Level    catalog.Word         `json:"level,omitempty"`
	Weight   int64                `json:"weight"`
	Message  string               `json:"message,omitempty"`
	Evidence []catalog.Evidence   `json:"evidence,omitempty"`
}

func checkOf(r *scorecard.CheckResult) checkResult {
	return checkResult{Check: r.Check, Outcome: r.Outcome, Level: r.Level, Weight: r.Weight, Message: r.Message, Evidence: r.Evidence}
}

func entityOf(ref relation.Ref, r *scorecard.Result) entityResult {
	out := entityResult{Entity: ref.String(), Verdict: r.Verdict, Level: r.Level, Override: r.Override}
	if r.Percent >= 0 {
		out.Percent = &r.Percent
	}
	for _, k := range r.Failing() {
		out.Failed = append(out.Failed, checkOf(&k))
	}
	return out
}

var worstFirst = []catalog.Verdict{catalog.VerdictFailing, catalog.VerdictPassing, catalog.VerdictNotApplicable}

// test judges everybody that a Scorecard and the command line select.
func (s *scene) test(ctx context.Context, c card, only selection) cardResult {
	out := cardResult{Scorecard: c.Name, Title: c.Spec.Title, Results: []entityResult{}}
	sum, counted := 0, 0
	for _, k := range c.compiled.Kinds() {
		for _, ref := range s.graph.All(k) {
			if !only.has(ref) {
				continue
			}
			r, ok := c.compiled.Evaluate(ctx, s.subject(ref))
			if !ok {
				continue
			}
			switch r.Verdict {
			case catalog.VerdictPassing:
				out.Passing++
			case catalog.VerdictFailing:
				out.Failing++
			case catalog.VerdictNotApplicable:
				out.NotApplicable++
			}
			if r.Percent >= 0 {
				sum, counted = sum+int(r.Percent), counted+1
			}
			out.Results = append(out.Results, entityOf(ref, &r))
		}
	}
	out.Entities = len(out.Results)
	if counted > 0 {
		average := int32(sum / counted)
		out.Average = &average
	}
	percent := func(e *entityResult) int32 {
		if e.Percent == nil {
			return 101
		}
		return *e.Percent
	}
	slices.SortStableFunc(out.Results, func(a, b entityResult) int {
		return cmp.Or(
			cmp.Compare(slices.Index(worstFirst, a.Verdict), slices.Index(worstFirst, b.Verdict)),
			cmp.Compare(percent(&a), percent(&b)), strings.Compare(a.Entity, b.Entity))
	})
	return out
}

func (a scoreTestAnswer) text(w io.Writer, wide bool) {
	for i := range a.Scorecards {
		if i > 0 {
			fmt.Fprintln(w)
		}
		a.Scorecards[i].text(w, wide)
	}
	printNotes(w, a.Notes)
}

func (c *cardResult) text(w io.Writer, wide bool) {
	fmt.Fprintln(w, heading(c.Scorecard, c.Title))
	fmt.Fprintln(w)
	if c.Entities == 0 {
		fmt.Fprintln(w, "Nobody is selected.")
		return
	}
	rows := [][]string{{"ENTITY", "LEVEL", "PERCENT", "VERDICT", "NOT PASSED"}}
	details := [][]string{{"ENTITY", "CHECK", "RESULT", "MESSAGE", "DECIDED BY"}}
	for i := range c.Results {
		e := &c.Results[i]
		var failed []string
		for _, k := range e.Failed {
			failed = append(failed, string(k.Check))
			details = append(details, []string{e.Entity, string(k.Check), string(k.Outcome), k.Message, orNone(evidenceText(k.Evidence))})
		}
		rows = append(rows, []string{
			e.Entity, orNone(string(e.Level)), percentText(e.Percent), string(e.Verdict), orNone(strings.Join(failed, ", ")),
		})
	}
	table(w, rows)
	if wide && len(details) > 1 {
		fmt.Fprintln(w)
		table(w, details)
	}
	fmt.Fprintf(w, "\nEntities: %d, of which %d Passing, %d Failing, %d NotApplicable. Average: %s.\n",
		c.Entities, c.Passing, c.Failing, c.NotApplicable, percentText(c.Average))
}

func heading(name, title string) string {
	if title == "" {
		return name
	}
	return name + ": " + title
}

func percentText(p *int32) string {
	if p == nil {
		return orNone("")
	}
	return fmt.Sprintf("%d%%", *p)
}

func evidenceText(all []catalog.Evidence) string {
	out := make([]string, len(all))
	for i, e := range all {
		if out[i] = e.Path; e.Value != "" {
			out[i] += " = " + e.Value
		}
	}
	return strings.Join(out, ", ")
}

// scoreExplainAnswer is what score explain answers.
type scoreExplainAnswer struct {
	Entity     string        `json:"entity"`
	Scorecards []explanation `json:"scorecards"`
	Notes      []string      `json:"notes,omitempty"`
}

// explanation is how the entity does on each check of a Scorecard.
type explanation struct {
	Scorecard string            `json:"scorecard"`
	Title     string            `json:"title,omitempty"`
	Verdict   catalog.Verdict   `json:"verdict"`
	Level     catalog.Word      `json:"level,omitempty"`
	Percent   *int32            `json:"percent,omitempty"`
	Override  catalog.Word      `json:"override,omitempty"`
	Checks    []explainedCheck  `json:"checks"`
	passing   *catalog.PassMark // of the Scorecard, or of the override
}

// explainedCheck is how a check came out, and what it asks.
type explainedCheck struct {
	checkResult
	Title      string                `json:"title,omitempty"`
	When       catalog.CELExpression `json:"when,omitempty"`
	Expression catalog.CELExpression `json:"expression"`
	Remedy     string                `json:"remedy,omitempty"`
}

// disabled is the outcome of a check that an override does not ask.
const disabled catalog.CheckOutcome = "Disabled"

// explain judges one entity, or says with false that the Scorecard does not.
func (s *scene) explain(ctx context.Context, c card, ref relation.Ref, only string) (explanation, bool) {
	r, ok := c.compiled.Evaluate(ctx, s.subject(ref))
	if !ok {
		return explanation{}, false
	}
	e := entityOf(ref, &r)
	out := explanation{
		Scorecard: c.Name, Title: c.Spec.Title, Verdict: e.Verdict, Level: e.Level, Percent: e.Percent, Override: e.Override,
		Checks: []explainedCheck{}, passing: &c.Spec.Passing,
	}
	for i := range c.Spec.Overrides {
		if o := &c.Spec.Overrides[i]; o.Name == r.Override && o.Passing != (catalog.PassMark{}) {
			out.passing = &o.Passing
		}
	}
	for i := range c.Spec.Checks {
		k := &c.Spec.Checks[i]
		if only != "" && only != string(k.Name) {
			continue
		}
		check := explainedCheck{
			checkResult: checkResult{Check: k.Name, Level: k.Level, Outcome: disabled, Message: fmt.Sprintf("The override %s does not ask it", r.Override)},
			Title:       k.Title, When: k.When, Expression: k.Expression, Remedy: k.Remedy,
		}
		for j := range r.Checks {
			if r.Checks[j].Check == k.Name {
				check.checkResult = checkOf(&r.Checks[j])
			}
		}
		out.Checks = append(out.Checks, check)
	}
	return out, true
}

func (a scoreExplainAnswer) text(w io.Writer, _ bool) {
	for i := range a.Scorecards {
		e := &a.Scorecards[i]
		rows := [][]string{
			{"Entity:", a.Entity},
			{"Scorecard:", heading(e.Scorecard, e.Title)},
			{"Verdict:", string(e.Verdict) + ", where " + markText(e.passing) + " passes"},
			{"Level:", orNone(string(e.Level))},
			{"Percent:", percentText(e.Percent)},
		}
		if e.Override != "" {
			rows = append(rows, []string{"Override:", string(e.Override)})
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		table(w, rows)
		for j := range e.Checks {
			e.Checks[j].text(w)
		}
	}
	printNotes(w, a.Notes)
}

func markText(m *catalog.PassMark) string {
	if m.Score != nil {
		return fmt.Sprintf("%d%%", *m.Score)
	}
	return "level " + string(m.Level)
}

func (c *explainedCheck) text(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %s\n", c.Check, c.Outcome)
	rows := [][]string{}
	for _, r := range [][]string{
		{"  Asks:", c.Title}, {"  Level:", string(c.Level)}, {"  Weight:", c.weight()},
		{"  When:", oneLine(string(c.When))}, {"  Expression:", oneLine(string(c.Expression))},
		{"  Decided by:", evidenceText(c.Evidence)}, {"  Message:", c.Message},
	} {
		if r[1] != "" {
			rows = append(rows, r)
		}
	}
	if c.Remedy != "" && c.Outcome != catalog.OutcomePass {
		rows = append(rows, []string{"  Remedy:", oneLine(c.Remedy)})
	}
	table(w, rows)
}

// weight is the weight as the text shows it, empty if the check is not asked.
func (c *explainedCheck) weight() string {
	if c.Outcome == disabled {
		return ""
	}
	return strconv.FormatInt(c.Weight, 10)
}

// oneLine is a text of several lines as a cell shows it.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
