package scorecard

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	apiservercel "k8s.io/apiserver/pkg/cel"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Object is an object of the catalog as checks see it. It does not change, so that it may be kept and shared.
type Object struct {
	ref    relation.Ref
	labels map[string]string
	val    ref.Val
	// declared is val without its status: what the checks of other entities see.
	declared ref.Val
}

// NewObject makes an object of an entity. Scores and the text of a definition are left out.
func NewObject(e catalog.Entity) (*Object, error) {
	r := relation.RefOf(e)
	if r.IsZero() {
		return nil, fmt.Errorf("%T is no kind of the catalog", e)
	}
	val, ok := fromGo(reflect.ValueOf(e)).(*object)
	if !ok {
		return nil, fmt.Errorf("%s is nil", r)
	}
	val = val.without("apiVersion").without("kind") // objects of a cache say neither
	val.fields = append(val.fields, entry{"apiVersion", groupVersion}, entry{"kind", kindNames[r.Kind]})
	val.sort()
	return &Object{ref: r, labels: e.GetLabels(), val: val, declared: val.without(fieldStatus)}, nil
}

var (
	groupVersion = types.String(catalog.GroupVersion.String())
	kindNames    = func() (out [relation.User + 1]types.String) {
		for _, k := range relation.Kinds() {
			out[k] = types.String(k.ObjectKind())
		}
		return out
	}()
)

// Ref is the object's reference.
func (o *Object) Ref() relation.Ref { return o.ref }

// Workload is a live workload as checks see it: without the values of environment variables and headers, and without
// anything of Secrets. It does not change.
type Workload struct{ val ref.Val }

// Live are the objects that a Workload is made of, as the API server gives them: a Deployment, StatefulSet, DaemonSet,
// CronJob or Job, and the PodDisruptionBudgets and HorizontalPodAutoscalers that select it.
type Live struct {
	Object                   map[string]any
	PodDisruptionBudgets     []map[string]any
	HorizontalPodAutoscalers []map[string]any
}

// NewWorkload makes a Workload. The objects are only read.
func NewWorkload(l Live) *Workload {
	w := Scrub(l.Object)
	if t := podTemplate(w); t != nil {
		w["template"] = t
	}
	w["podDisruptionBudgets"] = scrubAll(l.PodDisruptionBudgets)
	w["horizontalPodAutoscalers"] = scrubAll(l.HorizontalPodAutoscalers)
	return &Workload{val: toVal(decls().workload, w)}
}

// podTemplate is the template of the pods of a workload: a CronJob has it one level deeper.
func podTemplate(w map[string]any) any {
	spec := child(w, "spec")
	if job := child(spec, "jobTemplate"); job != nil {
		spec = child(job, "spec")
	}
	return spec["template"]
}

func child(m map[string]any, name string) map[string]any {
	if c, ok := m[name].(map[string]any); ok {
		return c
	}
	return nil
}

func scrubAll(objects []map[string]any) []any {
	out := make([]any, 0, len(objects))
	for _, o := range objects {
		out = append(out, Scrub(o))
	}
	return out
}

// Definition is what is known of the parsed definition of an API.
type Definition = definition.Facts

// Exemption says that an entity need not pass some checks of a Scorecard for now. Who may grant one is not judged here.
type Exemption struct {
	Name      string
	Scorecard string
	// Checks are the checks; all if empty.
	Checks []catalog.CheckName
	// ExpiresAt is the first moment at which it does not count.
	ExpiresAt time.Time
}

// Attestation is what somebody answered to a question about an entity. Of several to one question the one counts that is
// valid longest, then the first by name. Who may answer is not judged here.
type Attestation struct {
	Name string
	// Question is the name by which checks ask for it, such as threat-model.
	Question string
	// Answer is Yes or No.
	Answer, Comment, Evidence, ReviewedBy string
	// ValidUntil is the first moment at which it does not count.
	ValidUntil time.Time
}

