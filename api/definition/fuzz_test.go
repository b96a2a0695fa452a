package definition_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/definition"
)

// proper holds what is true of the facts of any text.
func proper(t *testing.T, f definition.Facts) {
	t.Helper()
	texts := []string{f.Format, f.FormatVersion, f.Title, f.Version}
	for _, l := range [][]string{f.Undocumented, f.Deprecated, f.Servers, f.Auth} {
		if l == nil || len(l) > definition.MaxEntries {
			t.Errorf("a list of %+v is nil or too long", f)
		}
		if slices.Contains(l, "") {
			t.Errorf("an entry of %+v is empty", f)
		}
		texts = append(texts, l...)
	}
	for _, text := range texts {
		if utf8.RuneCountInString(text) > definition.MaxCharacters || !utf8.ValidString(text) || strings.TrimSpace(text) != text ||
			strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is not one short line of printable characters", text)
		}
	}
	if !slices.IsSorted(f.Auth) || len(slices.Compact(slices.Clone(f.Auth))) != len(f.Auth) {
		t.Errorf("auth is not sorted or not unique: %q", f.Auth)
	}
	if most := min(f.Operations, definition.MaxEntries); int64(len(f.Undocumented)) > most || int64(len(f.Deprecated)) > most {
		t.Errorf("%d operations, but undocumented %q, deprecated %q", f.Operations, f.Undocumented, f.Deprecated)
	}
}

// fuzz seeds with the definitions in testdata and some hand-made ones, and holds what is true of any text.
func fuzz(f *testing.F, apiType string, seeds ...string) {
	f.Helper()
	files, err := filepath.Glob("testdata/" + apiType + "/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no definitions of type %s in testdata: %v", apiType, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := definition.FactsOf(apiType, text)
		if err != nil {
			if strings.Contains(err.Error(), "cannot cope") {
				t.Error(err)
			}
			if got.Format != "" {
				t.Errorf("both facts and the error %v", err)
			}
			return
		}
		proper(t, got)
		if again, _ := definition.FactsOf(apiType, text); !cmp.Equal(got, again) {
			t.Errorf("not the same twice: %s", cmp.Diff(got, again))
		}
		terms, err := definition.Terms(apiType, text)
		properTerms(t, terms)
		if err != nil && !strings.Contains(err.Error(), "unfold") {
			t.Errorf("there are facts, and Terms has the error %v", err)
		}
	})
}

func FuzzOpenAPI(f *testing.F) {
	fuzz(f, definition.OpenAPI,
		`{"openapi": "3.2.0", "paths": {"/a": {"$ref": "#/paths/~1b"}, "/b": {"additionalOperations": {"X": {"deprecated": true}}}}}`,
		"swagger: '2.0'\nschemes: [a]\nhost: h\nsecurityDefinitions: {a: {type: basic}}",
		"openapi: 3.1.0\nx: &a {<<: *a, get: {<<: [*a]}}\npaths: {/x: *a, /y: {$ref: '#/x'}}\nwebhooks: *a")
}

func FuzzAsyncAPI(f *testing.F) {
	fuzz(f, definition.AsyncAPI,
		`{"asyncapi": "3.0.0", "operations": {"a": {"$ref": "#/operations/b"}, "b": {"traits": [{"summary": "x"}]}}}`,
		"asyncapi: 2.0.0\nchannels: {a: {publish: {}}}\nservers: {a: {url: x, protocol: mqtt}}")
}

func FuzzGraphQL(f *testing.F) {
	fuzz(f, definition.GraphQL, "schema @a { query: A } extend type A { \"x\" b(c: [D!] = [{e: 1}]): F @deprecated }")
}

func FuzzGRPC(f *testing.F) {
	fuzz(f, definition.GRPC, "edition = \"2023\"; package a.v1;\nservice S {\n/* a */ // b\n\nrpc A(.b) returns (stream b) { option deprecated = true; } }")
}

// FuzzJSONIsYAML holds that a JSON text says the same when it is read as YAML.
func FuzzJSONIsYAML(f *testing.F) {
	f.Add(`{"openapi": "3.0.0", "info": {"title": "a\"b\\", "version": "1"}, "servers": [{"url": "\/x"}], "paths": {"/a": {"get": {}}, "/b": {"put": {"summary": "{[,]}"}}}}`)
	f.Add(` {"swagger" : "2.0" , "schemes":["a" , "b"] , "host":"h", "x":[ ],"y":{ },"securityDefinitions":{"a":{"type":"basic"}}} `)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := definition.FactsOf(definition.OpenAPI, text)
		if err != nil || !json.Valid([]byte(text)) {
			return
		}
		want, err := definition.FactsOf(definition.OpenAPI, "# no JSON\n"+text)
		if err == nil && !cmp.Equal(got, want) { // some escapes and long keys are no YAML
			t.Errorf("JSON -, YAML +: %s", cmp.Diff(got, want))
		}
	})
}
