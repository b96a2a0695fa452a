package dashboard

import (
	"context"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Details is what the pages of single entities read of a Catalog. Like all of it, it knows nothing of permissions.
type Details interface {
	// Row is what lists show of an entity; false if there is none.
	Row(ref relation.Ref) (index.Row, bool)
	// Verdict is how the operator judged whether an entity may use an API.
	Verdict(consumer, api relation.Ref) visibility.Verdict
	// Running are the pods of the workloads that run an entity, those in the given namespaces only: the bad ones first,
	// then by namespace and name, MaxPods at most.
	Running(ctx context.Context, ref relation.Ref, namespaces []string) ([]Pod, error)
	// Events are what happened to an entity lately, the latest first, MaxEvents at most.
	Events(ctx context.Context, ref relation.Ref) ([]Event, error)
}

// Bounds of what Details gives.
const (
	MaxPods   = 100
	MaxEvents = 50
)

// Pod is one pod that runs an entity, as it stands.
type Pod struct {
	Namespace, Name string
	// Workload is what the pod belongs to.
	Workload workload.Key
	Phase    string
	// Ready and Containers count containers.
	Ready, Containers int32
	Restarts          int32
	Images            []string
	Node              string
	Created           time.Time
	// Reason says in one word why the pod is bad, and Message in a sentence; empty if it is not known to be.
	Reason, Message string
}

// Event is something that happened to an entity.
type Event struct {
	Time    time.Time
	Type    string // Normal or Warning
	Reason  string
	Message string
	Count   int32
}
