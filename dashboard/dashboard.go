// Package dashboard shows the catalog to people: read-only pages that work without scripts, and the same facts as JSON.
package dashboard

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/callboard-dev/callboard/dashboard/access"
)

// Version stands in every JSON answer. Fields may be added within a version, and are not removed or changed.
const Version = "dashboard.callboard.dev/v1"

//go:embed templates static
var files embed.FS

// Options are what the dashboard is made of.
type Options struct {
	Catalog Catalog
	Door    access.Door
	Log     *slog.Logger
}

// server answers requests. It is safe for concurrent use.
type server struct {
	Options

	templates map[string]*template.Template
}

// New makes the handler of the dashboard. It panics if a template is broken, which tests see first.
func New(o Options) http.Handler {
	s := &server{Options: o, templates: parse(files)}
	mux := http.NewServeMux()
	s.routes(mux)
	return guarded(mux)
}

// request is one request, with who sends it.
type request struct {
	*http.Request
	reader access.Reader
}

// Problem is an error that the reader is told of.
type Problem struct {
	Status  int    `json:"status"`
	Title   string `json:"title"`
	Message string `json:"message"` // a sentence, with what to do
}

func (p *Problem) Error() string { return p.Title + ": " + p.Message }

// page makes a handler of a function that gathers what a template of the same name shows.
func page[V any](s *server, name string, view func(*request) (V, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader, err := s.Door.Reader(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		v, err := view(&request{Request: r, reader: reader})
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.show(w, r, http.StatusOK, name, v)
	})
}

// show writes a view as a page, or as JSON if that is asked for. Nothing is written before all of it is made.
func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var body bytes.Buffer
	var err error
	w.Header().Add("Vary", "Accept, Cookie, Authorization")
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		err = json.NewEncoder(&body).Encode(struct {
			Version string `json:"apiVersion"`
			Kind    string `json:"kind"`
			View    any    `json:"view"`
		}{Version, name, view})
	} else {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err = s.templates[name].ExecuteTemplate(&body, "layout", layout{Path: r.URL.Path, View: view})
	}
	if err != nil {
		s.Log.Error("A page could not be rendered", "page", name, "path", r.URL.Path, "error", err)
		http.Error(w, "This page could not be made. The operator's log says why.", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader has gone
}

// layout is what surrounds every page.
type layout struct {
	Path string
	View any
}

// fail tells the reader of an error; what is no Problem goes to the log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, access.ErrNobody):
		p = &Problem{http.StatusUnauthorized, "Not signed in", "Sign in to see this page."}
	default:
		s.Log.Error("A page could not be filled", "path", r.URL.Path, "error", err)
		p = &Problem{http.StatusInternalServerError, "Something went wrong", "Try again in a moment; the operator's log says more."}
	}
	s.show(w, r, p.Status, "problem", p)
}

// notFound answers alike for what is not there and for what the reader may not get.
var notFound = &Problem{http.StatusNotFound, "Not found", "There is no such page, or you may not read what it shows."}

func wantsJSON(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		switch t, _, _ := mime.ParseMediaType(part); t {
		case "application/json":
			return true
		case "text/html":
			return false
		}
	}
	return false
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
var functions = template.FuncMap{}
