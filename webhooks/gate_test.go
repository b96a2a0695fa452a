package webhooks_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// site is a namespace with DeployGates and somebody who deploys there.
type site struct {
	*world
	dev client.Client
}

// newSite makes one, with the policy. No operator runs, so that DeployGates stay as a test writes them.
func newSite(t *testing.T) *site {
	t.Helper()
	install(t, "policy/gate.yaml")
	stopOperator(t)
	w := &world{t: t, suffix: fmt.Sprintf("-t%04d", counter.Add(1)), spaces: map[string]bool{}}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.name("shop")}}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "deployer" + w.suffix}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"apps"}, Resources: []string{"deployments", "statefulsets"}, Verbs: []string{"*"}}}}
	for _, o := range []client.Object{ns, role} {
		if err := k8s.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	w.spaces[ns.Name] = true
	s := &site{w, asUser(t, w, "ada", role.Name)}
	s.gate("callboard", catalog.DeployGateSpec{Mode: catalog.GateDeny, Blocked: map[string]catalog.GateReason{"deployment/probe": "so"}})
	probe := s.workload("Deployment", "probe")
	eventually(t, func() error { // until policy, parameters and authorizer have heard of it all
		next := probe.DeepCopyObject().(client.Object)
		templateOf(next).Labels["probe"] = "again"
		if err := s.dev.Update(t.Context(), next, client.DryRunAll); err == nil || !strings.Contains(err.Error(), "ValidatingAdmissionPolicy") {
			return fmt.Errorf("the policy does not work yet: %w", err)
		}
		return nil
	})
	return s
}

// gate writes a DeployGate.
func (s *site) gate(name string, spec catalog.DeployGateSpec) {
	s.t.Helper()
	g := &catalog.DeployGate{ObjectMeta: metav1.ObjectMeta{Namespace: s.name("shop"), Name: name}}
	err := k8s.Get(s.t.Context(), client.ObjectKeyFromObject(g), g)
	g.Spec = spec
	if name != "mine" { // the label counts
		g.Labels = map[string]string{"catalog.callboard.dev/gate": string(spec.Mode)}
	}
	if err == nil {
		err = k8s.Update(s.t.Context(), g)
	} else {
		err = k8s.Create(s.t.Context(), g)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// workload makes one with the images that run now.
func (s *site) workload(kind, name string) client.Object {
	s.t.Helper()
	meta := metav1.ObjectMeta{Namespace: s.name("shop"), Name: name}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "app:2"}, {Name: "side", Image: "proxy:1"}}},
	}
	var o client.Object = &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}
	if kind == "StatefulSet" {
		o = &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template}}
	}
	if err := k8s.Create(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := client.IgnoreNotFound(k8s.Delete(context.Background(), o)); err != nil {
			s.t.Error(err)
		}
	})
	return o
}

func templateOf(o client.Object) *corev1.PodTemplateSpec {
	if s, ok := o.(*appsv1.StatefulSet); ok {
		return &s.Spec.Template
	}
	return &o.(*appsv1.Deployment).Spec.Template
}

// image changes the image of the first container.
func image(image string) func(client.Object) {
	return func(o client.Object) { templateOf(o).Spec.Containers[0].Image = image }
}

func annotated(reason string) func(client.Object) {
	return func(o client.Object) { o.SetAnnotations(map[string]string{catalog.AnnotationBreakGlass: reason}) }
}

func all(changes ...func(client.Object)) func(client.Object) {
	return func(o client.Object) {
		for _, c := range changes {
			c(o)
		}
	}
}

// because is the reason that stands in the tests' DeployGates.
const because = "component:shop/cart does not pass Scorecard basics (Bronze 50%)"

// says is what the policy says of a workload.
func says(workload, why string) string {
	return "spec.template: " + workload + " is kept as it is: " + why +
		": bring it above the pass mark, go back to images that ran before, or annotate catalog.callboard.dev/break-glass with the reason"
}

