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

// pictures are files of diagrams that hold payloads.
var pictures = []string{
	"/map/diagram.svg?nodes=300", "/map/domains/diagram.svg?nodes=300", "/organisation/diagram.svg?nodes=300", "/apis/evil/many-openapi/diagram.svg",
}

// hostileLists are pages that show many payloads at once, of n.
func hostileLists(n int) []string {
	out := []string{
		"/", "/catalog", "/components", "/apis", "/systems", "/domains", "/groups", "/search?q=evil", "/map?nodes=300", "/map/domains?nodes=300",
		"/organisation?nodes=300", "/scores", "/scores?by=groups", "/scores/evil", "/scorecards/evil", "/exemptions/evil/evil-0",
	}
	for page := 2; page <= (5*n+4)/50; page++ {
		out = append(out, fmt.Sprintf("/catalog?page=%d", page))
	}
	return out
}

// hostilePages are pages that show a payload because an entity holds it, or because the address does. The component has
// every context; of the others every second payload has one, in turns, and the rest the search.
func hostilePages(i int, p string) []string {
	name, q := fmt.Sprintf("evil-%03d", i), url.QueryEscape(strings.ToValidUTF8(p, "?"))
	rest := []string{
		"/apis/evil/" + name,
		"/apis/evil/" + name + "/reference",
		"/groups/" + name,
		"/systems/evil/" + name,
		"/components?q=" + q + "&type=" + q + "&tag=" + q,
		"/domains/" + name,
		"/groups/" + name + "/organisation",
		"/domains/" + name + "/map",
	}
	out := []string{"/components/evil/" + name}
	if i%2 == 1 {
		return append(out, "/search?q="+q)
	}
	return append(out, rest[i/2%len(rest)])
}

// TestHostileJSON holds that what scripts read cannot be taken for a page, whoever opens it.
func TestHostileJSON(t *testing.T) {
	all, outside := payloads(t), open(t, "")
	for first := 0; first < len(all); first += 2 * atOnce {
		texts := all[first:min(first+2*atOnce, len(all))]
		s := stage.Serve(hostileCatalog(t, first, texts))
		for _, path := range append(hostileLists(len(texts)), "/apis/evil/many-openapi/reference", "/apis/evil/many-graphql/reference") {
			checkJSON(t, s.URL, path)
		}
		for i, p := range texts {
			if i%5 == 0 { // the encoder is the same for all
				for _, path := range hostilePages(first+i, p) {
					checkJSON(t, s.URL, path)
				}
			}
		}
		h := &hostileVisit{t: t, outside: outside, contexts: map[string]int{}, origin: s.URL}
		if kind := h.saved("/catalog", "application/json", texts); kind != "application/json html" {
			t.Errorf("a browser shows the answer as %q", kind)
		}
		s.Close()
	}
}

// checkJSON holds that an answer is one JSON document, says so, and is no page for a browser that takes it for one.
func checkJSON(t *testing.T, origin, path string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
	must(t, err)
	r.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	switch {
	case answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusBadRequest:
		t.Errorf("%s: %s", path, answer.Status)
	case answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("X-Content-Type-Options") != "nosniff":
		t.Errorf("%s: %v", path, answer.Header)
	case !json.Valid(body):
		t.Errorf("%s is no JSON: %s", path, body)
	case strings.ContainsAny(string(body), "<>\u2028"):
		t.Errorf("%s: a browser could take it for a page: %s", path, body)
	}
}
