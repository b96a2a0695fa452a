package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
)

func TestParseRef(t *testing.T) {
	api := []relation.Kind{relation.API}
	consumer := []relation.Kind{relation.Component, relation.Resource}
	cases := map[string]struct {
		text    string
		kinds   []relation.Kind
		want    string
		wantErr string
	}{
		"kubectl's form":                         {"api/payments/charge", api, "api:payments/charge", ""},
		"kubectl's form without a namespace":     {"api/charge", api, "api:here/charge", ""},
		"kubectl's plural":                       {"apis/payments/charge", api, "api:payments/charge", ""},
		"kubectl's short name":                   {"comp/shop/checkout", consumer, "component:shop/checkout", ""},
		"the kind as it stands in a file":        {"API/payments/charge", api, "api:payments/charge", ""},
		"a resource with its group":              {"apis.catalog.callboard.dev/charge", api, "api:here/charge", ""},
		"a resource with version and group":      {"apis.v1alpha1.catalog.callboard.dev/charge", api, "api:here/charge", ""},
		"a catalog file's form":                  {"api:payments/charge", api, "api:payments/charge", ""},
		"a catalog file's form, upper case kind": {"Component:shop/checkout", consumer, "component:shop/checkout", ""},
		"kind and name":                          {"api:charge", api, "api:here/charge", ""},
		"namespace and name":                     {"payments/charge", api, "api:payments/charge", ""},
		"a name":                                 {"charge", api, "api:here/charge", ""},
		"a name with a dot":                      {"payments/charge.v2", api, "api:payments/charge.v2", ""},
		"a name that is a kind":                  {"payments/api", api, "api:payments/api", ""},
		"a namespace that is a kind":             {"api:api/charge", api, "api:api/charge", ""},
		"a namespace that is a kind, as kubectl": {"api/api/charge", api, "api:api/charge", ""},
		"the first kind is meant":                {"shop/checkout", consumer, "component:shop/checkout", ""},
		"the second kind":                        {"resource/shop/db", consumer, "resource:shop/db", ""},

		"nothing":              {"", api, "", `"" is not of the form [kind:][namespace/]name`},
		"no name":              {"payments/", api, "", "is not of the form"},
		"no namespace":         {"/charge", api, "", "is not of the form"},
		"too many parts":       {"api/a/b/c", api, "", "is not of the form"},
		"an unknown kind":      {"widget/payments/charge", api, "", `the unknown kind "widget": use component, api,`},
		"an unknown file kind": {"widget:charge", api, "", `the unknown kind "widget": use component, api,`},
		"another kind":         {"component:shop/checkout", api, "", "names a Component: name an API"},
		"a kind of no use":     {"system/shop/storefront", consumer, "", "names a System: name a Component or a Resource"},
		"a cluster's kind":     {"group/checkout-team", consumer, "", "names a Group: name a Component or a Resource"},
		"an upper case name":   {"payments/Charge", api, "", `"payments/Charge" is not of the form [kind:][namespace/]name, in lower case`},
		"a namespace in dots":  {"pay.ments/charge", api, "", "is not of the form"},
		"markup":               {"payments/<script>", api, "", "is not of the form"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseRef(tc.text, "here", tc.kinds...)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Errorf("parseRef(%q) = %v, %v, want an error with %q", tc.text, got, err, tc.wantErr)
				}
				return
			}
			if err != nil || got.String() != tc.want {
				t.Errorf("parseRef(%q) = %v, %v, want %s", tc.text, got, err, tc.want)
			}
		})
	}
}

// TestParseRefAgain holds, of every text of up to five parts, that a reference which can be read means the same when it
// is written in full. It is no fuzz target: those compile all of the client with instruments.
func TestParseRefAgain(t *testing.T) {
	parts := []string{"", "/", ":", "api", "comp.catalog.callboard.dev", "a-b.c", "X", "é", "default"}
	texts := []string{""}
	for range 5 {
		for _, text := range texts {
			for _, part := range parts {
				texts = append(texts, text+part)
			}
		}
		slices.Sort(texts)
		texts = slices.Compact(texts)
	}
	for _, text := range texts {
		ref, err := parseRef(text, "here", relation.API, relation.Component)
		if err != nil {
			continue
		}
		again, err := parseRef(ref.String(), "elsewhere", relation.Component, relation.API)
		if err != nil || again != ref {
			t.Errorf("parseRef(%q) = %v, and of that %v, %v", text, ref, again, err)
		}
	}
}
