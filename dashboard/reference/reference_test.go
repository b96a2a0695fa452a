package reference_test

import (
	"context"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// TestPages renders every page of the definitions in testdata.
func TestPages(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.*")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, path := range paths {
		kind := filepath.Base(filepath.Dir(path))
		if kind == "golden" {
			continue
		}
		shown++
		t.Run(path, func(t *testing.T) {
			text := readText(t, path)
			doc, err := reference.Open(kind, text)
			if err != nil {
				t.Fatal(err)
			}
			pages, _ := all(t, doc, nothing)
			if pages < 2 || doc.Format == "" {
				t.Errorf("%d pages of %q, want more", pages, doc.Format)
			}
			judgeHTML(t, "source", render(t, reference.NewSource(doc.Kind, text, 1, routes)), doc.Has)
		})
	}
	if shown < 12 {
		t.Errorf("%d definitions in testdata, want 12", shown)
	}
}

func TestGolden(t *testing.T) {
	cases := []struct{ kind, file, anchor string }{
		{"openapi", "uber.json", ""},
		{"openapi", "uber.json", "get-estimates-price"},
		{"openapi", "tictactoe.yaml", "put-square"},
		{"openapi", "callback-example.yaml", "post-streams"},
		{"openapi", "link-example.yaml", "schema-pullrequest"},
		{"openapi", "webhook-example.json", ""},
		{"asyncapi", "streetlights-mqtt-2.yml", ""},
		{"asyncapi", "rpc-server-2.yml", "sum"},
		{"asyncapi", "streetlights-kafka-asyncapi.yml", "receiveLightMeasurement"},
		{"asyncapi", "rpc-server-asyncapi.yml", "sum"},
		{"graphql", "swapi.graphql", "Query.reviews"},
		{"graphql", "swapi.graphql", "type-Human"},
		{"grpc", "schema.proto", "google.pubsub.v1.SchemaService.CreateSchema"},
		{"grpc", "health.proto", ""},
	}
	for _, tc := range cases {
		t.Run(tc.file+" "+tc.anchor, func(t *testing.T) {
			doc, err := reference.Open(tc.kind, readText(t, filepath.Join("testdata", tc.kind, tc.file)))
			if err != nil {
				t.Fatal(err)
			}
			var view any = doc.Overview(1, routes)
			if tc.anchor != "" {
				item, ok := doc.Item(tc.anchor, routes)
				if !ok {
					t.Fatalf("no item %q, but %q", tc.anchor, doc.Anchors())
				}
				view = item
			}
			golden(t, filepath.Join("testdata", "golden", strings.TrimSuffix(tc.file+"."+tc.anchor, ".")+".html"), render(t, view))
		})
	}
}

