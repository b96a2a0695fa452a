package dashboard

import (
	"context"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Catalog is what pages read. It knows nothing of permissions: pages ask a Reader first.
type Catalog interface {
	Details

	// Entity is an entity as the API server has it, whole; false if there is none.
	Entity(ctx context.Context, ref relation.Ref) (catalog.Entity, bool, error)
	// Graph holds the relations.
	Graph() *relation.Graph
	// Find lists and counts entities.
	Find(q index.Query, may index.Scopes) index.Page
	// Search finds a text as it is typed.
	Search(text string, may index.Scopes, limit int) []index.Hit
	// Status is the status of an entity as it was last seen; false if there is none. It is shared, and must not be changed.
	Status(ref relation.Ref) (*catalog.EntityStatus, bool)
	// Scorecards are all of them, by name. They are shared, and must not be changed.
	Scorecards() []*catalog.Scorecard
	// Exemptions are all of them, in no order. They are shared, and must not be changed.
	Exemptions() []*catalog.Exemption
	// Version grows with each change of what the others answer. It costs next to nothing.
	Version() uint64
}
