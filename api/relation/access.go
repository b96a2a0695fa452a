package relation

import catalog "github.com/callboard-dev/callboard/api/v1alpha1"

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
	if e := c.find(providesAPI); e != nil {
		_, out.Provides = g.search(e.ids, a)
	}
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
	if c := n.claim(FieldSystem); c != nil && !c.state.holds() {
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

// markConsumers touches all who consume an API: whether they may is to be judged anew.
func (g *Graph) markConsumers(n *node) {
	if n.ref.Kind != API {
		return
	}
	for _, c := range n.to(apiConsumedBy) {
		g.mark(g.nodes[c], touchOwn)
	}
}

// markBelow touches all that gain access through a System, Domain or Group, or through one below it.
func (g *Graph) markBelow(n *node) {
	switch n.ref.Kind {
	case System:
		for _, m := range n.to(hasPart) {
			g.mark(g.nodes[m], touchOwn)
		}
	case Domain, Group:
		g.walkBelow(n, map[id]bool{})
	}
}

func (g *Graph) walkBelow(n *node, seen map[id]bool) {
	if seen[n.id] {
		return
	}
	seen[n.id] = true
	switch n.ref.Kind {
	case System:
		g.markBelow(n)
	case Domain:
		for _, m := range n.to(hasPart) {
			g.walkBelow(g.nodes[m], seen)
		}
	case Group:
		for _, m := range n.to(ownerOf) {
			g.mark(g.nodes[m], touchOwn)
		}
		for _, m := range n.to(parentOf) {
			g.walkBelow(g.nodes[m], seen)
		}
	}
}

// markListing touches all who consume an API whose list names a Domain or Group.
func (g *Graph) markListing(n *node) {
	for _, b := range n.claimants(FieldAllowedConsumers) {
		g.markConsumers(g.nodes[b.source()])
	}
}

// markListingAbove touches all who consume an API whose list names a Group or one above it: a child that the Group waits
// for may come to cover them.
func (g *Graph) markListingAbove(n *node) {
	if n.ref.Kind != Group {
		return
	}
	seen := map[id]bool{}
	for ; n != nil && !seen[n.id]; n = g.nodes[n.parent] {
		seen[n.id] = true
		g.markListing(n)
	}
}

// markListingBelow touches all who consume an API whose list names a Domain or Group or one below it: whether what they
// wait for may be put below that one depends on what is above it.
func (g *Graph) markListingBelow(n *node) {
	if n.ref.Kind != Domain && n.ref.Kind != Group {
		return
	}
	seen, below := map[id]bool{n.id: true}, []*node{n}
	for i := 0; i < len(below); i++ { // grows while it runs
		g.markListing(below[i])
		for _, r := range []rel{parentOf, hasPart} {
			for _, c := range below[i].to(r) {
				if !seen[c] && g.nodes[c].ref.Kind == n.ref.Kind {
					seen[c] = true
					below = append(below, g.nodes[c])
				}
			}
		}
	}
}

// markUntold touches all whose access may depend on what a Domain or Group grants to namespaces whose labels are not
// known yet.
func (g *Graph) markUntold(n *node) {
	for _, b := range n.back {
		if s := g.nodes[b.source()]; !g.told(s.ref.Namespace) {
			g.mark(s, touchOwn)
			g.markBelow(s)
		}
	}
}

// markMembers touches all whose access depends on the labels of a namespace.
func (g *Graph) markMembers(ns *namespace) {
	for _, m := range ns.members {
		g.mark(g.nodes[m], touchOwn)
		g.markBelow(g.nodes[m])
	}
}
