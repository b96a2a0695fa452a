package controllers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// gated is the label of namespaces that the gates of one test are for.
const gated = "gates.test/by"

// gatedNamespace makes a namespace that carries the label.
func gatedNamespace(t *testing.T) string {
	t.Helper()
	return newNamespace(t, func(ns *corev1.Namespace) { ns.Labels = map[string]string{gated: ns.Name} })
}

// newGate makes an active Scorecard that asks for a description, with a gate for a namespace.
func newGate(t *testing.T, ns string, mode catalog.GateMode) *catalog.Scorecard {
	t.Helper()
	sc := newScorecard(t, catalog.ScorecardActive, ofComponents, described)
	edit(t, sc, func(sc *catalog.Scorecard) {
		sc.Spec.Gate = catalog.Gate{
			Mode: mode, Namespaces: catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{gated: catalog.LabelValue(ns)}},
		}
	})
	return sc
}

// failingOn makes a Component that fails on a Scorecard, and the Deployment that it runs in.
func failingOn(t *testing.T, sc *catalog.Scorecard, ns, name string) (*catalog.Component, *appsv1.Deployment) {
	t.Helper()
	c, d := apitest.Component(ns, name), deployment(ns, name, map[string]string{"app": name})
	c.Labels = judgedBy(sc)
	create(t, c, d)
	return c, d
}

// why is the reason that a DeployGate gives.
func why(sc *catalog.Scorecard, ns, component string) catalog.GateReason {
	return catalog.GateReason(fmt.Sprintf(
		"component:%s/%s does not pass Scorecard %s (no level 0%%), see kubectl callboard score explain component/%s/%s --scorecard %s",
		ns, component, sc.Name, ns, component, sc.Name))
}

// keeps is a DeployGate that denies.
func keeps(blocked map[string]catalog.GateReason) *catalog.DeployGateSpec {
	return &catalog.DeployGateSpec{Mode: catalog.GateDeny, Blocked: blocked}
}

// gateIs waits until a DeployGate is what is wanted, or until there is none; it answers the object.
func gateIs(t *testing.T, ns, name string, want *catalog.DeployGateSpec) *catalog.DeployGate {
	t.Helper()
	g := &catalog.DeployGate{}
	eventually(t, func() error {
		err := k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, g)
		switch {
		case want == nil && apierrors.IsNotFound(err):
			return nil
		case want == nil:
			return fmt.Errorf("DeployGate %s is %+v (%w), want none", name, g.Spec, err)
		case err != nil:
			return err
		}
		if diff := cmp.Diff(*want, g.Spec); diff != "" {
			return fmt.Errorf("DeployGate %s (-want +got):\n%s", name, diff)
		}
		return nil
	})
	return g
}

func TestGateFollowsTheScores(t *testing.T) {
	ns := gatedNamespace(t)
	sc := newGate(t, ns, catalog.GateDeny)
	c, _ := failingOn(t, sc, ns, "cart")
	good, _ := failingOn(t, sc, ns, "good")
	edit(t, good, func(c *catalog.Component) { c.Spec.Description = "Passes." })
	want := keeps(map[string]catalog.GateReason{"deployment/cart": why(sc, ns, "cart")})
	g := gateIs(t, ns, "callboard", want)

	for name, step := range map[string]struct{ off, on func() }{
		"the entity passes": {
			func() { edit(t, read(t, c), func(c *catalog.Component) { c.Spec.Description = "Here." }) },
			func() { edit(t, read(t, c), func(c *catalog.Component) { c.Spec.Description = "" }) },
		},
		"the namespace is out": {
			func() { edit(t, read(t, namespaceNamed(ns)), func(ns *corev1.Namespace) { ns.Labels[gated] = "no" }) },
			func() { edit(t, read(t, namespaceNamed(ns)), func(n *corev1.Namespace) { n.Labels[gated] = ns }) },
		},
		"the Scorecard is a draft": {
			func() { edit(t, read(t, sc), func(sc *catalog.Scorecard) { sc.Spec.Mode = catalog.ScorecardDraft }) },
			func() { edit(t, read(t, sc), func(sc *catalog.Scorecard) { sc.Spec.Mode = catalog.ScorecardActive }) },
		},
	} {
		step.off()
		t.Log(name)
		gateIs(t, ns, "callboard", nil)
		step.on()
		g = gateIs(t, ns, "callboard", want)
	}

	remove(t, g)
	g = gateIs(t, ns, "callboard", want)
	edit(t, g, func(g *catalog.DeployGate) { g.Spec.Blocked = map[string]catalog.GateReason{"deployment/other": "No."} })
	g = gateIs(t, ns, "callboard", want)
	edit(t, g, func(g *catalog.DeployGate) { g.Labels = nil })
	eventually(t, func() error {
		if got := read(t, g).Labels["catalog.callboard.dev/gate"]; got != "Deny" {
			return fmt.Errorf("the label is %q, want Deny", got)
		}
		return nil
	})
	create(t, &catalog.DeployGate{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "callboard-warn"}, Spec: catalog.DeployGateSpec{
		Mode: catalog.GateWarn, Scope: catalog.GateEverything}})
	gateIs(t, ns, "callboard-warn", nil)

	before := g.ResourceVersion
	edit(t, read(t, namespaceNamed(ns)), func(ns *corev1.Namespace) { ns.Labels["other"] = "label" })
	edit(t, read(t, c), func(c *catalog.Component) { c.Spec.Lifecycle = "experimental" })
	settled(t)
	if got := gateIs(t, ns, "callboard", want).ResourceVersion; got != before {
		t.Error("the DeployGate was written, though it is as it was")
	}
	remove(t, sc)
	gateIs(t, ns, "callboard", nil)
}

