package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The field names of what follows are stable: docs/audit.md explains them to who reads them with a program. None holds a
// fraction, so that the canonical form has no doubt.

// auditFormat says how an audit is to be read.
const auditFormat = "callboard-audit/v1"

// auditAnswer is what audit answers.
type auditAnswer struct {
	Format string `json:"format"`
	// At is the moment at which exemptions and attestations are judged.
	At    string     `json:"at"`
	Asked auditScope `json:"asked"`
	// Scorecards are those that were judged by.
	Scorecards []auditCard `json:"scorecards"`
	// Results count the rows by their result.
	Results []resultCount `json:"results"`
	Rows    []auditRow    `json:"rows"`
	// NotReadable is what the caller may not read; the audit is complete only if it is empty.
	NotReadable []unread `json:"notReadable"`
	Notes       []string `json:"notes,omitempty"`
	// SHA256 is over the canonical JSON of all other fields.
	SHA256 string `json:"sha256,omitempty"`
}

// auditScope is what was asked for.
type auditScope struct {
	Scorecard string `json:"scorecard,omitempty"`
	Control   string `json:"control,omitempty"`
	Owner     string `json:"owner,omitempty"`
	System    string `json:"system,omitempty"`
}

// auditCard is a Scorecard, and which edition of it.
type auditCard struct {
	Name            string                `json:"name"`
	Title           string                `json:"title,omitempty"`
	Mode            catalog.ScorecardMode `json:"mode,omitempty"`
	Generation      int64                 `json:"generation"`
	ResourceVersion string                `json:"resourceVersion"`
}

// resultCount counts rows.
type resultCount struct {
	Result catalog.CheckOutcome `json:"result"`
	Rows   int                  `json:"rows"`
}

// auditRow is one requirement of one entity.
type auditRow struct {
	// Requirement is the control that is asked for, or scorecard/check.
	Requirement string            `json:"requirement"`
	Scorecard   string            `json:"scorecard"`
	Check       catalog.CheckName `json:"check"`
	Title       string            `json:"title,omitempty"`
	// Controls are all that the check answers to.
	Controls              []catalog.Control    `json:"controls,omitempty"`
	Entity                string               `json:"entity"`
	EntityResourceVersion string               `json:"entityResourceVersion"`
	Owner                 string               `json:"owner,omitempty"`
	System                string               `json:"system,omitempty"`
	Result                catalog.CheckOutcome `json:"result"`
	Message               string               `json:"message,omitempty"`
	// Evidence is what decided, or what was read where the check passes.
	Evidence     []catalog.Evidence  `json:"evidence,omitempty"`
	Attestations []attestationResult `json:"attestations,omitempty"`
	Exemption    *exemptionResult    `json:"exemption,omitempty"`
	// ExemptionNotReadable says that there may be an exemption which the caller may not read.
	ExemptionNotReadable bool `json:"exemptionNotReadable,omitempty"`
}

// notReadable is the result of a check that depends on what the caller may not read.
const notReadable catalog.CheckOutcome = "NotReadable"

// outcomes are the results in the order in which they are counted.
var outcomes = []catalog.CheckOutcome{
	catalog.OutcomePass, catalog.OutcomeFail, catalog.OutcomeUnknown, catalog.OutcomeError, catalog.OutcomeExempt,
	catalog.OutcomeNotApplicable, disabled, notReadable,
}

// audit judges all that is asked for.
func (s *scene) audit(ctx context.Context, cards []card, f auditFlags, of owned, within func(relation.Ref) bool) *auditAnswer {
	a := &auditAnswer{
		Format: auditFormat, At: moment(s.now), Asked: f.asked(of), Notes: slices.DeleteFunc(slices.Clone(s.notes), func(n string) bool { return n == unlabelledScore }),
		Rows: []auditRow{}, NotReadable: s.notReadable(cards), Results: []resultCount{},
	}
	for _, c := range cards {
		a.Scorecards = append(a.Scorecards, auditCard{c.Name, c.Spec.Title, c.Spec.Mode, c.Generation, c.ResourceVersion})
		for _, ref := range s.judged(c, within) {
			a.Rows = append(a.Rows, s.auditRows(ctx, c, ref, f.control)...)
		}
	}
	slices.SortStableFunc(a.Rows, func(x, y auditRow) int {
		return cmp.Or(strings.Compare(x.Requirement, y.Requirement), strings.Compare(x.Scorecard, y.Scorecard),
			strings.Compare(string(x.Check), string(y.Check)), strings.Compare(x.Entity, y.Entity))
	})
	for _, outcome := range outcomes {
		n := 0
		for i := range a.Rows {
			if a.Rows[i].Result == outcome {
				n++
			}
		}
		if n > 0 {
			a.Results = append(a.Results, resultCount{outcome, n})
		}
	}
	return a
}

