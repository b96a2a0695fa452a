package relation

// Trial is the graph as it would be after a change. It is good only until the function that got it returns.
type Trial struct {
	g *Graph
	// Touched are the entities that the change bears on.
	Touched []Touched
}

// Try asks what would be if an entity had other facts, or were new, and leaves the graph as it was. Nobody else reads
// meanwhile unless the graph holds these facts already, so ask must be short, and must not call the graph but through the
// Trial.
func (g *Graph) Try(f Facts, ask func(*Trial)) {
	if g.tryUnchanged(f, ask) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trial = true
	defer func() { g.trial = false }()
	var before Facts
	n := g.nodes[g.ids[f.Ref]]
	existed := n != nil && n.exists
	if existed {
		before = g.factsOf(n)
	}
	t := &Trial{g: g, Touched: g.upsert(f)}
	ask(t)
	if existed {
		g.upsert(before)
	} else {
		g.delete(f.Ref)
	}
}

// tryUnchanged asks if the graph holds these facts already: most changes are to what feeds no rule. It touches nothing
// then, and others may read.
func (g *Graph) tryUnchanged(f Facts, ask func(*Trial)) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[f.Ref]]
	if n == nil || !n.exists || !g.same(n, f, g.agree(n.claims, f.Claims)) {
		return false
	}
	ask(&Trial{g: g})
	return true
}

// Access is what would decide whether an entity may consume an API.
func (t *Trial) Access(consumer, api Ref) Access { return t.g.access(consumer, api) }

// Consumptions are the APIs that an entity would say it consumes.
func (t *Trial) Consumptions(consumer Ref) []Consumption {
	n := t.g.nodes[t.g.ids[consumer]]
	if n == nil || !n.exists {
		return nil
	}
	return t.g.consumptions(n)
}

// Problems are the references of an entity that could not be read, or would not be granted, as a View has them.
func (t *Trial) Problems(ref Ref) []Problem {
	n := t.g.nodes[t.g.ids[ref]]
	if n == nil || !n.exists {
		return nil
	}
	return t.g.problems(n)
}

// factsOf are the facts that the graph holds of an entity.
func (g *Graph) factsOf(n *node) Facts {
	f := Facts{
		Ref: n.ref, Bad: n.bad, Consent: n.consent, Private: n.private, Restricted: n.restricted, HadMembers: n.hadMember,
		Claims: make([]Claim, len(n.claims)),
	}
	for i, c := range n.claims {
		f.Claims[i] = Claim{Field: c.field, Index: int(c.index), Target: g.nodes[c.target].ref}
	}
	return f
}
