package reference

import (
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"

	"github.com/callboard-dev/callboard/api/definition"
)

// protobuf shows a protobuf file.
type protobuf struct {
	pkg     string
	types   map[string]*protoType // by full name
	imports []string
}

// protoType is a message or an enumeration.
type protoType struct {
	name, comment string // the full name
	enum          bool
	line          int
	deprecated    bool
	facts         []Fact
	fields        []protoField
}

// protoField is a field of a message, or a value of an enumeration.
type protoField struct {
	name, comment, number string
	label                 string // repeated, optional, map of string to …
	typ                   string // as it is written; empty of a value
	within                string // the full name of the message
	oneof                 string
	deprecated, required  bool
	facts                 []Fact
}

// protoMethod is a method of a service.
type protoMethod struct {
	service, name, comment, verb string
	input, output                string
	line                         int
	deprecated                   bool
	facts                        []Fact
}

// protoWeight is how many bytes of memory a byte of a file takes in the end: measured, and rounded up.
const protoWeight = 5

func openProto(source string) (*Document, error) {
	file, err := definition.ParseProto(source)
	if err != nil {
		return nil, err
	}
	b := &protoBuilder{protobuf: &protobuf{types: map[string]*protoType{}}, file: file, long: hasLongLine(source)}
	d := &Document{Title: "", Format: "protobuf", weight: protoWeight * len(source)}
	c := newContents(d)
	b.read(c)
	c.done()
	d.Format = "protobuf, " + b.syntax()
	d.Title = b.pkg
	pb, comment := b.protobuf, b.head
	d.head = func(p *page, v *Overview) {
		v.Description = p.text(comment)
		v.Facts = codes(code(nil, "Package", pb.pkg), "Imports", pb.imports)
	}
	return d, nil
}

// hasLongLine tells a text in which looking for columns would take long.
func hasLongLine(source string) bool {
	for line := range strings.SplitSeq(source, "\n") {
		if len(line) > 10*maxLine {
			return true
		}
	}
	return false
}

// protoBuilder reads the syntax tree, which is let go of.
type protoBuilder struct {
	*protobuf

	file  *ast.FileNode
	long  bool
	head  string // the comment of the package
	order []*protoType
}

func (b *protoBuilder) syntax() string {
	switch {
	case b.file.Edition != nil:
		return "edition " + shorten(b.file.Edition.Edition.AsString())
	case b.file.Syntax != nil:
		return shorten(b.file.Syntax.Syntax.AsString())
	}
	return "proto2"
}

func (b *protoBuilder) read(c *contents) {
	for _, decl := range b.file.Decls {
		switch d := decl.(type) {
		case *ast.PackageNode:
			b.pkg, b.head = string(d.Name.AsIdentifier()), b.comment(d)
		case *ast.ImportNode:
			b.imports = append(b.imports, strings.Clone(d.Name.AsString()))
		}
	}
	var methods []*protoMethod
	for _, decl := range b.file.Decls {
		switch d := decl.(type) {
		case *ast.ServiceNode:
			methods = append(methods, b.service(c, d)...)
		case *ast.MessageNode:
			b.message(b.pkg, d.Name.Val, d, d.Decls, 0)
		case *ast.EnumNode:
			b.enum(b.pkg, d)
		}
	}
	pb := b.protobuf
	for _, m := range methods {
		c.add(c.group(m.service, ""), entry{verb: m.verb, name: m.name, summary: m.comment, borrowed: true, deprecated: m.deprecated, of: m,
			show: func(p *page, v *Item) { pb.showMethod(p, v, m) }}, m.service+"."+m.name)
	}
	for _, enum := range []bool{false, true} {
		title, verb := "Messages", "message"
		if enum {
			title, verb = "Enumerations", "enum"
		}
		g := c.group(title, "")
		for _, t := range b.order {
			if t.enum != enum {
				continue
			}
			before := len(c.entries[g])
			c.add(g, entry{verb: verb, name: pb.short(t.name), summary: t.comment, borrowed: true, deprecated: t.deprecated, of: t,
				show: func(p *page, v *Item) { pb.showType(p, v, t) }}, verb+" "+pb.short(t.name))
			if len(c.entries[g]) > before {
				c.target(g, t.name)
			}
		}
	}
}

// short is a full name without the package.
func (b *protobuf) short(name string) string {
	if b.pkg == "" {
		return name
	}
	return strings.TrimPrefix(name, b.pkg+".")
}

