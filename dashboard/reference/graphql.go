package reference

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/callboard-dev/callboard/api/definition"
)

// graphql shows a schema in the schema definition language.
type graphql struct {
	doc   *Document
	types map[string]*ast.Definition // with their extensions
}

// graphQLWeight is how many bytes of memory a byte of a schema takes when it is parsed: measured, and rounded up.
const graphQLWeight = 9

func openGraphQL(source string) (*Document, error) {
	parsed, err := definition.ParseGraphQL(source)
	if err != nil {
		return nil, err
	}
	d := &Document{Format: "GraphQL", weight: graphQLWeight * len(source)}
	g := &graphql{doc: d, types: map[string]*ast.Definition{}}
	order := g.merge(parsed)
	c := newContents(d)
	named := roots(parsed)
	for _, kind := range rootKinds {
		name := named[kind]
		if t := g.types[name]; t != nil && t.Kind == ast.Object {
			group := c.group(name, t.Description)
			for _, f := range t.Fields {
				g.field(c, group, kind, name, f)
			}
		}
	}
	for _, k := range kinds {
		group := c.group(k.title, "")
		for _, t := range order {
			if t.Kind == k.kind && (named[ast.Query] != t.Name && named[ast.Mutation] != t.Name && named[ast.Subscription] != t.Name) {
				g.typed(c, group, k.verb, t)
			}
		}
	}
	group := c.group("Directives", "")
	for _, dir := range parsed.Directives {
		c.add(group, entry{verb: "directive", name: "@" + dir.Name, summary: dir.Description, borrowed: true,
			show: func(p *page, v *Item) { g.showDirective(p, v, dir) }}, "directive "+dir.Name)
	}
	c.done()
	d.head = func(p *page, v *Overview) { g.head(p, v, parsed) }
	d.operations = func() ([]Operation, int) { return g.operations(named) }
	return d, nil
}

var rootKinds = []ast.Operation{ast.Query, ast.Mutation, ast.Subscription}

var kinds = []struct {
	kind        ast.DefinitionKind
	title, verb string
}{
	{ast.Object, "Objects", "type"}, {ast.Interface, "Interfaces", "interface"}, {ast.Union, "Unions", "union"},
	{ast.Enum, "Enumerations", "enum"}, {ast.InputObject, "Inputs", "input"}, {ast.Scalar, "Scalars", "scalar"},
}

// merge puts the extensions of a type and the type together.
func (g *graphql) merge(parsed *ast.SchemaDocument) []*ast.Definition {
	var order []*ast.Definition
	for _, from := range []ast.DefinitionList{parsed.Definitions, parsed.Extensions} {
		for _, t := range from {
			have := g.types[t.Name]
			if have == nil {
				whole := *t
				g.types[t.Name] = &whole
				order = append(order, &whole)
				continue
			}
			have.Fields = append(slices.Clip(have.Fields), t.Fields...)
			have.Interfaces = append(slices.Clip(have.Interfaces), t.Interfaces...)
			have.Types = append(slices.Clip(have.Types), t.Types...)
			have.EnumValues = append(slices.Clip(have.EnumValues), t.EnumValues...)
			have.Directives = append(slices.Clip(have.Directives), t.Directives...)
		}
	}
	return order
}

// roots are the names of the types whose fields are the operations.
func roots(parsed *ast.SchemaDocument) map[ast.Operation]string {
	out := map[ast.Operation]string{}
	for _, from := range []ast.SchemaDefinitionList{parsed.Schema, parsed.SchemaExtension} {
		for _, s := range from {
			for _, op := range s.OperationTypes {
				out[op.Operation] = op.Type
			}
		}
	}
	if len(out) == 0 {
		return map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
	}
	return out
}

func (g *graphql) field(c *contents, group int, kind ast.Operation, root string, f *ast.FieldDefinition) {
	c.add(group, entry{verb: string(kind), name: f.Name, summary: f.Description, borrowed: true, deprecated: deprecatedBy(f.Directives),
		show: func(p *page, v *Item) { g.showField(p, v, kind, f) }}, root+"."+f.Name)
}

func (g *graphql) typed(c *contents, group int, verb string, t *ast.Definition) {
	before := len(c.entries[group])
	c.add(group, entry{verb: verb, name: t.Name, summary: t.Description, borrowed: true, deprecated: deprecatedBy(t.Directives),
		show: func(p *page, v *Item) { g.showType(p, v, t) }}, "type "+t.Name)
	if len(c.entries[group]) > before {
		c.target(group, t.Name)
	}
}

func deprecatedBy(directives ast.DirectiveList) bool { return directives.ForName("deprecated") != nil }

// head is what the overview says besides the list.
func (g *graphql) head(p *page, v *Overview, parsed *ast.SchemaDocument) {
	for _, s := range parsed.Schema {
		v.Description += p.text(s.Description)
	}
	for _, kind := range rootKinds {
		if t := g.types[roots(parsed)[kind]]; t != nil {
			v.Facts = fact(v.Facts, strings.ToUpper(string(kind[:1]))+string(kind[1:]), t.Name+", "+decimal(len(t.Fields))+" fields")
		}
	}
}

