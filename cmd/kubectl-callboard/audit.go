package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/scorecard"
)

// auditFlags are the flags of audit.
type auditFlags struct {
	scorecard, control, at string
	within                 withinFlags
	output                 auditOutput
}

// auditOutput is how an audit is printed.
type auditOutput string

// The outputs of an audit.
const (
	auditTable auditOutput = "table"
	auditCSV   auditOutput = "csv"
	auditJSON  auditOutput = "json"
	auditHTML  auditOutput = "html"
)

// String implements pflag.Value.
func (o *auditOutput) String() string { return string(*o) }

// Type implements pflag.Value.
func (*auditOutput) Type() string { return "string" }

// Set implements pflag.Value.
func (o *auditOutput) Set(text string) error {
	switch v := auditOutput(text); v {
	case auditTable, auditCSV, auditJSON, auditHTML:
		*o = v
		return nil
	}
	return fmt.Errorf("unknown output %q: use table, csv, json or html", text)
}

func (p *plugin) audit() *cobra.Command {
	f := auditFlags{output: auditTable}
	c := &cobra.Command{
		Use:   "audit",
		Short: "Say for an auditor which entities meet which requirements, why, and who approved exemptions",
		Long: `Say for an auditor which entities meet which requirements: those of a control, such as SOC2 CC7.1, or all of a
Scorecard. A row is one check of one entity: the result, the fields that it was judged by, the exemption with its
reason, ticket and end, who approved it, and who wrote that where a GitOps controller did. The resourceVersions say
which objects were read.

A control names all that is below it: SOC2 means SOC2 CC7.1 too. Of a control the active Scorecards count; a draft is
audited if --scorecard names it.

Entities are read as they are now. --at is the moment at which exemptions and attestations are judged; it stands in the
audit. The same state and the same moment give the same bytes, and the SHA-256 is over all of it: audit verify computes
it again. What you may not read is named as not readable, and so is each result that depends on it.

The exit code is 0 if the audit is complete, 1 if something was not readable, and 2 if there is none.`,
		Example: `  # One control, to be printed
  kubectl callboard audit --control 'SOC2 CC7.1' -o html > cc7.1.html

  # A Scorecard, for what a team owns, as of a moment
  kubectl callboard audit --scorecard production-readiness --owner group:checkout-team --at 2026-03-31T22:00:00Z -o csv

  # Keep it, and check later that nobody has changed it
  kubectl callboard audit --control SOC2 -o json > soc2.json
  kubectl callboard audit verify soc2.json`,
		Args: arguments(),
		RunE: func(c *cobra.Command, _ []string) error { return p.runAudit(c.Context(), f) },
	}
	c.Flags().StringVar(&f.scorecard, "scorecard", "", "Audit the checks of this Scorecard.")
	c.Flags().StringVar(&f.control, "control", "", "Audit the checks that answer to this control, such as 'SOC2 CC7.1'.")
	c.Flags().StringVar(&f.at, "at", "", "The moment of the audit in RFC 3339, such as 2026-03-31T22:00:00Z: now, if absent.")
	f.within.add(c)
	c.Flags().VarP(&f.output, "output", "o", "Output format. One of: (table, csv, json, html).")
	c.AddCommand(p.auditVerify())
	return c
}

// moment is when exemptions and attestations are judged, to the second.
func (f auditFlags) moment(now time.Time) (time.Time, error) {
	if f.at == "" {
		return now.UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, f.at)
	if err != nil {
		return at, fmt.Errorf("--at: %q is no moment in RFC 3339, such as 2026-03-31T22:00:00Z", f.at)
	}
	return at.UTC().Truncate(time.Second), nil
}

func (p *plugin) runAudit(ctx context.Context, f auditFlags) error {
	if f.scorecard == "" && f.control == "" {
		return errors.New("say what is audited: --scorecard, or --control")
	}
	at, err := f.moment(p.now())
	if err != nil {
		return err
	}
	of, err := p.owned(f.within)
	if err != nil {
		return err
	}
	cards, l, err := p.cards(ctx, scoreFlags{scorecard: f.scorecard})
	if err != nil {
		return err
	}
	cards, drafts, err := audited(cards, f)
	if err != nil {
		return err
	}
	s, err := p.scene(ctx, l, cards, true)
	if err != nil {
		return err
	}
	s.now = at
	within, err := s.within(of)
	if err != nil {
		return err
	}
	a := s.audit(ctx, cards, f, of, within)
	if err := ctx.Err(); err != nil {
		return err // what was not judged any more is an Error, and must not look like a result
	}
	if drafts != "" {
		a.Notes = append(a.Notes, drafts)
	}
	if len(a.Rows) == 0 && len(a.NotReadable) == 0 {
		return errors.New("nobody is judged by what is audited: look at spec.appliesTo, or leave out --owner and --system")
	}
	if err := a.sign(); err != nil {
		return err
	}
	if err := p.printAudit(a, f.output); err != nil {
		return err
	}
	if len(a.NotReadable) > 0 {
		return errNo
	}
	return nil
}

// audited are the Scorecards with a check that is asked for, and a note on the drafts that are left out.
func audited(cards []card, f auditFlags) (out []card, drafts string, err error) {
	var known, left []string
	for _, c := range cards {
		answers := f.control == ""
		for i := range c.Spec.Checks {
			for _, control := range c.Spec.Checks[i].Controls {
				known = append(known, string(control))
				answers = answers || scorecard.Answers(control, f.control)
			}
		}
		switch {
		case !answers:
		case len(inForce([]card{c}, f.scorecard)) == 0:
			left = append(left, c.Name)
		default:
			out = append(out, c)
		}
	}
	switch {
	case len(left) > 0:
		drafts = "drafts are left out, which show on no entity: " + enumerate(left) + "; name one with --scorecard to audit it"
	case len(out) == 0 && len(known) == 0:
		return nil, "", fmt.Errorf("no check answers to the control %q: none names a control in spec.checks[].controls", f.control)
	}
	if len(out) > 0 {
		return out, drafts, nil
	}
	if drafts != "" {
		return nil, "", errors.New("the control is one of " + drafts)
	}
	return nil, "", fmt.Errorf("no check answers to the control %q; there is %s", f.control, enumerate(slices.Clone(known)))
}

func (f auditFlags) asked(of owned) auditScope {
	return auditScope{
		Scorecard: f.scorecard, Control: f.control, Owner: of.owner.String(), System: of.system.String(),
	}
}

// what says in words what is audited.
func (a auditScope) what() string {
	var out []string
	for _, p := range [][2]string{
		{"control", a.Control}, {"scorecard", a.Scorecard}, {"owned by", a.Owner}, {"part of", a.System},
	} {
		if p[1] != "" {
			out = append(out, p[0]+" "+p[1])
		}
	}
	return strings.Join(out, ", ")
}
