package v1alpha1_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// schema is the part of an OpenAPI schema that kubectl explain shows.
type schema struct {
	Description          string            `json:"description"`
	Properties           map[string]schema `json:"properties"`
	Items                *schema           `json:"items"`
	AdditionalProperties *schema           `json:"additionalProperties"`
}

// TestEveryFieldIsExplained holds that kubectl explain has a text for each field of each kind.
func TestEveryFieldIsExplained(t *testing.T) {
	files, err := filepath.Glob("../../config/crd/catalog.callboard.dev_*.yaml")
	if err != nil || len(files) < 7 {
		t.Fatalf("found the CRDs %q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct {
						OpenAPIV3Schema schema `json:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := yaml.Unmarshal(text, &crd); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		fields := 0
		for _, v := range crd.Spec.Versions {
			s := v.Schema.OpenAPIV3Schema
			if s.Description == "" {
				t.Errorf("%s %s is not explained", crd.Spec.Names.Kind, v.Name)
			}
			fields += explained(t, crd.Spec.Names.Kind, &s)
		}
		if fields < 8 {
			t.Errorf("%s has %d fields, want more: is the schema read at all?", crd.Spec.Names.Kind, fields)
		}
	}
}

// explained counts the fields below a schema and names those without a text.
func explained(t *testing.T, path string, s *schema) int {
	t.Helper()
	n := 0
	for name, p := range s.Properties {
		n++
		at := path + "." + name
		if strings.TrimSpace(p.Description) == "" && at != path+".metadata" { // the API server explains metadata
			t.Errorf("%s is not explained", at)
		}
		n += explained(t, at, &p)
	}
	if s.Items != nil {
		n += explained(t, path+"[]", s.Items)
	}
	if s.AdditionalProperties != nil {
		n += explained(t, path+"{}", s.AdditionalProperties)
	}
	return n
}
