package relation

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Field is a field of a spec that names other entities.
type Field uint8

// The fields. FieldSystem comes first: what a claim is worth may depend on the System.
const (
	FieldSystem Field = iota
	FieldOwner
	FieldDomain
	FieldSubdomainOf
	FieldSubcomponentOf
	FieldProvidesAPIs
	FieldConsumesAPIs
	FieldDependsOn
	FieldDependencyOf
	FieldParent
	FieldChildren
	FieldMembers
	FieldMemberOf
	FieldAllowedConsumers

	fields = iota
)

var fieldNames = [...]string{
	FieldSystem: "system", FieldOwner: "owner", FieldDomain: "domain", FieldSubdomainOf: "subdomainOf",
	FieldSubcomponentOf: "subcomponentOf", FieldProvidesAPIs: "providesApis", FieldConsumesAPIs: "consumesApis",
	FieldDependsOn: "dependsOn", FieldDependencyOf: "dependencyOf", FieldParent: "parent", FieldChildren: "children",
	FieldMembers: "members", FieldMemberOf: "memberOf", FieldAllowedConsumers: "allowedConsumers",
}

// String is the field's name in the spec.
func (f Field) String() string { return fieldNames[f] }

// list says whether the field holds several references.
func (f Field) list() bool {
	switch f {
	case FieldSystem, FieldOwner, FieldDomain, FieldSubdomainOf, FieldSubcomponentOf, FieldParent:
		return false
	}
	return true
}

// path is the field's path in the object, with the index of the reference if it is a list.
func (f Field) path(index int) *field.Path {
	p := field.NewPath("spec", f.String())
	if f.list() {
		p = p.Index(index)
	}
	return p
}

// Claim is one reference that an entity's spec makes.
type Claim struct {
	Field  Field
	Index  int // in the list, 0 in a single field
	Target Ref
}

// BadRef is a reference that cannot be read.
type BadRef struct {
	Path string
	Why  string
}

// Facts are what the graph keeps of an entity. No field claims a target twice.
type Facts struct {
	Ref        Ref
	Claims     []Claim
	Bad        []BadRef
	Consent    Consent
	Private    bool // an API whose visibility is Private
	Restricted bool // an API whose visibility is Restricted
	HadMembers bool // a Group that once had members, in it or below it
}

// Consent says from which namespaces an entity grants what is claimed of it.
type Consent struct {
	From     catalog.FromNamespaces
	Selector labels.Selector // if From is Selector
}

// FactsOf reads the facts off an entity.
func FactsOf(e catalog.Entity) Facts {
	r := reader{facts: Facts{Ref: RefOf(e)}}
	switch e := e.(type) {
	case *catalog.Component:
		r.one(FieldSystem, System, e.Spec.System)
		r.one(FieldOwner, Group, e.Spec.Owner)
		r.one(FieldSubcomponentOf, Component, e.Spec.SubcomponentOf)
		r.many(FieldProvidesAPIs, API, e.Spec.ProvidesAPIs)
		r.many(FieldConsumesAPIs, API, e.Spec.ConsumesAPIs)
		r.many(FieldDependsOn, KindNone, e.Spec.DependsOn)
		r.many(FieldDependencyOf, KindNone, e.Spec.DependencyOf)
	case *catalog.API:
		r.one(FieldSystem, System, e.Spec.System)
		r.one(FieldOwner, Group, e.Spec.Owner)
		r.many(FieldAllowedConsumers, KindNone, e.Spec.AllowedConsumers)
		r.facts.Private = e.Spec.Visibility == catalog.VisibilityPrivate
		r.facts.Restricted = e.Spec.Visibility == catalog.VisibilityRestricted
	case *catalog.Resource:
		r.one(FieldSystem, System, e.Spec.System)
		r.one(FieldOwner, Group, e.Spec.Owner)
		r.many(FieldDependsOn, KindNone, e.Spec.DependsOn)
		r.many(FieldDependencyOf, KindNone, e.Spec.DependencyOf)
	case *catalog.System:
		r.one(FieldOwner, Group, e.Spec.Owner)
		r.one(FieldDomain, Domain, e.Spec.Domain)
		r.facts.Consent = consentOf(e.Spec.AllowedNamespaces, catalog.FromSame)
	case *catalog.Domain:
		r.one(FieldOwner, Group, e.Spec.Owner)
		r.one(FieldSubdomainOf, Domain, e.Spec.SubdomainOf)
		r.facts.Consent = consentOf(e.Spec.AllowedNamespaces, catalog.FromNone)
	case *catalog.Group:
		r.one(FieldParent, Group, e.Spec.Parent)
		r.many(FieldChildren, Group, e.Spec.Children)
		r.many(FieldMembers, User, e.Spec.Members)
		r.facts.Consent = consentOf(e.Spec.AllowedNamespaces, catalog.FromNone)
		r.facts.HadMembers = e.Status.Summary.Members != nil
	case *catalog.User:
		r.many(FieldMemberOf, Group, e.Spec.MemberOf)
	}
	return r.facts
}

