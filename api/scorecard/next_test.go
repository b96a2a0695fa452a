package scorecard_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// asking adds checks written as level:weight:expression, the weight as so many +.
func asking(levels []string, mark catalog.PassMark, checks ...string) func(*catalog.ScorecardSpec) {
	return func(s *catalog.ScorecardSpec) {
		for _, l := range levels {
			s.Levels = append(s.Levels, catalog.ScorecardLevel{Name: catalog.Word(l)})
		}
		s.Passing = mark
		for i, text := range checks {
			level, rest, _ := strings.Cut(text, ":")
			weight, expression, _ := strings.Cut(rest, ":")
			n := int32(len(weight))
			s.Checks = append(s.Checks, catalog.ScorecardCheck{
				Name: nth(i), Level: catalog.Word(level), Weight: &n, Expression: catalog.CELExpression(expression),
			})
		}
	}
}

func score(n int32) catalog.PassMark { return catalog.PassMark{Score: &n} }

func TestGap(t *testing.T) {
	ladder := []string{"Bronze", "Silver", "Gold"}
	cases := map[string]struct {
		change  func(*catalog.ScorecardSpec)
		exempt  []catalog.CheckName
		level   catalog.Word
		fixes   string
		nothing bool
	}{
		"the next level is the lowest that is held back": {
			change: asking(ladder, catalog.PassMark{Level: "Bronze"}, "Bronze:+:true", "Silver:+:false", "Silver:++:false", "Gold:+:false"),
			level:  "Silver", fixes: "c2 c1",
		},
		"a level that nothing is asked for is reached with the one below": {
			change: asking(ladder, catalog.PassMark{Level: "Bronze"}, "Bronze:+:true", "Gold:+:false"), level: "Gold", fixes: "c1",
		},
		"what counts for points holds no level back": {
			change: asking(ladder, catalog.PassMark{Level: "Gold"}, "Bronze:+:false", ":+++:false"), level: "Bronze", fixes: "c0",
		},
		"an Unknown and an Error hold it back too": {
			change: asking(ladder, catalog.PassMark{Level: "Gold"}, "Gold:+:facts.nothing == 1", "Gold:+:entity.metadata.labels['none'] == ''"),
			level:  "Gold", fixes: "c0 c1",
		},
		"what is exempt does not": {
			change: asking(ladder, catalog.PassMark{Level: "Gold"}, "Bronze:+:false", "Gold:+:false"),
			exempt: []catalog.CheckName{"c0"}, level: "Gold", fixes: "c1",
		},
		"at the top there is nothing to do": {
			change: asking(ladder, catalog.PassMark{Level: "Gold"}, "Gold:+:true", ":+:false"), nothing: true,
		},
		"at the top points may be missing": {
			change: asking(ladder, score(60), "Gold:+:true", ":+:false", ":+++:false"), fixes: "c2",
		},
		"without levels the fewest checks lead to the mark": {
			change: asking(nil, score(80), ":+:true", ":+:false", ":+++++:false", ":+:false"), fixes: "c2 c1",
		},
		"the mark itself is enough": {
			change: asking(nil, score(50), ":+:true", ":+:false"), nothing: true,
		},
		"all of them, if it takes all": {
			change: asking(nil, score(100), ":+:false", ":+:false"), fixes: "c0 c1",
		},
		"without levels, who passes has nothing to do": {
			change: asking(nil, score(20), ":+:true", ":+:false"), nothing: true,
		},
		"where nothing applies, nothing is missing": {
			change: asking(ladder, catalog.PassMark{Level: "Gold"}, "Gold:+:false"), exempt: []catalog.CheckName{"c0"}, nothing: true,
		},
		"what weighs nothing brings no points": {
			change: asking(nil, score(100), "::false", ":+:false"), fixes: "c1",
		},
		"an override has a mark of its own": {
			change: func(s *catalog.ScorecardSpec) {
				asking(nil, score(10), ":+:true", ":+:false")(s)
				s.Overrides = []catalog.ScorecardOverride{{Name: "strict", Systems: []catalog.EntityRef{"shop/storefront"}, Passing: score(100)}}
			}, fixes: "c1",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := mustCompile(t, card(tc.change))
			in := checkout(t)
			if tc.exempt != nil {
				in.Exemptions = []scorecard.Exemption{{Name: "x", Scorecard: "production", Checks: tc.exempt, ExpiresAt: now.Add(time.Hour)}}
			}
			r := evaluate(t, c, in)
			g, ok := c.Gap(&r)
			if ok == tc.nothing {
				t.Fatalf("Gap() = %+v, %v", g, ok)
			}
			if got := namesOf(g.Fixes); ok && (got != tc.fixes || g.Level != tc.level || g.Scorecard != "production") {
				t.Errorf("Gap() = %s level %q, fixes %q, want %q and %q", g.Scorecard, g.Level, got, tc.level, tc.fixes)
			}
			status := r.Status()
			told, ok := scorecard.ToldGap(card(tc.change), &status)
			if got := namesOf(told.Fixes); ok == tc.nothing || ok && (got != tc.fixes || told.Level != tc.level || told.Scorecard != "production") {
				t.Errorf("ToldGap() = %s level %q, fixes %q, %v, want %q and %q", told.Scorecard, told.Level, got, ok, tc.level, tc.fixes)
			}
		})
	}
}

