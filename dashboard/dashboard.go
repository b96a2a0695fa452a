// Package dashboard shows the catalog to people: read-only pages that work without scripts, and the same facts as JSON.
package dashboard

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/caller"
	"github.com/callboard-dev/callboard/dashboard/diagram"
	"github.com/callboard-dev/callboard/dashboard/highlight"
	"github.com/callboard-dev/callboard/dashboard/markdown"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

// Version stands in every JSON answer. Fields may be added within a version, and are not removed or changed.
const Version = "dashboard.callboard.dev/v1"

//go:embed all:templates static
var files embed.FS

// Options are what the dashboard is made of.
type Options struct {
	Catalog Catalog
	Door    access.Door
	Log     *slog.Logger

	// SignIn is the path of the page at which readers sign in, and SignOut that which ends it by POST. Nothing leads
	// there if they are empty.
	SignIn, SignOut string
	// Done ends what lasts, such as streams of events, when it is closed: the server shuts down. Nothing does if it is nil.
	Done <-chan struct{}
	// TryHosts are those to which calls of readers may be sent; none are if there are none.
	TryHosts outbound.Hosts
	// Caller sends them; one with the usual bounds if it is nil.
	Caller *caller.Caller
	// Now tells the time, by which exemptions end; time.Now if it is nil.
	Now func() time.Time
	// Visited is told when somebody comes to a page, nobody having come for ten minutes, and when nobody has come for as long.
	// Nobody is told if it is nil.
	Visited func(bool)
	// Pace is how often streams of events look for changes.
	Pace Pace
}

// server answers requests. It is safe for concurrent use.
type server struct {
	Options

	templates map[string]*template.Template
	handler   http.Handler // pages, without compression
	streams   streams
	facts     factsOfDefinitions
	pictures  *diagram.Renderer
	documents *reference.Cache
	calls     *caller.Caller
}

// New makes the handler of the dashboard. It panics if a template is broken, which tests see first.
func New(o Options) http.Handler {
	s := &server{
		Options: o, templates: parse(files), pictures: diagram.NewRenderer(drawnAtOnce(), o.Visited), documents: reference.NewCache(reference.MaxCache),
		facts: newFacts(),
	}
	if o.Done != nil {
		go func() {
			<-o.Done
			_ = s.pictures.Close(context.Background()) // it waits for those that are being drawn
		}()
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	pages := http.NewServeMux()
	if s.calls = o.Caller; s.calls == nil {
		s.calls = caller.New(caller.Options{})
	}
	s.routes(pages)
	s.handler = pages
	mux := http.NewServeMux()
	mux.Handle("GET /static/", compressed(http.HandlerFunc(serveAsset)))
	mux.Handle("GET /live", http.HandlerFunc(s.live))
	mux.Handle("/", compressed(pages))
	return guarded(mux)
}

// request is one request, with who sends it.
type request struct {
	*http.Request
	reader access.Reader
}

// page makes a handler of a function that gathers what a template of the same name shows.
func page[V any](s *server, name string, view func(*request) (V, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader, err := s.Door.Reader(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		q := &request{Request: r, reader: reader}
		v, err := view(q)
		if err != nil {
			s.fail(w, r.WithContext(context.WithValue(r.Context(), userKey{}, reader.User().Name)), err)
			return
		}
		if !wantsJSON(r) && r.Context().Value(liveKey{}) == nil {
			s.pictures.Wake() // who reads one page is likely to come to a diagram
		}
		s.show(w, r, http.StatusOK, name, reader.User().Name, v)
	})
}

// guarded sets what the browser must hold on every answer.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "+
			"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

// parse reads each page's template together with the layout and the parts that pages share (names with a leading _).
func parse(from fs.FS) map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(functions).ParseFS(from, "templates/_*.html"))
	names, err := fs.Glob(from, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	out := map[string]*template.Template{}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if !strings.HasPrefix(name, "_") {
			out[name] = template.Must(template.Must(shared.Clone()).ParseFS(from, file))
		}
	}
	return out
}

// functions are what templates may call besides Go's own: how things are written, never what is true.
var functions = template.FuncMap{
	"asset":           assetURL,
	"refURL":          refURL,
	"fullRefURL":      func(full catalog.FullRef) string { return refURL(parseFull(full)) },
	"refHTML":         refHTML,
	"cellsHTML":       cellsHTML,
	"scoreCellsHTML":  scoreCellsHTML,
	"badgeHTML":       badgeHTML,
	"valuesHTML":      valuesHTML,
	"impactHTML":      impactHTML,
	"pictureRowHTML":  pictureRowHTML,
	"shortName":       shortName,
	"kindName":        func(ref relation.Ref) string { return ref.Kind.ObjectKind() },
	"healthBadge":     healthBadge,
	"visibilityBadge": visibilityBadge,
	"markdown":        markdown.HTML,
	"yamlHTML":        func(text string) template.HTML { return highlight.HTML(highlight.YAML, text) },
	"thousands":       thousands,
}
