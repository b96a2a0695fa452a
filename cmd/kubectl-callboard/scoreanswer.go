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
	// Compared says how the results differ from what the statuses say today; absent if the cluster has no active
	// Scorecard of the name.
	Compared *comparison `json:"compared,omitempty"`
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
	// Exempt are the checks that need not be passed for now.
	Exempt []exemptCheck `json:"exempt,omitempty"`
	// Today is what the status of the entity says, if that is another result.
	Today *standing `json:"today,omitempty"`
}

// exemptCheck is a check that need not be passed, and why.
type exemptCheck struct {
	Check     catalog.CheckName `json:"check"`
	Exemption *exemptionResult  `json:"exemption"`
}

// checkResult is how a check came out.
type checkResult struct {
	Check    catalog.CheckName    `json:"check"`
	Outcome  catalog.CheckOutcome `json:"outcome"`
	Level    catalog.Word         `json:"level,omitempty"`
	Weight   int64                `json:"weight"`
	Message  string               `json:"message,omitempty"`
	Evidence []catalog.Evidence   `json:"evidence,omitempty"`
	// Exemption is why the check need not be passed.
	Exemption *exemptionResult `json:"exemption,omitempty"`
}

func checkOf(r *scorecard.CheckResult) checkResult {
	return checkResult{Check: r.Check, Outcome: r.Outcome, Level: r.Level, Weight: r.Weight, Message: r.Message, Evidence: r.Evidence}
}

