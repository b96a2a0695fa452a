// Package reference shows the definitions of APIs as pages to read: OpenAPI, AsyncAPI, GraphQL and protobuf, and any other
// text as it is.
//
// A page is made in three steps:
//
//	doc, err := cache.Get(ctx, reference.Key{UID: uid, Generation: generation}, apiType, text)
//	view := doc.Overview(page, routes)          // or: view, ok := doc.Item(anchor, routes)
//	html, err := reference.HTML(view)           // a fragment, to stand in a page below its h1
//
// If err is an *Error, the definition is broken: NewBroken makes the view of that. NewSource makes the view of a text by
// its lines, whatever it is. The views are also what is answered as JSON. reference.css in the folder of static files is
// the look of the fragments.
//
// The documents are read by a tolerant tree of our own, not by a library of the format: what cannot be resolved is said at
// its place instead of losing the page, the keywords of OpenAPI 3.1 are all there, positions are known, and a document of
// 13 MB takes 35 MB of memory instead of hundreds.
package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/callboard-dev/callboard/api/definition"
)

// The bounds of a document.
const (
	// MaxText is how many bytes a definition may have.
	MaxText = definition.MaxText
	// maxEntries is how many operations, channels and types of a document are listed.
	maxEntries = 50_000
	// perPage is how many of them an overview shows.
	perPage = 300
)

// Document is a definition that has been parsed. It never changes.
type Document struct {
	// Kind is openapi, asyncapi, graphql, grpc or raw.
	Kind string
	// Format is what the definition says that it is, such as "OpenAPI 3.1.0".
	Format string
	// Title and Version are what the API calls itself; empty if the format has no such thing.
	Title, Version string

	source  string
	groups  []group
	entries []entry        // by group
	anchors map[string]int // to the entry
	targets map[string]int // references, and names of types, to the entry
	more    int            // entries that are not listed
	weight  int            // bytes of memory of what the format keeps
	head    func(*page, *Overview)
	calls   calls // nil if it cannot be called

	operations func() ([]Operation, int) // nil if there is no console
}

// group is a heading over entries.
type group struct {
	name, description, id string
	first                 int // its first entry
}

// entry is an operation, a channel or a type.
type entry struct {
	anchor, verb, name, summary string
	deprecated                  bool
	borrowed                    bool // the summary is the beginning of the description
	group                       int32
	show                        func(*page, *Item)
}

// entrySize is what an entry costs besides its texts: itself, its two places in maps, its function.
const entrySize = 400

// Open parses a definition. The kind is the type of the API; a text of a type that has no reference is raw. What cannot be
// parsed is an *Error.
func Open(kind, source string) (doc *Document, err error) {
	if len(source) > MaxText {
		return nil, &Error{Line: 1, Message: fmt.Sprintf("the definition has %d bytes, and %d at most are shown: split it", len(source), MaxText)}
	}
	kind = strings.ToLower(kind)
	open := map[string]func(string) (*Document, error){
		definition.OpenAPI: openOpenAPI, definition.AsyncAPI: openAsyncAPI, definition.GraphQL: openGraphQL, definition.GRPC: openProto,
	}[kind]
	if open == nil {
		return &Document{Kind: Raw, Format: "Text", source: source, head: func(*page, *Overview) {}}, nil
	}
	defer func() { // anybody may write a definition, and the parsers have had such faults
		if fault := recover(); fault != nil {
			doc, err = nil, located(source, fmt.Errorf("the parser cannot cope with this text: %v", fault))
		}
	}()
	if err := definition.CheckUTF8(source); err != nil {
		return nil, located(source, err)
	}
	if doc, err = open(source); err != nil {
		return nil, located(source, err)
	}
	doc.Kind, doc.source = kind, source
	return doc, nil
}

// Raw is the kind of a document that is shown as it is written.
const Raw = "raw"

// Cost is about how many bytes of memory a document holds.
func (d *Document) Cost() int64 {
	n := len(d.source) + d.weight + entrySize*len(d.entries)
	for i := range d.entries {
		e := &d.entries[i]
		n += 2*len(e.anchor) + len(e.name) + len(e.summary)
	}
	return int64(n)
}

// Has tells whether there is a page of that name.
func (d *Document) Has(anchor string) bool {
	_, ok := d.anchors[anchor]
	return ok
}

// Find finds the page of what definition.Anchor names: an operation by method and path or by its full name, all else by its
// key or full name. Names count without capitals and punctuation; what has no page of its own is on that of what it is a
// part of.
func (d *Document) Find(anchor string) (string, bool) {
	_, name, _ := strings.Cut(anchor, "-")
	_, path, _ := strings.Cut(name, "_") // without the method, or what is done with a channel
	part := strings.LastIndexAny(name, "./")
	last, whole := name[part+1:], name[:max(part, 0)]
	for _, want := range []string{name, path, path[strings.LastIndexByte(path, '_')+1:], last, whole, whole[strings.LastIndexByte(whole, '.')+1:]} {
		if want = letters(want); want == "" {
			continue
		}
		for i := range d.entries {
			e := &d.entries[i]
			group := d.groups[e.group].name
			if slices.ContainsFunc([]string{e.anchor, e.name, e.verb + e.name, group}, func(is string) bool { return letters(is) == want }) {
				return e.anchor, true
			}
		}
	}
	return "", false
}

// letters is a text without capitals and whatever is neither letter nor digit.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Anchors are the names of all pages, in the order of the overview.
func (d *Document) Anchors() []string {
	out := make([]string, len(d.entries))
	for i := range d.entries {
		out[i] = d.entries[i].anchor
	}
	return out
}

// readTree parses JSON as JSON, because that is cheap, and anything else as YAML.
func readTree(source string) (*tree, error) {
	if json.Valid([]byte(source)) {
		return readJSON(source)
	}
	return readYAML(source)
}

// versionOf returns the first of the fields at the top that is there.
func versionOf(r *reader, fields ...string) (field, version string, err error) {
	if !r.isObject(r.root) {
		return "", "", &Error{Line: max(1, r.line(r.root)), Message: "want an object with the field " + fields[0]}
	}
	for _, f := range fields {
		if v := r.text(r.root, f); v != "" {
			return f, v, nil
		}
	}
	return "", "", &Error{Line: r.line(r.root), Message: "the field " + strings.Join(fields, " or ") + ", with the version, is missing"}
}
