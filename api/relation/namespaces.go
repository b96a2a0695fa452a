package relation

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// namespace is what the graph knows of a namespace.
type namespace struct {
	counts   [User + 1]int32 // entities by kind
	name     string
	told     bool // somebody told its labels
	labels   labels.Set
	entities []id // in no order
}

// SetNamespace says which labels a namespace carries, and answers which entities that touches. A namespace that nobody
// spoke of carries its name alone.
func (g *Graph) SetNamespace(name string, set labels.Set) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	ns := g.namespace(name)
	if !ns.told { // what depends on its labels was open
		ns.told = true
		g.markUnsure(ns)
	}
	return g.relabel(ns, maps.Clone(set))
}

// DeleteNamespace forgets the labels of a namespace, and answers which entities that touches.
func (g *Graph) DeleteNamespace(name string) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	ns := g.namespaces[name]
	if ns == nil {
		return nil
	}
	if ns.told {
		ns.told = false
		g.markUnsure(ns)
	}
	g.forget(ns)
	return g.relabel(ns, nameLabel(name))
}

// Labels are those of a namespace as far as the graph was told; its name, if it was not. They must not be changed.
func (g *Graph) Labels(namespace string) labels.Set {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.labelsOf(namespace)
}

// relabel has those claims judged anew that a consent grants by a label which differs.
func (g *Graph) relabel(ns *namespace, set labels.Set) []Touched {
	old := ns.labels
	ns.labels = set
	if old[catalog.LabelVisibility] != set[catalog.LabelVisibility] {
		for _, i := range ns.entities {
			g.markConsumers(g.nodes[i])
		}
	}
	for key := range differing(old, set) {
		for i := range g.selecting[key] {
			if s := g.nodes[i].consent.Selector; s.Matches(old) != s.Matches(set) {
				g.doubtConsent(g.nodes[i], func(namespace string) bool { return namespace == ns.name })
			}
		}
	}
	return g.settle()
}

// differing are the keys of the labels that are not the same in both sets.
func differing(a, b labels.Set) map[string]bool {
	keys := map[string]bool{}
	for k, v := range a {
		if w, ok := b[k]; !ok || w != v {
			keys[k] = true
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys[k] = true
		}
	}
	return keys
}

// doubtConsent has those claims judged anew that depend on an entity's consent and come from certain namespaces.
func (g *Graph) doubtConsent(n *node, from func(namespace string) bool) {
	for _, f := range []Field{FieldSystem, FieldOwner, FieldDomain} {
		for s := range g.claimants(n, f) {
			if s.ref.Namespace != n.ref.Namespace && from(s.ref.Namespace) {
				g.doubt(s, f, n)
			}
		}
	}
}

// setConsent replaces an entity's consent.
func (g *Graph) setConsent(n *node, c Consent) {
	if n.consent.equal(c) {
		return
	}
	old := n.consent
	if old.From == catalog.FromSelector || c.From == catalog.FromSelector {
		g.markUntold(n)
	}
	g.setSelecting(n, false)
	n.consent = c
	g.setSelecting(n, true)
	if !n.exists { // all its claimants are in doubt anyway
		return
	}
	differs := map[string]bool{}
	g.doubtConsent(n, func(namespace string) bool {
		d, known := differs[namespace]
		if !known {
			d = g.covers(old, namespace) != g.covers(c, namespace)
			differs[namespace] = d
		}
		return d
	})
}

func (c Consent) equal(o Consent) bool {
	if c.From != o.From || (c.Selector == nil) != (o.Selector == nil) {
		return false
	}
	return c.Selector == nil || c.Selector.Empty() == o.Selector.Empty() && c.Selector.String() == o.Selector.String()
}

// covers says whether a consent grants what comes from another namespace.
func (g *Graph) covers(c Consent, namespace string) bool {
	switch c.From {
	case catalog.FromAll:
		return true
	case catalog.FromSelector:
		return c.Selector != nil && c.Selector.Matches(g.labelsOf(namespace))
	}
	return false
}

// grants says whether an entity permits what comes from a namespace: its own, or one that its consent covers. What is
// cluster-scoped comes from the namespace of all that is: none.
func (g *Graph) grants(t *node, namespace string) bool {
	return namespace == t.ref.Namespace || g.covers(t.consent, namespace)
}

// setSelecting notes at which labels an entity's consent looks, or takes that back.
func (g *Graph) setSelecting(n *node, on bool) {
	if n.consent.Selector == nil {
		return
	}
	requirements, _ := n.consent.Selector.Requirements()
	for _, r := range requirements {
		nodes := g.selecting[r.Key()]
		switch {
		case !on:
			delete(nodes, n.id)
			if len(nodes) == 0 {
				delete(g.selecting, r.Key())
			}
		case nodes == nil:
			g.selecting[r.Key()] = map[id]bool{n.id: true}
		default:
			nodes[n.id] = true
		}
	}
}

func (g *Graph) labelsOf(namespace string) labels.Set {
	if ns := g.namespaces[namespace]; ns != nil {
		return ns.labels
	}
	return nameLabel(namespace)
}

func nameLabel(name string) labels.Set {
	return labels.Set{"kubernetes.io/metadata.name": name}
}

// namespaceName is the name in a copy that many references share.
func (g *Graph) namespaceName(name string) string {
	if ns := g.namespaces[name]; ns != nil {
		return ns.name
	}
	return strings.Clone(name)
}

// namespace finds what is known of a namespace, or begins with nothing but its name.
func (g *Graph) namespace(name string) *namespace {
	ns := g.namespaces[name]
	if ns == nil {
		name = strings.Clone(name)
		ns = &namespace{name: name, labels: nameLabel(name)}
		g.namespaces[name] = ns
	}
	return ns
}

// forget drops a namespace that holds nothing and of which nobody told.
func (g *Graph) forget(ns *namespace) {
	if len(ns.entities) == 0 && !ns.told {
		delete(g.namespaces, ns.name)
	}
}

// Holding returns the namespaces that hold entities of a kind, or of any if it is KindNone, in order.
func (g *Graph) Holding(k Kind) []string {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var out []string
	for name, ns := range g.namespaces {
		if ns.counts[k] > 0 || k == KindNone && len(ns.entities) > 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
