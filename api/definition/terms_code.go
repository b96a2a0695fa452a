package definition

import (
	"github.com/bufbuild/protocompile/ast"
	graphql "github.com/vektah/gqlparser/v2/ast"
)

// graphQL takes the fields of the root types, then the other types and their fields.
func (t *terms) graphQL(text string) error {
	doc, err := ParseGraphQL(text)
	if err != nil {
		return err
	}
	roots := rootsOf(doc)
	for _, root := range []bool{true, false} {
		for _, definitions := range []graphql.DefinitionList{doc.Definitions, doc.Extensions} {
			for _, def := range definitions {
				if t.full() {
					return nil
				}
				if root == (def.Kind == graphql.Object && roots[def.Name]) {
					t.graphQLType(def, root)
				}
			}
		}
	}
	return nil
}

// graphQLType takes a type and its fields. The fields of a root type are operations.
func (t *terms) graphQLType(def *graphql.Definition, root bool) {
	kind := TermField
	if root {
		kind = TermOperation
	} else {
		t.add(TermType, Anchor(TermType, def.Name), def.Name)
	}
	for _, f := range def.Fields {
		if t.full() {
			return
		}
		if root && federation[f.Name] {
			continue
		}
		name := def.Name + "." + f.Name
		t.add(kind, Anchor(kind, name), name)
	}
}

// proto takes the services with their rpcs, then the messages and enums.
func (t *terms) proto(text string) error {
	file, err := ParseProto(text)
	if err != nil {
		return err
	}
	pkg := ""
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.PackageNode); ok {
			pkg = string(d.Name.AsIdentifier()) + "."
		}
	}
	for _, decl := range file.Decls {
		if s, ok := decl.(*ast.ServiceNode); ok {
			t.protoService(s, pkg)
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.MessageNode:
			t.protoMessage(d, pkg)
		case *ast.EnumNode:
			t.add(TermType, Anchor(TermType, pkg+d.Name.Val), d.Name.Val)
		}
	}
	return nil
}

func (t *terms) protoService(s *ast.ServiceNode, pkg string) {
	name := pkg + s.Name.Val
	t.add(TermService, Anchor(TermService, name), name)
	for _, decl := range s.Decls {
		if m, ok := decl.(*ast.RPCNode); ok && !t.full() {
			t.add(TermOperation, Anchor(TermOperation, name+"/"+m.Name.Val), s.Name.Val+"/"+m.Name.Val)
		}
	}
}

// protoMessage takes a message and those within. The parser bounds how deep they nest.
func (t *terms) protoMessage(m *ast.MessageNode, scope string) {
	if t.full() {
		return
	}
	t.add(TermMessage, Anchor(TermMessage, scope+m.Name.Val), m.Name.Val)
	for _, decl := range m.Decls {
		switch d := decl.(type) {
		case *ast.MessageNode:
			t.protoMessage(d, scope+m.Name.Val+".")
		case *ast.EnumNode:
			t.add(TermType, Anchor(TermType, scope+m.Name.Val+"."+d.Name.Val), d.Name.Val)
		}
	}
}
