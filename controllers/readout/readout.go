// Package readout reads for pages what stands in the store, and from the API server what the store does not keep. It
// knows nothing of permissions.
package readout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/controllers/store"
)

// +kubebuilder:rbac:groups="",resources=pods;events,verbs=list

// Bounds of what one page makes the API server read.
const (
	timeout      = 5 * time.Second
	maxWorkloads = 20
	maxListed    = 500 // pods of one workload
	maxEvents    = 500 // events of one entity
)

// Catalog reads for pages. It is safe for concurrent use.
type Catalog struct {
	store *store.Store
	live  client.Reader // of the API server itself
}

// New reads a store, and the API server beside it.
func New(s *store.Store, live client.Reader) *Catalog { return &Catalog{s, live} }

// Entity is an entity as the API server has it, whole; false if there is none.
func (c *Catalog) Entity(ctx context.Context, ref relation.Ref) (catalog.Entity, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	e := store.NewEntity(ref.Kind)
	obj, ok := e.(client.Object)
	if !ok || ref.Name == "" {
		return nil, false, nil
	}
	if err := c.live.Get(ctx, types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}, obj); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return nil, false, nil
		}
		return nil, false, fmt.Errorf("get %s: %w", ref, err)
	}
	obj.GetObjectKind().SetGroupVersionKind(catalog.GroupVersion.WithKind(ref.Kind.ObjectKind())) // for its YAML
	return e, true, nil
}

// Graph holds the relations.
func (c *Catalog) Graph() *relation.Graph { return c.store.Graph }

// Status is the status of an entity as it was last seen; false if there is none. It is shared, and must not be changed.
func (c *Catalog) Status(ref relation.Ref) (*catalog.EntityStatus, bool) {
	e, ok, err := c.store.Get(context.Background(), ref) // the cache does not wait
	if err != nil || !ok {
		return nil, false
	}
	return e.EntityStatus(), true
}

// Verdict is how the operator judged whether an entity may use an API.
func (c *Catalog) Verdict(consumer, api relation.Ref) visibility.Verdict {
	return visibility.Judge(c.store.Graph, consumer, api)
}

// Definition is the text of an API's definition that stands in a ConfigMap, with its resourceVersion; false if there is
// none.
func (c *Catalog) Definition(ctx context.Context, api relation.Ref) (text, version string, found bool, err error) {
	return c.store.DefinitionText(ctx, api)
}

