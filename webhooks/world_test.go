package webhooks_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// world is a catalog of its own for one case: whatever a text calls by one of the words gets a suffix, which is taken
// out of what the API server answers.
type world struct {
	t      *testing.T
	suffix string
	spaces map[string]bool
}

// words are namespaces and the names of cluster-scoped entities; everything else lives in a namespace.
var words = regexp.MustCompile(`\b(web-team|pay-team|lab-team|eng|ada|commerce|retail|finance|shop|pay|lab|grace|mallory|flux)\b`)

var counter atomic.Int64

func newWorld(t *testing.T) *world {
	return &world{t: t, suffix: fmt.Sprintf("-t%04d", counter.Add(1)), spaces: map[string]bool{}}
}

func (w *world) name(text string) string {
	return words.ReplaceAllStringFunc(text, func(s string) string { return s + w.suffix })
}

func (w *world) plain(text string) string { return strings.ReplaceAll(text, w.suffix, "") }

// defaults are what each kind needs.
var defaults = map[string]map[string]any{
	catalog.KindComponent: {"type": "service", "lifecycle": "production"},
	catalog.KindAPI:       {"type": "openapi", "lifecycle": "production"},
	catalog.KindResource:  {"type": "database"},
	catalog.KindSystem:    {"type": "product"},
	catalog.KindDomain:    {"type": "area"},
	catalog.KindGroup:     {"type": "team"},
	catalog.KindUser:      {"profile": map[string]any{"displayName": "Ada"}},
	catalog.KindExemption: {"entity": "component:cart", "scorecard": "basics", "reason": "Next quarter", "expiresAt": "2099-01-01T00:00:00Z"},
	catalog.KindAttestation: {
		"entity": "component:cart", "question": "threat-model", "answer": "Yes", "validUntil": "2099-01-01T00:00:00Z"},
}

// object reads "Kind namespace/name {spec} @{annotations}"; spec and annotations may be left out, and Namespace has
// labels instead of a spec.
func (w *world) object(line string) *unstructured.Unstructured {
	w.t.Helper()
	line, annotations, _ := strings.Cut(w.name(strings.TrimSpace(line)), " @")
	kind, rest, _ := strings.Cut(line, " ")
	name, text, _ := strings.Cut(rest, " ")
	u := &unstructured.Unstructured{Object: map[string]any{}}
	spec := map[string]any{}
	for k, v := range defaults[kind] {
		spec[k] = v
	}
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		w.t.Fatalf("read %q: %v", line, err)
	}
	if kind == "Namespace" {
		u.SetAPIVersion("v1")
		labels := map[string]string{}
		for k, v := range spec {
			labels[k] = v.(string)
		}
		u.SetLabels(labels)
	} else {
		u.SetAPIVersion(catalog.GroupVersion.String())
		u.Object["spec"] = spec
	}
	u.SetKind(kind)
	if ns, local, ok := strings.Cut(name, "/"); ok {
		u.SetNamespace(ns)
		name = local
	}
	u.SetName(name)
	if annotations != "" {
		var m map[string]string
		if err := yaml.Unmarshal([]byte(annotations), &m); err != nil {
			w.t.Fatalf("read %q: %v", annotations, err)
		}
		u.SetAnnotations(m)
	}
	return u
}

// refOf names an entity as the graph does.
func refOf(u *unstructured.Unstructured) relation.Ref {
	for _, k := range relation.Kinds() {
		if k.ObjectKind() == u.GetKind() {
			return relation.Ref{Kind: k, Namespace: u.GetNamespace(), Name: u.GetName()}
		}
	}
	return relation.Ref{}
}

// given makes what stands before a case, in its order, and waits until the operator has heard of it. A line may also
// update.
func (w *world) given(text string) {
	w.t.Helper()
	for _, line := range lines(text) {
		if rest, ok := strings.CutPrefix(line, "update "); ok {
			w.updated(rest)
			continue
		}
		u := w.object(line)
		if u.GetKind() == "Namespace" {
			w.spaces[u.GetName()] = true
		}
		w.namespace(u.GetNamespace())
		if err := k8s.Create(w.t.Context(), u); err != nil {
			w.t.Fatalf("given %s: %v", line, err)
		}
		w.heard(u)
	}
	warned.take()
}

