package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// subject is a Component whose workload a story breaks, with all that sums it up.
type subject struct {
	namespace, name, system, domain string
	groups                          []string
}

var cart = subject{"online-boutique", "cartservice", "online-boutique", "commerce", []string{"checkout-team", "shop-engineering"}}

// look is how a subject should look.
type look struct {
	health catalog.Health
	reason string // empty where it is well
	pods   string // empty where it does not matter
}

// step is one thing that happens to a subject.
type step struct {
	name  string
	do    func(t *testing.T)
	cause predicate // what pods and workloads say once it has happened
	want  look
}

// tell does the step, and measures how long it takes until all statuses are right.
func (u subject) tell(t *testing.T, r *results, base state, st step) {
	t.Helper()
	causes, effect := w.board.replay(), w.board.replay()
	groupings := u.groupings()
	sums := make([]*replay, len(groupings))
	for i := range sums {
		sums[i] = w.board.replay()
	}
	st.do(t)
	happened := causes.await(t, st.name+": in the cluster", st.cause)
	r.took(st.name, "component", happened, effect.await(t, st.name+": the Component", u.looks(st.want)))
	for i, k := range groupings {
		right := u.summedUp(base, k, st.want)
		if right(sums[i].state) {
			t.Fatalf("%s: %v said so from the beginning", st.name, k)
		}
		r.took(st.name, "rollups", happened, sums[i].await(t, fmt.Sprintf("%s: %v", st.name, k), right))
	}
}

// looks is true where the Component's status says all of what it should.
func (u subject) looks(l look) predicate {
	return func(s state) bool {
		e := s.find("Component", u.namespace, u.name)
		if e == nil {
			return false
		}
		c, status := condition(e, catalog.ConditionHealthy), e.EntityStatus()
		reason := l.reason
		if reason == "" {
			reason = string(l.health)
		}
		return status.Summary.Health == l.health && c.Reason == reason && (c.Status == "True") == (l.reason == "") &&
			(l.pods == "" || status.Summary.Pods == l.pods) &&
			len(status.Workloads) == 1 && status.Workloads[0].Health == l.health && status.Workloads[0].Reason == l.reason
	}
}

func (u subject) groupings() []key {
	out := []key{{"System", u.namespace, u.system}, {"Domain", "", u.domain}}
	for _, g := range u.groups {
		out = append(out, key{"Group", "", g})
	}
	return out
}

// summedUp is true where a grouping counts the subject as it looks, and all others as they were in base.
func (u subject) summedUp(base state, k key, l look) predicate {
	want := base[k].(catalog.Entity).EntityStatus().Rollup.Health
	worst := catalog.HealthHealthy
	switch l.health {
	case catalog.HealthHealthy:
	case catalog.HealthSuspended:
		want.Healthy--
		want.Suspended++
	case catalog.HealthProgressing:
		want.Healthy--
		want.Progressing++
		worst = l.health
	case catalog.HealthDegraded:
		want.Healthy--
		want.Degraded++
		worst = l.health
	}
	if want.Healthy == 0 {
		worst = l.health
	}
	return func(s state) bool {
		e, ok := s[k].(catalog.Entity)
		return ok && e.EntityStatus().Rollup.Health == want && e.EntityStatus().Summary.Health == worst
	}
}

// patch changes an object as kubectl patch --type=merge does.
func patch(t *testing.T, obj client.Object, namespace, name, format string, args ...any) {
	t.Helper()
	obj.SetNamespace(namespace)
	obj.SetName(name)
	text := fmt.Sprintf(format, args...)
	if err := w.Patch(context.Background(), obj, client.RawPatch(types.MergePatchType, []byte(text))); err != nil {
		t.Fatalf("patch %s/%s with %s: %v", namespace, name, text, err)
	}
}

// failing is a merge patch that has the pods of a template fail; "" heals them.
func failing(how string) string {
	value := "null"
	if how != "" {
		value = `"` + how + `"`
	}
	return `{"template":{"metadata":{"labels":{"devcluster.callboard.dev/fail":` + value + `}}}}`
}

// failures are the ways in which pods fail, and what their status says then.
var failures = map[string]func(*corev1.Pod) bool{
	"CrashLoopBackOff": func(p *corev1.Pod) bool { return waits(p, "CrashLoopBackOff") && !lastKilled(p) },
	"ImagePullBackOff": func(p *corev1.Pod) bool { return waits(p, "ImagePullBackOff") || waits(p, "ErrImagePull") },
	"OOMKilled":        func(p *corev1.Pod) bool { return waits(p, "CrashLoopBackOff") && lastKilled(p) },
	"Unschedulable": func(p *corev1.Pod) bool {
		return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == "Unschedulable"
		})
	},
}

