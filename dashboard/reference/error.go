package reference

import (
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// Error says where a definition breaks.
type Error struct {
	Line    int       `json:"line"`   // from 1
	Column  int       `json:"column"` // from 1; 0 if it is not known
	Message string    `json:"message"`
	Excerpt []TextRow `json:"excerpt"` // the lines around it
}

func (e *Error) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// TextRow is a line of a definition.
type TextRow struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
	Cut    bool   `json:"cut,omitempty"`    // the line is longer
	Broken bool   `json:"broken,omitempty"` // the definition breaks here
	Marker string `json:"marker,omitempty"` // spaces up to where it breaks

	marked template.HTML
}

// HTML is the text of the line, marked if its language is known.
func (r TextRow) HTML() template.HTML {
	if r.marked == "" {
		return template.HTML(template.HTMLEscapeString(r.Text)) //nolint:gosec // escaped
	}
	return r.marked
}

// The sizes of what is shown of a text.
const (
	around  = 4    // lines before and after the broken one
	maxLine = 1000 // bytes of a line
)

// located makes an error with the lines around its place of any error that a parser gives.
func located(source string, err error) *Error {
	var e *Error
	var syntax *definition.SyntaxError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &syntax):
		e = &Error{Line: syntax.Line, Column: syntax.Column, Message: syntax.Message}
	default:
		e = &Error{Line: 1, Message: err.Error()}
	}
	e.Message, _ = markdown.Cut(e.Message, maxLine)
	e.Line = max(1, e.Line)
	e.Excerpt = excerpt(source, e.Line, e.Column)
	return e
}

func excerpt(source string, line, col int) []TextRow {
	out := rows(source, max(1, line-around), 2*around+1)
	for i := range out {
		if out[i].Number != line {
			continue
		}
		out[i].Broken = true
		before := []rune(out[i].Text)
		if col > 0 && col-1 <= len(before) {
			out[i].Marker = spaces(before[:col-1])
		} else {
			out[i].Marker = ""
		}
	}
	return out
}

// spaces is as wide as a text.
func spaces(s []rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(s))
}

// rows returns n lines of a text.
func rows(source string, from, n int) []TextRow {
	out := []TextRow{}
	number := 0
	for line := range strings.SplitSeq(source, "\n") {
		if number++; number < from {
			continue
		}
		if number >= from+n {
			break
		}
		short, cut := markdown.Cut(strings.TrimSuffix(line, "\r"), maxLine)
		out = append(out, TextRow{Number: number, Text: strings.ToValidUTF8(short, "\uFFFD"), Cut: cut})
	}
	return out
}
