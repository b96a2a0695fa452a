package status

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func owned(e catalog.Entity, v relation.View) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(catalog.ConditionOwned, status, reason, message)
	}
	o := v.Owner
	where := "spec.owner"
	if !o.From.IsZero() {
		where = "The owner inherited from " + o.From.String()
	}
	switch {
	case o.Ref.IsZero():
		return is(metav1.ConditionFalse, catalog.ReasonNoOwner, noOwner(e))
	case o.State == relation.NotFound:
		return is(metav1.ConditionFalse, catalog.ReasonOwnerNotFound,
			fmt.Sprintf("%s: %s does not exist: create it or name another owner", where, o.Ref))
	case o.Inactive:
		return is(metav1.ConditionFalse, catalog.ReasonOwnerInactive,
			fmt.Sprintf("%s: %s has no members left, in it or below it: add members or name another owner", where, o.Ref))
	}
	reason, message := catalog.ReasonDeclared, fmt.Sprintf("Owned by %s", o.Ref)
	if !o.From.IsZero() {
		reason, message = catalog.ReasonInherited, fmt.Sprintf("Owned by %s, inherited from %s", o.Ref, o.From)
	}
	if o.State == relation.Claimed {
		message += "; only claimed: " + claimed(o.Ref, e.GetNamespace())
	}
	return is(metav1.ConditionTrue, reason, message)
}

func noOwner(e catalog.Entity) string {
	switch e.(type) {
	case *catalog.System:
		return "No owner is declared, and there is no Domain with one to inherit: set spec.owner"
	case *catalog.Domain:
		return "No owner is declared, and there is no parent Domain with one to inherit: set spec.owner"
	}
	return "No owner is declared, and there is no System or Domain with one to inherit: set spec.owner"
}

func claimed(target relation.Ref, namespace string) string {
	return fmt.Sprintf("the allowedNamespaces of %s do not cover namespace %s", target, namespace)
}

// finding is one fault, with the reason that it would give a condition.
type finding struct{ reason, text string }

// resolved speaks of all references but the owner's, the worst first.
func resolved(e catalog.Entity, v relation.View) metav1.Condition {
	var notes []string
	var found []finding
	note := func(reason, text string) { found = append(found, finding{reason, text}) }
	for _, p := range v.Problems {
		if p.Field == relation.FieldOwner && p.Why == "" && p.State != relation.Self {
			continue
		}
		if p.State == relation.Claimed {
			notes = append(notes, fmt.Sprintf("%s: only claimed: %s", p.Path, claimed(p.Target, e.GetNamespace())))
			continue
		}
		r, text := problem(p)
		note(r, p.Path+": "+text)
	}
	if len(v.Cycle) > 0 {
		note(catalog.ReasonCycle, parentPath(v.Ref.Kind)+": "+cycle(v.Cycle))
	}
	for _, r := range v.Rivals {
		note(catalog.ReasonDisagreement,
			fmt.Sprintf("spec.parent: the parent is %s, and %s names this group among its children: let both say the same", v.Parent, r))
	}
	if len(found) > 0 {
		slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(severity[b.reason], severity[a.reason]) })
		texts := make([]string, len(found))
		for i, f := range found {
			texts[i] = f.text
		}
		return condition(catalog.ConditionReferencesResolved, metav1.ConditionFalse, found[0].reason, join(texts))
	}
	return condition(catalog.ConditionReferencesResolved, metav1.ConditionTrue, catalog.ReasonResolved,
		join(append([]string{"All references resolve"}, notes...)))
}

// severity orders the reasons for which a reference does not resolve.
var severity = map[string]int{
	catalog.ReasonRefInvalid: 5, catalog.ReasonCycle: 4, catalog.ReasonRefNotPermitted: 3, catalog.ReasonRefNotFound: 2,
	catalog.ReasonDisagreement: 1,
}

func problem(p relation.Problem) (reason, text string) {
	switch p.State {
	case relation.NotFound:
		return catalog.ReasonRefNotFound, fmt.Sprintf("%s does not exist: create it or correct the name", p.Target)
	case relation.NotPermitted:
		return catalog.ReasonRefNotPermitted, fmt.Sprintf("%s does not exist or does not permit this: %s", p.Target, remedy(p.Field))
	case relation.Disagrees:
		return catalog.ReasonDisagreement, fmt.Sprintf("%s names another parent: let both say the same", p.Target)
	case relation.Self:
		return catalog.ReasonCycle, "the entity names itself: name another or leave it out"
	}
	return catalog.ReasonRefInvalid, p.Why
}

// remedy says what opens a target in another namespace. It must not depend on whether the target exists.
func remedy(f relation.Field) string {
	if f == relation.FieldSystem {
		return "ask its owner to cover this namespace in allowedNamespaces"
	}
	return "both must be members of one System, by its consent"
}

func parentPath(k relation.Kind) string {
	switch k {
	case relation.Domain:
		return "spec.subdomainOf"
	case relation.Component:
		return "spec.subcomponentOf"
	}
	return "spec.parent"
}

// maxCycle is how many members of a cycle a message names.
const maxCycle = 10

