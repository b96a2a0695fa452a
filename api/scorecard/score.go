package scorecard

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Result is how an entity does on a Scorecard.
type Result struct {
	Scorecard string
	Verdict   catalog.Verdict
	// Level is the highest level reached; empty if there are no levels, none is reached, or nothing applies.
	Level catalog.Word
	// Percent is -1 if no points can be had.
	Percent int32
	// Override names the override that applies, empty if none does.
	Override catalog.Word
	// Checks are the results in the order of the Scorecard, without those that are disabled.
	Checks []CheckResult
	// Expires is the first moment at which the result may be another by time alone: when the next exemption that counts here
	// expires, or the next attestation, if an expression reads attestations. Zero if there is none.
	Expires time.Time
}

// score adds up the results, finds the level, and judges by the pass mark.
func (c *Compiled) score(r *Result, passing *catalog.PassMark) {
	var got, all int64
	applies := false
	for i := range r.Checks {
		k := &r.Checks[i]
		switch {
		case k.Outcome == catalog.OutcomePass:
			got += k.Weight
			fallthrough
		case k.Failed():
			all += k.Weight
			applies = true
		}
	}
	r.Percent, r.Verdict = -1, catalog.VerdictNotApplicable
	if !applies {
		return
	}
	if all > 0 {
		r.Percent = int32(got * 100 / all)
	}
	reached := c.reached(r.Checks)
	if reached >= 0 {
		r.Level = c.levels[reached]
	}
	switch {
	case passing.Level != "":
		r.Verdict = verdict(reached >= slices.Index(c.levels, passing.Level))
	case passing.Score != nil && r.Percent >= 0:
		r.Verdict = verdict(r.Percent >= *passing.Score)
	}
}

func verdict(passing bool) catalog.Verdict {
	if passing {
		return catalog.VerdictPassing
	}
	return catalog.VerdictFailing
}

// reached is the index of the highest level that no check holds back: neither one of its own nor one of a lower level.
func (c *Compiled) reached(results []CheckResult) int {
	lowest := len(c.levels)
	for i := range results {
		if k := &results[i]; k.Level != "" && k.Failed() {
			lowest = min(lowest, slices.Index(c.levels, k.Level))
		}
	}
	return lowest - 1
}

// exempt are the exemptions that count.
type exempt []*Exemption

// of is the exemption of a check: of several, the one that lasts longest, then the first by name.
func (e exempt) of(name catalog.CheckName) *Exemption {
	var best *Exemption
	for _, x := range e {
		if len(x.Checks) > 0 && !slices.Contains(x.Checks, name) {
			continue
		}
		if best == nil || x.ExpiresAt.After(best.ExpiresAt) || x.ExpiresAt.Equal(best.ExpiresAt) && x.Name < best.Name {
			best = x
		}
	}
	return best
}

func (c *Compiled) exemptions(s *Subject, r *Result) exempt {
	var out exempt
	for i := range s.input.Exemptions {
		x := &s.input.Exemptions[i]
		if x.Scorecard != c.name || !s.input.Now.Before(x.ExpiresAt) {
			continue
		}
		out = append(out, x)
		r.expireAt(x.ExpiresAt)
	}
	return out
}

// expireAt notes that something ceases to count at a moment; none if zero.
func (r *Result) expireAt(t time.Time) {
	if !t.IsZero() && (r.Expires.IsZero() || t.Before(r.Expires)) {
		r.Expires = t
	}
}

// Failing are the checks that are not passed, worst first: those of the lowest level, then those with most weight; those
// that count for points only come last.
func (r *Result) Failing() []CheckResult {
	var out []CheckResult
	for _, k := range r.Checks {
		if k.Failed() {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b CheckResult) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Weight, a.Weight), strings.Compare(string(a.Check), string(b.Check)))
	})
	return out
}

// message is a text as a status holds it: one line of printable characters, 200 at most.
func message(s string) string { return clip(s, maxMessage) }

// clip makes one line of at most so many characters of a text.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.C) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s[:min(len(s), 16*most)])), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// trails are the names of what is not known, without doubles.
func trails(u *types.Unknown) []string {
	var out []string
	for _, id := range u.IDs() {
		all, _ := u.GetAttributeTrails(id)
		for _, t := range all {
			out = append(out, t.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
