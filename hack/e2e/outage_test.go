package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// outage is how long the API server is away.
const outage = 20 * time.Second

func TestTheAPIServerGoesAway(t *testing.T) {
	cases := map[string]struct{ down, up func(*testing.T) }{
		"it ends, and starts again": {
			func(t *testing.T) {
				t.Helper()
				if _, err := w.plane.stop(syscall.SIGTERM, time.Minute); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T) {
				t.Helper()
				if err := w.startPlane(); err != nil {
					t.Fatal(err)
				}
			},
		},
		"it hangs": {
			func(t *testing.T) { t.Helper(); signalAPIServer(t, syscall.SIGSTOP) },
			func(t *testing.T) { t.Helper(); signalAPIServer(t, syscall.SIGCONT) },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			settled(t, "all is well", allWell)
			r, from := measure(t), quiet(t)
			tc.down(t)
			away := time.Now()
			if !poll(outage, w.op.ended) {
				t.Logf("the operator lives after %s", time.Since(away).Round(time.Second))
			}
			tc.up(t)
			back := time.Now()
			if w.op.ended() {
				t.Fatalf("the operator ended: %v\n%s", w.op.err, w.op.text(0))
			}
			lookAgain(t)
			r.took("outage", "recovery", back, time.Now())
			nothingFor(t, r, "outage", from, 5*time.Second)
			for _, line := range w.op.complaints(0) {
				if strings.Contains(line, "panic") || strings.Contains(line, "goroutine ") {
					t.Errorf("the operator's log: %s", line)
				}
			}
		})
		startAfresh(t)
	}
}

// lookAgain adds a User and removes it, so that the operator has to see and to write.
func lookAgain(t *testing.T) {
	t.Helper()
	u := &catalog.User{}
	u.Name = probe
	u.Spec.MemberOf = []catalog.EntityRef{"nobody"}
	ctx := context.Background()
	if !poll(patience, func() bool { return w.Create(ctx, u) == nil }) {
		t.Fatal("the API server did not come back")
	}
	if !poll(patience, func() bool {
		err := w.Get(ctx, types.NamespacedName{Name: probe}, u)
		return err == nil && want{resolved: "False RefNotFound"}.of(u)
	}) {
		t.Fatalf("the operator did not recover:\n%s", w.op.text(0))
	}
	if err := w.Delete(ctx, u); err != nil {
		t.Fatal(err)
	}
}

// startAfresh has the next story find a log without the outage.
func startAfresh(t *testing.T) {
	t.Helper()
	if _, err := w.op.stop(syscall.SIGTERM, time.Minute); err != nil {
		t.Error(err)
	}
	startOperator(t)
	settled(t, "all is well again", allWell)
}

// signalAPIServer sends a signal to this run's kube-apiserver.
func signalAPIServer(t *testing.T, sig syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "cluster/state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cluster struct {
		Components map[string]int
	}
	if err := json.Unmarshal(text, &cluster); err != nil || cluster.Components["kube-apiserver"] == 0 {
		t.Fatalf("state.json names no kube-apiserver: %v\n%s", err, text)
	}
	if err := syscall.Kill(cluster.Components["kube-apiserver"], sig); err != nil {
		t.Fatal(err)
	}
}

func TestAStandbyTakesOver(t *testing.T) {
	settled(t, "all is well", allWell)
	r := measure(t)
	stopOperator(t, r)
	defer startOperator(t)
	takeOver(t, func(leader *operator) {
		if _, err := leader.stop(syscall.SIGTERM, time.Minute); err != nil {
			t.Error(err)
		}
		clean(t, leader, 0)
	}, func(from, to time.Time) { r.took("standby", "takeover", from, to) })
	takeOver(t, func(leader *operator) { leader.end() },
		func(from, to time.Time) { r.took("standby", "takeover-after-crash", from, to) })
	var events corev1.EventList
	if err := w.List(context.Background(), &events); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
		return e.InvolvedObject.Kind == "Lease" && e.Reason == "LeaderElection"
	}) {
		t.Error("no event tells who leads")
	}
}

// takeOver ends a leader that has a standby, and measures until that one writes.
func takeOver(t *testing.T, end func(leader *operator), took func(from, to time.Time)) {
	t.Helper()
	ctx := context.Background()
	args := []string{"--leader-elect", "--leader-election-namespace=callboard-system"}
	leader, err := w.startOperator("leader", args...)
	if err != nil {
		t.Fatal(err)
	}
	defer leader.end()
	awaitWorkers(t, leader)
	position := w.audit.position(t)
	standby, err := w.startOperator("standby", args...)
	if err != nil {
		t.Fatal(err)
	}
	defer standby.end()
	if !poll(patience, func() bool { // a leader updates its Lease and never gets it
		return slices.ContainsFunc(w.audit.from(t, position), func(q request) bool {
			return q.Verb == "get" && q.ObjectRef.Resource == "leases"
		})
	}) {
		t.Fatal("the standby does not ask for the Lease")
	}
	from, effect := time.Now(), w.board.replay()
	end(leader)
	u := &catalog.User{}
	u.Name, u.Spec.Profile.DisplayName = probe, "Probe"
	if err := w.Create(ctx, u); err != nil {
		t.Fatal(err)
	}
	took(from, effect.await(t, "the standby writes", func(s state) bool {
		e := s.find("User", "", probe)
		return e != nil && current(e)
	}))
	if err := w.Delete(ctx, u); err != nil {
		t.Error(err)
	}
	settled(t, "the probe is gone", not(isThere(key{"User", "", probe})))
	awaitWorkers(t, standby)
	if _, err := standby.stop(syscall.SIGTERM, time.Minute); err != nil {
		t.Error(err)
	}
	clean(t, standby, 0)
}

// awaitWorkers waits until all controllers of one that leads are at work: controller-runtime calls it an error when it is
// stopped before.
func awaitWorkers(t *testing.T, o *operator) {
	t.Helper()
	if !poll(patience, func() bool { return o.starting() == 0 }) {
		t.Fatalf("not all controllers work:\n%s", o.text(0))
	}
}

func TestTheAPIServerRefusesWhatIsNotGranted(t *testing.T) {
	// The operator's own token reads the catalog, and may not change a spec.
	out, err := w.try("", "kubectl", "--as="+identity, "auth", "can-i", "list", "components.catalog.callboard.dev", "-A")
	if err != nil || strings.TrimSpace(out) != "yes" {
		t.Errorf("the operator may list components: %s %v, want yes", out, err)
	}
	for _, verb := range []string{"update", "patch", "delete", "create"} {
		if out, err := w.try("", "kubectl", "--as="+identity, "auth", "can-i", verb, "components.catalog.callboard.dev", "-A"); err == nil {
			t.Errorf("the operator may %s components: %s, want no", verb, out)
		}
	}
	// An API server that has just started refuses what it grants a moment later.
	type right struct{ verb, group, resource string }
	refused, granted := map[right]int{}, map[right]bool{}
	for _, q := range w.audit.from(t, 0) {
		r := right{q.Verb, q.ObjectRef.APIGroup, q.ObjectRef.Resource + "/" + q.ObjectRef.Subresource}
		if q.ResponseStatus.Code == http.StatusForbidden {
			refused[r]++
		} else {
			granted[r] = true
		}
	}
	for r, n := range refused {
		if !granted[r] {
			t.Errorf("the operator was refused %d times, and never granted: %v", n, r)
		}
	}
}
