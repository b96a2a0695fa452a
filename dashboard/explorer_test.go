package dashboard_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

const petsDefinition = "openapi: 3.0.3\ninfo: {title: Pets, version: '1', description: '<script>alert(1)</script>'}\n" +
	"servers: [{url: SERVER}]\npaths: {/pets: {get: {responses: {}}, post: {responses: {}}}, '/pets/{id}': {get: {responses: {}}}}\n"

const petsSchema = "type Query { pet(id: ID!): Pet }\ntype Mutation { feed(id: ID!): Pet }\ntype Pet { id: ID! name: String }\n"

// explored are APIs whose servers are at an origin.
func explored(origin string) *catalogtest.Catalog {
	api := func(name, kind, text string, v catalog.Visibility) *catalog.API {
		return apitest.API("zoo", name, func(s *catalog.APISpec) {
			s.Type, s.Definition, s.Visibility = catalog.Word(kind), text, v
			if kind == "graphql" {
				s.Links = []catalog.Link{{URL: origin + "/graphql", Type: "endpoint"}, {URL: "https://docs.example.com", Type: "runbook"}}
			}
		})
	}
	pets := strings.ReplaceAll(petsDefinition, "SERVER", origin+"/v1")
	from := api("from", "openapi", "", "")
	from.Spec.DefinitionFrom.ConfigMap = catalog.ConfigMapKey{Name: "pets", Key: "openapi.yaml"}
	c := catalogtest.New(
		api("pets", "openapi", pets, ""), api("public", "openapi", pets, "Public"), api("restricted", "openapi", pets, "Restricted"),
		api("private", "openapi", pets, "Private"), api("graph", "graphql", petsSchema, "Public"), from,
		api("broken", "openapi", "openapi: [", "Public"), api("events", "asyncapi", "asyncapi: 3.0.0\ninfo: {title: x, version: x}\n", "Public"),
		api("nowhere", "openapi", strings.ReplaceAll(petsDefinition, "SERVER", "/v1"), "Public"), api("undefined", "openapi", "", "Public"),
		api("large", "openapi", pets+strings.Repeat("# a comment\n", 400_000), "Public"),
	)
	c.Runs(relation.RefOf(from), catalogtest.Live{Definition: pets})
	c.Flush()
	return c
}

// zoo is a dashboard of them, which may call hosts.
func zoo(t testing.TB, origin, hosts string, r *catalogtest.Reader) http.Handler {
	t.Helper()
	return dashboard.New(dashboard.Options{
		Catalog: explored(origin), Door: catalogtest.DoorOf(r), Log: logger(t), SignIn: "/login", TryHosts: parseHosts(t, hosts),
	})
}

func TestExplorer(t *testing.T) {
	const origin = "https://api.example.com"
	open, off := zoo(t, origin, "api.example.com", everything), zoo(t, origin, "", everything)
	other := zoo(t, origin, "other.example.com", everything)
	cases := map[string]struct {
		h         http.Handler
		api       string
		try       bool
		see, gone string
	}{
		"OpenAPI":                      {open, "pets", true, "#swagger", "#query"},
		"OpenAPI, calls switched off":  {off, "pets", false, "#swagger", "#authorization"},
		"a host that is not allowed":   {other, "pets", false, "#swagger", "#authorization"},
		"a Restricted API":             {open, "restricted", false, "#swagger", "#authorization"},
		"a Private API":                {open, "private", false, "#swagger", "#authorization"},
		"no server":                    {open, "nowhere", false, "#swagger", "#authorization"},
		"from a ConfigMap":             {open, "from", true, "#swagger", "#query"},
		"GraphQL":                      {open, "graph", true, "#query", "#swagger"},
		"GraphQL, calls switched off":  {off, "graph", false, "#query", "#run"},
		"a definition that is broken":  {open, "broken", false, ".empty", "#explorer"},
		"a definition of another kind": {open, "events", false, ".empty", "#explorer"},
		"no definition":                {open, "undefined", false, ".empty", "#explorer"},
		"a definition that is large":   {open, "large", false, ".empty", "#explorer"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := "/apis/zoo/" + tc.api + "/explorer"
			page := look(t, tc.h, path)
			if len(all(page, tc.see)) != 1 || len(all(page, tc.gone)) != 0 {
				t.Errorf("%d of %s, %d of %s", len(all(page, tc.see)), tc.see, len(all(page, tc.gone)), tc.gone)
			}
			if got := len(all(page, "#authorization")) == 1; got != tc.try {
				t.Errorf("calls are offered: %v, want %v", got, tc.try)
			}
			if len(attrs(page, `main a[href="/apis/zoo/`+tc.api+`/reference"]`, "href")) == 0 {
				t.Error("no link to the reference")
			}
			strictPolicy(t, page)
			accessible(t, page)
			if try, _ := facts(t, tc.h, path)["try"].(map[string]any); (try["address"] != nil) != tc.try {
				t.Errorf("try = %v", try)
			}
		})
	}
	if got := strings.Join(texts(look(t, off, "/apis/zoo/pets/explorer"), "main .note"), " "); !strings.Contains(got, "--dashboard-try-hosts") {
		t.Errorf("switched off, it says %q", got)
	}
	page := look(t, open, "/apis/zoo/graph/explorer")
	if got := attrs(page, "#operation option[data-text]", "data-text"); len(got) != 2 || !strings.Contains(got[0], "pet(id: $id)") {
		t.Errorf("the operations are %q", got)
	}
	if got := texts(page, "#endpoint option"); !slices.Equal(got, []string{origin + "/graphql"}) {
		t.Errorf("the endpoints are %q", got)
	}
}

