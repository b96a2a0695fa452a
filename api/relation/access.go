package relation

import (
	"slices"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Access is all that decides whether an entity may consume an API.
type Access struct {
	Consumer Ref
	API      Ref
	// Known says that the API exists.
	Known      bool
	Visibility catalog.Visibility
	Owner      Ref // of the API
	// Labels are those of the API's namespace, if the API exists.
	Labels map[string]string

	// APISystem is the System of the API, ConsumerSystem that of the consumer, both by permitted membership.
	APISystem, ConsumerSystem Ref
	// APIWaits and ConsumerWaits name a System that is declared, and that is missing or closed: which of the two is not
	// told.
	APIWaits, ConsumerWaits Ref
	// Provides says that the consumer provides the API.
	Provides bool

	// Covers is the first entry of a Restricted API's allowedConsumers that covers the consumer. If none does, and they
	// are not in one System, MayCover is the first that an object which may still arrive could have cover it.
	Covers, MayCover Ref
}

// Access gathers what decides whether an entity may consume an API. An entity that is not in the graph has no System
// and no owner.
func (g *Graph) Access(consumer, api Ref) Access {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.access(consumer, api)
}

func (g *Graph) access(consumer, api Ref) Access {
	out := Access{Consumer: consumer, API: api}
	a, c := g.nodes[g.ids[api]], g.nodes[g.ids[consumer]]
	if a == nil || !a.exists {
		return out
	}
	out.Known, out.Visibility, out.Owner = true, a.visibility(), g.refOf(a.owner.owner)
	out.Labels = g.labelsOf(api.Namespace)
	if out.Visibility == catalog.VisibilityPublic {
		return out
	}
	out.APISystem, out.APIWaits = g.systemOf(a)
	if c == nil || !c.exists {
		c = &node{ref: consumer} // has nothing
	}
	out.ConsumerSystem, out.ConsumerWaits = g.systemOf(c)
	out.Provides = c.leads(providesAPI, a.id)
	if a.restricted && (a.home == 0 || a.home != c.home) {
		out.Covers, out.MayCover = g.listed(a, c)
	}
	return out
}

func (n *node) visibility() catalog.Visibility {
	switch {
	case n.private:
		return catalog.VisibilityPrivate
	case n.restricted:
		return catalog.VisibilityRestricted
	}
	return catalog.VisibilityPublic
}

// systemOf is the System of an entity, or the one that it declares and does not belong to.
func (g *Graph) systemOf(n *node) (system, waits Ref) {
	return g.refOf(n.home), g.refOf(n.waitsFor())
}

// waitsFor is the System that an entity declares and does not belong to.
func (n *node) waitsFor() id {
	if c := n.claim(FieldSystem); c != nil && !c.holds() {
		return c.target
	}
	return 0
}

// claim is the node's claim in a field that holds one.
func (n *node) claim(f Field) *claim {
	for i := range n.claims {
		if n.claims[i].field == f {
			return &n.claims[i]
		}
	}
	return nil
}

// told says whether the labels of a namespace are known.
func (g *Graph) told(namespace string) bool {
	ns := g.namespaces[namespace]
	return namespace == "" || ns != nil && ns.told
}

// Consumption is one API that an entity consumes, with the field that says so.
type Consumption struct {
	Path string
	API  Ref
}

// Consumptions are the APIs that an entity says it consumes, whether they exist or not, in the order of its spec. An API
// that it names in two fields stands there once.
func (g *Graph) Consumptions(consumer Ref) []Consumption {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[consumer]]
	if n == nil || !n.exists {
		return nil
	}
	return g.consumptions(n)
}

func (g *Graph) consumptions(n *node) []Consumption {
	var out []Consumption
	seen := map[id]bool{}
	for _, c := range n.claims {
		t := g.nodes[c.target]
		if consumes := c.field == FieldConsumesAPIs || c.field == FieldDependsOn && t.ref.Kind == API; consumes && !seen[c.target] {
			seen[c.target] = true
			out = append(out, Consumption{Path: c.field.path(int(c.index)).String(), API: t.ref})
		}
	}
	return out
}

// markConsumers touches all who consume an API that is not for everybody: whether they may is to be judged anew.
func (g *Graph) markConsumers(n *node) {
	if n.ref.Kind != API || !n.private && !n.restricted {
		return
	}
	for c := range n.to(apiConsumedBy) {
		g.mark(g.nodes[c], touchOwn)
	}
}