func TestGateThatDeniesWins(t *testing.T) {
	ns := gatedNamespace(t)
	deny, warn := newGate(t, ns, catalog.GateDeny), newGate(t, ns, catalog.GateWarn)
	both, _ := failingOn(t, deny, ns, "both")
	edit(t, read(t, both), func(c *catalog.Component) { maps.Copy(c.Labels, judgedBy(warn)) })
	failingOn(t, warn, ns, "warned")
	gateIs(t, ns, "callboard", keeps(map[string]catalog.GateReason{"deployment/both": why(deny, ns, "both")}))
	gateIs(t, ns, "callboard-warn", &catalog.DeployGateSpec{Mode: catalog.GateWarn, Blocked: map[string]catalog.GateReason{"deployment/warned": why(warn, ns, "warned")}})

	edit(t, read(t, deny), func(sc *catalog.Scorecard) { sc.Spec.Gate.Mode = catalog.GateWarn })
	gateIs(t, ns, "callboard", nil)
	gateIs(t, ns, "callboard-warn", &catalog.DeployGateSpec{Mode: catalog.GateWarn, Blocked: map[string]catalog.GateReason{
		"deployment/both": why(deny, ns, "both") + " and " + why(warn, ns, "both"), "deployment/warned": why(warn, ns, "warned"),
	}})
	remove(t, both)
	gateIs(t, ns, "callboard-warn", &catalog.DeployGateSpec{Mode: catalog.GateWarn, Blocked: map[string]catalog.GateReason{"deployment/warned": why(warn, ns, "warned")}})
}

func TestGateIsForTheNamespaceOfTheWorkload(t *testing.T) {
	home := newNamespace(t)
	away := newNamespace(t, func(ns *corev1.Namespace) {
		ns.Labels, ns.Annotations = map[string]string{gated: ns.Name}, map[string]string{catalog.AnnotationWorkloadsFor: home}
	})
	sc := newGate(t, away, catalog.GateDeny)
	c := apitest.Component(home, "cart", func(s *catalog.ComponentSpec) {
		s.Workloads = catalog.WorkloadLink{Namespace: away, Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	c.Labels = judgedBy(sc)
	create(t, c, deployment(away, "cart", nil), deployment(home, "cart", map[string]string{"app": "cart"}))
	gateIs(t, away, "callboard", keeps(map[string]catalog.GateReason{"deployment/cart": why(sc, home, "cart")}))
	gateIs(t, home, "callboard", nil)
}

func TestGateOfMany(t *testing.T) {
	ns := gatedNamespace(t)
	sc := newGate(t, ns, catalog.GateDeny)
	var last *appsv1.Deployment
	for i := range 6 { // a status tells of 20 workloads at most
		name := fmt.Sprintf("c%d", i)
		c := apitest.Component(ns, name)
		c.Labels = judgedBy(sc)
		create(t, c)
		for j := range 17 {
			if i*17+j == 101 {
				break
			}
			last = deployment(ns, fmt.Sprintf("%s-%02d", name, j), map[string]string{"app": name})
			create(t, last)
		}
	}
	gateIs(t, ns, "callboard", &catalog.DeployGateSpec{Mode: catalog.GateDeny, Scope: catalog.GateEverything})
	remove(t, last)
	eventually(t, func() error {
		g := &catalog.DeployGate{}
		if err := k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "callboard"}, g); err != nil {
			return err
		}
		if g.Spec.Scope == catalog.GateEverything || len(g.Spec.Blocked) != 100 {
			return fmt.Errorf("the scope is %q, %d are blocked; want 100", g.Spec.Scope, len(g.Spec.Blocked))
		}
		return nil
	})
}

// ran makes the ReplicaSet of a revision of a Deployment.
func ran(t *testing.T, d *appsv1.Deployment, revision int, images ...string) {
	t.Helper()
	template := *d.Spec.Template.DeepCopy()
	setImages(&template, images)
	create(t, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: fmt.Sprintf("%s-%d", d.Name, revision), Labels: d.Spec.Template.Labels,
			Annotations:     map[string]string{"deployment.kubernetes.io/revision": fmt.Sprint(revision)},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: d.Name, UID: d.UID, Controller: ptr.To(true)}},
		},
		Spec: appsv1.ReplicaSetSpec{Selector: d.Spec.Selector, Template: template},
	})
}

