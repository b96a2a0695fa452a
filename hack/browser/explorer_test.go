package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/outbound"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
)

// shopSchema is what the GraphQL server of these tests answers.
const shopSchema = `"A shop." type Query { product(id: ID!): Product products: [Product!]! }
type Product { id: ID! name: String! }`

// shopServer is a server with a REST and a GraphQL API. It notes what it is sent.
type shopServer struct {
	*httptest.Server

	mu   sync.Mutex
	seen []*http.Request
	body []string
}

func newShopServer(t *testing.T) *shopServer {
	s := &shopServer{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/pets/{id}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "theirs", Value: "1"})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id": %q, "name": "Rex"}`, r.PathValue("id"))
	})
	mux.HandleFunc("POST /v1/pets", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	mux.HandleFunc("GET /v1/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/secret", http.StatusFound)
	})
	mux.HandleFunc("GET /v1/picture", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`)
	})
	mux.HandleFunc("GET /v1/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<script>alert(1)</script><img src=x onerror=alert(1)>`)
	})
	mux.HandleFunc("POST /graphql", graphQL)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen, s.body = append(s.seen, r.Clone(r.Context())), append(s.body, string(body))
		s.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// graphQL answers queries of the schema: it reads them with a real parser, and says what is wrong with them.
func graphQL(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query     string
		Variables map[string]any
	}
	out := map[string]any{}
	answer := func(err error) {
		if err != nil {
			out["errors"] = []map[string]string{{"message": err.Error()}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		answer(err)
		return
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shopSchema})
	q, errs := gqlparser.LoadQueryWithRules(schema, in.Query, rules.NewDefaultRules())
	if errs != nil {
		answer(errs)
		return
	}
	data := map[string]any{}
	for _, sel := range q.Operations[0].SelectionSet {
		f := sel.(*ast.Field)
		product := func(id any) map[string]any {
			all, p := map[string]any{"id": id, "name": "Cup"}, map[string]any{}
			for _, s := range f.SelectionSet {
				p[s.(*ast.Field).Alias] = all[s.(*ast.Field).Name]
			}
			return p
		}
		switch f.Name {
		case "product":
			id, _ := f.Arguments[0].Value.Value(in.Variables)
			data[f.Alias] = product(id)
		case "products":
			data[f.Alias] = []any{product("1"), product("2")}
		}
	}
	out["data"] = data
	answer(nil)
}

const petShop = `openapi: 3.0.3
info: {title: Pets, version: '1', description: 'All about *pets*.'}
servers: [{url: SERVER/v1}]
security: [{token: []}]
paths:
  /pets: {post: {operationId: addPet, summary: Add a pet, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}, responses: {'201': {description: Added}}}}
  /pets/{id}: {get: {operationId: getPet, summary: Find a pet, parameters: [{name: id, in: path, required: true, schema: {type: string}, example: p7}], responses: {'200': {description: A pet, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}}
  /moved: {get: {operationId: moved, responses: {default: {description: x}}}}
  /picture: {get: {operationId: picture, responses: {default: {description: x, content: {image/svg+xml: {}}}}}}
  /page: {get: {operationId: page, responses: {default: {description: x, content: {text/html: {}}}}}}
components:
  schemas: {Pet: {type: object, properties: {id: {type: string}, name: {type: string}}}}
  securitySchemes: {token: {type: http, scheme: bearer}}
`

// petShops is a dashboard with the APIs of a server. It may call it if hosts says so.
func petShops(t *testing.T, origin, hosts string, more ...catalog.Entity) string {
	t.Helper()
	api := func(name, kind, text string) *catalog.API {
		return apitest.API("zoo", name, func(s *catalog.APISpec) {
			s.Type, s.Lifecycle, s.Definition, s.Visibility = catalog.Word(kind), "production", strings.ReplaceAll(text, "SERVER", origin), "Public"
			if kind == "graphql" {
				s.Links = []catalog.Link{{URL: origin + "/graphql", Type: "endpoint"}}
			}
		})
	}
	restricted := api("restricted", "openapi", petShop)
	restricted.Spec.Visibility = "Restricted"
	c := stage.New(append(more, api("pets", "openapi", petShop), restricted, api("shop", "graphql", shopSchema))...)
	must(t, c.Settle())
	allowed, err := outbound.ParseHosts(hosts)
	must(t, err)
	s := stage.ServeTo(c, &catalogtest.Reader{Name: "ada", Everything: true}, func(o *dashboard.Options) { o.TryHosts = allowed })
	t.Cleanup(s.Close)
	return s.URL
}