func TestUsedBy(t *testing.T) {
	cases := map[string]struct{ kind, text, anchor, want string }{
		"OpenAPI": {"openapi", "openapi: 3.1.0\npaths:\n  /a:\n    get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}\n" +
			"  /b: {get: {}}\ncomponents: {schemas: {A: {type: object}, B: {properties: {a: {type: array, items: {$ref: '#/components/schemas/A'}}}}, C: {}}}\n", "schema-A", "GET /a, B"},
		"OpenAPI, nobody": {"openapi", "openapi: 3.1.0\ncomponents: {schemas: {A: {}, B: {description: '#/components/schemas/A'}}}\n", "schema-A", ""},
		"AsyncAPI": {"asyncapi", "asyncapi: 2.6.0\nchannels: {x: {publish: {message: {$ref: '#/components/messages/M'}}}}\ncomponents: {messages: {M: {payload: {}}}}\n",
			"message-M", "publish x"},
		"GraphQL":  {"graphql", "type Query { a(in: In): A }\ntype A { b: [B!]! }\ntype B { c: Int }\ninput In { x: Int }\nunion U = A | B\n", "type-B", "type A, union U"},
		"an input": {"graphql", "type Query { a(in: In): A }\ntype A { b: Int }\ninput In { x: Int }\n", "type-In", "query a"},
		"protobuf": {"grpc", "syntax = \"proto3\";\nmessage A {}\nmessage B { repeated A a = 1; map<string, A> m = 2; }\nservice S { rpc Get(A) returns (B); }\n", "message-A", "unary Get, message B"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			doc, err := reference.Open(tc.kind, tc.text)
			if err != nil {
				t.Fatal(err)
			}
			item, ok := doc.Item(tc.anchor, routes)
			if !ok {
				t.Fatalf("no item %q, but %q", tc.anchor, doc.Anchors())
			}
			var got []string
			for _, f := range item.Facts {
				for _, v := range f.Values {
					if f.Name == "Used by" {
						got = append(got, v.Text)
						if v.Href == "" {
							t.Errorf("%s leads nowhere", v.Text)
						}
					}
				}
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("used by %q, want %q", got, tc.want)
			}
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readText(t, path), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestBroken(t *testing.T) {
	cases := map[string]struct {
		kind, text   string
		line, column int
		says         string
	}{
		"YAML: a colon in a text":        {"openapi", "openapi: 3.0.0\ninfo:\n  title: a: b\n", 3, 10, "mapping value"},
		"YAML: too little indent":        {"openapi", "openapi: 3.0.0\ninfo:\n  title: x\n version: 1\n", 4, 2, "not YAML"},
		"YAML: a tab":                    {"asyncapi", "asyncapi: 3.0.0\ninfo:\n\ttitle: x\n", 3, 1, "cannot start any token"},
		"YAML: a bracket that is open":   {"openapi", "openapi: 3.0.0\ntags: [a, b\ninfo: {}\n", 3, 1, "']' must be"},
		"JSON: a comma too many":         {"openapi", "{\n  \"openapi\": \"3.0.0\",\n  \"info\": {,}\n}", 3, 12, "not JSON"},
		"JSON that ends":                 {"openapi", "{\"openapi\": \"3.0.0\",\n \"info\": {", 2, 10, "not JSON"},
		"no version":                     {"openapi", "info: {}\n", 1, 0, "openapi or swagger"},
		"a list":                         {"asyncapi", "\n- a\n", 2, 0, "want an object"},
		"nothing":                        {"openapi", "", 1, 0, "want an object"},
		"GraphQL: a brace that is open":  {"graphql", "type Query {\n  a: Int\n", 3, 1, "Expected Name"},
		"protobuf: a semicolon too few":  {"grpc", "syntax = \"proto3\"\nmessage A {}\n", 2, 1, "syntax error"},
		"not UTF-8":                      {"openapi", "openapi: 3.0.0\n# \xff\n", 2, 0, "UTF-8"},
		"nested too deep, JSON":          {"openapi", `{"openapi":"3.0.0","x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}", 1, 1024, "deeper"},
		"an anchor that is not there":    {"openapi", "openapi: 3.0.0\ninfo: *x\n", 1, 1, "unknown anchor"},
		"more than may be shown at once": {"raw", strings.Repeat("a", reference.MaxText+1), 1, 0, "split it"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := reference.Open(tc.kind, tc.text)
			var broken *reference.Error
			if !errors.As(err, &broken) {
				t.Fatalf("Open() = %v, want an *Error", err)
			}
			if broken.Line != tc.line || broken.Column != tc.column || !strings.Contains(broken.Error(), tc.says) {
				t.Errorf("Open() = %v, want line %d, column %d and %q", err, tc.line, tc.column, tc.says)
			}
			fragment := render(t, reference.NewBroken(broken, routes))
			judgeHTML(t, name, fragment, func(string) bool { return false })
			if len(tc.text) < 1000 && len(tc.text) > 0 && !strings.Contains(fragment, "broken") {
				t.Errorf("the line is not marked in %s", fragment)
			}
		})
	}
}

func TestRaw(t *testing.T) {
	doc, err := reference.Open("thrift", "<script>alert(1)</script>")
	if err != nil || doc.Kind != reference.Raw {
		t.Fatalf("Open() = %+v, %v, want a raw document", doc, err)
	}
	all(t, doc, nothing)
	long := strings.Repeat("<script>alert(1)</script>\n", 2500)
	v := reference.NewSource("", long, 1500, routes)
	judgeHTML(t, "source", render(t, v), doc.Has)
	if v.Lines != 2500 || len(v.Rows) != 1000 || v.Rows[0].Number != 1001 || v.Previous == "" || v.Next == "" {
		t.Errorf("line 1500 is on a page of %d lines from %d of %d, want 1000 from 1001 of 2500", len(v.Rows), v.Rows[0].Number, v.Lines)
	}
}

func TestPagesOfLargeDocument(t *testing.T) {
	doc, err := reference.Open("openapi", manyOperations(1000))
	if err != nil {
		t.Fatal(err)
	}
	v := doc.Overview(2, routes)
	if v.Pages != 4 || v.Entries != 1000 || v.Groups[0].Entries[0].Name != "/p300" || v.Previous != "/ref?page=1" || v.Next != "/ref?page=3" {
		t.Errorf("page 2 is %d of %d with %d entries from %q", v.Page, v.Pages, v.Entries, v.Groups[0].Entries[0].Name)
	}
	if last := doc.Overview(99, routes); last.Page != 4 || len(last.Groups[0].Entries) != 100 {
		t.Errorf("page 99 is page %d with %d entries, want page 4 with 100", last.Page, len(last.Groups[0].Entries))
	}
}

func TestAnchors(t *testing.T) {
	doc, err := reference.Open("openapi", `{"openapi":"3.1.0","info":{},"paths":{
		"/pets/{id}":{"get":{"operationId":"Get pet"},"put":{},"post":{"operationId":"Get pet"}},
		"/ä":{"get":{}},"/..":{"get":{"operationId":".."}},"/x":{"get":{"operationId":"<script>"}}},
		"components":{"schemas":{"Pet":{},"pet":{}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Get-pet", "put-pets-id", "Get-pet-2", "get-ä", "item", "script", "schema-Pet", "schema-pet"}
	if diff := cmp.Diff(want, doc.Anchors()); diff != "" {
		t.Errorf("Anchors() (-want +got):\n%s", diff)
	}
	all(t, doc, nothing)
}

func TestCache(t *testing.T) {
	ctx := context.Background()
	text := manyOperations(100)
	one, err := reference.Open("openapi", text)
	if err != nil {
		t.Fatal(err)
	}
	c := reference.NewCache(3 * int(one.Cost()))
	key := func(uid string, generation int64) reference.Key {
		return reference.Key{UID: uid, Generation: generation}
	}
	get := func(k reference.Key, kind, text string) *reference.Document {
		t.Helper()
		doc, err := c.Get(ctx, k, kind, text)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	a := get(key("a", 1), "openapi", text)
	if get(key("a", 1), "openapi", text) != a {
		t.Error("the second Get parsed again")
	}
	if get(key("a", 2), "openapi", text) == a || get(key("b", 1), "openapi", text) == a {
		t.Error("another key got the same document")
	}
	if c.Cost() > 3*int(one.Cost()) {
		t.Errorf("the cache holds %d bytes, %d at most", c.Cost(), 3*one.Cost())
	}
	if get(key("a", 1), "openapi", text) == a {
		t.Error("what was not asked for the longest is still there")
	}
	if doc, err := c.Get(ctx, key("a", 1), "raw", text); err != nil || doc == get(key("a", 1), "openapi", text) {
		t.Errorf("another type got the same document, or %v", err)
	}
	if _, err := c.Get(ctx, key("c", 1), "openapi", "]"); err == nil {
		t.Error("a broken definition was shown")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if doc, err := c.Get(gone, key("a", 1), "openapi", text); err != nil || doc == nil {
		t.Errorf("what is held wants no time: %v", err)
	}
}

// TestFind leads from what search finds to its page.
func TestFind(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		kind := filepath.Base(filepath.Dir(path))
		terms, err := definition.Terms(kind, readText(t, path))
		if kind == "golden" || err != nil {
			continue
		}
		doc, err := reference.Open(kind, readText(t, path))
		if err != nil {
			t.Fatal(err)
		}
		lost := map[string]bool{}
		for _, term := range terms {
			if anchor, found := doc.Find(term.Anchor); !found || !doc.Has(anchor) {
				lost[term.Anchor] = true
			}
		}
		if len(terms) == 0 || len(lost) > 0 {
			t.Errorf("%s: of %d terms these lead nowhere: %v", path, len(terms), slices.Sorted(maps.Keys(lost)))
		}
	}
}
