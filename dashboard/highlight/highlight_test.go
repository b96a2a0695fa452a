package highlight_test

import (
	"html"
	"html/template"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/dashboard/highlight"
)

var languages = []highlight.Language{highlight.YAML, highlight.JSON, highlight.GraphQL, highlight.Proto, highlight.XML, "", "none"}

// spans are the only markup that may be.
var spans = regexp.MustCompile(`<span class="hl-(key|value|number|word|comment|mark)">([^<]*)</span>`)

// parts are what is marked in a text, as class=text.
func parts(marked template.HTML) []string {
	var out []string
	for _, s := range spans.FindAllStringSubmatch(string(marked), -1) {
		out = append(out, s[1]+"="+html.UnescapeString(s[2]))
	}
	return out
}

func TestParts(t *testing.T) {
	cases := map[string]struct {
		language highlight.Language
		text     string
		want     []string
	}{
		"keys and values of YAML": {highlight.YAML, "a: 1\nb-c:\n  - d: true # why\n  - \"e\": 'f'\n  - g h\n",
			[]string{"key=a", "number=1", "key=b-c", "key=d", "word=true", "comment= # why", `key="e"`, "value='f'"}},
		"texts of several lines in YAML": {highlight.YAML, "a: |\n  b: 1\n\n  # c\nd: >-\n  e\n- f: |\n    g\n  h: 2",
			[]string{"key=a", "mark=|", "value=  b: 1", "value=  # c", "key=d", "mark=>-", "value=  e", "key=f", "mark=|", "value=    g", "key=h", "number=2"}},
		"what is no key of YAML": {highlight.YAML, "a: http://b:80/c#d\n- e:f\n# g: h\nat: 2026-03-01T10:00:00Z\nversion: 1.2.3",
			[]string{"key=a", "comment=# g: h", "key=at", "key=version", "number=1.2.3"}},
		"tags and anchors of YAML": {highlight.YAML, "---\na: &b !!str {c: \"d\", e: [1, null]}\nf: *b",
			[]string{"mark=---", "key=a", "mark=&b", "mark=!!str", "key=c", `value="d"`, "key=e", "number=1", "word=null", "key=f", "mark=*b"}},
		"JSON": {highlight.JSON, `{"a": "b\"c", "d" : [-1.5e3, true, "e"]}`,
			[]string{`key="a"`, `value="b\"c"`, `key="d"`, "number=-1.5e3", "word=true", `value="e"`}},
		"GraphQL": {highlight.GraphQL, "\"\"\"\nwhat: it is\n\"\"\" type Query @key(n: 1) {\n  a(b: ID!): String # c\n}",
			[]string{`value="""`, "value=what: it is", `value="""`, "word=type", "mark=@key", "key=n", "number=1", "key=b", "comment=# c"}},
		"Protocol Buffers": {highlight.Proto, "syntax = \"proto3\"; // a\n/* b\n c */ message D { string e = 1; }",
			[]string{"word=syntax", `value="proto3"`, "comment=// a", "comment=/* b", "comment= c */", "word=message", "word=string", "number=1"}},
		"XML": {highlight.XML, "<?xml version='1.0'?>\n<a:b c=\"d\n e\"> f <!-- g\n h --></a:b><i/>",
			[]string{"mark=<?xml version='1.0'?>", "key=<a:b", "mark=c", "value=\"d", "value= e\"", "key=>", "comment=<!-- g", "comment= h -->", "key=</a:b", "key=>", "key=<i", "key=/>"}},
		"what is none of these": {"none", "a: 1", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, parts(highlight.HTML(tc.language, tc.text))); diff != "" {
				t.Errorf("HTML(%q), -want +got:\n%s", tc.text, diff)
			}
		})
	}
}

func TestOf(t *testing.T) {
	for text, want := range map[string]highlight.Language{
		"\ufeff {\"a\": 1}": highlight.JSON, "[1]": highlight.JSON, "\n<wsdl/>": highlight.XML, "a: {}": highlight.YAML, "": highlight.YAML,
	} {
		if got := highlight.Of(text, highlight.YAML); got != want {
			t.Errorf("Of(%q) = %q, want %q", text, got, want)
		}
	}
}