// explore opens an explorer, and waits until it is there.
func explore(t *testing.T, tab *chrome.Tab, api string) {
	t.Helper()
	visit(t, tab, "/apis/zoo/"+api+"/explorer")
	must(t, tab.Await(20*time.Second, `document.querySelector("#explorer[data-ready]") !== null`))
}

// becomes waits until what a selector picks shows a text.
func becomes(t *testing.T, tab *chrome.Tab, selector, text string) {
	t.Helper()
	err := tab.Await(10*time.Second, `(document.querySelector(`+chrome.Quote(selector)+`)?.innerText || "").includes(`+chrome.Quote(text)+`)`)
	if err != nil {
		got, _ := tab.Text(selector)
		t.Fatalf("%s shows %.500q, want %q", selector, got, text)
	}
}

// press presses a button within what a selector picks, which changes the page in place.
func press(t *testing.T, tab *chrome.Tab, selector string) {
	t.Helper()
	done, err := chrome.Eval[bool](tab, `(e => e ? (e.click(), true) : false)(document.querySelector(`+chrome.Quote(selector)+`))`)
	must(t, err)
	if !done {
		t.Fatalf("no %s to press", selector)
	}
}

// write replaces the text of a field.
func write(t *testing.T, tab *chrome.Tab, field, text string) {
	t.Helper()
	_, err := chrome.Eval[bool](tab, `(document.querySelector(`+chrome.Quote(field)+`).value = `+chrome.Quote(text)+`, true)`)
	must(t, err)
}

// operate opens an operation of Swagger UI and executes it.
func operate(t *testing.T, tab *chrome.Tab, id string) {
	t.Helper()
	block := "[id$='-" + id + "']"
	press(t, tab, block+" .opblock-summary-control")
	must(t, tab.Await(5*time.Second, `document.querySelector("`+block+` .try-out__btn") !== null`))
	press(t, tab, block+" .try-out__btn")
	must(t, tab.Await(5*time.Second, `document.querySelector("`+block+` .execute") !== null`))
	press(t, tab, block+" .execute")
}

