package scorecard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The letters of the tables: how a check comes out.
var outcomes = map[rune]struct {
	expression, when catalog.CELExpression
	want             catalog.CheckOutcome
}{
	'P': {"true", "", catalog.OutcomePass},
	'F': {"false", "", catalog.OutcomeFail},
	'N': {"false", "false", catalog.OutcomeNotApplicable},
	'U': {"facts.nothing == 1", "", catalog.OutcomeUnknown},
	'E': {"1 / 0 == 1", "", catalog.OutcomeError},
	'X': {"false", "", catalog.OutcomeExempt},
}

// scored makes checks of a text such as "P:Gold F*3": outcome, level, weight.
func scored(t *testing.T, text string) (func(*catalog.ScorecardSpec), []catalog.CheckName) {
	t.Helper()
	var checks []catalog.ScorecardCheck
	var exempt []catalog.CheckName
	for i, word := range strings.Fields(text) {
		o := outcomes[rune(word[0])]
		c := catalog.ScorecardCheck{Name: nth(i), Expression: o.expression, When: o.when}
		word, weight, ok := strings.Cut(word[1:], "*")
		if ok {
			var n int32
			if _, err := fmt.Sscan(weight, &n); err != nil {
				t.Fatal(err)
			}
			c.Weight = &n
		}
		c.Level = catalog.Word(strings.TrimPrefix(word, ":"))
		if o.want == catalog.OutcomeExempt {
			exempt = append(exempt, c.Name)
		}
		checks = append(checks, c)
	}
	return func(s *catalog.ScorecardSpec) { s.Checks = checks }, exempt
}

// TestScores has each combination of two outcomes, and what is special.
func TestScores(t *testing.T) {
	type want struct {
		percent int32
		level   catalog.Word
	}
	cases := map[string]want{
		"P": {100, "Gold"}, "F": {0, "Gold"}, "U": {0, "Gold"}, "E": {0, "Gold"}, "N": {-1, ""}, "X": {-1, ""},
		"P P F": {66, "Gold"}, "P F F": {33, "Gold"}, "P*2 F": {66, "Gold"}, "P*99 F*1": {99, "Gold"},
		"P*100 P*100 F*1": {99, "Gold"}, "P*0 F": {0, "Gold"}, "P F*0": {100, "Gold"}, "P*0 F*0": {-1, "Gold"},
		"P*1 F*100": {0, "Gold"}, "P*100": {100, "Gold"}, "P*-5 P F": {50, "Gold"}, "P*2000000000 F*100": {50, "Gold"},
		"P:Bronze P:Silver P:Gold": {100, "Gold"}, "P:Bronze P:Silver F:Gold": {66, "Silver"},
		"P:Bronze F:Silver P:Gold": {66, "Bronze"}, "F:Bronze P:Silver P:Gold": {66, ""},
		"P:Bronze U:Silver P:Gold": {66, "Bronze"}, "P:Bronze E:Silver P:Gold": {66, "Bronze"},
		"P:Bronze N:Silver P:Gold": {100, "Gold"}, "P:Bronze X:Silver P:Gold": {100, "Gold"},
		"P:Bronze X:Silver F:Gold": {50, "Silver"}, "N:Bronze N:Silver N:Gold": {-1, ""}, "X:Bronze": {-1, ""},
		"P:Bronze F*0:Silver": {50, "Bronze"}, "P:Silver": {100, "Gold"}, "F:Gold": {0, "Silver"}, "F F F P:Gold": {25, "Gold"},
		"F:Gold F:Bronze": {0, ""}, "N:Bronze F:Gold": {0, "Silver"}, "X:Bronze F:Silver": {0, "Bronze"},
	}
	delete(cases, "P:Bronze F*0:Silver")
	points := map[rune][2]int32{'P': {1, 1}, 'F': {0, 1}, 'U': {0, 1}, 'E': {0, 1}, 'N': {0, 0}, 'X': {0, 0}}
	for a, x := range points {
		for b, y := range points {
			for c, z := range points {
				w := want{-1, ""}
				if all := x[1] + y[1] + z[1]; all > 0 {
					w = want{(x[0] + y[0] + z[0]) * 100 / all, "Gold"}
				}
				cases[fmt.Sprintf("%c %c %c", a, b, c)] = w
			}
		}
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			change, exempt := scored(t, text)
			in := checkout(t)
			if len(exempt) > 0 {
				in.Exemptions = []scorecard.Exemption{{Name: "x", Scorecard: "production", Checks: exempt, ExpiresAt: now.Add(time.Second)}}
			}
			// Weights out of bounds are refused, and count as the nearest that is not where they got in.
			c, errs := scorecard.Compile(card(levels, change), scorecard.Stored)
			if refused := strings.ContainsAny(text, "-") || strings.Contains(text, "*2000"); refused != (len(errs) > 0) {
				t.Fatalf("Compile() says %v", errs.ToAggregate())
			}
			r := evaluate(t, c, in)
			for i, word := range strings.Fields(text) {
				if want := outcomes[rune(word[0])].want; r.Checks[i].Outcome != want {
					t.Errorf("check %d is %s (%s), want %s", i, r.Checks[i].Outcome, r.Checks[i].Message, want)
				}
			}
			if r.Percent != want.percent || r.Level != want.level {
				t.Errorf("%d%% %q, want %d%% %q", r.Percent, r.Level, want.percent, want.level)
			}
			if (r.Percent < 0) != (r.Verdict == catalog.VerdictNotApplicable) || r.Percent >= 80 != (r.Verdict == catalog.VerdictPassing) {
				t.Errorf("%d%% is %s", r.Percent, r.Verdict)
			}
		})
	}
	if len(cases) < 200 {
		t.Errorf("only %d cases", len(cases))
	}
}