// updated changes what stands, and waits until its status tells of that.
func (w *world) updated(line string) {
	w.t.Helper()
	u := w.object(line)
	if err := send(w.t.Context(), k8s, "update", u, false); err != nil {
		w.t.Fatalf("given update %s: %v", line, err)
	}
	eventually(w.t, func() error {
		if err := k8s.Get(w.t.Context(), client.ObjectKeyFromObject(u), u); err != nil {
			return err
		}
		seen, _, err := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
		if err == nil && seen != u.GetGeneration() {
			err = fmt.Errorf("%s is at generation %d of %d", line, seen, u.GetGeneration())
		}
		return err
	})
}

func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// heard waits until the operator's graph has an object as it was made.
func (w *world) heard(u *unstructured.Unstructured) {
	w.t.Helper()
	graph := operator.store.Graph
	eventually(w.t, func() error {
		if u.GetKind() == "Namespace" {
			got := graph.Labels(u.GetName())
			for k, v := range u.GetLabels() {
				if got[k] != v {
					return fmt.Errorf("namespace %s is %v to the graph", u.GetName(), got)
				}
			}
			return nil
		}
		if _, ok := graph.View(refOf(u)); !ok {
			return fmt.Errorf("%s is not in the graph", refOf(u))
		}
		return nil
	})
}

// namespace makes a namespace if the case has not made it.
func (w *world) namespace(name string) {
	w.t.Helper()
	if name == "" || w.spaces[name] {
		return
	}
	w.spaces[name] = true
	ns := &unstructured.Unstructured{}
	ns.SetAPIVersion("v1")
	ns.SetKind("Namespace")
	ns.SetName(name)
	if err := k8s.Create(w.t.Context(), ns); err != nil {
		w.t.Fatal(err)
	}
	ns.SetLabels(map[string]string{corev1.LabelMetadataName: name})
	w.heard(ns)
}

// answer is what the API server says to a request: why it refuses, and what it warns of.
type answer struct {
	refused string
	warned  []string
}

// do does "create …", "update …" or "delete …", once without effect and once for real, and holds the two to the same
// answer.
func (w *world) do(line string) answer {
	w.t.Helper()
	try := w.ask(k8s, line, client.DryRunAll)
	got := w.ask(k8s, line)
	if fmt.Sprint(try) != fmt.Sprint(got) {
		w.t.Errorf("%s\nwith --dry-run=server: %q\nwithout:               %q", line, try, got)
	}
	return got
}

// ask does it once, as somebody.
func (w *world) ask(as client.Client, line string, dry ...client.CreateOption) answer {
	w.t.Helper()
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	u := w.object(rest)
	w.namespace(u.GetNamespace())
	warned.take()
	err := send(w.t.Context(), as, verb, u, len(dry) > 0)
	got := answer{warned: warned.take()}
	for i, text := range got.warned {
		got.warned[i] = w.plain(text)
	}
	if err != nil {
		got.refused = w.plain(err.Error())
	}
	return got
}

// send sends the request, again after a conflict with the operator, which writes statuses.
func send(ctx context.Context, as client.Client, verb string, u *unstructured.Unstructured, dry bool) error {
	for {
		err := sendOnce(ctx, as, verb, u, dry)
		if !apierrors.IsConflict(err) || verb == "create" {
			return err
		}
	}
}

func sendOnce(ctx context.Context, as client.Client, verb string, u *unstructured.Unstructured, dry bool) error {
	switch verb {
	case "create":
		return as.Create(ctx, u, &client.CreateOptions{DryRun: dryRun(dry)})
	case "delete":
		return as.Delete(ctx, u, &client.DeleteOptions{DryRun: dryRun(dry)})
	case "apply":
		u.SetManagedFields(nil)
		return as.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), &client.ApplyOptions{DryRun: dryRun(dry), FieldManager: "tenant"})
	}
	old := &unstructured.Unstructured{Object: map[string]any{"apiVersion": u.GetAPIVersion(), "kind": u.GetKind()}}
	if err := k8s.Get(ctx, client.ObjectKeyFromObject(u), old); err != nil {
		return err
	}
	if verb == "annotate" {
		old.SetAnnotations(u.GetAnnotations())
		u = old
	}
	u.SetResourceVersion(old.GetResourceVersion())
	u.Object["status"] = old.Object["status"]
	return as.Update(ctx, u, &client.UpdateOptions{DryRun: dryRun(dry)})
}

func dryRun(dry bool) []string {
	if dry {
		return []string{metav1.DryRunAll}
	}
	return nil
}
