package dashboard

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/lru"
	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// apiView is what the page of an API shows.
type apiView struct {
	entityView
	Visibility string `json:"visibility"`
	// Who says in a sentence who may consume it.
	Who string `json:"who"`
	// Allowed are the entries of allowedConsumers.
	Allowed    []link    `json:"allowedConsumers,omitempty"`
	Definition defined   `json:"definition"`
	Providers  items     `json:"providers"`
	Consumers  uses      `json:"consumers"`
	Counts     apiCounts `json:"counts"`
	Impact     impact    `json:"impact"`
	Plugin     string    `json:"whoCanUse"`
	// Question is whether a Component that the reader names may consume it; nil if he names none.
	Question *question `json:"question,omitempty"`
	Badge    Badge     `json:"-"`
}

// question is whether a Component may consume an API.
type question struct {
	Consumer string `json:"consumer"`
	Answer   *use   `json:"answer,omitempty"`
	// Wrong says why there is no answer.
	Wrong string `json:"wrong,omitempty"`
}

// apiCounts are the numbers that the status holds.
type apiCounts struct {
	Providers int32 `json:"providers"`
	Consumers int32 `json:"consumers"`
	Denied    int32 `json:"denied"`
}

// defined is what is known of the definition of an API.
type defined struct {
	// Reference is the page that shows it; empty if there is none.
	Reference string `json:"reference,omitempty"`
	// From names the ConfigMap that holds it.
	From string `json:"from,omitempty"`
	// Facts are nil if it does not stand in the API itself, or cannot be read.
	Facts *definition.Facts `json:"facts,omitempty"`
	// Wrong says why it cannot be read.
	Wrong string `json:"wrong,omitempty"`
}

func (s *server) api(r *request) (*apiView, error) {
	l, a, err := asked[*catalog.API](s, r, relation.API)
	if err != nil {
		return nil, err
	}
	ref := relation.RefOf(a)
	v := &apiView{
		entityView: l.entityOf(a, a.Spec.Descriptor), Visibility: string(visibilityOf(a)), Who: whoMay(a),
		Definition: s.facts.definedBy(a), Providers: l.related(a, apiProvidedBy), Consumers: l.consumersOf(a),
		Counts: apiCountsOf(a.Status.Summary), Impact: l.impactOf(ref), Badge: visibilityBadge(visibilityOf(a)),
		Plugin: kubectl("callboard", "who-can-use", pluginRef(ref)),
	}
	v.Question = l.question(ref)
	for _, c := range a.Spec.AllowedConsumers {
		v.Allowed = append(v.Allowed, l.allowed(c, a.Namespace))
	}
	v.Type, v.Lifecycle = string(a.Spec.Type), string(a.Spec.Lifecycle)
	v.Missing = lacks(ref, noOwner(&a.Status), noDescription(a.Spec.Descriptor), noSystem(a.Spec.System), noDefinition(a), noVisibility(a),
		noProvider(a), noLinks(a.Spec.Descriptor))
	return v, l.done(&v.entityView)
}

// question answers whether the Component that the address names may consume an API, by the rule that admission applies.
func (l *sight) question(api relation.Ref) *question {
	name := strings.TrimSpace(l.query.Get("consumer"))
	if name == "" {
		return nil
	}
	short, _ := markdown.Cut(name, maxValue)
	out := &question{Consumer: strings.ToValidUTF8(short, "\uFFFD")}
	ref, err := relation.Parse(catalog.EntityRef(strings.ToLower(name)), relation.Component, api.Namespace)
	if err != nil || ref.Kind != relation.Component {
		out.Wrong = "Name a Component as namespace/name, or by its name alone if it is in the namespace " + api.Namespace + "."
		return out
	}
	if _, found := l.row(ref); !found {
		out.Wrong = "There is no " + ref.String() + ", or you may not get it."
		return out
	}
	answer := l.judged(l.item(ref), ref, api)
	out.Answer = &answer
	return out
}

// Consumer is what was asked about, to be asked again.
func (v *apiView) Consumer() string {
	if v.Question == nil {
		return ""
	}
	return v.Question.Consumer
}

