// Package access says what a reader of the dashboard may see. Kubernetes' own authorization decides; this package holds
// only its answers, for as long as one request takes.
package access

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// ErrNobody says that a request does not tell who sends it, or that what it tells does not hold.
var ErrNobody = errors.New("nobody is signed in")

// User is who reads, as Kubernetes knows him.
type User struct {
	Name   string
	UID    string
	Groups []string
	Extra  map[string][]string
}

// Resource is what permissions are about: objects of one kind, or a part of them.
type Resource struct {
	Group, Plural, Subresource string
}

// Resources of the catalog, and what pages show of the cluster beside it.
var (
	Scorecards   = Resource{Group: catalog.GroupVersion.Group, Plural: "scorecards"}
	Exemptions   = Resource{Group: catalog.GroupVersion.Group, Plural: "exemptions"}
	Attestations = Resource{Group: catalog.GroupVersion.Group, Plural: "attestations"}
	Pods         = Resource{Plural: "pods"}
	Events       = Resource{Plural: "events"}
)

// Of is the resource of a kind of entity.
func Of(k relation.Kind) Resource {
	return Resource{Group: catalog.GroupVersion.Group, Plural: plurals[k]}
}

var plurals = map[relation.Kind]string{
	relation.API: "apis", relation.Component: "components", relation.Domain: "domains", relation.Group: "groups",
	relation.Resource: "resources", relation.System: "systems", relation.User: "users",
}

// Scope is where a reader may get the objects of a resource.
type Scope struct {
	// All says everywhere.
	All bool
	// Namespaces are the only ones, sorted, if All is false.
	Namespaces []string
	// Partial says that some namespaces have not been looked at yet, so that a later answer may hold more.
	Partial bool
}

// Includes says whether objects of a namespace may be read; those of cluster-scoped kinds have none.
func (s Scope) Includes(namespace string) bool {
	if s.All {
		return true
	}
	_, found := slices.BinarySearch(s.Namespaces, namespace)
	return found
}

// Reader is one user during one request. Its answers do not change meanwhile.
type Reader interface {
	// User is who it is.
	User() User
	// Scope is where the user may get objects of a resource. It asks the API server at most once for each.
	Scope(ctx context.Context, r Resource) (Scope, error)
	// May says whether the user may get the objects of a resource in a namespace, which is cheaper than Scope where only
	// one counts. The namespace is empty for cluster-scoped kinds.
	May(ctx context.Context, r Resource, namespace string) (bool, error)
}

// Door tells who sends a request. It returns ErrNobody if that is not known.
type Door interface {
	Reader(r *http.Request) (Reader, error)
}
