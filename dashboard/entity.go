package dashboard

import (
	"net/http"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// entityRoutes binds the pages of single objects.
func (s *server) entityRoutes(mux *http.ServeMux) {
	mux.Handle("GET /components/{namespace}/{name}", page(s, "component", s.component))
	mux.Handle("GET /apis/{namespace}/{name}", page(s, "api", s.api))
	mux.Handle("GET /resources/{namespace}/{name}", page(s, "resource", s.resource))
	mux.Handle("GET /systems/{namespace}/{name}", page(s, "system", s.system))
	mux.Handle("GET /domains/{name}", page(s, "domain", s.domainPage))
	mux.Handle("GET /groups/{name}", page(s, "group", s.group))
	mux.Handle("GET /users/{name}", page(s, "user", s.user))
	s.diagramRoutes(mux)
	s.referenceRoutes(mux)
	mux.Handle("GET /scorecards/{name}", page(s, "scorecard", s.scorecard))
	mux.Handle("GET /exemptions/{namespace}/{name}", page(s, "exemption", s.exemption))
}

// entityView is what the pages of all entities show.
type entityView struct {
	link
	Description string          `json:"description,omitempty"`
	Type        string          `json:"type,omitempty"`
	Lifecycle   string          `json:"lifecycle,omitempty"`
	Tags        []Link          `json:"tags,omitempty"`
	Links       []outside       `json:"links,omitempty"`
	Health      catalog.Health  `json:"health,omitempty"`
	Score       string          `json:"score,omitempty"`
	Owner       *owner          `json:"owner,omitempty"`
	System      *link           `json:"system,omitempty"`
	Domain      *link           `json:"domain,omitempty"`
	Conditions  []condition     `json:"conditions"`
	Missing     []Empty         `json:"missing,omitempty"`
	Scores      []score         `json:"scores,omitempty"`
	Exemptions  []exemptionLine `json:"exemptions,omitempty"`
	Happened    *happened       `json:"events,omitempty"`
	Picture     *picture        `json:"relations,omitempty"`
	Manifest    manifest        `json:"manifest"`
	// Protected counts those of other owners who would miss the entity, so that it cannot be deleted.
	Protected int32    `json:"foreignDependents,omitempty"`
	Kubectl   commands `json:"kubectl"`
	Notes     []Note   `json:"notes,omitempty"`
}

// done ends the gathering of a page: it says what is named and not there, what is not shown yet, or what went wrong.
func (l *sight) done(v *entityView) error {
	v.Missing = append(v.Missing, l.absent(parseFull(catalog.FullRef(v.Ref)))...)
	v.Notes = l.notes()
	return l.err
}

// commands do with kubectl what sections of a page show.
type commands struct {
	Get      string `json:"get"`
	Describe string `json:"describe"`
	Events   string `json:"events"`
	Scores   string `json:"scores,omitempty"`
	Explain  string `json:"explain,omitempty"`
}

// Crumbs lead to the list of the kind, and to those of the same namespace.
func (v *entityView) Crumbs() []Link {
	k := parseFull(catalog.FullRef(v.Ref)).Kind
	out := []Link{{Text: v.Kind + "s", URL: "/" + plurals[k]}}
	if v.Namespace != "" {
		out = append(out, Link{v.Namespace, listPath(k, index.FacetNamespace, v.Namespace)})
	}
	return append(out, Link{Text: v.Name})
}

// Badges sum up how the entity stands.
func (v *entityView) Badges() []Badge {
	out := []Badge{{Text: v.Type, Tone: "info"}, {Text: v.Lifecycle, Tone: "calm"}}
	if v.Health != "" {
		out = append(out, healthBadge(v.Health))
	}
	if v.Score != "" {
		out = append(out, Badge{Text: v.Score, Tone: "calm", Title: "Score"})
	}
	for _, c := range v.Conditions {
		if c.Type == catalog.ConditionReady {
			out = append(out, c.Badge)
		}
	}
	return out
}

// PageTitle is what stands in the window's title.
func (v *entityView) PageTitle() string { return v.Text + " · " + v.Kind }

// asked is the entity that a path names, if the reader may get it, with what he sees. What is not there and what he may not
// get are answered alike.
func asked[E catalog.Entity](s *server, r *request, k relation.Kind) (*sight, E, error) {
	var none E
	l := s.sightOf(r)
	ref := relation.Ref{Kind: k, Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
	if !l.sees(ref) {
		return nil, none, orNotFound(l.err)
	}
	e, found, err := s.Catalog.Entity(l.ctx, ref)
	if err != nil || !found {
		return nil, none, orNotFound(err)
	}
	if e, ok := e.(E); ok {
		return l, e, nil
	}
	return nil, none, notFound
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return notFound
}

// entityOf gathers what all kinds show.
func (l *sight) entityOf(e catalog.Entity, d catalog.Descriptor) entityView {
	ref, st := relation.RefOf(e), e.EntityStatus()
	v := entityView{
		link:        link{Ref: ref.String(), Kind: ref.Kind.ObjectKind(), Namespace: ref.Namespace, Name: ref.Name, Text: ref.Name, URL: refURL(ref)},
		Description: d.Description, Links: linksOf(e, d), Health: st.Summary.Health, Score: st.Summary.Score,
		Conditions: conditionsOf(st.Conditions), Manifest: manifestOf(e), Protected: st.ForeignDependents, Kubectl: commandsOf(ref, len(st.Scores) > 0),
	}
	if d.Title != "" {
		v.Text = d.Title
	}
	for _, t := range d.Tags {
		v.Tags = append(v.Tags, Link{string(t), listPath(ref.Kind, index.FacetTag, string(t))})
	}
	v.Owner = l.ownerOf(st)
	v.System = l.stated(st.System)
	v.Domain = l.domainOf(st)
	v.Scores = l.scoresOf(st)
	v.Exemptions = l.exemptionsOf(ref)
	v.Happened = l.happenedTo(ref)
	v.Picture = l.around(ref)
	return v
}

// domainOf is the Domain of the System that an entity belongs to, if the reader may get both.
func (l *sight) domainOf(st *catalog.EntityStatus) *link {
	system := parseFull(st.System)
	row, found := l.row(system)
	if !found || row.Domain == "" {
		return nil
	}
	ref := relation.Ref{Kind: relation.Domain, Name: row.Domain}
	if !l.sees(ref) {
		return nil
	}
	out := l.link(ref)
	return &out
}

// reason is the reason of a condition, empty if it is not set.
func reason(st *catalog.EntityStatus, kind string) string {
	if c := meta.FindStatusCondition(st.Conditions, kind); c != nil {
		return c.Reason
	}
	return ""
}

func commandsOf(ref relation.Ref, judged bool) commands {
	kind := strings.ToLower(ref.Kind.ObjectKind())
	events := ref.Namespace
	if events == "" {
		events = "default" // where events of cluster-scoped objects are kept
	}
	out := commands{
		Get:      kubectl(object("get", plurals[ref.Kind], ref.Namespace, ref.Name)...),
		Describe: kubectl(object("describe", plurals[ref.Kind], ref.Namespace, ref.Name)...),
		Events:   kubectl("events", "--for="+kind+"/"+ref.Name, "-n", events),
		Explain:  kubectl("explain", kind+".spec"),
	}
	if judged { // else the plugin has nothing to explain
		out.Scores = kubectl("callboard", "score", "explain", pluginRef(ref))
	}
	return out
}

// object are the words that name an object to kubectl, after a verb.
func object(verb, plural, namespace, name string) []string {
	if namespace == "" {
		return []string{verb, plural, name}
	}
	return []string{verb, plural, name, "-n", namespace}
}

// pluginRef names an entity as the plugin takes it.
func pluginRef(ref relation.Ref) string {
	if ref.Namespace == "" {
		return ref.Kind.String() + "/" + ref.Name
	}
	return ref.Kind.String() + "/" + ref.Namespace + "/" + ref.Name
}

// objectURL is the address of the page of an object that is no entity.
func objectURL(plural, namespace, name string) string {
	if namespace == "" {
		return "/" + plural + "/" + url.PathEscape(name)
	}
	return "/" + plural + "/" + url.PathEscape(namespace) + "/" + url.PathEscape(name)
}

// All are the commands that belong to no section.
func (c commands) All() []string { return []string{c.Get, c.Explain} }
