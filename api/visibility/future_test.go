package visibility_test

import (
	"maps"
	"slices"
	"strconv"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// What may still come is found by trying: everything that somebody on the way waits for comes, with every spec that
// could matter, alone and together, and the question is asked again. A System in another namespace that is closed counts
// as missing.

var fromAll = catalog.AllowedNamespaces{From: catalog.FromAll}

func groupRef(name string) relation.Ref { return relation.Ref{Kind: relation.Group, Name: name} }

// nobody is a Group that never comes: to name it as a parent is to have none.
var nobody = groupRef("nobody")

// futures yields what may become of the world until yield has enough.
func (w *world) futures(c, a *thing, yield func(*world) bool) {
	for _, labels := range w.labelings(c) {
		l := &world{things: w.things, labels: labels}
		for _, came := range l.arrivals(w.member(c), c, a) {
			if !yield(l.with(append(came, l.plain(a, came)...))) {
				return
			}
		}
	}
}

// labelings are what the labels of namespaces may turn out to be, of one at a time.
func (w *world) labelings(c *thing) []map[string]map[string]string {
	out := []map[string]map[string]string{w.labels}
	names := []string{c.ref.Namespace}
	if c.system.Namespace != "" {
		names = append(names, c.system.Namespace)
	}
	for _, name := range names {
		if _, told := w.labels[name]; told {
			continue
		}
		for _, env := range []string{"", "x", "y", "z"} {
			for _, team := range []string{"", "x", "y", "z"} {
				set := map[string]string{nameKey: name}
				if env != "" {
					set["env"] = env
				}
				if team != "" {
					set["team"] = team
				}
				labels := maps.Clone(w.labels)
				labels[name] = set
				out = append(out, labels)
			}
		}
	}
	return out
}

// plain are the listed Domains and Groups that are missing and not among those that came.
func (w *world) plain(a *thing, came []*thing) []*thing {
	var out []*thing
	for _, r := range a.allowed {
		t := &thing{ref: r, consent: fromAll}
		switch r.Kind {
		case relation.Group:
			t.parent = nobody
		case relation.Domain:
		default:
			continue
		}
		if w.get(r) == nil && !slices.ContainsFunc(came, func(o *thing) bool { return o.ref == r }) {
			out = append(out, t)
		}
	}
	return out
}

// arrivals are the sets of things that may come; s is the System of the consumer, if it is a member of one.
func (w *world) arrivals(s, c, a *thing) [][]*thing {
	out := [][]*thing{nil}
	switch {
	case s != nil:
		out = append(out, w.domainArrivals(s, a)...)
		if a.system == s.ref {
			open := *s
			open.consent = fromAll
			out = append(out, []*thing{&open})
		}
	case !c.system.IsZero():
		out = append(out, w.systemArrivals(c, a)...)
	}
	return append(out, w.groupArrivals(c, a)...)
}

// owners are the ways for something new to have an owner: none, or a new Group below a listed one.
func owners(a *thing) []*thing {
	out := []*thing{nil}
	for i, l := range a.allowed {
		if l.Kind == relation.Group {
			out = append(out, &thing{ref: groupRef("new" + strconv.Itoa(i)), parent: l, consent: fromAll})
		}
	}
	return out
}

func own(t *thing, o *thing) []*thing {
	if o == nil {
		return []*thing{t}
	}
	t.owner = o.ref
	return []*thing{t, o}
}

// systemArrivals are those of the System that a consumer names.
func (w *world) systemArrivals(c, a *thing) [][]*thing {
	var out [][]*thing
	for _, o := range owners(a) {
		out = append(out, own(&thing{ref: c.system, consent: fromAll}, o))
		for _, l := range a.allowed {
			if l.Kind == relation.Domain {
				d := &thing{ref: relation.Ref{Kind: relation.Domain, Name: "new"}, parent: l, consent: fromAll}
				s := &thing{ref: c.system, domain: d.ref, consent: fromAll}
				out = append(out, append(own(s, o), d))
			}
		}
	}
	return out
}

// domainArrivals are those of the missing Domain that a System is in.
func (w *world) domainArrivals(s, a *thing) [][]*thing {
	missing := w.end(s.domain)
	if missing.IsZero() {
		return nil
	}
	var out [][]*thing
	for _, o := range owners(a) {
		out = append(out, own(&thing{ref: missing, consent: fromAll}, o))
		for _, l := range a.allowed {
			if l.Kind == relation.Domain && l != missing {
				out = append(out, own(&thing{ref: missing, parent: l, consent: fromAll}, o))
			}
		}
	}
	return out
}

// end is the missing Domain or Group to which the way up from one leads, if it does.
func (w *world) end(r relation.Ref) relation.Ref {
	for range 50 {
		t := w.get(r)
		if t == nil {
			return r
		}
		up := w.up(r)
		if up.IsZero() && t.parent != r {
			up = t.parent
		}
		r = up
	}
	return relation.Ref{}
}

// declared is the owner that an entity names or inherits, whatever that is worth.
func (w *world) declared(t *thing) relation.Ref {
	var from *thing
	switch {
	case t == nil:
		return relation.Ref{}
	case !t.owner.IsZero():
		return t.owner
	case t.ref.Kind == relation.System:
		from = w.get(t.domain)
	case t.ref.Kind == relation.Domain && !w.circular(t.ref):
		from = w.get(w.up(t.ref))
	case t.ref.Kind != relation.Domain:
		from = w.member(t)
	}
	return w.declared(from)
}

// awaited are the Groups that may come.
func (w *world) awaited(c, a *thing) []relation.Ref {
	var out []relation.Ref
	add := func(r relation.Ref) {
		if r.Kind == relation.Group && w.get(r) == nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, l := range a.allowed {
		add(l)
		for _, g := range w.groups() {
			at, under := g.ref, false
			for range 50 {
				under = under || at == l
				at = w.up(at)
			}
			if under {
				for _, child := range g.children {
					add(child)
				}
			}
		}
	}
	if o := w.declared(c); o.Kind == relation.Group {
		add(w.end(o))
	}
	return out
}

// groupArrivals are those of one or two Groups.
func (w *world) groupArrivals(c, a *thing) [][]*thing {
	awaited := w.awaited(c, a)
	parents := []relation.Ref{nobody}
	for _, l := range a.allowed {
		if l.Kind == relation.Group {
			parents = append(parents, l)
		}
	}
	if len(parents) == 1 {
		return nil
	}
	children := [][]relation.Ref{nil}
	for _, g := range w.groups() {
		children = append(children, []relation.Ref{g.ref})
	}
	var out [][]*thing
	for _, r := range awaited {
		for _, p := range append(slices.Clone(parents), awaited...) {
			for _, of := range children {
				t := &thing{ref: r, parent: p, children: of, consent: fromAll}
				out = append(out, []*thing{t})
				for _, other := range awaited {
					for _, others := range children {
						if other != r && p.Name != nobody.Name {
							out = append(out, []*thing{t, {ref: other, parent: nobody, children: others, consent: fromAll}})
						}
					}
				}
			}
		}
	}
	return out
}
