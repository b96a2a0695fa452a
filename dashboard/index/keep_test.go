package index

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// event is an object as it came, or its end at a version.
type event struct {
	entity catalog.Entity
	gone   bool
}

func (e event) tell(ix *Index) {
	if e.gone {
		ix.Delete(relation.RefOf(e.entity), e.entity.GetResourceVersion())
	} else {
		ix.Keep(e.entity)
	}
}

// TestOrder holds that what came in any order, twice, with old versions late, ends as the last versions alone.
func TestOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := small{rand.New(rand.NewPCG(seed, 2))}
		var events []event
		last := map[relation.Ref]event{}
		for i := range 150 {
			e := event{r.entity(i + 1), r.IntN(4) == 0}
			events = append(events, e)
			last[relation.RefOf(e.entity)] = e
		}
		var left []catalog.Entity
		for _, e := range last {
			if !e.gone {
				left = append(left, e.entity)
			}
		}
		want := indexOf(left)
		ix := New()
		for range 2 {
			r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			for _, e := range events {
				e.tell(ix)
				if r.IntN(20) == 0 {
					ix.Find(Query{}, everywhere())
				}
			}
		}
		ix.Flush()
		same(t, fmt.Sprintf("seed %d", seed), want, ix)
		for ref, e := range last {
			ix.Delete(ref, fmt.Sprint(1000))
			e.tell(ix)
		}
		empty(t, ix)
	}
}

// TestKeepStatus holds that a status alone, shown after its entity, ends as the whole does.
func TestKeepStatus(t *testing.T) {
	for seed := range uint64(200) {
		r := small{rand.New(rand.NewPCG(seed, 4))}
		all := r.catalogOf(1 + r.IntN(60))
		want, got := indexOf(all), indexOf(all)
		for i, e := range all {
			if r.IntN(3) == 0 {
				continue
			}
			e.SetResourceVersion(fmt.Sprint(100 + i))
			*e.EntityStatus() = r.status()
			want.Keep(e)
			got.KeepStatus(bare(e))
			if r.IntN(4) == 0 { // late, or again
				e.SetResourceVersion(fmt.Sprint(1 + r.IntN(100+i)))
				*e.EntityStatus() = r.status()
				got.KeepStatus(bare(e))
			}
		}
		want.Flush()
		same(t, fmt.Sprintf("seed %d", seed), want, got)
		for _, e := range all {
			got.Delete(relation.RefOf(e), "1000")
			e.SetResourceVersion("1001")
			got.KeepStatus(e) // of what is gone
		}
		empty(t, got)
	}
}

// bare is an entity with nothing but its status.
func bare(e catalog.Entity) catalog.Entity {
	out := reflect.New(reflect.TypeOf(e).Elem()).Interface().(catalog.Entity)
	out.SetNamespace(e.GetNamespace())
	out.SetName(e.GetName())
	out.SetResourceVersion(e.GetResourceVersion())
	*out.EntityStatus() = *e.EntityStatus()
	return out
}

// same holds that two indexes answer alike.
func same(t *testing.T, name string, want, got *Index) {
	t.Helper()
	for _, sort := range []string{"name", "title", "owner"} {
		q := Query{Sort: sort, Limit: 500, Count: allFacets, Values: 500}
		if diff := gocmp.Diff(want.Find(q, everywhere()), got.Find(q, everywhere())); diff != "" {
			t.Fatalf("%s: want -, got +: %s", name, diff)
		}
	}
	for _, text := range []string{"o", "pay", "get", "c", "by", "mü"} {
		if diff := gocmp.Diff(want.Search(text, everywhere(), 100), got.Search(text, everywhere(), 100)); diff != "" {
			t.Fatalf("%s, search %q: want -, got +: %s", name, text, diff)
		}
	}
}

