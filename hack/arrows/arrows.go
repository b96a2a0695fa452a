// Package arrows says which folder may import which, and how long things may be.
package arrows

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the path of the root module.
const Module = "github.com/callboard-dev/callboard"

// layer is what holds for the packages of a folder. What it does not name, it does not allow.
type layer struct {
	// mayImport are the folders of ours that it may import, besides itself if peers is true.
	mayImport []string
	// testsImport are those that its tests may import as well.
	testsImport []string
	// peers says that its packages may import each other.
	peers bool
	// noClients says that it knows nothing of client-go and controller-runtime.
	noClients bool
}

// layers has one entry for each folder with Go code, from the top to the bottom.
// An import goes from an entry to one of those it names, so that the whole has no way up.
var layers = map[string]layer{
	".":           {mayImport: []string{"controllers", "webhooks", "dashboard", "api", "api/v1alpha1"}},
	"cmd":         {mayImport: []string{"controllers", "webhooks", "dashboard", "api", "api/v1alpha1"}},
	"hack":        {mayImport: []string{"controllers", "webhooks", "dashboard", "api", "api/v1alpha1"}, peers: true},
	"docs":        {mayImport: []string{"api/v1alpha1"}},        // tests of the documentation
	"config":      {mayImport: []string{"api", "api/v1alpha1"}}, // tests of the manifests
	"controllers": {mayImport: []string{"api", "api/v1alpha1"}, peers: true},
	"webhooks": {mayImport: []string{"api", "api/v1alpha1"}, peers: true,
		testsImport: []string{"controllers"}}, // they start everything, as main.go does
	"dashboard":    {mayImport: []string{"api", "api/v1alpha1"}, peers: true, noClients: true},
	"api":          {mayImport: []string{"api/v1alpha1"}, peers: true, noClients: true},
	"api/v1alpha1": {noClients: true},
}

// clients are what knows a cluster.
var clients = []string{"k8s.io/client-go", "sigs.k8s.io/controller-runtime"}

// builders make objects for the tests of all folders.
const builders = "api/apitest"

// testSupport is for tests alone, and for other test support.
var testSupport = []string{builders, "dashboard/catalogtest"}

// Import is an import of one package by another. From is a folder of the root module, such as "api/relation";
// Path is what the import says; Test tells that a test file says it.
type Import struct {
	From, Path string
	Test       bool
}

// Turned returns what is wrong with the import, or "" if it follows the arrows.
// A test may use any client, and test support; our own folders it imports like other code.
func Turned(i Import) string {
	from, ok := layerOf(i.From)
	if !ok {
		return fmt.Sprintf("%s: a folder without a layer: add it to hack/arrows", i.From)
	}
	to, ours := strings.CutPrefix(i.Path, Module)
	if !ours {
		if l := layers[from]; l.noClients && !i.Test && isClient(i.Path) {
			return fmt.Sprintf("%s imports %s: %s knows no cluster", i.From, i.Path, from)
		}
		return ""
	}
	to = strings.TrimPrefix(to, "/")
	if to == "" {
		to = "."
	}
	switch target, known := layerOf(to); {
	case !known:
		return fmt.Sprintf("%s imports %s: a folder without a layer: add it to hack/arrows", i.From, to)
	case to == i.From: // an external test of its own package
		return ""
	case slices.Contains(testSupport, to) && !i.Test && from != "hack" && !slices.Contains(testSupport, i.From):
		return fmt.Sprintf("%s imports %s outside a test", i.From, to)
	case to == builders && (i.Test || slices.Contains(testSupport, i.From)):
		return ""
	case target == from && layers[from].peers:
		return ""
	case i.Test && slices.Contains(layers[from].testsImport, target):
		return ""
	case !slices.Contains(layers[from].mayImport, target):
		return fmt.Sprintf("%s imports %s: the arrow from %s to %s points up or sideways", i.From, to, from, target)
	}
	return ""
}

// layerOf returns the longest entry of layers that the folder is in.
func layerOf(folder string) (string, bool) {
	for name := folder; ; {
		if _, ok := layers[name]; ok {
			return name, true
		}
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			return "", false
		}
		name = name[:cut]
	}
}

func isClient(path string) bool {
	for _, c := range clients {
		if path == c || strings.HasPrefix(path, c+"/") {
			return true
		}
	}
	return false
}