func TestExplorersOfPetShops(t *testing.T) {
	shop := newShopServer(t)
	site := petShops(t, shop.URL, shop.URL)
	journeys := map[string]func(t *testing.T, tab *chrome.Tab){
		"find the explorer from the reference": func(t *testing.T, tab *chrome.Tab) {
			visit(t, tab, "/apis/zoo/pets/reference")
			clickIn("main", "Open the explorer")(t, tab)
			at("/apis/zoo/pets/explorer")(t, tab)
			becomes(t, tab, "#swagger", "Find a pet")
			count("#swagger .info em", 1, 1)(t, tab)
			clickIn("main", "Read the reference")(t, tab)
			at("/apis/zoo/pets/reference")(t, tab)
		},
		"call an operation": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "pets")
			operate(t, tab, "getPet")
			becomes(t, tab, "[id$='-getPet'] .live-responses-table", `"name": "Rex"`)
			becomes(t, tab, "#explorer-status", "Status 200")
			unseen("[id$='-getPet'] .live-responses-table", "theirs")(t, tab)
			see("[id$='-getPet'] .request-url", shop.URL+"/v1/pets/p7")(t, tab)
		},
		"call one with a body and an authorization": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "pets")
			must(t, tab.Type("#authorization", "Bearer typed-for-pets"))
			operate(t, tab, "addPet")
			becomes(t, tab, "#explorer-status", "Status 201")
			r, body := shop.find("POST", "/v1/pets")
			if r == nil || r.Header.Get("Authorization") != "Bearer typed-for-pets" || r.Header.Get("Content-Type") != "application/json" || !strings.Contains(body, `"name"`) {
				t.Fatalf("sent %+v with %q", r, body)
			}
			if r.Header.Get("Cookie") != "" || r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" {
				t.Errorf("sent %v", r.Header)
			}
		},
		"a redirect is shown": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "pets")
			operate(t, tab, "moved")
			becomes(t, tab, "#explorer-status", "Status 302")
			becomes(t, tab, "[id$='-moved'] .live-responses-table", "http://127.0.0.1:1/secret")
		},
		"a picture is a file": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "pets")
			operate(t, tab, "picture")
			becomes(t, tab, "#explorer-status", "Status 200")
			becomes(t, tab, "[id$='-picture'] .live-responses-table", "Download file")
			count("[id$='-picture'] .live-responses-table img", 0, 0)(t, tab)
		},
		"a page is a text": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "pets")
			operate(t, tab, "page")
			becomes(t, tab, "[id$='-page'] .live-responses-table", "<script>alert(1)</script>")
		},
		"a Restricted API cannot be called": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "restricted")
			see("main", "Nothing can be called from here", "Only Public APIs")(t, tab)
			press(t, tab, "[id$='-getPet'] .opblock-summary-control")
			becomes(t, tab, "[id$='-getPet']", "Parameters")
			count(".try-out__btn, .authorize, #authorization", 0, 0)(t, tab)
		},
		"ask a query": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "shop")
			_, err := chrome.Eval[bool](tab, `(e => { e.selectedIndex = 1; e.dispatchEvent(new Event("change")); return true })(document.getElementById("operation"))`)
			must(t, err)
			holds(`document.getElementById("query").value.includes("product(id: $id)")`)(t, tab)
			write(t, tab, "#variables", `{"id": "p1"}`)
			press(t, tab, "#run")
			becomes(t, tab, "#answer code", `"name": "Cup"`)
			becomes(t, tab, "#answer code", `"id": "p1"`)
		},
		"ask a query with the keyboard alone": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "shop")
			_, err := chrome.Eval[bool](tab, `(document.getElementById("operation").focus(), true)`)
			must(t, err)
			pressed("\t")(t, tab)
			holds(`document.activeElement.id === "query"`)(t, tab)
			pressed("{ products { id name } }")(t, tab)
			pressed("\t")(t, tab) // the field lets it go
			holds(`document.activeElement.id === "variables"`)(t, tab)
			_, err = chrome.Eval[bool](tab, `(document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true})), true)`)
			must(t, err)
			becomes(t, tab, "#answer code", `"id": "2"`)
		},
		"a query that is wrong": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "shop")
			write(t, tab, "#query", "{ nothing }")
			press(t, tab, "#run")
			becomes(t, tab, "#answer code", "Cannot query field")
		},
		"variables that are wrong": func(t *testing.T, tab *chrome.Tab) {
			explore(t, tab, "shop")
			write(t, tab, "#query", "{ products { id } }")
			write(t, tab, "#variables", "{")
			press(t, tab, "#run")
			becomes(t, tab, "#explorer-status", "The variables are no JSON")
		},
	}
	for name, journey := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, open(t, site))
		})
	}
}

// find is the last request with a method and path, and its body.
func (s *shopServer) find(method, path string) (*http.Request, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.seen) - 1; i >= 0; i-- {
		if s.seen[i].Method == method && s.seen[i].URL.Path == path {
			return s.seen[i], s.body[i]
		}
	}
	return nil, ""
}

func TestExplorersAreOffUnlessSwitchedOn(t *testing.T) {
	shop := newShopServer(t)
	tab := open(t, petShops(t, shop.URL, ""))
	explore(t, tab, "pets")
	see("main", "Nothing can be called from here", "--dashboard-try-hosts")(t, tab)
	press(t, tab, "[id$='-getPet'] .opblock-summary-control")
	becomes(t, tab, "[id$='-getPet']", "Parameters")
	count(".try-out__btn, .authorize, #authorization", 0, 0)(t, tab)
	explore(t, tab, "shop")
	see("main", "Nothing can be called from here", "--dashboard-try-hosts")(t, tab)
	count("#operation option", 3, 3)(t, tab)
	count("#run, #endpoint, #authorization", 0, 0)(t, tab)
	if r, _ := shop.find("GET", "/v1/pets/p7"); r != nil {
		t.Error("the API was called")
	}
}

