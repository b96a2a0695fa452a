package reference

import (
	"encoding/json"
	"errors"
	"strings"
)

// maxDepth is how deep a document may nest. What people write stays below 50.
const maxDepth = 1000

// readJSON makes the tree of a text that encoding/json has found valid. Its spans are parts of that text, which it keeps.
func readJSON(source string) (*tree, error) {
	t := &tree{text: source, records: make([]record, 1, 1024+len(source)/24)}
	s := scanner{tree: t, text: source, line: 1}
	var err error
	if t.root, err = s.value(0); err != nil {
		return nil, err
	}
	t.trim()
	return t, nil
}

// trim gives back room that is not needed, if it is much.
func (t *tree) trim() {
	if cap(t.records)-len(t.records) > len(t.records)/4 {
		t.records = append(make([]record, 0, len(t.records)), t.records...)
	}
}

// scanner walks over valid JSON.
type scanner struct {
	*tree
	text string
	at   int
	line int
}

func (s *scanner) space() {
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\n':
			s.line++
		case ' ', '\t', '\r', ',', ':':
		default:
			return
		}
	}
}

// value adds the value that comes next.
func (s *scanner) value(depth int) (node, error) {
	s.space()
	if depth > maxDepth {
		return 0, s.tooDeep()
	}
	switch c := s.text[s.at]; c {
	case '{', '[':
		n := s.add(record{kind: list, line: uint32(s.line)})
		if c == '{' {
			s.records[n].kind = object
		}
		s.at++
		return n, s.children(n, depth)
	case '"':
		val, escaped := s.quoted()
		return s.add(record{kind: text, val: val, escaped: escaped, line: uint32(s.line)}), nil
	default:
		return s.word(c), nil
	}
}

// children adds what stands within brackets.
func (s *scanner) children(parent node, depth int) error {
	var last node
	for {
		s.space()
		if c := s.text[s.at]; c == '}' || c == ']' {
			s.at++
			return nil
		}
		var key span
		var escaped bool
		if s.records[parent].kind == object {
			key, escaped = s.quoted()
		}
		child, err := s.value(depth + 1)
		if err != nil {
			return err
		}
		s.records[child].key, s.records[child].keyEscaped = key, escaped
		if last == 0 {
			s.records[parent].child = child
		} else {
			s.records[last].next = child
		}
		last = child
	}
}

// quoted returns what stands between the quotes of the string that comes next.
func (s *scanner) quoted() (in span, escaped bool) {
	s.at++
	in.from = uint32(s.at)
	for s.text[s.at] != '"' {
		if s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
		s.at++
	}
	in.to = uint32(s.at)
	s.at++
	return in, escaped
}

// word adds a number, true, false or null.
func (s *scanner) word(first byte) node {
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
		s.at++
	}
	r := record{kind: number, val: span{uint32(from), uint32(s.at)}, line: uint32(s.line)}
	switch first {
	case 't', 'f':
		r.kind = boolean
	case 'n':
		r.kind = null
	}
	return s.add(r)
}

func (s *scanner) tooDeep() error {
	return &Error{Line: s.line, Column: column(s.text, s.at), Message: "this nests deeper than 1,000 levels: write it flatter"}
}

// jsonError says where a text is not JSON; nil if it is.
func jsonError(source string) *Error {
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal([]byte(source), new(json.RawMessage)), &syntax) {
		return nil
	}
	at := max(0, min(int(syntax.Offset), len(source))-1)
	return &Error{Line: 1 + strings.Count(source[:at], "\n"), Column: column(source, at), Message: "this is not JSON: " + syntax.Error()}
}

// column counts the characters of the line that come before a place in a text, from 1.
func column(source string, at int) int {
	return 1 + len([]rune(source[1+strings.LastIndexByte(source[:at], '\n'):at]))
}
