package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/hack/browser/stage"
)

// hostileLists are pages that show many payloads at once.
func hostileLists() []string {
	return []string{"/", "/catalog", "/apis", "/search?q=evil"}
}

// hostilePages are pages that show a payload because an entity holds it, or because the address does. The component has
// every context; of the others every second payload has one, in turns, and the rest the search.
func hostilePages(i int, p string) []string {
	name, q := fmt.Sprintf("evil-%03d", i), url.QueryEscape(strings.ToValidUTF8(p, "?"))
	rest := []string{
		"/apis/evil/" + name,
		"/groups/" + name,
		"/components?q=" + q + "&type=" + q + "&tag=" + q,
		"/search?q=" + q,
	}
	if i%2 == 1 {
		return []string{"/components/evil/" + name, rest[3]}
	}
	return []string{"/components/evil/" + name, rest[i/2%len(rest)]}
}

// checkJSON holds that an entity with the payload is one JSON document, and says so.
func checkJSON(t *testing.T, p string) {
	t.Helper()
	c := stage.New(hostile(0, p)...)
	s := stage.Serve(c)
	defer s.Close()
	for _, path := range []string{"/components/evil/evil-000", "/components?q=" + url.QueryEscape(strings.ToValidUTF8(p, "?"))} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		must(t, err)
		r.Header.Set("Accept", "application/json")
		answer, err := http.DefaultClient.Do(r)
		must(t, err)
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		answer.Body.Close()
		switch {
		case answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("X-Content-Type-Options") != "nosniff":
			t.Errorf("%s with %q: %v", path, p, answer.Header)
		case !json.Valid(body):
			t.Errorf("%s with %q is no JSON: %s", path, p, body)
		case strings.ContainsAny(string(body), "<>\u2028"):
			t.Errorf("%s with %q: a browser could take it for a page: %s", path, p, body)
		}
	}
}

func jsonOf(text string) (string, error) {
	out, err := json.Marshal(text)
	return string(out), err
}
