package dashboard

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"

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
	// Missing says why there is none.
	Missing *Empty        `json:"missing,omitempty"`
	HTML    template.HTML `json:"-"`
	Crumbs  []Link        `json:"-"`
}

// configMaps is the permission to read a definition that stands in a ConfigMap.
var configMaps = access.Resource{Plural: "configmaps"}

// referenceRoutes binds the pages of API references.
func (s *server) referenceRoutes(mux *http.ServeMux) {
	const api = "GET /apis/{namespace}/{name}/"
	mux.Handle(api+"reference", page(s, "reference", s.overview))
	mux.Handle(api+"reference/{anchor}", page(s, "reference", s.entry))
	mux.Handle(api+"definition", page(s, "reference", s.definition))
}

func (s *server) overview(r *request) (*referenceView, error) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	return s.referred(r, func(doc *reference.Document, _ string, routes reference.Routes) (any, error) {
		return doc.Overview(number, routes), nil
	})
}

func (s *server) entry(r *request) (*referenceView, error) {
	return s.referred(r, func(doc *reference.Document, _ string, routes reference.Routes) (any, error) {
		anchor := r.PathValue("anchor")
		if !doc.Has(anchor) {
			anchor, _ = doc.Find(anchor) // search names places its own way
		}
		item, found := doc.Item(anchor, routes)
		if !found {
			return nil, notFound
		}
		return item, nil
	})
}

func (s *server) definition(r *request) (*referenceView, error) {
	line, _ := strconv.Atoi(r.URL.Query().Get("line"))
	return s.referred(r, func(_ *reference.Document, text string, routes reference.Routes) (any, error) {
		return reference.NewSource(text, line, routes), nil
	})
}

// referred makes a page of an API's definition, or says why there is none.
func (s *server) referred(r *request, view func(*reference.Document, string, reference.Routes) (any, error)) (*referenceView, error) {
	l := s.sightOf(r)
	e, err := s.asked(r, l, relation.API)
	if err != nil {
		return nil, err
	}
	a, ok := e.(*catalog.API)
	if !ok {
		return nil, notFound
	}
	ref := relation.RefOf(a)
	row, _ := l.row(ref)
	v := &referenceView{API: linkTo(ref, row, true), Crumbs: []Link{
		{"APIs", "/apis"}, {ref.Namespace, "/apis?namespace=" + ref.Namespace}, {ref.Name, refURL(ref)}, {"Reference", refURL(ref) + "/reference"},
	}}
	text, version, missing := l.definitionOf(a)
	if missing != nil || l.err != nil {
		v.Missing = missing
		return v, l.err
	}
	base := refURL(ref)
	routes := reference.Routes{Overview: base + "/reference?page=", Item: base + "/reference/", Source: base + "/definition?line="}
	doc, err := s.documents.Get(l.ctx, reference.Key{UID: ref.String() + string(a.UID) + version, Generation: a.Generation}, string(a.Spec.Type), text)
	var broken *reference.Error
	switch {
	case err == nil:
	case errors.As(err, &broken) && r.PathValue("anchor") == "" && r.URL.Query().Get("line") == "":
		v.Reference = reference.NewBroken(broken, routes)
	case errors.As(err, &broken) && r.PathValue("anchor") != "":
		return nil, notFound
	case !errors.As(err, &broken):
		return nil, err
	}
	if v.Reference == nil {
		if v.Reference, err = view(doc, text, routes); err != nil {
			return nil, err
		}
	}
	v.HTML, err = reference.HTML(v.Reference)
	return v, err
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
