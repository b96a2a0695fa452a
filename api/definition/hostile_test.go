package definition_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/definition"
)

// The most that a hostile text of less than a MiB may cost, everything that is allocated counted, none of it collected.
// It is far over what is measured, and far under what a text that gets out of hand takes.
const (
	mostTime  = 10 * time.Second
	mostBytes = 1 << 30
)

func TestHostile(t *testing.T) {
	many := 100_000
	cases := map[string]struct {
		apiType, text string
		operations    int64  // what must be counted
		wrong         string // part of the error; empty: none
	}{
		"a billion laughs":               {"openapi", laughs("[*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s]"), 0, ""},
		"a billion laughs in merges":     {"openapi", laughs("{<<: [*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s,*%[1]s]}") + "paths: *i", 0, ""},
		"many merges of many":            {"openapi", "openapi: 3.0.0\nx-a: &a {a: 1}\nx-b: &b {<<: [" + strings.Repeat("*a,", many) + "]}\npaths: {<<: [" + strings.Repeat("*b,", many) + "]}", 0, "unfold"},
		"a mapping that merges itself":   {"openapi", "openapi: 3.0.0\npaths: &a {<<: *a, /x: {get: {}}, /y: *a}", 1, ""},
		"an alias to what holds it":      {"openapi", "openapi: 3.0.0\npaths: &a {/x: *a, get: *a}", 2, ""},
		"aliases to one large operation": {"openapi", "openapi: 3.0.0\nx: &a {" + numbered("k%d: 1,", 10_000) + "}\npaths: {" + numbered("/%d: {get: *a},", 10_000) + "}", 0, "unfold"},
		"aliases indexed for references": {"openapi", "openapi: 3.0.0\nx: &a {" + numbered("k%d: 1,", 10_000) + "}\n" + numbered("y%d: *a\n", 10_000) + "paths: {" + numbered("/%[1]d: {$ref: '#/y%[1]d/k1'},", 10_000) + "}", 0, "unfold"},
		"references to one large path": {"openapi", `{"openapi": "3.0.0", "paths": {` + numbered(`"/%d": {"$ref": "#/x"},`, 10_000) + `"/y": {}}, "x": {` +
			numbered(`"k%d": 1,`, 10_000) + `"get": {}}}`, 0, "unfold"},
		"a circle of references": {"openapi", `{"openapi": "3.0.0", "paths": {` + numbered(`"/%[1]d": {"$ref": "#/paths/~1%[1]d"},`, 10_000) + `"/y": {"get": {}}}}`, 1, ""},
		"many references to many": {"openapi", `{"openapi": "3.0.0", "paths": {` + numbered(`"/%[1]d": {"$ref": "#/components/pathItems/p%[1]d"},`, 10_000) + `"/y": {}}, "components": {"pathItems": {` +
			numbered(`"p%d": {"get": {}},`, 10_000) + `"q": {}}}}`, 10_000, ""},
		"100,000 paths in YAML":                 {"openapi", "openapi: 3.0.0\npaths:\n" + numbered("  /%d: {get: {}}\n", many), int64(many), ""},
		"100,000 paths in JSON":                 {"openapi", `{"openapi": "3.0.0", "paths": {` + numbered(`"/%d": {"get": {}},`, many) + `"/x": {}}}`, int64(many), ""},
		"a huge key in JSON":                    {"openapi", `{"openapi": "3.0.0", "paths": {"` + strings.Repeat(`\n`, 400_000) + `": {"get": {}}}}`, 1, ""},
		"a huge key in YAML":                    {"openapi", "openapi: 3.0.0\npaths: {? \"" + strings.Repeat("x", 800_000) + "\" : {get: {}}}", 1, ""},
		"deep JSON":                             {"openapi", `{"openapi": "3.0.0", "x": ` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "}", 0, ""},
		"deeper JSON":                           {"openapi", `{"openapi": "3.0.0", "x": ` + strings.Repeat("[", many) + strings.Repeat("]", many) + "}", 0, "depth"},
		"deep flow of YAML":                     {"openapi", "openapi: 3.0.0\nx: " + strings.Repeat("{a: ", many), 0, "depth"},
		"deep blocks of YAML":                   {"openapi", "openapi: 3.0.0\nx:\n" + strings.Repeat("- ", many), 0, "depth"},
		"more YAML than is read":                {"openapi", "openapi: 3.0.0\nx: [" + strings.Repeat("a,", 1_000_001) + "]", 0, "too much YAML"},
		"broken JSON of that size":              {"openapi", "{\"openapi\": \"3.0.0\",\n \"x\": [" + strings.Repeat("1,", 1_000_001) + "]}", 0, "line 2: not JSON"},
		"many comments in YAML":                 {"openapi", "openapi: 3.0.0\n" + strings.Repeat("#\n", many), 0, ""},
		"many commented lines":                  {"openapi", "openapi: 3.0.0\nx:\n" + strings.Repeat("- a #\n#\n\n#\n", many/4), 0, ""},
		"many anchors":                          {"openapi", "openapi: 3.0.0\nx: [" + numbered("&a%[1]d 1,*a%[1]d ,", 30_000) + "]", 0, ""},
		"deep types of GraphQL":                 {"graphql", "type Query { a: " + strings.Repeat("[", many), 0, "depth"},
		"deep values of GraphQL":                {"graphql", "type Query { a(b: C = " + strings.Repeat("{a:", many), 0, "depth"},
		"100,000 fields of GraphQL":             {"graphql", "type Query {" + numbered("f%d: Int ", many) + "}", int64(many), ""},
		"more GraphQL than is read":             {"graphql", "type Query {" + strings.Repeat("a: B ", 400_000) + "}", 0, "token limit"},
		"many comments in GraphQL":              {"graphql", strings.Repeat("#\n", many) + "type Query { a: Int }", 1, ""},
		"deep messages of protobuf":             {"grpc", strings.Repeat("message M {", many), 0, "nest deeper"},
		"deep options of protobuf":              {"grpc", "option (a) = " + strings.Repeat("{a ", many), 0, "nest deeper"},
		"100,000 methods":                       {"grpc", "service S {" + numbered("rpc M%d(A) returns (A);", 50_000) + "}", 50_000, ""},
		"more protobuf than is read":            {"grpc", strings.Repeat(";", 1_000_001), 0, "words and signs"},
		"many comments in protobuf":             {"grpc", "service S {" + strings.Repeat("//\n", many) + "rpc M(A) returns (A); }", 1, ""},
		"many comments in one line of protobuf": {"grpc", strings.Repeat("/**/;", 50_000), 0, "break the line"},
		"some comments in one line of protobuf": {"grpc", "package a;" + strings.Repeat("/**/ import \"b\";", 1_000), 0, ""},
		"many methods, all with a comment":      {"grpc", "service S {" + numbered("// a\nrpc M%d(A) returns (A);\n", 20_000) + "}", 20_000, ""},
		"many parts of a string in protobuf":    {"grpc", "option a = " + strings.Repeat("\"a\" ", many) + ";", 0, ""},
		"a long description in GraphQL":         {"graphql", "type Query { \"\"\"" + strings.Repeat("  a\n", many) + "\"\"\" a: Int }", 1, ""},
		"more text than is read":                {"grpc", strings.Repeat(" ", definition.MaxText+1), 0, "split"},
		"not UTF-8":                             {"openapi", "{\"openapi\": \"3.0.0\", \n\"paths\": {\"/\xff\": {\"get\": {}}}}", 0, "line 2: not UTF-8"},
		"not UTF-8 in protobuf":                 {"grpc", "\"\\\xa2", 0, "line 1: not UTF-8"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			f, err := definition.FactsOf(tc.apiType, tc.text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			alloc := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d KiB of text: %d ms, %d KiB", len(tc.text)>>10, took.Milliseconds(), alloc>>10)
			if tc.wrong == "" && err != nil || tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
				t.Errorf("the error is %v, want %q", err, tc.wrong)
			}
			if f.Operations != tc.operations {
				t.Errorf("%d operations, want %d", f.Operations, tc.operations)
			}
			if err == nil {
				proper(t, f)
			}
			if took > mostTime || alloc > mostBytes {
				t.Errorf("took %v and %d bytes, want at most %v and %d", took, alloc, mostTime, mostBytes)
			}
			start = time.Now()
			terms, err := definition.Terms(tc.apiType, tc.text)
			runtime.ReadMemStats(&before)
			took, alloc = time.Since(start), before.TotalAlloc-after.TotalAlloc
			t.Logf("%d terms: %d ms, %d KiB", len(terms), took.Milliseconds(), alloc>>10)
			properTerms(t, terms)
			if tc.wrong != "" && err == nil && tc.wrong != "unfold" || took > mostTime || alloc > mostBytes {
				t.Errorf("Terms took %v and %d bytes, with the error %v", took, alloc, err)
			}
		})
	}
}

// laughs is a document whose nine lists or mappings each hold nine of the one before.
func laughs(of string) string {
	text := "openapi: 3.0.0\nx-a: &a {k: v}\n"
	for c := 'b'; c <= 'i'; c++ {
		text += fmt.Sprintf("x-%c: &%c ", c, c) + fmt.Sprintf(of, string(c-1)) + "\n"
	}
	return text
}

// numbered repeats a format with a number in it.
func numbered(format string, times int) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
