package dashboard

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/dashboard/reference"
)

// The bounds of what a browser is given to explore.
const (
	maxExplored  = 4 << 20 // bytes of a definition
	maxUnfolded  = 60      // entries that are listed at once; of more only the groups
	maxEndpoints = 8       // of a GraphQL API
)

// endpointLink is the type of a link that says where a GraphQL API is called.
const endpointLink = "endpoint"

// explorerView is what the page shows on which an API can be tried.
type explorerView struct {
	API link `json:"api"`
	// Reference is the page that shows the same without scripts, and Definition the text.
	Reference  string `json:"reference"`
	Definition string `json:"definition"`
	// Try says what can be called from the page.
	Try tryView `json:"try"`
	// Swagger is set for OpenAPI, and Console for GraphQL.
	Swagger *swaggerView `json:"-"`
	Console *consoleView `json:"console,omitempty"`
	// Missing says why there is neither.
	Missing *Empty `json:"missing,omitempty"`
	Crumbs  []Link `json:"-"`
}

// tryView says what can be called.
type tryView struct {
	// Address is where calls are posted; empty if there are none.
	Address string `json:"address,omitempty"`
	// Hosts are where they may go.
	Hosts []string `json:"hosts,omitempty"`
	// Why says why nothing can be called, and what to do.
	Why string `json:"why,omitempty"`
}

// swaggerView is what Swagger UI is told.
type swaggerView struct {
	Definition, Try, Fold string
}

// consoleView is what the console of GraphQL begins with.
type consoleView struct {
	Endpoints  []string              `json:"endpoints,omitempty"`
	Operations []reference.Operation `json:"operations"`
	More       int                   `json:"more,omitempty"`
	Try        string                `json:"-"`
}

// Groups are the operations by their kind.
func (c *consoleView) Groups() [][]reference.Operation {
	i := slices.IndexFunc(c.Operations, func(o reference.Operation) bool { return o.Kind != c.Operations[0].Kind })
	if i < 0 {
		return [][]reference.Operation{c.Operations}
	}
	return [][]reference.Operation{c.Operations[:i], c.Operations[i:]}
}

// explorable says why there is no explorer of a definition; empty if there is one.
func (d *definedAPI) explorable() string {
	switch {
	case d.doc == nil:
		return "The definition cannot be read: the reference says where it breaks."
	case d.doc.Kind != definition.OpenAPI && d.doc.Kind != definition.GraphQL:
		return "There is an explorer for OpenAPI and GraphQL, and this API is neither: read the reference."
	case len(d.text) > maxExplored:
		return "The definition has more than 4 MiB, which is more than the explorer takes: read the reference."
	}
	return ""
}

func (s *server) explorer(r *request) (*explorerView, error) {
	d, err := s.defined(r)
	if err != nil {
		return nil, err
	}
	base := refURL(d.ref)
	v := &explorerView{
		API: d.link, Reference: base + "/reference", Definition: base + "/definition?format=text",
		Missing: d.missing, Crumbs: append(d.crumbs("Reference", "reference"), Link{"Explorer", base + "/explorer"}),
	}
	if d.missing != nil {
		return v, nil
	}
	if why := d.explorable(); why != "" {
		v.Missing = &Empty{Title: "No explorer", Text: why}
		return v, nil
	}
	v.Try = s.tryable(d)
	if d.doc.Kind == definition.GraphQL {
		v.Console = &consoleView{Try: v.Try.Address}
		for _, to := range d.endpoints() {
			v.Console.Endpoints = append(v.Console.Endpoints, to.String())
		}
		v.Console.Operations, v.Console.More = d.doc.Operations()
		return v, nil
	}
	v.Swagger = &swaggerView{Definition: v.Definition, Try: v.Try.Address, Fold: "list"}
	if len(d.doc.Anchors()) > maxUnfolded {
		v.Swagger.Fold = "none"
	}
	return v, nil
}

// tryable says what can be called of an API.
func (s *server) tryable(d *definedAPI) tryView {
	var refused *outbound.Refusal
	if errors.As(outbound.Open(visibilityOf(d.API), s.TryHosts), &refused) {
		return tryView{Why: refused.Error()}
	}
	origins := d.doc.Origins()
	if d.doc.Kind == definition.GraphQL {
		for _, to := range d.endpoints() {
			origins = append(origins, to.Origin)
		}
	}
	var v tryView
	var closed []string
	for _, o := range origins {
		if _, found := s.TryHosts.Find(o); found {
			v.Hosts = append(v.Hosts, o.String())
		} else if len(closed) < maxEndpoints {
			closed = append(closed, o.String())
		}
	}
	switch {
	case len(v.Hosts) > 0:
		v.Address = refURL(d.ref) + "/try"
	case len(closed) > 0:
		v.Why = "The administrator does not allow calls to " + strings.Join(closed, ", ") + ". An administrator can add a host to " + outbound.Flag + "."
	case d.doc.Kind == definition.GraphQL:
		v.Why = "It is not known where this API is called. Its owner can add a link of the type " + endpointLink + " to spec.links."
	default:
		v.Why = "The definition names no server with a whole address. Its owner can add one to servers."
	}
	return v
}

// endpoints are where a GraphQL API is called: what its links of that type say.
func (d *definedAPI) endpoints() []outbound.Target {
	var out []outbound.Target
	for _, l := range d.Spec.Links {
		if l.Type != endpointLink || len(out) >= maxEndpoints {
			continue
		}
		if to, err := outbound.Parse(l.URL); err == nil {
			out = append(out, to)
		}
	}
	return out
}

// names tells whether the definition of the API, or its links, name an operation of that method at that address.
func (d *definedAPI) names(method string, to outbound.Target) bool {
	if d.doc == nil {
		return false
	}
	if d.doc.Kind == definition.GraphQL {
		return method == http.MethodPost && slices.Contains(d.endpoints(), to)
	}
	return d.doc.Names(method, to)
}

// definitionOrText serves the definition as a page, or with format=text as it is written.
func (s *server) definitionOrText() http.Handler {
	asPage := page(s, "reference", s.definition)
	asText := s.file("text/plain; charset=utf-8", "definition.txt", func(r *request) ([]byte, error) {
		d, err := s.defined(r)
		if err != nil {
			return nil, err
		}
		if d.missing != nil {
			return nil, notFound
		}
		return []byte(d.text), nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("format") {
		case "text":
			asText.ServeHTTP(w, r)
		case "":
			asPage.ServeHTTP(w, r)
		default:
			s.fail(w, r, badRequest("format can be text; for JSON send the header Accept: application/json."))
		}
	})
}
