package controllers_test

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// There is no controller manager beside the API server of the tests: they write the statuses of workloads themselves.

func template(app string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.example.com/" + app + ":1.2"}}},
	}
}

func deployment(namespace, name string, labels map[string]string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](3), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}, Template: template(name),
		},
	}
}

// rolledOut writes the status of a Deployment of which some pods are ready.
func rolledOut(t *testing.T, d *appsv1.Deployment, ready int32) {
	t.Helper()
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: ready, AvailableReplicas: ready,
	}
	if err := k8s.Status().Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// pod makes a pod of a Deployment's ReplicaSet with the given container status.
func pod(t *testing.T, d *appsv1.Deployment, name string, status corev1.ContainerStatus) *corev1.Pod {
	t.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: name, Labels: map[string]string{"pod-template-hash": "5d4f"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: "ReplicaSet", Name: d.Name + "-5d4f", UID: d.UID, Controller: ptr.To(true),
			}},
		},
		Spec: d.Spec.Template.Spec,
	}
	create(t, p)
	status.Name, status.Image = "main", p.Spec.Containers[0].Image
	podStatus(t, p, status)
	return p
}

func podStatus(t *testing.T, p *corev1.Pod, status corev1.ContainerStatus) {
	t.Helper()
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{status}}
	if err := k8s.Status().Update(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // no kubelet is there to end it
		_ = k8s.Delete(context.Background(), p, client.GracePeriodSeconds(0))
	})
}

func waiting(reason string) corev1.ContainerStatus {
	return corev1.ContainerStatus{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
}

func pods(want string) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().Summary.Pods; got != want {
			return fmt.Errorf("summary.pods is %q, want %q", got, want)
		}
		return nil
	}
}

// runs wants the workloads of an entity, as "Kind namespace/name health reason".
func runs(want ...string) check {
	return func(e catalog.Entity) error {
		var got []string
		for _, w := range e.EntityStatus().Workloads {
			got = append(got, fmt.Sprintf("%s %s/%s %s %s", w.Kind, w.Namespace, w.Name, w.Health, w.Reason))
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			return fmt.Errorf("status.workloads is %q, want %q", got, want)
		}
		return nil
	}
}

func TestWorkloadsAreLinkedAndTheirHealthIsFollowed(t *testing.T) {
	t.Parallel()
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	system := apitest.System(ns, "shop", func(s *catalog.SystemSpec) { s.Owner = catalog.EntityRef(team.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.System = "shop" })
	create(t, team, system, c)
	becomes(t, c, isReady(), linked(metav1.ConditionTrue, catalog.ReasonNotRequired), healthIs(catalog.HealthUnknown),
		has(catalog.ConditionHealthy, metav1.ConditionUnknown, catalog.ReasonNoWorkloads, "No workload is linked"), pods(""))

	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	create(t, d)
	becomes(t, c, linked(metav1.ConditionTrue, catalog.ReasonLinked), healthIs(catalog.HealthProgressing), pods("0/3"),
		runs("Deployment "+ns+"/cart Progressing RollingOut"))
	rolledOut(t, d, 3)
	becomes(t, c, healthIs(catalog.HealthHealthy), pods("3/3"), isReady(),
		has(catalog.ConditionHealthy, metav1.ConditionTrue, "Healthy"), runs("Deployment "+ns+"/cart Healthy "))
	becomes(t, system, healthIs(catalog.HealthHealthy))
	becomes(t, team, healthIs(catalog.HealthHealthy))
	if got := c.Status.Workloads[0].Images; len(got) != 1 || got[0] != "registry.example.com/cart:1.2" {
		t.Errorf("images are %q", got)
	}

	p := pod(t, d, "cart-5d4f-1", waiting("CrashLoopBackOff"))
	rolledOut(t, d, 2)
	becomes(t, c, healthIs(catalog.HealthDegraded), pods("2/3"), isReady(), // health has no say in Ready
		has(catalog.ConditionHealthy, metav1.ConditionFalse, "CrashLoopBackOff", "Deployment "+ns+"/cart is Degraded: CrashLoopBackOff"))
	becomes(t, system, healthIs(catalog.HealthDegraded))
	becomes(t, team, healthIs(catalog.HealthDegraded))

	podStatus(t, p, corev1.ContainerStatus{Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}})
	rolledOut(t, d, 3)
	becomes(t, c, healthIs(catalog.HealthHealthy), pods("3/3"))
	becomes(t, system, healthIs(catalog.HealthHealthy))

	edit(t, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) })
	becomes(t, c, healthIs(catalog.HealthSuspended), has(catalog.ConditionHealthy, metav1.ConditionFalse, "ScaledToZero"), pods("3/0"))

	remove(t, d)
	becomes(t, c, linked(metav1.ConditionTrue, catalog.ReasonNotRequired), healthIs(catalog.HealthUnknown), runs())
	becomes(t, system, healthIs(""))
}

