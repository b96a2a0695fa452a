package dashboard

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// scoresView is the score board: entities by Scorecards.
type scoresView struct {
	Title      string          `json:"title"`
	By         string          `json:"by"` // entities, systems, domains or groups
	Cards      []cardSum       `json:"scorecards"`
	Total      int             `json:"total"`
	Rows       []scoreRow      `json:"rows"`
	Filters    filters         `json:"filters"`
	Pager      Pager           `json:"pager"`
	Fixes      *fixesView      `json:"fixes,omitempty"`
	Exemptions []exemptionView `json:"exemptions"`
	Notes      []Note          `json:"notes,omitempty"`
	Kubectl    []string        `json:"kubectl"`

	Tabs    []navItem `json:"-"`
	Sorts   []navItem `json:"-"`
	ByTeams bool      `json:"-"`
	Print   string    `json:"-"`
	Empty   *Empty    `json:"-"`
	Path    string    `json:"-"`
	Text    string    `json:"-"`
	Hidden  []Field   `json:"-"`
}

// scoreRow is how an entity does on each Scorecard.
type scoreRow struct {
	Entity RefLink     `json:"entity"`
	Kind   string      `json:"kind"`
	Title  string      `json:"title,omitempty"`
	Owner  RefLink     `json:"owner,omitzero"`
	Scores []scoreCell `json:"scores"`
	// Next is, of a Group, the fix that brings most of what it owns itself to its next level.
	Next *fixView `json:"next,omitempty"`
}

// scoreCell is how an entity, or what belongs to a grouping, does on a Scorecard.
type scoreCell struct {
	Scorecard string          `json:"scorecard"`
	Verdict   catalog.Verdict `json:"verdict,omitempty"`
	Level     catalog.Word    `json:"level,omitempty"`
	Percent   *int32          `json:"percent,omitempty"`
	NotPassed int32           `json:"notPassed,omitempty"`
	Entities  *int32          `json:"entities,omitempty"` // of a grouping: those that are judged
	Passing   *int32          `json:"passing,omitempty"`  // of a grouping: those that pass

	Tone string `json:"-"`
	Text string `json:"-"`
	Hint string `json:"-"`
}

// boards are the ways to look at the score board.
var boards = []struct {
	by, title string
	kinds     []relation.Kind
}{
	{"entities", "Entities", nil},
	{"systems", "Systems", []relation.Kind{relation.System}},
	{"domains", "Domains", []relation.Kind{relation.Domain}},
	{"groups", "Groups", []relation.Kind{relation.Group}},
}

// boardOf is the number of a way to look at the board; 0 if it is not known.
func boardOf(by string) int {
	for i, b := range boards {
		if b.by == by {
			return i
		}
	}
	return 0
}

// boardFacets are what the score board is narrowed by.
var boardFacets = []index.Facet{
	index.FacetOwner, index.FacetSystem, index.FacetDomain, index.FacetLevel, index.FacetKind, index.FacetType, index.FacetLifecycle,
	index.FacetTag, index.FacetNamespace,
}

// scores gathers the score board.
func (s *server) scores(r *request) (scoresView, error) {
	st, err := parseState(r.URL)
	if err != nil {
		return scoresView{}, err
	}
	may, err := r.scopes(r.Context())
	if err != nil {
		return scoresView{}, err
	}
	cards, note, err := s.cards(r)
	if err != nil {
		return scoresView{}, err
	}
	by := boardOf(st.by)
	cards = slices.DeleteFunc(slices.Clone(cards), func(c *catalog.Scorecard) bool { return c.Spec.Mode != catalog.ScorecardActive })
	kinds := boards[by].kinds
	if by == 0 {
		kinds = judged(cards)
	}
	return s.board(r, st, may, cards, by, kinds, note)
}

func (s *server) board(r *request, st state, may index.Scopes, cards []*catalog.Scorecard, by int, kinds []relation.Kind, noted []Note) (scoresView, error) {
	v := scoresView{Title: "Score board", By: boards[by].by, Rows: []scoreRow{}, Exemptions: []exemptionView{}, Path: st.path, Text: st.text}
	v.Notes = noted
	v.Kubectl = scoreCommands(st, "")
	for _, c := range cards {
		v.Cards = append(v.Cards, sumOf(c))
	}
	v.Tabs, v.Hidden = st.tabs(by), st.hidden("q")
	if len(cards) == 0 {
		if len(noted) == 0 {
			v.Empty = &Empty{Title: "No Scorecard is active", Text: "A Scorecard counts once its mode is Active.",
				Command: kubectl("get", "scorecards")}
		}
		return v, nil
	}
	found := s.find(st.find(kinds, boardFacets), may)
	v.Total, v.Filters, v.Pager = found.Total, st.filters(boardFacets, found.Facets), st.pager(len(found.Rows), found.Total)
	l := linker{graph: s.Catalog.Graph(), may: may}
	for i := range found.Rows {
		v.Rows = append(v.Rows, s.scoreRow(l, &found.Rows[i], cards, by > 0))
	}
	if v.ByTeams = boards[by].by == "groups"; v.ByTeams {
		s.nextFixes(v.Rows, may, cards)
	}
	v.Sorts = st.orders()
	v.Notes = append(v.Notes, notes(kinds, may)...)
	if by == 0 {
		v.Fixes = s.fixes(st, kinds, may, cards, found.Total)
	}
	if len(v.Rows) == 0 {
		v.Empty = &Empty{Title: "Nothing fits", Text: "No entity that you may read, and that a Scorecard judges, has all of this."}
	}
	whole := st.at(1)
	whole.all = true
	v.Print = whole.url()
	var err error
	v.Exemptions, err = s.exemptions(r, st, l, "")
	return v, err
}

