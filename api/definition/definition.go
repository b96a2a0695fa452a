// Package definition reads the definitions of APIs: OpenAPI, AsyncAPI, GraphQL and protobuf.
package definition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	gql "github.com/vektah/gqlparser/v2/parser"
	"go.yaml.in/yaml/v3"
)

// The types of API whose definition is read. The text of any other type is taken as it is.
const (
	OpenAPI  = "openapi"
	AsyncAPI = "asyncapi"
	GraphQL  = "graphql"
	GRPC     = "grpc"
)

// graphQLTokens bounds what a GraphQL text may cost.
const graphQLTokens = 1_000_000

// Check says what is wrong with the text of a definition, with the position where the format tells one; nil if it can be
// parsed. It looks at the syntax and, of OpenAPI and AsyncAPI, at the version field.
func Check(apiType, text string) error {
	switch strings.ToLower(apiType) {
	case OpenAPI:
		return checkYAML(text, "openapi", "swagger")
	case AsyncAPI:
		return checkYAML(text, "asyncapi")
	case GraphQL:
		return checkGraphQL(text)
	case GRPC:
		return checkProto(text)
	}
	return nil
}

// checkYAML reads YAML, and so JSON, without resolving aliases, and wants one of the keys at the top.
func checkYAML(text string, versions ...string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("line 1: want an object with the field %s", versions[0])
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		for _, v := range versions {
			if top[i].Value == v && top[i+1].Kind == yaml.ScalarNode && top[i+1].Value != "" {
				return nil
			}
		}
	}
	return fmt.Errorf("line %d: the field %s, with the version, is missing", doc.Content[0].Line, strings.Join(versions, " or "))
}

func checkGraphQL(text string) error {
	_, err := gql.ParseSchemaWithLimit(&ast.Source{Input: text}, graphQLTokens)
	if err == nil {
		return nil
	}
	var at *gqlerror.Error
	if errors.As(err, &at) && len(at.Locations) > 0 {
		return fmt.Errorf("line %d, column %d: %s", at.Locations[0].Line, at.Locations[0].Column, at.Message)
	}
	return err
}

func checkProto(text string) error {
	var first error
	handler := reporter.NewHandler(reporter.NewReporter(func(err reporter.ErrorWithPos) error {
		at := err.GetPosition()
		first = fmt.Errorf("line %d, column %d: %w", at.Line, at.Col, err.Unwrap())
		return first // the first is enough
	}, nil))
	if _, err := parser.Parse("definition.proto", strings.NewReader(text), handler); err != nil && first == nil {
		return err
	}
	return first
}
