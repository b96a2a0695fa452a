package highlight

import "strings"

// words are what a language looks like.
type words struct {
	reserved map[string]bool
	comment  string // what begins one that ends with the line
	block    string // what begins one that ends with */
	text     string // what begins and ends a text of several lines
	quotes   string
	keyed    bool // what stands before a colon is a key
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

var (
	yamlWords    = words{reserved: set("true false null True False Null TRUE FALSE NULL"), comment: "#", quotes: `"'`, keyed: true}
	jsonWords    = words{reserved: set("true false null"), quotes: `"`, keyed: true}
	graphqlWords = words{reserved: set("query mutation subscription fragment on type interface union enum input scalar schema directive " +
		"extend implements repeatable true false null"), comment: "#", text: `"""`, quotes: `"`, keyed: true}
	protoWords = words{reserved: set("syntax edition package import public weak option message enum service rpc returns stream oneof map " +
		"extend extensions reserved repeated optional required group to max true false double float int32 int64 uint32 uint64 sint32 " +
		"sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes"), comment: "//", block: "/*", quotes: `"'`}
)

// code marks a line of a language of words, quotes and brackets.
func (m *Marker) code(line string) {
	line = m.goOn(line)
	for line != "" {
		line = m.part(line)
	}
}

// part marks what a line begins with, and is what is left of it.
func (m *Marker) part(line string) string {
	c := line[0]
	switch {
	case begins(line, m.comment):
		m.write(comment, line)
		return ""
	case begins(line, m.block):
		return m.begin(comment, m.block, "*/", line)
	case begins(line, m.text):
		return m.begin(value, m.text, m.text, line)
	case strings.IndexByte(m.quotes, c) >= 0:
		n := quoted(line)
		m.write(m.keyOr(value, line[n:]), line[:n])
		return line[n:]
	case c == '@', c == '$':
		n := 1 + span(line[1:], letter)
		m.write(mark, line[:n])
		return line[n:]
	case digit(c), c == '-' && len(line) > 1 && digit(line[1]):
		n := 1 + span(line[1:], func(c byte) bool { return letter(c) || c == '.' })
		m.write(number, line[:n])
		return line[n:]
	case letter(c):
		n := span(line, letter)
		class := m.keyOr(plain, line[n:])
		if class == plain && m.reserved[line[:n]] {
			class = word
		}
		m.write(class, line[:n])
		return line[n:]
	}
	n := 1 + span(line[1:], blank)
	m.write(plain, line[:n])
	return line[n:]
}

// keyOr is the class of what stands before the rest of a line.
func (m *Marker) keyOr(class, rest string) string {
	if n := span(rest, blank); m.keyed && n < len(rest) && rest[n] == ':' {
		return key
	}
	return class
}

// begins tells whether a line begins with something that the language has.
func begins(line, with string) bool { return with != "" && strings.HasPrefix(line, with) }

// quoted is the length of the quoted text that a line begins with; it ends with the line at the latest.
func quoted(line string) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case line[0]:
			return i + 1
		}
	}
	return len(line)
}

// span is how many of the first bytes of a text are of a sort.
func span(text string, sort func(byte) bool) int {
	for i := range len(text) {
		if !sort(text[i]) {
			return i
		}
	}
	return len(text)
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digit(c) || c == '_' || c >= 0x80
}
