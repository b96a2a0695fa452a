package dashboard

import (
	"cmp"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// score is how an entity does on a Scorecard.
type score struct {
	Scorecard link   `json:"scorecard"`
	Verdict   string `json:"verdict"`
	Level     string `json:"level,omitempty"`
	Percent   *int32 `json:"percent,omitempty"`
	Override  string `json:"override,omitempty"`
	// Ladder are the levels from the lowest; empty if the reader may not get the Scorecard.
	Ladder    []rung         `json:"ladder,omitempty"`
	NotPassed int32          `json:"notPassed,omitempty"`
	Failing   []failingCheck `json:"failing,omitempty"`
	// More counts the checks that are not passed and of which the status does not tell.
	More   int32    `json:"more,omitempty"`
	Exempt []string `json:"exempt,omitempty"`
	Badge  Badge    `json:"-"`
}

// rung is a level, and whether the entity reached it.
type rung struct {
	Name    string `json:"name"`
	Reached bool   `json:"reached"`
}

// failingCheck is a check that an entity does not pass, and what to do. Title, level and remedy stand in the Scorecard.
type failingCheck struct {
	Check    string             `json:"check"`
	Title    string             `json:"title"`
	Outcome  string             `json:"outcome"`
	Level    string             `json:"level,omitempty"`
	Message  string             `json:"message,omitempty"`
	Evidence []catalog.Evidence `json:"evidence,omitempty"`
	Remedy   string             `json:"remedy,omitempty"`
	Badge    Badge              `json:"-"`
}

// scoresOf are the scores that stand in a status, explained by those Scorecards that the reader may get.
func (l *sight) scoresOf(st *catalog.EntityStatus) []score {
	var out []score
	for i := range st.Scores {
		sc := &st.Scores[i]
		one := score{
			Scorecard: scorecardLink(sc.Scorecard, nil), Verdict: string(sc.Verdict), Level: string(sc.Level), Percent: sc.Percent,
			Override: string(sc.Override), Badge: verdictBadge(sc.Verdict), NotPassed: sc.NotPassed, More: sc.NotPassed - int32(len(sc.Failing)),
		}
		card := l.card(sc.Scorecard)
		if card != nil {
			one.Scorecard = scorecardLink(sc.Scorecard, card)
			one.Ladder = ladder(card, sc.Level)
		}
		for _, f := range sc.Failing {
			one.Failing = append(one.Failing, failingOf(f, card))
		}
		for _, name := range sc.Exempt {
			one.Exempt = append(one.Exempt, string(name))
		}
		out = append(out, one)
	}
	return out
}

// card is a Scorecard, nil if there is none that the reader may get.
func (l *sight) card(name string) *catalog.Scorecard {
	if name == "" || !l.may(access.Scorecards, "") {
		return nil
	}
	if l.cards == nil {
		l.cards = map[string]*catalog.Scorecard{}
		for _, c := range l.catalog.Scorecards() {
			l.cards[c.Name] = c
		}
	}
	return l.cards[name]
}

// scorecardLink names a Scorecard, and leads to its page if the reader may get it.
func scorecardLink(name string, card *catalog.Scorecard) link {
	out := link{Ref: "scorecard:" + name, Kind: catalog.KindScorecard, Name: name, Text: name}
	if card != nil {
		out.URL = objectURL("scorecards", "", name)
		if card.Spec.Title != "" {
			out.Text = card.Spec.Title
		}
	}
	return out
}

func ladder(card *catalog.Scorecard, reached catalog.Word) []rung {
	out := make([]rung, len(card.Spec.Levels))
	on := false
	for i := len(out) - 1; i >= 0; i-- {
		name := card.Spec.Levels[i].Name
		on = on || name == reached
		out[i] = rung{string(name), on}
	}
	return out
}

func failingOf(f catalog.FailingCheck, card *catalog.Scorecard) failingCheck {
	out := failingCheck{
		Check: string(f.Check), Title: string(f.Check), Outcome: string(f.Outcome), Message: f.Message, Evidence: f.Evidence,
		Badge: Badge{Text: string(f.Outcome), Tone: "bad"},
	}
	if card == nil {
		return out
	}
	for i := range card.Spec.Checks {
		c := &card.Spec.Checks[i]
		if c.Name != f.Check {
			continue
		}
		out.Level, out.Remedy = string(c.Level), c.Remedy
		if c.Title != "" {
			out.Title = c.Title
		}
	}
	return out
}

// exemptionLine is an Exemption in a table.
type exemptionLine struct {
	link
	Entity    link         `json:"entity"`
	Scorecard link         `json:"scorecard"`
	Checks    []string     `json:"checks,omitempty"`
	Reason    string       `json:"reason"`
	State     string       `json:"state"`
	Counts    bool         `json:"counts"`
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	DaysLeft  *int         `json:"daysLeft,omitempty"`
	Badge     Badge        `json:"-"`
	Left      Badge        `json:"-"`
}

// exemptionsOf are the Exemptions of an entity that the reader may get.
func (l *sight) exemptionsOf(ref relation.Ref) []exemptionLine {
	if ref.Namespace == "" || !l.may(access.Exemptions, ref.Namespace) {
		return nil
	}
	return l.exemptionsThat(func(x *catalog.Exemption) bool {
		return x.Namespace == ref.Namespace && scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity) == ref
	})
}

