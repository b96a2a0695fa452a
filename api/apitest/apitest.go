// Package apitest builds valid entities for tests.
package apitest

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Component is a valid Component of type service, with the changes made to its spec.
func Component(namespace, name string, changes ...func(*catalog.ComponentSpec)) *catalog.Component {
	c := &catalog.Component{ObjectMeta: meta(namespace, name), Spec: catalog.ComponentSpec{Type: "service", Lifecycle: "production"}}
	change(&c.Spec, changes)
	return c
}

// API is a valid API without a definition, with the changes made to its spec.
func API(namespace, name string, changes ...func(*catalog.APISpec)) *catalog.API {
	a := &catalog.API{ObjectMeta: meta(namespace, name), Spec: catalog.APISpec{Type: "openapi", Lifecycle: "production"}}
	change(&a.Spec, changes)
	return a
}

// Resource is a valid Resource of type database, with the changes made to its spec.
func Resource(namespace, name string, changes ...func(*catalog.ResourceSpec)) *catalog.Resource {
	r := &catalog.Resource{ObjectMeta: meta(namespace, name), Spec: catalog.ResourceSpec{Type: "database"}}
	change(&r.Spec, changes)
	return r
}

// System is a valid System, with the changes made to its spec.
func System(namespace, name string, changes ...func(*catalog.SystemSpec)) *catalog.System {
	s := &catalog.System{ObjectMeta: meta(namespace, name), Spec: catalog.SystemSpec{Type: "product"}}
	change(&s.Spec, changes)
	return s
}

// Domain is a valid Domain, with the changes made to its spec.
func Domain(name string, changes ...func(*catalog.DomainSpec)) *catalog.Domain {
	d := &catalog.Domain{ObjectMeta: meta("", name), Spec: catalog.DomainSpec{Type: "product-area"}}
	change(&d.Spec, changes)
	return d
}

// Group is a valid Group of type team that lets every namespace name it as an owner, with the changes made to its spec.
func Group(name string, changes ...func(*catalog.GroupSpec)) *catalog.Group {
	g := &catalog.Group{ObjectMeta: meta("", name), Spec: catalog.GroupSpec{
		Type: "team", AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromAll},
	}}
	change(&g.Spec, changes)
	return g
}

// User is a valid User, with the changes made to its spec.
func User(name string, changes ...func(*catalog.UserSpec)) *catalog.User {
	u := &catalog.User{ObjectMeta: meta("", name), Spec: catalog.UserSpec{
		Profile: catalog.Profile{DisplayName: strings.ToUpper(name)},
	}}
	change(&u.Spec, changes)
	return u
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func change[T any](spec *T, changes []func(*T)) {
	for _, c := range changes {
		c(spec)
	}
}