func setImages(template *corev1.PodTemplateSpec, images []string) {
	template.Spec.Containers = nil
	for i, image := range images {
		template.Spec.Containers = append(template.Spec.Containers, corev1.Container{Name: fmt.Sprintf("c%d", i), Image: image})
	}
}

func TestGateRemembersWhatRan(t *testing.T) {
	ns := gatedNamespace(t)
	sc := newGate(t, ns, catalog.GateDeny)
	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	create(t, d)
	ran(t, d, 9, "app:9", "proxy:1")
	ran(t, d, 10, "app:10", "proxy:1")
	ran(t, d, 11, "app:11", "proxy:1")
	stranger := deployment(ns, "stranger", nil)
	create(t, stranger)
	alike := stranger.DeepCopy()
	alike.Spec.Template.Labels, alike.Spec.Selector = d.Spec.Template.Labels, d.Spec.Selector
	ran(t, alike, 3, "stranger:3") // its labels are those of cart

	db := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "cart-db", Labels: map[string]string{"app": "cart"}},
		Spec:       appsv1.StatefulSetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}, Template: template("db")},
	}
	create(t, db)
	for i, image := range []string{"db:1", "db:2", "db:2", "db:3"} {
		revised(t, db, int64(i+1), image)
	}
	c := apitest.Component(ns, "cart")
	c.Labels = judgedBy(sc)
	create(t, c)
	want := keeps(map[string]catalog.GateReason{"deployment/cart": why(sc, ns, "cart"), "statefulset/cart-db": why(sc, ns, "cart")})
	want.RanBefore = map[string]catalog.Templates{
		"deployment/cart": "app:10 proxy:1\napp:9 proxy:1\n", "statefulset/cart-db": "db:2\ndb:1\n",
	}
	gateIs(t, ns, "callboard", want)

	// Somebody breaks the glass: what ran until then may come back.
	edit(t, read(t, d), func(d *appsv1.Deployment) { setImages(&d.Spec.Template, []string{"app:12", "proxy:1"}) })
	ran(t, d, 12, "app:12", "proxy:1")
	rolledOut(t, d, 3)
	want.RanBefore["deployment/cart"] = "app:11 proxy:1\napp:10 proxy:1\napp:9 proxy:1\n"
	gateIs(t, ns, "callboard", want)
	for i := 13; i < 25; i++ {
		ran(t, d, i, fmt.Sprintf("app:%d", i))
	}
	edit(t, read(t, d), func(d *appsv1.Deployment) { setImages(&d.Spec.Template, []string{"app:24"}) })
	rolledOut(t, d, 3)
	ten := ""
	for i := 23; i > 13; i-- {
		ten += fmt.Sprintf("app:%d\n", i)
	}
	want.RanBefore["deployment/cart"] = catalog.Templates(ten)
	gateIs(t, ns, "callboard", want)
}

// revised makes a ControllerRevision of a StatefulSet, as its controller does.
func revised(t *testing.T, s *appsv1.StatefulSet, number int64, images ...string) {
	t.Helper()
	template := *s.Spec.Template.DeepCopy()
	setImages(&template, images)
	raw, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
	if err != nil {
		t.Fatal(err)
	}
	create(t, &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.Namespace, Name: fmt.Sprintf("%s-%d", s.Name, number), Labels: s.Spec.Selector.MatchLabels,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: s.Name, UID: s.UID, Controller: ptr.To(true)}},
		},
		Data: runtime.RawExtension{Raw: raw}, Revision: number,
	})
}
