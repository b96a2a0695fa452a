package dashboard

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Bounds of a search.
const (
	searchLimit    = 50
	maxSearchLimit = 100
)

// searchView is what was found.
type searchView struct {
	Text    string    `json:"text"`
	Kind    string    `json:"kind,omitempty"` // the only one that is looked for
	Hits    []hitView `json:"hits"`
	More    bool      `json:"more"` // there may be more than these
	Notes   []Note    `json:"notes,omitempty"`
	Kubectl []string  `json:"kubectl"`

	Title   string    `json:"-"`
	Tabs    []navItem `json:"-"`
	Empty   *Empty    `json:"-"`
	ListURL string    `json:"-"`
}

// hitView is an entity that the text was found in.
type hitView struct {
	Ref         string `json:"ref"`
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url"` // of what was found: the entity, or the place in its definition
	Field       string `json:"field"`
	Match       string `json:"match"`
	Owner       string `json:"owner,omitempty"`
	// Places are others in the definition that match as well.
	Places []placeView `json:"places,omitempty"`

	Where     string `json:"-"` // the field, as people call it
	EntityURL string `json:"-"`
	Parts     []part `json:"-"` // of the match
	Health    Badge  `json:"-"`
}

// placeView is a place in a definition.
type placeView struct {
	Field string `json:"field"`
	Match string `json:"match"`
	URL   string `json:"url"`

	Where string `json:"-"`
	Parts []part `json:"-"`
}

// part is a piece of a text, and whether it is what was looked for.
type part struct {
	Text string
	Hit  bool
}

// search serves what a text is found in.
func (s *server) search(r *request) (searchView, error) {
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	if utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) {
		return searchView{}, badRequest("q must be text of " + strconv.Itoa(maxText) + " characters at most.")
	}
	limit := searchLimit
	if given := r.URL.Query().Get("limit"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > maxSearchLimit {
			return searchView{}, badRequest("limit must be a number from 1 to " + strconv.Itoa(maxSearchLimit) + ".")
		}
		limit = n
	}
	kinds, err := searchedKinds(r.URL.Query().Get("kind"))
	if err != nil {
		return searchView{}, err
	}
	may, err := r.scopes(r.Context(), kinds...)
	if err != nil {
		return searchView{}, err
	}
	v := searchView{Text: text, Title: "Search", Hits: []hitView{}, Notes: notes(kinds, may), Kubectl: []string{kubectl("get", "catalog", "-A")}}
	if len(kinds) == 1 {
		v.Kind, v.Kubectl = kinds[0].String(), []string{kubectl(listWords(kinds[0])...)}
	}
	if text == "" {
		return v, nil
	}
	v.Title, v.Tabs = "Search: "+text, searchTabs(text, v.Kind)
	found := s.Catalog.Search(text, may, limit)
	words := searched(text)
	for i := range found {
		v.Hits = append(v.Hits, hit(&found[i], words))
	}
	v.More = len(found) == limit
	v.ListURL = state{path: "/catalog", page: 1, text: text}.url()
	if len(kinds) == 1 {
		v.ListURL = state{path: "/" + plurals[kinds[0]], page: 1, text: text}.url()
	}
	if len(found) == 0 {
		v.Empty = &Empty{Title: "Nothing found", Text: "Nothing that you may read holds words that begin like this. Try fewer or shorter words."}
	}
	return v, nil
}

// searchedKinds are the kinds that a search is narrowed to; all if none is given.
func searchedKinds(given string) ([]relation.Kind, error) {
	if given == "" {
		return nil, nil
	}
	for _, k := range relation.Kinds() {
		if k.String() == given {
			return []relation.Kind{k}, nil
		}
	}
	return nil, badRequest("kind must be api, component, domain, group, resource, system or user.")
}

// listWords are those by which kubectl lists a kind.
func listWords(k relation.Kind) []string {
	if k.Namespaced() {
		return []string{"get", plurals[k], "-A"}
	}
	return []string{"get", plurals[k]}
}

// searchTabs narrow a search to a kind, or widen it again.
func searchTabs(text, current string) []navItem {
	out := []navItem{{"All", "/search?" + url.Values{"q": {text}}.Encode(), current == ""}}
	for _, l := range lists {
		k := l.kinds[0].String()
		out = append(out, navItem{l.title, "/search?" + url.Values{"q": {text}, "kind": {k}}.Encode(), current == k})
	}
	return out
}

// fields are the fields of a hit, as people call them.
var fields = map[string]string{
	"name": "name", "title": "title", "description": "description", "tag": "tag", "owner": "owner",
	"summary": "summary", "channel": "channel", "field": "field",
	"operation": "operation", "path": "path", "message": "message", "type": "type in the definition", "service": "service",
}

func hit(h *index.Hit, words []string) hitView {
	ref := h.Row.Ref
	out := hitView{
		Ref: ref.String(), Kind: ref.Kind.ObjectKind(), Name: shortName(ref), Title: h.Row.Title, Description: clip(h.Row.Description, 200),
		URL: refURL(ref), EntityURL: refURL(ref), Field: h.Field, Match: clip(h.Match, 200), Owner: string(h.Row.Owner),
		Where: fields[h.Field], Health: healthBadge(h.Row.Health),
	}
	if h.Anchor != "" {
		out.URL = referenceURL(out.EntityURL, h.Anchor)
	}
	out.Parts = marked(out.Match, words)
	for _, p := range h.Places {
		match := clip(p.Match, 200)
		out.Places = append(out.Places, placeView{
			Field: p.Field, Match: match, URL: referenceURL(out.EntityURL, p.Anchor), Where: fields[p.Field], Parts: marked(match, words),
		})
	}
	return out
}

// referenceURL is the address of a place in the reference of an API.
func referenceURL(entity, anchor string) string {
	return entity + "/reference/" + url.PathEscape(anchor)
}

// searched are the words of a search, in lower case.
func searched(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// marked cuts a text into what begins like one of the words, and the rest.
func marked(text string, words []string) []part {
	var out []part
	from := 0
	for i := 0; i < len(text); {
		if n := begins(text[i:], words); n > 0 && startsWord(text, i) {
			if i > from {
				out = append(out, part{text[from:i], false})
			}
			out = append(out, part{text[i : i+n], true})
			i += n
			from = i
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	if from < len(text) {
		out = append(out, part{text[from:], false})
	}
	return out
}

// begins is how many bytes of a text are one of the words, whatever the case.
func begins(text string, words []string) int {
	for _, w := range words {
		n := 0
		for range utf8.RuneCountInString(w) {
			_, size := utf8.DecodeRuneInString(text[n:])
			n += size
		}
		if n > 0 && strings.EqualFold(text[:n], w) {
			return n
		}
	}
	return 0
}

// startsWord says whether a word begins at a place: after a mark, or with a capital inside camelCase.
func startsWord(text string, at int) bool {
	if at == 0 {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	here, _ := utf8.DecodeRuneInString(text[at:])
	return !unicode.IsLetter(before) && !unicode.IsDigit(before) || unicode.IsLower(before) && unicode.IsUpper(here)
}