func namesOf(fixes []scorecard.CheckResult) string {
	out := make([]string, len(fixes))
	for i := range fixes {
		out[i] = string(fixes[i].Check)
	}
	return strings.Join(out, " ")
}

// gaps are those of entities on Scorecards, written as scorecard: check check.
func gaps(texts ...string) []scorecard.Gap {
	out := make([]scorecard.Gap, len(texts))
	for i, text := range texts {
		name, checks, _ := strings.Cut(text, ": ")
		out[i].Scorecard = name
		for c := range strings.FieldsSeq(checks) {
			out[i].Fixes = append(out[i].Fixes, scorecard.CheckResult{Check: catalog.CheckName(c)})
		}
	}
	return out
}

func TestPlan(t *testing.T) {
	cases := map[string]struct {
		gaps []scorecard.Gap
		want []scorecard.Fix
	}{
		"nothing is missing": {nil, nil},
		"what brings most comes first": {gaps("p: a", "p: b", "p: b"), []scorecard.Fix{
			{Scorecard: "p", Check: "b", Entities: 2, Reach: 2}, {Scorecard: "p", Check: "a", Entities: 1, Reach: 1},
		}},
		"one fix for one beats two for two only by the number": {gaps("p: a b", "p: a b", "p: c"), []scorecard.Fix{
			{Scorecard: "p", Check: "c", Entities: 1, Reach: 1},
			{Scorecard: "p", Check: "a", Entities: 2, Reach: 0}, {Scorecard: "p", Check: "b", Entities: 2, Reach: 2},
		}},
		"two for three beat one for one": {gaps("p: a b", "p: a b", "p: a b", "p: c"), []scorecard.Fix{
			{Scorecard: "p", Check: "a", Entities: 3, Reach: 0}, {Scorecard: "p", Check: "b", Entities: 3, Reach: 3},
			{Scorecard: "p", Check: "c", Entities: 1, Reach: 1},
		}},
		"what is done counts for the next": {gaps("p: a", "p: a b", "p: c", "p: c", "p: a b"), []scorecard.Fix{
			{Scorecard: "p", Check: "c", Entities: 2, Reach: 2}, {Scorecard: "p", Check: "a", Entities: 3, Reach: 1},
			{Scorecard: "p", Check: "b", Entities: 2, Reach: 2},
		}},
		"scorecards are compared with each other": {gaps("q: a", "p: a b", "q: a", "p: c"), []scorecard.Fix{
			{Scorecard: "q", Check: "a", Entities: 2, Reach: 2}, {Scorecard: "p", Check: "c", Entities: 1, Reach: 1},
			{Scorecard: "p", Check: "a", Entities: 1, Reach: 0}, {Scorecard: "p", Check: "b", Entities: 1, Reach: 1},
		}},
		"a check of one scorecard is not that of another": {gaps("q: a", "p: a"), []scorecard.Fix{
			{Scorecard: "p", Check: "a", Entities: 1, Reach: 1}, {Scorecard: "q", Check: "a", Entities: 1, Reach: 1},
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for range 20 { // in any order, and whatever the order of maps
				rand.Shuffle(len(tc.gaps), func(i, j int) { tc.gaps[i], tc.gaps[j] = tc.gaps[j], tc.gaps[i] })
				if diff := cmp.Diff(tc.want, scorecard.Plan(tc.gaps)); diff != "" {
					t.Fatalf("Plan(%+v) (-want +got):\n%s", tc.gaps, diff)
				}
			}
		})
	}
}

