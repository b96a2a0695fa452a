package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// lab is a Component of testdata/lab.yaml.
func lab(name string) subject { return subject{"lab", name, "lab", "lab", []string{"lab-team"}} }

// withLab brings up what the shops lack, for the time of a story.
func withLab(t *testing.T) state {
	t.Helper()
	file := filepath.FromSlash("hack/e2e/testdata/lab.yaml")
	kubectl(t, "apply", "-f", file)
	t.Cleanup(func() {
		kubectl(t, "delete", "--wait=true", "-f", file)
		settled(t, "the lab is gone", func(s state) bool {
			for k := range s {
				if k.namespace == "lab" || k.name == "lab" || k.name == "lab-team" {
					return false
				}
			}
			return true
		})
	})
	settled(t, "the lab is well", all(allWell, func(s state) bool {
		g := get[catalog.Group](s, "", "lab-team")
		return g != nil && g.Status.Rollup.Health.Healthy == 4
	}))
	return w.board.look()
}

func TestAStatefulSet(t *testing.T) {
	base, r, u := withLab(t), measure(t), lab("store")
	set := func(is func(*appsv1.StatefulSet) bool) predicate {
		return func(s state) bool {
			o := get[appsv1.StatefulSet](s, "lab", "store")
			return o != nil && is(o)
		}
	}
	change := func(format string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			patch(t, &appsv1.StatefulSet{}, "lab", "store", `{"spec":%s}`, format)
		}
	}
	complete := func(o *appsv1.StatefulSet) bool {
		n := *o.Spec.Replicas
		return n > 0 && o.Status.ObservedGeneration >= o.Generation && o.Status.Replicas == n && o.Status.ReadyReplicas == n && o.Status.UpdatedReplicas == n
	}
	restart := func(t *testing.T) { // a StatefulSet waits for its bad pod: somebody has to delete it
		t.Helper()
		change(failing(""))(t)
		for _, p := range podsOf(w.board.look(), "lab", "store") {
			if !podReady(p) {
				// At once: KWOK deletes a pod that is on its way out by name, and sometimes twice, which hits the next one.
				if err := w.Delete(context.Background(), p, client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
					t.Fatal(err)
				}
			}
		}
	}
	whole := all(set(complete), allRun("lab", "store"))
	well := look{catalog.HealthHealthy, "", "2/2"}
	for range tries(t) {
		u.tell(t, r, base, step{"StatefulSet-crashes", change(failing("CrashLoopBackOff")),
			somePod("lab", "store", failures["CrashLoopBackOff"]), look{catalog.HealthDegraded, "CrashLoopBackOff", ""}})
		u.tell(t, r, base, step{"StatefulSet-healed", restart, whole, well})
		u.tell(t, r, base, step{"StatefulSet-stopped", change(`{"replicas":0}`),
			set(func(o *appsv1.StatefulSet) bool { return *o.Spec.Replicas == 0 && o.Status.ReadyReplicas == 0 }),
			look{catalog.HealthSuspended, "ScaledToZero", "0/0"}})
		u.tell(t, r, base, step{"StatefulSet-started", change(`{"replicas":2}`), whole, well})
	}
}

func TestADaemonSet(t *testing.T) {
	base, r, u := withLab(t), measure(t), lab("agent")
	change := func(how string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			patch(t, &appsv1.DaemonSet{}, "lab", "agent", `{"spec":%s}`, failing(how))
		}
	}
	complete := func(s state) bool {
		o := get[appsv1.DaemonSet](s, "lab", "agent")
		n := o.Status.DesiredNumberScheduled
		return o.Status.ObservedGeneration >= o.Generation && o.Status.NumberReady == n && o.Status.UpdatedNumberScheduled == n
	}
	for range tries(t) {
		u.tell(t, r, base, step{"DaemonSet-crashes", change("OOMKilled"),
			somePod("lab", "agent", failures["OOMKilled"]), look{catalog.HealthDegraded, "OOMKilled", ""}})
		u.tell(t, r, base, step{"DaemonSet-healed", change(""), all(complete, allRun("lab", "agent")),
			look{catalog.HealthHealthy, "", "3/3"}})
	}
}

// job is true where a Job has a condition.
func job(name string, kind batchv1.JobConditionType) predicate {
	return func(s state) bool {
		j := get[batchv1.Job](s, "lab", name)
		return j != nil && slices.ContainsFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool {
			return c.Type == kind && c.Status == corev1.ConditionTrue
		})
	}
}

func TestAJobFails(t *testing.T) {
	base, r, u := withLab(t), measure(t), lab("import")
	first := get[batchv1.Job](base, "lab", "import")
	again := func(how string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			replaceJob(t, first, how)
		}
	}
	for range tries(t) {
		u.tell(t, r, base, step{"Job-fails", again("Exit1"), job("import", batchv1.JobFailed),
			look{catalog.HealthDegraded, "BackoffLimitExceeded", ""}})
		u.tell(t, r, base, step{"Job-succeeds", again(""), job("import", batchv1.JobComplete), look{catalog.HealthHealthy, "", ""}})
	}
}

// replaceJob deletes a Job and makes it anew, its pods failing as said.
func replaceJob(t *testing.T, j *batchv1.Job, how string) {
	t.Helper()
	ctx := context.Background()
	if err := w.Delete(ctx, j.DeepCopy(), client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		t.Fatal(err)
	}
	settled(t, "the Job is gone", func(s state) bool { return get[batchv1.Job](s, j.Namespace, j.Name) == nil })
	n := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: j.Namespace, Name: j.Name}}
	n.Spec.BackoffLimit = j.Spec.BackoffLimit
	n.Spec.Template.Spec = j.Spec.Template.Spec
	if how != "" {
		n.Spec.Template.Labels = map[string]string{"devcluster.callboard.dev/fail": how}
	}
	if err := w.Create(ctx, n); err != nil {
		t.Fatal(err)
	}
}

func TestACronJob(t *testing.T) {
	base, r, u := withLab(t), measure(t), lab("report")
	change := func(spec string) {
		patch(t, &batchv1.CronJob{}, "lab", "report", `{"spec":%s}`, spec)
	}
	suspended := func(want bool) predicate {
		return func(s state) bool {
			c := get[batchv1.CronJob](s, "lab", "report")
			return (c.Spec.Suspend != nil && *c.Spec.Suspend) == want
		}
	}
	well := look{catalog.HealthHealthy, "", ""}
	run := func(name, how string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			change(strings.Replace(`{"jobTemplate":{"spec":X}}`, "X", failing(how), 1))
			kubectl(t, "create", "job", "-n", "lab", name, "--from=cronjob/report")
		}
	}
	for try := range tries(t) {
		bad, good := fmt.Sprintf("report-%03d-a", try), fmt.Sprintf("report-%03d-b", try)
		u.tell(t, r, base, step{"CronJob-fails", run(bad, "Exit1"), job(bad, batchv1.JobFailed),
			look{catalog.HealthDegraded, "BackoffLimitExceeded", ""}})
		u.tell(t, r, base, step{"CronJob-succeeds", run(good, ""),
			func(s state) bool { return get[batchv1.Job](s, "lab", good) != nil }, well})
		u.tell(t, r, base, step{"CronJob-suspended", func(*testing.T) { change(`{"suspend":true}`) }, suspended(true),
			look{catalog.HealthSuspended, "Suspended", ""}})
		u.tell(t, r, base, step{"CronJob-resumed", func(*testing.T) { change(`{"suspend":false}`) }, suspended(false), well})
	}
}
