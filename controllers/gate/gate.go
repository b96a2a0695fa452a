// Package gate keeps the DeployGates in step with the scores: they name the workloads that run Components below the pass
// mark of a Scorecard with a gate. A ValidatingAdmissionPolicy reads them.
package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// +kubebuilder:rbac:groups=catalog.callboard.dev,resources=deploygates,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=apps,resources=replicasets;controllerrevisions,verbs=list

// The DeployGates of a namespace.
const (
	denies = "callboard"
	warns  = "callboard-warn"
)

// labelOf is the label by which the bindings of config/policy find them, with the mode as its value.
const labelOf = "catalog.callboard.dev/gate"

// The schema's bounds.
const (
	maxBlocked = 100
	maxReason  = 512
)

// Reconciler keeps the DeployGates of namespaces.
type Reconciler struct {
	client client.Client
	reader client.Reader // of what the cache does not keep
	index  *index
}

// Reconcile brings the DeployGates of a namespace up to date.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	var ns corev1.Namespace
	if err := r.client.Get(ctx, types.NamespacedName{Name: req.Name}, &ns); err != nil || ns.DeletionTimestamp != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err) // they go with the namespace
	}
	want := specs(r.index.kept(&ns))
	r.index.retain(ns.Name, want)
	for _, name := range []string{denies, warns} {
		if err := r.remember(ctx, ns.Name, want[name]); err != nil {
			return reconcile.Result{}, err
		}
		err := r.bring(ctx, types.NamespacedName{Namespace: ns.Name, Name: name}, want[name])
		if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
			continue // its event is on its way
		}
		if err != nil {
			return reconcile.Result{}, fmt.Errorf("write DeployGate %q: %w", name, err)
		}
	}
	return reconcile.Result{}, nil
}

// bring makes a DeployGate what it should be; spec is nil if there should be none.
func (r *Reconciler) bring(ctx context.Context, name types.NamespacedName, spec *catalog.DeployGateSpec) error {
	var is catalog.DeployGate
	err := r.client.Get(ctx, name, &is)
	switch {
	case apierrors.IsNotFound(err) && spec == nil:
		return nil
	case apierrors.IsNotFound(err):
		return r.client.Create(ctx, &catalog.DeployGate{
			ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name, Labels: map[string]string{labelOf: string(spec.Mode)}},
			Spec:       *spec,
		})
	case err != nil:
		return err
	case is.DeletionTimestamp != nil:
		return nil // its end will wake us
	case spec == nil:
		return r.client.Delete(ctx, &is, client.Preconditions{UID: &is.UID})
	case is.Labels[labelOf] == string(spec.Mode) && equality.Semantic.DeepEqual(is.Spec, *spec):
		return nil
	}
	now := is.DeepCopy()
	metav1.SetMetaDataLabel(&now.ObjectMeta, labelOf, string(spec.Mode))
	now.Spec = *spec
	return r.client.Update(ctx, now)
}

// workload is one that a gate keeps as it is.
type workload struct {
	mode    catalog.GateMode
	reasons []string
}

// specs are those of the DeployGates of a namespace, by name.
func specs(kept map[string]workload) map[string]*catalog.DeployGateSpec {
	out := map[string]*catalog.DeployGateSpec{}
	for name, mode := range map[string]catalog.GateMode{denies: catalog.GateDeny, warns: catalog.GateWarn} {
		spec := &catalog.DeployGateSpec{Mode: mode, Blocked: map[string]catalog.GateReason{}}
		for key, w := range kept {
			if w.mode == mode {
				spec.Blocked[key] = clip(strings.Join(w.reasons, " and "))
			}
		}
		if len(spec.Blocked) > maxBlocked {
			spec.Blocked, spec.Scope = nil, catalog.GateEverything
		}
		if spec.Scope == catalog.GateEverything || len(spec.Blocked) > 0 {
			out[name] = spec
		}
	}
	return out
}

// kept are the workloads of a namespace that gates keep as they are, by kind and name. A gate that denies wins over one
// that warns.
func (x *index) kept(ns *corev1.Namespace) map[string]workload {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := map[string]workload{}
	for _, name := range slices.SortedFunc(maps.Keys(x.failing[ns.Name]), compareNames) {
		c := x.failing[ns.Name][name]
		for i := range c.Status.Scores {
			s := &c.Status.Scores[i]
			g, ok := x.gates[s.Scorecard]
			if !ok || s.Verdict != catalog.VerdictFailing || !g.selects(ns.Labels) {
				continue
			}
			for _, key := range keysIn(c, ns.Name) {
				w := out[key]
				if w.mode == catalog.GateWarn && g.mode == catalog.GateDeny {
					w = workload{}
				}
				if w.mode != catalog.GateDeny || g.mode == catalog.GateDeny {
					out[key] = workload{g.mode, append(w.reasons, reason(name, s))}
				}
			}
		}
	}
	return out
}

// reason says why a Component holds its workloads back.
func reason(c types.NamespacedName, s *catalog.Score) string {
	how := string(s.Level)
	if how == "" {
		how = "no level"
	}
	if s.Percent != nil {
		how += " " + scorecard.Percent(*s.Percent)
	}
	return fmt.Sprintf("component:%s does not pass Scorecard %s (%s), see kubectl callboard score explain component/%s --scorecard %s",
		c, s.Scorecard, how, c, s.Scorecard)
}

func clip(text string) catalog.GateReason {
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason-len("…")], "") + "…"
	}
	return catalog.GateReason(text)
}
