package webhooks_test

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// card is a Scorecard of Components with these checks, as YAML.
func card(checks string) string {
	return "Scorecard retail {appliesTo: {kinds: [Component]}, passing: {score: 80}, checks: [" + checks + "]}"
}

// asks is a Scorecard with one check, whose expression stands in double quotes.
func asks(expression string) string {
	return card(`{name: one, expression: "` + expression + `"}`)
}

// refusesCard is how a refusal begins.
const refusesCard = `admission webhook "scorecard.catalog.callboard.dev" denied the request: Scorecard.catalog.callboard.dev "retail" is invalid: `

// TestBadScorecardsAreRefused holds that what cannot be judged by is refused with the field, the position in the
// expression and what is wrong, with --dry-run=server as without.
func TestBadScorecardsAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		card string
		want []string // the refusal holds all of them; the first begins it, but for the words of the webhook
	}{
		"a field that no Component has": {asks(`entity.spec.ownr == 'x'`),
			[]string{`spec.checks[0].expression: Invalid value: "entity.spec.ownr == 'x'": line 1, column 12: undefined field 'ownr'`}},
		"on the second line":    {asks(`true &&\n  entity.spec.ownr == 'x'`), []string{"spec.checks[0].expression: ", "line 2, column 14: undefined field 'ownr'"}},
		"no syntax":             {asks(`entity.spec.type ==`), []string{"spec.checks[0].expression: ", "line 1, column 20: Syntax error"}},
		"nothing but a comment": {asks(`// true`), []string{"spec.checks[0].expression: ", "Syntax error"}},
		"a variable of another kind": {asks(`definition.operations > 0`),
			[]string{"spec.checks[0].expression: ", "undeclared reference to 'definition' (in container ''): there is entity, owner, system, domain, workloads, relations, facts, attestations"}},
		"a variable that is none":     {asks(`component.spec.type == 'x'`), []string{"spec.checks[0].expression: ", "undeclared reference to 'component'"}},
		"a function that is none":     {asks(`entity.spec.type.shout() == 'X'`), []string{"spec.checks[0].expression: ", "undeclared reference to 'shout'"}},
		"a Secret":                    {asks(`secrets.exists(s, true)`), []string{"spec.checks[0].expression: ", "undeclared reference to 'secrets'"}},
		"the value of an environment": {asks(`workloads.all(w, w.template.spec.containers.all(c, c.env.all(e, e.value != '')))`), []string{"spec.checks[0].expression: ", "undefined field 'value'"}},
		"scores by scores":            {asks(`entity.status.scores.size() > 0`), []string{"spec.checks[0].expression: ", "undefined field 'scores'"}},
		"a text as an answer":         {asks(`entity.spec.type`), []string{"spec.checks[0].expression: ", "must be a bool, and is a string"}},
		"anything as an answer":       {asks(`facts.x`), []string{"spec.checks[0].expression: ", "must be a bool, and is a dyn"}},
		"apples and pears":            {asks(`entity.spec.type == 1`), []string{"spec.checks[0].expression: ", "line 1, column 18: found no matching overload"}},
		"a list out of nothing":       {asks(`lists.range(9).size() > 1`), []string{"spec.checks[0].expression: ", "lists.range is not available: go through a list that is there"}},
		"a pattern out of data":       {asks(`entity.spec.type.matches(entity.metadata.name)`), []string{"spec.checks[0].expression: ", "the pattern must be a plain text between quotes"}},
		"a pattern that is too much":  {asks(`entity.spec.type.matches('(a{30}){30}')`), []string{"spec.checks[0].expression: ", "the pattern has more than 300 steps: repeat less"}},
		"a pattern that is none":      {asks(`entity.spec.type.matches('(')`), []string{"spec.checks[0].expression: ", "line 1, column 26: invalid matches argument"}},
		"a when that is no condition": {card(`{name: one, when: "1", expression: "true"}`), []string{`spec.checks[0].when: Invalid value: "1": must be a bool, and is a int`}},
		"a message that is a number":  {card(`{name: one, messageExpression: "1", expression: "true"}`), []string{"spec.checks[0].messageExpression: ", "must be a string, and is a int"}},
		"where that sees the owner":   {"Scorecard retail {appliesTo: {kinds: [Component], where: owner.kind == 'Group'}, passing: {score: 80}, checks: [{name: one, expression: 'true'}]}", []string{"spec.appliesTo.where: ", "undeclared reference to 'owner'"}},
		"two kinds, wrong for one":    {"Scorecard retail {appliesTo: {kinds: [API, Component]}, passing: {score: 80}, checks: [{name: one, expression: \"entity.spec.visibility == 'Public'\"}]}", []string{"spec.checks[0].expression: ", "of kind Component: line 1, column 12: undefined field 'visibility'"}},
		"what a User does not run": {"Scorecard retail {appliesTo: {kinds: [User]}, passing: {score: 80}, checks: [{name: one, expression: 'size(workloads) > 0'}]}",
			[]string{"spec.checks[0].expression: ", "undeclared reference to 'workloads'"}},
		"all that is wrong at once": {card(`{name: one, expression: entity.spec.ownr == 'x'}, {name: two, expression: 'true'}, {name: three, when: nothing, expression: also.nothing}`),
			[]string{"[spec.checks[0].expression: ", "undefined field 'ownr'", "spec.checks[2].when: ", "undeclared reference to 'nothing'", "spec.checks[2].expression: ", "undeclared reference to 'also'"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			got := w.do("create " + tc.card).refused
			if !strings.HasPrefix(got, refusesCard+tc.want[0]) {
				t.Errorf("%s\nis told %q\nwant    %q", tc.card, got, refusesCard+tc.want[0])
			}
			for _, part := range tc.want {
				if !strings.Contains(got, part) {
					t.Errorf("%s\nis told %q\nwant %q in it", tc.card, got, part)
				}
			}
			if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(w.object("Scorecard retail")), w.object("Scorecard retail")); err == nil {
				t.Error("it was stored nevertheless")
			}
		})
	}
}

