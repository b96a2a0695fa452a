package dashboard

import (
	"net/http"
)

type streams struct{}

func (s *server) live(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
