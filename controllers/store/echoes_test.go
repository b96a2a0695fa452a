package store

import (
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestWrittenStatusCountsUntilItsEchoArrives(t *testing.T) {
	at := func(version string) *catalog.Component {
		c := apitest.Component("shop", "cart")
		c.ResourceVersion, c.Status.Owner = version, "group:cached"
		return c
	}
	ref := relation.RefOf(at(""))
	cases := map[string]struct {
		cached    string // when the write was answered; empty: the entity was gone
		then      func(w *Echoes)
		read      string // the version that the cache has afterwards
		wantOwner catalog.FullRef
		wantRV    string
	}{
		"an older copy is replaced":             {"7", nil, "7", "group:written", "9"},
		"a copy between two is replaced":        {"7", nil, "8", "group:written", "9"},
		"the echo itself counts":                {"7", nil, "9", "group:cached", "9"},
		"a newer copy counts":                   {"7", nil, "10", "group:cached", "10"},
		"versions are compared as numbers":      {"7", nil, "10000", "group:cached", "10000"},
		"an echo that came before the answer":   {"9", nil, "7", "group:cached", "7"},
		"an entity that went before the answer": {"", nil, "7", "group:cached", "7"},
		"an echo that came forgets":             {"7", func(w *Echoes) { w.arrived(ref, "9") }, "7", "group:cached", "7"},
		"an older event does not forget":        {"7", func(w *Echoes) { w.arrived(ref, "8") }, "8", "group:written", "9"},
		"a deletion forgets":                    {"7", func(w *Echoes) { w.forget(ref) }, "7", "group:cached", "7"},
		"what is no version is left alone":      {"7", nil, "x", "group:cached", "x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := NewEchoes()
			wrote := at("9")
			wrote.Status.Owner = "group:written"
			w.keep(ref, wrote, func() (string, bool) { return tc.cached, tc.cached != "" })
			if tc.then != nil {
				tc.then(w)
			}
			c := at(tc.read)
			overlay(c, w.last(ref))
			if c.Status.Owner != tc.wantOwner || c.ResourceVersion != tc.wantRV {
				t.Errorf("read %s at %s, want %s at %s", c.Status.Owner, c.ResourceVersion, tc.wantOwner, tc.wantRV)
			}
		})
	}
}
