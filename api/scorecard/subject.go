package scorecard

import (
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/runtime"
	apiservercel "k8s.io/apiserver/pkg/cel"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Object is an object of the catalog as checks see it. It does not change, so that it may be kept and shared.
type Object struct {
	ref    relation.Ref
	labels map[string]string
	val    ref.Val
}

// NewObject makes an object of an entity. Scores and the text of a definition are left out.
func NewObject(e catalog.Entity) (*Object, error) {
	r := relation.RefOf(e)
	if r.IsZero() {
		return nil, fmt.Errorf("%T is no kind of the catalog", e)
	}
	plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(e)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r, err)
	}
	return newObject(r, e.GetLabels(), plain), nil
}

func newObject(r relation.Ref, labels map[string]string, plain map[string]any) *Object {
	plain["apiVersion"], plain["kind"] = catalog.GroupVersion.String(), r.Kind.ObjectKind() // objects of a cache say neither
	return &Object{ref: r, labels: labels, val: toVal(decls().entity[r.Kind], plain)}
}

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
type Definition struct {
	// Format is the language: openapi, asyncapi, graphql or grpc.
	Format string `json:"format"`
	// FormatVersion is the version of the language, such as 3.1.0.
	FormatVersion string `json:"formatVersion"`
	Title         string `json:"title"`
	// Version is the version of the API.
	Version string `json:"version"`
	// Operations counts operations, queries or methods.
	Operations int64 `json:"operations"`
	// Undocumented are the operations without a description or summary.
	Undocumented []string `json:"undocumented"`
	// Deprecated are the operations that are marked so.
	Deprecated []string `json:"deprecated"`
	// Servers are the addresses of servers.
	Servers []string `json:"servers"`
	// Auth are the types of the security schemes, such as oauth2 or http.
	Auth []string `json:"auth"`
}

// Exemption says that an entity need not pass some checks of a Scorecard for now. Who may grant one is not judged here.
type Exemption struct {
	Name      string
	Scorecard string
	// Checks are the checks; all if empty.
	Checks []catalog.CheckName
	// ExpiresAt is the first moment at which it does not count.
	ExpiresAt time.Time
}

// Input is all that is known of an entity.
type Input struct {
	Ref    relation.Ref
	Entity *Object
	// Owner, System and Domain are nil if there is none, or it is not there.
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
	// Now is when the exemptions are judged.
	Now time.Time
}

// Subject is an entity that is ready to be judged by any number of Scorecards. It does not change.
type Subject struct {
	input Input
	vars  bindings
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
	d := decls()
	workloads, definition := notThere("workloads"), notThere("definition")
	if in.Workloads != nil {
		all := make([]ref.Val, len(in.Workloads))
		for i, w := range in.Workloads {
			all[i] = w.val
		}
		workloads = newList(all)
	}
	if in.Definition != nil {
		plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(in.Definition)
		if err == nil {
			definition = toVal(d.definition, plain)
		}
	}
	s.vars = bindings{
		object("entity", in.Entity), object("owner", in.Owner), object("system", in.System), object("domain", in.Domain),
		workloads, definition, relationsVal(in.Relations), factsVal(d.facts, in.Facts),
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
var noRelation = &object{typed: true, fields: map[string]ref.Val{"count": types.IntZero, "refs": newList(nil)}}

func relationsVal(all []relation.Relation) ref.Val {
	out := &object{typed: true, fields: make(map[string]ref.Val, len(relationNames))}
	for _, name := range relationNames {
		out.fields[string(name)] = noRelation
	}
	for _, r := range all {
		refs := make([]ref.Val, len(r.Refs))
		for i, e := range r.Refs {
			refs[i] = types.String(e.String())
		}
		out.fields[string(r.Type)] = &object{typed: true, fields: map[string]ref.Val{
			"count": types.Int(r.Count), "refs": newList(refs),
		}}
	}
	return out
}

var relationNames = relation.Types()

func factsVal(d *apiservercel.DeclType, in map[string]any) ref.Val {
	all, ok := toVal(d, in).(*object)
	if !ok {
		all = &object{}
	}
	return &facts{all: all}
}
