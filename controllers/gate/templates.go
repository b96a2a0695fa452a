package gate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The schema's bounds.
const (
	maxTemplates = 10
	maxText      = 20480
)

// revisionOf is the annotation by which Kubernetes counts the ReplicaSets of a Deployment.
const revisionOf = "deployment.kubernetes.io/revision"

// remember enters in a spec which images the workloads ran before, so that they can go back.
func (r *Reconciler) remember(ctx context.Context, namespace string, spec *catalog.DeployGateSpec) error {
	if spec == nil {
		return nil
	}
	for key := range spec.Blocked {
		m, known := r.index.recall(namespace, key)
		if !known {
			revisions, err := r.revisions(ctx, namespace, key)
			if err != nil {
				return fmt.Errorf("read what %s of namespace %q ran before: %w", key, namespace, err)
			}
			m = r.index.learn(namespace, key, m, former(revisions))
		}
		if m.templates == "" {
			continue
		}
		if spec.RanBefore == nil {
			spec.RanBefore = map[string]catalog.Templates{}
		}
		spec.RanBefore[key] = m.templates
	}
	return nil
}

// revision is a template that runs or ran.
type revision struct {
	number int64
	images string
}

// former are the images of all templates but the newest, which runs now: a line for each, the latest first.
func former(revisions []revision) catalog.Templates {
	slices.SortFunc(revisions, func(a, b revision) int {
		return cmp.Or(cmp.Compare(b.number, a.number), strings.Compare(a.images, b.images))
	})
	var text strings.Builder
	var lines []string
	for i, v := range revisions {
		if i == 0 || v.images == "" || slices.Contains(lines, v.images) || len(lines) == maxTemplates || text.Len()+len(v.images) >= maxText {
			continue
		}
		lines = append(lines, v.images)
		text.WriteString(v.images + "\n")
	}
	return catalog.Templates(text.String())
}

// imagesOf are the images of a template, those of the init containers first, as the policy joins them.
func imagesOf(t *corev1.PodTemplateSpec) string {
	var out []string
	for _, list := range [][]corev1.Container{t.Spec.InitContainers, t.Spec.Containers} {
		for i := range list {
			out = append(out, list[i].Image)
		}
	}
	return strings.Join(out, " ")
}

// revisions are the templates that Kubernetes remembers of a workload; none if it is gone.
func (r *Reconciler) revisions(ctx context.Context, namespace, key string) ([]revision, error) {
	kind, name, _ := strings.Cut(key, "/")
	at := types.NamespacedName{Namespace: namespace, Name: name}
	if kind == "deployment" {
		var d appsv1.Deployment
		if err := r.client.Get(ctx, at, &d); err != nil {
			return nil, client.IgnoreNotFound(err)
		}
		return r.ofDeployment(ctx, &d)
	}
	var s appsv1.StatefulSet
	if err := r.client.Get(ctx, at, &s); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return r.ofStatefulSet(ctx, &s)
}

// selected lists the objects that a workload's selector matches.
func (r *Reconciler) selected(ctx context.Context, list client.ObjectList, owner metav1.Object, s *metav1.LabelSelector) error {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return fmt.Errorf("read the selector: %w", err)
	}
	return r.reader.List(ctx, list, client.InNamespace(owner.GetNamespace()), client.MatchingLabelsSelector{Selector: selector})
}

func (r *Reconciler) ofDeployment(ctx context.Context, d *appsv1.Deployment) ([]revision, error) {
	var list appsv1.ReplicaSetList
	if err := r.selected(ctx, &list, d, d.Spec.Selector); err != nil {
		return nil, err
	}
	var out []revision
	for i := range list.Items {
		rs := &list.Items[i]
		n, err := strconv.ParseInt(rs.Annotations[revisionOf], 10, 64)
		if err == nil && metav1.IsControlledBy(rs, d) {
			out = append(out, revision{n, imagesOf(&rs.Spec.Template)})
		}
	}
	return out, nil
}

func (r *Reconciler) ofStatefulSet(ctx context.Context, s *appsv1.StatefulSet) ([]revision, error) {
	var list appsv1.ControllerRevisionList
	if err := r.selected(ctx, &list, s, s.Spec.Selector); err != nil {
		return nil, err
	}
	var out []revision
	for i := range list.Items {
		var data struct {
			Spec struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		}
		cr := &list.Items[i]
		if metav1.IsControlledBy(cr, s) && json.Unmarshal(cr.Data.Raw, &data) == nil {
			out = append(out, revision{cr.Revision, imagesOf(&data.Spec.Template)})
		}
	}
	return out, nil
}