func TestExplorersWithoutScripts(t *testing.T) {
	tab := open(t, petShops(t, "https://api.example.com", "api.example.com"))
	must(t, tab.Scripts(false))
	for _, api := range []string{"pets", "shop"} {
		visit(t, tab, "/apis/zoo/"+api+"/explorer")
		see("main", "The explorer needs scripts", "The reference shows the same")(t, tab)
		clickIn("main", "Read the reference")(t, tab)
		at("/apis/zoo/"+api+"/reference")(t, tab)
	}
}

// TestExplorersStayWhenThePageChanges holds that what was typed stays when the page is brought up to date.
func TestExplorersStayWhenThePageChanges(t *testing.T) {
	tab := open(t, petShops(t, "https://api.example.com", ""))
	for _, api := range []string{"pets", "shop"} {
		explore(t, tab, api)
		before, err := chrome.Eval[int](tab, `document.querySelectorAll("#explorer *").length`)
		must(t, err)
		_, err = chrome.Eval[bool](tab, `(document.querySelector("#query") || {}).value = "{ kept }", document.querySelector("main h1").textContent = "old", `+
			`document.dispatchEvent(new Event("visibilitychange")), true`)
		must(t, err)
		_, err = chrome.Eval[bool](tab, `(() => { Object.defineProperty(document, "hidden", {value: true, configurable: true}); document.dispatchEvent(new Event("visibilitychange"));
			Object.defineProperty(document, "hidden", {value: false, configurable: true}); document.dispatchEvent(new Event("visibilitychange")); return true })()`)
		must(t, err)
		becomes(t, tab, "main h1", api)
		count("#explorer *", before, before)(t, tab)
	}
	holds(`document.getElementById("query").value === "{ kept }"`)(t, tab)
}

// hostileDefinition tries what a definition can try: to run, to load, to lead elsewhere.
const hostileDefinition = `openapi: 3.1.0
info:
  title: "<img src=x onerror=callboardCanary()>"
  version: "<script>callboardCanary()</script>"
  termsOfService: "javascript:callboardCanary()"
  contact: {name: "<b onclick=callboardCanary()>x</b>", url: "javascript:callboardCanary()", email: "x@x.example?<script>"}
  license: {name: evil, url: "JaVaScRiPt:callboardCanary()"}
  description: |
    HOSTILE
externalDocs: {description: "<svg onload=callboardCanary()>", url: "data:text/html,<script>callboardCanary()</script>"}
servers:
- {url: "javascript:callboardCanary()", description: "<img src=http://outside.invalid/s.png>"}
- {url: "http://outside.invalid/v1"}
- {url: "//outside.invalid/"}
- {url: "https://{host}/", variables: {host: {default: "outside.invalid", description: "![x](http://outside.invalid/v.png)"}}}
tags: [{name: "<img src=http://outside.invalid/t.png onerror=callboardCanary()>", description: "HOSTILE", externalDocs: {url: "javascript:callboardCanary()"}}]
security: [{oauth: [all]}, {key: []}, {connect: []}]
paths:
  "/<script>callboardCanary()</script>/{id}":
    get:
      tags: ["<img src=http://outside.invalid/t.png onerror=callboardCanary()>"]
      operationId: "evil"
      summary: "<img src=x onerror=callboardCanary()>"
      description: |
        HOSTILE
      externalDocs: {url: "javascript:callboardCanary()"}
      parameters:
      - {name: id, in: path, required: true, description: "![x](http://outside.invalid/p.png) <style>*{display:none}</style>", schema: {type: string}, example: "<script>callboardCanary()</script>"}
      - {$ref: "http://outside.invalid/parameters.json#/x"}
      - {name: "__proto__", in: query, schema: {type: string}}
      responses:
        "200": {description: "<iframe src=http://outside.invalid/></iframe> ![x](http://outside.invalid/r.png)", content: {application/json: {schema: {$ref: "http://outside.invalid/schema.json"}}}}
        default: {$ref: "/components/zoo/secret"}
components:
  schemas:
    Evil: {type: object, title: "<img src=x onerror=callboardCanary()>", description: "![x](http://outside.invalid/m.png)", properties: {"<script>": {$ref: "https://outside.invalid/x.json"}, loop: {$ref: "#/components/schemas/Evil"}}}
  securitySchemes:
    oauth: {type: oauth2, description: "![x](http://outside.invalid/o.png)", flows: {implicit: {authorizationUrl: "javascript:callboardCanary()", scopes: {all: "<img src=http://outside.invalid/sc.png>"}}}}
    key: {type: apiKey, in: header, name: X-Key, description: "<script>callboardCanary()</script>"}
    connect: {type: openIdConnect, openIdConnectUrl: "http://outside.invalid/.well-known/openid-configuration"}
`

