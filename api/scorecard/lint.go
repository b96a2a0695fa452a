package scorecard

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// maxExpression is what the schema allows; a file that no API server has seen is held to it too, before it is parsed.
const maxExpression = 2048

// lint is what the schema of the CRD refuses and a compiler needs: names that lead somewhere, and bounds.
func lint(spec *catalog.ScorecardSpec) field.ErrorList {
	var errs field.ErrorList
	root := field.NewPath("spec")
	if len(spec.AppliesTo.Kinds) == 0 {
		errs = append(errs, field.Required(root.Child("appliesTo", "kinds"), "say which kinds are judged"))
	}
	errs = append(errs, lintWords(spec)...)
	if len(spec.Checks) == 0 {
		errs = append(errs, field.Required(root.Child("checks"), "say what is asked"))
	}
	if len(spec.Checks) > maxChecks {
		errs = append(errs, field.TooMany(root.Child("checks"), len(spec.Checks), maxChecks))
	}
	known := func(l catalog.Word) bool {
		return slices.ContainsFunc(spec.Levels, func(s catalog.ScorecardLevel) bool { return s.Name == l })
	}
	names := map[catalog.CheckName]bool{}
	for i := range spec.Checks {
		c, path := &spec.Checks[i], root.Child("checks").Index(i)
		if names[c.Name] {
			errs = append(errs, field.Duplicate(path.Child("name"), c.Name))
		}
		names[c.Name] = true
		if c.Level != "" && !known(c.Level) {
			errs = append(errs, field.NotFound(path.Child("level"), c.Level))
		}
	}
	mark := func(m *catalog.PassMark, path *field.Path) {
		if (m.Level == "") == (m.Score == nil) {
			errs = append(errs, field.Invalid(path, "", "set either level or score"))
		} else if m.Level != "" && !known(m.Level) {
			errs = append(errs, field.NotFound(path.Child("level"), m.Level))
		}
	}
	mark(&spec.Passing, root.Child("passing"))
	for i := range spec.Overrides {
		o, path := &spec.Overrides[i], root.Child("overrides").Index(i)
		if o.Passing != (catalog.PassMark{}) {
			mark(&o.Passing, path.Child("passing"))
		}
		for j, w := range o.Weights {
			if !names[w.Check] {
				errs = append(errs, field.NotFound(path.Child("weights").Index(j).Child("check"), w.Check))
			}
		}
		for j, d := range o.Disabled {
			if !names[d] {
				errs = append(errs, field.NotFound(path.Child("disabled").Index(j), d))
			}
		}
	}
	return errs
}

// lintWords holds words and numbers to what the schema allows: a file may not have met it.
func lintWords(spec *catalog.ScorecardSpec) field.ErrorList {
	var errs field.ErrorList
	root := field.NewPath("spec")
	if m := spec.Mode; m != "" && m != catalog.ScorecardDraft && m != catalog.ScorecardActive {
		errs = append(errs, field.NotSupported(root.Child("mode"), m, []catalog.ScorecardMode{catalog.ScorecardDraft, catalog.ScorecardActive}))
	}
	var kinds []catalog.ScoredKind
	for _, k := range relation.Kinds() {
		kinds = append(kinds, catalog.ScoredKind(k.ObjectKind()))
	}
	for i, k := range spec.AppliesTo.Kinds {
		if !slices.Contains(kinds, k) {
			errs = append(errs, field.NotSupported(root.Child("appliesTo", "kinds").Index(i), k, kinds))
		}
	}
	percent := func(n *int32, path *field.Path) {
		if n != nil && (*n < 0 || *n > 100) {
			errs = append(errs, field.Invalid(path, *n, "must be between 0 and 100"))
		}
	}
	for i := range spec.Checks {
		c, path := &spec.Checks[i], root.Child("checks").Index(i)
		for _, why := range validation.IsDNS1123Label(string(c.Name)) {
			errs = append(errs, field.Invalid(path.Child("name"), c.Name, why))
		}
		percent(c.Weight, path.Child("weight"))
		for j, e := range c.Evidence {
			if !strings.HasPrefix(string(e), "workloads.") {
				errs = append(errs, field.Invalid(path.Child("evidence").Index(j), e,
					"must be a path below workloads without indexes, such as workloads.spec.replicas"))
			}
		}
	}
	percent(spec.Passing.Score, root.Child("passing", "score"))
	for i := range spec.Overrides {
		o, path := &spec.Overrides[i], root.Child("overrides").Index(i)
		if o.Name == "" {
			errs = append(errs, field.Required(path.Child("name"), "give the override a name"))
		}
		percent(o.Passing.Score, path.Child("passing", "score"))
		for j, w := range o.Weights {
			percent(w.Weight, path.Child("weights").Index(j).Child("weight"))
		}
	}
	return errs
}

