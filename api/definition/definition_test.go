package definition_test

import (
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/definition"
)

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		apiType, text string
		want          string // part of the error; empty: none
	}{
		"OpenAPI in YAML":                 {"openapi", "openapi: 3.1.0\ninfo: {title: x}\n", ""},
		"OpenAPI in JSON":                 {"openapi", `{"swagger": "2.0"}`, ""},
		"type in capitals":                {"OpenAPI", "openapi: 3.1.0", ""},
		"broken YAML names the line":      {"openapi", "openapi: 3.1.0\ninfo: [\n", "line 2"},
		"no version field":                {"openapi", "info: {}", "openapi or swagger"},
		"a list":                          {"openapi", "- a", "want an object"},
		"empty text":                      {"openapi", " ", "want an object"},
		"aliases are not expanded":        {"openapi", "openapi: 3.0.0\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", ""},
		"AsyncAPI":                        {"asyncapi", "asyncapi: 3.0.0", ""},
		"OpenAPI where AsyncAPI is meant": {"asyncapi", "openapi: 3.0.0", "asyncapi"},
		"GraphQL":                         {"graphql", "type Query { a: Int }", ""},
		"broken GraphQL names the place":  {"graphql", "type Query {\n a Int }", "line 2, column 4"},
		"protobuf":                        {"grpc", `syntax = "proto3"; service S { rpc A(B) returns (B); } message B {}`, ""},
		"broken protobuf names the place": {"grpc", "syntax = \"proto3\";\nmessage {\n", "line 2, column 9"},
		"another type is taken as it is":  {"soap", "<<<", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := definition.Check(tc.apiType, tc.text)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("Check(%q, %q) = %v, want %q", tc.apiType, tc.text, err, tc.want)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	for _, apiType := range []string{definition.OpenAPI, definition.GraphQL, definition.GRPC} {
		f.Add(apiType, "type Query { a: Int }")
	}
	f.Fuzz(func(_ *testing.T, apiType, text string) {
		_ = definition.Check(apiType, text) // does not panic
	})
}