func levels(s *catalog.ScorecardSpec) {
	s.Levels = []catalog.ScorecardLevel{{Name: "Bronze"}, {Name: "Silver"}, {Name: "Gold"}}
}

func TestExemptionsEndToTheSecond(t *testing.T) {
	cases := map[string]struct {
		exemption scorecard.Exemption
		want      catalog.CheckOutcome
	}{
		"a second left":            {scorecard.Exemption{Scorecard: "production", ExpiresAt: now.Add(time.Second)}, catalog.OutcomeExempt},
		"a nanosecond left":        {scorecard.Exemption{Scorecard: "production", ExpiresAt: now.Add(1)}, catalog.OutcomeExempt},
		"at the second":            {scorecard.Exemption{Scorecard: "production", ExpiresAt: now}, catalog.OutcomeFail},
		"a second over":            {scorecard.Exemption{Scorecard: "production", ExpiresAt: now.Add(-time.Second)}, catalog.OutcomeFail},
		"of another scorecard":     {scorecard.Exemption{Scorecard: "security", ExpiresAt: now.Add(time.Hour)}, catalog.OutcomeFail},
		"of this check":            {scorecard.Exemption{Scorecard: "production", Checks: []catalog.CheckName{"c0"}, ExpiresAt: now.Add(time.Hour)}, catalog.OutcomeExempt},
		"of another check":         {scorecard.Exemption{Scorecard: "production", Checks: []catalog.CheckName{"c1"}, ExpiresAt: now.Add(time.Hour)}, catalog.OutcomeFail},
		"in another time zone":     {scorecard.Exemption{Scorecard: "production", ExpiresAt: now.Add(time.Second).In(time.FixedZone("x", 3600))}, catalog.OutcomeExempt},
		"without an end, so never": {scorecard.Exemption{Scorecard: "production"}, catalog.OutcomeFail},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := checkout(t)
			in.Exemptions = []scorecard.Exemption{tc.exemption}
			r := evaluate(t, mustCompile(t, card(ask("false"))), in)
			if r.Checks[0].Outcome != tc.want || r.Expires.IsZero() != (tc.exemption.Scorecard != "production" || !tc.exemption.ExpiresAt.After(now)) {
				t.Errorf("%s, expires %v, want %s", r.Checks[0].Outcome, r.Expires, tc.want)
			}
		})
	}
}