// empty holds that nothing is left of what is gone.
func empty(t *testing.T, ix *Index) {
	t.Helper()
	if n := ix.Find(Query{}, everywhere()).Total; n != 0 {
		t.Fatalf("%d entities are left", n)
	}
	ix.Flush()
	ix.read(func(s *state) {
		for i, d := range append(s.dicts[:], s.tagSets.dict, s.tagSets.values, s.labelSets.dict, s.labelSets.values, s.problemSets.dict, s.problemSets.values) {
			if len(d.codes) != 0 {
				t.Errorf("dict %d still holds %v", i, d.codes)
			}
		}
		for _, v := range []*vocabulary{s.named, s.words, s.inside} {
			if len(v.sorted)+len(v.fresh)+v.empty != 0 || len(v.free) != len(v.texts) {
				t.Errorf("%d words are left, %d fresh, %d of %d free", len(v.sorted), len(v.fresh), len(v.free), len(v.texts))
			}
		}
		if len(s.slots)+len(s.members)+len(s.definitions)+len(s.byName.sorted)+len(s.byTitle.sorted) != 0 || len(s.free) != len(s.kinds) {
			t.Errorf("slots are left: %v, %v, %v", s.slots, s.members, s.definitions)
		}
	})
}

func TestDelete(t *testing.T) {
	at := func(version string) *catalog.Component {
		c := apitest.Component("shop", "cart")
		c.ResourceVersion = version
		return c
	}
	ref := relation.Ref{Kind: relation.Component, Namespace: "shop", Name: "cart"}
	cases := map[string]struct {
		tell func(ix *Index)
		want int
	}{
		"what is gone is gone":                         {func(ix *Index) { ix.Keep(at("5")); ix.Delete(ref, "6") }, 0},
		"its last state comes with its end":            {func(ix *Index) { ix.Keep(at("6")); ix.Delete(ref, "6") }, 0},
		"an end that came first keeps older ones out":  {func(ix *Index) { ix.Delete(ref, "6"); ix.Keep(at("5")) }, 0},
		"a late state does not bring it back":          {func(ix *Index) { ix.Keep(at("5")); ix.Delete(ref, "6"); ix.Keep(at("4")) }, 0},
		"made anew after its end":                      {func(ix *Index) { ix.Keep(at("5")); ix.Delete(ref, "6"); ix.Keep(at("7")) }, 1},
		"made anew before its end is told":             {func(ix *Index) { ix.Keep(at("5")); ix.Keep(at("7")); ix.Delete(ref, "6") }, 1},
		"an end without a version":                     {func(ix *Index) { ix.Keep(at("5")); ix.Delete(ref, ""); ix.Keep(at("5")) }, 0},
		"made anew after an end without a version":     {func(ix *Index) { ix.Keep(at("5")); ix.Delete(ref, ""); ix.Keep(at("6")) }, 1},
		"the end of what never was":                    {func(ix *Index) { ix.Delete(ref, "") }, 0},
		"objects without versions replace one another": {func(ix *Index) { ix.Keep(at("")); ix.Keep(at("")) }, 1},
		"what is no entity is nothing":                 {func(ix *Index) { ix.Keep(&metav1.ObjectMeta{Name: "x"}) }, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ix := New()
			tc.tell(ix)
			if got := ix.Find(Query{}, everywhere()).Total; got != tc.want {
				t.Errorf("%d entities, want %d", got, tc.want)
			}
		})
	}
}

func TestGravesAreBounded(t *testing.T) {
	ix := New()
	for i := range 3 * maxGraves {
		c := apitest.Component("shop", fmt.Sprintf("c%d", i%(2*maxGraves)))
		c.ResourceVersion = fmt.Sprint(i + 1)
		ix.Keep(c)
		ix.Delete(relation.RefOf(c), c.ResourceVersion)
	}
	if g := &ix.state.buried; len(g.of) != maxGraves || len(g.ring) != maxGraves {
		t.Errorf("%d graves in a ring of %d, want %d", len(g.of), len(g.ring), maxGraves)
	}
	last := apitest.Component("shop", fmt.Sprintf("c%d", maxGraves-1))
	last.ResourceVersion = fmt.Sprint(3 * maxGraves)
	if ix.Keep(last); ix.Find(Query{}, everywhere()).Total != 0 {
		t.Error("the last grave is forgotten")
	}
}

