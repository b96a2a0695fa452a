package visibility_test

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// thing is an entity in short.
type thing struct {
	ref           relation.Ref
	system, owner relation.Ref
	domain        relation.Ref // of a System
	parent        relation.Ref // of a Group or Domain
	children      []relation.Ref
	provides      []relation.Ref
	consumes      []relation.Ref
	dependsOn     []relation.Ref
	allowed       []relation.Ref
	visibility    catalog.Visibility
	consent       catalog.AllowedNamespaces
}

// object is the entity in full.
func (t *thing) object() catalog.Entity {
	m := metav1.ObjectMeta{Namespace: t.ref.Namespace, Name: t.ref.Name}
	switch t.ref.Kind {
	case relation.Component:
		return &catalog.Component{ObjectMeta: m, Spec: catalog.ComponentSpec{
			System: t.system.EntityRef(), Owner: t.owner.EntityRef(), ProvidesAPIs: texts(t.provides),
			ConsumesAPIs: texts(t.consumes), DependsOn: texts(t.dependsOn),
		}}
	case relation.Resource:
		return &catalog.Resource{ObjectMeta: m, Spec: catalog.ResourceSpec{
			System: t.system.EntityRef(), Owner: t.owner.EntityRef(), DependsOn: texts(t.dependsOn),
		}}
	case relation.API:
		return &catalog.API{ObjectMeta: m, Spec: catalog.APISpec{
			System: t.system.EntityRef(), Owner: t.owner.EntityRef(), Visibility: t.visibility, AllowedConsumers: texts(t.allowed),
		}}
	case relation.System:
		return &catalog.System{ObjectMeta: m, Spec: catalog.SystemSpec{
			Owner: t.owner.EntityRef(), Domain: t.domain.EntityRef(), AllowedNamespaces: t.consent,
		}}
	case relation.Domain:
		return &catalog.Domain{ObjectMeta: m, Spec: catalog.DomainSpec{
			Owner: t.owner.EntityRef(), SubdomainOf: t.parent.EntityRef(), AllowedNamespaces: t.consent,
		}}
	}
	return &catalog.Group{ObjectMeta: m, Spec: catalog.GroupSpec{
		Parent: t.parent.EntityRef(), Children: texts(t.children), AllowedNamespaces: t.consent,
	}}
}

func texts(refs []relation.Ref) []catalog.EntityRef {
	var out []catalog.EntityRef
	for _, r := range refs {
		out = append(out, r.EntityRef())
	}
	return out
}

// world is what the rule must agree with: slow, and written from the definitions alone.
type world struct {
	things map[relation.Ref]*thing
	labels map[string]map[string]string // of the namespaces whose labels are known
	came   []*thing                     // what came later, or came instead
}

func (w *world) get(r relation.Ref) *thing {
	for _, t := range w.came {
		if t.ref == r {
			return t
		}
	}
	return w.things[r]
}

func (w *world) with(came []*thing) *world {
	return &world{things: w.things, labels: w.labels, came: came}
}

// permits says whether a target grants what is claimed of it from a namespace.
func (w *world) permits(target *thing, from string) bool {
	if from == "" || from == target.ref.Namespace {
		return true
	}
	switch target.consent.From {
	case catalog.FromAll:
		return true
	case catalog.FromSelector:
		set, told := w.labels[from]
		if !told {
			set = map[string]string{nameKey: from}
		}
		return selects(target.consent.Selector, set)
	}
	return false
}

const nameKey = "kubernetes.io/metadata.name"

func selects(s catalog.LabelSelector, set map[string]string) bool {
	for k, v := range s.MatchLabels {
		if got, ok := set[k]; !ok || got != string(v) {
			return false
		}
	}
	for _, r := range s.MatchExpressions {
		got, ok := set[r.Key]
		among := ok && slices.Contains(r.Values, catalog.LabelValue(got))
		if !map[catalog.LabelOperator]bool{"In": among, "NotIn": !among, "Exists": ok, "DoesNotExist": !ok}[r.Operator] {
			return false
		}
	}
	return len(s.MatchLabels)+len(s.MatchExpressions) > 0
}

// member returns the System of an entity, by permitted membership.
func (w *world) member(t *thing) *thing {
	if s := w.get(t.system); s != nil && w.permits(s, t.ref.Namespace) {
		return s
	}
	return nil
}