// same fails the test unless a text is shown as it is, with no markup but ours.
func same(t *testing.T, language highlight.Language, text string) {
	t.Helper()
	got := string(highlight.HTML(language, text))
	bare := spans.ReplaceAllString(got, "$2")
	if strings.ContainsAny(bare, `<>"'`) {
		t.Fatalf("%s of %q is marked as %q, which has other markup", language, text, got)
	}
	if back := html.UnescapeString(bare); back != strings.ReplaceAll(text, "\x00", "\uFFFD") {
		t.Fatalf("%s of %q reads %q", language, text, back)
	}
}

// pieces are what users may write, and what languages are made of.
var pieces = []string{
	"<script>alert(1)</script>", `"`, `'`, "`", "&", "&lt;", "+", "\x00", "\xff", "é", "日本", "</code></pre>", "{{.}}", "=", "\u202e", "\r\n", "\n", "\n", "\t",
	"javascript:alert(1)", `\`, "<!--", "-->", "]]>", "<![CDATA[", "<?", "?>", "<!", "<a", ">", "/>", "/*", "*/", "//", "#", " #", `"""`, "a", "a: ", "- ", "  ",
	"|\n", ">\n", ": ", ":", "1", "-", "true", "@x", "$", "{", "}", "[", "]", ",", "&a", "*a", "!t", "---", "%", `</span>`, `<span class="hl-key">`,
}

// TestNothingIsLost has random texts of these pieces, and the payloads that the browser is shown.
func TestNothingIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	for range 20_000 {
		var text strings.Builder
		for range random.IntN(14) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		for _, language := range languages {
			same(t, language, text.String())
		}
	}
	lists, err := filepath.Glob("../../hack/browser/testdata/payloads/*.txt")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no payloads: %v", err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range languages {
			same(t, language, string(text))
			for line := range strings.SplitSeq(string(text), "\n") {
				same(t, language, "a: "+line)
				same(t, language, `{"a": "`+line+`"}`)
			}
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, p := range pieces {
		f.Add(p + "a: " + p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, language := range languages {
			same(t, language, text)
		}
	})
}

// TestLong has texts that make others slow: twice as long takes about twice as long, and what is very long is not marked.
func TestLong(t *testing.T) {
	for _, piece := range append(pieces, "a ", `\"`, "a: - ", "<a <", "&a ", "[[", "a\n: ") {
		text := strings.Repeat(piece, highlight.MaxText/len(piece))
		for _, language := range languages {
			begun := time.Now()
			highlight.HTML(language, text)
			if took := time.Since(begun); took > 3*time.Second {
				t.Errorf("%s of %d times %q takes %v", language, highlight.MaxText/len(piece), piece, took)
			}
		}
	}
	line := "a: 1\n"
	got := parts(highlight.HTML(highlight.YAML, strings.Repeat(line, 2*highlight.MaxText/len(line))))
	if want := 2 * (highlight.MaxText / len(line)); len(got) != want {
		t.Errorf("%d parts of a long text are marked, want %d", len(got), want)
	}
}

func TestSkip(t *testing.T) {
	m := highlight.New(highlight.Proto)
	for _, line := range []string{"message A {", "/* all of", "this is"} {
		if !m.Skip(line) {
			t.Fatalf("no longer marked after %q", line)
		}
	}
	if diff := cmp.Diff([]string{"comment=one */", "word=bool"}, parts(m.Line("one */ bool b"))); diff != "" {
		t.Errorf("the line after those skipped, -want +got:\n%s", diff)
	}
	if m.Skip(strings.Repeat("a", highlight.MaxText)) {
		t.Error("what is behind the bound is still marked")
	}
}

func BenchmarkHTML(b *testing.B) {
	var text strings.Builder
	for text.Len() < 4<<10 {
		text.WriteString("status:\n  conditions:\n  - type: Ready\n    message: 'All is in order'\n    lastTransitionTime: \"2026-03-01T12:00:00Z\"\n    observedGeneration: 3\n")
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		highlight.HTML(highlight.YAML, text.String())
	}
}
