package arrows_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/hack/arrows"
)

func TestTurned(t *testing.T) {
	const (
		own       = arrows.Module + "/"
		clientgo  = "k8s.io/client-go/kubernetes"
		runtime   = "sigs.k8s.io/controller-runtime/pkg/client"
		machinery = "k8s.io/apimachinery/pkg/labels"
	)
	cases := map[string]struct {
		in     arrows.Import
		turned bool
	}{
		"main wires the controllers":              {arrows.Import{From: ".", Path: own + "controllers/store"}, false},
		"main wires the dashboard":                {arrows.Import{From: ".", Path: own + "dashboard"}, false},
		"the plugin uses a rule":                  {arrows.Import{From: "cmd/kubectl-callboard", Path: own + "api/visibility"}, false},
		"one command uses another":                {arrows.Import{From: "cmd/a", Path: own + "cmd/b"}, true},
		"main uses a command":                     {arrows.Import{From: ".", Path: own + "cmd/kubectl-callboard"}, true},
		"a command uses main":                     {arrows.Import{From: "cmd/a", Path: arrows.Module}, true},
		"controllers use the graph":               {arrows.Import{From: "controllers/store", Path: own + "api/relation"}, false},
		"controllers use each other":              {arrows.Import{From: "controllers/entity", Path: own + "controllers/store"}, false},
		"controllers use a client":                {arrows.Import{From: "controllers/store", Path: runtime}, false},
		"controllers use webhooks":                {arrows.Import{From: "controllers/store", Path: own + "webhooks"}, true},
		"controllers use the dashboard":           {arrows.Import{From: "controllers", Path: own + "dashboard"}, true},
		"webhooks use controllers":                {arrows.Import{From: "webhooks", Path: own + "controllers/store"}, true},
		"a test of webhooks starts controllers":   {arrows.Import{From: "webhooks", Path: own + "controllers/store", Test: true}, false},
		"a test of controllers uses webhooks":     {arrows.Import{From: "controllers", Path: own + "webhooks", Test: true}, true},
		"webhooks use the dashboard":              {arrows.Import{From: "webhooks", Path: own + "dashboard/page"}, true},
		"the dashboard uses controllers":          {arrows.Import{From: "dashboard", Path: own + "controllers"}, true},
		"the dashboard uses webhooks":             {arrows.Import{From: "dashboard", Path: own + "webhooks"}, true},
		"the dashboard uses a client":             {arrows.Import{From: "dashboard", Path: clientgo}, true},
		"the dashboard uses a rule":               {arrows.Import{From: "dashboard", Path: own + "api/visibility"}, false},
		"controllers use main":                    {arrows.Import{From: "controllers", Path: arrows.Module}, true},
		"rules use the kinds":                     {arrows.Import{From: "api/visibility", Path: own + "api/v1alpha1"}, false},
		"rules use each other":                    {arrows.Import{From: "api/visibility", Path: own + "api/relation"}, false},
		"rules use apimachinery":                  {arrows.Import{From: "api/relation", Path: machinery}, false},
		"rules use client-go":                     {arrows.Import{From: "api/relation", Path: clientgo}, true},
		"rules use client-go itself":              {arrows.Import{From: "api/relation", Path: "k8s.io/client-go"}, true},
		"rules use controller-runtime":            {arrows.Import{From: "api/relation", Path: "sigs.k8s.io/controller-runtime"}, true},
		"a name that only begins like a client":   {arrows.Import{From: "api/relation", Path: "k8s.io/client-gopher"}, false},
		"rules use controllers":                   {arrows.Import{From: "api/relation", Path: own + "controllers/store"}, true},
		"a test of rules uses a client":           {arrows.Import{From: "api/relation", Path: runtime, Test: true}, false},
		"a test of rules uses controllers":        {arrows.Import{From: "api/relation", Path: own + "controllers/store", Test: true}, true},
		"the kinds use rules":                     {arrows.Import{From: "api/v1alpha1", Path: own + "api/relation"}, true},
		"the kinds use controller-runtime":        {arrows.Import{From: "api/v1alpha1", Path: runtime + "/scheme"}, true},
		"the kinds use apimachinery":              {arrows.Import{From: "api/v1alpha1", Path: machinery}, false},
		"a test of the kinds uses the kinds":      {arrows.Import{From: "api/v1alpha1", Path: own + "api/v1alpha1", Test: true}, false},
		"a test of the kinds uses builders":       {arrows.Import{From: "api/v1alpha1", Path: own + "api/apitest", Test: true}, false},
		"a test of controllers uses builders":     {arrows.Import{From: "controllers", Path: own + "api/apitest", Test: true}, false},
		"controllers use builders outside tests":  {arrows.Import{From: "controllers", Path: own + "api/apitest"}, true},
		"test support uses builders":              {arrows.Import{From: "dashboard/catalogtest", Path: own + "api/apitest"}, false},
		"pages use a made-up catalog":             {arrows.Import{From: "dashboard", Path: own + "dashboard/catalogtest"}, true},
		"a test of pages uses it":                 {arrows.Import{From: "dashboard", Path: own + "dashboard/catalogtest", Test: true}, false},
		"rules use builders outside tests":        {arrows.Import{From: "api/relation", Path: own + "api/apitest"}, true},
		"a folder that nobody gave a layer":       {arrows.Import{From: "util", Path: "fmt"}, true},
		"an import of a folder that has no layer": {arrows.Import{From: "controllers", Path: own + "internal/x"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := arrows.Turned(tc.in); (got != "") != tc.turned {
				t.Errorf("Turned(%+v) = %q, want turned %v", tc.in, got, tc.turned)
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	function := func(name string, lines int) string {
		return "package p\n\nfunc " + name + "() {\n" + strings.Repeat("\tprintln()\n", lines-2) + "}\n"
	}
	cases := map[string]struct {
		source string
		test   bool
		want   int
	}{
		"a Reconcile that fits":           {function("Reconcile", arrows.MaxReconcile), false, 0},
		"a Reconcile that does not":       {function("Reconcile", arrows.MaxReconcile+1), false, 1},
		"a Reconcile of a test that does": {function("Reconcile", arrows.MaxReconcile+1), true, 1},
		"a function that fits":            {function("f", arrows.MaxFunction), false, 0},
		"a function that does not":        {function("f", arrows.MaxFunction+1), false, 1},
		"a long table in a test":          {function("f", arrows.MaxFunction+1), true, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, "p.go", tc.source, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := arrows.TooLong(fset, file, tc.test); len(got) != tc.want {
				t.Errorf("TooLong() = %q, want %d", got, tc.want)
			}
		})
	}
}