// regrouped collects the Systems, Domains and Groups that a change moved in their hierarchies, or that others are about
// to be moved below. When it has settled, one walk finds whose access that may have changed: one walk a move would take
// the square of the time on a long cycle.
type regrouped struct {
	below  []id // who gains access through these or through one below them is touched
	above  []id // who consumes what is open to these or to one above them
	beside []id // who consumes what is open to these or to one below them
}

// countListed counts the entries of allowedConsumers by the kind that they name: where none names a Domain or Group, no
// walk is needed.
func (g *Graph) countListed(c *claim, by int) {
	if c.field == FieldAllowedConsumers {
		g.listings[g.nodes[c.target].ref.Kind] += by
	}
}

// settleAccess touches those whose access depends on where the change in hand put Systems, Domains and Groups.
func (g *Graph) settleAccess() {
	g.walkBelow(g.moved.below, g.markGainers)
	g.walkAbove(g.moved.above, g.markListing)
	g.walkBelow(g.moved.beside, g.markListing)
	g.moved.below, g.moved.above, g.moved.beside = g.moved.below[:0], g.moved.above[:0], g.moved.beside[:0]
}

// markBelow touches all that gain access through a System, Domain or Group, or through one below it.
func (g *Graph) markBelow(n *node) {
	if g.listings[Group] > 0 || g.listings[Domain] > 0 && n.ref.Kind != Group {
		g.moved.below = append(g.moved.below, n.id)
	}
}

// markListingAbove touches all who consume an API whose list names a Group or one above it: a child that the Group waits
// for may come to cover them.
func (g *Graph) markListingAbove(n *node) {
	if n != nil && n.ref.Kind == Group && g.listings[Group] > 0 {
		g.moved.above = append(g.moved.above, n.id)
	}
}

// markListingBelow touches all who consume an API whose list names a Domain or Group or one below it: whether what they
// wait for may be put below that one depends on what is above it.
func (g *Graph) markListingBelow(n *node) {
	if (n.ref.Kind == Domain || n.ref.Kind == Group) && g.listings[n.ref.Kind] > 0 {
		g.moved.beside = append(g.moved.beside, n.id)
	}
}

// walkBelow visits each System, Domain or Group and all below it once.
func (g *Graph) walkBelow(from []id, visit func(*node)) {
	if len(from) == 0 {
		return
	}
	seen := make(map[id]bool, len(from))
	for left := slices.Clone(from); len(left) > 0; {
		i := left[len(left)-1]
		left = left[:len(left)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		n := g.nodes[i]
		visit(n)
		r := parentOf
		if n.ref.Kind == Domain {
			r = hasPart
		} else if n.ref.Kind != Group {
			continue
		}
		for c := range n.to(r) {
			left = append(left, c)
		}
	}
}

// walkAbove visits each Group and all above it once.
func (g *Graph) walkAbove(from []id, visit func(*node)) {
	if len(from) == 0 {
		return
	}
	seen := make(map[id]bool, len(from))
	for _, i := range from {
		for n := g.nodes[i]; n != nil && !seen[n.id]; n = g.nodes[n.parent] {
			seen[n.id] = true
			visit(n)
		}
	}
}

// markGainers touches the members of a System, or what a Group owns, as far as they consume APIs.
func (g *Graph) markGainers(n *node) {
	r := ownerOf
	switch n.ref.Kind {
	case System:
		r = hasPart
	case Group:
	default:
		return
	}
	for i := range n.to(r) {
		if m := g.nodes[i]; m.count(consumesAPI) > 0 {
			g.mark(m, touchOwn)
		}
	}
}

// markListing touches all who consume an API whose list names a Domain or Group.
func (g *Graph) markListing(n *node) {
	for api := range g.claimants(n, FieldAllowedConsumers) {
		g.markConsumers(api)
	}
}

// markUntold touches all whose access may depend on what a Domain or Group grants to namespaces whose labels are not
// known yet.
func (g *Graph) markUntold(n *node) {
	for _, f := range []Field{FieldOwner, FieldDomain} {
		for s := range g.claimants(n, f) {
			if !g.told(s.ref.Namespace) {
				g.mark(s, touchOwn)
				g.markBelow(s)
			}
		}
	}
}

// markUnsure touches all whose access depends on whether the labels of a namespace are known: as long as they are not, a
// Group or Domain that grants by labels may yet grant what is claimed of it.
func (g *Graph) markUnsure(ns *namespace) {
	for _, i := range ns.entities {
		n := g.nodes[i]
		for _, f := range []Field{FieldOwner, FieldDomain} {
			if c := n.claim(f); c != nil && g.nodes[c.target].consent.From == catalog.FromSelector {
				g.mark(n, touchOwn)
				g.markBelow(n)
			}
		}
	}
}