// TestScorecardsMayChange holds that a change is judged as a creation is, and that nothing else is judged at all.
func TestScorecardsMayChange(t *testing.T) {
	w := newWorld(t)
	good, bad := asks(`has(entity.spec.owner)`), asks(`has(entity.spec.ownr)`)
	const refused = refusesCard + `spec.checks[0].expression: Invalid value: "has(entity.spec.ownr)": line 1, column 4: undefined field 'ownr'`
	for _, step := range []struct{ line, want string }{
		{"apply " + good, ""},
		{"apply " + bad, refused},
		{"update " + asks(`has(entity.spec.owner) || has(entity.spec.system)`), ""},
		{"update " + bad, refused},
		{"annotate Scorecard retail @{seen: 'yes'}", ""},
	} {
		if got := w.do(step.line).refused; got != step.want {
			t.Errorf("%s: %q, want %q", step.line, got, step.want)
		}
	}
	// What does not feed a rule is let in while nobody judges, and what does is not.
	stopOperator(t)
	if got := w.ask(k8s, "annotate Scorecard retail @{seen: 'again'}").refused; got != "" {
		t.Errorf("an annotation while nobody judges: %q", got)
	}
	if got := w.ask(k8s, "update "+asks(`true`)).refused; !strings.Contains(got, `failed calling webhook "scorecard.catalog.callboard.dev"`) {
		t.Errorf("a change while nobody judges: %q, want it refused", got)
	}
	u := w.object("Scorecard retail")
	keep := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":["example.com/keep"]}}`))
	if err := k8s.Patch(t.Context(), u, keep); err != nil {
		t.Errorf("a finalizer while nobody judges: %v", err)
	}
	if got := w.ask(k8s, "delete Scorecard retail").refused; got != "" {
		t.Errorf("a deletion while nobody judges: %q", got)
	}
	if err := k8s.Patch(t.Context(), u, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
		t.Errorf("the end of the finalizer while nobody judges: %v", err)
	}
}

// TestReadyScorecardsAreAdmitted holds that what comes with Callboard is let in.
func TestReadyScorecardsAreAdmitted(t *testing.T) {
	for _, name := range []string{"api-quality", "kubernetes-reliability", "ownership-and-docs", "production-readiness", "security-baseline"} {
		t.Run(name, func(t *testing.T) { install(t, fmt.Sprintf("scorecards/%s.yaml", name)) })
	}
}