// hostileMarkdown is what stands in descriptions.
const hostileMarkdown = `<script>callboardCanary()</script> <img src=http://outside.invalid/i.png onerror=callboardCanary()> ![x](http://outside.invalid/md.png)
<a href="javascript:callboardCanary()">a</a> [b](javascript:callboardCanary()) [c](data:text/html,x) <svg><script>callboardCanary()</script></svg>
<p style="background:url(http://outside.invalid/st.png)">styled</p> <style>@import "http://outside.invalid/x.css";</style>
<video src=http://outside.invalid/v.mp4 autoplay></video><object data=http://outside.invalid/o></object><embed src=http://outside.invalid/e>
<link rel=stylesheet href=http://outside.invalid/l.css><meta http-equiv=refresh content="0;url=http://outside.invalid/"><base href=http://outside.invalid/>
<form action=http://outside.invalid/><input name=x><button>go</button></form><math><mtext><img src=x onerror=callboardCanary()></mtext></math>
<picture><source srcset=http://outside.invalid/p.png><img src=x></picture><iframe srcdoc="<script>parent.callboardCanary()</script>"></iframe>`

func TestExplorersOfHostileDefinitions(t *testing.T) {
	text := strings.ReplaceAll(hostileDefinition, "description: |\n    HOSTILE", "description: |\n    "+strings.ReplaceAll(hostileMarkdown, "\n", "\n    "))
	text = strings.ReplaceAll(text, "description: |\n        HOSTILE", "description: |\n        "+strings.ReplaceAll(hostileMarkdown, "\n", "\n        "))
	evil := func(name, kind, text string) catalog.Entity {
		return apitest.API("zoo", name, func(s *catalog.APISpec) {
			s.Type, s.Lifecycle, s.Definition, s.Visibility = catalog.Word(kind), "production", text, "Public"
			s.Links = []catalog.Link{{URL: "http://outside.invalid/graphql", Type: "endpoint"}}
		})
	}
	site := petShops(t, "http://outside.invalid", "http://outside.invalid", evil("evil", "openapi", text),
		evil("evil2", "openapi", strings.Replace(text, "openapi: 3.1.0", "openapi: 3.0.3", 1)),
		evil("evil-graph", "graphql", "\"\"\"</option></select><script>callboardCanary()</script>\"\"\" type Query { \"<img src=x onerror=callboardCanary()>\" a(b: String! = \"</textarea><script>\"): Int }"))
	for _, api := range []string{"evil", "evil2"} {
		t.Run(api, func(t *testing.T) {
			tab := open(t, site)
			explore(t, tab, api)
			press(t, tab, ".opblock-summary-control")
			must(t, tab.Await(5*time.Second, `document.querySelector(".opblock-body") !== null`))
			press(t, tab, ".authorize")
			must(t, tab.Await(5*time.Second, `document.querySelector(".dialog-ux") !== null`))
			see(".dialog-ux", "Authorization for this API")(t, tab)
			press(t, tab, ".close-modal")
			bad, err := chrome.Eval[string](tab, `[...document.querySelectorAll("#swagger a[href]")].map(a => a.getAttribute("href")).filter(h => /^\s*(javascript|data|vbscript):/i.test(h)).join(" ")`)
			must(t, err)
			if bad != "" {
				t.Errorf("links lead to %s", bad)
			}
			loaded, err := chrome.Eval[string](tab, `[...document.querySelectorAll("#swagger :is(img, iframe, video, audio, object, embed, script, style, link, base, meta, source)")].map(e => e.outerHTML).join(" ")`)
			must(t, err)
			if loaded != "" {
				t.Errorf("there stands %s", loaded)
			}
			see("#swagger", "callboardCanary")(t, tab) // as text
		})
	}
	t.Run("GraphQL", func(t *testing.T) {
		tab := open(t, site)
		explore(t, tab, "evil-graph")
		count("#operation option", 2, 2)(t, tab)
	})
}

