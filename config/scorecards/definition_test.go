package scorecards_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// definitionOf reads of a definition what checks ask for; nil if there is none, or none that can be parsed. It knows no
// more of the languages than the samples need.
func definitionOf(t testing.TB, a *catalog.API) *scorecard.Definition {
	t.Helper()
	text := a.Spec.Definition
	if text == "" || definition.Check(string(a.Spec.Type), text) != nil {
		return nil
	}
	d := &scorecard.Definition{Format: string(a.Spec.Type), Undocumented: []string{}, Deprecated: []string{}, Servers: []string{}, Auth: []string{}}
	switch d.Format {
	case definition.OpenAPI, definition.AsyncAPI:
		ofYAML(t, text, d)
	case definition.GRPC:
		ofProto(text, d)
	default:
		return nil
	}
	return d
}

type operation struct {
	Summary, Description string
	Deprecated           bool
}

func (o operation) add(name string, d *scorecard.Definition) {
	d.Operations++
	if o.Summary == "" && o.Description == "" {
		d.Undocumented = append(d.Undocumented, name)
	}
	if o.Deprecated {
		d.Deprecated = append(d.Deprecated, name)
	}
}

func ofYAML(t testing.TB, text string, d *scorecard.Definition) {
	t.Helper()
	var doc struct {
		OpenAPI, AsyncAPI, Swagger string
		Info                       struct{ Title, Version string }
		Servers                    any
		Paths                      map[string]map[string]any
		Operations                 map[string]operation
		Components                 struct {
			SecuritySchemes map[string]struct{ Type string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	d.FormatVersion = doc.OpenAPI + doc.AsyncAPI + doc.Swagger
	d.Title, d.Version = doc.Info.Title, doc.Info.Version
	for path, item := range doc.Paths {
		for method, raw := range item {
			if !slices.Contains([]string{"get", "put", "post", "delete", "patch", "head", "options", "trace"}, method) {
				continue
			}
			o, _ := raw.(map[string]any)
			text := func(k string) string { s, _ := o[k].(string); return s }
			old, _ := o["deprecated"].(bool)
			operation{text("summary"), text("description"), old}.add(strings.ToUpper(method)+" "+path, d)
		}
	}
	for name, o := range doc.Operations {
		o.add(name, d)
	}
	switch servers := doc.Servers.(type) {
	case []any:
		for _, s := range servers {
			d.Servers = append(d.Servers, s.(map[string]any)["url"].(string))
		}
	case map[string]any:
		for _, s := range servers {
			s := s.(map[string]any)
			d.Servers = append(d.Servers, s["protocol"].(string)+"://"+s["host"].(string))
		}
	}
	for _, s := range doc.Components.SecuritySchemes {
		d.Auth = append(d.Auth, s.Type)
	}
	slices.Sort(d.Undocumented)
	slices.Sort(d.Deprecated)
}

var (
	rpc     = regexp.MustCompile(`^\s*rpc (\w+)`)
	service = regexp.MustCompile(`(?m)^service (\w+)`)
)

func ofProto(text string, d *scorecard.Definition) {
	d.FormatVersion = "proto3"
	if m := service.FindStringSubmatch(text); m != nil {
		d.Title = m[1]
	}
	before := ""
	for line := range strings.Lines(text) {
		if m := rpc.FindStringSubmatch(line); m != nil {
			o := operation{}
			if strings.HasPrefix(before, "//") || strings.HasSuffix(before, "*/") {
				o.Summary = before
			}
			o.add(m[1], d)
		}
		before = strings.TrimSpace(line)
	}
}