func TestGateKeepsTemplatesAsTheyAre(t *testing.T) {
	s := newSite(t)
	blocked := catalog.DeployGateSpec{
		Mode: catalog.GateDeny, Blocked: map[string]catalog.GateReason{"deployment/cart": because, "statefulset/db": because},
		RanBefore: map[string]catalog.Templates{"deployment/cart": "app:1 proxy:1\ninit:1 app:0 proxy:1\n"},
	}
	everything := catalog.DeployGateSpec{Mode: catalog.GateDeny, Scope: catalog.GateEverything}
	all100 := "more than 100 workloads of this namespace run Components that do not pass a Scorecard, so that all are kept back"
	for name, tc := range map[string]struct {
		deny, warn, other *catalog.DeployGateSpec
		workload          string // deployment/cart if empty
		standing          func(client.Object)
		change            func(client.Object)
		why               string // of the refusal, or with warn of the warning; it passes if empty
	}{
		"a new image":                    {deny: &blocked, change: image("app:3"), why: because},
		"a new image of a StatefulSet":   {deny: &blocked, workload: "statefulset/db", change: image("app:3"), why: because},
		"a StatefulSet of the same name": {deny: &blocked, workload: "statefulset/cart", change: image("app:3")},
		"a workload that passes":         {deny: &blocked, workload: "deployment/web", change: image("app:3")},
		"an environment variable":        {deny: &blocked, change: func(o client.Object) { templateOf(o).Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "b"}} }, why: because},
		"a restart": {deny: &blocked, change: func(o client.Object) {
			templateOf(o).Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
		}, why: because},
		"one container less":      {deny: &blocked, change: func(o client.Object) { templateOf(o).Spec.Containers = templateOf(o).Spec.Containers[:1] }, why: because},
		"the number of replicas":  {deny: &blocked, change: func(o client.Object) { o.(*appsv1.Deployment).Spec.Replicas = ptr.To[int32](7) }},
		"a label":                 {deny: &blocked, change: func(o client.Object) { o.SetLabels(map[string]string{"a": "b"}) }},
		"back to what ran before": {deny: &blocked, change: image("app:1")},
		"back with an init container": {deny: &blocked, change: all(image("app:0"), func(o client.Object) {
			templateOf(o).Spec.InitContainers = []corev1.Container{{Name: "init", Image: "init:1"}}
		})},
		"back, but with another init container": {deny: &blocked, change: all(image("app:1"), func(o client.Object) {
			templateOf(o).Spec.InitContainers = []corev1.Container{{Name: "init", Image: "init:2"}}
		}), why: because},
		"to what another workload ran": {deny: &blocked, workload: "statefulset/db", change: image("app:1"), why: because},
		"to a part of what ran before": {deny: &blocked, change: func(o client.Object) {
			templateOf(o).Spec.Containers = []corev1.Container{{Name: "main", Image: "app:1"}}
		}, why: because},
		"images in another order": {deny: &blocked, change: func(o client.Object) {
			templateOf(o).Spec.Containers[0].Image, templateOf(o).Spec.Containers[1].Image = "proxy:1", "app:1"
		}, why: because},
		"with the glass broken":               {deny: &blocked, change: all(image("app:3"), annotated("INC-12: hotfix"))},
		"with the glass broken before":        {deny: &blocked, standing: annotated("INC-12: hotfix"), change: image("app:3")},
		"with the glass broken for no reason": {deny: &blocked, change: all(image("app:3"), annotated("")), why: because},
		"with the glass broken for a blank":   {deny: &blocked, change: all(image("app:3"), annotated(" \t")), why: because},
		"with the glass mended":               {deny: &blocked, standing: annotated("INC-12: hotfix"), change: all(image("app:3"), func(o client.Object) { o.SetAnnotations(nil) }), why: because},
		"everything":                          {deny: &everything, workload: "deployment/web", change: image("app:3"), why: all100},
		"everything, but the glass broken":    {deny: &everything, change: all(image("app:3"), annotated("INC-12"))},
		"everything, but replicas":            {deny: &everything, change: func(o client.Object) { o.(*appsv1.Deployment).Spec.Replicas = ptr.To[int32](7) }},
		"a warning":                           {warn: &blocked, change: image("app:3"), why: because},
		"no warning for what ran before":      {warn: &blocked, change: image("app:1")},
		"no warning for what passes":          {warn: &blocked, workload: "deployment/web", change: image("app:3")},
		"a DeployGate without the label":      {other: &blocked, change: image("app:3")},
		"no DeployGate":                       {change: image("app:3")},
		"on its way out": {deny: &blocked, standing: func(o client.Object) { o.SetFinalizers([]string{"example.com/keep"}) },
			change: all(image("app:3"), func(o client.Object) { o.SetFinalizers(nil) })},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.gates(tc.deny, tc.warn, tc.other)
			key := tc.workload
			if key == "" {
				key = "deployment/cart"
			}
			kind, local, _ := strings.Cut(key, "/")
			o := s.workload(map[string]string{"deployment": "Deployment", "statefulset": "StatefulSet"}[kind], local)
			if tc.standing != nil {
				tc.standing(o)
				if err := k8s.Update(t.Context(), o); err != nil {
					t.Fatal(err)
				}
			}
			if name == "on its way out" {
				if err := k8s.Delete(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
					t.Fatal(err)
				}
			}
			tc.change(o)
			warned.take()
			err := s.dev.Update(t.Context(), o)
			told := ""
			if err != nil {
				told = err.Error()
			}
			got, want := told, ""
			if tc.why != "" {
				want = fmt.Sprintf(`%ss.apps "%s" is forbidden: ValidatingAdmissionPolicy 'callboard-gate' with binding 'callboard-gate-deny' denied request: %s`, kind, local, says(key, tc.why))
			}
			if tc.warn != nil {
				got = told + strings.Join(warned.take(), "|")
				want = strings.Replace(want, fmt.Sprintf(`%ss.apps "%s" is forbidden: ValidatingAdmissionPolicy 'callboard-gate' with binding 'callboard-gate-deny' denied request: `, kind, local),
					"Validation failed for ValidatingAdmissionPolicy 'callboard-gate' with binding 'callboard-gate-warn': ", 1)
			}
			if got != want {
				t.Errorf("told %q\nwant %q", got, want)
			}
		})
	}
}