// auditRows are those of an entity on a Scorecard: none, if it is not judged.
func (s *scene) auditRows(ctx context.Context, c card, ref relation.Ref, control string) []auditRow {
	subject := s.subject(ref)
	r, ok := c.compiled.Evaluate(ctx, subject)
	if !ok {
		return nil
	}
	var out []auditRow
	party := s.party(ref)
	for i := range c.Spec.Checks {
		k := &c.Spec.Checks[i]
		requirements := requirementsOf(c, k, control)
		if len(requirements) == 0 {
			continue
		}
		row := auditRow{
			Scorecard: c.Name, Check: k.Name, Title: k.Title, Controls: k.Controls, Entity: ref.String(),
			EntityResourceVersion: s.entities[ref].GetResourceVersion(), Owner: party.owner(), System: party.system(),
		}
		s.withhold(&row)
		s.judge(ctx, &row, c, k, &r, subject, ref)
		for _, row.Requirement = range requirements {
			out = append(out, row)
		}
	}
	return out
}

// withhold takes out where an entity belongs, if that cannot be told.
func (s *scene) withhold(row *auditRow) {
	for _, k := range s.refused {
		switch k {
		case relation.System:
			row.Owner, row.System = unreadText, unreadText // an owner may come from the System
		case relation.Group, relation.User:
			row.Owner = unreadText
		}
	}
}

// unreadText stands in place of what may not be read.
const unreadText = "not readable"

// requirementsOf are the requirements that a check answers to, of those that are asked for.
func requirementsOf(c card, k *catalog.ScorecardCheck, control string) []string {
	if control == "" {
		return []string{c.Name + "/" + string(k.Name)}
	}
	var out []string
	for _, has := range k.Controls {
		if scorecard.Answers(has, control) {
			out = append(out, string(has))
		}
	}
	return out
}

// judge enters the result of a check, what it was judged by, and who exempted the entity.
func (s *scene) judge(ctx context.Context, row *auditRow, c card, k *catalog.ScorecardCheck, r *scorecard.Result, subject *scorecard.Subject, ref relation.Ref) {
	out := s.outcome(ref, r, k)
	row.Result, row.Message, row.Evidence, row.Exemption = out.Outcome, out.Message, out.Evidence, out.Exemption
	row.ExemptionNotReadable = s.isUnread(exemptionsResource.GroupResource().String())
	if out.Outcome == catalog.OutcomeExempt && (!mayDisable(c, k.Name) || !s.unsure()) {
		return
	}
	if why := s.hides(c, k, ref); why != "" {
		row.Result, row.Message, row.Evidence = notReadable, "Depends on what may not be read: "+why, nil
		return
	}
	row.Attestations = s.attested(ref, c, k.Name)
	if out.Outcome == catalog.OutcomePass || out.Outcome == catalog.OutcomeNotApplicable {
		row.Evidence = c.compiled.Inputs(ctx, subject, k.Name)
	}
}

// sources are the variables that each kind of entity is read for, beside being judged.
var sources = map[relation.Kind]scorecard.Variables{
	relation.Component: scorecard.VarRelations,
	relation.API:       scorecard.VarRelations,
	relation.Resource:  scorecard.VarRelations,
	relation.System:    scorecard.VarSystem | scorecard.VarDomain | scorecard.VarOwner | scorecard.VarRelations,
	relation.Domain:    scorecard.VarDomain | scorecard.VarOwner | scorecard.VarRelations,
	relation.Group:     scorecard.VarOwner | scorecard.VarRelations,
	relation.User:      scorecard.VarOwner | scorecard.VarRelations,
}

