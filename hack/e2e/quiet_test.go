package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// nothingFor counts what the operator writes and logs while nothing happens that it shows.
func nothingFor(t *testing.T, r *results, story string, from int64, d time.Duration) {
	t.Helper()
	poll(d, func() bool { return false })
	found := writes(w.audit.from(t, from))
	r.add(story, "writes", float64(len(found)))
	for _, x := range found {
		t.Log(x)
	}
}

func TestRest(t *testing.T) {
	settled(t, "all is well", allWell)
	r := measure(t)
	from, logged := quiet(t), w.op.text(0)
	nothingFor(t, r, "rest", from, time.Duration(number(t, "CALLBOARD_REST", 30))*time.Second)
	more := w.op.text(len(logged))
	r.add("rest", "log", float64(strings.Count(more, "\n")))
	if more != "" {
		t.Log(more)
	}
}

func TestPodChurnThatShowsNothing(t *testing.T) {
	settled(t, "all is well", allWell)
	ctx, r := context.Background(), measure(t)
	from := quiet(t)
	for try := range 10 {
		for _, p := range podsOf(w.board.look(), cart.namespace, cart.name) {
			patch(t, &corev1.Pod{}, p.Namespace, p.Name, `{"metadata":{"labels":{"try":"%d"},"annotations":{"try":"%d"}}}`, try, try)
			restarted := p.DeepCopy()
			restarted.ResourceVersion = ""
			for i := range restarted.Status.ContainerStatuses {
				restarted.Status.ContainerStatuses[i].RestartCount += int32(try + 1)
			}
			if err := w.Status().Update(ctx, restarted); err != nil {
				t.Fatal(err)
			}
		}
		patch(t, &appsv1.Deployment{}, cart.namespace, cart.name, `{"metadata":{"annotations":{"try":"%d"}}}`, try)
		patch(t, &catalog.Component{}, cart.namespace, cart.name, `{"metadata":{"labels":{"try":"%d"},"annotations":{"try":"%d"}}}`, try, try)
	}
	nothingFor(t, r, "churn", from, 3*time.Second)
}

func TestARestartWritesNothing(t *testing.T) {
	settled(t, "all is well", allWell)
	r := measure(t)
	token := metricsToken(t)
	for range tries(t) {
		from := quiet(t)
		stopOperator(t, r)
		startOperator(t)
		awaitReconciled(t, token)
		nothingFor(t, r, "restart", from, 3*time.Second)
	}
}

func stopOperator(t *testing.T, r *results) {
	t.Helper()
	took, err := w.op.stop(syscall.SIGTERM, time.Minute)
	if err != nil {
		t.Errorf("stop the operator: %v", err)
	}
	r.add("operator", "stop", took.Seconds())
	if c := w.op.complaints(0); len(c) > 0 {
		t.Errorf("the operator's log holds more than information:\n%s", strings.Join(c, ""))
	}
}

func startOperator(t *testing.T) {
	t.Helper()
	var err error
	if w.op, err = w.startOperator("operator", "--leader-elect=false"); err != nil {
		t.Fatal(err)
	}
}

var reconciled = regexp.MustCompile(`(?m)^controller_runtime_reconcile_total\{.*\} (\d+)$`)

// awaitReconciled waits until the operator has looked at each entity, by its metrics.
func awaitReconciled(t *testing.T, token string) {
	t.Helper()
	want, got := len(w.board.look().entities()), 0
	if !poll(patience, func() bool {
		code, body, err := w.op.scrape(token)
		if err != nil || code != 200 {
			t.Fatalf("read the metrics: %d %v\n%s", code, err, body)
		}
		got = 0
		for _, m := range reconciled.FindAllStringSubmatch(body, -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		return got >= want
	}) {
		t.Fatalf("%d reconciles after the start, want %d", got, want)
	}
}

func TestWhatHappensWhileTheOperatorIsDown(t *testing.T) {
	settled(t, "all is well", allWell)
	base, r := w.board.look(), measure(t)
	stopOperator(t, r)
	cart.change(`{"replicas":0}`)(t)
	api := get[catalog.API](base, "online-boutique", "currency").DeepCopy()
	if err := w.Delete(context.Background(), api); err != nil {
		t.Fatal(err)
	}
	startOperator(t)
	settled(t, "the stop is seen", cart.looks(look{catalog.HealthSuspended, "ScaledToZero", "0/0"}))
	settled(t, "the loss is seen", say(map[key]want{{"Component", "online-boutique", "frontend"}: {resolved: "False RefNotFound"}}))
	stopOperator(t, r)
	cart.change(`{"replicas":1}`)(t)
	api.ResourceVersion, api.UID = "", ""
	if err := w.Create(context.Background(), api); err != nil {
		t.Fatal(err)
	}
	startOperator(t)
	settled(t, "all is well again", allWell)
	settled(t, "and counted", cart.summedUp(base, key{"System", cart.namespace, cart.system}, fine))
}

func TestOnlyWhoMayReadsTheMetrics(t *testing.T) {
	code, body, err := w.op.scrape(metricsToken(t))
	if err != nil || code != 200 {
		t.Fatalf("with a token that may: %d %v\n%s", code, err, body)
	}
	want := fmt.Sprintf("callboard_entities{kind=%q} %d", "Component", len(list[catalog.Component](w.board.look(), nil)))
	if !strings.Contains(body, want) {
		t.Errorf("the metrics lack %s", want)
	}
	other := strings.TrimSpace(kubectl(t, "create", "token", "callboard", "-n", "callboard-system"))
	for _, token := range []string{"", other} {
		if code, _, err := w.op.scrape(token); err != nil || code == 200 {
			t.Errorf("with the token %.4q…: %d %v, want a refusal", token, code, err)
		}
	}
}
