package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/relation"
)

func (p *plugin) score() *cobra.Command {
	c := &cobra.Command{
		Use:   "score",
		Short: "Say how entities do on Scorecards, why, and what to fix first",
		Long: `Say how entities do on the Scorecards of the cluster, why, and what to fix first; or try a Scorecard of a file on the
catalog and the workloads of the cluster.

Nothing is written, and the cluster need not know the Scorecard of a file.`,
		Example: `  # How does this one do, and why?
  kubectl callboard score explain component/shop/checkout

  # What brings the entities of a team to their next level?
  kubectl callboard score next --owner group:checkout-team

  # Who would fail a Scorecard of a file?
  kubectl callboard score test production.yaml -A`,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to do: kubectl callboard score explain, score next or score test")
		},
	}
	c.AddCommand(p.scoreTest(), p.scoreExplain(), p.scoreNext())
	return c
}

// scoreFlags are the flags of the commands below score.
type scoreFlags struct {
	file       string
	scorecard  string
	check      string
	kinds      []string
	everywhere bool
	within     withinFlags
	limit      int
}

func (p *plugin) scoreTest() *cobra.Command {
	var f scoreFlags
	c := &cobra.Command{
		Use:   "test FILE",
		Short: "Say who would pass the Scorecards of a file, and who would fail",
		Long: `Say who would pass the Scorecards of a file, and who would fail; who fails comes first. FILE may hold several, as YAML
documents, and - is the standard input. Judged are the entities that a Scorecard selects, in the namespace of -n or of
your kubeconfig, or in all with -A; what has no namespace is always judged.

Exemptions and attestations count as they would in the cluster. If it has an active Scorecard of the same name, a column
says for whom the result would be another than the one that the status tells today.

Workloads are listed if a check reads them. What you may not read is Unknown, as if nobody knew it, and a note says
which permission is missing.

The exit code is 0 if all pass, 1 if somebody would fail, and 2 if there is no answer: a file that cannot be read, an
expression that does not compile, nobody who is selected, a cluster that does not answer.`,
		Example: `  # Who would fail, anywhere in the cluster?
  kubectl callboard score test production.yaml -A

  # The Components of a namespace, with the messages and what decided
  kubectl callboard score test production.yaml -n shop --kind Component -o wide

  # The names of those that would fail
  kubectl callboard score test production.yaml -A -o json |
    jq -r '.scorecards[].results[] | select(.verdict == "Failing") | .entity'`,
		Args: arguments("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			f.file = args[0]
			return p.runScoreTest(c.Context(), f)
		},
	}
	c.Flags().StringVar(&f.scorecard, "scorecard", "", "Judge by the Scorecard of this name alone.")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "Judge entities of these kinds alone.")
	c.Flags().BoolVarP(&f.everywhere, "all-namespaces", "A", false, "Judge the entities of all namespaces.")
	p.addOutput(c)
	return c
}

