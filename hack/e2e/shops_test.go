package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

var shops = []string{"online-boutique", "sock-shop"}

// services are what each shop is made of, by its authors' word.
var services = map[string][]string{
	"online-boutique": {
		"adservice", "cartservice", "checkoutservice", "currencyservice", "emailservice", "frontend", "loadgenerator",
		"paymentservice", "productcatalogservice", "recommendationservice", "redis-cart", "shippingservice",
	},
	"sock-shop": {
		"carts", "carts-db", "catalogue", "catalogue-db", "front-end", "orders", "orders-db", "payment", "queue-master",
		"rabbitmq", "session-db", "shipping", "user", "user-db",
	},
}

func TestTheShopsAreHealthy(t *testing.T) {
	settled(t, "all is well", allWell)
	s := w.board.look()
	for _, shop := range shops {
		t.Run(shop, func(t *testing.T) {
			var found []string
			for _, e := range running(s, shop) {
				found = append(found, e.GetName())
				checkService(t, s, e, shop)
			}
			slices.Sort(found)
			if diff := cmp.Diff(services[shop], found); diff != "" {
				t.Errorf("Components and Resources (-want +got):\n%s", diff)
			}
			checkLinks(t, s, shop)
		})
	}
}

// running are the Components and Resources of a namespace.
func running(s state, namespace string) []catalog.Entity {
	return slices.DeleteFunc(s.entities(), func(e catalog.Entity) bool {
		k := keyOf(e)
		return k.namespace != namespace || k.kind != "Component" && k.kind != "Resource"
	})
}

// checkService holds what the status of a Component or Resource says against its Deployments.
func checkService(t *testing.T, s state, e catalog.Entity, shop string) {
	t.Helper()
	status := e.EntityStatus()
	if status.Summary.Health != catalog.HealthHealthy {
		t.Errorf("%s: health = %s, want Healthy", nameOf(e), status.Summary.Health)
	}
	if want := catalog.FullRef("system:" + shop + "/" + shop); status.System != want {
		t.Errorf("%s: system = %q, want %q", nameOf(e), status.System, want)
	}
	if want := owner(s, e, shop); string(status.Owner) != want {
		t.Errorf("%s: owner = %q, want %q", nameOf(e), status.Owner, want)
	}
	var ready, desired int32
	for _, l := range status.Workloads {
		d := get[appsv1.Deployment](s, l.Namespace, l.Name)
		if d == nil || l.Kind != catalog.WorkloadDeployment {
			t.Errorf("%s: linked to %s %s/%s, which does not exist", nameOf(e), l.Kind, l.Namespace, l.Name)
			continue
		}
		got := fmt.Sprintf("%d/%d %v", *l.Ready, *l.Desired, l.Images)
		want := fmt.Sprintf("%d/%d %v", d.Status.ReadyReplicas, *d.Spec.Replicas, images(d))
		if got != want {
			t.Errorf("%s: workload %s = %s, want %s", nameOf(e), l.Name, got, want)
		}
		ready, desired = ready+d.Status.ReadyReplicas, desired+*d.Spec.Replicas
	}
	if want := fmt.Sprintf("%d/%d", ready, desired); status.Summary.Pods != want || desired == 0 {
		t.Errorf("%s: pods = %q, want %q, and more than none", nameOf(e), status.Summary.Pods, want)
	}
}

func images(d *appsv1.Deployment) []string {
	var out []string
	for _, c := range d.Spec.Template.Spec.Containers {
		out = append(out, c.Image)
	}
	return out
}

// owner is the owner that the spec declares, or else that of the System.
func owner(s state, e catalog.Entity, shop string) string {
	var ref catalog.EntityRef
	switch e := e.(type) {
	case *catalog.Component:
		ref = e.Spec.Owner
	case *catalog.Resource:
		ref = e.Spec.Owner
	}
	if ref == "" {
		ref = get[catalog.System](s, shop, shop).Spec.Owner
	}
	if !strings.Contains(string(ref), ":") {
		ref = "group:" + ref
	}
	return string(ref)
}

// checkLinks wants every Deployment and StatefulSet in the status of exactly one Component or Resource.
func checkLinks(t *testing.T, s state, shop string) {
	t.Helper()
	links := map[string][]string{}
	for _, e := range s.entities() {
		for _, l := range e.EntityStatus().Workloads {
			name := fmt.Sprintf("%s %s/%s", l.Kind, l.Namespace, l.Name)
			links[name] = append(links[name], nameOf(e))
		}
	}
	count := 0
	for k := range s {
		if k.namespace != shop || k.kind != "Deployment" && k.kind != "StatefulSet" {
			continue
		}
		count++
		name := fmt.Sprintf("%s %s/%s", k.kind, k.namespace, k.name)
		if len(links[name]) != 1 {
			t.Errorf("%s is linked to %v, want exactly one Component or Resource", name, links[name])
		}
	}
	if count != len(services[shop]) {
		t.Errorf("%d Deployments and StatefulSets, want %d", count, len(services[shop]))
	}
}

func TestTheRelationsAreThoseOfTheShops(t *testing.T) {
	settled(t, "all is well", allWell)
	s := w.board.look()
	for _, shop := range shops {
		t.Run(shop, func(t *testing.T) {
			want := edges(t, shop)
			slices.Sort(want)
			if diff := cmp.Diff(want, shown(s, shop, "consumesApi", "apiProvidedBy", "dependsOn")); diff != "" {
				t.Errorf("edges of dependencies.yaml (-) and of the statuses (+):\n%s", diff)
			}
			if diff := cmp.Diff(want, reversed(shown(s, shop, "providesApi", "apiConsumedBy", "dependencyOf"))); diff != "" {
				t.Errorf("edges of dependencies.yaml (-) and of the statuses, from the other end (+):\n%s", diff)
			}
		})
	}
}

// edges are those of a shop's dependencies.yaml, as "from -> to".
func edges(t *testing.T, shop string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.root, "config/samples", shop, "dependencies.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Edges []struct{ From, To, How string } `json:"edges"`
	}
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range file.Edges {
		out = append(out, e.From+" -> "+e.To)
	}
	return out
}

// shown are the edges that statuses show: through an API to who is at its other side, and straight to others.
func shown(s state, shop string, toAPI, fromAPI, straight catalog.RelationType) []string {
	var out []string
	add := func(e catalog.Entity, ref string) {
		out = append(out, e.GetName()+" -> "+ref[strings.LastIndex(ref, "/")+1:])
	}
	for _, e := range running(s, shop) {
		for _, ref := range refs(e, toAPI) {
			namespace, name, _ := strings.Cut(strings.TrimPrefix(ref, "api:"), "/")
			for _, other := range refs(get[catalog.API](s, namespace, name), fromAPI) {
				add(e, other)
			}
		}
		for _, ref := range refs(e, straight) {
			add(e, ref)
		}
	}
	slices.Sort(out)
	return out
}

func reversed(edges []string) []string {
	out := make([]string, len(edges))
	for i, e := range edges {
		from, to, _ := strings.Cut(e, " -> ")
		out[i] = to + " -> " + from
	}
	slices.Sort(out)
	return out
}
