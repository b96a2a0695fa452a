// Package relation says how entities name each other and keeps the graph of what belongs to what: owners, parts,
// consumers, hierarchies. It is pure: it knows neither a cluster nor a clock.
package relation

import (
	"cmp"
	"fmt"
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Kind is the kind of an entity.
type Kind uint8

// The kinds, in the order in which references are sorted: that of their names.
const (
	KindNone Kind = iota
	API
	Component
	Domain
	Group
	Resource
	System
	User
)

var kindNames = [...]string{
	KindNone: "", API: "api", Component: "component", Domain: "domain", Group: "group", Resource: "resource",
	System: "system", User: "user",
}

var objectKinds = [...]string{
	KindNone: "", API: catalog.KindAPI, Component: catalog.KindComponent, Domain: catalog.KindDomain,
	Group: catalog.KindGroup, Resource: catalog.KindResource, System: catalog.KindSystem, User: catalog.KindUser,
}

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{API, Component, Domain, Group, Resource, System, User} }

// String is the kind as it stands in a reference: in lower case.
func (k Kind) String() string { return kindNames[k] }

// ObjectKind is the kind as it stands in an object's kind field.
func (k Kind) ObjectKind() string { return objectKinds[k] }

// Namespaced says whether entities of the kind live in a namespace.
func (k Kind) Namespaced() bool {
	return k == Component || k == API || k == Resource || k == System
}

// KindOf is the kind of an object.
func KindOf(e catalog.Entity) Kind {
	switch e.(type) {
	case *catalog.Component:
		return Component
	case *catalog.API:
		return API
	case *catalog.Resource:
		return Resource
	case *catalog.System:
		return System
	case *catalog.Domain:
		return Domain
	case *catalog.Group:
		return Group
	case *catalog.User:
		return User
	}
	return KindNone
}

// Ref is a full reference: it names one entity, whoever reads it. The namespace of a cluster-scoped kind is empty.
type Ref struct {
	Kind      Kind
	Namespace string
	Name      string
}

// RefOf is the reference to an object.
func RefOf(e catalog.Entity) Ref {
	return Ref{Kind: KindOf(e), Namespace: e.GetNamespace(), Name: e.GetName()}
}

// IsZero says that the reference names nothing.
func (r Ref) IsZero() bool { return r.Kind == KindNone }

// String is the reference in full form, such as component:shop/checkout or group:checkout-team; empty if it names
// nothing.
func (r Ref) String() string {
	if r.IsZero() {
		return ""
	}
	if r.Namespace == "" {
		return r.Kind.String() + ":" + r.Name
	}
	return r.Kind.String() + ":" + r.Namespace + "/" + r.Name
}

// EntityRef is the reference in full form, as a spec may write it.
func (r Ref) EntityRef() catalog.EntityRef { return catalog.EntityRef(r.String()) }

// FullRef is the reference in full form, as a status holds it.
func (r Ref) FullRef() catalog.FullRef { return catalog.FullRef(r.String()) }

// Compare orders references by kind, namespace and name.
func Compare(a, b Ref) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	if a.Namespace != b.Namespace {
		return strings.Compare(a.Namespace, b.Namespace)
	}
	return strings.Compare(a.Name, b.Name)
}

// backstageNamespace is what Backstage calls the namespace of an entity that has none.
const backstageNamespace = "default"

// Parse reads a reference. Where it writes no kind, kind is meant (KindNone: it must write one); where it writes no
// namespace, namespace is meant (empty: the referrer is cluster-scoped, and it must write one). On a cluster-scoped
// kind the namespace "default" is accepted and means nothing.
func Parse(text catalog.EntityRef, kind Kind, namespace string) (Ref, error) {
	rest := string(text)
	if word, after, ok := strings.Cut(rest, ":"); ok {
		kind, rest = parseKind(word), after
		if kind == KindNone {
			return Ref{}, fmt.Errorf("%q has the unknown kind %q: use component, api, resource, system, domain, group or user", text, word)
		}
	}
	if kind == KindNone {
		return Ref{}, fmt.Errorf("%q does not say its kind: write component:%s or the like", text, text)
	}
	written, name, ok := strings.Cut(rest, "/")
	if !ok {
		written, name = "", rest
	}
	if name == "" || ok && written == "" || strings.Contains(name, "/") {
		return Ref{}, fmt.Errorf("%q is not of the form [kind:][namespace/]name", text)
	}
	switch {
	case !kind.Namespaced() && written != "" && written != backstageNamespace:
		return Ref{}, fmt.Errorf("%q names a namespace, and a %s has none: leave it out", text, kind.ObjectKind())
	case !kind.Namespaced():
		return Ref{Kind: kind, Name: name}, nil
	case written != "":
		return Ref{Kind: kind, Namespace: written, Name: name}, nil
	case namespace == "":
		return Ref{}, fmt.Errorf("%q does not say its namespace: write %s:namespace/%s", text, kind, name)
	}
	return Ref{Kind: kind, Namespace: namespace, Name: name}, nil
}

func parseKind(word string) Kind {
	for _, k := range Kinds() {
		if k.String() == word {
			return k
		}
	}
	return KindNone
}
