package gate

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// index knows the gates, and by namespace of their workloads the Components that fail on some Scorecard. What enters
// something answers which namespaces that bears on.
type index struct {
	mu      sync.Mutex
	gates   map[string]gate                                        // by Scorecard, of the active ones
	failing map[string]map[types.NamespacedName]*catalog.Component // by namespace; they are the cache's own
	spaces  map[types.NamespacedName][]string                      // where a failing Component runs
	ran     map[string]map[string]*memory                          // by namespace and workload, of those kept as they are
}

// gate is that of an active Scorecard.
type gate struct {
	spec     catalog.Gate
	mode     catalog.GateMode
	selector labels.Selector
}

func (g *gate) selects(namespace map[string]string) bool {
	return g.selector.Matches(labels.Set(namespace))
}

func newIndex() *index {
	return &index{
		gates: map[string]gate{}, failing: map[string]map[types.NamespacedName]*catalog.Component{},
		spaces: map[types.NamespacedName][]string{}, ran: map[string]map[string]*memory{},
	}
}

// setScorecard enters the gate of a Scorecard, or takes it out if now is nil, a draft, or has none.
func (x *index) setScorecard(before, now *catalog.Scorecard) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	name := nameOf(before, now).Name
	was, had := x.gates[name]
	delete(x.gates, name)
	if now != nil && now.Spec.Mode == catalog.ScorecardActive && now.Spec.Gate.Mode != "" {
		selector, err := relation.Selector(now.Spec.Gate.Namespaces)
		if err != nil { // the schema allows none such
			selector = labels.Nothing()
		}
		x.gates[name] = gate{now.Spec.Gate, now.Spec.Gate.Mode, selector}
	}
	is, has := x.gates[name]
	if had == has && equality.Semantic.DeepEqual(was.spec, is.spec) {
		return nil
	}
	all := make([]string, 0, len(x.failing))
	for ns := range x.failing {
		all = append(all, ns)
	}
	return all
}

// setComponent enters how a Component does and where it runs, or takes it out if now is nil.
func (x *index) setComponent(before, now *catalog.Component) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	name := nameOf(before, now)
	old, where := x.spaces[name], spacesOf(now)
	if len(old) == 0 && len(where) == 0 {
		return nil
	}
	changed := !slices.Equal(old, where) || len(where) > 0 && !sameGist(x.failing[where[0]][name], now)
	for _, ns := range old {
		delete(x.failing[ns], name)
		if len(x.failing[ns]) == 0 {
			delete(x.failing, ns)
		}
	}
	delete(x.spaces, name)
	for _, ns := range where {
		if x.failing[ns] == nil {
			x.failing[ns] = map[types.NamespacedName]*catalog.Component{}
		}
		x.failing[ns][name], x.spaces[name] = now, where
	}
	if !changed {
		return nil
	}
	return append(slices.Clone(old), where...)
}

// has says whether a failing Component runs in a namespace.
func (x *index) has(namespace string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.failing[namespace]) > 0
}

// spacesOf are the namespaces in which a Component runs that fails on some Scorecard, in order.
func spacesOf(c *catalog.Component) []string {
	if c == nil || !slices.ContainsFunc(c.Status.Scores, func(s catalog.Score) bool { return s.Verdict == catalog.VerdictFailing }) {
		return nil
	}
	var out []string
	for i := range c.Status.Workloads {
		if w := &c.Status.Workloads[i]; keyOf(w.Kind, w.Name) != "" {
			out = append(out, w.Namespace)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keyOf names a workload as DeployGates do; empty if no gate is for its kind.
func keyOf(kind catalog.WorkloadKind, name string) string {
	switch kind {
	case catalog.WorkloadDeployment:
		return "deployment/" + name
	case catalog.WorkloadStatefulSet:
		return "statefulset/" + name
	}
	return ""
}

// keysIn name the workloads of a Component in a namespace.
func keysIn(c *catalog.Component, namespace string) []string {
	var out []string
	for i := range c.Status.Workloads {
		w := &c.Status.Workloads[i]
		if key := keyOf(w.Kind, w.Name); key != "" && w.Namespace == namespace {
			out = append(out, key)
		}
	}
	return out
}

// sameGist says whether a gate would say the same of two versions of a Component.
func sameGist(a, b *catalog.Component) bool {
	return slices.EqualFunc(a.Status.Scores, b.Status.Scores, func(s, t catalog.Score) bool {
		return s.Scorecard == t.Scorecard && s.Verdict == t.Verdict && s.Level == t.Level && equality.Semantic.DeepEqual(s.Percent, t.Percent)
	}) && slices.EqualFunc(a.Status.Workloads, b.Status.Workloads, func(v, w catalog.WorkloadStatus) bool {
		return v.Kind == w.Kind && v.Namespace == w.Namespace && v.Name == w.Name
	})
}

func compareNames(a, b types.NamespacedName) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}

// memory is what a workload ran before, once that was read.
type memory struct {
	templates catalog.Templates
	read      bool
}

// recall answers what a workload ran before, if that is known and nothing happened to it since. Else it notes that it is
// about to be read.
func (x *index) recall(namespace, key string) (m *memory, known bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if m := x.ran[namespace][key]; m != nil && m.read {
		return m, true
	}
	if x.ran[namespace] == nil {
		x.ran[namespace] = map[string]*memory{}
	}
	m = &memory{}
	x.ran[namespace][key] = m
	return m, false
}

// learn keeps what was read, unless something has happened to the workload since recall answered m.
func (x *index) learn(namespace, key string, m *memory, templates catalog.Templates) *memory {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := &memory{templates, true}
	if x.ran[namespace][key] == m {
		x.ran[namespace][key] = now
	}
	return now
}

// rolled forgets the templates of a workload of which something else runs now, and says whether they were known.
func (x *index) rolled(namespace, key string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, known := x.ran[namespace][key]
	delete(x.ran[namespace], key)
	return known
}

// retain forgets the templates of those workloads of a namespace that are not kept as they are any more.
func (x *index) retain(namespace string, specs map[string]*catalog.DeployGateSpec) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key := range x.ran[namespace] {
		blocked := false
		for _, s := range specs {
			blocked = blocked || s.Blocked[key] != ""
		}
		if !blocked {
			delete(x.ran[namespace], key)
		}
	}
	if len(x.ran[namespace]) == 0 {
		delete(x.ran, namespace)
	}
}
