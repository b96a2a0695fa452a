package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// town is a catalog of many namespaces: each holds a System with a service, which all belong to one team and call one API.
func town(t testing.TB, namespaces int) *stage {
	t.Helper()
	s := newStage().put(apitest.Group("team"), apitest.Group("crew", func(g *catalog.GroupSpec) { g.Parent = "team" }),
		apitest.System("hub", "hub"), apitest.API("hub", "hub", func(a *catalog.APISpec) { a.System = "hub" }))
	for i := range namespaces {
		ns := fmt.Sprintf("n%03d", i)
		s.put(apitest.System(ns, ns), apitest.Component(ns, "svc", func(c *catalog.ComponentSpec) {
			c.Owner, c.System, c.ConsumesAPIs = "crew", catalog.EntityRef(ns), []catalog.EntityRef{"api:hub/hub"}
		}))
	}
	return s.settle(t)
}

// TestNothingIsLostAcrossManyNamespaces holds that who may get all is shown all, in however many namespaces that is.
func TestNothingIsLostAcrossManyNamespaces(t *testing.T) {
	const many = 150
	s := town(t, many)
	api := factsOn[apiView](t, s, anything, "/apis/hub/hub")
	if got := len(api.Consumers.Uses); got != many || api.Impact.Total != many || api.Consumers.Uses[many-1].URL == "" {
		t.Errorf("%d consumers, %d may notice, the last is %+v; want %d", got, api.Impact.Total, api.Consumers.Uses[many-1].link, many)
	}
	group := factsOn[groupView](t, s, anything, "/groups/team")
	if group.Owns.Total != many || len(group.Owns.Items) != maxOwned || group.Owns.More != many-maxOwned || group.Teams[0].Owns != many {
		t.Errorf("the team owns %d, of which %d are shown and %d are not; its crew %d; want %d", group.Owns.Total, len(group.Owns.Items), group.Owns.More, group.Teams[0].Owns, many)
	}
	all := factsOn[mapView](t, s, anything, "/map?nodes=300")
	around := factsOn[apiView](t, s, anything, "/apis/hub/hub?nodes=300")
	for name, rows := range map[string][]diagram.Row{"map": all.Picture.Rows, "picture of the API": around.Picture.Rows} {
		got := 0
		for _, r := range rows {
			if r.Access == "granted" {
				got++
			}
		}
		if got != many {
			t.Errorf("the %s has %d consumptions, want %d", name, got, many)
		}
	}
}

// TestFewOfManyNamespaces holds that who may get few namespaces is shown these, whatever else is related.
func TestFewOfManyNamespaces(t *testing.T) {
	s := town(t, 120)
	open := []string{"hub", "n003", "n077", "n119"}
	may := func(r access.Resource, ns string) bool { return ns == "" || slices.Contains(open, ns) }
	api := factsOn[apiView](t, s, may, "/apis/hub/hub")
	if api.Impact.Total != 3 {
		t.Errorf("%d may notice, want 3", api.Impact.Total)
	}
	if group := factsOn[groupView](t, s, may, "/groups/team"); group.Owns.Total != 3 || len(group.Owns.Items) != 3 {
		t.Errorf("the team owns %+v, want what stands in %v", group.Owns, open)
	}
}

// TestWhatIsNotLookedAtYetIsSaid holds that a page says so if it may be short of something.
func TestWhatIsNotLookedAtYetIsSaid(t *testing.T) {
	s := town(t, 40)
	h := house()
	h.catalog.Catalog, h.door.Door = s, hesitant{visitor{anything, namespacesOf(s)}}
	for path, want := range map[string]bool{"/apis/hub/hub": true, "/map": true, "/components/n003/svc": false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if got := strings.Contains(w.Body.String(), partialNote.Text); w.Code != http.StatusOK || got != want {
			t.Errorf("GET %s: %d, says that not all has been looked at: %v, want %v", path, w.Code, got, want)
		}
	}
}

// hesitant is a reader whose namespaces are not all known.
type hesitant struct{ visitor }

func (v hesitant) Scope(context.Context, access.Resource) (access.Scope, error) {
	return access.Scope{Partial: true}, nil
}

func (v hesitant) Reader(*http.Request) (access.Reader, error) { return v, nil }
