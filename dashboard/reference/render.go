package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.html"))

// HTML renders a view of this package as a fragment: it begins with a heading h2, as the page that it stands in has the h1.
func HTML(view any) (template.HTML, error) {
	name := ""
	switch view.(type) {
	case *Overview:
		name = "overview"
	case *Item:
		name = "item"
	case *Broken:
		name = "broken"
	case *Source:
		name = "source"
	default:
		return "", fmt.Errorf("%T is no view of a reference", view)
	}
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, view); err != nil {
		return "", fmt.Errorf("render the %s: %w", name, err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // made by html/template
}