// gates writes or deletes the DeployGates of a case, and waits until the API server goes by them.
func (s *site) gates(deny, warn, other *catalog.DeployGateSpec) {
	s.t.Helper()
	for name, spec := range map[string]*catalog.DeployGateSpec{"callboard": deny, "callboard-warn": warn, "mine": other} {
		with := catalog.DeployGateSpec{}
		if spec != nil {
			with = *spec.DeepCopy()
		}
		with.Mode = catalog.GateDeny
		if name == "callboard-warn" {
			with.Mode = catalog.GateWarn
		}
		if with.Scope != catalog.GateEverything { // the probe tells when the API server has heard of it
			with.Blocked = map[string]catalog.GateReason{"deployment/probe": catalog.GateReason(fmt.Sprintf("round %d", counter.Add(1)))}
			if spec != nil {
				for k, v := range spec.Blocked {
					with.Blocked[k] = v
				}
			}
		}
		s.gate(name, with)
		if name == "mine" {
			continue
		}
		want := string(with.Blocked["deployment/probe"])
		if with.Scope == catalog.GateEverything {
			want = "more than 100"
		}
		s.probed(want)
	}
}

// probed waits until the policy says of the probe what is wanted.
func (s *site) probed(want string) {
	s.t.Helper()
	probe := &appsv1.Deployment{}
	if err := k8s.Get(s.t.Context(), client.ObjectKey{Namespace: s.name("shop"), Name: "probe"}, probe); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, func() error {
		next := probe.DeepCopy()
		next.Spec.Template.Labels["probe"] = "again"
		warned.take()
		said := fmt.Sprint(s.dev.Update(s.t.Context(), next, client.DryRunAll)) + strings.Join(warned.take(), "")
		if !strings.Contains(said, want) {
			return fmt.Errorf("of the probe: %q, want %q in it", said, want)
		}
		return nil
	})
}

