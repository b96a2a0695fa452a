// Package access names for pages what api/access defines: who reads, and what he may see.
package access

import (
	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
)

// What stands in api/access, for pages.
type (
	User     = access.User
	Resource = access.Resource
	Scope    = access.Scope
	Reader   = access.Reader
	Door     = access.Door
)

// ErrNobody says that a request does not tell who sends it, or that what it tells does not hold.
var ErrNobody = access.ErrNobody

// Resources of the catalog, and what pages show of the cluster beside it.
var (
	Scorecards   = access.Scorecards
	Exemptions   = access.Exemptions
	Attestations = access.Attestations
	Pods         = access.Pods
	Events       = access.Events
)

// Of is the resource of a kind of entity.
func Of(k relation.Kind) Resource { return access.Of(k) }