func TestTheReferenceLeadsToTheExplorer(t *testing.T) {
	h := zoo(t, "https://api.example.com", "", everything)
	for api, want := range map[string]int{"pets": 1, "graph": 1, "events": 0, "broken": 0, "undefined": 0, "large": 0} {
		page := look(t, h, "/apis/zoo/"+api+"/reference")
		if got := len(all(page, `a[href="/apis/zoo/`+api+`/explorer"]`)); got != want {
			t.Errorf("%s: %d links, want %d", api, got, want)
		}
	}
	w := get(t, h, "/apis/zoo/broken/reference?line=3")
	if w.Code != http.StatusOK {
		t.Errorf("a line of a broken definition: status %d", w.Code)
	}
}

func TestTheTextOfADefinition(t *testing.T) {
	c := "/apis/zoo/pets/definition?format="
	h := zoo(t, "https://api.example.com", "", everything)
	w := get(t, h, c+"text")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.HasPrefix(w.Body.String(), "openapi: 3.0.3\n") ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") ||
		!strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("status %d, %v, %.100q", w.Code, w.Header(), w.Body)
	}
	if w := get(t, h, c+"pdf"); w.Code != http.StatusBadRequest {
		t.Errorf("another format: status %d", w.Code)
	}
	if w := get(t, h, "/apis/zoo/undefined/definition?format=text"); w.Code != http.StatusNotFound {
		t.Errorf("no definition: status %d", w.Code)
	}
	some := &catalogtest.Reader{Name: "eve", Scopes: map[access.Resource]access.Scope{access.Of(relation.API): {Namespaces: []string{"zoo"}}}}
	none := &catalogtest.Reader{Name: "eve"}
	if w := get(t, zoo(t, "https://api.example.com", "", some), "/apis/zoo/from/definition?format=text"); w.Code != http.StatusNotFound {
		t.Errorf("in a ConfigMap that the reader may not get: status %d", w.Code)
	}
	for _, path := range []string{"pets/definition?format=text", "pets/explorer", "graph/explorer", "nothing/explorer"} {
		if w := get(t, zoo(t, "https://api.example.com", "", none), "/apis/zoo/"+path); w.Code != http.StatusNotFound {
			t.Errorf("%s of an API that the reader may not get: status %d", path, w.Code)
		}
	}
}

// TestWhatIsEmbeddedIsPinned holds that the files of Swagger UI are those of the package that the lockfile pins: embed.sh
// wrote their hashes beside that of the package.
func TestWhatIsEmbeddedIsPinned(t *testing.T) {
	var wanted struct{ Dependencies map[string]string }
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	var listed struct {
		Package, Version, Integrity string
		Files                       map[string]string
	}
	for name, into := range map[string]any{"package.json": &wanted, "package-lock.json": &lock, "files.json": &listed} {
		text, err := os.ReadFile("explorer/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	pinned := lock.Packages["node_modules/"+listed.Package]
	if v := wanted.Dependencies[listed.Package]; v == "" || v != pinned.Version || v != listed.Version || strings.ContainsAny(v, "^~*<>= ") {
		t.Errorf("package.json has %q, package-lock.json %q, files.json %q: run make explorer", v, pinned.Version, listed.Version)
	}
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(pinned.Integrity, "sha512-")); err != nil || len(sum) != sha512.Size || pinned.Integrity != listed.Integrity {
		t.Errorf("package-lock.json has %q, files.json %q: run make explorer", pinned.Integrity, listed.Integrity)
	}
	const folder = "static/swagger-ui"
	found := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		found[name] = true
		text, err := os.ReadFile(path)
		sum := sha256.Sum256(text)
		if got := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); got != listed.Files[name] {
			t.Errorf("%s has %s, files.json %s: run make explorer", path, got, listed.Files[name])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"swagger-ui-bundle.js", "swagger-ui.css", "LICENSE.txt", "NOTICE.txt", "swagger-ui-bundle.js.LICENSE.txt"} {
		if !found[name] {
			t.Errorf("%s is missing", name)
		}
	}
	if len(found) != len(listed.Files) {
		t.Errorf("%d files, %d in files.json", len(found), len(listed.Files))
	}
}

// TestOnlyTheExplorerLoadsIt holds that other pages stay small.
func TestOnlyTheExplorerLoadsIt(t *testing.T) {
	h := zoo(t, "https://api.example.com", "", everything)
	for path, want := range map[string]int{
		"/": 0, "/apis": 0, "/apis/zoo/pets/reference": 0, "/apis/zoo/pets/definition": 0, "/apis/zoo/graph/explorer": 0, "/apis/zoo/pets/explorer": 2,
	} {
		page := look(t, h, path)
		got := 0
		for _, a := range append(attrs(page, "script", "src"), attrs(page, "link", "href")...) {
			if strings.Contains(a, "/swagger-ui/") {
				got++
				if w := get(t, h, a); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("%s: status %d", a, w.Code)
				}
			}
		}
		if got != want {
			t.Errorf("%s loads %d files of Swagger UI, want %d", path, got, want)
		}
	}
}
