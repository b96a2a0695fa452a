package dashboard

import (
	"net/url"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// fixesView is what brings most of some entities to their next level.
type fixesView struct {
	Judged int       `json:"judged"` // results that were looked at
	Done   int       `json:"done"`   // of which nothing is left to do
	Fixes  []fixView `json:"fixes"`
	More   int       `json:"more,omitempty"`
	Wide   string    `json:"note,omitempty"` // why there are none
}

// fixView is a check to pass.
type fixView struct {
	Scorecard string `json:"scorecard"`
	Check     string `json:"check"`
	Title     string `json:"title"`
	Entities  int    `json:"entities"` // that wait for it
	Reach     int    `json:"reach"`    // that get further once it and those before it are done
	Remedy    string `json:"remedy,omitempty"`
	URL       string `json:"-"`
}

// Bounds of what is looked at, and shown.
const (
	maxFixed = 500
	maxFixes = 10
)

// fixes are the next best fixes of what a state shows, so many in all. Of more entities than maxFixed nobody could say what
// comes first.
func (s *server) fixes(st state, kinds []relation.Kind, may index.Scopes, cards []*catalog.Scorecard, total int) *fixesView {
	out := &fixesView{Fixes: []fixView{}}
	if total > maxFixed {
		out.Wide = "Choose an owner, a System or a Domain to see what to fix first: these are too many at once."
		return out
	}
	found := s.find(index.Query{Kinds: kinds, Where: st.where, Text: st.text, Limit: maxFixed}, may)
	var gaps []scorecard.Gap
	for i := range found.Rows {
		status, ok := s.Catalog.Status(found.Rows[i].Ref)
		if !ok {
			continue
		}
		for _, c := range cards {
			score := scoreOf(c, status)
			if score == nil || score.Verdict == catalog.VerdictNotApplicable {
				continue
			}
			out.Judged++
			if g, ok := scorecard.ToldGap(c, score); ok {
				gaps = append(gaps, g)
			} else {
				out.Done++
			}
		}
	}
	for i, f := range scorecard.Plan(gaps) {
		if i == maxFixes {
			out.More = len(scorecard.Plan(gaps)) - maxFixes
			break
		}
		out.Fixes = append(out.Fixes, fixOf(f, cards))
	}
	return out
}

func fixOf(f scorecard.Fix, cards []*catalog.Scorecard) fixView {
	out := fixView{Scorecard: f.Scorecard, Check: string(f.Check), Title: string(f.Check), Entities: f.Entities, Reach: f.Reach}
	for _, c := range cards {
		if c.Name != f.Scorecard {
			continue
		}
		out.URL = "/scores/" + url.PathEscape(c.Name) + "#check-" + string(f.Check)
		for i := range c.Spec.Checks {
			if k := &c.Spec.Checks[i]; k.Name == f.Check {
				out.Title, out.Remedy = checkTitle(k), k.Remedy
			}
		}
	}
	return out
}

func checkTitle(k *catalog.ScorecardCheck) string {
	if k.Title != "" {
		return k.Title
	}
	return string(k.Name)
}