func (s *scene) entityOf(ref relation.Ref, r *scorecard.Result) entityResult {
	out := entityResult{Entity: ref.String(), Verdict: r.Verdict, Level: r.Level, Override: r.Override}
	if r.Percent >= 0 {
		out.Percent = &r.Percent
	}
	for _, k := range r.Failing() {
		out.Failed = append(out.Failed, checkOf(&k))
	}
	for _, k := range r.Checks {
		if k.Outcome == catalog.OutcomeExempt {
			out.Exempt = append(out.Exempt, exemptCheck{k.Check, s.exemption(ref, k.Exemption)})
		}
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
			out.Results = append(out.Results, s.entityOf(ref, &r))
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
	exempt := slices.ContainsFunc(c.Results, func(e entityResult) bool { return len(e.Exempt) > 0 })
	if exempt {
		rows[0] = append(rows[0], "EXEMPT")
	}
	if c.Compared != nil {
		rows[0] = append(rows[0], "TODAY")
	}
	details := [][]string{{"ENTITY", "CHECK", "RESULT", "MESSAGE", "DECIDED BY"}}
	for i := range c.Results {
		e := &c.Results[i]
		row := []string{e.Entity, orNone(string(e.Level)), percentText(e.Percent), string(e.Verdict), orNone(e.failed())}
		if exempt {
			row = append(row, orNone(e.exempt()))
		}
		if c.Compared != nil {
			row = append(row, e.Today.text())
		}
		rows, details = append(rows, row), append(details, e.details()...)
	}
	table(w, rows)
	if wide && len(details) > 1 {
		fmt.Fprintln(w)
		table(w, details)
	}
	fmt.Fprintf(w, "\nEntities: %d, of which %d Passing, %d Failing, %d NotApplicable. Average: %s.\n",
		c.Entities, c.Passing, c.Failing, c.NotApplicable, percentText(c.Average))
	if c.Compared != nil {
		fmt.Fprintln(w, c.Compared.text())
	}
}

func (e *entityResult) failed() string {
	var out []string
	for _, k := range e.Failed {
		out = append(out, string(k.Check))
	}
	return strings.Join(out, ", ")
}

func (e *entityResult) exempt() string {
	var out []string
	for _, k := range e.Exempt {
		out = append(out, string(k.Check))
	}
	return strings.Join(out, ", ")
}

// details are the checks that are not passed, and those that need not be.
func (e *entityResult) details() [][]string {
	var out [][]string
	for _, k := range e.Failed {
		out = append(out, []string{e.Entity, string(k.Check), string(k.Outcome), k.Message, orNone(evidenceText(k.Evidence))})
	}
	for _, k := range e.Exempt {
		out = append(out, []string{
			e.Entity, string(k.Check), string(catalog.OutcomeExempt), k.Exemption.why(), "approved by " + k.Exemption.approver(),
		})
	}
	return out
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
	Scorecard string `json:"scorecard"`
	Title     string `json:"title,omitempty"`
	// Mode is Draft if the Scorecard shows on no entity.
	Mode     catalog.ScorecardMode `json:"mode,omitempty"`
	Verdict  catalog.Verdict       `json:"verdict"`
	Level    catalog.Word          `json:"level,omitempty"`
	Percent  *int32                `json:"percent,omitempty"`
	Override catalog.Word          `json:"override,omitempty"`
	Checks   []explainedCheck      `json:"checks"`
	passing  *catalog.PassMark     // of the Scorecard, or of the override
}

// explainedCheck is how a check came out, and what it asks.
type explainedCheck struct {
	checkResult
	Title      string                `json:"title,omitempty"`
	When       catalog.CELExpression `json:"when,omitempty"`
	Expression catalog.CELExpression `json:"expression"`
	Remedy     string                `json:"remedy,omitempty"`
	// Inputs are the fields that when and expression read, the first 10, with their values where these may be shown.
	Inputs []catalog.Evidence `json:"inputs,omitempty"`
	// Attestations are those that the expression may read.
	Attestations []attestationResult `json:"attestations,omitempty"`
}

// disabled is the outcome of a check that an override does not ask.
const disabled catalog.CheckOutcome = "Disabled"

// explain judges one entity, or says with false that the Scorecard does not.
func (s *scene) explain(ctx context.Context, c card, ref relation.Ref, only string) (explanation, bool) {
	subject := s.subject(ref)
	r, ok := c.compiled.Evaluate(ctx, subject)
	if !ok {
		return explanation{}, false
	}
	e, mark := s.entityOf(ref, &r), c.compiled.Mark(&r)
	out := explanation{
		Scorecard: c.Name, Title: c.Spec.Title, Mode: c.Spec.Mode, Verdict: e.Verdict, Level: e.Level, Percent: e.Percent,
		Override: e.Override, Checks: []explainedCheck{}, passing: &mark,
	}
	for i := range c.Spec.Checks {
		k := &c.Spec.Checks[i]
		if only != "" && only != string(k.Name) {
			continue
		}
		check := explainedCheck{
			checkResult: s.outcome(ref, &r, k), Title: k.Title, When: k.When, Expression: k.Expression, Remedy: k.Remedy,
		}
		if check.Outcome != disabled {
			check.Inputs = c.compiled.Inputs(ctx, subject, k.Name)
			check.Attestations = s.attested(ref, c, k.Name)
		}
		out.Checks = append(out.Checks, check)
	}
	return out, true
}

// outcome is how a check came out for an entity: Disabled, if the result does not have it.
func (s *scene) outcome(ref relation.Ref, r *scorecard.Result, k *catalog.ScorecardCheck) checkResult {
	for i := range r.Checks {
		if r.Checks[i].Check == k.Name {
			out := checkOf(&r.Checks[i])
			out.Exemption = s.exemption(ref, r.Checks[i].Exemption)
			return out
		}
	}
	return checkResult{Check: k.Name, Level: k.Level, Outcome: disabled, Message: fmt.Sprintf("The override %s does not ask it", r.Override)}
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
		if e.Mode == catalog.ScorecardDraft {
			rows = append(rows, []string{"Mode:", "Draft, which shows on no entity"})
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
	var exempt, approved string
	if x := c.Exemption; x != nil {
		exempt, approved = x.why(), x.approver()+": "+x.ApprovalReason
	}
	attested := make([]string, len(c.Attestations))
	for i := range c.Attestations {
		attested[i] = c.Attestations[i].text()
	}
	for _, r := range [][]string{
		{"  Asks:", c.Title}, {"  Level:", string(c.Level)}, {"  Weight:", c.weight()},
		{"  When:", oneLine(string(c.When))}, {"  Expression:", oneLine(string(c.Expression))},
		{"  Reads:", evidenceText(c.Inputs)}, {"  Attested:", strings.Join(attested, "; ")},
		{"  Decided by:", evidenceText(c.Evidence)}, {"  Message:", c.Message}, {"  Exempt by:", exempt}, {"  Approved by:", approved},
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
