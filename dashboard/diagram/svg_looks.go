package diagram

import (
	"fmt"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
)

// look is how an element looks: by class in a page, by attributes where it stands alone.
func (s *svg) look(classes string) string {
	if s.form == Inline {
		return ` class="` + classes + `"`
	}
	var b strings.Builder
	for class := range strings.FieldsSeq(classes) {
		b.WriteString(looks[class])
	}
	return b.String()
}

// looks are the attributes of an SVG that stands alone. No two classes of one element have the same attribute.
var looks = map[string]string{
	"dg":              ` font-family="system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"`,
	"dg-box":          ` color="#57606a"`,
	"dg-area":         ` fill="#f6f8fa" stroke="#d0d7de"`,
	"dg-box-label":    ` font-size="13" font-weight="600" fill="#57606a"`,
	"dg-card":         ` fill="#ffffff"`,
	"dg-api":          ` stroke="#8250df" color="#6639ba"`,
	"dg-component":    ` stroke="#4c8dd6" color="#0b5cad"`,
	"dg-resource":     ` stroke="#bf8700" color="#7d4e00"`,
	"dg-system":       ` stroke="#2da44e" color="#116329"`,
	"dg-domain":       ` stroke="#1b7c83" color="#0f5a60"`,
	"dg-group":        ` stroke="#bf3989" color="#99286e"`,
	"dg-user":         ` stroke="#bf3989" color="#99286e"`,
	"dg-none":         ` stroke="#8c959f" color="#57606a"`,
	"dg-card-focus":   ` stroke-width="3"`,
	"dg-icon":         ` fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"`,
	"dg-label":        ` font-size="13" font-weight="600" fill="#1b1f24" stroke="none"`,
	"dg-sub":          ` font-size="11" fill="#57606a" stroke="none"`,
	"dg-mark":         ` fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"`,
	"dg-good":         ` stroke="#116329"`,
	"dg-info":         ` stroke="#0b4a87"`,
	"dg-calm":         ` stroke="#424a53"`,
	"dg-bad":          ` stroke="#a40e26"`,
	"dg-line":         ` fill="none" stroke-width="1.4"`,
	"dg-edge":         ` stroke="#6e7781" fill="#6e7781"`,
	"dg-denied":       ``,
	"dg-line-denied":  ` stroke="#a40e26" stroke-dasharray="6 4"`,
	"dg-arrow":        ` stroke="none"`,
	"dg-arrow-denied": ` fill="#a40e26"`,
	"dg-ground":       ` fill="#ffffff" fill-opacity="0.75"`,
	"dg-words":        ` font-size="11" fill="#57606a"`,
	"dg-words-denied": ` font-size="11" font-weight="600" fill="#a40e26"`,
}

// icons are drawn on a ground of 16 by 16.
var icons = map[relation.Kind]string{
	relation.API:       "M5.5 4 1.5 8l4 4M10.5 4l4 4-4 4M9.2 2.5 6.8 13.5",
	relation.Component: "M8 1.5 14 4.8v6.4L8 14.5 2 11.2V4.8ZM2 4.8 8 8l6-3.2M8 8v6.5",
	relation.Resource:  "M2.5 4c0-3 11-3 11 0v8c0 3-11 3-11 0ZM2.5 4c0 3 11 3 11 0M2.5 8c0 3 11 3 11 0",
	relation.System:    "M2 2h5v5H2ZM9 2h5v5H9ZM2 9h5v5H2ZM9 9h5v5H9Z",
	relation.Domain:    "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4ZM1.8 8h12.4M8 1.8c-4 4-4 8.4 0 12.4c4-4 4-8.4 0-12.4",
	relation.Group:     "M6 2.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5ZM1.5 13.5c0-5 9-5 9 0M10.5 2.8a2.5 2.5 0 0 1 0 4.4M12 9.8c1.7.6 2.5 1.9 2.5 3.7",
	relation.User:      "M8 2a3 3 0 1 1 0 6a3 3 0 1 1 0-6ZM2.5 14c0-6 11-6 11 0",
}

// icon draws what a kind is known by.
func (s *svg) icon(k relation.Kind, x, y float64) {
	path := icons[k]
	if path == "" {
		path = "M3 3h10v10H3Z"
	}
	fmt.Fprintf(s, `<path transform="translate(%s %s)" d="%s"%s/>`, px(x), px(y), path, s.look("dg-icon"))
}
