// Package cluster names for pages what api/cluster defines: what runs an entity, and what happened to it.
package cluster

import "github.com/callboard-dev/callboard/api/cluster"

// What stands in api/cluster, for pages.
type (
	Pod   = cluster.Pod
	Event = cluster.Event
)

// Bounds of what is told of one entity.
const (
	MaxPods   = cluster.MaxPods
	MaxEvents = cluster.MaxEvents
)