// told says whether a change was told.
func told(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestChanged(t *testing.T) {
	ix := New()
	c := apitest.Component("shop", "cart")
	step := func(what string, version string, want bool, change func()) {
		t.Helper()
		before, ch := ix.Version(), ix.Changed()
		c.ResourceVersion = version
		change()
		ix.Flush()
		if told(ch) != want || (ix.Version() != before) != want {
			t.Errorf("%s: told %v, version from %d to %d, want a change: %v", what, told(ch), before, ix.Version(), want)
		}
	}
	step("a new entity", "1", true, func() { ix.Keep(c) })
	step("the same again", "1", false, func() { ix.Keep(c) })
	step("a version that says the same", "2", false, func() { ix.Keep(c) })
	step("another status", "3", true, func() { c.Status.Summary.Pods = "1/2"; ix.Keep(c) })
	step("another condition", "4", true, func() {
		c.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "False", Reason: "NoOwner"}}
		ix.Keep(c)
	})
	step("an old version", "3", false, func() { ix.Keep(c) })
	step("the end of another", "9", false, func() { ix.Delete(relation.Ref{Kind: relation.Component, Namespace: "shop", Name: "x"}, "9") })
	step("its end", "9", true, func() { ix.Delete(relation.RefOf(c), "9") })
}

func TestDefinitions(t *testing.T) {
	ix := New()
	a := apitest.API("shop", "orders")
	keep := func(version, uid string, generation int64) {
		a.ResourceVersion, a.Generation = version, generation
		a.UID = "u"
		ix.Keep(a)
		ix.Flush()
	}
	found := func(text string) string {
		for _, h := range ix.Search(text, everywhere(), 10) {
			return h.Field + " " + h.Match + " #" + h.Anchor
		}
		return ""
	}
	expect := func(text, want string) {
		t.Helper()
		if got := found(text); got != want {
			t.Errorf("search %q found %q, want %q", text, got, want)
		}
	}
	a.Spec.Definition = `{"openapi": "3.1.0", "paths": {"/orders": {"post": {"operationId": "placeOrder"}}}}`
	keep("1", "u", 1)
	expect("place", "operation placeOrder #operation-POST_/orders")
	expect("post", "path POST /orders #operation-POST_/orders")
	if n := ix.Find(Query{Text: "place"}, everywhere()).Total; n != 0 {
		t.Errorf("a list finds %d in definitions, unasked", n)
	}
	if n := ix.Find(Query{Text: "place", Inside: true}, everywhere()).Total; n != 1 {
		t.Errorf("a list finds %d in definitions, want 1", n)
	}
	tickets := ix.state.tickets
	a.Status.Summary.Pods = "1/1"
	if keep("2", "u", 1); ix.state.tickets != tickets {
		t.Error("the echo of a status was parsed")
	}
	a.Spec.Definition = "broken: ["
	keep("3", "u", 2)
	expect("place", "")
	a.Spec.Definition = ""
	a.Spec.DefinitionFrom.ConfigMap = catalog.ConfigMapKey{Name: "specs", Key: "orders"}
	keep("4", "u", 3)
	ref := relation.RefOf(a)
	ix.SetDefinition(ref, "graphql", "type Query { cancelled: Int }")
	ix.Flush()
	expect("cancel", "operation Query.cancelled #operation-Query.cancelled")
	tickets = ix.state.tickets
	ix.SetDefinition(ref, "graphql", "type Query { cancelled: Int }")
	ix.Flush()
	if ix.state.tickets != tickets {
		t.Error("the same text was parsed again")
	}
	a.Spec.DefinitionFrom.ConfigMap.Key = "other"
	keep("5", "u", 4)
	expect("cancel", "")
	ix.SetDefinition(relation.Ref{Kind: relation.API, Name: "nobody"}, "graphql", "type Query { cancelled: Int }")
	ix.SetDefinition(ref, "graphql", "type Query { shipped: Int }")
	ix.Flush()
	expect("ship", "operation Query.shipped #operation-Query.shipped")
	ix.Delete(ref, "6")
	expect("ship", "")
	empty(t, ix)
}