// override is an override that is ready to match.
type override struct {
	name             catalog.Word
	systems, domains []relation.Ref
	labels           labels.Selector // nil: any
	passing          catalog.PassMark
	weights          map[catalog.CheckName]int64
	disabled         map[catalog.CheckName]bool
	system, domain   bool // asks for one
}

// maxChecks is how many checks the schema allows.
const maxChecks = 64

func (c *Compiled) compileOverrides(spec *catalog.ScorecardSpec) field.ErrorList {
	var errs field.ErrorList
	for i := range spec.Overrides {
		in, path := &spec.Overrides[i], field.NewPath("spec", "overrides").Index(i)
		out := override{name: in.Name, passing: c.passing, system: len(in.Systems) > 0, domain: len(in.Domains) > 0}
		if in.Passing != (catalog.PassMark{}) {
			out.passing = in.Passing
		}
		refs := func(from []catalog.EntityRef, kind relation.Kind, path *field.Path) (to []relation.Ref) {
			for j, r := range from {
				ref, err := relation.Parse(r, kind, "")
				if err == nil && ref.Kind != kind {
					err = errKind(kind)
				}
				if err != nil {
					errs = append(errs, field.Invalid(path.Index(j), string(r), err.Error()))
					continue
				}
				to = append(to, ref)
			}
			return to
		}
		out.systems = refs(in.Systems, relation.System, path.Child("systems"))
		out.domains = refs(in.Domains, relation.Domain, path.Child("domains"))
		if s := in.Selector; len(s.MatchLabels)+len(s.MatchExpressions) > 0 {
			selector, err := relation.Selector(s)
			if err != nil {
				errs = append(errs, field.Invalid(path.Child("selector"), "", err.Error()))
				selector = labels.Nothing()
			}
			out.labels = selector
		}
		out.weights, out.disabled = map[catalog.CheckName]int64{}, map[catalog.CheckName]bool{}
		for _, w := range in.Weights {
			if w.Weight != nil {
				out.weights[w.Check] = clampWeight(*w.Weight)
			}
		}
		for _, d := range in.Disabled {
			out.disabled[d] = true
		}
		c.override = append(c.override, out)
	}
	return errs
}

type errKind relation.Kind

// Error implements error.
func (k errKind) Error() string { return "must name a " + relation.Kind(k).ObjectKind() }

// matches says whether all that the override asks for holds; one that asks for nothing matches nothing.
func (o *override) matches(s *Subject) bool {
	in := &s.input
	switch {
	case !o.system && !o.domain && o.labels == nil:
		return false
	case o.system && !slices.Contains(o.systems, in.Ref) && !slices.Contains(o.systems, in.PermittedSystem):
		return false
	case o.domain && !slices.Contains(o.domains, in.Ref) &&
		!slices.ContainsFunc(in.PermittedDomains, func(d relation.Ref) bool { return slices.Contains(o.domains, d) }):
		return false
	}
	return o.labels == nil || o.labels.Matches(labels.Set(in.Entity.labels))
}