func cycle(refs []relation.Ref) string {
	names := make([]string, 0, maxCycle+2)
	for _, r := range refs[:min(len(refs), maxCycle)] {
		names = append(names, r.String())
	}
	if more := len(refs) - maxCycle; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return "forms the cycle " + strings.Join(append(names, refs[0].String()), " → ") + ": change one of them"
}

func definitionValid(a *catalog.API, d Definition) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(catalog.ConditionDefinitionValid, status, reason, message)
	}
	path := "spec.definition"
	if a.Spec.DefinitionFrom != (catalog.DefinitionSource{}) {
		path = "spec.definitionFrom.configMap"
	}
	switch {
	case d.Missing != "":
		return is(metav1.ConditionFalse, catalog.ReasonDefinitionNotFound, path+": "+d.Missing)
	case d.Wrong != "":
		return is(metav1.ConditionFalse, catalog.ReasonDefinitionInvalid,
			fmt.Sprintf("%s: not %s as spec.type says: %s", path, a.Spec.Type, clip(d.Wrong)))
	case a.Spec.Definition == "" && a.Spec.DefinitionFrom == (catalog.DefinitionSource{}):
		return is(metav1.ConditionTrue, catalog.ReasonNotRequired, "No definition is declared")
	}
	return is(metav1.ConditionTrue, catalog.ReasonDefinitionParsed, "The definition can be parsed")
}

func linked(o Observation) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(catalog.ConditionWorkloadsLinked, status, reason, message)
	}
	w := o.Workloads
	switch l := w.Link; {
	case !l.Needed:
		return is(metav1.ConditionTrue, catalog.ReasonNotRequired, "Nothing in the cluster runs it: it is a library or external")
	case l.Bad != "":
		return is(metav1.ConditionFalse, catalog.ReasonSelectorInvalid, l.Field+": "+clip(l.Bad))
	case !w.Permitted:
		return is(metav1.ConditionFalse, catalog.ReasonWorkloadsNotPermitted,
			fmt.Sprintf("%s: namespace %s does not exist or does not permit this: ask for its annotation %s",
				l.Field, l.Namespace, catalog.AnnotationWorkloadsFor))
	case len(w.Conflicts) > 0:
		var texts []string
		for _, c := range w.Conflicts {
			texts = append(texts, fmt.Sprintf("%s %s/%s is claimed by %s as well: let one of them go",
				c.Key.Kind, c.Key.Namespace, c.Key.Name, names(c.Rivals)))
		}
		return is(metav1.ConditionFalse, catalog.ReasonWorkloadConflict, join(texts))
	case len(w.Workloads) > 0:
		return is(metav1.ConditionTrue, catalog.ReasonLinked, "Linked to what runs it")
	case l.Declared:
		return is(metav1.ConditionFalse, catalog.ReasonWorkloadsNotFound,
			fmt.Sprintf("%s: no workload in namespace %s matches: deploy it or correct the link", l.Field, l.Namespace))
	}
	return is(metav1.ConditionTrue, catalog.ReasonNotRequired,
		"No workload carries its name in a label, and spec.workloads declares none")
}

func healthy(o Observation) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(catalog.ConditionHealthy, status, reason, message)
	}
	w := o.Workloads
	switch {
	case !w.Link.Needed:
		return is(metav1.ConditionTrue, catalog.ReasonNotRequired, "Nothing in the cluster runs it: it is a library or external")
	case len(w.Workloads) == 0:
		return is(metav1.ConditionUnknown, catalog.ReasonNoWorkloads, "No workload is linked")
	case w.Health == relation.Healthy:
		return is(metav1.ConditionTrue, string(catalog.HealthHealthy), "All that should run runs")
	}
	worst := w.Workloads[0]
	return is(metav1.ConditionFalse, camelCase(worst.Reason, string(worst.Health.Catalog())),
		fmt.Sprintf("%s %s/%s is %s: %s", worst.Key.Kind, worst.Key.Namespace, worst.Key.Name, worst.Health.Catalog(), worst.Reason))
}

var reasonPattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`)

// camelCase is the reason if a condition can hold it, else the other one: a container runtime may write anything.
func camelCase(reason, other string) string {
	if reasonPattern.MatchString(reason) {
		return reason
	}
	return other
}

// maxTexts and maxText bound a message.
const (
	maxTexts = 5
	maxText  = 1024
)

// join makes one message of several, of which it names the first.
func join(texts []string) string {
	if more := len(texts) - maxTexts; more > 0 {
		texts = append(texts[:maxTexts:maxTexts], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

func names(refs []relation.Ref) string {
	texts := make([]string, len(refs))
	for i, r := range refs {
		texts[i] = r.String()
	}
	if more := len(texts) - maxTexts; more > 0 {
		texts = append(texts[:maxTexts:maxTexts], fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}

// clip bounds a text of others.
func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Problems says, a sentence each with its field, which references of an entity do not resolve as things stand.
func Problems(problems []relation.Problem) []string {
	var out []string
	for _, p := range problems {
		if p.State != relation.Claimed {
			_, text := problem(p)
			out = append(out, p.Path+": "+text)
		}
	}
	return out
}