func waits(p *corev1.Pod, reason string) bool {
	return slices.ContainsFunc(p.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		return c.State.Waiting != nil && c.State.Waiting.Reason == reason
	})
}

func lastKilled(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		return c.LastTerminationState.Terminated != nil && c.LastTerminationState.Terminated.Reason == "OOMKilled"
	})
}

// somePod is true where a pod with a label app is as described.
func somePod(namespace, app string, is func(*corev1.Pod) bool) predicate {
	return func(s state) bool { return slices.ContainsFunc(podsOf(s, namespace, app), is) }
}

// deployment is true where the subject's Deployment is as described.
func (u subject) deployment(is func(*appsv1.Deployment) bool) predicate {
	return func(s state) bool {
		d := get[appsv1.Deployment](s, u.namespace, u.name)
		return d != nil && is(d)
	}
}

func (u subject) change(format string, args ...any) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		patch(t, &appsv1.Deployment{}, u.namespace, u.name, `{"spec":`+format+`}`, args...)
	}
}

var fine = look{health: catalog.HealthHealthy, pods: "1/1"}

// heal is the step back.
func (u subject) heal(name string, do func(*testing.T)) step {
	return step{name + "-healed", do, all(u.deployment(rolledOut), allRun(u.namespace, u.name)), fine}
}

// mended has a story that was broken off leave the cluster as it found it.
func mended(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			cart.change(`{"replicas":1}`)(t)
			cart.change(strings.TrimSuffix(failing(""), "}") + `,"progressDeadlineSeconds":600}`)(t)
		}
	})
}

func TestPodsFail(t *testing.T) {
	mended(t)
	settled(t, "all is well", allWell)
	base, r := w.board.look(), measure(t)
	for try := range tries(t) {
		for how, is := range failures {
			cart.tell(t, r, base, step{how, cart.change(failing(how)), somePod(cart.namespace, cart.name, is),
				look{catalog.HealthDegraded, how, ""}})
			cart.tell(t, r, base, cart.heal(how, cart.change(failing(""))))
			settled(t, fmt.Sprintf("all is well after %s in try %d", how, try), allWell)
		}
	}
}

func TestADeploymentIsScaledToZero(t *testing.T) {
	mended(t)
	settled(t, "all is well", allWell)
	base, r := w.board.look(), measure(t)
	stopped := func(d *appsv1.Deployment) bool { return *d.Spec.Replicas == 0 && d.Status.ReadyReplicas == 0 }
	for range tries(t) {
		cart.tell(t, r, base, step{"ScaledToZero", cart.change(`{"replicas":0}`), cart.deployment(stopped),
			look{catalog.HealthSuspended, "ScaledToZero", "0/0"}})
		cart.tell(t, r, base, cart.heal("ScaledToZero", cart.change(`{"replicas":1}`)))
	}
}

func TestADeploymentGetsStuck(t *testing.T) {
	mended(t)
	settled(t, "all is well", allWell)
	base, r := w.board.look(), measure(t)
	const late = "ProgressDeadlineExceeded"
	stuck := func(d *appsv1.Deployment) bool {
		return slices.ContainsFunc(d.Status.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Reason == late })
	}
	for range tries(t) {
		silent := strings.TrimSuffix(failing("Pending"), "}") + `,"progressDeadlineSeconds":1}`
		stick := func(t *testing.T) {
			t.Helper()
			cart.change(silent)(t)
			// The Deployment's controller looks again when the deadline passes, by a clock of whole seconds: it may find
			// that it has not, and then has no reason to look any more.
			time.Sleep(2500 * time.Millisecond)
			patch(t, &appsv1.Deployment{}, cart.namespace, cart.name, `{"metadata":{"annotations":{"looked":%q}}}`, time.Now())
		}
		cart.tell(t, r, base, step{late, stick, cart.deployment(stuck), look{catalog.HealthDegraded, late, ""}})
		healed := strings.TrimSuffix(failing(""), "}") + `,"progressDeadlineSeconds":600}`
		cart.tell(t, r, base, cart.heal(late, cart.change(healed)))
	}
}

// quiet waits until the operator has written nothing for a while, and returns from where on that was.
func quiet(t *testing.T) int64 {
	t.Helper()
	const enough = 2 * time.Second
	at, since := w.audit.position(t), time.Now()
	if !poll(patience, func() bool {
		if n := writes(w.audit.from(t, at)); len(n) > 0 {
			at, since = w.audit.position(t), time.Now()
		}
		return time.Since(since) > enough
	}) {
		t.Fatalf("the operator goes on writing: %v", writes(w.audit.from(t, at)))
	}
	return w.audit.position(t)
}