// TestExplorersOfLargeDefinitions renders definitions as they are: the largest that the explorer takes.
func TestExplorersOfLargeDefinitions(t *testing.T) {
	var paths strings.Builder
	for i := range 1000 { // about as many operations as GitHub has
		fmt.Fprintf(&paths, "  /repos/{owner}/{repo}/things-%d/{id}:\n    get:\n      tags: [group-%d]\n      operationId: get-%d\n      summary: Get thing %d\n"+
			"      description: \"A [thing](https://docs.example.com/%d) of *something*.\"\n      parameters:\n      - {name: owner, in: path, required: true, schema: {type: string}}\n"+
			"      - {name: repo, in: path, required: true, schema: {type: string}}\n      - {name: id, in: path, required: true, schema: {type: integer}}\n"+
			"      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/thing-%d'}}}}}\n", i, i%40, i, i, i, i%300)
	}
	paths.WriteString("components:\n  schemas:\n")
	for i := range 300 {
		fmt.Fprintf(&paths, "    thing-%d: {type: object, properties: {id: {type: integer}, name: {type: string}, next: {$ref: '#/components/schemas/thing-%d'}}}\n", i, (i+1)%300)
	}
	api := apitest.API("zoo", "large", func(s *catalog.APISpec) {
		s.Type, s.Visibility = "openapi", "Public"
		s.Definition = "openapi: 3.0.3\ninfo: {title: GitHub-like, version: '1'}\nservers: [{url: 'https://api.example.com'}]\npaths:\n" + paths.String()
	})
	tab := open(t, petShops(t, "https://api.example.com", "", api))
	began := time.Now()
	explore(t, tab, "large")
	count(".opblock-tag", 40, 40)(t, tab)
	took := time.Since(began)
	press(t, tab, ".opblock-tag button")
	must(t, tab.Await(10*time.Second, `document.querySelectorAll(".opblock").length === 25`))
	t.Logf("%d KiB, 1000 operations: shown after %s", len(api.Spec.Definition)>>10, took.Round(time.Millisecond))
}

// TestExplorersOfSpecs renders every OpenAPI definition below the folder $CALLBOARD_SPECS, as they are.
func TestExplorersOfSpecs(t *testing.T) {
	folder := os.Getenv("CALLBOARD_SPECS")
	if folder == "" {
		t.Skip("CALLBOARD_SPECS names no folder")
	}
	var all []catalog.Entity
	files := map[string]string{}
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		text, err := os.ReadFile(path)
		name := fmt.Sprintf("spec-%d", len(all))
		files[name] = path
		all = append(all, apitest.API("zoo", name, func(s *catalog.APISpec) { s.Type, s.Visibility, s.Definition = "openapi", "Public", string(text) }))
		return err
	}))
	site := petShops(t, "https://api.example.com", "", all...)
	for name, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tab := open(t, site)
			began := time.Now()
			visit(t, tab, "/apis/zoo/"+name+"/explorer")
			if n, err := tab.Count("#swagger"); err != nil || n == 0 {
				t.Skip("there is no explorer of it")
			}
			must(t, tab.Await(60*time.Second, `document.querySelector("#explorer[data-ready]") !== null`))
			count("#swagger .info, #swagger .version-pragma, #swagger .errors-wrapper", 1, 3)(t, tab)
			t.Logf("%s: shown after %s", path, time.Since(began).Round(time.Millisecond))
		})
	}
}
