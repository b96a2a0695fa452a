package reference

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of the operations that a console offers.
const (
	maxOperations     = 400
	maxOperationsText = 256 << 10
)

// Operation is one that can be asked of a GraphQL API, with a text to begin with.
type Operation struct {
	Kind string `json:"kind"` // query or mutation
	Name string `json:"name"`
	Text string `json:"text"`
	// Variables is a JSON object with an empty value for each that must be given; empty if there is none.
	Variables string `json:"variables,omitempty"`
}

// Operations are those of a GraphQL schema, queries first, and how many more there are. Subscriptions are not among them:
// they take a connection that lasts.
func (d *Document) Operations() (out []Operation, more int) {
	if d.operations == nil {
		return nil, 0
	}
	return d.operations()
}

// operations writes a text for each field of the root types.
func (g *graphql) operations(named map[ast.Operation]string) (out []Operation, more int) {
	size := 0
	for _, kind := range []ast.Operation{ast.Query, ast.Mutation} {
		t := g.types[named[kind]]
		if t == nil || t.Kind != ast.Object {
			continue
		}
		for _, f := range t.Fields {
			if strings.HasPrefix(f.Name, "_") { // of a federated graph, for its own use
				continue
			}
			if len(out) >= maxOperations || size > maxOperationsText {
				more++
				continue
			}
			op := Operation{Kind: string(kind), Name: f.Name, Text: g.example(kind, f), Variables: g.variables(f)}
			size += len(op.Text) + len(op.Variables)
			out = append(out, op)
		}
	}
	return out, more
}

// variables is an object with the variables of the example of an operation.
func (g *graphql) variables(f *ast.FieldDefinition) string {
	var lines []string
	for _, a := range f.Arguments[:min(len(f.Arguments), maxValues)] {
		if a.Type.NonNull && a.DefaultValue == nil {
			lines = append(lines, `  "`+a.Name+`": `+g.blank(a.Type))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

// blank is a value of a type to begin with.
func (g *graphql) blank(t *ast.Type) string {
	if t.Elem != nil {
		return "[]"
	}
	switch t.NamedType {
	case "Int", "Float":
		return "0"
	case "Boolean":
		return "false"
	}
	of := g.types[t.NamedType]
	switch {
	case of != nil && of.Kind == ast.InputObject:
		return "{}"
	case of != nil && of.Kind == ast.Enum && len(of.EnumValues) > 0:
		return `"` + of.EnumValues[0].Name + `"`
	}
	return `""`
}
