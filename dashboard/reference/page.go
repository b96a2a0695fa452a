package reference

import (
	"html/template"
	"net/url"
	"strings"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/dashboard/highlight"
	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// The bounds of a page.
const (
	pageFields   = 1500      // fields in all
	pageMarkdown = 512 << 10 // bytes of descriptions
	pageSteps    = 4_000_000 // members and elements that are looked at
	pageExamples = 256 << 10 // bytes of examples
	pageSections = 400
	sourceRows   = 1000 // lines of the text
)

// page makes a view. It is used once.
type page struct {
	doc      *Document
	routes   Routes
	r        *reader // nil unless the document is a tree
	ids      map[string]bool
	fields   int
	markdown int
	examples int
	sections int
	listed   int // values of enumerations
}

func (d *Document) page(routes Routes, t *tree) *page {
	p := &page{doc: d, routes: routes, ids: map[string]bool{}, fields: pageFields, markdown: pageMarkdown,
		examples: pageExamples, sections: pageSections, listed: pageValues}
	if t != nil {
		p.r = t.reader(pageSteps)
	}
	return p
}

// Overview is the page of the overview with that number, from 1. Another number is the nearest there is.
func (d *Document) Overview(number int, routes Routes) *Overview {
	p := d.page(routes, nil)
	pages := max(1, (len(d.entries)+perPage-1)/perPage)
	number = min(max(number, 1), pages)
	v := &Overview{Kind: d.Kind, Format: d.Format, Title: d.Title, Version: d.Version, Groups: []Group{},
		Entries: len(d.entries), Page: number, Pages: pages, SourceHref: routes.Source + "1"}
	if d.more > 0 {
		v.More = decimal(d.more) + " more are not listed. The text of the definition has them."
	}
	switch {
	case d.Kind == Raw:
		v.Empty = "Definitions of this type are shown as they are written."
	case len(d.entries) == 0:
		v.Empty = "There is nothing in this definition that could be listed."
	}
	if number > 1 {
		v.Previous = routes.Overview + decimal(number-1)
	}
	if number < pages {
		v.Next = routes.Overview + decimal(number+1)
	}
	if number == 1 {
		d.head(p, v)
	}
	for i := range d.groups[:min(len(d.groups), pageSections)] {
		g := &d.groups[i]
		v.Contents = append(v.Contents, Span{Text: g.name, Href: routes.Overview + decimal(1+g.first/perPage) + "#" + g.id})
	}
	last := int32(-1)
	for i := (number - 1) * perPage; i < min(number*perPage, len(d.entries)); i++ {
		e := &d.entries[i]
		if e.group != last {
			last = e.group
			g := d.groups[e.group]
			v.Groups = append(v.Groups, Group{ID: g.id, Name: g.name, Description: p.text(g.description)})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Entries = append(g.Entries, p.entry(i))
	}
	return v
}

// maxFound is how many entries a search in a document lists.
const maxFound = 300

// Search is the part of the overview that a text is in: every word of it stands in the name, the verb, the summary or the
// heading of an entry.
func (d *Document) Search(text string, routes Routes) *Overview {
	p := d.page(routes, nil)
	v := &Overview{Kind: d.Kind, Format: d.Format, Title: d.Title, Version: d.Version, Groups: []Group{}, Page: 1, Pages: 1,
		SourceHref: routes.Source + "1"}
	words := strings.Fields(strings.ToLower(text))
	last, left := int32(-1), 0
	for i := range d.entries {
		e := &d.entries[i]
		if !e.has(words, d.groups[e.group].name) {
			continue
		}
		if v.Entries == maxFound {
			left++
			continue
		}
		v.Entries++
		if e.group != last {
			last = e.group
			v.Groups = append(v.Groups, Group{ID: d.groups[e.group].id, Name: d.groups[e.group].name})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Entries = append(g.Entries, p.entry(i))
	}
	if left > 0 {
		v.More = decimal(left) + " more are not listed: write more of the word."
	}
	if v.Entries == 0 {
		v.Empty = "Nothing in this definition is called like that."
	}
	return v
}

// has says whether all words, which are in lower case, stand in what is listed of an entry.
func (e *entry) has(words []string, heading string) bool {
	listed := strings.ToLower(e.verb + " " + e.name + " " + e.summary + " " + heading + " " + e.anchor)
	for _, w := range words {
		if !strings.Contains(listed, w) {
			return false
		}
	}
	return true
}

// Item is the page of an entry; false if there is none of that anchor.
func (d *Document) Item(anchor string, routes Routes) (*Item, bool) {
	i, ok := d.anchors[anchor]
	if !ok {
		return nil, false
	}
	p := d.page(routes, nil)
	e := &d.entries[i]
	v := &Item{Entry: p.entry(i), Group: d.groups[e.group].name, OverviewHref: routes.Overview + decimal(1+i/perPage) + "#item-" + e.anchor}
	e.show(p, v)
	if e.borrowed {
		v.Summary = ""
	}
	if v.Line > 0 {
		v.SourceHref = routes.Source + decimal(v.Line) + "#L" + decimal(v.Line)
	}
	if p.exhausted() {
		v.Warning = "This is more than a page holds. The rest is in the text of the definition."
	}
	if i > 0 {
		v.Previous = new(p.entry(i - 1))
	}
	if i+1 < len(d.entries) {
		v.Next = new(p.entry(i + 1))
	}
	return v, true
}

// exhausted tells that something was left out.
func (p *page) exhausted() bool {
	return p.fields <= 0 || p.markdown <= 0 || p.examples <= 0 || p.sections <= 0 || p.r != nil && p.r.left < 0
}

func (p *page) entry(i int) Entry {
	e := &p.doc.entries[i]
	return Entry{Anchor: e.anchor, Href: p.routes.Item + url.PathEscape(e.anchor), Verb: e.verb, Name: e.name,
		Summary: e.summary, Deprecated: e.deprecated}
}

// link is a text that leads to the page of what a reference or a name means, if there is one.
func (p *page) link(target, label string) Span {
	s := Span{Text: shorten(label)}
	if i, ok := p.doc.targets[target]; ok {
		s.Href = p.entry(i).Href
	}
	return s
}

// id returns an id that nothing on the page has.
func (p *page) id(want string) string {
	id := want
	for i := 2; p.ids[id]; i++ {
		id = want + "-" + decimal(i)
	}
	p.ids[id] = true
	return id
}

// section begins a section; false if the page has enough of them.
func (p *page) section(title string) (Section, bool) {
	p.sections--
	title = shorten(title)
	if p.sections < 0 {
		return Section{}, false
	}
	return Section{ID: p.id("section-" + slug(title)), Title: title}, true
}

// add puts a section with something in it behind the others.
func add(to *[]Section, s Section) {
	if s.Description != "" || len(s.Facts)+len(s.Fields)+len(s.Examples)+len(s.Sections) > 0 {
		*to = append(*to, s)
	}
}

// text renders a description.
func (p *page) text(source string) template.HTML {
	if p.markdown <= 0 {
		return ""
	}
	p.markdown -= len(source)
	return markdown.HTML(source)
}

// example keeps an example within the bounds of the page.
func (p *page) example(e Example) (Example, bool) {
	if p.examples <= 0 {
		return e, false
	}
	p.examples -= len(e.Text)
	if short, cut := markdown.Cut(e.Text, maxExample); cut {
		e.Text = short + "\n…"
	}
	e.Title = shorten(e.Title)
	return e, e.Text != "" || e.Link != nil
}

// maxExample is how many bytes of an example are shown.
const maxExample = 64 << 10

// shorten cuts what is shown in a line.
func shorten(s string) string {
	short, cut := markdown.Cut(s, 2*maxName)
	if cut {
		return short + "…"
	}
	return short
}

// fact is a name with one value; nothing if the value is empty.
func fact(facts []Fact, name, value string) []Fact {
	if strings.TrimSpace(value) == "" {
		return facts
	}
	return append(facts, Fact{name, []Span{{Text: shorten(value)}}})
}

// code is a name with one value that is to be read as code.
func code(facts []Fact, name, value string) []Fact {
	if value == "" {
		return facts
	}
	return append(facts, Fact{name, []Span{{Text: shorten(value), Code: true}}})
}

// codes is a name with values, of which not too many are shown.
func codes(facts []Fact, name string, values []string) []Fact {
	if len(values) == 0 {
		return facts
	}
	f := Fact{Name: name}
	for i, v := range values {
		if i > maxValues {
			f.Values = append(f.Values, Span{Text: "and more"})
			break
		}
		f.Values = append(f.Values, Span{Text: shorten(v), Code: true})
	}
	return append(facts, f)
}

// How many values of an enumeration are shown, and how many once the page has pageValues of them.
const (
	maxValues  = 100
	fewValues  = 3
	pageValues = 3000
)

// address is a name with a link to elsewhere, if the address is one that may be followed, and else with a text.
func address(facts []Fact, name, label, to string) []Fact {
	if label == "" {
		label = to
	}
	if label == "" {
		return facts
	}
	return append(facts, Fact{name, []Span{external(label, to)}})
}

// external is a text with a link if the address is http, https or mailto.
func external(label, to string) Span {
	s := Span{Text: shorten(label)}
	u, err := url.Parse(to)
	if err != nil || len(to) > 4*maxName {
		return s
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return s
		}
	case "mailto":
	default:
		return s
	}
	s.Href, s.External = u.String(), true
	return s
}

// NewBroken is the page of a definition that Open cannot parse.
func NewBroken(err *Error, routes Routes) *Broken {
	return &Broken{err, routes.Source + decimal(err.Line) + "#L" + decimal(err.Line)}
}

// NewSource is the part of the text of a definition that a line is in.
func NewSource(kind, source string, line int, routes Routes) *Source {
	v := &Source{Bytes: len(source), Lines: 1 + strings.Count(strings.TrimSuffix(source, "\n"), "\n")}
	line = min(max(1, line), v.Lines)
	first := 1 + (line-1)/sourceRows*sourceRows
	v.Rows = marked(kind, source, first, min(sourceRows, v.Lines-first+1))
	if first > 1 {
		v.Previous = routes.Source + decimal(first-1) + "#L" + decimal(first-1)
	}
	if first+sourceRows <= v.Lines {
		v.Next = routes.Source + decimal(first+sourceRows)
	}
	return v
}

// languages are what definitions are written in, if not in JSON or XML.
var languages = map[string]highlight.Language{
	definition.OpenAPI: highlight.YAML, definition.AsyncAPI: highlight.YAML, definition.GraphQL: highlight.GraphQL, definition.GRPC: highlight.Proto,
}

// marked returns n lines of a definition. The lines before are read too: they say what the first one is a part of.
func marked(kind, source string, from, n int) []TextRow {
	m := highlight.New(highlight.Of(source, languages[strings.ToLower(kind)]))
	before := 0
	for line := range strings.SplitSeq(source, "\n") {
		if before++; before == from || !m.Skip(line) {
			break
		}
	}
	out := rows(source, from, n)
	for i := range out {
		out[i].marked = m.Line(out[i].Text)
	}
	return out
}
