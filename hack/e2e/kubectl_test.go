package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestGetCatalogListsAllKinds(t *testing.T) {
	out := kubectl(t, "get", "catalog", "-A", "-o", "name")
	for _, kind := range []string{"component", "api", "resource", "system", "domain", "group", "user"} {
		if !strings.Contains(out, kind+".catalog.callboard.dev/") {
			t.Errorf("kubectl get catalog -A lists no %s:\n%s", kind, out)
		}
	}
}

func TestColumns(t *testing.T) {
	cases := map[string]string{
		"components": "NAMESPACE NAME TYPE LIFECYCLE OWNER SYSTEM HEALTH PODS SCORE READY AGE",
		"resources":  "NAMESPACE NAME TYPE OWNER SYSTEM HEALTH PODS SCORE READY AGE",
		"apis":       "NAMESPACE NAME TYPE VISIBILITY LIFECYCLE OWNER SYSTEM PROVIDERS CONSUMERS DENIED SCORE READY AGE",
		"systems":    "NAMESPACE NAME DOMAIN OWNER HEALTH COMPONENTS EXPOSED-APIS SCORE AVERAGE READY AGE",
		"groups":     "NAME TYPE PARENT MEMBERS OWNS HEALTH SCORE AVERAGE READY AGE",
	}
	for kind, want := range cases {
		t.Run(kind, func(t *testing.T) {
			lines := strings.Split(kubectl(t, "get", kind, "-A"), "\n")
			if got := strings.Join(strings.Fields(lines[0]), " "); got != want {
				t.Errorf("columns = %s, want %s", got, want)
			}
		})
	}
}

func TestEveryTeamShowsItsParent(t *testing.T) {
	settled(t, "all is well", allWell)
	for line := range strings.Lines(kubectl(t, "get", "groups", "--no-headers")) {
		f := strings.Fields(line)
		if f[1] == "team" && f[2] != "group:shop-engineering" {
			t.Errorf("kubectl get groups: the parent of %s is %s, want group:shop-engineering", f[0], f[2])
		}
	}
}

func TestWaitForReady(t *testing.T) {
	for _, kind := range []string{"component", "api", "resource", "system"} {
		kubectl(t, "wait", "--for=condition=Ready", "--timeout=30s", "-n", "sock-shop", "--all", kind)
	}
}

func TestFieldSelectors(t *testing.T) {
	settled(t, "all is well", allWell)
	s := w.board.look()
	cases := map[string]func(*catalog.Component) bool{
		"status.owner=group:checkout-team":         func(c *catalog.Component) bool { return c.Status.Owner == "group:checkout-team" },
		"status.system=system:sock-shop/sock-shop": func(c *catalog.Component) bool { return c.Status.System == "system:sock-shop/sock-shop" },
		"spec.lifecycle=experimental":              func(c *catalog.Component) bool { return c.Spec.Lifecycle == "experimental" },
		"spec.type=website":                        func(c *catalog.Component) bool { return c.Spec.Type == "website" },
	}
	for selector, picks := range cases {
		t.Run(selector, func(t *testing.T) {
			got := strings.Fields(kubectl(t, "get", "components", "-A", "--field-selector", selector, "-o",
				`jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}`))
			var want []string
			for _, c := range list(s, picks) {
				want = append(want, c.Namespace+"/"+c.Name)
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("components (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	for _, path := range []string{"component.spec.workloads", "component.status.conditions", "api.spec.visibility", "group.spec.allowedNamespaces"} {
		_, text, ok := strings.Cut(kubectl(t, "explain", path), "DESCRIPTION:")
		if text = strings.TrimSpace(text); !ok || text == "" || strings.HasPrefix(text, "<empty>") {
			t.Errorf("kubectl explain %s says nothing", path)
		}
	}
}

func TestEventsTellOfRealChangesOnly(t *testing.T) {
	mended(t)
	settled(t, "all is well", allWell)
	r := w.board.replay()
	quiet(t)
	before := len(eventsOf(t, cart.name))
	cart.change(failing("CrashLoopBackOff"))(t)
	r.await(t, "it crashes", cart.looks(look{catalog.HealthDegraded, "CrashLoopBackOff", ""}))
	cart.change(failing(""))(t)
	settled(t, "all is well again", allWell)
	quiet(t)
	var got []string
	for _, e := range eventsOf(t, cart.name)[before:] {
		if e.Reason != "RollingOut" && e.Reason != "PodsNotReady" { // they depend on how fast the rollout goes
			got = append(got, e.Type+" "+e.Reason)
		}
	}
	if diff := cmp.Diff([]string{"Warning CrashLoopBackOff", "Normal Healthy"}, got); diff != "" {
		t.Errorf("events of a crash and of its end (-want +got):\n%s", diff)
	}
	if out := kubectl(t, "describe", "component", "-n", cart.namespace, cart.name); !strings.Contains(out, "CrashLoopBackOff") {
		t.Errorf("kubectl describe does not show the event:\n%s", out)
	}
}

// eventsOf are the events of a Component, oldest first.
func eventsOf(t *testing.T, component string) []corev1.Event {
	t.Helper()
	var found struct{ Items []corev1.Event }
	text := kubectl(t, "get", "events", "-n", "online-boutique", "-o", "json",
		"--field-selector", "involvedObject.kind=Component,involvedObject.name="+component)
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(found.Items, func(a, b corev1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	return found.Items
}
