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
	// Labels are those of the API's namespace.
	Labels map[string]string

	// APISystem is the System of the API, ConsumerSystem that of the consumer, both by permitted membership.
	APISystem, ConsumerSystem Ref
	// APIWaits and ConsumerWaits name a System that is declared, and that is missing or closed: which of the two is not
	// told.
	APIWaits, ConsumerWaits Ref
	// Provides says that the consumer provides the API.
	Provides bool

	Listed  []Listed // whom the API allows, if it is Restricted
	Domains Chain    // of the consumer's System, upwards, as far as consent goes
	Groups  Chain    // that own the consumer, upwards, as far as consent goes
}

// Listed is an entry of allowedConsumers.
type Listed struct {
	Ref    Ref
	Exists bool
}

// Chain is a way up a hierarchy.
type Chain struct {
	Refs []Ref
	// Open says that an object that may still arrive could lengthen it.
	Open bool
	// Rootless says that the last one declares no parent, so that a parent that may still arrive could take it in.
	Rootless bool
}

// Access gathers what decides whether an entity may consume an API. An entity that is not in the graph has no System
// and no owner.
func (g *Graph) Access(consumer, api Ref) Access {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.access(consumer, api)
}

func (g *Graph) access(consumer, api Ref) Access {
	out := Access{Consumer: consumer, API: api, Labels: g.labelsOf(api.Namespace)}
	a, c := g.nodes[g.ids[api]], g.nodes[g.ids[consumer]]
	if a == nil || !a.exists {
		return out
	}
	out.Known, out.Visibility, out.Owner = true, a.visibility(), g.refOf(a.owner.owner)
	out.APISystem, out.APIWaits = g.systemOf(a)
	if a.restricted {
		for i := range a.claims {
			if cl := &a.claims[i]; cl.field == FieldAllowedConsumers {
				t := g.nodes[cl.target]
				out.Listed = append(out.Listed, Listed{Ref: t.ref, Exists: t.exists})
			}
		}
	}
	if c == nil || !c.exists {
		return out
	}
	out.ConsumerSystem, out.ConsumerWaits = g.systemOf(c)
	if e := c.find(providesAPI); e != nil {
		_, out.Provides = g.search(e.ids, a)
	}
	if a.restricted {
		out.Domains = g.domainsOf(c, !out.ConsumerWaits.IsZero())
		out.Groups = g.groupsOf(c, !out.ConsumerWaits.IsZero())
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
	if c := n.claim(FieldSystem); c != nil && !c.state.holds() {
		waits = g.nodes[c.target].ref
	}
	return g.refOf(n.home), waits
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

// domainsOf are the Domains of a consumer's System, upwards, as far as they grant it.
func (g *Graph) domainsOf(n *node, waits bool) Chain {
	s := g.nodes[n.home]
	if s == nil {
		return Chain{Open: waits}
	}
	c := s.claim(FieldDomain)
	switch {
	case c == nil:
		return Chain{}
	case c.state == Granted:
		return g.chain(g.nodes[c.target], FieldSubdomainOf)
	}
	return Chain{Open: c.state == NotFound || c.state == Claimed && !g.told(s.ref.Namespace)}
}

// groupsOf are the Groups that own a consumer, upwards, as far as they grant it.
func (g *Graph) groupsOf(n *node, waits bool) Chain {
	o := n.owner
	if o.owner == 0 {
		return Chain{Open: waits || g.inheritanceOpen(n)}
	}
	owner := g.nodes[o.owner]
	switch {
	case owner.ref.Kind != Group:
		return Chain{}
	case o.state == Granted:
		return g.chain(owner, FieldParent)
	}
	return Chain{Open: o.state == NotFound || o.state == Claimed && !g.told(g.nodes[o.from].ref.Namespace)}
}

// inheritanceOpen says whether an owner may still come down from a Domain that is missing.
func (g *Graph) inheritanceOpen(n *node) bool {
	for up := g.nodes[n.heirOf]; up != nil; up = g.nodes[up.heirOf] {
		for _, f := range []Field{FieldDomain, FieldSubdomainOf} {
			if c := up.claim(f); c != nil && c.state == NotFound {
				return true
			}
		}
	}
	return false
}

// chain is the way up from a node; what is on a cycle has none.
func (g *Graph) chain(n *node, parent Field) Chain {
	var out Chain
	for {
		out.Refs = append(out.Refs, n.ref)
		up := g.nodes[n.above()]
		if up == nil {
			c := n.claim(parent)
			out.Open = c != nil && c.state == NotFound
			out.Rootless = c == nil && !n.cyclic
			return out
		}
		n = up
	}
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