func under(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func (b *protoBuilder) service(c *contents, d *ast.ServiceNode) []*protoMethod {
	var out []*protoMethod
	name := under(b.pkg, d.Name.Val)
	c.group(name, b.comment(d))
	deprecated := false
	for _, decl := range d.Decls {
		if o, ok := decl.(*ast.OptionNode); ok && b.option(o) == "deprecated = true" {
			deprecated = true
		}
	}
	for _, decl := range d.Decls {
		n, ok := decl.(*ast.RPCNode)
		if !ok {
			continue
		}
		m := &protoMethod{service: name, name: n.Name.Val, comment: b.comment(n), line: b.line(n), deprecated: deprecated,
			verb:  verbs[[2]bool{n.Input.Stream != nil, n.Output.Stream != nil}],
			input: string(n.Input.MessageType.AsIdentifier()), output: string(n.Output.MessageType.AsIdentifier())}
		for _, decl := range n.Decls {
			if o, ok := decl.(*ast.OptionNode); ok {
				m.facts = code(m.facts, "Option", b.option(o))
				m.deprecated = m.deprecated || b.option(o) == "deprecated = true"
			}
		}
		out = append(out, m)
	}
	return out
}

// verbs are the manners of a method: what the client streams, and the server.
var verbs = map[[2]bool]string{
	{false, false}: "unary", {true, false}: "client stream", {false, true}: "server stream", {true, true}: "both stream",
}

// message reads a message, a group, and what is declared in them.
func (b *protoBuilder) message(scope, name string, n ast.Node, decls []ast.MessageElement, depth int) {
	t := &protoType{name: under(scope, name), comment: b.comment(n), line: b.line(n)}
	b.keep(t)
	for _, decl := range decls {
		switch d := decl.(type) {
		case *ast.OptionNode:
			b.typeOption(t, d)
		case *ast.MessageNode:
			if depth < 2*maxDepth {
				b.message(t.name, d.Name.Val, d, d.Decls, depth+1)
			}
		case *ast.EnumNode:
			b.enum(t.name, d)
		case *ast.OneofNode:
			for _, e := range d.Decls {
				if f, ok := e.(*ast.FieldNode); ok {
					b.field(t, f, d.Name.Val)
				}
			}
		case *ast.FieldNode:
			b.field(t, d, "")
		case *ast.MapFieldNode:
			f := protoField{name: d.Name.Val, number: decimal(int(d.Tag.Val)), comment: b.comment(d), within: t.name,
				label: "map of " + d.MapType.KeyType.Val + " to ", typ: string(d.MapType.ValueType.AsIdentifier())}
			b.fieldOptions(&f, d.Options)
			t.fields = append(t.fields, f)
		case *ast.GroupNode:
			t.fields = append(t.fields, protoField{name: strings.ToLower(d.Name.Val), number: decimal(int(d.Tag.Val)), comment: b.comment(d),
				within: t.name, label: labelOf(d.Label), typ: d.Name.Val})
			if depth < 2*maxDepth {
				b.message(t.name, d.Name.Val, d, d.Decls, depth+1)
			}
		}
	}
}

func (b *protoBuilder) keep(t *protoType) {
	if _, ok := b.types[t.name]; !ok {
		b.types[t.name] = t
	}
	b.order = append(b.order, t)
}

func (b *protoBuilder) typeOption(t *protoType, o *ast.OptionNode) {
	t.facts = code(t.facts, "Option", b.option(o))
	t.deprecated = t.deprecated || b.option(o) == "deprecated = true"
}

func labelOf(l ast.FieldLabel) string {
	if l.KeywordNode == nil {
		return ""
	}
	return l.Val + " "
}

func (b *protoBuilder) field(t *protoType, n *ast.FieldNode, oneof string) {
	f := protoField{name: n.Name.Val, number: decimal(int(n.Tag.Val)), comment: b.comment(n), within: t.name, oneof: oneof,
		label: labelOf(n.Label), typ: string(n.FldType.AsIdentifier())}
	f.required = f.label == "required "
	b.fieldOptions(&f, n.Options)
	t.fields = append(t.fields, f)
}

func (b *protoBuilder) fieldOptions(f *protoField, options *ast.CompactOptionsNode) {
	if options == nil {
		return
	}
	for _, o := range options.Options {
		switch text := b.option(o); text {
		case "deprecated = true":
			f.deprecated = true
		case "(google.api.field_behavior) = REQUIRED":
			f.required = true
		default:
			f.facts = code(f.facts, "Option", text)
		}
	}
}

func (b *protoBuilder) enum(scope string, n *ast.EnumNode) {
	t := &protoType{name: under(scope, n.Name.Val), comment: b.comment(n), line: b.line(n), enum: true}
	b.keep(t)
	for _, decl := range n.Decls {
		switch d := decl.(type) {
		case *ast.OptionNode:
			b.typeOption(t, d)
		case *ast.EnumValueNode:
			f := protoField{name: d.Name.Val, number: shorten(b.file.NodeInfo(d.Number).RawText()), comment: b.comment(d)}
			b.fieldOptions(&f, d.Options)
			t.fields = append(t.fields, f)
		}
	}
}

// option is an option as it is written, in a line.
func (b *protoBuilder) option(o *ast.OptionNode) string {
	text := b.file.NodeInfo(o.Name).RawText() + " = " + b.file.NodeInfo(o.Val).RawText()
	return shorten(strings.Join(strings.Fields(text), " "))
}

func (b *protoBuilder) line(n ast.Node) int {
	if b.long {
		return 0
	}
	return b.file.NodeInfo(n).Start().Line
}

// comment is what stands right before a node, or behind it. What an empty line parts from it belongs to nothing.
func (b *protoBuilder) comment(n ast.Node) string {
	if b.long {
		return ""
	}
	info := b.file.NodeInfo(n)
	var lines []string
	leading := info.LeadingComments()
	next := 0
	for i := leading.Len() - 1; i >= 0; i-- {
		c := leading.Index(i)
		if next == 0 {
			next = info.Start().Line
		}
		if c.End().Line+1 < next {
			break
		}
		next = c.Start().Line
		lines = append(lines, plainComment(c.RawText()))
	}
	slices.Reverse(lines)
	trailing := info.TrailingComments()
	for i := range trailing.Len() {
		lines = append(lines, plainComment(trailing.Index(i).RawText()))
	}
	return strings.Clone(strings.TrimSpace(strings.Join(lines, "\n")))
}

// plainComment is a comment without its marks.
func plainComment(s string) string {
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		return strings.TrimPrefix(strings.TrimRight(rest, "\r\n"), " ")
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "/*"), "*/")
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		out = append(out, strings.TrimPrefix(strings.TrimLeft(strings.TrimSpace(line), "*"), " "))
	}
	return strings.Join(out, "\n")
}
