// Package highlight marks the parts of texts in YAML, JSON, GraphQL, Protocol Buffers and XML, so that a page can colour
// them. It reads each byte a bounded number of times, whatever the text: users write these texts, and every page of an
// entity shows one. What it takes for something else than it is has another colour, and nothing more.
package highlight

import (
	"html/template"
	"regexp"
	"strings"
)

// Language is one that texts are written in. What is none of these is shown as it is.
type Language string

// The languages.
const (
	YAML    Language = "yaml"
	JSON    Language = "json"
	GraphQL Language = "graphql"
	Proto   Language = "proto"
	XML     Language = "xml"
)

// MaxText is how much of a text is marked, in bytes. The rest is shown as it is.
const MaxText = 128 << 10

// What parts of a text are: the classes of style sheets. What is plain has none.
const (
	plain   = ""
	key     = "hl-key"     // what names a value
	value   = "hl-value"   // a quoted text
	number  = "hl-number"  // a number
	word    = "hl-word"    // what the language reserves
	comment = "hl-comment" // what is for people
	mark    = "hl-mark"    // what is about the text itself: tags, anchors, directives
)

// Classes are all that parts have.
var Classes = regexp.MustCompile(`^hl-(key|value|number|word|comment|mark)$`)

// names are what languages are called in fences of Markdown.
var names = map[string]Language{
	"yaml": YAML, "yml": YAML, "json": JSON, "graphql": GraphQL, "gql": GraphQL, "proto": Proto, "protobuf": Proto, "xml": XML, "wsdl": XML, "html": XML,
}

// Named is the language that people call like that; none if there is none.
func Named(name string) Language { return names[strings.ToLower(name)] }

// Of is the language of a text that begins like that, if it is JSON or XML, and else the other one.
func Of(text string, other Language) Language {
	text = strings.TrimLeft(text, "\ufeff \t\r\n")
	switch {
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return JSON
	case strings.HasPrefix(text, "<"):
		return XML
	}
	return other
}

// HTML is a text with its parts marked, escaped.
func HTML(language Language, text string) template.HTML {
	m := New(language)
	var out strings.Builder
	out.Grow(2 * len(text))
	for line, rest, more := "", text, true; more; {
		line, rest, more = strings.Cut(rest, "\n")
		m.mark(&out, line)
		if more {
			out.WriteByte('\n')
		}
	}
	return template.HTML(out.String()) //nolint:gosec // write escapes
}

// Marker marks the lines of one text, in their order.
type Marker struct {
	scan func(*Marker, string) // the lines of the language; nil if it is none that is marked
	out  *strings.Builder      // nil if a line is only passed by
	left int                   // how many bytes are still marked
	words

	class, end string // what goes on over lines: until which text, as what
	inTag      bool   // of XML
	indent     int    // of YAML: what is deeper belongs to a text of several lines; negative if there is none
}

// New is what marks a text in a language.
func New(language Language) *Marker {
	m := &Marker{left: MaxText, indent: -1}
	switch language {
	case YAML:
		m.scan, m.words = (*Marker).yaml, yamlWords
	case JSON:
		m.scan, m.words = (*Marker).code, jsonWords
	case GraphQL:
		m.scan, m.words = (*Marker).code, graphqlWords
	case Proto:
		m.scan, m.words = (*Marker).code, protoWords
	case XML:
		m.scan = (*Marker).xml
	}
	return m
}

// Line is the next line of the text, escaped.
func (m *Marker) Line(line string) template.HTML {
	var out strings.Builder
	m.mark(&out, line)
	return template.HTML(out.String()) //nolint:gosec // write escapes
}

// Skip passes the next line by. It is false if those behind it are no longer marked.
func (m *Marker) Skip(line string) bool {
	m.mark(nil, line)
	return m.scan != nil
}

func (m *Marker) mark(out *strings.Builder, line string) {
	m.out = out
	if m.left -= len(line) + 1; m.scan == nil || m.left < 0 {
		m.scan = nil
		m.write(plain, line)
		return
	}
	m.scan(m, line)
}

// write adds a part of the line.
func (m *Marker) write(class, text string) {
	if m.out == nil || text == "" {
		return
	}
	if class == plain {
		m.out.WriteString(escaper.Replace(text))
		return
	}
	m.out.WriteString(`<span class="` + class + `">`)
	m.out.WriteString(escaper.Replace(text))
	m.out.WriteString("</span>")
}

// escaper makes text of what is markup otherwise.
var escaper = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "'", "&#39;", "&", "&amp;", "<", "&lt;", ">", "&gt;")

// goOn writes what of the line belongs to a part that has begun before, and is what is left of the line.
func (m *Marker) goOn(line string) string {
	if m.end == "" {
		return line
	}
	at := strings.Index(line, m.end)
	if at < 0 {
		m.write(m.class, line)
		return ""
	}
	at += len(m.end)
	m.write(m.class, line[:at])
	m.end = ""
	return line[at:]
}

// begin writes what begins a part that goes on until a text, and is what is left of the line behind that.
func (m *Marker) begin(class, start, end, line string) string {
	m.class, m.end = class, end
	at := strings.Index(line[len(start):], end)
	if at < 0 {
		m.write(class, line)
		return ""
	}
	at += len(start) + len(end)
	m.write(class, line[:at])
	m.end = ""
	return line[at:]
}