// showField is the page of an operation.
func (g *graphql) showField(p *page, v *Item, kind ast.Operation, f *ast.FieldDefinition) {
	v.Line = lineOf(f.Position)
	v.Description = p.text(f.Description)
	v.Facts = append(v.Facts, Fact{"Returns", g.label(p, f.Type)})
	v.Facts = append(v.Facts, g.directives(f.Directives)...)
	if s, ok := p.section("Arguments"); ok {
		s.Fields = g.arguments(p, f.Arguments, 1, nil)
		add(&v.Sections, s)
	}
	if t := g.types[f.Type.Name()]; t != nil {
		if s, ok := p.section("Answer"); ok {
			s.Description = p.text(t.Description)
			g.fill(p, &s, t, 1)
			add(&v.Sections, s)
		}
	}
	if s, ok := p.section("Example"); ok {
		if e, ok := p.example(Example{Title: "GraphQL", Text: g.example(kind, f), Generated: true}); ok {
			s.Examples = []Example{e}
		}
		add(&v.Sections, s)
	}
}

// showType is the page of a type.
func (g *graphql) showType(p *page, v *Item, t *ast.Definition) {
	v.Line = lineOf(t.Position)
	v.Description = p.text(t.Description)
	if len(t.Interfaces) > 0 {
		v.Facts = append(v.Facts, Fact{"Implements", g.links(p, t.Interfaces)})
	}
	v.Facts = append(v.Facts, g.directives(t.Directives)...)
	if t.Kind == ast.Interface {
		if names := g.implementers(t.Name); len(names) > 0 {
			v.Facts = append(v.Facts, Fact{"Implemented by", g.links(p, names)})
		}
	}
	if s, ok := p.section(titles[t.Kind]); ok {
		g.fill(p, &s, t, 0)
		add(&v.Sections, s)
	}
}

var titles = map[ast.DefinitionKind]string{
	ast.Object: "Fields", ast.Interface: "Fields", ast.InputObject: "Fields", ast.Union: "Types", ast.Enum: "Values", ast.Scalar: "Scalar",
}