// reader collects the claims of one entity.
type reader struct {
	facts Facts
	seen  map[Ref]bool // in the list in hand, if it is long
}

func (r *reader) one(f Field, kind Kind, text catalog.EntityRef) {
	if text != "" {
		r.add(f, 0, kind, text)
	}
}

func (r *reader) many(f Field, kind Kind, texts []catalog.EntityRef) {
	r.seen = nil
	if len(texts) > 16 {
		r.seen = make(map[Ref]bool, len(texts))
	}
	r.facts.Claims = slices.Grow(r.facts.Claims, len(texts))
	for i, text := range texts {
		r.add(f, i, kind, text)
	}
}

func (r *reader) add(f Field, index int, kind Kind, text catalog.EntityRef) {
	ref, err := Parse(text, kind, r.facts.Ref.Namespace)
	if err == nil {
		err = f.accepts(ref.Kind, text)
	}
	if err != nil {
		r.facts.Bad = append(r.facts.Bad, BadRef{Path: f.path(index).String(), Why: err.Error()})
		return
	}
	if !r.claimed(f, ref) { // in another way, such as cart and shop/cart
		r.facts.Claims = append(r.facts.Claims, Claim{Field: f, Index: index, Target: ref})
	}
}

// claimed says whether the field named the target before, and notes that it does.
func (r *reader) claimed(f Field, target Ref) bool {
	if r.seen != nil {
		before := r.seen[target]
		r.seen[target] = true
		return before
	}
	for i := len(r.facts.Claims) - 1; i >= 0 && r.facts.Claims[i].Field == f; i-- {
		if r.facts.Claims[i].Target == target {
			return true
		}
	}
	return false
}

func consentOf(a catalog.AllowedNamespaces, absent catalog.FromNamespaces) Consent {
	if a.From == "" {
		return Consent{From: absent}
	}
	c := Consent{From: a.From}
	if a.From == catalog.FromSelector {
		c.Selector = labels.Nothing()
		if s, err := Selector(a.Selector); err == nil {
			c.Selector = s
		}
	}
	return c
}

// Selector compiles a label selector; the empty one selects nothing.
func Selector(s catalog.LabelSelector) (labels.Selector, error) {
	if len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return labels.Nothing(), nil
	}
	out := metav1.LabelSelector{MatchLabels: make(map[string]string, len(s.MatchLabels))}
	for k, v := range s.MatchLabels {
		out.MatchLabels[k] = string(v)
	}
	for _, r := range s.MatchExpressions {
		values := make([]string, len(r.Values))
		for i, v := range r.Values {
			values[i] = string(v)
		}
		out.MatchExpressions = append(out.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: r.Key, Operator: metav1.LabelSelectorOperator(r.Operator), Values: values,
		})
	}
	return metav1.LabelSelectorAsSelector(&out)
}
