package dashboard

import (
	"context"

	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Details is what the pages of single entities read of a Catalog. Like all of it, it knows nothing of permissions.
type Details interface {
	// Row is what lists show of an entity; false if there is none.
	Row(ref relation.Ref) (index.Row, bool)
	// Verdict is how the operator judged whether an entity may use an API.
	Verdict(consumer, api relation.Ref) visibility.Verdict
	// Running are the pods of the workloads that run an entity, those in the given namespaces only: the bad ones first,
	// then by namespace and name, cluster.MaxPods at most.
	Running(ctx context.Context, ref relation.Ref, namespaces []string) ([]cluster.Pod, error)
	// Definition is the text of an API's definition that stands in a ConfigMap, with its resourceVersion; false if there is
	// none.
	Definition(ctx context.Context, api relation.Ref) (text, version string, found bool, err error)
	// Events are what happened to an entity lately, the latest first, cluster.MaxEvents at most.
	Events(ctx context.Context, ref relation.Ref) ([]cluster.Event, error)
}
