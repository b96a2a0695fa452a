// Package cluster holds what pages show of the cluster beside the catalog: the pods that run an entity, and what
// happened to it.
package cluster

import (
	"time"

	"github.com/callboard-dev/callboard/api/workload"
)

// Bounds of what is told of one entity.
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