// hides names what a check depends on and the caller may not read, empty if there is nothing.
func (s *scene) hides(c card, k *catalog.ScorecardCheck, ref relation.Ref) string {
	reads := c.compiled.CheckReads(ref.Kind, k.Name)
	var out []string
	for _, kind := range s.refused {
		above := kind == relation.System || kind == relation.Domain
		if reads&sources[kind] != 0 || above && mayDisable(c, k.Name) {
			out = append(out, resourceOf(kind))
		}
	}
	if s.unlabelled && (s.doubtful(ref, reads) || mayDisable(c, k.Name)) {
		out = append(out, "namespaces")
	}
	if s.live == nil && reads.Has(scorecard.VarWorkloads) {
		out = append(out, "workloads")
	}
	if name := attestationsResource.GroupResource().String(); reads.Has(scorecard.VarAttestations) && s.isUnread(name) {
		out = append(out, attestationsResource.Resource)
	}
	if name := configMapsResource.GroupResource().String(); reads.Has(scorecard.VarDefinition) && s.isUnread(name) {
		if a, ok := s.entities[ref].(*catalog.API); ok && a.Spec.DefinitionFrom != (catalog.DefinitionSource{}) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// doubtful says whether the labels and annotations of namespaces could make another result: a claim that is not granted may
// be, and a workload may be linked.
func (s *scene) doubtful(ref relation.Ref, reads scorecard.Variables) bool {
	v, _ := s.graph.View(ref)
	system, _ := s.graph.View(v.System)
	open := len(v.Problems)+len(system.Problems) > 0 || v.Owner.State == relation.Claimed
	switch ref.Kind {
	case relation.System, relation.Domain, relation.Group:
		open = true // whose claims they grant is what the labels say
	}
	return open && reads&(scorecard.VarOwner|scorecard.VarSystem|scorecard.VarDomain|scorecard.VarRelations) != 0 ||
		reads.Has(scorecard.VarWorkloads) && len(s.links.View(ref).Workloads) == 0
}

// mayDisable says whether it depends on the System or Domain of an entity if a check is left out: the first override that
// matches applies, alone.
func mayDisable(c card, name catalog.CheckName) bool {
	above, disables := false, false
	for _, o := range c.Spec.Overrides {
		above = above || len(o.Systems)+len(o.Domains) > 0
		disables = disables || slices.Contains(o.Disabled, name)
	}
	return above && disables
}

// unsure says whether it cannot be told which override applies.
func (s *scene) unsure() bool {
	return s.unlabelled || slices.Contains(s.refused, relation.System) || slices.Contains(s.refused, relation.Domain)
}

func (s *scene) isUnread(resource string) bool {
	return slices.ContainsFunc(s.unread, func(u unread) bool { return u.Resource == resource })
}

// notReadable is all that the caller may not read, by name.
func (s *scene) notReadable(cards []card) []unread {
	out := append([]unread{}, s.unread...)
	for _, k := range s.refused {
		u := unread{resourceOf(k) + "." + catalog.GroupVersion.Group, "a check that depends on them cannot be judged"}
		if slices.ContainsFunc(cards, func(c card) bool { return slices.Contains(c.compiled.Kinds(), k) }) {
			u.Means = "none of them is in this audit, and " + u.Means
		}
		out = append(out, u)
	}
	if s.unlabelled {
		out = append(out, unread{"namespaces", "their labels and annotations are not known: " + unlabelledMeans})
	}
	slices.SortFunc(out, func(a, b unread) int { return strings.Compare(a.Resource, b.Resource) })
	return out
}

// said are the notes and what is not readable, as they stand below a table.
func (a *auditAnswer) said() []string {
	return append(slices.Clone(a.Notes), unreadTexts(a.NotReadable)...)
}

// counts say how many rows have which result.
func (a *auditAnswer) counts() string {
	var out []string
	for _, r := range a.Results {
		out = append(out, fmt.Sprintf("%d %s", r.Rows, r.Result))
	}
	return strings.Join(out, ", ")
}