// Scorecards are all of them, by name. They are shared, and must not be changed.
func (c *Catalog) Scorecards() []*catalog.Scorecard {
	list, err := c.store.Scorecards(context.Background())
	if err != nil { // the cache has not begun
		return nil
	}
	slices.SortFunc(list, func(a, b *catalog.Scorecard) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Exemptions are all of them, in no order. They are shared, and must not be changed.
func (c *Catalog) Exemptions() []*catalog.Exemption {
	list, err := c.store.Exemptions(context.Background())
	if err != nil { // the cache has not begun
		return nil
	}
	return list
}

// Version grows with each change of a Scorecard or an Exemption.
func (c *Catalog) Version() uint64 { return c.store.Version() }

// Namespaces are those that hold objects of a resource, as far as the catalog knows: all with entities may hold what is
// not one.
func (c *Catalog) Namespaces(r access.Resource) []string {
	for _, k := range relation.Kinds() {
		if access.Of(k) == r {
			return c.store.Graph.Holding(k)
		}
	}
	return c.store.Graph.Holding(relation.KindNone)
}

// Running are the pods of the workloads that run an entity, those in the given namespaces only: the bad ones first, then
// by namespace and name, cluster.MaxPods at most.
func (c *Catalog) Running(ctx context.Context, ref relation.Ref, namespaces []string) ([]cluster.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	e, ok, err := c.store.Get(ctx, ref)
	if err != nil || !ok {
		return nil, err
	}
	var out []cluster.Pod
	for i, w := range e.EntityStatus().Workloads {
		if i == maxWorkloads {
			break
		}
		if !slices.Contains(namespaces, w.Namespace) {
			continue
		}
		pods, err := c.pods(ctx, workload.Key{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name})
		if err != nil {
			return nil, err
		}
		out = append(out, pods...)
	}
	slices.SortFunc(out, func(a, b cluster.Pod) int {
		return cmp.Or(bad(b)-bad(a), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), cluster.MaxPods)], nil
}

func bad(p cluster.Pod) int {
	if p.Reason != "" {
		return 1
	}
	return 0
}

// pods are those of a workload.
func (c *Catalog) pods(ctx context.Context, k workload.Key) ([]cluster.Pod, error) {
	selector, ok, err := c.store.PodsOf(ctx, k)
	if err != nil || !ok {
		return nil, err
	}
	var list corev1.PodList
	if err := c.live.List(ctx, &list, client.InNamespace(k.Namespace), client.MatchingLabelsSelector{Selector: selector},
		client.Limit(maxListed)); err != nil {
		return nil, fmt.Errorf("list the pods of %s %s/%s: %w", k.Kind, k.Namespace, k.Name, err)
	}
	var out []cluster.Pod
	for i := range list.Items {
		facts := workload.OfPod(&list.Items[i])
		if facts.Workload == k || k.Kind == catalog.WorkloadCronJob && facts.Workload.Kind == catalog.WorkloadJob {
			out = append(out, podOf(&list.Items[i], k, facts.Reason))
		}
	}
	return out, nil
}

func podOf(p *corev1.Pod, k workload.Key, reason string) cluster.Pod {
	out := cluster.Pod{
		Namespace: p.Namespace, Name: p.Name, Workload: k, Phase: string(p.Status.Phase), Node: p.Spec.NodeName,
		Created: p.CreationTimestamp.Time, Containers: int32(len(p.Spec.Containers)), Reason: reason, //nolint:gosec // a pod has few
	}
	if p.DeletionTimestamp != nil {
		out.Phase = "Terminating"
	}
	for i := range p.Spec.Containers {
		out.Images = append(out.Images, p.Spec.Containers[i].Image)
	}
	for i := range p.Status.ContainerStatuses {
		s := &p.Status.ContainerStatuses[i]
		out.Restarts += s.RestartCount
		if s.Ready {
			out.Ready++
		}
	}
	if reason != "" {
		out.Message = messageOf(&p.Status)
	}
	return out
}

// messageOf is what scheduler and kubelet say of a pod that is bad.
func messageOf(s *corev1.PodStatus) string {
	for _, c := range s.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Message
		}
	}
	for _, list := range [][]corev1.ContainerStatus{s.InitContainerStatuses, s.ContainerStatuses} {
		for i := range list {
			c := &list[i]
			switch last := c.LastTerminationState.Terminated; {
			case c.State.Waiting != nil && c.State.Waiting.Message != "":
				return c.State.Waiting.Message
			case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
				return fmt.Sprintf("the container %s ended with %d: %s", c.Name, c.State.Terminated.ExitCode, c.State.Terminated.Reason)
			case last != nil && last.ExitCode != 0 && !c.Ready:
				return fmt.Sprintf("the container %s ended with %d: %s", c.Name, last.ExitCode, last.Reason)
			}
		}
	}
	return ""
}

// Events are what happened to an entity lately, the latest first, cluster.MaxEvents at most.
func (c *Catalog) Events(ctx context.Context, ref relation.Ref) ([]cluster.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	namespace := ref.Namespace
	if namespace == "" {
		namespace = "default" // where events of cluster-scoped objects are
	}
	var list corev1.EventList
	if err := c.live.List(ctx, &list, client.InNamespace(namespace), client.Limit(maxEvents), client.MatchingFieldsSelector{
		Selector: fields.Set{"involvedObject.kind": ref.Kind.ObjectKind(), "involvedObject.namespace": ref.Namespace,
			"involvedObject.name": ref.Name}.AsSelector(),
	}); err != nil {
		return nil, fmt.Errorf("list the events of %s: %w", ref, err)
	}
	var out []cluster.Event
	for i := range list.Items {
		if e := &list.Items[i]; groupOf(e) == catalog.GroupVersion.Group {
			out = append(out, cluster.Event{Time: timeOf(e), Type: e.Type, Reason: e.Reason, Message: e.Message, Count: countOf(e)})
		}
	}
	slices.SortStableFunc(out, func(a, b cluster.Event) int { return b.Time.Compare(a.Time) })
	return out[:min(len(out), cluster.MaxEvents)], nil
}

// groupOf is that of what an event is about: other groups have kinds of the same name.
func groupOf(e *corev1.Event) string {
	return e.InvolvedObject.GroupVersionKind().Group
}

// timeOf is when an event happened last. Which field says so depends on who wrote it.
func timeOf(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}

func countOf(e *corev1.Event) int32 {
	if e.Series != nil {
		return e.Series.Count
	}
	return max(e.Count, 1)
}