// TestPlanReachesAll holds, for plans at random, that each fix is there once and that in the end all got further.
func TestPlanReachesAll(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all []scorecard.Gap
		for range 1 + random.IntN(30) {
			text := string("pq"[random.IntN(2)]) + ":"
			for i := range 8 {
				if i == 0 || random.IntN(3) == 0 {
					text += " " + string(rune('a'+random.IntN(8))) + string(rune('0'+i))
				}
			}
			all = append(all, gaps(text)...)
		}
		plan := scorecard.Plan(all)
		reached := 0
		seen := map[string]bool{}
		for _, f := range plan {
			if key := f.Scorecard + "/" + string(f.Check); seen[key] {
				t.Fatalf("%s stands twice in %+v", key, plan)
			} else {
				seen[key] = true
			}
			reached += f.Reach
		}
		if reached != len(all) {
			t.Fatalf("%d get further, want %d: %+v", reached, len(all), plan)
		}
	}
}

func TestExemptionEnds(t *testing.T) {
	cases := map[string]struct {
		card    *catalog.Scorecard
		expires time.Duration // after its creation
		want    time.Duration
	}{
		"when it says":                {card(func(s *catalog.ScorecardSpec) { s.MaxExemptionDays = 30 }), 24 * time.Hour, 24 * time.Hour},
		"when the scorecard says":     {card(func(s *catalog.ScorecardSpec) { s.MaxExemptionDays = 30 }), 31 * 24 * time.Hour, 30 * 24 * time.Hour},
		"both at the same moment":     {card(func(s *catalog.ScorecardSpec) { s.MaxExemptionDays = 30 }), 30 * 24 * time.Hour, 30 * 24 * time.Hour},
		"a year where nobody says so": {card(), 1000 * 24 * time.Hour, 365 * 24 * time.Hour},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Name: "x", CreationTimestamp: metav1.NewTime(now)}}
			x.Spec.ExpiresAt = ptr.To(metav1.NewTime(now.Add(tc.expires)))
			if got := scorecard.ExemptionEnds(x, scorecard.MaxExemption(tc.card)); !got.Equal(now.Add(tc.want)) {
				t.Errorf("ExemptionEnds() = %v, want %v", got, now.Add(tc.want))
			}
			e, approved := scorecard.ExemptionOf(x, scorecard.MaxExemption(tc.card))
			if approved || !e.ExpiresAt.Equal(now.Add(tc.want)) {
				t.Errorf("ExemptionOf() = %+v, %v: nobody approved it", e, approved)
			}
			x.Spec.Approval.By = "ada"
			if _, approved := scorecard.ExemptionOf(x, scorecard.MaxExemption(tc.card)); !approved {
				t.Error("ExemptionOf() says that nobody approved it")
			}
		})
	}
}