// TestConcurrent has many write and read at once, which the race detector watches; nothing is lost, and nobody waits for
// ever.
func TestConcurrent(t *testing.T) {
	r := small{rand.New(rand.NewPCG(7, 7))}
	var events [4][]event
	last := map[relation.Ref]event{}
	for i := range 3000 {
		e := event{r.entity(i + 1), r.IntN(5) == 0}
		events[i%4] = append(events[i%4], e)
		last[relation.RefOf(e.entity)] = e
	}
	ix := New()
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		readers.Go(func() {
			r := small{rand.New(rand.NewPCG(uint64(i), 8))}
			for {
				select {
				case <-stop:
					return
				default:
					ix.Find(r.query(), r.scopes())
					ix.Search(r.typed(), r.scopes(), 5)
					<-time.After(time.Duration(r.IntN(200)) * time.Microsecond)
				}
			}
		})
	}
	for _, list := range events {
		writers.Go(func() {
			for _, e := range list {
				e.tell(ix)
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if ix.waits() {
		t.Error("changes wait although nobody reads or writes")
	}
	ix.Flush()
	var left []catalog.Entity
	for _, e := range last {
		if !e.gone {
			left = append(left, e.entity)
		}
	}
	same(t, "concurrent", indexOf(left), ix)
}

func TestBounds(t *testing.T) {
	ix := New()
	for i := range 700 {
		c := apitest.Component("shop", fmt.Sprintf("c%03d", i))
		c.Labels = map[string]string{"n": fmt.Sprint(i)}
		ix.Keep(c)
	}
	cases := map[string]struct {
		q                 Query
		rows, total, vals int
	}{
		"nothing said":            {Query{}, 50, 700, 12},
		"too many":                {Query{Limit: 1 << 40, Values: 1 << 40}, 500, 700, 500},
		"less than nothing":       {Query{Limit: -1, Offset: -1 << 60, Values: -5}, 50, 700, 12},
		"far behind":              {Query{Offset: 1<<63 - 1, Limit: 500, Sort: "-type"}, 0, 700, 12},
		"far behind, by title":    {Query{Offset: 1<<63 - 1, Sort: "-title"}, 0, 700, 12},
		"the last ones":           {Query{Offset: 690, Sort: "owner"}, 10, 700, 12},
		"an unknown facet":        {Query{Where: map[Facet][]string{"colour": {"red", ""}}}, 0, 0, 0},
		"an unknown value":        {Query{Where: map[Facet][]string{FacetOwner: {"\x00", "nobody"}}}, 0, 0, 0},
		"an unknown kind":         {Query{Kinds: []relation.Kind{99}}, 0, 0, 0},
		"a filter that says none": {Query{Where: map[Facet][]string{FacetOwner: nil}}, 50, 700, 12},
		"no words":                {Query{Text: " \xff-/ "}, 50, 700, 12},
		"long words":              {Query{Text: strings.Repeat("c", 1<<20)}, 0, 0, 0},
		"many words":              {Query{Text: strings.Repeat("c ", 1<<20)}, 50, 700, 12},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.q.Count = []Facet{FacetLabel, "colour"}
			page := ix.Find(tc.q, everywhere())
			if len(page.Rows) != tc.rows || page.Total != tc.total || len(page.Facets[FacetLabel].Values) != tc.vals || len(page.Facets) != 1 {
				t.Errorf("%d rows of %d, facets %v, want %d of %d and %d values", len(page.Rows), page.Total, page.Facets, tc.rows, tc.total, tc.vals)
			}
		})
	}
	if n := len(ix.Search("c", everywhere(), 1<<40)); n != 100 {
		t.Errorf("a search gives %d hits, want 100", n)
	}
	if n := len(ix.Search("c", nil, 5)); n != 0 {
		t.Errorf("who may get nothing is given %d hits", n)
	}
}

func TestNewestWordsAreFoundAtOnce(t *testing.T) {
	ix := New()
	for i := range 100 {
		ix.Keep(apitest.Component("shop", fmt.Sprintf("thing-%d", i)))
		if hits := ix.Search(fmt.Sprintf("thing %d", i), everywhere(), 1); len(hits) != 1 || !slices.Equal(hits[0].Row.Tags, nil) || hits[0].Match != fmt.Sprintf("thing-%d", i) {
			t.Fatalf("thing-%d is not found: %+v", i, hits)
		}
	}
}