func (g *graphql) implementers(name string) []string {
	var out []string
	for _, t := range g.types {
		if slices.Contains(t.Interfaces, name) {
			out = append(out, t.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (g *graphql) links(p *page, names []string) []Span {
	var out []Span
	for i, n := range names {
		if i == maxValues {
			return append(out, Span{Text: "and more"})
		}
		out = append(out, p.link(n, n))
	}
	return out
}

// fill shows what a type is made of: fields, choices or values.
func (g *graphql) fill(p *page, s *Section, t *ast.Definition, depth int) {
	for _, f := range t.Fields {
		if p.fields <= 0 {
			return
		}
		s.Fields = append(s.Fields, g.output(p, f, depth))
	}
	for _, name := range t.Types {
		if p.fields--; p.fields <= 0 {
			return
		}
		f := Field{Type: []Span{p.link(name, name)}}
		if of := g.types[name]; of != nil {
			f.Description = p.text(of.Description)
		}
		s.Fields = append(s.Fields, f)
	}
	s.Fields = append(s.Fields, g.values(p, t)...)
}

func (g *graphql) values(p *page, t *ast.Definition) []Field {
	var out []Field
	for _, value := range t.EnumValues {
		if p.fields--; p.fields <= 0 {
			break
		}
		f := Field{Name: value.Name, Type: []Span{}, Description: p.text(value.Description), Facts: g.directives(value.Directives)}
		if deprecatedBy(value.Directives) {
			f.Flags = []string{"deprecated"}
		}
		out = append(out, f)
	}
	return out
}

// output shows a field of an object, with its arguments.
func (g *graphql) output(p *page, f *ast.FieldDefinition, depth int) Field {
	p.fields--
	out := Field{Name: f.Name, Type: g.label(p, f.Type), Description: p.text(f.Description), Facts: g.directives(f.Directives)}
	if deprecatedBy(f.Directives) {
		out.Flags = []string{"deprecated"}
	}
	if f.DefaultValue != nil {
		out.Facts = code(out.Facts, "Default", f.DefaultValue.String())
	}
	if args := g.arguments(p, f.Arguments, depth+1, nil); len(args) > 0 {
		out.Parts = []Part{{"Arguments", args}}
		out.Folded = len(args) > 1 || depth > 0
	}
	return out
}

// arguments shows what an operation takes. Inputs are shown with their fields, to a depth.
func (g *graphql) arguments(p *page, args ast.ArgumentDefinitionList, depth int, within []string) []Field {
	var out []Field
	for _, a := range args {
		if p.fields <= 0 {
			break
		}
		out = append(out, g.input(p, &ast.FieldDefinition{Name: a.Name, Description: a.Description, Type: a.Type,
			DefaultValue: a.DefaultValue, Directives: a.Directives}, depth, within))
	}
	return out
}

func (g *graphql) input(p *page, f *ast.FieldDefinition, depth int, within []string) Field {
	p.fields--
	out := Field{Name: f.Name, Type: g.label(p, f.Type), Description: p.text(f.Description), Facts: g.directives(f.Directives)}
	if f.Type.NonNull && f.DefaultValue == nil {
		out.Flags = append(out.Flags, "required")
	}
	if deprecatedBy(f.Directives) {
		out.Flags = append(out.Flags, "deprecated")
	}
	if f.DefaultValue != nil {
		out.Facts = code(out.Facts, "Default", f.DefaultValue.String())
	}
	t := g.types[f.Type.Name()]
	if t == nil || depth > expandRefs || slices.Contains(within, t.Name) {
		return out
	}
	var fields []Field
	if t.Kind == ast.InputObject {
		for _, c := range t.Fields {
			if p.fields > 0 {
				fields = append(fields, g.input(p, c, depth+1, append(slices.Clip(within), t.Name)))
			}
		}
	}
	if t.Kind == ast.Enum {
		names := make([]string, len(t.EnumValues))
		for i, v := range t.EnumValues {
			names[i] = v.Name
		}
		out.Facts = codes(out.Facts, "One of", names)
	}
	if len(fields) > 0 {
		out.Parts, out.Folded = []Part{{Fields: fields}}, depth >= foldAt
	}
	return out
}

// label is the name of a type, with a link to its page.
func (g *graphql) label(p *page, t *ast.Type) []Span {
	var before, after string
	for range labelDepth * 4 {
		if t.NonNull {
			after = "!" + after
		}
		if t.Elem == nil {
			break
		}
		before, after = before+"[", "]"+after
		t = t.Elem
	}
	out := []Span{p.link(t.Name(), t.Name())}
	if before != "" {
		out = append([]Span{{Text: before}}, out...)
	}
	if after != "" {
		out = append(out, Span{Text: after})
	}
	return out
}

// directives shows those that stand at a part. deprecated is shown with its reason.
func (g *graphql) directives(all ast.DirectiveList) []Fact {
	var out []Fact
	for i, d := range all {
		if i == maxValues {
			break
		}
		var args []string
		for _, a := range d.Arguments {
			args = append(args, a.Name+": "+a.Value.String())
		}
		switch {
		case d.Name == "deprecated" && len(d.Arguments) > 0:
			out = fact(out, "Deprecated", d.Arguments[0].Value.Raw)
		case len(args) == 0:
			out = code(out, "Directive", "@"+d.Name)
		default:
			out = code(out, "Directive", "@"+d.Name+"("+strings.Join(args, ", ")+")")
		}
	}
	return out
}

// showDirective is the page of a directive.
func (g *graphql) showDirective(p *page, v *Item, d *ast.DirectiveDefinition) {
	v.Line = lineOf(d.Position)
	v.Description = p.text(d.Description)
	var places []string
	for _, l := range d.Locations {
		places = append(places, string(l))
	}
	v.Facts = codes(v.Facts, "Stands at", places)
	if d.IsRepeatable {
		v.Facts = fact(v.Facts, "Repeatable", "yes")
	}
	if s, ok := p.section("Arguments"); ok {
		s.Fields = g.arguments(p, d.Arguments, 1, nil)
		add(&v.Sections, s)
	}
}

func lineOf(at *ast.Position) int {
	if at == nil {
		return 0
	}
	return at.Line
}

// example writes an operation that asks for the simple fields of the answer.
func (g *graphql) example(kind ast.Operation, f *ast.FieldDefinition) string {
	var vars, args []string
	for _, a := range f.Arguments[:min(len(f.Arguments), maxValues)] {
		if a.Type.NonNull && a.DefaultValue == nil {
			vars = append(vars, "$"+a.Name+": "+a.Type.String())
			args = append(args, a.Name+": $"+a.Name)
		}
	}
	var b strings.Builder
	b.WriteString(string(kind))
	if len(vars) > 0 {
		b.WriteString(" (" + strings.Join(vars, ", ") + ")")
	}
	b.WriteString(" {\n  " + f.Name)
	if len(args) > 0 {
		b.WriteString("(" + strings.Join(args, ", ") + ")")
	}
	g.selection(&b, f.Type.Name(), 1)
	b.WriteString("\n}")
	return b.String()
}

// selection writes the fields of a type that need no arguments, two levels deep.
func (g *graphql) selection(b *strings.Builder, name string, depth int) {
	t := g.types[name]
	if t == nil || t.Kind == ast.Enum || t.Kind == ast.Scalar {
		return
	}
	pad := "\n" + strings.Repeat("  ", depth+1)
	b.WriteString(" {")
	written := 0
	for _, f := range t.Fields {
		of := g.types[f.Type.Name()]
		simple := of == nil || of.Kind == ast.Scalar || of.Kind == ast.Enum
		if written >= 10 || len(f.Arguments) > 0 || deprecatedBy(f.Directives) || !simple && (depth > 1 || len(of.Fields) == 0) {
			continue
		}
		written++
		b.WriteString(pad + f.Name)
		if !simple {
			g.selection(b, of.Name, depth+1)
		}
	}
	if written == 0 {
		b.WriteString(pad + "__typename")
	}
	b.WriteString("\n" + strings.Repeat("  ", depth) + "}")
}
