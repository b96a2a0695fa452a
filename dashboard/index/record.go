package index

import (
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// record is what the index takes of an object.
type record struct {
	ref     relation.Ref
	version uint64 // its resourceVersion; 0 if that is no number
	edition edition
	gone    bool // it was deleted at that version

	title, description string
	columns            [columns]string
	tags, labels       []string // sorted
	problems           []string
	numbers            numbers
	created            int64
	ready              bool
	definition         source
}

// edition tells one spec of an object from another.
type edition struct {
	uid        types.UID
	generation int64
}

// source is where the definition of an API stands.
type source struct {
	apiType, text string
	elsewhere     string // the ConfigMap and key, if it does not stand in the spec
}

// The columns of single values.
const (
	colKind = iota
	colNamespace
	colType
	colLifecycle
	colOwner
	colSystem
	colDomain // what the entity itself says
	colHealth
	colLevel
	colVisibility
	colScore
	colAverage
	colPods
	columns
)

// numbers are those that lists show of a kind.
type numbers [3]int32

// maxDescription is how much of a description is kept. The schema has the same bound.
const maxDescription = 4096

// versionOf is a resourceVersion as a number: the API server's are, and grow.
func versionOf(resourceVersion string) uint64 {
	n, err := strconv.ParseUint(resourceVersion, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// recordOf takes from an entity what the index keeps. Nothing of the entity but its texts is held.
func recordOf(ref relation.Ref, e catalog.Entity) *record {
	r := statusOf(ref, e)
	r.edition = edition{e.GetUID(), e.GetGeneration()}
	r.created, r.labels = e.GetCreationTimestamp().Unix(), labelsOf(e.GetLabels())
	r.columns[colKind], r.columns[colNamespace] = ref.Kind.String(), ref.Namespace
	r.spec(e)
	return r
}

// statusOf takes from an entity what stands in its status.
func statusOf(ref relation.Ref, e catalog.Entity) *record {
	s := e.EntityStatus()
	r := &record{ref: ref, version: versionOf(e.GetResourceVersion())}
	c := &r.columns
	c[colOwner], c[colSystem] = string(s.Owner), string(s.System)
	c[colHealth], c[colPods] = string(s.Summary.Health), s.Summary.Pods
	c[colScore], c[colAverage] = s.Summary.Score, s.Summary.Average
	c[colLevel] = levelOf(s.Summary.Score)
	r.conditions(s.Conditions)
	r.count(&s.Summary)
	return r
}

// spec takes what the kinds have in common under different types.
func (r *record) spec(e catalog.Entity) {
	c := &r.columns
	switch e := e.(type) {
	case *catalog.Component:
		r.describe(&e.Spec.Descriptor)
		c[colType], c[colLifecycle] = string(e.Spec.Type), string(e.Spec.Lifecycle)
	case *catalog.API:
		r.describe(&e.Spec.Descriptor)
		c[colType], c[colLifecycle] = string(e.Spec.Type), string(e.Spec.Lifecycle)
		c[colVisibility] = string(visibilityOf(e))
		r.definition = sourceOf(e)
	case *catalog.Resource:
		r.describe(&e.Spec.Descriptor)
		c[colType] = string(e.Spec.Type)
	case *catalog.System:
		r.describe(&e.Spec.Descriptor)
		c[colType], c[colDomain] = string(e.Spec.Type), domainOf(e.Spec.Domain)
	case *catalog.Domain:
		r.describe(&e.Spec.Descriptor)
		c[colType], c[colDomain] = string(e.Spec.Type), domainOf(e.Spec.SubdomainOf)
	case *catalog.Group:
		r.describe(&e.Spec.Descriptor)
		r.present(&e.Spec.Profile)
		c[colType] = string(e.Spec.Type)
	case *catalog.User:
		r.describe(&e.Spec.Descriptor)
		r.present(&e.Spec.Profile)
	}
}

func (r *record) describe(d *catalog.Descriptor) {
	r.title = clean(d.Title)
	r.description = clean(d.Description)
	if len(r.description) > maxDescription {
		r.description = strings.ToValidUTF8(r.description[:maxDescription], "")
	}
	for _, t := range d.Tags {
		r.tags = append(r.tags, string(t))
	}
	slices.Sort(r.tags)
	r.tags = slices.Compact(r.tags)
}

// present takes the name by which a Group or User goes.
func (r *record) present(p *catalog.Profile) {
	if r.title == "" {
		r.title = clean(p.DisplayName)
	}
}

// clean takes out the mark that parts the texts that are kept together.
func clean(s string) string { return strings.ReplaceAll(s, mark, "") }

const mark = "\x00"

func visibilityOf(a *catalog.API) catalog.Visibility {
	if a.Spec.Visibility == "" {
		return catalog.VisibilityPublic
	}
	return a.Spec.Visibility
}

func sourceOf(a *catalog.API) source {
	out := source{apiType: string(a.Spec.Type), text: a.Spec.Definition}
	if from := a.Spec.DefinitionFrom.ConfigMap; out.text == "" && from.Name != "" {
		out.elsewhere = from.Name + "/" + from.Key
	}
	return out
}

func domainOf(ref catalog.EntityRef) string {
	if ref == "" {
		return ""
	}
	r, err := relation.Parse(ref, relation.Domain, "")
	if err != nil || r.Kind != relation.Domain {
		return ""
	}
	return r.Name
}

// levelOf is the level in the text of the column SCORE, such as Gold 96%.
func levelOf(score string) string {
	level, _, _ := strings.Cut(score, " ")
	if strings.HasSuffix(level, "%") {
		return ""
	}
	return level
}

func labelsOf(labels map[string]string) []string {
	if len(labels) == 0 {
		return nil
	}
	out := make([]string, 0, len(labels))
	for k, v := range labels {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return out
}

// conditions takes what is wrong. That several things are is said by them.
func (r *record) conditions(all []metav1.Condition) {
	summary := ""
	for i := range all {
		c := &all[i]
		switch {
		case c.Type == catalog.ConditionReady && c.Status == metav1.ConditionTrue:
			r.ready = true
		case c.Status != metav1.ConditionFalse:
		case c.Type == catalog.ConditionReady:
			summary = c.Reason
		default:
			r.problems = append(r.problems, c.Reason)
		}
	}
	if len(r.problems) == 0 && summary != "" {
		r.problems = []string{summary}
	}
	slices.Sort(r.problems)
	r.problems = slices.Compact(r.problems)
}

// count takes the numbers that lists of the kind show.
func (r *record) count(s *catalog.Summary) {
	of := func(n *int32) int32 {
		if n == nil {
			return 0
		}
		return *n
	}
	switch r.ref.Kind {
	case relation.API:
		r.numbers = numbers{of(s.Providers), of(s.Consumers), of(s.Denied)}
	case relation.System, relation.Domain:
		r.numbers = numbers{of(s.Components), of(s.ExposedAPIs), of(s.Systems)}
	case relation.Group:
		r.numbers = numbers{of(s.Members), of(s.Owns)}
	case relation.User:
		r.numbers = numbers{of(s.Groups), of(s.Owns)}
	}
}

// show puts the numbers of a kind where a Row has them.
func (n numbers) show(k relation.Kind, r *Row) {
	switch k {
	case relation.API:
		r.Providers, r.Consumers, r.Denied = n[0], n[1], n[2]
	case relation.System, relation.Domain:
		r.Components, r.Exposed, r.Systems = n[0], n[1], n[2]
	case relation.Group:
		r.Members, r.Owns = n[0], n[1]
	case relation.User:
		r.Groups, r.Owns = n[0], n[1]
	}
}