// Input is all that is known of an entity.
type Input struct {
	Ref    relation.Ref
	Entity *Object
	// Owner, System and Domain are nil if there is none, or it is not there. Checks see them without status.
	Owner, System, Domain *Object
	// Workloads are nil if none is linked, or they are not known yet.
	Workloads []*Workload
	// Definition is nil if there is none, or it cannot be parsed.
	Definition *Definition
	// Relations are those of relation.View: all are counted, and the first of each are named.
	Relations []relation.Relation
	// Facts are what others found out, in the types of JSON.
	Facts map[string]any
	// PermittedSystem is the System that the entity is a member of by permitted membership.
	PermittedSystem relation.Ref
	// PermittedDomains are the Domains that it is in, by permitted membership all the way: the nearest first.
	PermittedDomains []relation.Ref
	// Exemptions are those of the entity that are approved, of any Scorecard, expired or not.
	Exemptions []Exemption
	// Attestations are those of the entity, expired or not.
	Attestations []Attestation
	// Now is when exemptions and attestations are judged.
	Now time.Time
}

// Subject is an entity that is ready to be judged by any number of Scorecards. It does not change.
type Subject struct {
	input Input
	vars  bindings
	small Variables // see isSmall
	// until is when the first of the attestations that count ceases to; zero if none counts.
	until time.Time
}

// bindings are the values of the variables, in their order.
type bindings [len(variables)]ref.Val

// NewSubject converts what is known of an entity.
func NewSubject(in Input) *Subject {
	s := &Subject{input: in}
	if in.Ref.IsZero() && in.Entity != nil {
		s.input.Ref = in.Entity.ref
	}
	object := func(name string, o *Object) ref.Val {
		if o == nil {
			return notThere(name)
		}
		return o.val
	}
	declared := func(name string, o *Object) ref.Val {
		if o == nil {
			return notThere(name)
		}
		return o.declared
	}
	d := decls()
	workloads, facts := notThere("workloads"), notThere("definition")
	if in.Workloads != nil {
		all := make([]ref.Val, len(in.Workloads))
		for i, w := range in.Workloads {
			all[i] = w.val
		}
		workloads = newList(all)
	}
	if in.Definition != nil {
		facts = fromGo(reflect.ValueOf(in.Definition))
	}
	s.vars = bindings{
		object("entity", in.Entity), declared("owner", in.Owner), declared("system", in.System), declared("domain", in.Domain),
		workloads, facts, relationsVal(in.Relations), factsVal(d.facts, in.Facts), s.attest(),
	}
	for i, v := range s.vars {
		if isSmall(v) {
			s.small |= 1 << i
		}
	}
	return s
}

// ResolveName implements cel-go's Activation.
func (b *bindings) ResolveName(name string) (any, bool) {
	for i, v := range variables {
		if v == name {
			return b[i], true
		}
	}
	return nil, false
}

// Parent implements cel-go's Activation.
func (*bindings) Parent() cel.Activation { return nil }

// noRelation is a relation without edges: it can be asked for its count without has.
var noRelation = newObject(true, entry{"count", types.IntZero}, entry{"refs", newList(nil)})

// noRelations are those of an entity without any.
var noRelations = func() *object {
	o := &object{typed: true}
	for _, name := range relation.Types() {
		o.fields = append(o.fields, entry{string(name), noRelation})
	}
	o.sort()
	return o
}()

func relationsVal(all []relation.Relation) ref.Val {
	out := &object{typed: true, fields: slices.Clone(noRelations.fields)}
	for _, r := range all {
		refs := make([]ref.Val, len(r.Refs))
		for i, e := range r.Refs {
			refs[i] = types.String(e.String())
		}
		edges := &object{typed: true, fields: []entry{{"count", types.Int(r.Count)}, {"refs", newList(refs)}}}
		for i := range out.fields {
			if out.fields[i].name == string(r.Type) {
				out.fields[i].val = edges
			}
		}
	}
	return out
}

var noFacts = &told{name: "facts", all: &object{}}

func factsVal(d *apiservercel.DeclType, in map[string]any) ref.Val {
	all, ok := toVal(d, in).(*object)
	if !ok || len(in) == 0 {
		return noFacts
	}
	return &told{name: "facts", all: all}
}
