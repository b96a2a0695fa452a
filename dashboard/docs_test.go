package dashboard_test

import (
	"os"
	"strings"
	"testing"
)

// TestFieldsAreDocumented holds that each field of JSON that pages give stands on the page about the dashboard.
func TestFieldsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/dashboard.md")
	if err != nil {
		t.Fatal(err)
	}
	c := sample(t)
	c.Exempt(exemption("sock-shop", "later", "component:carts", "production-readiness", "2026-09-01"))
	h := site(t, c, everything)
	for _, path := range everyPage {
		for name := range namesIn(facts(t, h, path), map[string]bool{}) {
			if !strings.Contains(string(doc), "`"+name+"`") {
				t.Errorf("%s: the field %q is not documented", path, name)
			}
		}
	}
}

// namesIn are the names of all fields of a value.
func namesIn(v any, out map[string]bool) map[string]bool {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			out[name] = true
			namesIn(field, out)
		}
	case []any:
		for _, item := range v {
			namesIn(item, out)
		}
	}
	return out
}
