package definition

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
)

// The bounds of what Terms returns.
const (
	// MaxTerms is how many terms a definition has at most; those that come first.
	MaxTerms = 5_000
	// MaxTermBytes is how many bytes the texts of all terms, and their anchors, have at most.
	MaxTermBytes = 256 << 10
	// maxAnchor is how many bytes an anchor has at most.
	maxAnchor = 240
)

// TermKind says what a term is.
type TermKind string

// The kinds of terms.
const (
	TermOperation TermKind = "operation" // the id of an operation, the field of a root type, the name of an rpc
	TermSummary   TermKind = "summary"   // what an operation says it does
	TermPath      TermKind = "path"
	TermChannel   TermKind = "channel"
	TermMessage   TermKind = "message"
	TermType      TermKind = "type" // a schema, a GraphQL type, an enum of protobuf
	TermField     TermKind = "field"
	TermService   TermKind = "service"
)

// Term is a text by which people look for something inside a definition.
type Term struct {
	Kind TermKind
	// Text is one line of printable characters, MaxCharacters at most.
	Text string
	// Anchor is that of the operation, channel, message, type or service that the text belongs to, as Anchor makes it.
	Anchor string
}

// Anchor names a part of a definition within a page about it. The name is, of an operation, that which Facts would list:
// GET /orders, publish orders, Query.orders, shop.v1.Orders/List; a webhook begins with the word webhook. Of anything else
// it is the key or the full name. Equal names have equal anchors; names that differ only in spaces may share one.
func Anchor(kind TermKind, name string) string {
	anchor := string(kind) + "-" + strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	if len(anchor) <= maxAnchor {
		return anchor
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	return strings.ToValidUTF8(anchor[:maxAnchor-20], "") + "~" + strconv.FormatUint(h.Sum64(), 36)
}

// terms collects what is found.
type terms struct {
	list []Term
	size int
	seen map[Term]bool
}

// full says that there is no room for more.
func (t *terms) full() bool { return len(t.list) >= MaxTerms || t.size >= MaxTermBytes }

// add appends a term that has a text, once.
func (t *terms) add(kind TermKind, anchor, text string) {
	term := Term{Kind: kind, Text: line(text), Anchor: anchor}
	if term.Text == "" || t.full() || t.seen[term] {
		return
	}
	t.seen[term] = true
	t.list = append(t.list, term)
	t.size += len(term.Text) + len(term.Anchor)
}

// Terms returns the texts of a definition by which people look for something inside: operations first, then messages, types
// and the like, each in the order of the text. The error is that of FactsOf; with it there are no terms. A definition of a
// type whose text is taken as it is has none.
func Terms(apiType, text string) ([]Term, error) {
	t := &terms{seen: map[Term]bool{}}
	err := read(apiType, text, map[string]func(string) error{
		OpenAPI: t.openAPI, AsyncAPI: t.asyncAPI, GraphQL: t.graphQL, GRPC: t.proto,
	})
	if err != nil {
		return nil, err
	}
	return t.list, nil
}

// openAPI takes the operations of paths and webhooks, then the schemas.
func (t *terms) openAPI(text string) error {
	d, err := readDocument(text)
	if err != nil {
		return err
	}
	_, version, err := d.version("openapi", "swagger")
	if err != nil {
		return err
	}
	t.paths(d, d.top["paths"], methodsOf(version), "")
	t.paths(d, d.top["webhooks"], methodsOf(version), "webhook ")
	t.keys(d.top["definitions"], TermType)
	t.keys(d.get(d.top["components"], "schemas"), TermType)
	return d.within()
}

func (t *terms) paths(d *document, paths value, methods []string, prefix string) {
	if paths == nil {
		return
	}
	for path, item := range paths.members() {
		if t.full() {
			return
		}
		if strings.HasPrefix(path, "x-") {
			continue
		}
		before := len(t.list)
		d.eachOperation(item, methods, func(method string, op value) { t.httpOperation(op, prefix, method, path) })
		if len(t.list) > before {
			continue
		}
		if at := d.follow(item); at != nil && at != item {
			d.eachOperation(at, methods, func(method string, op value) { t.httpOperation(op, prefix, method, path) })
		}
	}
}

func (t *terms) httpOperation(op value, prefix, method, path string) {
	if !op.object() {
		return
	}
	anchor := Anchor(TermOperation, prefix+method+" "+path)
	t.add(TermPath, anchor, method+" "+path)
	t.described(op, anchor, "operationId", "summary")
}

// described takes the members of an operation that name or describe it.
func (t *terms) described(op value, anchor string, names ...string) {
	for key, v := range op.members() {
		for _, name := range names {
			switch {
			case key != name:
			case key == "operationId":
				t.add(TermOperation, anchor, v.text())
			default:
				t.add(TermSummary, anchor, v.text())
			}
		}
	}
}

// keys takes the keys of an object.
func (t *terms) keys(of value, kind TermKind) {
	if of == nil {
		return
	}
	for key := range of.members() {
		if t.full() {
			return
		}
		if !strings.HasPrefix(key, "x-") {
			t.add(kind, Anchor(kind, key), key)
		}
	}
}
