package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// cardView is one Scorecard: entities by its checks.
type cardView struct {
	Title       string          `json:"title"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Summary     cardSum         `json:"summary"`
	Mark        string          `json:"passMark"`
	Levels      []levelView     `json:"levels"`
	Checks      []checkView     `json:"checks"`
	Trend       *trendView      `json:"trend,omitempty"`
	Total       int             `json:"total"`
	Rows        []checkRow      `json:"rows"`
	Filters     filters         `json:"filters"`
	Pager       Pager           `json:"pager"`
	Fixes       *fixesView      `json:"fixes,omitempty"`
	Exemptions  []exemptionView `json:"exemptions"`
	Notes       []Note          `json:"notes,omitempty"`
	Kubectl     []string        `json:"kubectl"`

	Print  string  `json:"-"`
	Empty  *Empty  `json:"-"`
	URL    string  `json:"-"` // of the Scorecard's own page
	Path   string  `json:"-"`
	Text   string  `json:"-"`
	Hidden []Field `json:"-"`
}

// levelView is a level of a Scorecard, with how many entities are at it.
type levelView struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Entities    int32  `json:"entities"`
	Tone        string `json:"-"`
}

// checkView is a check of a Scorecard.
type checkView struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Level    string   `json:"level,omitempty"`
	Weight   int32    `json:"weight"`
	Why      string   `json:"description,omitempty"`
	Remedy   string   `json:"remedy,omitempty"`
	Controls []string `json:"controls,omitempty"`
	Failing  int32    `json:"failing"` // entities, if it is one of those that most do not pass
}

// checkRow is how an entity does on each check.
type checkRow struct {
	Entity RefLink     `json:"entity"`
	Title  string      `json:"title,omitempty"`
	Owner  RefLink     `json:"owner,omitzero"`
	Score  scoreCell   `json:"score"`
	Checks []checkCell `json:"checks"`
}

// checkCell is how an entity does on a check, as far as its status tells.
type checkCell struct {
	Check   string `json:"check"`
	Outcome string `json:"outcome"` // Fail, Unknown, Error, Exempt, "NotFailing" (Pass or NotApplicable), "" if it is not told
	Message string `json:"message,omitempty"`

	Text string `json:"-"`
	Tone string `json:"-"`
}

// card gathers the board of one Scorecard.
func (s *server) card(r *request) (cardView, error) {
	st, err := parseState(r.URL)
	if err != nil {
		return cardView{}, err
	}
	cards, _, err := s.cards(r)
	if err != nil {
		return cardView{}, err
	}
	at := slices.IndexFunc(cards, func(c *catalog.Scorecard) bool { return c.Name == r.PathValue("scorecard") })
	if at < 0 {
		return cardView{}, notFound
	}
	may, err := r.scopes(r.Context())
	if err != nil {
		return cardView{}, err
	}
	c := cards[at]
	v := aboutCard(c)
	v.Path, v.Text, v.Hidden, v.Kubectl = st.path, st.text, st.hidden("q"), scoreCommands(st, c.Name)
	v.Kubectl = append(v.Kubectl, kubectl("callboard", "audit", "--scorecard", c.Name))
	kinds := judged([]*catalog.Scorecard{c})
	v.Notes = notes(kinds, may)
	if c.Spec.Mode != catalog.ScorecardActive {
		v.Notes = append(v.Notes, Note{Text: "This Scorecard is a draft: it shows on no entity until its mode is Active."})
	}
	s.fillMatrix(&v, st, may, c, kinds)
	v.Exemptions, err = s.exemptions(r, st, linker{graph: s.Catalog.Graph(), may: may}, c.Name)
	return v, err
}

func (s *server) fillMatrix(v *cardView, st state, may index.Scopes, c *catalog.Scorecard, kinds []relation.Kind) {
	found := s.find(st.find(kinds, boardFacets), may)
	v.Total, v.Filters, v.Pager = found.Total, st.filters(boardFacets, found.Facets), st.pager(len(found.Rows), found.Total)
	l := linker{graph: s.Catalog.Graph(), may: may}
	v.Rows = []checkRow{}
	for i := range found.Rows {
		v.Rows = append(v.Rows, s.checkRow(l, &found.Rows[i], c))
	}
	if len(v.Rows) == 0 {
		v.Empty = &Empty{Title: "Nothing fits", Text: "No entity that you may read, and that this Scorecard judges, has all of this."}
	}
	v.Fixes = s.fixes(st, kinds, may, []*catalog.Scorecard{c}, found.Total)
	whole := st.at(1)
	whole.all = true
	v.Print = whole.url()
}

// aboutCard is what a Scorecard says of itself.
func aboutCard(c *catalog.Scorecard) cardView {
	v := cardView{
		Title: titleOf(c), Name: c.Name, Description: c.Spec.Description, Summary: sumOf(c), Mark: markText(c.Spec.Passing),
		Levels: []levelView{}, Checks: []checkView{}, Trend: trendOf(c.Status.Trend), URL: "/scorecards/" + c.Name,
	}
	for i, l := range slices.Backward(c.Spec.Levels) {
		v.Levels = append(v.Levels, levelView{string(l.Name), l.Description, countAt(c.Status.Totals.Levels, l.Name), heat(i+1, len(c.Spec.Levels))})
	}
	for i := range c.Spec.Checks {
		k := &c.Spec.Checks[i]
		view := checkView{Name: string(k.Name), Title: checkTitle(k), Level: string(k.Level), Weight: 1, Why: k.Description, Remedy: k.Remedy}
		if k.Weight != nil {
			view.Weight = *k.Weight
		}
		for _, control := range k.Controls {
			view.Controls = append(view.Controls, string(control))
		}
		for _, m := range c.Status.Totals.MostFailed {
			if m.Check == k.Name {
				view.Failing = m.Entities
			}
		}
		v.Checks = append(v.Checks, view)
	}
	return v
}

func countAt(levels []catalog.LevelCount, name catalog.Word) int32 {
	for _, l := range levels {
		if l.Level == name {
			return l.Entities
		}
	}
	return 0
}

func markText(m catalog.PassMark) string {
	if m.Score != nil {
		return fmt.Sprintf("%d%%", *m.Score)
	}
	return string(m.Level)
}

// checkRow is how an entity does on each check.
func (s *server) checkRow(l linker, r *index.Row, c *catalog.Scorecard) checkRow {
	out := checkRow{Entity: l.to(r.Ref), Title: r.Title, Owner: l.to(parseFull(r.Owner)), Checks: []checkCell{}}
	status, ok := s.Catalog.Status(r.Ref)
	if !ok {
		status = &catalog.EntityStatus{}
	}
	out.Score = ownCell(c, status)
	score := scoreOf(c, status)
	for i := range c.Spec.Checks {
		out.Checks = append(out.Checks, cellOf(c.Spec.Checks[i].Name, score))
	}
	return out
}

// cellOf is how a check came out. A status tells of 10 that are not passed, and of 10 exempt ones.
func cellOf(name catalog.CheckName, score *catalog.Score) checkCell {
	out := checkCell{Check: string(name)}
	if score == nil || score.Verdict == catalog.VerdictNotApplicable {
		return out
	}
	for i := range score.Failing {
		if f := &score.Failing[i]; f.Check == name {
			out.Outcome, out.Message = string(f.Outcome), f.Message
			out.Text, out.Tone = outcomes[f.Outcome].Text, outcomes[f.Outcome].Tone
			return out
		}
	}
	if slices.Contains(score.Exempt, name) {
		out.Outcome, out.Text, out.Tone = string(catalog.OutcomeExempt), "exempt", "info"
		return out
	}
	if int(score.NotPassed) > len(score.Failing) || len(score.Exempt) >= 10 {
		out.Text = "?"
		return out
	}
	out.Outcome, out.Text, out.Tone = "NotFailing", "✓", "heat-4"
	return out
}

var outcomes = map[catalog.CheckOutcome]Badge{
	catalog.OutcomeFail: {Text: "✗ fail", Tone: "bad"}, catalog.OutcomeUnknown: {Text: "? unknown", Tone: "warn"},
	catalog.OutcomeError: {Text: "! error", Tone: "bad"},
}

// trendView is how the totals of a Scorecard went: a chart, and its numbers.
type trendView struct {
	Points []trendPoint `json:"points"`

	Average string      `json:"-"` // points of the lines
	Passing string      `json:"-"`
	Title   string      `json:"-"`
	First   string      `json:"-"`
	Last    string      `json:"-"`
	Grid    []trendGrid `json:"-"`
}

// trendPoint is how the totals stood on a day.
type trendPoint struct {
	Date     string `json:"date"`
	Entities int32  `json:"entities"`
	Passing  int32  `json:"passing"`
	Average  *int32 `json:"average,omitempty"`
	Share    int32  `json:"passingPercent"`
}

// trendGrid is a line that helps to read a chart.
type trendGrid struct{ Y, Text string }

// The chart, in its own units.
const (
	chartLeft, chartRight = 40, 590
	chartTop, chartBottom = 10, 130
)

// trendOf draws a trend; nil if there are fewer than two days.
func trendOf(points []catalog.TrendPoint) *trendView {
	if len(points) < 2 {
		return nil
	}
	out := &trendView{First: points[0].Date, Last: points[len(points)-1].Date}
	var average, passing []string
	for i, p := range points {
		view := trendPoint{Date: p.Date, Entities: number(p.Entities), Passing: number(p.Passing), Average: p.Average}
		if view.Entities > 0 {
			view.Share = view.Passing * 100 / view.Entities
		}
		out.Points = append(out.Points, view)
		x := chartLeft + float64(chartRight-chartLeft)*float64(i)/float64(len(points)-1)
		if p.Average != nil {
			average = append(average, chartPoint(x, *p.Average))
		}
		passing = append(passing, chartPoint(x, view.Share))
	}
	last := out.Points[len(out.Points)-1]
	out.Average, out.Passing = strings.Join(average, " "), strings.Join(passing, " ")
	out.Title = fmt.Sprintf("From %s to %s: %d%% of %d entities pass today, with an average of %d%%", out.First, out.Last, last.Share, last.Entities, number(last.Average))
	for _, g := range []int32{0, 50, 100} {
		out.Grid = append(out.Grid, trendGrid{fmt.Sprintf("%.1f", chartY(g)), fmt.Sprintf("%d%%", g)})
	}
	return out
}

func chartY(percent int32) float64 {
	return chartBottom - float64(chartBottom-chartTop)*float64(percent)/100
}

func chartPoint(x float64, percent int32) string { return fmt.Sprintf("%.1f,%.1f", x, chartY(percent)) }

// SummaryPassing counts the entities that pass.
func (v cardView) SummaryPassing() int { return int(v.Summary.Passing) }

// SummaryEntities counts the entities that are judged.
func (v cardView) SummaryEntities() int { return int(v.Summary.Entities) }
