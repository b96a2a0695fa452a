package reference

import (
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// The bounds of a schema on a page.
const (
	schemaDepth = 12 // levels of properties
	expandRefs  = 3  // references within references that are expanded; a deeper one is a link
	foldAt      = 2  // the level from which on properties are folded
	mergeAll    = 16 // allOf within allOf
	labelDepth  = 4  // arrays of arrays in the name of a type
)

// place is where in a schema the page is.
type place struct {
	depth int
	refs  []string // what is being expanded
}

func (at place) deeper() place { return place{at.depth + 1, at.refs} }

func (at place) in(ref string) place {
	if ref == "" {
		return at
	}
	return place{at.depth, append(slices.Clip(at.refs), ref)}
}

// schema is a JSON schema with those that its allOf adds.
type schema struct {
	ref   string // the reference that led to it
	parts []node // the schema itself comes first
	names []Span // the references of allOf
	lost  string // a reference that leads nowhere
	cut   bool   // allOf goes on deeper
}

// schema follows a schema and puts together what belongs to it.
func (p *page) schema(n node) schema {
	to, ref := p.r.follow(n)
	s := schema{ref: ref}
	if to == 0 {
		s.lost = ref
		return s
	}
	if to != n && p.r.isObject(n) {
		s.parts = append(s.parts, n) // 3.1 lets keywords stand beside the reference
	}
	p.merge(&s, to, 0)
	return s
}

func (p *page) merge(s *schema, n node, depth int) {
	if depth > mergeAll || len(s.parts) > 20*mergeAll || slices.Contains(s.parts, n) {
		s.cut = s.cut || depth > mergeAll
		return
	}
	s.parts = append(s.parts, n)
	for part := range p.r.elements(p.r.get(n, "allOf")) {
		to, ref := p.r.follow(part)
		if to == 0 {
			s.lost = ref
			continue
		}
		if ref != "" {
			s.names = append(s.names, p.link(ref, refName(ref)))
			if p.r.has(part, "description") {
				s.parts = append(s.parts, part)
			}
		}
		p.merge(s, to, depth+1)
	}
}

// get returns a keyword of the first of the parts that has it.
func (p *page) get(s schema, name string) node {
	for _, n := range s.parts {
		if found := p.r.get(n, name); found != 0 {
			return found
		}
	}
	return 0
}

func (p *page) says(s schema, name string) string { return p.r.scalar(p.get(s, name)) }

// refName is the last part of a reference.
func refName(ref string) string {
	return pointerName.Replace(ref[strings.LastIndexAny(ref, "/#")+1:])
}

// field shows a schema.
func (p *page) field(name string, n node, at place) Field {
	p.fields--
	f := Field{Name: shorten(name)}
	s := p.schema(n)
	if s.lost != "" {
		f.Type = []Span{{Text: refName(s.lost)}}
		f.More = "The reference " + shorten(s.lost) + " leads to nothing in this definition."
		return f
	}
	f.Type = p.label(n, 0)
	if types, nullable := p.types(s); s.ref != "" && len(types) > 0 {
		if nullable {
			types = append(types, "null")
		}
		f.Type = append(f.Type, Span{Text: ", " + shorten(strings.Join(types, " or "))})
	}
	f.Description = p.text(p.says(s, "description"))
	f.Flags = p.flags(s)
	f.Facts = p.schemaFacts(s)
	p.fill(&f, s, at)
	return f
}

// fill adds what a schema is made of, unless it is being shown already, or is too deep.
func (p *page) fill(f *Field, s schema, at place) {
	if s.ref != "" && slices.Contains(at.refs, s.ref) {
		f.More = "It is the " + shorten(refName(s.ref)) + " that this is a part of."
		return
	}
	here := at.in(s.ref)
	if s.cut {
		f.More = "There is more to it than is shown here."
	}
	if at.depth >= schemaDepth || len(here.refs) > expandRefs || p.fields <= 0 {
		if p.made(s) {
			f.More = "What it is made of stands on its own page."
			if s.ref == "" {
				f.More = "What it is made of is too deep for this page."
			}
		}
		return
	}
	f.Parts = p.parts(s, here)
	f.Folded = at.depth >= foldAt
}

// made tells whether a schema is made of others.
func (p *page) made(s schema) bool {
	for _, key := range []string{"properties", "items", "oneOf", "anyOf", "additionalProperties", "patternProperties", "prefixItems"} {
		if n := p.get(s, key); n != 0 && p.r.kind(n) != boolean {
			return true
		}
	}
	return false
}

// parts are the properties and choices of a schema; of an array those of its elements.
func (p *page) parts(s schema, at place) []Part {
	var out []Part
	if own := p.properties(s, at.deeper()); len(own) > 0 {
		out = append(out, Part{Fields: own})
	}
	for _, n := range s.parts {
		for _, choice := range choices {
			if fields := p.choices(p.r.get(n, choice.key), at.deeper()); choice.ordered && len(fields) > 0 || slices.ContainsFunc(fields, says) {
				out = append(out, Part{choice.title, fields})
			}
		}
		for _, one := range single {
			if c := p.r.get(n, one.key); c != 0 && p.r.isObject(c) {
				out = append(out, Part{one.title, []Field{p.field("", c, at.deeper())}})
			}
		}
	}
	if items := p.get(s, "items"); items != 0 && p.r.isObject(items) {
		out = append(out, p.items(items, at)...)
	}
	return out
}

var choices = []struct {
	key, title string
	ordered    bool
}{{"oneOf", "One of", false}, {"anyOf", "Any of", false}, {"prefixItems", "Elements in this order", true}}

var single = []struct{ key, title string }{
	{"not", "Not"}, {"if", "If"}, {"then", "Then"}, {"else", "Else"}, {"contains", "Contains"}, {"propertyNames", "Names of properties"},
}

// items are the parts of an array's elements, which the name of the type has named.
func (p *page) items(n node, at place) []Part {
	s := p.schema(n)
	var f Field
	p.fill(&f, s, at.deeper())
	if f.More != "" || s.lost != "" || len(f.Parts) == 0 && p.says(s, "description") != "" || len(p.schemaFacts(s)) > 0 {
		return []Part{{"Each element", []Field{p.field("", n, at.deeper())}}}
	}
	return f.Parts
}

// says tells a choice that says more than its type, which the name of the whole has named.
func says(f Field) bool {
	return f.Name != "" || f.Description != "" || f.More != "" || len(f.Flags)+len(f.Facts)+len(f.Parts) > 0
}

func (p *page) choices(n node, at place) []Field {
	var out []Field
	for c := range p.r.elements(n) {
		if p.fields <= 0 {
			break
		}
		out = append(out, p.field(p.r.text(c, "title"), c, at))
	}
	return out
}

// properties are those of a schema and of its allOf; the required ones are marked.
func (p *page) properties(s schema, at place) []Field {
	var out []Field
	required := map[string]bool{}
	for _, n := range s.parts {
		for _, name := range p.r.texts(p.r.get(n, "required")) {
			required[name] = true
		}
	}
	seen := map[string]bool{}
	for _, n := range s.parts {
		for name, c := range p.r.members(p.r.get(n, "properties")) {
			if p.fields <= 0 {
				return out
			}
			if seen[name] {
				continue
			}
			seen[name] = true
			f := p.field(name, c, at)
			if required[name] {
				f.Flags = append([]string{"required"}, f.Flags...)
			}
			out = append(out, f)
		}
		for pattern, c := range p.r.members(p.r.get(n, "patternProperties")) {
			if p.fields <= 0 {
				return out
			}
			out = append(out, p.field("names like "+pattern, c, at))
		}
		if c := p.r.get(n, "additionalProperties"); p.r.isObject(c) && p.r.records[p.r.plain(c)].child != 0 {
			out = append(out, p.field("any other name", c, at))
		}
	}
	return out
}

func (p *page) flags(s schema) []string {
	var out []string
	for _, f := range []struct{ key, flag string }{{"deprecated", "deprecated"}, {"readOnly", "read only"}, {"writeOnly", "write only"}} {
		if strings.EqualFold(p.says(s, f.key), "true") {
			out = append(out, f.flag)
		}
	}
	return out
}

// label is the name of a type, with links to what has a page.
func (p *page) label(n node, depth int) []Span {
	if p.r.kind(n) == boolean {
		if p.r.scalar(n) == "false" {
			return []Span{{Text: "nothing"}}
		}
		return []Span{{Text: "anything"}}
	}
	if ref := p.r.text(n, "$ref"); ref != "" {
		return []Span{p.link(ref, refName(ref))}
	}
	s := p.schema(n)
	types, nullable := p.types(s)
	var out []Span
	switch {
	case len(types) == 1 && types[0] == "array" || len(types) == 0 && p.get(s, "items") != 0:
		out = p.arrayLabel(s, depth)
	case (len(types) == 0 || types[0] == "object") && len(s.names) > 0:
		out = join(s.names, " and ")
	case len(types) == 0:
		out = p.choiceLabel(s, depth)
	case types[0] == "object" && p.get(s, "properties") == 0 && p.r.isObject(p.get(s, "additionalProperties")) && depth < labelDepth:
		out = append([]Span{{Text: "map of "}}, p.label(p.get(s, "additionalProperties"), depth+1)...)
	default:
		out = []Span{{Text: shorten(strings.Join(types, " or "))}}
	}
	if nullable {
		out = append(out, Span{Text: " or null"})
	}
	return out
}

// types are the types that a schema allows, and whether null is one.
func (p *page) types(s schema) (types []string, nullable bool) {
	nullable = strings.EqualFold(p.says(s, "nullable"), "true") || strings.EqualFold(p.says(s, "x-nullable"), "true")
	for _, t := range p.r.texts(p.get(s, "type")) {
		switch {
		case t == "null":
			nullable = true
		case len(types) < labelDepth*4:
			types = append(types, t)
		}
	}
	if format := p.says(s, "format"); format != "" && len(types) == 1 {
		types[0] += " (" + format + ")"
	}
	return types, nullable
}

func (p *page) arrayLabel(s schema, depth int) []Span {
	items := p.get(s, "items")
	if items == 0 || depth >= labelDepth {
		return []Span{{Text: "array"}}
	}
	return append([]Span{{Text: "array of "}}, p.label(items, depth+1)...)
}

// choiceLabel is the name of a type that does not say what it is.
func (p *page) choiceLabel(s schema, depth int) []Span {
	for _, key := range []string{"oneOf", "anyOf"} {
		var names [][]Span
		for c := range p.r.elements(p.get(s, key)) {
			if names = append(names, nil); len(names) <= labelDepth && depth < labelDepth {
				names[len(names)-1] = p.label(c, depth+1)
			}
		}
		switch n := len(names); {
		case n == 0:
		case n > labelDepth || depth >= labelDepth:
			return []Span{{Text: "one of " + decimal(n) + " types"}}
		default:
			out := names[0]
			for _, more := range names[1:] {
				out = append(append(out, Span{Text: " or "}), more...)
			}
			return out
		}
	}
	switch {
	case p.get(s, "properties") != 0 || p.get(s, "additionalProperties") != 0:
		return []Span{{Text: "object"}}
	case p.get(s, "const") != 0:
		return []Span{{Text: "constant"}}
	case p.get(s, "enum") != 0:
		return []Span{{Text: "enumeration"}}
	}
	return []Span{{Text: "anything"}}
}

func join(names []Span, with string) []Span {
	var out []Span
	for i, n := range names {
		if i == maxValues {
			break
		}
		if i > 0 {
			out = append(out, Span{Text: with})
		}
		out = append(out, n)
	}
	return out
}

// bounds are the keywords that are shown as they are, with what people call them.
var bounds = []struct{ key, name string }{
	{"title", "Title"}, {"const", "Always"}, {"default", "Default"}, {"minimum", "Minimum"}, {"exclusiveMinimum", "More than"}, {"maximum", "Maximum"},
	{"exclusiveMaximum", "Less than"}, {"multipleOf", "Multiple of"}, {"minLength", "Shortest"}, {"maxLength", "Longest"},
	{"pattern", "Pattern"}, {"minItems", "Fewest elements"}, {"maxItems", "Most elements"}, {"uniqueItems", "Unique elements"},
	{"minProperties", "Fewest properties"}, {"maxProperties", "Most properties"}, {"contentMediaType", "Content"},
	{"contentEncoding", "Encoding"}, {"collectionFormat", "Separated as"},
}

func (p *page) schemaFacts(s schema) []Fact {
	var out []Fact
	for _, b := range bounds {
		if n := p.get(s, b.key); n != 0 {
			out = code(out, b.name, p.value(n))
		}
	}
	out = codes(out, "One of", p.values(p.get(s, "enum")))
	if p.r.kind(p.get(s, "additionalProperties")) == boolean && p.says(s, "additionalProperties") == "false" {
		out = fact(out, "Other properties", "none")
	}
	if d := p.get(s, "discriminator"); d != 0 {
		out = code(out, "Told apart by", p.r.scalar(d)+p.r.text(d, "propertyName"))
	}
	if n := p.get(s, "example"); n != 0 {
		out = code(out, "Example", p.value(n))
	}
	if n := p.get(s, "examples"); p.r.kind(n) == list {
		out = codes(out, "Examples", p.values(n))
	}
	if docs := p.get(s, "externalDocs"); docs != 0 {
		out = address(out, "See", markdown.Line(p.r.text(docs, "description"), maxSummary), p.r.text(docs, "url"))
	}
	return out
}

// value writes a part in one line.
func (p *page) value(n node) string {
	if s := p.r.scalar(n); s != "" || p.r.kind(n) == text {
		if s == "" {
			return `""`
		}
		return s
	}
	return p.r.json(n, 2*maxName, "")
}

func (p *page) values(n node) []string {
	var out []string
	for c := range p.r.elements(n) {
		out = append(out, p.value(c))
	}
	return out
}
