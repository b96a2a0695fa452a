package scorecard_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// answer is an attestation of the threat model that is valid for so long.
func answer(name, text string, left time.Duration) scorecard.Attestation {
	return scorecard.Attestation{Name: name, Question: "threat-model", Answer: text, ValidUntil: now.Add(left)}
}

const threatModel = "attestations['threat-model'].answer == 'Yes'"

func TestAttestations(t *testing.T) {
	type all = []scorecard.Attestation
	cases := map[string]struct {
		expression catalog.CELExpression
		all        all
		want       catalog.CheckOutcome
		expires    time.Duration // 0: never
	}{
		"yes":                      {threatModel, all{answer("a", "Yes", time.Hour)}, "Pass", time.Hour},
		"no":                       {threatModel, all{answer("a", "No", time.Hour)}, "Fail", time.Hour},
		"nobody answered":          {threatModel, nil, "Unknown", 0},
		"of another question":      {"attestations['pen-test'].answer == 'Yes'", all{answer("a", "Yes", time.Hour)}, "Unknown", time.Hour},
		"a second left":            {threatModel, all{answer("a", "Yes", time.Second)}, "Pass", time.Second},
		"a nanosecond left":        {threatModel, all{answer("a", "Yes", 1)}, "Pass", 1},
		"at the second":            {threatModel, all{answer("a", "Yes", 0)}, "Unknown", 0},
		"a nanosecond over":        {threatModel, all{answer("a", "Yes", -1)}, "Unknown", 0},
		"a second over":            {threatModel, all{answer("a", "Yes", -time.Second)}, "Unknown", 0},
		"without an end, so never": {threatModel, all{{Name: "a", Question: "threat-model", Answer: "Yes"}}, "Unknown", 0},
		"in another time zone": {threatModel, all{{
			Name: "a", Question: "threat-model", Answer: "Yes", ValidUntil: now.Add(time.Second).In(time.FixedZone("x", 3600)),
		}}, "Pass", time.Second},
		"the longest counts":               {threatModel, all{answer("a", "No", time.Hour), answer("b", "Yes", 2*time.Hour)}, "Pass", 2 * time.Hour},
		"in any order":                     {threatModel, all{answer("b", "Yes", 2*time.Hour), answer("a", "No", time.Hour)}, "Pass", 2 * time.Hour},
		"then the first by name":           {threatModel, all{answer("b", "No", time.Hour), answer("a", "Yes", time.Hour), answer("c", "No", time.Hour)}, "Pass", time.Hour},
		"what expired does not count":      {threatModel, all{answer("a", "No", -time.Second), answer("b", "Yes", time.Second)}, "Pass", time.Second},
		"the first that ends":              {threatModel, all{answer("a", "Yes", 2*time.Hour), {Question: "pen-test", ValidUntil: now.Add(time.Hour)}}, "Pass", time.Hour},
		"asked whether it is there":        {"'threat-model' in attestations", all{answer("a", "No", time.Hour)}, "Pass", time.Hour},
		"asked whether it is, and expired": {"'threat-model' in attestations", all{answer("a", "No", 0)}, "Fail", 0},
		"asked with has":                   {"has(attestations.reviewed)", nil, "Fail", 0},
		"asked with has, and there":        {"has(attestations.reviewed)", all{{Question: "reviewed", Answer: "No", ValidUntil: now.Add(1)}}, "Pass", 1},
		"if it is there":                   {"attestations[?'threat-model'].answer.orValue('No') == 'Yes'", all{answer("a", "Yes", time.Hour)}, "Pass", time.Hour},
		"if it is there, and it is not":    {"attestations[?'threat-model'].answer.orValue('No') == 'Yes'", nil, "Fail", 0},
		"a field that nobody filled":       {"attestations['threat-model'].reviewedBy == 'user:ada'", all{answer("a", "Yes", time.Hour)}, "Error", time.Hour},
		"asked for a field":                {"has(attestations['threat-model'].comment)", all{answer("a", "Yes", time.Hour)}, "Fail", time.Hour},
		"all fields": {
			"attestations.all(q, q == 'threat-model') && attestations['threat-model'].comment == 'c' && attestations['threat-model'].evidence == 'e' && " +
				"attestations['threat-model'].reviewedBy == 'r' && attestations['threat-model'].validUntil == timestamp('2026-03-01T13:00:00Z')",
			all{{Question: "threat-model", Comment: "c", Evidence: "e", ReviewedBy: "r", ValidUntil: now.Add(time.Hour)}}, "Pass", time.Hour,
		},
		"how long still":     {"attestations['threat-model'].validUntil > timestamp('2026-04-01T00:00:00Z')", all{answer("a", "Yes", time.Hour)}, "Fail", time.Hour},
		"not read, no end":   {"entity.spec.type == 'service'", all{answer("a", "Yes", time.Hour)}, "Pass", 0},
		"not needed for all": {"entity.spec.type == 'service' || " + threatModel, nil, "Pass", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := checkout(t)
			in.Attestations = tc.all
			r := evaluate(t, mustCompile(t, card(ask(tc.expression))), in)
			var want time.Time
			if tc.expires != 0 {
				want = now.Add(tc.expires)
			}
			if got := r.Checks[0]; got.Outcome != tc.want || !r.Expires.Equal(want) {
				t.Errorf("%s %q, expires %v; want %s, %v", got.Outcome, got.Message, r.Expires, tc.want, want)
			}
		})
	}
}

