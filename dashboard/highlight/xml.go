package highlight

import "strings"

// xml marks a line of XML.
func (m *Marker) xml(line string) {
	line = m.goOn(line)
	for line != "" {
		if m.inTag {
			line = m.tag(line)
		} else {
			line = m.content(line)
		}
	}
}

// xmlParts are what begins like a tag and is none.
var xmlParts = []struct{ start, end, class string }{
	{"<!--", "-->", comment}, {"<![CDATA[", "]]>", value}, {"<?", "?>", mark}, {"<!", ">", mark},
}

// content marks what stands between tags, or the beginning of one.
func (m *Marker) content(line string) string {
	for _, p := range xmlParts {
		if strings.HasPrefix(line, p.start) {
			return m.begin(p.class, p.start, p.end, line)
		}
	}
	n := 0
	if line[0] == '<' {
		n = len("<")
		if strings.HasPrefix(line, "</") {
			n = len("</")
		}
		n += span(line[n:], named)
		m.inTag = n > 1
		m.write(key, line[:n])
		return line[n:]
	}
	if n = strings.IndexByte(line, '<'); n < 0 {
		n = len(line)
	}
	m.write(plain, line[:n])
	return line[n:]
}

// tag marks the next part within a tag.
func (m *Marker) tag(line string) string {
	n, class := 1, plain
	switch c := line[0]; {
	case c == '>', strings.HasPrefix(line, "/>"):
		n, class, m.inTag = 1+strings.IndexByte(line, '>'), key, false
	case c == '"', c == '\'':
		return m.begin(value, line[:1], line[:1], line)
	case letter(c):
		n, class = span(line, named), mark
	}
	m.write(class, line[:n])
	return line[n:]
}

// named tells what names of elements and attributes are made of.
func named(c byte) bool { return letter(c) || strings.IndexByte(":.-", c) >= 0 }
