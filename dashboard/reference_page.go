package dashboard

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

// referenceView is what the pages of an API's reference show.
type referenceView struct {
	API link `json:"api"`
	// Reference is an Overview, Item, Source or Broken of package reference; nil if there is no definition.
	Reference any `json:"reference,omitempty"`
	// Explorer is the page on which the API can be tried; empty if there is none.
	Explorer string `json:"explorer,omitempty"`
	// Missing says why there is none.
	Missing *Empty        `json:"missing,omitempty"`
	Kubectl []string      `json:"kubectl"`
	HTML    template.HTML `json:"-"`
	Crumbs  []Link        `json:"-"`
	Text    string        `json:"-"` // what is looked for in it
	Path    string        `json:"-"` // where to look; empty if that is of no use
}

// configMaps is the permission to read a definition that stands in a ConfigMap.
var configMaps = access.Resource{Plural: "configmaps"}

// referenceRoutes binds the pages of API references.
func (s *server) referenceRoutes(mux *http.ServeMux) {
	const api = "GET /apis/{namespace}/{name}/"
	mux.Handle(api+"reference", page(s, "reference", s.overview))
	mux.Handle(api+"reference/{anchor}", page(s, "reference", s.entry))
	mux.Handle(api+"definition", s.definitionOrText())
	mux.Handle(api+"explorer", page(s, "explorer", s.explorer))
	mux.HandleFunc("POST /apis/{namespace}/{name}/try", s.try)
}

func (s *server) overview(r *request) (*referenceView, error) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	if utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) {
		return nil, badRequest("q must be text of " + strconv.Itoa(maxText) + " characters at most.")
	}
	return s.referred(r, func(d *definedAPI, routes reference.Routes) (any, error) {
		if text != "" {
			return d.doc.Search(text, routes), nil
		}
		return d.doc.Overview(number, routes), nil
	})
}

func (s *server) entry(r *request) (*referenceView, error) {
	return s.referred(r, func(d *definedAPI, routes reference.Routes) (any, error) {
		anchor := r.PathValue("anchor")
		if !d.doc.Has(anchor) {
			anchor, _ = d.doc.Find(anchor) // search names places its own way
		}
		item, found := d.doc.Item(anchor, routes)
		if !found {
			return nil, notFound
		}
		return item, nil
	})
}

func (s *server) definition(r *request) (*referenceView, error) {
	line, _ := strconv.Atoi(r.URL.Query().Get("line"))
	return s.referred(r, func(d *definedAPI, routes reference.Routes) (any, error) {
		return reference.NewSource(string(d.Spec.Type), d.text, line, routes), nil
	})
}

// referred makes a page of an API's definition, or says why there is none.
func (s *server) referred(r *request, view func(*definedAPI, reference.Routes) (any, error)) (*referenceView, error) {
	d, err := s.defined(r)
	if err != nil {
		return nil, err
	}
	v := &referenceView{API: d.link, Missing: d.missing, Kubectl: []string{}, Crumbs: d.crumbs("Reference", "reference")}
	if d.missing != nil {
		return v, nil
	}
	v.Kubectl = []string{definitionCommand(d.API)}
	base := refURL(d.ref)
	routes := reference.Routes{Overview: base + "/reference?page=", Item: base + "/reference/", Source: base + "/definition?line="}
	switch {
	case d.broken == nil:
		if d.explorable() == "" {
			v.Explorer = base + "/explorer"
		}
	case r.PathValue("anchor") != "":
		return nil, notFound
	case r.URL.Query().Get("line") == "" || !strings.HasSuffix(r.URL.Path, "/definition"):
		v.Reference = reference.NewBroken(d.broken, routes)
	}
	if v.Reference == nil {
		if v.Reference, err = view(d, routes); err != nil {
			return nil, err
		}
	}
	if o, ok := v.Reference.(*reference.Overview); ok && o.Kind != reference.Raw {
		v.Path, v.Text = base+"/reference", strings.TrimSpace(r.URL.Query().Get("q"))
	}
	v.HTML, err = reference.HTML(v.Reference)
	return v, err
}

// definedAPI is an API that the reader may get, with its definition.
type definedAPI struct {
	*catalog.API

	ref     relation.Ref
	link    link
	text    string
	missing *Empty              // why there is no text
	doc     *reference.Document // nil if it is missing or broken
	broken  *reference.Error
}

// defined reads the definition of the API that the address names.
func (s *server) defined(r *request) (*definedAPI, error) {
	l, a, err := asked[*catalog.API](s, r, relation.API)
	if err != nil {
		return nil, err
	}
	d := &definedAPI{API: a, ref: relation.RefOf(a)}
	row, _ := l.row(d.ref)
	d.link = linkTo(d.ref, row, true)
	var version string
	if d.text, version, d.missing = l.definitionOf(a); d.missing != nil || l.err != nil {
		return d, l.err
	}
	d.doc, err = s.documents.Get(l.ctx, reference.Key{UID: d.ref.String() + string(a.UID) + version, Generation: a.Generation}, string(a.Spec.Type), d.text)
	if errors.As(err, &d.broken) {
		return d, nil
	}
	return d, err
}

// crumbs lead to a page of the API's definition.
func (d *definedAPI) crumbs(title, page string) []Link {
	base := refURL(d.ref)
	return []Link{
		{"APIs", "/apis"}, {d.ref.Namespace, "/apis?namespace=" + d.ref.Namespace}, {d.ref.Name, base}, {title, base + "/" + page},
	}
}

// definitionCommand prints the definition of an API with kubectl.
func definitionCommand(a *catalog.API) string {
	if from := a.Spec.DefinitionFrom.ConfigMap; a.Spec.Definition == "" && from != (catalog.ConfigMapKey{}) {
		return kubectl(append(object("get", "configmaps", a.Namespace, from.Name), "-o", "go-template={{index .data "+strconv.Quote(from.Key)+"}}")...)
	}
	return kubectl(append(object("get", "apis", a.Namespace, a.Name), "-o", "jsonpath={.spec.definition}")...)
}

// definitionOf is the text of an API's definition, with the version of what holds it, or why there is none.
func (l *sight) definitionOf(a *catalog.API) (text, version string, missing *Empty) {
	ref := relation.RefOf(a)
	if a.Spec.Definition != "" {
		return a.Spec.Definition, "", nil
	}
	from := a.Spec.DefinitionFrom.ConfigMap
	switch {
	case from == (catalog.ConfigMapKey{}):
		g := noDefinition(a)
		return "", "", &Empty{"No definition", g.why, g.yaml, kubectl(object("edit", "apis", ref.Namespace, ref.Name)...)}
	case !l.may(configMaps, a.Namespace):
		return "", "", &Empty{Title: "Not shown", Text: "The definition stands in the ConfigMap " + from.Name + ", which you may not get."}
	case l.err != nil:
		return "", "", nil
	}
	text, version, found, err := l.catalog.Definition(l.ctx, ref)
	l.err = err
	if !found {
		return "", "", &Empty{
			Title: "Not found", Text: "There is no key " + from.Key + " in a ConfigMap " + from.Name + " that carries the label " + catalog.LabelDefinition + ".",
			Command: kubectl(object("get", "configmaps", ref.Namespace, from.Name)...),
		}
	}
	return text, version, nil
}
