package scorecard

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	apiservercel "k8s.io/apiserver/pkg/cel"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The types of the variables are read off the Go types from which the CRDs are generated, and off those of Kubernetes,
// so that they cannot drift. What is hidden from checks has no type either: a check that reads it does not compile.

// dynType is the type of what has no fixed one.
var dynType = apiservercel.NewSimpleTypeWithMinSize("dyn", cel.DynType, nil, 1)

// scalars are types that a CRD's schema has as a scalar, whatever they are in Go.
var scalars = map[reflect.Type]*apiservercel.DeclType{
	reflect.TypeFor[metav1.Time]():          apiservercel.TimestampType,
	reflect.TypeFor[metav1.MicroTime]():     apiservercel.TimestampType,
	reflect.TypeFor[metav1.Duration]():      apiservercel.DurationType,
	reflect.TypeFor[resource.Quantity]():    apiservercel.StringType,
	reflect.TypeFor[intstr.IntOrString]():   dynType,
	reflect.TypeFor[map[string]any]():       apiservercel.NewMapType(apiservercel.StringType, dynType, -1),
	reflect.TypeFor[corev1.ResourceList]():  apiservercel.NewMapType(apiservercel.StringType, apiservercel.StringType, -1),
	reflect.TypeFor[map[string]string]():    apiservercel.NewMapType(apiservercel.StringType, apiservercel.StringType, -1),
	reflect.TypeFor[*metav1.FieldsV1]():     dynType,
	reflect.TypeFor[*metav1.StatusReason](): apiservercel.StringType,
}

// hidden are the fields that no check sees: what may hold secrets, and what changes without meaning.
var hidden = map[reflect.Type][]string{
	reflect.TypeFor[metav1.ObjectMeta](): {
		"managedFields", "resourceVersion", "selfLink", "uid", "generation", "ownerReferences", "finalizers",
		"deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
	},
	reflect.TypeFor[corev1.EnvVar]():             {"value"},
	reflect.TypeFor[corev1.HTTPHeader]():         {"value"},
	reflect.TypeFor[corev1.SecretKeySelector]():  {"name", "key"},
	reflect.TypeFor[corev1.SecretEnvSource]():    {"name"},
	reflect.TypeFor[corev1.SecretVolumeSource](): {"secretName", "items"},
	reflect.TypeFor[corev1.SecretProjection]():   {"name", "items"},
	reflect.TypeFor[corev1.SecretReference]():    {"name", "namespace"},
	reflect.TypeFor[corev1.PodSpec]():            {"imagePullSecrets"},
	reflect.TypeFor[corev1.AzureFileVolumeSource](): {
		"secretName",
	},
	reflect.TypeFor[catalog.APISpec]():      {"definition"},
	reflect.TypeFor[catalog.EntityStatus](): {"scores", "observedGeneration"},
	reflect.TypeFor[catalog.Summary]():      {"score"},
	reflect.TypeFor[catalog.Rollup]():       {"scores", "score"},
}

// workloadView is what a check sees of a workload of any kind; spec is the union of the specs.
type workloadView struct {
	APIVersion string            `json:"apiVersion,omitempty"`
	Kind       string            `json:"kind,omitempty"`
	Metadata   metav1.ObjectMeta `json:"metadata,omitempty"`
	// Template is the template of the pods, wherever the kind has it.
	Template                 corev1.PodTemplateSpec `json:"template,omitempty"`
	PodDisruptionBudgets     []budgetView           `json:"podDisruptionBudgets,omitempty"`
	HorizontalPodAutoscalers []autoscalerView       `json:"horizontalPodAutoscalers,omitempty"`
}

type budgetView struct {
	Metadata metav1.ObjectMeta                `json:"metadata,omitempty"`
	Spec     policyv1.PodDisruptionBudgetSpec `json:"spec,omitempty"`
}

type autoscalerView struct {
	Metadata metav1.ObjectMeta                         `json:"metadata,omitempty"`
	Spec     autoscalingv2.HorizontalPodAutoscalerSpec `json:"spec,omitempty"`
}

// relationView is what a check sees of a relation; relations has a field for each, named as in the status.
type relationView struct {
	Count int64    `json:"count,omitempty"`
	Refs  []string `json:"refs,omitempty"`
}

// attestationView is what a check sees of an Attestation.
type attestationView struct {
	Answer     string      `json:"answer,omitempty"`
	Comment    string      `json:"comment,omitempty"`
	Evidence   string      `json:"evidence,omitempty"`
	ReviewedBy string      `json:"reviewedBy,omitempty"`
	ValidUntil metav1.Time `json:"validUntil,omitempty"`
}

// declared are the types of the variables.
type declared struct {
	entity [relation.User + 1]*apiservercel.DeclType
	// What others see of the owner, System and Domain: no status.
	owner, system, domain *apiservercel.DeclType
	workload, workloads   *apiservercel.DeclType
	relations, facts      *apiservercel.DeclType
	definition            *apiservercel.DeclType
	attestations          *apiservercel.DeclType
}

