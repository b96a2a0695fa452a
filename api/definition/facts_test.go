package definition_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/definition"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		read++
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := definition.FactsOf(filepath.Base(filepath.Dir(file)), string(text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(facts, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			if *update {
				if err := os.WriteFile(file+".golden", got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("FactsOf(%s), want -, got +:\n%s", file, diff)
			}
		})
	}
	if read < 12 {
		t.Errorf("only %d definitions in testdata", read)
	}
}

// facts are those of a text, with what every case would have to repeat left out.
func facts(t *testing.T, apiType, text string) definition.Facts {
	t.Helper()
	f, err := definition.FactsOf(apiType, text)
	if err != nil {
		t.Fatalf("FactsOf(%s, %.200q) = %v", apiType, text, err)
	}
	return f
}

func TestFactsOf(t *testing.T) {
	type short struct {
		operations                              int64
		undocumented, deprecated, servers, auth string
	}
	cases := map[string]struct {
		apiType, text string
		want          short
	}{
		"a summary documents, an empty one does not": {"openapi", `
openapi: 3.0.0
paths:
  /a: {get: {summary: x}, put: {description: x}, post: {summary: " "}, delete: {}}
`, short{4, "POST /a, DELETE /a", "", "", ""}},
		"what is no operation does not count": {"openapi", `
openapi: 3.0.0
paths:
  x-y: {get: {}}
  /a: {parameters: [], summary: s, get: , query: {}, additionalOperations: {COPY: {}}, x-get: {}}
`, short{0, "", "", "", ""}},
		"OpenAPI 2.0 has no trace": {"openapi", `{"swagger": "2.0", "paths": {"/a": {"trace": {}, "get": {}}}}`,
			short{1, "GET /a", "", "", ""}},
		"the methods of OpenAPI 3.2": {"openapi", `
openapi: 3.2.0
paths:
  /a: {query: {deprecated: true}, additionalOperations: {COPY: {}, LINK: {summary: x}}}
`, short{3, "QUERY /a, COPY /a", "QUERY /a", "", ""}},
		"webhooks are operations": {"openapi", "openapi: 3.1.0\nwebhooks: {newPet: {post: {}}}",
			short{1, "webhook POST newPet", "", "", ""}},
		"a path refers to another": {"openapi", `
openapi: 3.1.0
paths:
  /a/{b}: {get: {}, put: {deprecated: true, summary: x}}
  /c: {$ref: "#/paths/~1a~1%7Bb%7D"}
  /d: {$ref: "#/components/pathItems/d"}
components: {pathItems: {d: {$ref: "#/components/pathItems/e"}, e: {post: {}}}}
`, short{5, "GET /a/{b}, GET /c, POST /d", "PUT /a/{b}, PUT /c", "", ""}},
		"the same in JSON": {"openapi", `{"openapi": "3.1.0", "paths": {
"\/a\u002f{b}": {"get": {}, "put": {"deprecated": true, "summary": "\u0078"}},
"/c": {"$ref": "#/paths/~1a~1%7Bb%7D"}, "/d": {"$ref": "#/components/pathItems/d"}},
"components": {"pathItems": {"d": {"$ref": "#/components/pathItems/e"}, "e": {"post": {}}}}}`,
			short{5, "GET /a/{b}, GET /c, POST /d", "PUT /a/{b}, PUT /c", "", ""}},
		"what stands beside a reference wins": {"openapi", `
openapi: 3.1.0
paths:
  /a: {get: {}}
  /b: {$ref: "#/paths/~1a", put: {}}
`, short{2, "GET /a, PUT /b", "", "", ""}},
		"references to elsewhere, to nothing, and in a circle": {"openapi", `
openapi: 3.1.0
paths:
  /a: {$ref: "./a.yaml"}
  /b: {$ref: "https://example.com/b.yaml#/x"}
  /c: {$ref: "#/components/pathItems/none"}
  /d: {$ref: "#/paths/~1e"}
  /e: {$ref: "#/paths/~1d"}
  /f: {$ref: "#/paths/~1f"}
  /g: {$ref: "#/a/b/c/d/e/f/g/h/i/j"}
  /h: {$ref: "#"}
`, short{0, "", "", "", ""}},
		"aliases and merges": {"openapi", `
openapi: 3.0.0
x-base: &base {description: shared, deprecated: true}
x-more: &more {<<: *base, deprecated: false}
paths:
  /a: &a {get: {<<: *base}, put: {<<: [*more, *base], summary: x}}
  /b: *a
`, short{4, "", "GET /a, GET /b", "", ""}},
		"hosts of OpenAPI 2.0": {"openapi",
			`{"swagger": "2.0", "host": "a.example:8080", "basePath": "/v1", "schemes": ["https", "wss"]}`,
			short{0, "", "", "https://a.example:8080/v1, wss://a.example:8080/v1", ""}},
		"a host without scheme":     {"openapi", `{"swagger": "2.0", "host": "a.example"}`, short{0, "", "", "//a.example", ""}},
		"a base path without host":  {"openapi", `{"swagger": "2.0", "basePath": "/v1"}`, short{0, "", "", "/v1", ""}},
		"servers in order":          {"openapi", "openapi: 3.0.0\nservers: [{url: /b}, {url: 'https://{x}.a'}, {}]", short{0, "", "", "/b, https://{x}.a", ""}},
		"security of OpenAPI 2.0":   {"openapi", "swagger: 2.0\nsecurityDefinitions: {a: {type: oauth2}, b: {type: basic}, c: {type: apiKey}, d: {type: oauth2}}", short{0, "", "", "", "apiKey, http, oauth2"}},
		"security of OpenAPI 3":     {"openapi", "openapi: 3.1.0\ncomponents: {securitySchemes: {a: {type: mutualTLS}, b: {$ref: '#/components/securitySchemes/a'}, c: {type: http}, d: {}}}", short{0, "", "", "", "http, mutualTLS"}},
		"everything of wrong types": {"openapi", `{"openapi": 3.1, "info": [], "paths": [1], "servers": {"a": 1}, "components": "x", "webhooks": null}`, short{}},
		"a path item of wrong type": {"openapi", "openapi: 3.0.0\npaths: {/a: [get], /b: x, /c: {get: x}}", short{}},
		"AsyncAPI 2": {"asyncapi", `
asyncapi: 2.6.0
servers: {a: {url: "broker:1883", protocol: mqtt}, b: {url: "wss://b", protocol: wss}, c: {$ref: "#/components/servers/c"}}
channels:
  x/{y}: {subscribe: {}, publish: {summary: x}, parameters: {}}
  z: {$ref: "#/components/channels/z"}
  t: {publish: {traits: [{}, {$ref: "#/components/operationTraits/t"}]}}
components:
  servers: {c: {url: c, protocol: kafka}}
  channels: {z: {publish: {}}}
  operationTraits: {t: {description: x}}
  securitySchemes: {a: {type: X509}, b: {type: scramSha256}}
`, short{4, "subscribe x/{y}, publish z", "", "mqtt://broker:1883, wss://b, kafka://c", "X509, scramSha256"}},
		"AsyncAPI 3": {"asyncapi", `
asyncapi: 3.0.0
servers: {a: {host: "a:1", protocol: amqp, pathname: /v, security: [{$ref: "#/components/securitySchemes/u"}]}}
operations:
  onA: {action: receive, title: no documentation}
  sendB: {$ref: "#/components/operations/sendB"}
  sendC: {$ref: "c.yaml"}
  sendD: {action: send, summary: x, deprecated: true, security: [{type: oauth2}]}
components:
  operations: {sendB: {action: send, description: x}}
  securitySchemes: {u: {type: userPassword}}
`, short{4, "onA, sendC", "sendD", "amqp://a:1/v", "oauth2, userPassword"}},
		"GraphQL": {"graphql", `
type Query { "documented" a: Int  b: Int @deprecated(reason: "x")  """ """ c: Int  _service: X!  _entities(r: [Y!]!): [Z]! }
type Mutation { d: Int }
extend type Subscription { "x" e: Int }
type Other { f: Int }
interface Query2 { g: Int }
`, short{5, "Query.b, Query.c, Mutation.d", "Query.b", "", ""}},
		"GraphQL with roots of other names": {"graphql", `
schema { query: Root }
extend schema { mutation: Changes }
type Root { a: Int }
type Query { b: Int }
extend type Changes { c: Int }
`, short{2, "Root.a, Changes.c", "", "", ""}},
		"a federated subgraph without Query": {"graphql", `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
type Product @key(fields: "id") { id: ID! }
`, short{}},
		"a federated schema that names no roots": {"graphql", "extend schema @link(url: \"x\")\nextend type Query { a: Int }",
			short{1, "Query.a", "", "", ""}},
		"protobuf": {"grpc", `
syntax = "proto3";
package shop.v1;
service Cart {
  // Adds an item.
  rpc A(B) returns (B);

  // A headline, and an empty line.

  rpc C(B) returns (B) { option deprecated = true; }
  /* Block. */
  rpc D(stream B) returns (stream B) { option (x).deprecated = true; }
  //
  rpc E(B) returns (B); // after it
  rpc F(B) returns (B) { option deprecated = false; }
}
service Old { option deprecated = true; rpc G(B) returns (B); }
message B {}
`, short{6, "shop.v1.Cart/C, shop.v1.Cart/E, shop.v1.Cart/F, shop.v1.Old/G", "shop.v1.Cart/C, shop.v1.Old/G", "", ""}},
		"protobuf without package, all of it deprecated": {"grpc", "option deprecated = true; service S { rpc A(B) returns (B); }",
			short{1, "S/A", "S/A", "", ""}},
		"another type": {"soap", "<<<", short{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := facts(t, tc.apiType, tc.text)
			got := short{f.Operations, strings.Join(f.Undocumented, ", "), strings.Join(f.Deprecated, ", "),
				strings.Join(f.Servers, ", "), strings.Join(f.Auth, ", ")}
			if got != tc.want {
				t.Errorf("FactsOf(%s, %s)\n got %+v\nwant %+v", tc.apiType, tc.text, got, tc.want)
			}
		})
	}
}

