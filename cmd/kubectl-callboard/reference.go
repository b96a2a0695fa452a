package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// shortNames are the short names of the kinds, as the CRDs have them.
var shortNames = map[string]relation.Kind{
	"capi": relation.API, "comp": relation.Component, "dom": relation.Domain, "grp": relation.Group,
	"res": relation.Resource, "sys": relation.System, "usr": relation.User,
}

// resourceOf is the plural name of a kind, as it stands in URLs and in RBAC.
func resourceOf(k relation.Kind) string { return k.String() + "s" }

// kindOf reads a kind as kubectl does: singular, plural or short name, with the API group if one likes.
func kindOf(word string) relation.Kind {
	word = strings.ToLower(word)
	word = strings.TrimSuffix(word, "."+catalog.GroupVersion.Group)
	word = strings.TrimSuffix(word, "."+catalog.GroupVersion.Version)
	for _, k := range relation.Kinds() {
		if word == k.String() || word == resourceOf(k) {
			return k
		}
	}
	return shortNames[word]
}

// parseRef reads a reference in kubectl's form, kind/namespace/name or kind/name, or in that of a catalog file,
// [kind:][namespace/]name. The kinds are those that may be named, all with a namespace; the first is meant where none is
// written.
func parseRef(text, namespace string, kinds ...relation.Kind) (relation.Ref, error) {
	ref, err := relation.Parse(backstageForm(text), kinds[0], namespace)
	if err != nil {
		return relation.Ref{}, fmt.Errorf("bad reference: %w", err)
	}
	if !slices.Contains(kinds, ref.Kind) {
		return relation.Ref{}, fmt.Errorf("bad reference: %q names a %s: name %s", text, ref.Kind.ObjectKind(), kindNames(kinds))
	}
	return ref, nil
}

// backstageForm rewrites kubectl's form of a reference, and the kind in any spelling that kubectl knows.
func backstageForm(text string) catalog.EntityRef {
	word, rest, ok := strings.Cut(text, ":")
	if !ok {
		word, rest, ok = strings.Cut(text, "/")
		if !ok || kindOf(word) == relation.KindNone && strings.Count(text, "/") != 2 {
			return catalog.EntityRef(text) // name or namespace/name
		}
	}
	if k := kindOf(word); k != relation.KindNone {
		word = k.String()
	}
	return catalog.EntityRef(word + ":" + rest)
}

func kindNames(kinds []relation.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = "a " + k.ObjectKind()
		if k == relation.API {
			names[i] = "an " + k.ObjectKind()
		}
	}
	return strings.Join(names, " or ")
}