// TestGateLetsBeMadeAndDeleted holds that only changes of what stands are kept back.
func TestGateLetsBeMadeAndDeleted(t *testing.T) {
	s := newSite(t)
	s.gates(&catalog.DeployGateSpec{Mode: catalog.GateDeny, Scope: catalog.GateEverything}, nil, nil)
	admin := k8s
	k8s = s.dev
	defer func() { k8s = admin }()
	for _, kind := range []string{"Deployment", "StatefulSet"} {
		o := s.workload(kind, "new")
		if err := s.dev.Delete(t.Context(), o); err != nil {
			t.Errorf("delete a %s: %v", kind, err)
		}
	}
}

// TestDeployersCannotOpenTheGate holds that who may deploy can neither write DeployGates nor take the namespace out.
func TestDeployersCannotOpenTheGate(t *testing.T) {
	s := newSite(t)
	g := &catalog.DeployGate{ObjectMeta: metav1.ObjectMeta{Namespace: s.name("shop"), Name: "callboard"}}
	for name, err := range map[string]error{
		"delete": s.dev.Delete(t.Context(), g),
		"edit":   s.dev.Patch(t.Context(), g, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"blocked":null}}`))),
		"label": s.dev.Patch(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.name("shop")}},
			client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"gated":null}}}`))),
	} {
		if err == nil || !strings.Contains(err.Error(), "is forbidden: User") {
			t.Errorf("%s: %v, want it forbidden", name, err)
		}
	}
}

// TestCostOfTheGate measures what the policy costs a change of a template, without effect: with no DeployGate, and with
// the largest that the operator writes. Times mean something on a quiet machine alone.
func TestCostOfTheGate(t *testing.T) {
	if os.Getenv("CALLBOARD_GATE_COST") == "" {
		t.Skip("set CALLBOARD_GATE_COST on a machine that does nothing else")
	}
	s := newSite(t)
	names, full := catalog.DeployGateSpec{Mode: catalog.GateDeny, Blocked: map[string]catalog.GateReason{}}, catalog.DeployGateSpec{}
	for i := range 99 { // the probe is one more
		names.Blocked[fmt.Sprintf("deployment/workload-%02d", i)] = catalog.GateReason(strings.Repeat("because ", 25))
	}
	names.DeepCopyInto(&full)
	full.RanBefore = map[string]catalog.Templates{}
	for key := range full.Blocked {
		for j := range 10 {
			full.RanBefore[key] += catalog.Templates(fmt.Sprintf("registry.example.com/team/app:%d registry.example.com/team/proxy:1\n", j))
		}
	}
	d := s.workload("Deployment", "web").(*appsv1.Deployment)
	const rounds, tries = 6, 50
	took := map[string][]time.Duration{}
	for range rounds { // in turns, for machines drift
		for name, spec := range map[string]*catalog.DeployGateSpec{"none": nil, "100 names": &names, "100 names with 10 templates each": &full} {
			s.gates(spec, nil, nil)
			for i := range tries {
				next := d.DeepCopy()
				next.Spec.Template.Labels["try"] = fmt.Sprint(i)
				begun := time.Now()
				if err := s.dev.Update(t.Context(), next, client.DryRunAll); err != nil {
					t.Fatal(err)
				}
				took[name] = append(took[name], time.Since(begun))
			}
		}
	}
	median := map[string]time.Duration{}
	for name, all := range took {
		slices.Sort(all)
		median[name] = all[len(all)/2]
	}
	for name, bar := range map[string]time.Duration{"100 names": 5 * time.Millisecond, "100 names with 10 templates each": 10 * time.Millisecond} {
		more := median[name] - median["none"]
		t.Logf("result: a change of a template takes %s with %s, %s with none: %s more (medians of %d)", median[name], name, median["none"], more, rounds*tries)
		if more > bar {
			t.Errorf("%s cost %s a request, want %s at most", name, more, bar)
		}
	}
}