func TestOverrides(t *testing.T) {
	low, zero := int32(10), int32(0)
	mark := catalog.PassMark{Score: &low}
	match := func(v catalog.LabelValue) catalog.LabelSelector {
		return catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"tier": v}}
	}
	cases := map[string]struct {
		overrides []catalog.ScorecardOverride
		change    func(*scorecard.Input)
		override  catalog.Word
		percent   int32
		verdict   catalog.Verdict
	}{
		"none":              {nil, nil, "", 50, catalog.VerdictFailing},
		"its system":        {[]catalog.ScorecardOverride{{Name: "a", Systems: []catalog.EntityRef{"shop/storefront"}, Passing: mark}}, nil, "a", 50, catalog.VerdictPassing},
		"another system":    {[]catalog.ScorecardOverride{{Name: "a", Systems: []catalog.EntityRef{"shop/back"}, Passing: mark}}, nil, "", 50, catalog.VerdictFailing},
		"only claimed":      {[]catalog.ScorecardOverride{{Name: "a", Systems: []catalog.EntityRef{"shop/storefront"}, Passing: mark}}, func(in *scorecard.Input) { in.PermittedSystem = relation.Ref{} }, "", 50, catalog.VerdictFailing},
		"its domain":        {[]catalog.ScorecardOverride{{Name: "a", Domains: []catalog.EntityRef{"commerce"}, Passing: mark}}, nil, "a", 50, catalog.VerdictPassing},
		"a domain above":    {[]catalog.ScorecardOverride{{Name: "a", Domains: []catalog.EntityRef{"domain:business"}, Passing: mark}}, nil, "a", 50, catalog.VerdictPassing},
		"claimed domain":    {[]catalog.ScorecardOverride{{Name: "a", Domains: []catalog.EntityRef{"commerce"}, Passing: mark}}, func(in *scorecard.Input) { in.PermittedDomains = nil }, "", 50, catalog.VerdictFailing},
		"its labels":        {[]catalog.ScorecardOverride{{Name: "a", Selector: match("1"), Passing: mark}}, nil, "a", 50, catalog.VerdictPassing},
		"other labels":      {[]catalog.ScorecardOverride{{Name: "a", Selector: match("2"), Passing: mark}}, nil, "", 50, catalog.VerdictFailing},
		"system and labels": {[]catalog.ScorecardOverride{{Name: "a", Systems: []catalog.EntityRef{"shop/storefront"}, Selector: match("2"), Passing: mark}}, nil, "", 50, catalog.VerdictFailing},
		"the first alone": {[]catalog.ScorecardOverride{
			{Name: "a", Selector: match("1"), Disabled: []catalog.CheckName{"c1"}}, {Name: "b", Selector: match("1"), Passing: mark, Weights: []catalog.CheckWeight{{Check: "c0", Weight: &zero}}},
		}, nil, "a", 100, catalog.VerdictPassing},
		"weights":          {[]catalog.ScorecardOverride{{Name: "a", Selector: match("1"), Weights: []catalog.CheckWeight{{Check: "c1", Weight: &low}}}}, nil, "a", 9, catalog.VerdictFailing},
		"weight of zero":   {[]catalog.ScorecardOverride{{Name: "a", Selector: match("1"), Weights: []catalog.CheckWeight{{Check: "c1", Weight: &zero}}}}, nil, "a", 100, catalog.VerdictPassing},
		"all disabled":     {[]catalog.ScorecardOverride{{Name: "a", Selector: match("1"), Disabled: []catalog.CheckName{"c0", "c1"}}}, nil, "a", -1, catalog.VerdictNotApplicable},
		"asks for nothing": {[]catalog.ScorecardOverride{{Name: "a", Passing: mark}}, nil, "", 50, catalog.VerdictFailing},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := checkout(t)
			if tc.change != nil {
				tc.change(&in)
			}
			r := evaluate(t, mustCompile(t, card(ask("true", "false"), func(s *catalog.ScorecardSpec) { s.Overrides = tc.overrides })), in)
			if r.Override != tc.override || r.Percent != tc.percent || r.Verdict != tc.verdict {
				t.Errorf("override %q, %d%%, %s; want %q, %d%%, %s", r.Override, r.Percent, r.Verdict, tc.override, tc.percent, tc.verdict)
			}
		})
	}
}