func TestEachWayToLinkAWorkload(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	cases := map[string]struct {
		labels   map[string]string
		workload string // its name: the entity's if empty
		link     catalog.WorkloadLink
		note     map[string]string
	}{
		"by a selector": {
			labels: map[string]string{"tier": "a"},
			link:   catalog.WorkloadLink{Selector: catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"tier": "a"}}},
		},
		"by an expression": {
			labels: map[string]string{"tier": "b", "track": "stable"},
			link: catalog.WorkloadLink{Selector: catalog.LabelSelector{
				MatchLabels:      map[string]catalog.LabelValue{"tier": "b"},
				MatchExpressions: []catalog.LabelRequirement{{Key: "track", Operator: "NotIn", Values: []catalog.LabelValue{"canary"}}},
			}},
		},
		"by kind and name":                  {workload: "any-name", link: catalog.WorkloadLink{Kind: catalog.WorkloadDeployment, Name: "any-name"}},
		"by Backstage's id":                 {labels: map[string]string{catalog.LabelKubernetesID: "my-id"}, note: map[string]string{catalog.LabelKubernetesID: "my-id"}},
		"by Backstage's selector":           {labels: map[string]string{"tier": "c"}, note: map[string]string{catalog.AnnotationKubernetesLabelSelector: "tier=c,!canary"}},
		"by Backstage's selector with sets": {labels: map[string]string{"tier": "d"}, note: map[string]string{catalog.AnnotationKubernetesLabelSelector: "tier in (d, e)"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := apitest.Component(ns, unique("linked"), func(s *catalog.ComponentSpec) { s.Workloads = tc.link })
			c.Annotations = tc.note
			if tc.workload == "" {
				tc.workload = unique("workload")
			}
			create(t, c)
			becomes(t, c, linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotFound, "no workload in namespace "+ns+" matches: deploy it or correct the link"))
			d := deployment(ns, tc.workload, tc.labels)
			create(t, d)
			becomes(t, c, linked(metav1.ConditionTrue, catalog.ReasonLinked), runs("Deployment "+ns+"/"+tc.workload+" Progressing RollingOut"))
		})
	}
	for _, label := range []string{catalog.LabelKubernetesID, "app.kubernetes.io/name", "app"} {
		t.Run("by its own name in the label "+label, func(t *testing.T) {
			t.Parallel()
			c := apitest.Component(ns, unique("named"))
			d := deployment(ns, unique("workload"), map[string]string{label: c.Name})
			create(t, d, c)
			becomes(t, c, linked(metav1.ConditionTrue, catalog.ReasonLinked))
			edit(t, d, func(d *appsv1.Deployment) { d.Labels[label] = "other" })
			becomes(t, c, linked(metav1.ConditionTrue, catalog.ReasonNotRequired))
		})
	}
}

