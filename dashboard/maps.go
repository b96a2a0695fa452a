package dashboard

import (
	"net/http"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// mapView is what a page shows that is a diagram.
type mapView struct {
	Title   string   `json:"title"`
	Crumbs  []Link   `json:"-"`
	Others  []Link   `json:"others"`
	Picture *picture `json:"diagram"`
	Notes   []Note   `json:"notes,omitempty"`
}

// drawing is a diagram that has a page of its own.
type drawing struct {
	path, title string
	// of is the diagram, of the object that the path names if it names one; false if it is not there.
	of func(diagram.Source, relation.Ref, diagram.Options) (diagram.Diagram, bool)
	// kind is that of the object.
	kind relation.Kind
}

var drawings = []drawing{
	{"/map", "Systems", func(s diagram.Source, ref relation.Ref, o diagram.Options) (diagram.Diagram, bool) {
		return s.SystemMap(ref, o.Nodes)
	}, relation.KindNone},
	{"/map/domains", "Domains", func(s diagram.Source, _ relation.Ref, o diagram.Options) (diagram.Diagram, bool) {
		return s.DomainMap(o.Nodes), true
	}, relation.KindNone},
	{"/organisation", "Organisation", organisation, relation.KindNone},
	{"/domains/{name}/map", "Map", func(s diagram.Source, ref relation.Ref, o diagram.Options) (diagram.Diagram, bool) {
		return s.SystemMap(ref, o.Nodes)
	}, relation.Domain},
	{"/groups/{name}/organisation", "Organisation", organisation, relation.Group},
}

func organisation(s diagram.Source, ref relation.Ref, o diagram.Options) (diagram.Diagram, bool) {
	return s.Organisation(ref, o.Nodes)
}

// diagramRoutes binds the pages that are diagrams, and the files of all diagrams.
func (s *server) diagramRoutes(mux *http.ServeMux) {
	for _, m := range drawings {
		mux.Handle("GET "+m.path, page(s, "map", func(r *request) (*mapView, error) { return s.mapOf(r, m) }))
		for _, f := range formats {
			mux.Handle("GET "+m.path+"/diagram"+f.ending, s.saved(f, func(r *request, l *sight) (diagram.Diagram, error) {
				return diagramOf(r, l, m)
			}))
		}
	}
	for _, k := range relation.Kinds() {
		path := "/" + plurals[k] + "/{name}"
		if k.Namespaced() {
			path = "/" + plurals[k] + "/{namespace}/{name}"
		}
		for _, f := range formats {
			mux.Handle("GET "+path+"/diagram"+f.ending, s.saved(f, func(r *request, l *sight) (diagram.Diagram, error) {
				return aroundOf(r, l, k)
			}))
		}
	}
}

// aroundOf is the diagram around the entity that a path names.
func aroundOf(r *request, l *sight, k relation.Kind) (diagram.Diagram, error) {
	o, ok := l.options()
	if !ok {
		return diagram.Diagram{}, l.err
	}
	d, ok := l.source().Around(relation.Ref{Kind: k, Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}, o)
	if !ok {
		return d, orNotFound(l.err)
	}
	return d, nil
}

// diagramOf is the diagram of a map.
func diagramOf(r *request, l *sight, m drawing) (diagram.Diagram, error) {
	o, ok := l.mapOptions()
	if !ok {
		return diagram.Diagram{}, l.err
	}
	ref := relation.Ref{}
	if m.kind != relation.KindNone {
		ref = relation.Ref{Kind: m.kind, Name: r.PathValue("name")}
	}
	d, ok := m.of(l.source(), ref, o)
	if !ok {
		return d, orNotFound(l.err)
	}
	return d, nil
}

// mapOptions are those of the address of a map, which is a page of its own and so has room for more.
func (l *sight) mapOptions() (diagram.Options, bool) {
	o, ok := l.options()
	if l.query.Get("nodes") == "" {
		o.Nodes = diagram.MapNodes
	}
	return o, ok
}

func (s *server) mapOf(r *request, m drawing) (*mapView, error) {
	l := s.sightOf(r)
	d, err := diagramOf(r, l, m)
	if err != nil {
		return nil, err
	}
	o, _ := l.mapOptions()
	v := &mapView{
		Title: d.Title, Crumbs: []Link{{m.title, ""}}, Picture: l.drawn(d, r.URL.EscapedPath()+"/diagram"),
		Others: []Link{{"Systems", "/map"}, {"Domains", "/map/domains"}, {"Organisation", "/organisation"}},
	}
	v.Picture.Choices = []choice{nodesChoice(o)}
	if m.kind != relation.KindNone {
		ref := relation.Ref{Kind: m.kind, Name: r.PathValue("name")}
		v.Crumbs = []Link{{ref.Kind.ObjectKind() + "s", "/" + plurals[ref.Kind]}, {ref.Name, refURL(ref)}, {m.title, ""}}
	}
	v.Notes = l.notes()
	return v, l.err
}
