package definition

import (
	"errors"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	gql "github.com/vektah/gqlparser/v2/parser"
)

// graphQLTokens bounds what a GraphQL text may cost.
const graphQLTokens = 1_000_000

// readGraphQL reads the schema definition language. The fields of the root types are the operations.
func readGraphQL(text string) (Facts, error) {
	doc, err := ParseGraphQL(text)
	if err != nil {
		return Facts{}, err
	}
	f := newFacts(GraphQL)
	roots := rootsOf(doc)
	for _, definitions := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range definitions {
			if def.Kind != ast.Object || !roots[def.Name] {
				continue
			}
			for _, field := range def.Fields {
				if federation[field.Name] {
					continue
				}
				f.add(operation{
					documented: strings.TrimSpace(field.Description) != "",
					deprecated: field.Directives.ForName("deprecated") != nil,
				}, def.Name, ".", field.Name)
			}
		}
	}
	return f, nil
}

// ParseGraphQL parses a schema. What is wrong with it is a *SyntaxError where the place is known.
func ParseGraphQL(text string) (*ast.SchemaDocument, error) {
	doc, err := gql.ParseSchemaWithLimit(&ast.Source{Input: text}, graphQLTokens)
	if err == nil {
		return doc, nil
	}
	var at *gqlerror.Error
	if errors.As(err, &at) && len(at.Locations) > 0 {
		return nil, &SyntaxError{Line: at.Locations[0].Line, Column: at.Locations[0].Column, Message: at.Message}
	}
	return nil, err
}

// federation is the fields that a federated graph adds to Query for its own use.
var federation = map[string]bool{"_entities": true, "_service": true}

// rootsOf returns the names of the root types: those that the schema names, or the usual ones if it names none.
func rootsOf(doc *ast.SchemaDocument) map[string]bool {
	named := map[string]bool{}
	for _, schemas := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, s := range schemas {
			for _, op := range s.OperationTypes {
				named[op.Type] = true
			}
		}
	}
	if len(named) == 0 {
		return map[string]bool{"Query": true, "Mutation": true, "Subscription": true}
	}
	return named
}
