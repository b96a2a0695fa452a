package samples_test

import (
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// referencesOf returns the references of an entity's spec in full form, by field.
func referencesOf(e catalog.Entity) map[string][]string {
	refs := map[string][]string{}
	add := func(field, kind string, values ...catalog.EntityRef) {
		for _, v := range values {
			if v != "" {
				refs[field] = append(refs[field], resolve(v, kind, e.GetNamespace()))
			}
		}
	}
	switch e := e.(type) {
	case *catalog.Component:
		add("owner", "group", e.Spec.Owner)
		add("system", "system", e.Spec.System)
		add("subcomponentOf", "component", e.Spec.SubcomponentOf)
		add("providesApis", "api", e.Spec.ProvidesAPIs...)
		add("consumesApis", "api", e.Spec.ConsumesAPIs...)
		add("dependsOn", "", e.Spec.DependsOn...)
		add("dependencyOf", "", e.Spec.DependencyOf...)
	case *catalog.API:
		add("owner", "group", e.Spec.Owner)
		add("system", "system", e.Spec.System)
		add("allowedConsumers", "", e.Spec.AllowedConsumers...)
	case *catalog.Resource:
		add("owner", "group", e.Spec.Owner)
		add("system", "system", e.Spec.System)
		add("dependsOn", "", e.Spec.DependsOn...)
		add("dependencyOf", "", e.Spec.DependencyOf...)
	case *catalog.System:
		add("owner", "group", e.Spec.Owner)
		add("domain", "domain", e.Spec.Domain)
	case *catalog.Domain:
		add("owner", "group", e.Spec.Owner)
		add("subdomainOf", "domain", e.Spec.SubdomainOf)
	case *catalog.Group:
		add("parent", "group", e.Spec.Parent)
		add("children", "group", e.Spec.Children...)
		add("members", "user", e.Spec.Members...)
	case *catalog.User:
		add("memberOf", "group", e.Spec.MemberOf...)
	}
	return refs
}

// resolve returns a reference in full form; kind and namespace are those that are meant where it leaves them out. It is
// deliberately not the operator's parser, which it would otherwise have to trust.
func resolve(ref catalog.EntityRef, kind, namespace string) string {
	name := string(ref)
	if before, after, found := strings.Cut(name, ":"); found {
		kind, name = before, after
	}
	if before, after, found := strings.Cut(name, "/"); found {
		namespace, name = before, after
	}
	switch kind {
	case "domain", "group", "user":
		return kind + ":" + name
	}
	return kind + ":" + namespace + "/" + name
}
