package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// running is what runs an entity.
type running struct {
	Workloads []workloadLine `json:"workloads"`
	// More counts workloads of which the status does not tell.
	More int32 `json:"more,omitempty"`
	// Pods are those in namespaces of which the reader may get the pods; Closed says that there are others.
	Pods   []podLine `json:"pods,omitempty"`
	Closed bool      `json:"closed,omitempty"`
}

// workloadLine is one workload.
type workloadLine struct {
	Kind      string         `json:"kind"`
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Health    catalog.Health `json:"health"`
	Reason    string         `json:"reason,omitempty"`
	Ready     *int32         `json:"ready,omitempty"`
	Desired   *int32         `json:"desired,omitempty"`
	Images    []image        `json:"images,omitempty"`
	Kubectl   string         `json:"kubectl"`
}

// image is the image of a container, with what tells its version.
type image struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// podLine is one pod.
type podLine struct {
	Namespace  string    `json:"namespace"`
	Name       string    `json:"name"`
	Workload   string    `json:"workload"`
	Phase      string    `json:"phase"`
	Ready      int32     `json:"ready"`
	Containers int32     `json:"containers"`
	Restarts   int32     `json:"restarts"`
	Images     []image   `json:"images,omitempty"`
	Node       string    `json:"node,omitempty"`
	Created    time.Time `json:"created"`
	Reason     string    `json:"reason,omitempty"`
	Message    string    `json:"message,omitempty"`
	// Kubectl tells more of a pod that is bad.
	Kubectl string `json:"kubectl,omitempty"`
}

// runningOf is what runs an entity by its status, with the pods that the reader may get.
func (l *sight) runningOf(e catalog.Entity) running {
	st := e.EntityStatus()
	out := running{Workloads: []workloadLine{}}
	if n := st.Summary.Workloads; n != nil {
		out.More = max(0, *n-int32(len(st.Workloads)))
	}
	var namespaces []string
	for i := range st.Workloads {
		w := &st.Workloads[i]
		out.Workloads = append(out.Workloads, workloadLineOf(w))
		if !slices.Contains(namespaces, w.Namespace) {
			namespaces = append(namespaces, w.Namespace)
		}
	}
	open := slices.DeleteFunc(slices.Clone(namespaces), func(ns string) bool { return !l.may(access.Pods, ns) })
	out.Closed = len(open) < len(namespaces)
	if len(open) == 0 || l.err != nil {
		return out
	}
	pods, err := l.catalog.Running(l.ctx, relation.RefOf(e), open)
	l.err = err
	for _, p := range pods[:min(len(pods), cluster.MaxPods)] {
		if slices.Contains(open, p.Namespace) {
			out.Pods = append(out.Pods, podLineOf(p))
		}
	}
	return out
}

func workloadLineOf(w *catalog.WorkloadStatus) workloadLine {
	plural := strings.ToLower(string(w.Kind)) + "s"
	return workloadLine{
		Kind: string(w.Kind), Namespace: w.Namespace, Name: w.Name, Health: w.Health, Reason: w.Reason, Ready: w.Ready,
		Desired: w.Desired, Images: imagesOf(w.Images), Kubectl: kubectl(object("get", plural, w.Namespace, w.Name)...),
	}
}

func podLineOf(p cluster.Pod) podLine {
	out := podLine{
		Namespace: p.Namespace, Name: p.Name, Workload: string(p.Workload.Kind) + " " + p.Workload.Name, Phase: p.Phase,
		Ready: p.Ready, Containers: p.Containers, Restarts: p.Restarts, Images: imagesOf(p.Images), Node: p.Node,
		Created: p.Created.UTC(), Reason: p.Reason, Message: p.Message,
	}
	switch {
	case p.Restarts > 0:
		out.Kubectl = kubectl("logs", p.Name, "-n", p.Namespace, "--all-containers", "--previous")
	case p.Reason != "":
		out.Kubectl = kubectl(object("describe", "pods", p.Namespace, p.Name)...)
	}
	return out
}

func imagesOf(names []string) []image {
	var out []image
	for _, n := range names {
		out = append(out, image{n, versionOf(n)})
	}
	return out
}

// versionOf is the tag of an image or, if it has none, the beginning of its digest.
func versionOf(image string) string {
	name, digest, _ := strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[i+1:]
	}
	_, sum, _ := strings.Cut(digest, ":")
	return sum[:min(len(sum), 12)]
}

// happened are the recent events of an entity.
type happened struct {
	Events []eventLine `json:"items"`
}

// eventLine is one event.
type eventLine struct {
	Time    time.Time `json:"time"`
	Warning bool      `json:"warning"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	Count   int32     `json:"count,omitempty"`
	Badge   Badge     `json:"-"`
}

// Times says how often it happened, if that is more than once.
func (e eventLine) Times() string {
	if e.Count < 2 {
		return ""
	}
	return strconv.Itoa(int(e.Count)) + " times"
}

// happenedTo is what happened to an entity, nil if the reader may not get the events of its namespace. Those of
// cluster-scoped objects are kept in the namespace default.
func (l *sight) happenedTo(ref relation.Ref) *happened {
	namespace := ref.Namespace
	if namespace == "" {
		namespace = "default"
	}
	if !l.may(access.Events, namespace) || l.err != nil {
		return nil
	}
	events, err := l.catalog.Events(l.ctx, ref)
	l.err = err
	out := &happened{Events: []eventLine{}}
	for _, e := range events[:min(len(events), cluster.MaxEvents)] {
		out.Events = append(out.Events, eventLineOf(e))
	}
	return out
}

func eventLineOf(e cluster.Event) eventLine {
	out := eventLine{
		Time: e.Time.UTC(), Warning: e.Type == "Warning", Reason: e.Reason, Message: e.Message, Count: e.Count,
		Badge: Badge{Text: e.Reason, Tone: "calm"},
	}
	if out.Warning {
		out.Badge.Tone = "warn"
	}
	return out
}
