package reference_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/dashboard/reference"
)

// fuzz opens whatever there is and judges some of its pages: no text may stop the program, take long, or get anything onto
// a page that runs.
func fuzz(f *testing.F, kind string, seeds ...string) {
	paths, err := filepath.Glob("testdata/" + kind + "/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		if text := readText(f, path); len(text) < 4<<10 { // the fuzzer spends its time on making long ones shorter
			f.Add(text)
		}
	}
	for name, of := range hostile {
		if len(name) >= len(kind) && name[:len(kind)] == kind {
			f.Add(of(payloads[0]))
		}
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			t.Skip("long texts are for TestBombs")
		}
		start := time.Now()
		doc, err := reference.Open(kind, text)
		if err != nil {
			broken, ok := err.(*reference.Error) //nolint:errorlint // Open gives it as it is
			if !ok || broken.Line < 1 || broken.Column < 0 {
				t.Fatalf("Open() = %#v, want an *Error with a place", err)
			}
			judgeHTML(t, "broken", render(t, reference.NewBroken(broken, routes)), func(string) bool { return false })
			return
		}
		judgeHTML(t, "overview", render(t, doc.Overview(1, routes)), doc.Has)
		anchors := doc.Anchors()
		for _, anchor := range anchors[:min(len(anchors), 20)] {
			v, _ := doc.Item(anchor, routes)
			judgeHTML(t, anchor, render(t, v), doc.Has)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func FuzzOpenAPI(f *testing.F) {
	fuzz(f, "openapi", schemas(`"S":{"properties":{"a":{"$ref":"#/components/schemas/S"}}}`),
		"openapi: 3.0.0\ncomponents: {schemas: {S: &a {type: object, <<: *a, properties: {x: *a}}}}\n", "openapi: 3.0.0\ninfo:\n title: a: b")
}

func FuzzAsyncAPI(f *testing.F) {
	fuzz(f, "asyncapi", "asyncapi: 3.0.0\nchannels: {a: {bindings: {kafka: &a {x: *a}}}}\n")
}

func FuzzGraphQL(f *testing.F) {
	fuzz(f, "graphql", "type Query {a(b: I): Query} input I {a: I} extend type Query {c: Int}")
}

func FuzzProto(f *testing.F) { fuzz(f, "grpc", "message A { A a = 1; oneof b { int32 c = 2; } }") }
