package arrows_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/hack/arrows"
)

// root is the checkout, seen from this folder.
const root = "../.."

// goFile is a file of the checkout. Folder is relative to the root; own tells that its module is not the root's.
type goFile struct {
	folder string
	test   bool
	own    bool
	fset   *token.FileSet
	syntax *ast.File
}

func TestTreeFollowsTheArrows(t *testing.T) {
	for _, f := range files(t) {
		if f.own {
			continue
		}
		for _, spec := range f.syntax.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := arrows.Turned(arrows.Import{From: f.folder, Path: path, Test: f.test}); wrong != "" {
				t.Errorf("%s: %s", f.fset.Position(spec.Pos()), wrong)
			}
		}
	}
}

func TestTreeKeepsItsSizes(t *testing.T) {
	for _, f := range files(t) {
		for _, wrong := range arrows.TooLong(f.fset, f.syntax, f.test) {
			t.Error(wrong)
		}
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(makefile, []byte("\n")); got > arrows.MaxMakefile {
		t.Errorf("Makefile has %d lines, %d at most: move what is long to hack/*.sh", got, arrows.MaxMakefile)
	}
}

// files parses every Go file of the checkout that a person wrote.
func files(t *testing.T) []goFile {
	t.Helper()
	var out []goFile
	modules := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(folder, d.Name(), modules)
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		folder = filepath.ToSlash(filepath.Dir(folder))
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(syntax) {
			out = append(out, goFile{folder, strings.HasSuffix(path, "_test.go"), within(folder, modules), fset, syntax})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no Go files found")
	}
	return out
}

// enter skips folders without code of ours, and notes those that are modules of their own.
func enter(folder, name string, modules map[string]bool) error {
	if folder != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(root, folder, "go.mod")); err == nil && folder != "." {
		modules[filepath.ToSlash(folder)] = true
	}
	return nil
}

func within(folder string, modules map[string]bool) bool {
	for m := range modules {
		if folder == m || strings.HasPrefix(folder, m+"/") {
			return true
		}
	}
	return false
}
