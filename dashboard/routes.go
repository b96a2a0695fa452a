package dashboard

import "net/http"

// routes binds paths to pages. The URL is the whole state of a page.
func (s *server) routes(mux *http.ServeMux) {
	s.entityRoutes(mux)
	mux.Handle("GET /{$}", page(s, "home", s.home))
	mux.Handle("GET /search", page(s, "search", s.search))
	mux.Handle("GET /scores", page(s, "scores", s.scores))
	mux.Handle("GET /scores/{scorecard}", page(s, "card", s.card))
	mux.Handle("GET /catalog", s.list(listAll))
	for _, c := range lists {
		mux.Handle("GET /"+c.name, s.list(c))
	}
	mux.Handle("GET /", page(s, "problem", func(*request) (*Problem, error) { return nil, notFound }))
}
