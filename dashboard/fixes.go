package dashboard

import (
	"net/url"
	"slices"

	"github.com/callboard-dev/callboard/api/access"
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

// fixes are the next best fixes of what a state shows, so many in all.
func (s *server) fixes(st state, kinds []relation.Kind, may index.Scopes, cards []*catalog.Scorecard, total int) *fixesView {
	if total > maxFixed {
		return tooMany()
	}
	return fixesOf(s.Catalog, index.Query{Kinds: kinds, Where: st.where, Text: st.text}, may, cards)
}

// fixes are the next best fixes of what has one of some values of a facet, on all active Scorecards; nil if there is none
// that the reader may get.
func (l *sight) fixes(f index.Facet, values ...string) *fixesView {
	if !l.may(access.Scorecards, "") {
		return nil
	}
	cards := slices.DeleteFunc(slices.Clone(l.catalog.Scorecards()), func(c *catalog.Scorecard) bool { return c.Spec.Mode != catalog.ScorecardActive })
	if len(cards) == 0 {
		return nil
	}
	q := index.Query{Kinds: judged(cards), Where: map[index.Facet][]string{f: values}}
	return fixesOf(l.catalog, q, l.everywhere(), cards)
}

// fixesOf are the next best fixes of what is found. Of more entities than maxFixed nobody could say what comes first.
func fixesOf(c Catalog, q index.Query, may index.Scopes, cards []*catalog.Scorecard) *fixesView {
	q.Limit, q.Brief = maxFixed, true
	found := c.Find(q, may)
	out := &fixesView{Fixes: []fixView{}}
	if found.Total > maxFixed {
		return tooMany()
	}
	var gaps []scorecard.Gap
	for i := range found.Owned {
		gaps = out.judge(c, found.Owned[i].Ref, cards, gaps)
	}
	plan := scorecard.Plan(gaps)
	out.More = max(0, len(plan)-maxFixes)
	for _, f := range plan[:min(len(plan), maxFixes)] {
		out.Fixes = append(out.Fixes, fixOf(f, cards))
	}
	return out
}

func tooMany() *fixesView {
	return &fixesView{Fixes: []fixView{}, Wide: "Choose an owner, a System or a Domain to see what to fix first: these are too many at once."}
}

// judge adds what an entity lacks to what others do, and counts it.
func (v *fixesView) judge(c Catalog, ref relation.Ref, cards []*catalog.Scorecard, gaps []scorecard.Gap) []scorecard.Gap {
	status, ok := c.Status(ref)
	if !ok {
		return gaps
	}
	for _, card := range cards {
		score := scoreOf(card, status)
		if score == nil || score.Verdict == catalog.VerdictNotApplicable {
			continue
		}
		v.Judged++
		if g, ok := scorecard.ToldGap(card, score); ok {
			gaps = append(gaps, g)
		} else {
			v.Done++
		}
	}
	return gaps
}

// maxTeamFixes is how many entities are looked at for the fixes of all owners of a board.
const maxTeamFixes = 4 * maxFixed

// firstFixes are, for several owners, what to fix first of what each owns itself. Those for whom there is no room have none.
func firstFixes(c Catalog, owners []string, may index.Scopes, cards []*catalog.Scorecard) map[string]*fixView {
	gaps, last, v := map[string][]scorecard.Gap{}, "", &fixesView{}
	found := c.Find(index.Query{
		Kinds: judged(cards), Where: map[index.Facet][]string{index.FacetOwner: owners}, Sort: "owner", Limit: maxTeamFixes, Brief: true,
	}, may)
	for i := range found.Owned {
		last = string(found.Owned[i].Owner)
		gaps[last] = v.judge(c, found.Owned[i].Ref, cards, gaps[last])
	}
	if len(found.Owned) == found.Total {
		last = ""
	}
	delete(gaps, last) // it is not complete
	out := map[string]*fixView{}
	for owner, lacks := range gaps {
		if plan := scorecard.Plan(lacks); len(plan) > 0 {
			first := fixOf(plan[0], cards)
			out[owner] = &first
		}
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