// exemptionsThat are Exemptions in the order of their namespaces and names.
func (l *sight) exemptionsThat(counts func(*catalog.Exemption) bool) []exemptionLine {
	all := slices.DeleteFunc(slices.Clone(l.catalog.Exemptions()), func(x *catalog.Exemption) bool { return !counts(x) })
	slices.SortFunc(all, func(a, b *catalog.Exemption) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var out []exemptionLine
	for _, x := range all[:min(len(all), maxItems)] {
		out = append(out, l.exemptionLine(x))
	}
	return out
}

func (l *sight) exemptionLine(x *catalog.Exemption) exemptionLine {
	out := exemptionLine{
		link:      link{Ref: "exemption:" + x.Namespace + "/" + x.Name, Kind: catalog.KindExemption, Namespace: x.Namespace, Name: x.Name, Text: x.Name, URL: objectURL("exemptions", x.Namespace, x.Name)},
		Entity:    l.exempted(x),
		Scorecard: scorecardLink(x.Spec.Scorecard, l.card(x.Spec.Scorecard)),
		Reason:    x.Spec.Reason, ExpiresAt: x.Spec.ExpiresAt, State: "Not looked at yet",
	}
	for _, c := range x.Spec.Checks {
		out.Checks = append(out.Checks, string(c))
	}
	if c := meta.FindStatusCondition(x.Status.Conditions, catalog.ConditionReady); c != nil {
		out.State, out.Counts = c.Reason, c.Status == metav1.ConditionTrue
	}
	var cards []*catalog.Scorecard
	if card := l.card(x.Spec.Scorecard); card != nil {
		cards = append(cards, card)
	}
	if end, ok := endOf(x, cards); ok {
		days, badge := daysLeft(l.now, end)
		out.DaysLeft, out.Left = &days, badge
	}
	out.Badge = Badge{Text: out.State, Tone: "warn"}
	if out.Counts {
		out.Badge.Tone = "good"
	}
	return out
}

// exempted is the entity that an Exemption is about.
func (l *sight) exempted(x *catalog.Exemption) link {
	ref := scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity)
	if ref.IsZero() {
		return link{Ref: string(x.Spec.Entity), Name: string(x.Spec.Entity), Text: string(x.Spec.Entity)}
	}
	return l.link(ref)
}

func verdictBadge(v catalog.Verdict) Badge {
	switch v {
	case catalog.VerdictPassing:
		return Badge{Text: "Passing", Tone: "good"}
	case catalog.VerdictFailing:
		return Badge{Text: "Failing", Tone: "bad"}
	}
	return Badge{Text: "Not applicable", Tone: "calm"}
}

// percent is a number of percent as pages write it.
func percent(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n)) + "%"
}