var decls = sync.OnceValue(func() *declared {
	d := &declared{}
	for k, e := range map[relation.Kind]any{
		relation.Component: catalog.Component{}, relation.API: catalog.API{}, relation.Resource: catalog.Resource{},
		relation.System: catalog.System{}, relation.Domain: catalog.Domain{}, relation.Group: catalog.Group{},
		relation.User: catalog.User{},
	} {
		d.entity[k] = named(k.ObjectKind(), declOf(reflect.TypeOf(e), nil))
	}
	owner := union(declOf(reflect.TypeFor[catalog.Group](), nil), declOf(reflect.TypeFor[catalog.User](), nil))
	d.owner = named("Owner", withoutStatus(owner))
	d.system = named("System", withoutStatus(declOf(reflect.TypeFor[catalog.System](), nil)))
	d.domain = named("Domain", withoutStatus(declOf(reflect.TypeFor[catalog.Domain](), nil)))
	w := declOf(reflect.TypeFor[workloadView](), nil)
	spec := union(declOf(reflect.TypeFor[appsv1.DeploymentSpec](), nil), declOf(reflect.TypeFor[appsv1.StatefulSetSpec](), nil),
		declOf(reflect.TypeFor[appsv1.DaemonSetSpec](), nil), declOf(reflect.TypeFor[batchv1.JobSpec](), nil),
		declOf(reflect.TypeFor[batchv1.CronJobSpec](), nil))
	fields := maps.Clone(w.Fields)
	fields["spec"] = apiservercel.NewDeclField("spec", spec, false, nil, nil)
	d.workload = named("Workload", apiservercel.NewObjectType("object", fields))
	d.workloads = apiservercel.NewListType(d.workload, -1)
	relations := map[string]*apiservercel.DeclField{}
	for _, r := range relation.Types() {
		relation := declOf(reflect.TypeFor[relationView](), nil)
		relations[string(r)] = apiservercel.NewDeclField(string(r), relation, true, nil, nil)
	}
	d.relations = named("Relations", apiservercel.NewObjectType("object", relations))
	d.facts = apiservercel.NewMapType(apiservercel.StringType, dynType, -1)
	d.definition = named("Definition", declOf(reflect.TypeFor[Definition](), nil))
	attestation := named("Attestation", declOf(reflect.TypeFor[attestationView](), nil))
	d.attestations = apiservercel.NewMapType(apiservercel.StringType, attestation, -1)
	return d
})

// withoutStatus leaves the status out: it changes with all that happens below, and no check of another entity may follow.
func withoutStatus(d *apiservercel.DeclType) *apiservercel.DeclType {
	fields := maps.Clone(d.Fields)
	delete(fields, fieldStatus)
	return apiservercel.NewObjectType("object", fields)
}

const fieldStatus = "status"

func named(name string, d *apiservercel.DeclType) *apiservercel.DeclType {
	return d.MaybeAssignTypeName(name)
}

// declOf is the type of what a Go type is in JSON. Outer are the structs around it: one within itself has no fixed type.
func declOf(t reflect.Type, outer []reflect.Type) *apiservercel.DeclType {
	if d := scalars[t]; d != nil {
		return d
	}
	switch t.Kind() {
	case reflect.Pointer:
		return declOf(t.Elem(), outer)
	case reflect.Bool:
		return apiservercel.BoolType
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return apiservercel.IntType
	case reflect.Float32, reflect.Float64:
		return apiservercel.DoubleType
	case reflect.String:
		return apiservercel.StringType
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return apiservercel.StringType // base64 in JSON
		}
		return apiservercel.NewListType(declOf(t.Elem(), outer), -1)
	case reflect.Map:
		return apiservercel.NewMapType(apiservercel.StringType, declOf(t.Elem(), outer), -1)
	case reflect.Struct:
		for _, o := range outer {
			if o == t {
				return dynType
			}
		}
		fields := map[string]*apiservercel.DeclField{}
		addFields(t, append(outer, t), fields)
		return apiservercel.NewObjectType("object", fields)
	}
	return dynType
}

func addFields(t reflect.Type, outer []reflect.Type, to map[string]*apiservercel.DeclField) {
	visible(t, nil, func(name string, f reflect.StructField, _ []int) {
		if escaped, ok := apiservercel.Escape(name); ok {
			to[escaped] = apiservercel.NewDeclField(escaped, declOf(f.Type, outer), false, nil, nil)
		}
	})
}

// visible goes through the fields of a struct that checks may see, those of embedded ones among them, by the names that
// they have in JSON; index is where they stand in the struct that is at at.
func visible(t reflect.Type, at []int, yield func(name string, f reflect.StructField, index []int)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := append(slices.Clone(at), i)
		switch {
		case name == "-" || !f.IsExported():
			continue
		case name == "" && (f.Anonymous || strings.Contains(options, "inline")):
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			visible(inner, index, yield)
			continue
		case name == "":
			name = f.Name
		}
		if !isHidden(t, name) {
			yield(name, f, index)
		}
	}
}

func isHidden(t reflect.Type, name string) bool {
	for _, h := range hidden[t] {
		if h == name {
			return true
		}
	}
	return false
}

// union has the fields of all; of one that several have, the fields of each.
func union(all ...*apiservercel.DeclType) *apiservercel.DeclType {
	fields := map[string]*apiservercel.DeclField{}
	for _, d := range all {
		for name, f := range d.Fields {
			if had := fields[name]; had != nil && had.Type.IsObject() && f.Type.IsObject() {
				f = apiservercel.NewDeclField(name, union(had.Type, f.Type), false, nil, nil)
			}
			fields[name] = f
		}
	}
	return apiservercel.NewObjectType("object", fields)
}
