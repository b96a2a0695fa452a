package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"strings"
	"time"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

//go:embed audit.html
var auditPage string

// auditTemplate is one file: no script, nothing that is fetched, and everything escaped.
var auditTemplate = template.Must(template.New("audit").Funcs(template.FuncMap{"lower": strings.ToLower}).Parse(auditPage))

func (p *plugin) printAudit(a *auditAnswer, output auditOutput) error {
	var b strings.Builder
	var err error
	switch output {
	case auditJSON:
		var text []byte
		text, err = marshalJSON(a)
		b.Write(text)
	case auditCSV:
		err = a.csv(&b)
	case auditHTML:
		err = auditTemplate.Execute(&b, a.page())
	default:
		a.table(&b)
	}
	if err != nil {
		return fmt.Errorf("encode the audit: %w", err)
	}
	if _, err := p.streams.Out.Write([]byte(b.String())); err != nil {
		return fmt.Errorf("print the audit: %w", err)
	}
	return nil
}

// evidence is a row's evidence as a cell shows it, attestations with it.
func (r *auditRow) evidence() string {
	out := []string{}
	if len(r.Evidence) > 0 {
		out = append(out, evidenceText(r.Evidence))
	}
	for i := range r.Attestations {
		out = append(out, "attested "+r.Attestations[i].text())
	}
	if r.Message != "" && r.Exemption == nil {
		out = append(out, r.Message)
	}
	return strings.Join(out, "; ")
}

// exempt and approver are the last cells of a row.
func (r *auditRow) exempt() string {
	switch {
	case r.Exemption != nil:
		return r.Exemption.why()
	case r.ExemptionNotReadable:
		return unreadText
	}
	return ""
}

func (r *auditRow) approver() string {
	switch {
	case r.Exemption != nil:
		return r.Exemption.approver()
	case r.ExemptionNotReadable:
		return unreadText
	}
	return ""
}

func (a *auditAnswer) table(b *strings.Builder) {
	fmt.Fprintf(b, "Audit of %s, at %s\n\n", a.Asked.what(), a.At)
	rows := [][]string{{"REQUIREMENT", "CHECK", "ENTITY", "RESULT", "EVIDENCE", "EXEMPTION", "APPROVED BY"}}
	for i := range a.Rows {
		r := &a.Rows[i]
		rows = append(rows, []string{
			r.Requirement, string(r.Check), r.Entity, string(r.Result), orNone(r.evidence()), orNone(r.exempt()), orNone(r.approver()),
		})
	}
	if len(a.Rows) > 0 {
		table(b, rows)
		fmt.Fprintln(b)
	}
	fmt.Fprintf(b, "Rows: %d: %s.\n", len(a.Rows), orNone(a.counts()))
	for _, c := range a.Scorecards {
		fmt.Fprintf(b, "Scorecard: %s, generation %d, resourceVersion %s\n", heading(c.Name, c.Title), c.Generation, orNone(c.ResourceVersion))
	}
	fmt.Fprintf(b, "SHA-256: %s\n", a.SHA256)
	printNotes(b, a.said())
}

// csvHeader are the columns of the CSV.
var csvHeader = []string{
	"requirement", "scorecard", "scorecardResourceVersion", "check", "title", "controls", "entity", "entityResourceVersion",
	"owner", "system", "result", "message", "evidence", "attestations", "exemption", "exemptionResourceVersion",
	"exemptionReason", "exemptionTicket", "exemptionEnds", "requestedBy", "approvedBy", "approvalReason", "writtenBy",
	"auditAt", "auditSHA256",
}

// csv has a row for each of the audit, and one for each thing that is not readable.
func (a *auditAnswer) csv(b *strings.Builder) error {
	w := csv.NewWriter(b)
	rows := [][]string{csvHeader}
	for i := range a.Rows {
		rows = append(rows, a.record(&a.Rows[i]))
	}
	for _, u := range a.NotReadable {
		row := make([]string, len(csvHeader)-2)
		row[6], row[10], row[11] = u.Resource, string(notReadable), u.Means
		rows = append(rows, append(row, a.At, a.SHA256))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	return w.WriteAll(rows)
}

func (a *auditAnswer) record(r *auditRow) []string {
	controls, attested := make([]string, len(r.Controls)), make([]string, len(r.Attestations))
	for i, c := range r.Controls {
		controls[i] = string(c)
	}
	for i := range r.Attestations {
		attested[i] = r.Attestations[i].text()
	}
	var version string
	for _, c := range a.Scorecards {
		if c.Name == r.Scorecard {
			version = c.ResourceVersion
		}
	}
	x := exemptionResult{Name: r.exempt(), ApprovedBy: catalog.UserName(r.approver())}
	if r.Exemption != nil {
		x = *r.Exemption
	}
	return []string{
		r.Requirement, r.Scorecard, version, string(r.Check), r.Title, strings.Join(controls, ", "), r.Entity, r.EntityResourceVersion,
		r.Owner, r.System, string(r.Result), r.Message, evidenceText(r.Evidence), strings.Join(attested, "; "), x.Name, x.ResourceVersion,
		x.Reason, string(x.Ticket), x.Ends, string(x.RequestedBy), string(x.ApprovedBy), x.ApprovalReason, string(x.WrittenBy),
		a.At, a.SHA256,
	}
}

// harmless is a cell that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe.
func harmless(cell string) string {
	if strings.ContainsAny(firstOf(cell), "=+-@\t\r\n＝＋－＠") {
		return "'" + cell
	}
	return cell
}

// firstOf is the first character of a cell that is no space: a spreadsheet may trim those.
func firstOf(cell string) string {
	for _, r := range strings.TrimLeft(cell, " \u00a0\u3000") {
		return string(r)
	}
	return ""
}

// auditView is what the page shows.
type auditView struct {
	What, At, Counts, SHA256, Format string
	Day                              string
	Scorecards                       []auditCard
	Sections                         []auditSection
	Said                             []string
	Complete                         bool
}

// auditSection is a requirement with its rows.
type auditSection struct {
	Requirement string
	Rows        []auditLine
}

// auditLine is a row as the page shows it.
type auditLine struct {
	*auditRow
	EvidenceText, ApprovedBy string
	Attested                 []string
}

func (a *auditAnswer) page() auditView {
	v := auditView{
		What: a.Asked.what(), At: a.At, Counts: a.counts(), SHA256: a.SHA256, Format: a.Format, Scorecards: a.Scorecards,
		Said: a.said(), Complete: len(a.NotReadable) == 0,
	}
	if at, err := time.Parse(time.RFC3339, a.At); err == nil {
		v.Day = at.Format("2 January 2006, 15:04:05 MST")
	}
	for i := range a.Rows {
		r := &a.Rows[i]
		if n := len(v.Sections); n == 0 || v.Sections[n-1].Requirement != r.Requirement {
			v.Sections = append(v.Sections, auditSection{Requirement: r.Requirement})
		}
		line := auditLine{auditRow: r, EvidenceText: evidenceText(r.Evidence), ApprovedBy: r.approver()}
		for j := range r.Attestations {
			line.Attested = append(line.Attested, r.Attestations[j].text())
		}
		section := &v.Sections[len(v.Sections)-1]
		section.Rows = append(section.Rows, line)
	}
	return v
}
