package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
	"github.com/callboard-dev/callboard/webhooks"
)

func TestHistogram(t *testing.T) {
	read := func(text string) histogram {
		h, err := readHistogram([]byte("# TYPE a histogram\n"+text), "a", "name", "x")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	const series = `a_bucket{name="x",op="1",le="0.001"} 10
a_bucket{name="x",op="1",le="0.002"} 20
a_bucket{name="x",op="1",le="+Inf"} 20
a_sum{name="x",op="1"} 1
a_count{name="x",op="1"} 20
`
	before := read(series)
	after := read(series + strings.NewReplacer(`op="1"`, `op="2"`, "} 20", "} 100", "} 10", "} 60").Replace(series) +
		strings.ReplaceAll(series, `name="x"`, `name="y"`))
	h := after.minus(before).plus(histogram{})
	if got := h.count(); got != 100 {
		t.Errorf("count() = %v, want 100", got)
	}
	for bound, want := range map[float64]float64{0.001: 60, 0.002: 100} {
		if got := h.within(bound); got != want {
			t.Errorf("within(%v) = %v, want %v", bound, got, want)
		}
	}
	for q, want := range map[float64]float64{0.3: 0.0005, 0.6: 0.001, 0.8: 0.0015} {
		if got := h.quantile(q); math.Abs(got-want) > 1e-9 {
			t.Errorf("harness.Quantile(%v) = %v, want %v", q, got, want)
		}
	}
	if got := (histogram{}).within(0.005); !math.IsNaN(got) {
		t.Errorf("within() of nothing = %v, want NaN", got)
	}
	if got := h.within(0.005); !math.IsNaN(got) {
		t.Errorf("within() of no bound = %v, want NaN", got)
	}
}

// admissionHandler is admission on a catalog that does not change.
func admissionHandler(tb testing.TB, made *synthetic.Catalog) http.Handler {
	tb.Helper()
	scheme, graph := runtime.NewScheme(), relation.NewGraph()
	if err := catalog.AddToScheme(scheme); err != nil {
		tb.Fatal(err)
	}
	for _, e := range made.Entities {
		graph.Upsert(relation.FactsOf(e))
	}
	server := &handlers{}
	webhooks.SetupWithManager(manager{scheme: scheme, server: server}, webhooks.Options{
		Graph: graph, Synced: func() bool { return true }, Mode: visibility.Enforce, Asked: func() {},
	})
	return server.handler
}

// manager is a manager as far as admission needs one.
type manager struct {
	ctrl.Manager
	scheme *runtime.Scheme
	server *handlers
}

func (m manager) GetScheme() *runtime.Scheme       { return m.scheme }
func (m manager) GetWebhookServer() webhook.Server { return m.server }

// handlers is a webhook server that only remembers its handler.
type handlers struct {
	webhook.Server
	handler http.Handler
}

func (h *handlers) Register(_ string, handler http.Handler) { h.handler = handler }

// review is what the API server would send for a request.
func review(tb testing.TB, q ask, stored map[string]catalog.Entity) []byte {
	tb.Helper()
	operation, object, old := "CREATE", map[string]any{}, map[string]any(nil)
	if err := json.Unmarshal(q.body, &object); err != nil {
		tb.Fatal(err)
	}
	if q.method == http.MethodPatch {
		path, _, _ := strings.Cut(q.path, "?")
		operation, old = "UPDATE", map[string]any{}
		if err := json.Unmarshal(encoded(stored[path]), &old); err != nil {
			tb.Fatal(err)
		}
		patch := object["spec"].(map[string]any)
		object = maps.Clone(old)
		spec := maps.Clone(old["spec"].(map[string]any))
		maps.Copy(spec, patch)
		object["spec"] = spec
	}
	kind := object["kind"]
	request := map[string]any{
		"uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": operation, "object": object,
		"kind":     map[string]any{"group": catalog.GroupVersion.Group, "version": catalog.GroupVersion.Version, "kind": kind},
		"resource": map[string]any{"group": catalog.GroupVersion.Group, "version": catalog.GroupVersion.Version, "resource": "x"},
		"userInfo": map[string]any{"username": "somebody"}, "options": map[string]any{},
	}
	if old != nil {
		request["oldObject"] = old
	}
	return encoded(map[string]any{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
}

// reviews are reviews of made-up requests, and what must be answered.
func reviews(tb testing.TB, made *synthetic.Catalog, n int) (bodies [][]byte, asks []ask) {
	tb.Helper()
	stored := map[string]catalog.Entity{}
	for i, s := range expected(made.Entities) {
		e := made.Entities[i]
		*e.EntityStatus() = s
		stored[harness.EntityPath(relation.RefOf(e))] = e
	}
	asks = newAsker(made, 1).mixed(n, true)
	for _, q := range asks {
		bodies = append(bodies, review(tb, q, stored))
	}
	return bodies, asks
}

func answer(h http.Handler, body []byte) string {
	r := httptest.NewRequest(http.MethodPost, "/admission", bytes.NewReader(body))
	r.Header.Set("Content-Type", harness.ContentJSON)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

func TestAdmissionAnswersAsTheBenchExpects(t *testing.T) {
	made := synthetic.New(synthetic.Options{Entities: 1000, Seed: 1})
	h := admissionHandler(t, made)
	bodies, asks := reviews(t, made, 1000)
	refusals := 0
	for i, body := range bodies {
		if asks[i].refused {
			refusals++
		}
		got := answer(h, body)
		if strings.Contains(got, `"allowed":false`) != asks[i].refused {
			t.Errorf("%s %s %s: got %s, want refused: %v", asks[i].method, asks[i].path, asks[i].body, got, asks[i].refused)
		}
	}
	if refusals < 50 || refusals > 200 {
		t.Errorf("%d of %d are refused", refusals, len(asks))
	}
}

// BenchmarkAdmission is what a request costs the operator, TLS aside.
func BenchmarkAdmission(b *testing.B) {
	made := synthetic.New(synthetic.Options{Entities: 10_000, Seed: 1})
	h := admissionHandler(b, made)
	bodies, _ := reviews(b, made, 2000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		answer(h, bodies[i%len(bodies)])
	}
}
