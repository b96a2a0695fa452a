package dashboard_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// randomReader may get some kinds, in some namespaces.
func randomReader(rnd *rand.Rand) *catalogtest.Reader {
	r := &catalogtest.Reader{Name: []string{"amara@example.com", "eve", "chen"}[rnd.IntN(3)], Groups: []string{"checkout-team", "nobody"}, Scopes: map[access.Resource]access.Scope{}}
	resources := []access.Resource{access.Scorecards, access.Exemptions}
	for _, k := range relation.Kinds() {
		resources = append(resources, access.Of(k))
	}
	for _, of := range resources {
		switch rnd.IntN(5) {
		case 0:
			r.Scopes[of] = access.Scope{All: true}
		case 1:
			r.Scopes[of] = access.Scope{Namespaces: []string{"online-boutique"}}
		case 2:
			r.Scopes[of] = access.Scope{Namespaces: []string{"sock-shop"}, Partial: rnd.IntN(4) == 0}
		case 3:
			r.Scopes[of] = access.Scope{Namespaces: []string{"online-boutique", "sock-shop"}}
		}
	}
	return r
}

// cut is what a reader may get of a catalog.
func cut(c *catalogtest.Catalog, r *catalogtest.Reader) *catalogtest.Catalog {
	out := catalogtest.New()
	for _, e := range c.Entities() {
		if r.Scopes[access.Of(relation.KindOf(e))].Includes(e.GetNamespace()) {
			out.Put(e)
		}
	}
	if r.Scopes[access.Scorecards].Includes("") {
		out.Cards(c.Scorecards()...)
	}
	var exemptions []*catalog.Exemption
	for _, x := range c.Exemptions() {
		if r.Scopes[access.Exemptions].Includes(x.Namespace) {
			exemptions = append(exemptions, x)
		}
	}
	out.Exempt(exemptions...)
	out.Flush()
	return out
}

// randomPath is a page as somebody may ask for it.
func randomPath(rnd *rand.Rand, entities []catalog.Entity) string {
	pages := []string{"/", "/catalog", "/components", "/apis", "/systems", "/domains", "/resources", "/groups", "/users", "/search", "/scores", "/scores/production-readiness"}
	v := url.Values{}
	e := entities[rnd.IntN(len(entities))]
	add := func(name string, values ...string) {
		if rnd.IntN(4) == 0 {
			v.Add(name, values[rnd.IntN(len(values))])
		}
	}
	add("q", e.GetName(), e.GetName()[:2], "shop", "cart")
	add("owner", string(e.EntityStatus().Owner), "group:checkout-team", "")
	add("system", string(e.EntityStatus().System), "system:sock-shop/sock-shop")
	add("domain", "commerce", "")
	add("namespace", "sock-shop", "online-boutique", "elsewhere")
	add("health", "Degraded", "Healthy")
	add("problems", "true", "false")
	add("level", "Gold", "Bronze")
	add("sort", "name", "-score", "owner", "health")
	add("by", "systems", "groups", "domains")
	add("more", "owner", "label")
	add("page", "2")
	add("kind", "api", "component", "group")
	path := pages[rnd.IntN(len(pages))]
	if strings.Count(path, "/") == 1 && path != "/" && path != "/search" && path != "/scores" {
		add("format", "csv")
	}
	return path + "?" + v.Encode()
}

// randomPicture is a page with a diagram, or its file.
func randomPicture(rnd *rand.Rand, entities []catalog.Entity) string {
	ref := relation.RefOf(entities[rnd.IntN(len(entities))])
	path := "/" + access.Of(ref.Kind).Plural + "/"
	if ref.Namespace != "" {
		path += ref.Namespace + "/"
	}
	path += ref.Name
	switch rnd.IntN(4) {
	case 0:
		return []string{"/map", "/map/domains", "/organisation"}[rnd.IntN(3)]
	case 1:
		path += "/diagram" + []string{".svg", ".dot", ".mmd"}[rnd.IntN(3)]
	}
	return path + "?depth=" + []string{"1", "2", "3"}[rnd.IntN(3)]
}

// TestPagesShowNothingElse holds non-interference: a page is what it would be if there were only what its reader may get,
// also where somebody who may get everything has been to it before, and what was made for him may be remembered.
func TestPagesShowNothingElse(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	full := sample(t)
	full.Exempt(exemption("sock-shop", "later", "component:carts", "production-readiness", "2026-09-01"),
		exemption("online-boutique", "soon", "component:adservice", "production-readiness", "2026-03-01"))
	seen := map[int]int{}
	door := catalogtest.DoorOf(nil)
	visited := dashboard.New(dashboard.Options{Catalog: full, Door: door, Log: logger(t), SignIn: "/login"})
	for i := range 500 {
		r, path := randomReader(rnd), randomPath(rnd, full.Entities())
		less := cut(full, r)
		if i%5 == 0 { // where what the operator judged stands: here only what is remembered counts
			path, less = randomPicture(rnd, full.Entities()), full
		}
		asJSON := rnd.IntN(3) == 0
		ask := func(h http.Handler) string {
			headers := []string{"Accept", "text/html"}
			if asJSON {
				headers[1] = "application/json"
			}
			w := get(t, h, path, headers...)
			seen[w.Code]++
			return fmt.Sprint(w.Code, " ", w.Header().Get("ETag"), "\n", w.Body)
		}
		if i%20 > 0 { // and some pages are the first that anybody sees
			door.Set(&catalogtest.Reader{Name: "root", Everything: true})
			ask(visited)
		}
		door.Set(r)
		is, want := ask(visited), ask(site(t, less, r))
		if is != want {
			t.Fatalf("case %d: %s for %+v (-of what he may get, +of all):\n%s", i, path, r.Scopes, cmp.Diff(strings.Split(want, "\n"), strings.Split(is, "\n")))
		}
	}
	if seen[200] < 1000 {
		t.Errorf("only %d answers hold something: %v", seen[200], seen)
	}
}
