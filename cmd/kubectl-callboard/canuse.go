package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

func (p *plugin) canUse() *cobra.Command {
	c := &cobra.Command{
		Use:   "can-use CONSUMER API",
		Short: "Say whether a Component or Resource may use an API, and why",
		Long: `Say whether a Component or Resource may use an API: the verdict, the rule that decided, why, and whom to ask.

The exit code is 0 if the verdict is Allowed, 1 if it is Denied or Undecided, and 2 if there is none: a reference
that cannot be read, a consumer that does not exist, a cluster that does not answer. Undecided means that it is not
granted as things stand, and that something which is missing, such as the API itself, could yet allow it.
` + fmt.Sprintf(naming, "a Component or an API"),
		Example: `  # May the component checkout of namespace shop use the API charge of namespace payments?
  kubectl callboard can-use component/shop/checkout api/payments/charge

  # The same, shorter
  kubectl callboard can-use shop/checkout payments/charge

  # In a script
  kubectl callboard can-use shop/checkout payments/charge -o json | jq -r .why`,
		Args: arguments("CONSUMER", "API"),
		RunE: func(c *cobra.Command, args []string) error { return p.runCanUse(c.Context(), args[0], args[1]) },
	}
	p.addOutput(c)
	return c
}

func (p *plugin) runCanUse(ctx context.Context, consumerText, apiText string) error {
	namespace, err := p.namespace()
	if err != nil {
		return err
	}
	consumer, err := parseRef(consumerText, namespace, relation.Component, relation.Resource)
	if err != nil {
		return err
	}
	api, err := parseRef(apiText, namespace, relation.API)
	if err != nil {
		return err
	}
	b, err := p.load(ctx)
	if err != nil {
		return err
	}
	if !b.graph.Exists(consumer) {
		return fmt.Errorf("%s does not exist: %s; kubectl apply --dry-run=server judges one that is yet to be made",
			consumer, b.instead(consumer))
	}
	answer := b.canUse(consumer, api)
	if err := p.print(answer); err != nil {
		return err
	}
	if !answer.Allowed {
		return errNo
	}
	return nil
}

// canUseAnswer is what can-use answers.
type canUseAnswer struct {
	Allowed bool `json:"allowed"`
	judgement
	API subject `json:"api"`
	// CoveredBy is what allowedConsumers may name to cover the consumer, and AllowedConsumers is what it names; both of a
	// Restricted API only.
	CoveredBy        []string `json:"coveredBy,omitempty"`
	AllowedConsumers []entry  `json:"allowedConsumers,omitempty"`
	Notes            []string `json:"notes,omitempty"`
}

func (b *board) canUse(consumer, api relation.Ref) canUseAnswer {
	access := b.graph.Access(consumer, api)
	answer := canUseAnswer{
		judgement: b.judgement(access), API: b.subject(access), Notes: b.notes,
	}
	answer.Allowed = answer.Verdict == visibility.Allowed.String()
	if access.Visibility == catalog.VisibilityRestricted {
		answer.CoveredBy, answer.AllowedConsumers = b.coveredBy(consumer, api), b.entriesOf(b.listed(api))
	}
	if !access.Known {
		answer.Notes = append(answer.Notes, b.instead(api))
	}
	return answer
}

func (a canUseAnswer) text(w io.Writer, wide bool) {
	rows := [][]string{
		{"Why:", a.Why},
		{"Rule:", string(a.Rule)},
		{"Consumer:", a.Consumer.text()},
	}
	if a.API.Visibility != "" {
		rows = append(rows, []string{"API:", a.API.text() + ", " + string(a.API.Visibility)})
	}
	if wide {
		rows = append(rows, []string{"Declared:", orNone(a.Field)}, []string{"By:", orNone(a.By)}, []string{"Mode:", a.API.mode()})
		if len(a.CoveredBy) > 0 {
			rows = append(rows,
				[]string{"Covered by:", strings.Join(a.CoveredBy, ", ")},
				[]string{"Allowed:", orNone(strings.Join(texts(a.AllowedConsumers), ", "))})
		}
	}
	if a.Allowed {
		fmt.Fprintln(w, "yes")
	} else {
		fmt.Fprintf(w, "no: %s\n", a.Verdict)
	}
	fmt.Fprintln(w)
	table(w, rows)
	printNotes(w, a.Notes)
}

func texts(entries []entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.text()
	}
	return out
}