// orders are the ways to sort a board.
func (s state) orders() []navItem {
	out := []navItem{}
	for _, o := range []struct{ title, by string }{
		{"By name", ""}, {"Lowest score first", "score"}, {"Highest score first", "-score"}, {"By owner", "owner"},
	} {
		to := s.at(1)
		to.sort = o.by
		out = append(out, navItem{o.title, to.url(), s.sort == o.by})
	}
	return out
}

// nextFixes adds to Groups what to fix first of what they own themselves.
func (s *server) nextFixes(rows []scoreRow, may index.Scopes, cards []*catalog.Scorecard) {
	owners := make([]string, len(rows))
	for i := range rows {
		owners[i] = rows[i].Entity.Ref
	}
	first := firstFixes(s.Catalog, owners, may, cards)
	for i := range rows {
		rows[i].Next = first[rows[i].Entity.Ref]
	}
}

// tabs lead to the other ways to look at the board.
func (s state) tabs(current int) []navItem {
	out := make([]navItem, len(boards))
	for i, b := range boards {
		t := s.at(1)
		if t.by = ""; i > 0 {
			t.by = b.by
		}
		out[i] = navItem{b.title, t.url(), i == current}
	}
	return out
}

// cards are the Scorecards that the reader may get, or a note that he may not.
func (s *server) cards(r *request) ([]*catalog.Scorecard, []Note, error) {
	ok, err := r.reader.May(r.Context(), access.Scorecards, "")
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, []Note{closedNote(access.Scorecards)}, nil
	}
	return s.Catalog.Scorecards(), nil, nil
}

// judged are the kinds that Scorecards judge.
func judged(cards []*catalog.Scorecard) []relation.Kind {
	var out []relation.Kind
	for _, k := range relation.Kinds() {
		if slices.ContainsFunc(cards, func(c *catalog.Scorecard) bool {
			return slices.Contains(c.Spec.AppliesTo.Kinds, catalog.ScoredKind(k.ObjectKind()))
		}) {
			out = append(out, k)
		}
	}
	return out
}

// cardSums are the Scorecards that the reader may get, and how entities do on them.
func (s *server) cardSums(r *request) ([]cardSum, error) {
	cards, _, err := s.cards(r)
	out := []cardSum{}
	for _, c := range cards {
		out = append(out, sumOf(c))
	}
	return out, err
}

func sumOf(c *catalog.Scorecard) cardSum {
	out := cardSum{
		Name: c.Name, Title: titleOf(c), URL: "/scores/" + url.PathEscape(c.Name), Mode: string(c.Spec.Mode),
		Average: c.Status.Summary.Average, Levels: c.Status.Summary.Levels, Draft: c.Spec.Mode != catalog.ScorecardActive,
		Entities: number(c.Status.Totals.Entities), Passing: number(c.Status.Totals.Passing),
	}
	out.Text = fmt.Sprintf("%s of %s pass", thousands(int(out.Passing)), thousands(int(out.Entities)))
	if out.Draft {
		out.Text = "Draft"
	}
	if trend := c.Status.Trend; len(trend) > 1 && trend[0].Average != nil && c.Status.Totals.Average != nil {
		change := *c.Status.Totals.Average - *trend[0].Average
		out.Change, out.Since = &change, trend[0].Date
		out.Trend = fmt.Sprintf("%+d since %s", change, out.Since)
	}
	if a := c.Status.Totals.Average; a != nil {
		out.Avg = Badge{Text: fmt.Sprintf("%d%%", *a), Tone: percentTone(int(*a)), Title: "The mean of the percents"}
	}
	return out
}

func titleOf(c *catalog.Scorecard) string {
	if c.Spec.Title != "" {
		return c.Spec.Title
	}
	return c.Name
}