func (p *plugin) runScoreTest(ctx context.Context, f scoreFlags) error {
	only := selection{}
	for _, word := range f.kinds {
		k := kindOf(word)
		if k == relation.KindNone {
			return fmt.Errorf("--kind: there is no kind %q: use one of %s", word, allKinds())
		}
		only.kinds = append(only.kinds, k)
	}
	if !f.everywhere {
		var err error
		if only.namespace, err = p.namespace(); err != nil {
			return err
		}
	}
	cards, l, err := p.cards(ctx, f)
	if err != nil {
		return err
	}
	s, err := p.scene(ctx, l, cards, false)
	if err != nil {
		return err
	}
	today, err := s.today(ctx, l)
	if err != nil {
		return err
	}
	answer := scoreTestAnswer{Notes: s.limits()}
	judged, failing := 0, 0
	for _, c := range cards {
		t := s.test(ctx, c, only)
		s.compare(&t, only, today)
		judged, failing = judged+t.Entities, failing+t.Failing
		answer.Scorecards = append(answer.Scorecards, t)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if judged == 0 {
		return fmt.Errorf("nobody is selected %s: look at spec.appliesTo%s", only.text(), only.wider())
	}
	if err := p.print(answer); err != nil {
		return err
	}
	if failing > 0 {
		return errNo
	}
	return nil
}

// selection is which entities the command line asks for.
type selection struct {
	namespace string // empty: all
	kinds     []relation.Kind
}

func (o selection) has(ref relation.Ref) bool {
	if len(o.kinds) > 0 && !slices.Contains(o.kinds, ref.Kind) {
		return false
	}
	return o.namespace == "" || ref.Namespace == "" || ref.Namespace == o.namespace
}

func (o selection) text() string {
	text := "in any namespace"
	if o.namespace != "" {
		text = "in namespace " + o.namespace
	}
	var kinds []string
	for _, k := range o.kinds {
		kinds = append(kinds, k.ObjectKind())
	}
	if len(kinds) > 0 {
		text += " among the kinds " + enumerate(kinds)
	}
	return text
}

func (o selection) wider() string {
	if o.namespace == "" {
		return ""
	}
	return ", or ask for all namespaces with -A"
}

func allKinds() string {
	var names []string
	for _, k := range relation.Kinds() {
		names = append(names, k.ObjectKind())
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (p *plugin) scoreExplain() *cobra.Command {
	var f scoreFlags
	c := &cobra.Command{
		Use:   "explain ENTITY",
		Short: "Say how an entity does on each check of its Scorecards, and what decided",
		Long: `Say how an entity does on each check of the Scorecards of the cluster that judge it, or of those of a file with -f: the
expression, what it read, the result, the values that decided where it does not pass, the exemption, the message, and
the remedy. Values of workloads are shown where the check's evidence allows it. What is said is judged now, from what
you may read; the status of the entity has what the operator found.

The exit code is 0, or 2 if there is no answer: an unknown Scorecard, a file that cannot be read, an entity that does
not exist or is not selected, a cluster that does not answer.
` + fmt.Sprintf(naming, "a Component"),
		Example: `  # How does the component checkout of namespace shop do?
  kubectl callboard score explain component/shop/checkout

  # One check alone
  kubectl callboard score explain shop/checkout --scorecard production --check two-replicas

  # On a Scorecard that the cluster does not have
  kubectl callboard score explain shop/checkout -f production.yaml`,
		Args: arguments("ENTITY"),
		RunE: func(c *cobra.Command, args []string) error { return p.runScoreExplain(c.Context(), args[0], f) },
	}
	c.Flags().StringVarP(&f.file, "filename", "f", "", "A file with Scorecards, in place of those of the cluster; - is the standard input.")
	c.Flags().StringVar(&f.scorecard, "scorecard", "", "Judge by the Scorecard of this name alone.")
	c.Flags().StringVar(&f.check, "check", "", "Explain this check alone.")
	p.addOutput(c)
	return c
}

func (p *plugin) runScoreExplain(ctx context.Context, text string, f scoreFlags) error {
	ref, err := p.entity(text)
	if err != nil {
		return err
	}
	cards, l, err := p.cards(ctx, f)
	if err != nil {
		return err
	}
	if cards, err = withCheck(cards, f.check); err != nil {
		return err
	}
	s, err := p.scene(ctx, l, cards, false)
	if err != nil {
		return err
	}
	if s.entities[ref] == nil {
		return fmt.Errorf("%s does not exist: %s", ref, s.instead(ref))
	}
	answer := scoreExplainAnswer{Entity: ref.String(), Notes: s.limits()}
	for _, c := range cards {
		if e, ok := s.explain(ctx, c, ref, f.check); ok {
			answer.Scorecards = append(answer.Scorecards, e)
		}
	}
	if len(answer.Scorecards) == 0 {
		return unjudged(ref, cards)
	}
	return p.print(answer)
}

// entity reads a reference to an entity of any kind: a Component, if none is written.
func (p *plugin) entity(text string) (relation.Ref, error) {
	namespace, err := p.namespace()
	if err != nil {
		return relation.Ref{}, err
	}
	kinds := relation.Kinds()
	i := slices.Index(kinds, relation.Component)
	return parseRef(text, namespace, append([]relation.Kind{relation.Component}, slices.Delete(kinds, i, i+1)...)...)
}

// unjudged says that no Scorecard judges an entity.
func unjudged(ref relation.Ref, cards []card) error {
	names := make([]string, len(cards))
	for i, c := range cards {
		names[i] = c.Name
	}
	return fmt.Errorf("%s is judged by none of the Scorecards (%s): look at spec.appliesTo", ref, enumerate(names))
}

// withCheck are the Scorecards that have a check; all if none is named.
func withCheck(cards []card, name string) ([]card, error) {
	if name == "" {
		return cards, nil
	}
	var names []string
	var out []card
	for _, c := range cards {
		for i := range c.Spec.Checks {
			if string(c.Spec.Checks[i].Name) == name {
				out = append(out, c)
			}
			names = append(names, string(c.Spec.Checks[i].Name))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no check %s; there is %s", name, enumerate(names))
	}
	return out, nil
}