func TestAnnotationOfANamespaceOpensItsWorkloads(t *testing.T) {
	t.Parallel()
	home, guest := newNamespace(t), newNamespace(t)
	d := deployment(home, "cart", map[string]string{"app": "cart"})
	byName := apitest.Component(guest, "by-name", func(s *catalog.ComponentSpec) {
		s.Workloads = catalog.WorkloadLink{Namespace: home, Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	byNote := apitest.Resource(guest, "by-note")
	byNote.Annotations = map[string]string{catalog.AnnotationKubernetesLabelSelector: "app=nothing", catalog.AnnotationKubernetesNamespace: home}
	missing := apitest.Component(guest, "missing", func(s *catalog.ComponentSpec) {
		s.Workloads = catalog.WorkloadLink{Namespace: "nowhere", Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	create(t, d, byName, byNote, missing)
	closed := linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotPermitted,
		"namespace "+home+" does not exist or does not permit this: ask for its annotation "+catalog.AnnotationWorkloadsFor)
	becomes(t, byName, closed, runs())
	becomes(t, byNote, closed)
	becomes(t, missing, linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotPermitted, "namespace nowhere does not exist or does not permit this"))

	ns := read(t, namespaceNamed(home))
	annotate := func(value string) func(*corev1.Namespace) {
		return func(ns *corev1.Namespace) { ns.Annotations = map[string]string{catalog.AnnotationWorkloadsFor: value} }
	}
	edit(t, ns, annotate("other, "+guest))
	becomes(t, byName, linked(metav1.ConditionTrue, catalog.ReasonLinked), runs("Deployment "+home+"/cart Progressing RollingOut"))
	becomes(t, byNote, linked(metav1.ConditionFalse, catalog.ReasonWorkloadsNotFound, "no workload in namespace "+home+" matches"))
	edit(t, ns, annotate("other"))
	becomes(t, byName, closed, runs())
	edit(t, ns, annotate("*"))
	becomes(t, byName, linked(metav1.ConditionTrue, catalog.ReasonLinked))
	edit(t, ns, func(ns *corev1.Namespace) { ns.Annotations = nil })
	becomes(t, byName, closed, runs())
}

func TestWorkloadThatTwoClaimIsAConflictOnBoth(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	first := apitest.Component(ns, "cart")
	second := apitest.Resource(ns, "cart-db", func(s *catalog.ResourceSpec) {
		s.Workloads = catalog.WorkloadLink{Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	create(t, d, first, second)
	conflict := func(rival string) check {
		return linked(metav1.ConditionFalse, catalog.ReasonWorkloadConflict,
			"Deployment "+ns+"/cart is claimed by "+rival+" as well: let one of them go")
	}
	becomes(t, first, conflict(ref("resource", ns, "cart-db")))
	becomes(t, second, conflict(ref("component", ns, "cart")))
	remove(t, second)
	becomes(t, first, linked(metav1.ConditionTrue, catalog.ReasonLinked))
}

func TestWhatRunsNowhereNeedsNoWorkloads(t *testing.T) {
	t.Parallel()
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	create(t, team)
	for name, change := range map[string]func(*catalog.ComponentSpec){
		"a library":           func(s *catalog.ComponentSpec) { s.Type = "library" },
		"a bought service":    func(s *catalog.ComponentSpec) { s.External = catalog.External{Vendor: "Acme"} },
		"an external library": func(s *catalog.ComponentSpec) { s.Type, s.External.License = "library", "Apache-2.0" },
	} {
		t.Run(name, func(t *testing.T) {
			c := apitest.Component(ns, unique("nowhere"), change, func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
			d := deployment(ns, unique("workload"), map[string]string{"app": c.Name}) // does not concern it
			create(t, d, c)
			const why = "Nothing in the cluster runs it: it is a library or external"
			becomes(t, c, isReady(), linked(metav1.ConditionTrue, catalog.ReasonNotRequired, why), healthIs(""),
				has(catalog.ConditionHealthy, metav1.ConditionTrue, catalog.ReasonNotRequired, why))
		})
	}
}

func TestCronJobTellsOfItsLatestJob(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	cron := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "report", Labels: map[string]string{"app": "report"}},
		Spec:       batchv1.CronJobSpec{Schedule: "0 * * * *", JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template("report")}}},
	}
	cron.Spec.JobTemplate.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	c := apitest.Component(ns, "report")
	create(t, cron, c)
	becomes(t, c, healthIs(catalog.HealthHealthy), pods(""), runs("CronJob "+ns+"/report Healthy "))
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "report-1", Labels: map[string]string{"app": "report"}, OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "batch/v1", Kind: "CronJob", Name: "report", UID: cron.UID, Controller: ptr.To(true),
		}}},
		Spec: *cron.Spec.JobTemplate.Spec.DeepCopy(),
	}
	create(t, job)
	now := metav1.Now()
	job.Status = batchv1.JobStatus{StartTime: &now, Failed: 1, Conditions: []batchv1.JobCondition{
		{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded"},
		{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded"},
	}}
	if err := k8s.Status().Update(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	becomes(t, c, healthIs(catalog.HealthDegraded), runs("CronJob "+ns+"/report Degraded BackoffLimitExceeded"),
		has(catalog.ConditionHealthy, metav1.ConditionFalse, "BackoffLimitExceeded"))
	edit(t, cron, func(c *batchv1.CronJob) { c.Spec.Suspend = ptr.To(true) })
	becomes(t, c, healthIs(catalog.HealthSuspended), runs("CronJob "+ns+"/report Suspended Suspended"))
}
