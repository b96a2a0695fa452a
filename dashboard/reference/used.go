package reference

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxUsers is how many entries that use another are named.
const maxUsers = 60

// usedBy names the entries of a tree in which a reference stands.
func (p *page) usedBy(ref string) []Fact {
	r := p.r.reader(pageSteps)
	return p.users(func(e *entry) bool { return e.at != 0 && r.mentions(e.at, ref) })
}

// users are the entries that use something, as a fact; nothing if there are none.
func (p *page) users(use func(*entry) bool) []Fact {
	f := Fact{Name: "Used by"}
	for i := range p.doc.entries {
		e := &p.doc.entries[i]
		if !use(e) {
			continue
		}
		if len(f.Values) == maxUsers {
			f.Values = append(f.Values, Span{Text: "and more"})
			break
		}
		label := e.name
		if e.verb != "" && e.verb != "schema" {
			label = e.verb + " " + label
		}
		f.Values = append(f.Values, Span{Text: shorten(label), Href: p.entry(i).Href})
	}
	if len(f.Values) == 0 {
		return nil
	}
	return []Fact{f}
}

// mentions says whether a reference stands in a part. What stands behind an alias is looked at where it is written.
func (r *reader) mentions(n node, ref string) bool {
	in := r.records[n].kind
	if in != object && in != list {
		return false
	}
	for c := r.records[n].child; c != 0; c = r.records[c].next {
		switch {
		case !r.spend():
			return false
		case in == object && r.records[c].kind == text:
			if r.key(c) == "$ref" && r.scalar(c) == ref {
				return true
			}
		case r.mentions(c, ref):
			return true
		}
	}
	return false
}

// usedBy names the operations and types whose fields or arguments are of a type.
func (g *graphql) usedBy(p *page, name string) []Fact {
	return p.users(func(e *entry) bool {
		switch of := e.of.(type) {
		case *ast.FieldDefinition:
			return uses(of, name)
		case *ast.Definition:
			return slices.Contains(of.Types, name) || slices.ContainsFunc(of.Fields, func(f *ast.FieldDefinition) bool { return uses(f, name) })
		}
		return false
	})
}

// uses says whether a field is of a type, or takes it.
func uses(f *ast.FieldDefinition, name string) bool {
	return f.Type.Name() == name || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == name })
}

// usedBy names the methods that send or receive a message, and the messages that hold a type.
func (b *protobuf) usedBy(p *page, name string) []Fact {
	return p.users(func(e *entry) bool {
		switch of := e.of.(type) {
		case *protoMethod:
			return b.resolve(of.service, of.input) == name || b.resolve(of.service, of.output) == name
		case *protoType:
			return slices.ContainsFunc(of.fields, func(f protoField) bool { return f.typ != "" && b.resolve(f.within, f.typ) == name })
		}
		return false
	})
}