func TestFactsName(t *testing.T) {
	type names struct{ format, formatVersion, title, version string }
	cases := map[string]struct {
		apiType, text string
		want          names
	}{
		"OpenAPI in YAML, numbers as written": {"OpenAPI", "swagger: 2.0\ninfo: {title: Shop, version: 1.10}", names{"openapi", "2.0", "Shop", "1.10"}},
		"OpenAPI in JSON, numbers as written": {"openapi", ` {"swagger": 2.0, "info": {"title": "Shop", "version": 1.10 } } `, names{"openapi", "2.0", "Shop", "1.10"}},
		"null is nothing":                     {"openapi", "openapi: 3.0.0\ninfo: {title: ~, version: null}", names{"openapi", "3.0.0", "", ""}},
		"AsyncAPI":                            {"asyncapi", "asyncapi: 3.0.0\ninfo: {title: A, version: '2'}", names{"asyncapi", "3.0.0", "A", "2"}},
		"GraphQL":                             {"graphql", "type Query { a: Int }", names{"graphql", "", "", ""}},
		"proto3, versioned package":           {"grpc", `syntax = "proto3"; package shop.v1beta2;`, names{"grpc", "proto3", "", "v1beta2"}},
		"proto2, package not versioned":       {"grpc", `package shop.vault;`, names{"grpc", "proto2", "", ""}},
		"edition":                             {"grpc", `edition = "2023"; package v2;`, names{"grpc", "2023", "", "v2"}},
		"another type":                        {"soap", "", names{}},
		"the first of two keys":               {"openapi", `{"openapi": "3.0.0", "info": {"title": "a", "title": "b"}, "openapi": "3.1.0"}`, names{"openapi", "3.0.0", "a", ""}},
		"control characters and long texts": {"openapi", `{"openapi": "3.0.0", "info": {"title": " a\u0000\u001b[31m\n\n\tb\u202e\u200bc ", "version": "` + strings.Repeat("ä", 300) + `"}}`,
			names{"openapi", "3.0.0", "a [31m bc", strings.Repeat("ä", 199) + "…"}},
		"exactly as long as may be": {"openapi", `{"openapi": "3.0.0", "info": {"title": "` + strings.Repeat("x", 200) + `"}}`,
			names{"openapi", "3.0.0", strings.Repeat("x", 200), ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := facts(t, tc.apiType, tc.text)
			if got := (names{f.Format, f.FormatVersion, f.Title, f.Version}); got != tc.want {
				t.Errorf("FactsOf(%s, %s)\n got %+v\nwant %+v", tc.apiType, tc.text, got, tc.want)
			}
		})
	}
}

func TestListsAreBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("openapi: 3.0.0\nservers:\n")
	for i := range 150 {
		fmt.Fprintf(&text, "- {url: /%d}\n", i)
	}
	text.WriteString("components:\n  securitySchemes:\n")
	for i := range 150 {
		fmt.Fprintf(&text, "    s%d: {type: t%03d}\n", i, i)
	}
	text.WriteString("paths:\n")
	for i := range 150 {
		fmt.Fprintf(&text, "  /%d: {get: {deprecated: true}}\n", i)
	}
	f := facts(t, definition.OpenAPI, text.String())
	if f.Operations != 150 {
		t.Errorf("%d operations, want 150", f.Operations)
	}
	for name, l := range map[string][]string{"undocumented": f.Undocumented, "deprecated": f.Deprecated, "servers": f.Servers, "auth": f.Auth} {
		if len(l) != definition.MaxEntries || !strings.HasSuffix(l[0], "0") || !strings.HasSuffix(l[99], "99") {
			t.Errorf("%s has %d entries, from %q to %q, want the first 100", name, len(l), l[0], l[len(l)-1])
		}
	}
}
