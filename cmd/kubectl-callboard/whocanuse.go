package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

func (p *plugin) whoCanUse() *cobra.Command {
	c := &cobra.Command{
		Use:   "who-can-use API",
		Short: "Say who may use an API, and the verdict on each who does",
		Long: `Say who may use an API: its visibility, its System and the list of allowed consumers, with the number of Components
that each lets in; the verdict on everyone who declares today that it uses the API; and how many Components of the
cluster could.

The exit code is 0, or 2 if there is no answer: a reference that cannot be read, an API that does not exist, a
cluster that does not answer.
` + fmt.Sprintf(naming, "an API"),
		Example: `  # Who may use the API charge of namespace payments?
  kubectl callboard who-can-use api/payments/charge

  # The same, in the namespace that -n names, with the reasons
  kubectl callboard who-can-use charge -n payments -o wide

  # Who uses it without being granted it?
  kubectl callboard who-can-use payments/charge -o json |
    jq -r '.consumers[] | select(.verdict != "Allowed") | .consumer.ref'`,
		Args: arguments("API"),
		RunE: func(c *cobra.Command, args []string) error { return p.runWhoCanUse(c.Context(), args[0]) },
	}
	p.addOutput(c)
	return c
}

func (p *plugin) runWhoCanUse(ctx context.Context, text string) error {
	namespace, err := p.namespace()
	if err != nil {
		return err
	}
	api, err := parseRef(text, namespace, relation.API)
	if err != nil {
		return err
	}
	b, err := p.load(ctx)
	if err != nil {
		return err
	}
	if !b.graph.Exists(api) {
		return fmt.Errorf("%s does not exist: %s", api, b.instead(api))
	}
	return p.print(b.whoCanUse(api))
}

// whoCanUseAnswer is what who-can-use answers.
type whoCanUseAnswer struct {
	API subject `json:"api"`
	// Grants are whom the API lets in.
	Grants []grant `json:"grants"`
	// Consumers are the verdicts on all who declare that they use the API, in order.
	Consumers []judgement `json:"consumers"`
	// Declared counts the verdicts on them, Components those on each Component of the cluster.
	Declared   tally    `json:"declared"`
	Components tally    `json:"components"`
	Notes      []string `json:"notes,omitempty"`
}

// grant is whom an API lets in.
type grant struct {
	// To is everybody, providers, or the reference of the API's System or of an entry of allowedConsumers.
	To string `json:"to"`
	// Exists says whether what is referred to does.
	Exists bool `json:"exists"`
	// Components counts the Components that are let in by this, each at the first that does.
	Components int `json:"components"`
}

// Grants that are no reference.
const (
	toEverybody = "everybody"
	toProviders = "providers"
)

func (b *board) whoCanUse(api relation.Ref) whoCanUseAnswer {
	access := b.graph.Access(relation.Ref{}, api)
	answer := whoCanUseAnswer{API: b.subject(access), Consumers: []judgement{}, Notes: b.notes}
	decided := map[reason]int{}
	for _, c := range b.graph.All(relation.Component) {
		v := visibility.Judge(b.graph, c, api)
		answer.Components.add(v.Decision)
		decided[reason{v.Rule, v.By}]++
	}
	answer.Grants = b.grantsOf(access, decided)
	for _, c := range b.graph.Related(api, "apiConsumedBy") {
		a := b.graph.Access(c, api)
		answer.Declared.add(visibility.Of(a).Decision)
		answer.Consumers = append(answer.Consumers, b.judgement(a))
	}
	return answer
}

// reason is what decided.
type reason struct {
	rule visibility.Rule
	by   relation.Ref
}

// grantsOf lists whom an API lets in, with the Components that each does.
func (b *board) grantsOf(a relation.Access, decided map[reason]int) []grant {
	grants := []grant{}
	if a.Visibility == catalog.VisibilityPublic {
		return append(grants, grant{To: toEverybody, Exists: true, Components: decided[reason{rule: visibility.RulePublic}]})
	}
	if !a.APISystem.IsZero() {
		n := decided[reason{visibility.RuleSameSystem, a.APISystem}]
		grants = append(grants, grant{To: a.APISystem.String(), Exists: true, Components: n})
	}
	if n := decided[reason{rule: visibility.RuleProvider}]; n > 0 {
		grants = append(grants, grant{To: toProviders, Exists: true, Components: n})
	}
	for _, l := range b.listed(a.API) {
		g := grant{To: l.String(), Exists: b.graph.Exists(l)}
		for _, rule := range []visibility.Rule{visibility.RuleComponent, visibility.RuleSystem, visibility.RuleDomain, visibility.RuleGroup} {
			g.Components += decided[reason{rule, l}]
		}
		grants = append(grants, g)
	}
	return grants
}

func (a whoCanUseAnswer) text(w io.Writer, wide bool) {
	table(w, [][]string{
		{"API:", a.API.Ref},
		{"Visibility:", string(a.API.Visibility)},
		{"Owner:", orNone(a.API.owner())},
		{"System:", orNone(a.API.system())},
		{"Mode:", a.API.mode()},
	})
	fmt.Fprintln(w)
	if len(a.Grants) == 0 {
		fmt.Fprintln(w, "It lets nobody in.")
	} else {
		a.grantTable(w)
	}
	fmt.Fprintln(w)
	if len(a.Consumers) == 0 {
		fmt.Fprintln(w, "Nobody declares that it uses the API.")
	} else {
		a.consumerTable(w, wide)
	}
	fmt.Fprintln(w)
	fmt.Fprintf(w, "Declared consumers: %s.\n", a.Declared.text())
	fmt.Fprintf(w, "Components of the cluster: %s.\n", a.Components.text())
	printNotes(w, a.Notes)
}

func (a whoCanUseAnswer) grantTable(w io.Writer) {
	rows := [][]string{{"MAY USE IT", "EXISTS", "COMPONENTS"}}
	for _, g := range a.Grants {
		exists := "yes"
		if !g.Exists {
			exists = "no"
		}
		rows = append(rows, []string{g.To, exists, strconv.Itoa(g.Components)})
	}
	table(w, rows)
}

func (a whoCanUseAnswer) consumerTable(w io.Writer, wide bool) {
	rows := [][]string{{"CONSUMER", "OWNER", "SYSTEM", "VERDICT", "RULE"}}
	if wide {
		rows[0] = slices.Concat(rows[0], []string{"BY", "FIELD", "WHY"})
	}
	for _, j := range a.Consumers {
		row := []string{j.Consumer.Ref, orNone(j.Consumer.owner()), orNone(j.Consumer.system()), j.Verdict, string(j.Rule)}
		if wide {
			row = append(row, orNone(j.By), orNone(j.Field), j.Why)
		}
		rows = append(rows, row)
	}
	table(w, rows)
}
