package reference

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// writer writes JSON of a bounded size.
type writer struct {
	strings.Builder
	indent string // of one level; empty: all in a line
	most   int
}

func (w *writer) full() bool { return w.Len() >= w.most }

// line begins a line.
func (w *writer) line(depth int) {
	if w.indent != "" {
		w.WriteString("\n" + strings.Repeat(w.indent, depth))
	}
}

// string writes a string, without the escapes that encoding/json has for HTML.
func (w *writer) string(s string) {
	if len(s) > w.most {
		for i := w.most; ; i-- {
			if utf8.RuneStart(s[i]) {
				s = s[:i] + "…"
				break
			}
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // of a string it cannot fail
	w.WriteString(strings.TrimSuffix(b.String(), "\n"))
}

// json writes a part as JSON of about most bytes.
func (r *reader) json(n node, most int, indent string) string {
	w := &writer{indent: indent, most: most}
	r.write(w, n, 0)
	return w.String()
}

func (r *reader) write(w *writer, n node, depth int) {
	switch k := r.kind(n); k {
	case text:
		w.string(r.scalar(n))
	case number, boolean:
		w.WriteString(r.scalar(n))
	case object, list:
		if depth > 40 || w.full() {
			w.WriteString("…")
			return
		}
		r.writeMembers(w, n, depth, k == object)
	default:
		w.WriteString("null")
	}
}

func (r *reader) writeMembers(w *writer, n node, depth int, named bool) {
	brackets := "[]"
	if named {
		brackets = "{}"
	}
	w.WriteString(brackets[:1])
	first := true
	each := func(key string, c node) bool {
		if !first {
			w.WriteString(",")
		}
		first = false
		w.line(depth + 1)
		if w.full() {
			w.WriteString("…")
			return false
		}
		if named {
			w.string(key)
			w.WriteString(": ")
		}
		r.write(w, c, depth+1)
		return true
	}
	if named {
		r.members(n)(each)
	} else {
		r.elements(n)(func(c node) bool { return each("", c) })
	}
	if !first {
		w.line(depth)
	}
	w.WriteString(brackets[1:])
}

// indent is what examples are indented by.
const indent = "  "

// given is an example as the definition has it: a text as it is, anything else as JSON.
func (p *page) given(n node) string {
	if p.r.kind(n) == text {
		return p.r.scalar(n)
	}
	return p.r.json(n, maxExample, indent)
}

// The bounds of an example that is made of a schema.
const (
	madeDepth  = 6
	madeFields = 200
)

// maker makes an example of a schema.
type maker struct {
	*page
	writer

	left int
	refs []string
}

// make returns an example of a schema as JSON.
func (p *page) make(n node) string {
	m := &maker{page: p, writer: writer{indent: indent, most: maxExample / 8}, left: madeFields}
	m.value(n, 0)
	return m.String()
}

func (m *maker) value(n node, depth int) {
	s := m.schema(n)
	if s.lost != "" || m.left <= 0 || m.full() || s.ref != "" && slices.Contains(m.refs, s.ref) {
		m.WriteString("null")
		return
	}
	m.left--
	if s.ref != "" {
		m.refs = append(m.refs, s.ref)
		defer func() { m.refs = m.refs[:len(m.refs)-1] }()
	}
	for _, key := range []string{"example", "const", "default"} {
		if c := m.get(s, key); c != 0 {
			m.r.write(&m.writer, c, depth)
			return
		}
	}
	for _, key := range []string{"examples", "enum"} {
		for c := range m.r.elements(m.get(s, key)) {
			m.r.write(&m.writer, c, depth)
			return
		}
	}
	m.typed(s, depth)
}

// typed makes a value of a type.
func (m *maker) typed(s schema, depth int) {
	t := ""
	if types := m.r.texts(m.get(s, "type")); len(types) > 0 {
		t = types[0]
	}
	switch {
	case t == "object" || t == "" && m.get(s, "properties") != 0:
		m.object(s, depth)
	case t == "array" || t == "" && m.get(s, "items") != 0:
		m.array(s, depth)
	case t == "integer" || t == "number":
		m.number(s)
	case t == "boolean":
		m.WriteString("true")
	case t == "string":
		m.string(sample(m.says(s, "format")))
	default:
		m.choice(s, depth)
	}
}

func (m *maker) choice(s schema, depth int) {
	for _, key := range []string{"oneOf", "anyOf"} {
		for c := range m.r.elements(m.get(s, key)) {
			m.value(c, depth)
			return
		}
	}
	m.WriteString("null")
}

func (m *maker) number(s schema) {
	if least := m.get(s, "minimum"); m.r.kind(least) == number {
		m.WriteString(m.r.scalar(least))
		return
	}
	m.WriteString("1")
}

func (m *maker) array(s schema, depth int) {
	items := m.get(s, "items")
	if items == 0 || depth >= madeDepth {
		m.WriteString("[]")
		return
	}
	m.WriteString("[")
	m.line(depth + 1)
	m.value(items, depth+1)
	m.line(depth)
	m.WriteString("]")
}

func (m *maker) object(s schema, depth int) {
	first := true
	seen := map[string]bool{}
	m.WriteString("{")
	for _, n := range s.parts {
		for name, c := range m.r.members(m.r.get(n, "properties")) {
			if seen[name] || depth >= madeDepth || m.left <= 0 || m.full() || m.circular(c) {
				continue
			}
			seen[name] = true
			if !first {
				m.WriteString(",")
			}
			first = false
			m.line(depth + 1)
			m.string(name)
			m.WriteString(": ")
			m.value(c, depth+1)
		}
	}
	if !first {
		m.line(depth)
	}
	m.WriteString("}")
}

// circular tells a property that is, or is a list of, what it is a part of.
func (m *maker) circular(n node) bool {
	for _, at := range []node{n, m.r.get(n, "items")} {
		if ref := m.r.text(at, "$ref"); ref != "" && slices.Contains(m.refs, ref) {
			return true
		}
	}
	return false
}

// sample is a text of a format.
func sample(format string) string {
	if s, ok := samples[format]; ok {
		return s
	}
	return "text"
}

var samples = map[string]string{
	"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00Z", "duration": "PT1H", "email": "ada@example.com",
	"uuid": "7f0c2f6e-3c1b-4b59-9b4c-0a5d6a1e2f30", "uri": "https://example.com/", "url": "https://example.com/",
	"hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "byte": "dGV4dA==", "password": "secret",
}
