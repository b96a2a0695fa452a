// Package docs tests that the documentation says what the code does.
package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// root is the checkout, seen from this folder.
const root = ".."

// files are the files of the checkout with an extension, by their path.
func files(t *testing.T, extension string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "artifacts"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != extension:
			return nil
		}
		text, err := os.ReadFile(path)
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// guide is the text that a user reads.
func guide(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for path, text := range files(t, ".md") {
		if strings.HasPrefix(path, "../docs/") || path == "../README.md" {
			out[path] = text
		}
	}
	return out
}

// example is an object of the catalog, also inside of a command.
var example = regexp.MustCompile(`(?ms)^apiVersion: catalog\.callboard\.dev/.*?^(---|EOF|` + "```" + `)$`)

func TestExamplesDecode(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := catalog.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	strict := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	found := map[string]bool{}
	for path, text := range guide(t) {
		for _, at := range example.FindAllStringSubmatchIndex(text, -1) {
			obj, _, err := strict.Decode([]byte(text[at[0]:at[2]]), nil, nil)
			if err != nil {
				t.Errorf("%s:%d: %v", path, line(text, at[0]), err)
				continue
			}
			found[obj.GetObjectKind().GroupVersionKind().Kind] = true
		}
	}
	for kind := range scheme.KnownTypes(catalog.GroupVersion) {
		if obj, err := scheme.New(catalog.GroupVersion.WithKind(kind)); err == nil && !found[kind] {
			if _, ok := obj.(catalog.Entity); ok {
				t.Errorf("there is no example of the kind %s", kind)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
)

func TestLinksLeadSomewhere(t *testing.T) {
	pages := files(t, ".md")
	for path, text := range pages {
		text = fence.ReplaceAllString(text, "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if err := lead(pages, path, m[1]); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// lead says what is wrong with a relative link of a page.
func lead(pages map[string]string, from, to string) error {
	file, anchor, _ := strings.Cut(to, "#")
	target := from
	if file != "" {
		target = filepath.Join(filepath.Dir(from), file)
	}
	if _, err := os.Stat(target); err != nil {
		return fmt.Errorf("the link %q leads nowhere", to)
	}
	if anchor == "" {
		return nil
	}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(pages[target], ""), -1) {
		if slug(m[1]) == anchor {
			return nil
		}
	}
	return fmt.Errorf("the link %q leads to no heading of %s", to, target)
}

// slug is the anchor of a heading.
func slug(title string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

var metric = regexp.MustCompile(`"(callboard_[a-z0-9_]+)"`)

func TestMetricsStandInTheReadme(t *testing.T) {
	readme := guide(t)["../README.md"]
	registered := map[string]bool{}
	for path, text := range files(t, ".go") {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../hack/") {
			continue
		}
		for _, m := range metric.FindAllStringSubmatch(text, -1) {
			registered[m[1]] = true
			if !strings.Contains(readme, "`"+m[1]+"`") {
				t.Errorf("%s registers %s, which is not in README.md", path, m[1])
			}
		}
	}
	for _, m := range regexp.MustCompile("`(callboard_[a-z0-9_]+)`").FindAllStringSubmatch(readme, -1) {
		if !registered[m[1]] {
			t.Errorf("README.md tells of %s, which nothing registers", m[1])
		}
	}
}

func TestConditionsAndReasonsAreExplained(t *testing.T) {
	var text strings.Builder
	for _, page := range guide(t) {
		text.WriteString(page)
	}
	names := append(constants(t, "../api/v1alpha1/conditions.go"), constants(t, "../api/v1alpha1/score_conditions.go")...)
	if len(names) < 20 {
		t.Fatalf("found only the constants %v", names)
	}
	for _, name := range names {
		if !strings.Contains(text.String(), "`"+name+"`") {
			t.Errorf("no page speaks of %s", name)
		}
	}
}

// constants are the values of the string constants of a file.
func constants(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if v, err := strconv.Unquote(l.Value); err == nil {
				out = append(out, v)
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func line(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// TestInstalledKinds holds that the cluster gets every kind.
func TestInstalledKinds(t *testing.T) {
	text, err := os.ReadFile(root + "/config/crd/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	crds, err := filepath.Glob(root + "/config/crd/catalog.callboard.dev_*.yaml")
	if err != nil || len(crds) < 11 {
		t.Fatalf("found the CRDs %v, %v", crds, err)
	}
	for _, crd := range crds {
		if !strings.Contains(string(text), "\n- "+filepath.Base(crd)+"\n") {
			t.Errorf("%s is not installed", filepath.Base(crd))
		}
	}
}
