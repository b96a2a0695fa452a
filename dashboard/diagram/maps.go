package diagram

import (
	"fmt"
	"maps"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
)

// SystemMap draws the Systems and which of them uses which: a System uses another if one of its members consumes an API of
// that other. It draws those of a Domain and of the Domains below it, with their neighbours, or all if the Domain is zero;
// false if the Domain is not there or may not be shown.
func (s Source) SystemMap(domain relation.Ref, nodes int) (Diagram, bool) {
	d := Diagram{Title: "All Systems"}
	systems := map[relation.Ref]bool{}
	uses := tally{}
	if domain.IsZero() {
		for _, r := range s.all(relation.System) {
			systems[r] = true
		}
	} else {
		if domain.Kind != relation.Domain || !s.sees(domain) {
			return Diagram{}, false
		}
		d.Title = "Systems of " + domain.String()
		for _, below := range s.domainsBelow(domain) {
			for _, r := range s.parts(below, relation.System) {
				systems[r] = true
			}
		}
		for r := range systems {
			s.usersOf(r, systems, uses)
		}
	}
	d.tellCut(s.usesOfAll(slices.SortedFunc(maps.Keys(systems), relation.Compare), uses))
	for pair := range uses {
		systems[pair[0]], systems[pair[1]] = true, true
	}
	boxes := map[relation.Ref]bool{}
	for r := range systems {
		n := s.node(r)
		if home := s.home(r); !home.IsZero() {
			n.Cluster = boxPrefix + home.String()
			d.Edges = append(d.Edges, Edge{From: n.ID, To: n.Cluster, Type: part, Label: words(part), Count: 1})
			if !boxes[home] {
				boxes[home] = true
				d.Clusters = append(d.Clusters, s.cluster(home))
			}
		}
		d.Nodes = append(d.Nodes, n)
	}
	d.Edges = append(d.Edges, uses.edges()...)
	s.collapse(&d, nodes, []grouping{{"Domain", s.home}, {"owner", s.owner}})
	return d, true
}

// DomainMap draws the Domains, which is below which, and which uses which through the APIs of its Systems.
func (s Source) DomainMap(nodes int) Diagram {
	d := Diagram{Title: "All Domains"}
	uses, systems := tally{}, tally{}
	d.tellCut(s.usesOfAll(s.all(relation.System), systems))
	for pair, t := range systems {
		from, to := s.home(pair[0]), s.home(pair[1])
		if !from.IsZero() && !to.IsZero() && from != to {
			uses.add(from, to, t)
		}
	}
	for _, r := range s.all(relation.Domain) {
		n := s.node(r)
		if n.Sub == "" {
			n.Sub = plural(len(s.parts(r, relation.System)), "System")
		}
		d.Nodes = append(d.Nodes, n)
		if above := s.first(r, part, relation.Domain); !above.IsZero() {
			d.Edges = append(d.Edges, Edge{From: n.ID, To: above.String(), Type: part, Label: words(part), Count: 1})
		}
	}
	d.Edges = append(d.Edges, uses.edges()...)
	above := func(r relation.Ref) relation.Ref { return s.first(r, part, relation.Domain) }
	s.collapse(&d, nodes, []grouping{{"Domain above them", above}, {"owner", s.owner}})
	return d
}

// parts are the parts of one kind that may be shown.
func (s Source) parts(of relation.Ref, k relation.Kind) []relation.Ref {
	var out []relation.Ref
	for _, r := range s.related(of, "hasPart") {
		if r.Kind == k {
			out = append(out, r)
		}
	}
	return out
}

// tally counts consumptions between Systems, or between Domains.
type tally map[[2]relation.Ref]counts

type counts struct{ all, denied int }

func (t tally) add(from, to relation.Ref, c counts) {
	sum := t[[2]relation.Ref{from, to}]
	t[[2]relation.Ref{from, to}] = counts{sum.all + c.all, sum.denied + c.denied}
}

func (t tally) edges() []Edge {
	out := make([]Edge, 0, len(t))
	for pair, c := range t {
		out = append(out, Edge{From: pair[0].String(), To: pair[1].String(), Type: consumes, Label: "uses", Count: c.all, Denied: c.denied})
	}
	return out
}

// maxUses is how many members and consumptions are looked at for one map.
const maxUses = 20_000

// usesOfAll counts what the members of Systems consume of others. It answers how many Systems it left out because there
// was too much to look at.
func (s Source) usesOfAll(systems []relation.Ref, into tally) (leftOut int) {
	looked := 0
	for i, r := range systems {
		if looked > maxUses {
			return len(systems) - i
		}
		looked += s.usesOf(r, into)
	}
	return 0
}

// tellCut says that not all Systems were looked at.
func (d *Diagram) tellCut(leftOut int) {
	if leftOut > 0 {
		d.Truncated = append(d.Truncated, fmt.Sprintf("There are too many Systems to look at them all: what %d of them use is left out. The map of a Domain shows its own", leftOut))
	}
}

// usesOf counts what the members of a System consume of other Systems, and how much it looked at.
func (s Source) usesOf(system relation.Ref, into tally) (looked int) {
	members := s.related(system, "hasPart")
	looked = len(members)
	for _, m := range members {
		apis := s.related(m, consumes)
		looked += len(apis)
		for _, api := range apis {
			s.count(m, api, system, s.home(api), into)
		}
	}
	return looked
}

// usersOf counts what members of other Systems consume of a System, unless those are counted themselves.
func (s Source) usersOf(system relation.Ref, counted map[relation.Ref]bool, into tally) {
	for _, api := range s.parts(system, relation.API) {
		for _, m := range s.related(api, "apiConsumedBy") {
			if home := s.home(m); !counted[home] {
				s.count(m, api, home, system, into)
			}
		}
	}
}

// domainsBelow are a Domain and those below it, each once.
func (s Source) domainsBelow(top relation.Ref) []relation.Ref {
	out := []relation.Ref{top}
	for at := 0; at < len(out); at++ {
		for _, r := range s.parts(out[at], relation.Domain) {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

func (s Source) count(consumer, api, from, to relation.Ref, into tally) {
	if from.IsZero() || to.IsZero() || from == to {
		return
	}
	c := counts{all: 1}
	if s.denied(consumer, api) {
		c.denied = 1
	}
	into.add(from, to, c)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