// up is the parent of a Domain or Group; of one that does not exist it is none.
func (w *world) up(r relation.Ref) relation.Ref {
	t := w.get(r)
	switch {
	case t == nil || t.parent == r:
		return relation.Ref{}
	case !t.parent.IsZero() && w.get(t.parent) != nil:
		return t.parent
	case !t.parent.IsZero() || r.Kind != relation.Group:
		return relation.Ref{}
	}
	var first relation.Ref
	try := func(l *thing) {
		if l.ref != r && slices.Contains(l.children, r) && (first.IsZero() || relation.Compare(l.ref, first) < 0) {
			first = l.ref
		}
	}
	for _, l := range w.groups() {
		try(l)
	}
	return first
}

func (w *world) groups() []*thing {
	var out []*thing
	for _, t := range w.things {
		if t.ref.Kind == relation.Group && w.get(t.ref) == t {
			out = append(out, t)
		}
	}
	for _, t := range w.came {
		if t.ref.Kind == relation.Group {
			out = append(out, t)
		}
	}
	return out
}

// circular says that the way up comes back.
func (w *world) circular(r relation.Ref) bool {
	at := w.up(r)
	for range 50 {
		if at == r {
			return true
		}
		at = w.up(at)
	}
	return false
}

// line is a Domain or Group and all above it; a cycle is never followed.
func (w *world) line(r relation.Ref) []relation.Ref {
	var out []relation.Ref
	for ; w.get(r) != nil; r = w.up(r) {
		out = append(out, r)
		if w.circular(r) {
			break
		}
	}
	return out
}

// owner is the Group that owns an entity with everybody's consent.
func (w *world) owner(t *thing) relation.Ref {
	if o := w.get(t.owner); !t.owner.IsZero() {
		if o != nil && w.permits(o, t.ref.Namespace) && o.ref.Kind == relation.Group {
			return o.ref
		}
		return relation.Ref{}
	}
	var from *thing
	switch t.ref.Kind {
	case relation.System:
		if d := w.get(t.domain); d != nil && w.permits(d, t.ref.Namespace) {
			from = d
		}
	case relation.Domain:
		if !w.circular(t.ref) {
			from = w.get(w.up(t.ref))
		}
	default:
		from = w.member(t)
	}
	if from == nil {
		return relation.Ref{}
	}
	return w.owner(from)
}

// allows says by which rule, if any, a consumer may use an API.
func (w *world) allows(consumer, api relation.Ref) (visibility.Rule, relation.Ref) {
	a, c := w.get(api), w.get(consumer)
	if a == nil {
		return "", relation.Ref{}
	}
	if a.visibility == catalog.VisibilityPublic {
		return visibility.RulePublic, relation.Ref{}
	}
	var mine *thing
	if c != nil {
		mine = w.member(c)
	}
	if mine != nil && w.member(a) == mine {
		return visibility.RuleSameSystem, mine.ref
	}
	if a.visibility == catalog.VisibilityPrivate {
		if c != nil && a.system.IsZero() && c.ref.Namespace == a.ref.Namespace && slices.Contains(c.provides, api) {
			return visibility.RuleProvider, relation.Ref{}
		}
		return "", relation.Ref{}
	}
	for _, entry := range a.allowed {
		switch {
		case entry == consumer:
			return visibility.RuleComponent, entry
		case mine != nil && entry == mine.ref:
			return visibility.RuleSystem, entry
		case entry.Kind == relation.Domain && mine != nil:
			if d := w.get(mine.domain); d != nil && w.permits(d, mine.ref.Namespace) && slices.Contains(w.line(d.ref), entry) {
				return visibility.RuleDomain, entry
			}
		case entry.Kind == relation.Group && c != nil && slices.Contains(w.line(w.owner(c)), entry):
			return visibility.RuleGroup, entry
		}
	}
	return "", relation.Ref{}
}

// judge is the verdict, and of an Allowed one or Denied one its rule.
func (w *world) judge(consumer, api relation.Ref) (visibility.Decision, visibility.Rule, relation.Ref) {
	if w.get(api) == nil {
		return visibility.Undecided, visibility.RuleNoAPI, relation.Ref{}
	}
	if rule, by := w.allows(consumer, api); rule != "" {
		return visibility.Allowed, rule, by
	}
	may := false
	if w.get(consumer) != nil {
		w.futures(w.get(consumer), w.get(api), func(f *world) bool {
			rule, _ := f.allows(consumer, api)
			may = rule != ""
			return !may
		})
	}
	switch {
	case may:
		return visibility.Undecided, visibility.RulePending, relation.Ref{}
	case w.get(api).visibility == catalog.VisibilityPrivate:
		return visibility.Denied, visibility.RulePrivate, relation.Ref{}
	}
	return visibility.Denied, visibility.RuleNotListed, relation.Ref{}
}
