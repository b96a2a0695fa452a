package reference_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

const callable = `openapi: 3.1.0
info: {title: Pets, version: "1"}
servers:
- url: https://api.example.com/v1/
- url: https://{region}.example.com:{port}/{base}
  variables:
    region: {default: eu, enum: [eu, us]}
    port: {default: "8443"}
    base: {default: v2}
- url: /relative
- url: https://user@bad.example.com/
paths:
  /pets:
    get: {}
    post: {}
    parameters: []
  /pets/{id}: {get: {}}
  /pets/{id}.json: {get: {}}
  /range/{from}..{to}/x: {get: {}}
  /a{b}{c}d: {get: {}}
  /with space: {get: {}}
  /upload:
    servers: [{url: "https://upload.example.com"}]
    post: {}
    put: {servers: [{url: "http://other.example.com:8080/in"}]}
  /query?action=list: {get: {}}
  /: {get: {}}
  /shared: {$ref: '#/components/pathItems/shared'}
  x-odd: {get: {}}
components: {pathItems: {shared: {delete: {}}}}
`

func TestNames(t *testing.T) {
	doc, err := reference.Open("openapi", callable)
	if err != nil {
		t.Fatal(err)
	}
	two, err := reference.Open("openapi", `{"swagger": "2.0", "info": {}, "host": "two.example.com", "basePath": "/api", "schemes": ["https"], "paths": {"/pets/{id}": {"get": {}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		doc  *reference.Document
		call string
		want bool
	}{
		"an operation":                           {doc, "GET https://api.example.com/v1/pets", true},
		"another method of the path":             {doc, "POST https://api.example.com/v1/pets", true},
		"a query":                                {doc, "GET https://api.example.com/v1/pets?x=1", true},
		"a method that is not there":             {doc, "DELETE https://api.example.com/v1/pets", false},
		"a member that is no method":             {doc, "PARAMETERS https://api.example.com/v1/pets", false},
		"a parameter":                            {doc, "GET https://api.example.com/v1/pets/7", true},
		"a parameter with an escaped slash":      {doc, "GET https://api.example.com/v1/pets/a%2Fb", true},
		"a parameter of nothing":                 {doc, "GET https://api.example.com/v1/pets/", false},
		"a parameter of two parts":               {doc, "GET https://api.example.com/v1/pets/7/8", false},
		"a parameter with an ending":             {doc, "GET https://api.example.com/v1/pets/7.json", true},
		"two parameters with something between":  {doc, "GET https://api.example.com/v1/range/1..2/x", true},
		"two parameters, the first of nothing":   {doc, "GET https://api.example.com/v1/range/..2/x", false},
		"two parameters, the last of nothing":    {doc, "GET https://api.example.com/v1/range/1../x", false},
		"two parameters with nothing between":    {doc, "GET https://api.example.com/v1/axyd", true},
		"two parameters, one character":          {doc, "GET https://api.example.com/v1/axd", false},
		"a space":                                {doc, "GET https://api.example.com/v1/with%20space", true},
		"a path of a path's own server":          {doc, "POST https://upload.example.com/upload", true},
		"the same at the server of the document": {doc, "POST https://api.example.com/v1/upload", false},
		"an operation's own server":              {doc, "PUT http://other.example.com:8080/in/upload", true},
		"the path's server, not the operation's": {doc, "PUT https://upload.example.com/upload", false},
		"a path with a query":                    {doc, "GET https://api.example.com/v1/query?action=list", true},
		"the root":                               {doc, "GET https://api.example.com/v1/", true},
		"the root without its slash":             {doc, "GET https://api.example.com/v1", false},
		"a path that is referred to":             {doc, "DELETE https://api.example.com/v1/shared", true},
		"an extension":                           {doc, "GET https://api.example.com/v1/x-odd", false},
		"a path without the base":                {doc, "GET https://api.example.com/pets", false},
		"a base that only begins alike":          {doc, "GET https://api.example.com/v11/pets", false},
		"variables by default":                   {doc, "GET https://eu.example.com:8443/v2/pets", true},
		"a variable's other value":               {doc, "GET https://us.example.com:8443/v2/pets", true},
		"a value that is not listed":             {doc, "GET https://evil.example.com:8443/v2/pets", false},
		"another port":                           {doc, "GET https://eu.example.com/v2/pets", false},
		"another scheme":                         {doc, "GET http://api.example.com/v1/pets", false},
		"a server with a user":                   {doc, "GET https://bad.example.com/pets", false},
		"version 2":                              {two, "GET https://two.example.com/api/pets/1", true},
		"version 2, another scheme":              {two, "GET http://two.example.com/api/pets/1", false},
		"version 2, another base":                {two, "GET https://two.example.com/pets/1", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			method, address, _ := strings.Cut(tc.call, " ")
			to, err := outbound.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if got := tc.doc.Names(method, to); got != tc.want {
				t.Errorf("Names(%s) = %v, want %v", tc.call, got, tc.want)
			}
		})
	}
	var origins []string
	for _, o := range doc.Origins() {
		origins = append(origins, o.String())
	}
	if got, want := strings.Join(origins, " "), "https://api.example.com https://eu.example.com:8443 https://us.example.com:8443 "+
		"https://upload.example.com http://other.example.com:8080"; got != want {
		t.Errorf("Origins() = %s, want %s", got, want)
	}
}

// TestNamesIsBounded holds that definitions which are made to be slow are not.
func TestNamesIsBounded(t *testing.T) {
	var paths strings.Builder
	for i := range 3000 {
		paths.WriteString("  /" + strings.Repeat("{a}x", 50) + strconv.Itoa(i) + ": {get: {}}\n")
	}
	servers := "servers:\n- url: https://{a}{b}{c}{d}.example.com\n  variables:\n"
	for _, name := range []string{"a", "b", "c", "d"} {
		servers += "    " + name + ": {default: x, enum: [" + strings.TrimSuffix(strings.Repeat("q,", 500), ",") + "]}\n"
	}
	doc, err := reference.Open("openapi", "openapi: 3.0.0\ninfo: {title: x, version: x}\n"+servers+"paths:\n"+paths.String())
	if err != nil {
		t.Fatal(err)
	}
	to, err := outbound.Parse("https://xxxx.example.com/" + strings.Repeat("x", 8000))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if doc.Names("GET", to) {
		t.Error("it is named")
	}
	doc.Origins()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestOperations(t *testing.T) {
	doc, err := reference.Open("graphql", `
type Query { pet(id: ID!, tags: [String!]!, limit: Int! = 3): Pet, pets(filter: Filter!): [Pet!]!, _service: Int }
type Mutation { feed(id: ID!, how: How!, times: Int!, now: Boolean!): Pet }
type Subscription { fed: Pet }
type Pet { id: ID! name: String owner: Person }
type Person { name: String }
input Filter { name: String }
enum How { SLOWLY FAST }`)
	if err != nil {
		t.Fatal(err)
	}
	got, more := doc.Operations()
	want := []reference.Operation{
		{Kind: "query", Name: "pet", Text: "query ($id: ID!, $tags: [String!]!) {\n  pet(id: $id, tags: $tags) {\n    id\n    name\n    owner {\n      name\n    }\n  }\n}", Variables: "{\n  \"id\": \"\",\n  \"tags\": []\n}"},
		{Kind: "query", Name: "pets", Text: "query ($filter: Filter!) {\n  pets(filter: $filter) {\n    id\n    name\n    owner {\n      name\n    }\n  }\n}", Variables: "{\n  \"filter\": {}\n}"},
		{Kind: "mutation", Name: "feed", Text: "mutation ($id: ID!, $how: How!, $times: Int!, $now: Boolean!) {\n  feed(id: $id, how: $how, times: $times, now: $now) {\n    id\n    name\n    owner {\n      name\n    }\n  }\n}",
			Variables: "{\n  \"id\": \"\",\n  \"how\": \"SLOWLY\",\n  \"times\": 0,\n  \"now\": false\n}"},
	}
	if len(got) != len(want) || more != 0 {
		t.Fatalf("Operations() = %+v, %d more, want %d", got, more, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("operation %d:\n%+v\nwant\n%+v", i, got[i], want[i])
		}
	}
	var b strings.Builder
	for i := range 5000 {
		b.WriteString(" f" + strings.Repeat("a", i%50) + strings.Repeat("b", i/50) + ": Int\n")
	}
	large, err := reference.Open("graphql", "type Query {\n"+b.String()+"}")
	if err != nil {
		t.Fatal(err)
	}
	if got, more := large.Operations(); len(got) > 400 || len(got)+more != 5000 {
		t.Errorf("%d operations of 5000 and %d more", len(got), more)
	}
	if got, _ := mustOpen(t, "openapi", callable).Operations(); got != nil {
		t.Errorf("OpenAPI has the operations %v", got)
	}
}

func mustOpen(t *testing.T, kind, text string) *reference.Document {
	t.Helper()
	doc, err := reference.Open(kind, text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
