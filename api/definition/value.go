package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The bounds of what reading YAML or JSON may cost.
const (
	// yamlMarks is how many characters that can begin a part a YAML text may have. A part takes about 200 bytes.
	yamlMarks = 1_000_000
	// refHops is how many references in a row are followed, refDepth how deep one may point.
	refHops, refDepth = 8, 8
	// indexCost is what the budget pays for a member that is kept.
	indexCost = 16
)

// value is a part of a document in YAML or JSON.
type value interface {
	// object tells whether the value has members.
	object() bool
	// members yields those of an object in the order of the text, and of any other value none.
	members() iter.Seq2[string, value]
	// elements yields those of a list, and of any other value none.
	elements() iter.Seq[value]
	// text is the scalar as it is written; empty of null and of any other value.
	text() string
}

// budget bounds how much of a document is looked at. Aliases and references can make it unfold to far more than its text.
type budget struct{ left int }

func newBudget(text string) *budget { return &budget{left: 16*len(text) + 1<<20} }

// spend takes from the budget, and tells whether there was enough.
func (b *budget) spend(n int) bool {
	b.left -= n
	return b.left >= 0
}

// document is an OpenAPI or AsyncAPI definition.
type document struct {
	root    value
	top     map[string]value // the members of root
	line    int              // where root begins
	budget  *budget
	targets map[string]map[string]value // what references have looked up, by the pointer to the object that holds it
}

// readDocument parses a text that is JSON as JSON, because that costs next to nothing, and any other as YAML.
func readDocument(text string) (*document, error) {
	d := &document{budget: newBudget(text), targets: map[string]map[string]value{}}
	if json.Valid([]byte(text)) {
		start := spaces(text, 0)
		d.root, d.line = jsonValue{text[start:], d.budget}, 1+strings.Count(text[:start], "\n")
	} else {
		root, err := parseYAML(text)
		if err != nil {
			return nil, err
		}
		if root != nil {
			d.root, d.line = yamlValue{root, d.budget}, root.Line
		}
	}
	if d.root != nil && d.root.object() {
		d.top = d.index("", d.root)
	}
	return d, nil
}

func parseYAML(text string) (*yaml.Node, error) {
	marks := 0
	for i := range len(text) {
		switch text[i] {
		case '\n', '\r', ',', ':', '[', '{', '-', '?':
			marks++
		}
	}
	if marks > yamlMarks {
		return nil, tooLarge(text)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil, nil //nolint:nilnil // an empty text has no root
	}
	return doc.Content[0], nil
}

// tooLarge says why a large text is not read: it is no YAML that anybody wants to hold in memory, and not JSON.
func tooLarge(text string) error {
	var syntax *json.SyntaxError
	if text[spaces(text, 0)] == '{' && errors.As(json.Unmarshal([]byte(text), new(json.RawMessage)), &syntax) {
		return fmt.Errorf("line %d: not JSON: %w", 1+strings.Count(text[:syntax.Offset], "\n"), syntax)
	}
	return fmt.Errorf("more than %d lines, commas, colons, hyphens and brackets are too much YAML: write it as JSON, or split it", yamlMarks)
}

// version returns the first of the fields at the top that is there.
func (d *document) version(fields ...string) (name, version string, err error) {
	if d.top == nil {
		return "", "", fmt.Errorf("line 1: want an object with the field %s", fields[0])
	}
	for _, name := range fields {
		if v := d.top[name]; v != nil && v.text() != "" {
			return name, v.text(), nil
		}
	}
	return "", "", fmt.Errorf("line %d: the field %s, with the version, is missing", d.line, strings.Join(fields, " or "))
}

// index returns the members of the object that the pointer leads to; of a key that is there twice the first.
func (d *document) index(pointer string, object value) map[string]value {
	if found, ok := d.targets[pointer]; ok {
		return found
	}
	out := map[string]value{}
	for key, v := range object.members() {
		if !d.budget.spend(indexCost) {
			break
		}
		if _, ok := out[key]; !ok {
			out[key] = v
		}
	}
	d.targets[pointer] = out
	return out
}

// get follows names from a value through objects; nil if there is nothing.
func (d *document) get(from value, names ...string) value {
	for _, name := range names {
		from = member(from, name)
	}
	return from
}

// member returns a member of an object, or nil.
func member(of value, name string) value {
	if of == nil {
		return nil
	}
	for key, v := range of.members() {
		if key == name {
			return v
		}
	}
	return nil
}

// text returns a scalar below a value.
func (d *document) text(from value, names ...string) string {
	if v := d.get(from, names...); v != nil {
		return v.text()
	}
	return ""
}

// follow returns what a value refers to, within the document; the value itself if it refers to nothing, and nil if that
// is not there, is in another document, or never ends.
func (d *document) follow(v value) value {
	for range refHops {
		ref := d.text(v, "$ref")
		if ref == "" {
			return v
		}
		if v = d.target(ref); v == nil {
			return nil
		}
	}
	return nil
}

// target finds what a reference such as #/components/servers/x points to.
func (d *document) target(ref string) value {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok || strings.Count(pointer, "/") >= refDepth {
		return nil
	}
	v, path := d.root, ""
	for part := range strings.SplitSeq(pointer, "/") {
		key := part
		if plain, err := url.PathUnescape(part); err == nil {
			key = plain
		}
		if v = d.index(path, v)[unescape.Replace(key)]; v == nil {
			return nil
		}
		path = pointer[:len(path)+len(part)+min(len(path), 1)]
	}
	return v
}

// unescape is what JSON Pointer wants.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// done returns the facts, unless the budget did not suffice for them.
func (d *document) done(f Facts) (Facts, error) {
	if err := d.within(); err != nil {
		return Facts{}, err
	}
	return f, nil
}

// within says whether the budget sufficed.
func (d *document) within() error {
	if d.budget.left < 0 {
		return errors.New("aliases or references unfold to far more than the text: write out what they share, or split the definition")
	}
	return nil
}
