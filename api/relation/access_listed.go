package relation

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// An entry of allowedConsumers covers a consumer directly, through its System, through a Domain that this System is in
// by consent, or through a Group that owns the consumer by consent; Domains and Groups with all that is above them.
//
// What may still come is what somebody waits for: a System, Domain or Group that is named on the way from the consumer
// upwards, in the list, or as a child by a listed Group or one below it, and that does not exist. It may have any spec,
// so a Group may name its parent and its children. A Group that nobody of these names does not count: else nothing could
// ever be denied, since each hierarchy has a top that another Group could take in.

// listed finds the first entry of an API's allowedConsumers that covers a consumer; else the first that may yet.
func (g *Graph) listed(a, c *node) (covers, mayCover Ref) {
	domains, groups := g.domainWay(c), g.groupWay(c)
	for i := range a.claims {
		if cl := &a.claims[i]; cl.field == FieldAllowedConsumers && g.lists(g.nodes[cl.target], c, domains, groups) {
			return g.nodes[cl.target].ref, Ref{}
		}
	}
	var awaited []*node
	for i := range a.claims {
		cl := &a.claims[i]
		if cl.field != FieldAllowedConsumers {
			continue
		}
		may, t := false, g.nodes[cl.target]
		switch t.ref.Kind {
		case System:
			may = t.id == c.waitsFor()
		case Domain:
			may = g.mayCover(domains, t, nil)
		case Group:
			if awaited == nil && groups.from != nil {
				awaited = g.awaited(a, groups.from)
			}
			may = g.mayCover(groups, t, awaited)
		}
		if may {
			return Ref{}, t.ref
		}
	}
	return Ref{}, Ref{}
}

// lists says whether an entry covers a consumer.
func (g *Graph) lists(t, c *node, domains, groups way) bool {
	switch t.ref.Kind {
	case Component:
		return t.ref == c.ref
	case System:
		return t.id == c.home
	case Domain:
		return domains.granted && g.above(domains.from, t)
	case Group:
		return groups.granted && g.above(groups.from, t)
	}
	return false
}

// way is where a consumer enters a hierarchy of Domains or Groups.
type way struct {
	from    *node // the Domain of its System, or the Group that owns it; nil if there is none
	granted bool  // from grants what is claimed of it; else it may yet do so
	any     bool  // an object that is missing may bring any
}

// enterBy is the way that begins with a claim of an owner or a Domain.
func (g *Graph) enterBy(n *node, c *claim) way {
	t := g.nodes[c.target]
	if c.state == Granted || c.state == NotFound || c.state == Claimed && g.mayGrant(t, n.ref.Namespace) {
		return way{from: t, granted: c.state == Granted}
	}
	return way{}
}

// domainWay begins with the Domain of a consumer's System.
func (g *Graph) domainWay(n *node) way {
	s := g.nodes[n.home]
	if s == nil {
		return way{any: n.waitsFor() != 0}
	}
	if c := s.claim(FieldDomain); c != nil {
		return g.enterBy(s, c)
	}
	return way{}
}

// groupWay begins with the Group that owns a consumer. An owner comes down from a System or Domain only as far as
// membership is granted.
func (g *Graph) groupWay(n *node) way {
	granted := true
	for {
		if c := n.claim(FieldOwner); c != nil {
			if g.nodes[c.target].ref.Kind != Group {
				return way{}
			}
			w := g.enterBy(n, c)
			w.granted = w.granted && granted
			return w
		}
		up := n.heirBy()
		switch {
		case up == nil || up.state == Self:
			return way{}
		case !up.state.holds():
			return way{any: true}
		case up.state == Claimed:
			if granted = false; !g.mayGrant(g.nodes[up.target], n.ref.Namespace) {
				return way{}
			}
		}
		n = g.nodes[up.target]
	}
}

// heirBy is the claim through which an entity without an owner inherits one. Nothing comes down a cycle.
func (n *node) heirBy() *claim {
	switch {
	case n.ref.Kind == System:
		return n.claim(FieldDomain)
	case n.ref.Kind == Domain && n.cyclic:
		return nil
	case n.ref.Kind == Domain:
		return n.claim(FieldSubdomainOf)
	}
	return n.claim(FieldSystem)
}

