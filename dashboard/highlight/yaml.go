package highlight

import "strings"

// yaml marks a line of YAML.
func (m *Marker) yaml(line string) {
	deep := span(line, blank)
	if m.indent >= 0 {
		if deep == len(line) || deep >= m.indent {
			m.write(value, line)
			return
		}
		m.indent = -1
	}
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "..."), strings.HasPrefix(line, "%"):
		m.write(mark, line)
		return
	}
	at := deep
	for strings.HasPrefix(line[at:], "- ") {
		deep = at
		at += 2 + span(line[at+2:], blank)
	}
	m.write(plain, line[:at])
	rest := line[at:]
	if n := yamlKey(rest); n > 0 {
		deep = at
		m.write(key, rest[:n])
		n2 := n + 1 + span(rest[n+1:], blank)
		m.write(plain, rest[n:n2])
		rest = rest[n2:]
	}
	m.yamlValue(rest, deep)
}

// yamlKey is the length of the key that a line begins with; 0 if there is none.
func yamlKey(line string) int {
	if line == "" || strings.IndexByte("#{[&*!|>%@`", line[0]) >= 0 {
		return 0
	}
	n := 0
	if line[0] == '"' || line[0] == '\'' {
		n = quoted(line)
	} else {
		n = strings.Index(line+" ", ": ")
	}
	if n <= 0 || n >= len(line) || line[n] != ':' || n+1 < len(line) && !blank(line[n+1]) || strings.Contains(line[:n], " #") {
		return 0
	}
	return n
}

// yamlValue marks what stands behind a key, or alone on a line whose content begins at a depth.
func (m *Marker) yamlValue(text string, deep int) {
	for text != "" && strings.IndexByte("&*!", text[0]) >= 0 {
		n := span(text, func(c byte) bool { return !blank(c) })
		m.write(mark, text[:n])
		blanks := span(text[n:], blank)
		m.write(plain, text[n:n+blanks])
		text = text[n+blanks:]
	}
	if text == "" {
		return
	}
	switch text[0] {
	case '|', '>':
		m.indent = deep + 1
		m.write(mark, text)
	case '"', '\'', '{', '[', ']', '}', '#':
		for text != "" {
			text = m.part(text)
		}
	default:
		n := strings.Index(text, " #")
		if n < 0 {
			n = len(text)
		}
		m.write(m.scalar(strings.TrimRight(text[:n], " \t\r")), text[:n])
		m.write(comment, text[n:])
	}
}

// scalar is what a value without quotes is.
func (m *Marker) scalar(text string) string {
	switch {
	case m.reserved[text] || text == "~":
		return word
	case text != "" && digit(text[len(text)-1]) && span(text, func(c byte) bool { return digit(c) || c == '.' || c == '-' }) == len(text):
		return number
	}
	return plain
}