func TestWhatIsNotAttestedIsNamed(t *testing.T) {
	got := evaluate(t, mustCompile(t, card(ask(threatModel))), checkout(t)).Checks[0]
	want := scorecard.CheckResult{
		Check: "c0", Weight: 1, Outcome: "Unknown", Message: `Not known: attestations["threat-model"]`,
		Evidence: []catalog.Evidence{{Path: `attestations["threat-model"].answer`, Value: "not known"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(scorecard.CheckResult{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExpiresIsTheFirstOfAll holds that exemptions and attestations are both looked at.
func TestExpiresIsTheFirstOfAll(t *testing.T) {
	c := mustCompile(t, card(ask(threatModel)))
	for _, tc := range []struct{ exemption, attestation, want time.Duration }{
		{time.Hour, time.Minute, time.Minute}, {time.Minute, time.Hour, time.Minute},
		{-time.Hour, time.Minute, time.Minute}, {time.Hour, -time.Minute, time.Hour},
	} {
		in := checkout(t)
		in.Exemptions = []scorecard.Exemption{{Name: "x", Scorecard: "production", ExpiresAt: now.Add(tc.exemption)}}
		in.Attestations = []scorecard.Attestation{answer("a", "Yes", tc.attestation)}
		if r := evaluate(t, c, in); !r.Expires.Equal(now.Add(tc.want)) {
			t.Errorf("exemption %v, attestation %v: expires %v, want %v", tc.exemption, tc.attestation, r.Expires, now.Add(tc.want))
		}
	}
}

// TestEveryKindReadsAttestations holds that the variable is there for all, and that Reads says who reads it.
func TestEveryKindReadsAttestations(t *testing.T) {
	for _, k := range relation.Kinds() {
		sc := card(ask(threatModel), kinds(catalog.ScoredKind(k.ObjectKind())))
		if c := mustCompile(t, sc); c.Reads(k) != scorecard.VarEntity|scorecard.VarAttestations {
			t.Errorf("%s: reads %s", k.ObjectKind(), c.Reads(k))
		}
	}
	if got := (scorecard.VarFacts | scorecard.VarAttestations).String(); got != "facts, attestations" {
		t.Errorf("String() = %q", got)
	}
	group := scorecard.Input{Entity: object(t, apitest.Group("team")), Now: now, Attestations: []scorecard.Attestation{answer("a", "Yes", 1)}}
	r := evaluate(t, mustCompile(t, card(ask(threatModel), kinds("Group"))), group)
	if r.Checks[0].Outcome != catalog.OutcomePass {
		t.Errorf("of a Group: %+v", r.Checks[0])
	}
}
