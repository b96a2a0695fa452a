package dashboard

import (
	"html/template"
	"strings"

	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// What stands on pages hundreds of times is written here: html/template takes ten times as long for it. A test holds that
// it would write the same.

// referred is what the template "ref" shows.
type referred interface {
	reference() (address, ref, text string)
}

func (k link) reference() (address, ref, text string)    { return k.URL, k.Ref, k.Text }
func (r RefLink) reference() (address, ref, text string) { return r.URL, r.Ref, r.Text }

// refHTML names an object, and leads to its page if it has an address of ours.
func refHTML(r referred) template.HTML {
	var b strings.Builder
	writeRef(&b, r)
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

func writeRef(b *strings.Builder, r referred) {
	address, ref, text := r.reference()
	b.Grow(64 + len(address) + len(ref) + len(text))
	if own(address) {
		writeAll(b, `<span class="ref"><a href="`, address, `" title="`, ref, `">`, text, `</a></span>`)
	} else {
		writeAll(b, `<span class="ref"><span title="`, ref, `">`, text, `</span></span>`)
	}
}

// cellsHTML are the fields of a row of a table.
func cellsHTML(cells []cell) template.HTML {
	var b strings.Builder
	b.Grow(128 * len(cells))
	for i := range cells {
		writeCell(&b, &cells[i])
	}
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

func writeCell(b *strings.Builder, c *cell) {
	end := "</td>"
	switch {
	case c.Head:
		b.WriteString(`<th scope="row">`)
		end = "</th>"
	case c.Num:
		writeAll(b, `<td class="num" data-label="`, c.Label, `">`)
	default:
		writeAll(b, `<td data-label="`, c.Label, `">`)
	}
	switch {
	case !own(c.URL):
		writeEscaped(b, c.Text)
	case c.Hint == "":
		writeAll(b, `<a href="`, c.URL, `">`, c.Text, `</a>`)
	default:
		writeAll(b, `<a href="`, c.URL, `" title="`, c.Hint, `">`, c.Text, `</a>`)
	}
	for _, badge := range c.Badges {
		writeBadge(b, badge)
		b.WriteString(" ")
	}
	if c.Sub != "" {
		writeAll(b, `<small class="sub">`, c.Sub, `</small>`)
	}
	b.WriteString(end)
}

// pictureRowHTML is a row of the table that says the same as a picture.
func pictureRowHTML(r diagram.Row) template.HTML {
	var b strings.Builder
	b.WriteString(`<tr><td data-label="From">`)
	writeLink(&b, r.FromURL, r.From)
	writeAll(&b, `</td><td data-label="Relation">`, r.Relation, `</td><td data-label="To">`)
	writeLink(&b, r.ToURL, r.To)
	writeAll(&b, `</td><td data-label="Access">`, r.Access, `</td></tr>`)
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

// impactHTML is an entity that may notice a change, in a list.
func impactHTML(i impactItem) template.HTML {
	var b strings.Builder
	b.WriteString("<li>")
	writeRef(&b, i.link)
	writeAll(&b, " <small>", i.Ref, "</small>")
	if i.Through != nil {
		b.WriteString(" <small>through</small> ")
		writeRef(&b, *i.Through)
	}
	b.WriteString("</li>")
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

// writeLink writes a text, which leads somewhere if it has an address of ours.
func writeLink(b *strings.Builder, address, text string) {
	if own(address) {
		writeAll(b, `<a href="`, address, `">`, text, `</a>`)
	} else {
		writeEscaped(b, text)
	}
}

func badgeHTML(v Badge) template.HTML {
	var b strings.Builder
	writeBadge(&b, v)
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

func writeBadge(b *strings.Builder, v Badge) {
	switch {
	case v.Text == "":
	case v.Title == "":
		writeAll(b, `<span class="badge `, v.Tone, `">`, v.Text, `</span>`)
	default:
		writeAll(b, `<span class="badge `, v.Tone, `" title="`, v.Title, `">`, v.Text, `</span>`)
	}
}

// valuesHTML are the values of a facet.
func valuesHTML(values []facetValue) template.HTML {
	var b strings.Builder
	b.Grow(192 * len(values))
	for i := range values {
		writeValue(&b, &values[i])
	}
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

func writeValue(b *strings.Builder, v *facetValue) {
	current := `" rel="nofollow"><span>`
	if v.Active {
		current = `" rel="nofollow" aria-current="true"><span>`
	}
	address := v.URL
	if !own(address) {
		address = "#"
	}
	writeAll(b, `<li><a href="`, address, current, v.Text, `</span><span class="num">`, thousands(v.Count), "</span></a></li>\n")
}

// scoreCellsHTML are the fields of a row of the score board.
func scoreCellsHTML(cells []scoreCell) template.HTML {
	var b strings.Builder
	b.Grow(96 * len(cells))
	for i := range cells {
		c := &cells[i]
		writeAll(&b, `<td class="`, c.Tone)
		if c.Hint != "" {
			writeAll(&b, `" title="`, c.Hint)
		}
		writeAll(&b, `">`, c.Text, `</td>`)
	}
	return template.HTML(b.String()) //nolint:gosec // all that is of others is escaped
}

// writeAll writes markup of ours and texts of others in turns.
func writeAll(b *strings.Builder, markupAndTexts ...string) {
	for i, s := range markupAndTexts {
		if i%2 == 0 {
			b.WriteString(s)
		} else {
			writeEscaped(b, s)
		}
	}
}

// own says whether an address is one of this site, written as an address is to be written.
func own(address string) bool {
	const marks = "-._~!#$&*+,/:;=?@[]%abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") &&
		strings.Trim(address, marks) == "" // it stops at what is none of them
}

// writeEscaped writes a text of others so that it is nothing else, in an element or in a quoted attribute.
func writeEscaped(b *strings.Builder, text string) {
	from := 0
	for i := range len(text) {
		var as string
		switch text[i] {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&#34;"
		case '\'':
			as = "&#39;"
		case '+':
			as = "&#43;"
		case 0:
			as = "\uFFFD"
		default:
			continue
		}
		b.WriteString(text[from:i])
		b.WriteString(as)
		from = i + 1
	}
	b.WriteString(text[from:])
}