func number(p *int32) int32 {
	if p == nil {
		return 0
	}
	return *p
}

// scoreRow is how an entity does; of a grouping, how its members do.
func (s *server) scoreRow(l linker, r *index.Row, cards []*catalog.Scorecard, members bool) scoreRow {
	out := scoreRow{Entity: l.to(r.Ref), Kind: r.Ref.Kind.ObjectKind(), Title: r.Title, Owner: l.to(parseFull(r.Owner)), Scores: []scoreCell{}}
	status, ok := s.Catalog.Status(r.Ref)
	if !ok {
		status = &catalog.EntityStatus{}
	}
	for _, c := range cards {
		if members {
			out.Scores = append(out.Scores, rollupCell(c, status))
		} else {
			out.Scores = append(out.Scores, ownCell(c, status))
		}
	}
	return out
}

// scoreOf is how an entity does on a Scorecard; nil if it is not judged.
func scoreOf(c *catalog.Scorecard, status *catalog.EntityStatus) *catalog.Score {
	for i := range status.Scores {
		if status.Scores[i].Scorecard == c.Name {
			return &status.Scores[i]
		}
	}
	return nil
}

var verdictMarks = map[catalog.Verdict]string{catalog.VerdictPassing: "✓ ", catalog.VerdictFailing: "✗ "}

// ownCell is how an entity itself does.
func ownCell(c *catalog.Scorecard, status *catalog.EntityStatus) scoreCell {
	out := scoreCell{Scorecard: c.Name, Text: "–", Hint: "Not judged"}
	score := scoreOf(c, status)
	if score == nil {
		return out
	}
	out.Verdict, out.Level, out.Percent, out.NotPassed = score.Verdict, score.Level, score.Percent, score.NotPassed
	if score.Verdict == catalog.VerdictNotApplicable {
		out.Text, out.Hint = "n/a", "No check applies"
		return out
	}
	words := []string{}
	if score.Level != "" {
		words = append(words, string(score.Level))
	}
	if score.Percent != nil {
		words = append(words, fmt.Sprintf("%d%%", *score.Percent))
	}
	out.Text = verdictMarks[score.Verdict] + strings.Join(words, " ")
	out.Hint = fmt.Sprintf("%s: %d checks not passed", score.Verdict, score.NotPassed)
	out.Tone = levelHeat(c, score)
	return out
}

// levelHeat is the heat of the level reached, or of the percent if there are no levels.
func levelHeat(c *catalog.Scorecard, score *catalog.Score) string {
	if n := len(c.Spec.Levels); n > 0 {
		return heat(1+slices.IndexFunc(c.Spec.Levels, func(l catalog.ScorecardLevel) bool { return l.Name == score.Level }), n)
	}
	if score.Percent == nil {
		return ""
	}
	return heat(int(*score.Percent)/20, 5)
}

// rollupCell is how the members of a grouping do.
func rollupCell(c *catalog.Scorecard, status *catalog.EntityStatus) scoreCell {
	out := scoreCell{Scorecard: c.Name, Text: "–", Hint: "None of its members is judged"}
	for i := range status.Rollup.Scores {
		sum := &status.Rollup.Scores[i]
		if sum.Scorecard != c.Name {
			continue
		}
		out.Percent, out.Entities, out.Passing = sum.Average, sum.Entities, sum.Passing
		out.Text = fmt.Sprintf("%d/%d pass", number(sum.Passing), number(sum.Entities))
		if sum.Average != nil {
			out.Text = fmt.Sprintf("%d%% · %s", *sum.Average, out.Text)
			out.Tone = heat(int(*sum.Average)/20, 5)
		}
		out.Hint = levelsText(sum.Levels)
	}
	return out
}

func levelsText(levels []catalog.LevelCount) string {
	var out []string
	for _, l := range levels {
		out = append(out, fmt.Sprintf("%s %d", l.Level, l.Entities))
	}
	return strings.Join(out, ", ")
}

// scoreCommands are the same with kubectl.
func scoreCommands(st state, card string) []string {
	get := []string{"get", "scorecards"}
	if card != "" {
		get = []string{"get", "scorecard", card, "-o", "yaml"}
	}
	out := []string{kubectl(get...)}
	next := []string{"callboard", "score", "next"}
	switch {
	case len(st.where[index.FacetOwner]) == 1 && st.where[index.FacetOwner][0] != "":
		next = append(next, "--owner", st.where[index.FacetOwner][0])
	case len(st.where[index.FacetSystem]) == 1 && st.where[index.FacetSystem][0] != "":
		next = append(next, "--system", strings.TrimPrefix(st.where[index.FacetSystem][0], "system:"))
	default:
		return out
	}
	if card != "" {
		next = append(next, "--scorecard", card)
	}
	return append(out, kubectl(next...))
}