// allowed is an entry of allowedConsumers as it stands in the spec, with a link if the reader may get what it names.
func (l *sight) allowed(name catalog.EntityRef, namespace string) link {
	ref, err := relation.Parse(name, relation.KindNone, namespace)
	if err != nil {
		return link{Ref: string(name), Name: string(name), Text: string(name)}
	}
	return l.link(ref)
}

func visibilityOf(a *catalog.API) catalog.Visibility {
	if a.Spec.Visibility == "" {
		return catalog.VisibilityPublic
	}
	return a.Spec.Visibility
}

func whoMay(a *catalog.API) string {
	switch visibilityOf(a) {
	case catalog.VisibilityPublic:
		return "Any component may consume it."
	case catalog.VisibilityPrivate:
		return "Only components of its own System may consume it."
	}
	return "Components of its own System may consume it, and those that allowedConsumers names, directly or through their System, Domain or owner."
}

func apiCountsOf(s catalog.Summary) apiCounts {
	n := func(p *int32) int32 {
		if p == nil {
			return 0
		}
		return *p
	}
	return apiCounts{n(s.Providers), n(s.Consumers), n(s.Denied)}
}

// definedBy says what the definition says, as far as it stands in the API itself.
func (f factsOfDefinitions) definedBy(a *catalog.API) defined {
	var out defined
	if from := a.Spec.DefinitionFrom.ConfigMap; from != (catalog.ConfigMapKey{}) {
		out.From = from.Name + ", key " + from.Key
	}
	if out.From != "" || a.Spec.Definition != "" {
		out.Reference = refURL(relation.RefOf(a)) + "/reference"
	}
	if a.Spec.Definition == "" {
		return out
	}
	read := f.of(string(a.Spec.Type), a.Spec.Definition)
	if out.Wrong = read.wrong; out.Wrong == "" && read.facts.Format != "" {
		out.Facts = &read.facts
	}
	return out
}

// maxFacts is how many bytes of what definitions say are remembered.
const maxFacts = 4 << 20

// factsOfDefinitions remembers what definitions say, since to read a long one takes its time.
type factsOfDefinitions struct {
	kept *lru.Cache[[sha256.Size]byte, readDefinition]
}

type readDefinition struct {
	facts definition.Facts
	wrong string
}

func newFacts() factsOfDefinitions {
	return factsOfDefinitions{lru.New[[sha256.Size]byte, readDefinition](maxFacts)}
}

func (f factsOfDefinitions) of(apiType, text string) readDefinition {
	key := sha256.Sum256([]byte(apiType + "\n" + text))
	if found, ok := f.kept.Get(key); ok {
		return found
	}
	facts, err := definition.FactsOf(apiType, text)
	out := readDefinition{facts: facts}
	if err != nil {
		out.wrong, _ = markdown.Cut(err.Error(), 1024)
	}
	f.kept.Put(key, out, out.size())
	return out
}

// size is about how many bytes it takes.
func (d readDefinition) size() int {
	const itself, word = 512, 16
	n := itself + len(d.wrong) + len(d.facts.Title) + len(d.facts.Version)
	for _, list := range [][]string{d.facts.Undocumented, d.facts.Deprecated, d.facts.Servers, d.facts.Auth} {
		for _, s := range list {
			n += word + len(s)
		}
	}
	return n
}

func noDefinition(a *catalog.API) gap {
	return gap{a.Spec.Definition == "" && a.Spec.DefinitionFrom == (catalog.DefinitionSource{}), "A definition",
		"Without it there is no reference to read, and no operation to search for.",
		"spec:\n  definition: |\n    openapi: 3.1.0\n    info: {title: My API, version: 1.0.0}\n    paths: {}"}
}

func noVisibility(a *catalog.API) gap {
	return gap{a.Spec.Visibility == "", "Who may consume it", "Nothing is said, so any component may. Say so, or say who.",
		"spec:\n  visibility: Restricted\n  allowedConsumers: [\"system:my-namespace/my-system\"]"}
}

func noProvider(a *catalog.API) gap {
	none := !slices.ContainsFunc(a.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == apiProvidedBy })
	return gap{none, "A provider", "Nobody knows what runs it. The Component that does says so:", "kind: Component\nspec:\n  providesApis: [" + scalar(a.Name) + "]"}
}