func TestClaimedEntity(t *testing.T) {
	for text, want := range map[catalog.OwnEntityRef]relation.Ref{
		"component:checkout":     {Kind: relation.Component, Namespace: "shop", Name: "checkout"},
		"api:charge":             {Kind: relation.API, Namespace: "shop", Name: "charge"},
		"component:pay/checkout": {},
		"group:team":             {},
		"checkout":               {},
	} {
		if got := scorecard.ClaimedEntity("shop", text); got != want {
			t.Errorf("ClaimedEntity(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestInputs(t *testing.T) {
	cases := map[string]struct {
		when, expression catalog.CELExpression
		shown            []catalog.EvidencePath
		want             string
	}{
		"a field":                     {"", "entity.spec.lifecycle == 'production'", nil, `entity.spec.lifecycle = "production"`},
		"a field that is asked for":   {"", "has(entity.spec.owner)", nil, `entity.spec.owner = present`},
		"what was not looked at":      {"", "entity.kind == 'Component' || entity.spec.lifecycle == ''", nil, `entity.kind = "Component"`},
		"when comes first":            {"entity.kind == 'Component'", "relations.ownedBy.count > 0", nil, `entity.kind = "Component", relations.ownedBy.count = 1`},
		"when alone, if it is false":  {"entity.kind == 'API'", "relations.ownedBy.count > 0", nil, `entity.kind = "Component"`},
		"a workload's value":          {"", "workloads.all(w, w.spec.replicas >= 2)", []catalog.EvidencePath{"workloads.spec.replicas"}, `workloads, workloads[0].spec.replicas = 3`},
		"a value that is not shown":   {"", "workloads.all(w, w.spec.replicas >= 2)", nil, `workloads, workloads[0].spec.replicas`},
		"what is not known":           {"", "facts.nothing == 1", nil, `facts.nothing = not known`},
		"what cannot be evaluated":    {"", "entity.metadata.labels['none'] == ''", nil, `entity`},
		"each once":                   {"", "entity.kind == 'Component' && entity.kind != 'API'", nil, `entity.kind = "Component"`},
		"nothing is read":             {"", "true", nil, ""},
		"in lists, maps and calls":    {"", "[entity.kind][0] in {'a': entity.kind, 'b': entity.spec.type}.map(k, entity.spec.lifecycle)", nil, `entity.kind = "Component", entity.spec.type = "service", entity.spec.lifecycle = "production"`},
		"a loop within what was made": {"", "workloads.filter(w, w.kind == 'Job').all(w, w.spec.replicas > 1)", nil, `workloads, workloads[0].kind`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := mustCompile(t, card(func(s *catalog.ScorecardSpec) {
				s.Checks = []catalog.ScorecardCheck{{Name: "c", When: tc.when, Expression: tc.expression, Evidence: tc.shown}}
			}))
			var got []string
			for _, e := range c.Inputs(t.Context(), scorecard.NewSubject(checkout(t)), "c") {
				text := e.Path
				if e.Value != "" {
					text += " = " + e.Value
				}
				got = append(got, text)
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("Inputs(%s) = %q, want %q", tc.expression, strings.Join(got, ", "), tc.want)
			}
		})
	}
	c := mustCompile(t, card(ask("true")))
	if got := c.Inputs(t.Context(), scorecard.NewSubject(checkout(t)), "other"); got != nil {
		t.Errorf("Inputs() of no check = %v", got)
	}
}

// TestInputsAreBounded holds that a long expression does not tell without end.
func TestInputsAreBounded(t *testing.T) {
	text := "true"
	for i := range 30 {
		text += " && entity.metadata.?labels['k" + string(rune('a'+i%26)) + "'].orValue('') == ''"
	}
	c := mustCompile(t, card(ask(catalog.CELExpression(text))))
	if got := c.Inputs(t.Context(), scorecard.NewSubject(checkout(t)), "c0"); len(got) != scorecard.MaxInputs {
		t.Errorf("Inputs() tells of %d fields, want %d", len(got), scorecard.MaxInputs)
	}
}

func TestQuestionsAndReads(t *testing.T) {
	cases := map[string]struct {
		expression catalog.CELExpression
		want       []string
		all        bool
		reads      scorecard.Variables
	}{
		"by key":         {"attestations['threat-model'].answer == 'Yes'", []string{"threat-model"}, false, scorecard.VarAttestations},
		"by field":       {"attestations.pentest.answer == 'Yes'", []string{"pentest"}, false, scorecard.VarAttestations},
		"with in":        {"'b' in attestations && attestations['a'].answer == 'Yes'", []string{"a", "b"}, false, scorecard.VarAttestations},
		"if any":         {"attestations[?'a'].hasValue()", []string{"a"}, false, scorecard.VarAttestations},
		"all of them":    {"attestations.all(q, attestations[q].answer == 'Yes')", nil, true, scorecard.VarAttestations},
		"other things":   {"owner.kind == 'Group' && relations.partOf.count > 0", nil, false, scorecard.VarOwner | scorecard.VarRelations},
		"no attestation": {"entity.metadata.labels['a'] == 'attestations'", nil, false, scorecard.VarEntity},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := mustCompile(t, card(ask(tc.expression)))
			got, all := c.Questions(relation.Component, "c0")
			if !slices.Equal(got, tc.want) || all != tc.all {
				t.Errorf("Questions(%s) = %v, %v, want %v, %v", tc.expression, got, all, tc.want, tc.all)
			}
			if reads := c.CheckReads(relation.Component, "c0"); reads != tc.reads {
				t.Errorf("CheckReads(%s) = %v, want %v", tc.expression, reads, tc.reads)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	cases := []struct {
		control catalog.Control
		asked   string
		want    bool
	}{
		{"SOC2 CC7.1", "SOC2 CC7.1", true}, {"SOC2 CC7.1", "SOC2", true}, {"SOC2 CC7.1", "SOC2 CC7", true},
		{"SOC2 CC7.10", "SOC2 CC7.1", false}, {"SOC2 CC7.1", "SOC2 CC7.1.2", false}, {"SOC2 CC7.1", "CC7.1", false},
		{"SOC2x", "SOC2", false}, {"SOC2 CC7.1", "", false}, {"PCI-DSS 6", "PCI", true},
	}
	for _, tc := range cases {
		if got := scorecard.Answers(tc.control, tc.asked); got != tc.want {
			t.Errorf("Answers(%q, %q) = %v, want %v", tc.control, tc.asked, got, tc.want)
		}
	}
}