// mayGrant says whether an entity could grant what is claimed from a namespace, of which only the name is known.
func (g *Graph) mayGrant(t *node, namespace string) bool {
	if t.consent.From != catalog.FromSelector || g.told(namespace) {
		return false
	}
	all, ok := t.consent.Selector.Requirements()
	return ok && !slices.ContainsFunc(all, func(r labels.Requirement) bool {
		return !satisfiable(all, r.Key(), nameLabel(namespace))
	})
}

// satisfiable says whether a label can meet all requirements on it, if it is not among the known ones.
func satisfiable(all labels.Requirements, key string, known labels.Set) bool {
	meet := func(set labels.Set) bool {
		return !slices.ContainsFunc(all, func(r labels.Requirement) bool { return r.Key() == key && !r.Matches(set) })
	}
	if known.Has(key) || meet(labels.Set{}) {
		return meet(known)
	}
	const other = " " // than all values that a requirement can name
	values := []string{other}
	for _, r := range all {
		values = append(values, r.ValuesUnsorted()...)
	}
	return slices.ContainsFunc(values, func(v string) bool { return meet(labels.Set{key: v}) })
}

// above says whether the way up from a node leads to another. What is on a cycle is not followed.
func (g *Graph) above(from, to *node) bool {
	for n := from; n != nil; n = g.nodes[n.above()] {
		if n == to {
			return true
		}
	}
	return false
}

// mayCover says whether an entry may yet cover whoever enters by a way.
func (g *Graph) mayCover(w way, to *node, awaited []*node) bool {
	switch {
	case w.any:
		return true
	case w.from == nil:
		return false
	case g.above(w.from, to): // not granted yet
		return true
	}
	var passed []*node
	for n := w.from; n != nil && !slices.Contains(passed, n); n = g.upwards(n) {
		passed = append(passed, n)
		if !n.exists && g.mayHang(n, to, passed, awaited) {
			return true
		}
		for _, by := range awaited {
			if g.mayAdopt(by, n) && g.mayHang(by, to, passed, awaited) {
				return true
			}
		}
	}
	return false
}

// mayHang says whether the way that passed some, and goes on to an awaited Group or Domain, may lead to another. That one
// must not be below what was passed: this would be a cycle, unless another awaited one cuts it.
func (g *Graph) mayHang(by, to *node, passed, awaited []*node) bool {
	if by == to || slices.Contains(passed, to) {
		return true
	}
	var seen []*node
	for m := to; m != nil && !slices.Contains(seen, m); m = g.upwards(m) {
		if m == by || slices.Contains(passed, m) {
			return false
		}
		if slices.ContainsFunc(awaited, func(o *node) bool { return o != by && g.mayAdopt(o, m) }) {
			return true
		}
		seen = append(seen, m)
	}
	return true
}

// upwards is the parent of a Domain or Group, whether it exists or not. It leads around cycles.
func (g *Graph) upwards(n *node) *node {
	if n.parent != 0 {
		return g.nodes[n.parent]
	}
	for i := range n.claims {
		if c := &n.claims[i]; (c.field == FieldParent || c.field == FieldSubdomainOf) && c.state == NotFound {
			return g.nodes[c.target]
		}
	}
	return nil
}

// mayAdopt says whether a Group that names another among its children would be its parent.
func (g *Graph) mayAdopt(by, n *node) bool {
	return n.exists && n != by && n.claim(FieldParent) == nil && (n.parent == 0 || Compare(by.ref, g.nodes[n.parent].ref) < 0)
}

// awaited are the Groups that do not exist, and that an API's list names, or as a child a listed Group or one below it,
// or the last one above a consumer's.
func (g *Graph) awaited(a, from *node) []*node {
	out, below := []*node{}, []*node{}
	seen := map[id]bool{}
	add := func(n *node) {
		switch {
		case seen[n.id]:
			return
		case n.exists:
			below = append(below, n)
		default:
			out = append(out, n)
		}
		seen[n.id] = true
	}
	for i := range a.claims {
		if t := g.nodes[a.claims[i].target]; t.ref.Kind == Group && a.claims[i].field == FieldAllowedConsumers {
			add(t)
		}
	}
	for i := 0; i < len(below); i++ { // grows while it runs
		for c := range below[i].to(parentOf) {
			add(g.nodes[c])
		}
		for _, c := range below[i].claims {
			if t := g.nodes[c.target]; c.field == FieldChildren && !t.exists {
				add(t)
			}
		}
	}
	var passed []*node
	for n := from; n != nil && !slices.Contains(passed, n); n = g.upwards(n) {
		passed = append(passed, n)
		if !n.exists {
			add(n)
		}
	}
	return out
}
