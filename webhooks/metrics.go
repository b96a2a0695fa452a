package webhooks

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// durations is how long the answers take, from the headers of the request to the last byte of the answer. It is finer
// than the API server's own histogram, whose lowest bucket is 5 ms.
var durations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name: "callboard_admission_duration_seconds", Help: "How long admission takes to answer, by operation and kind.",
	Buckets: []float64{
		50e-6, 100e-6, 200e-6, 300e-6, 500e-6, 750e-6, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 3,
	},
}, []string{"operation", "kind"})

func init() { metrics.Registry.MustRegister(durations) }

// question is what a request asks about. Only what is read off the request can fill it in, far below of who takes the time.
type question struct{ operation, kind string }

type questionKey struct{}

// timed observes how long the answers of a handler take, as far as they are about one of our kinds.
func timed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, q := time.Now(), &question{}
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), questionKey{}, q)))
		if q.kind != "" {
			durations.WithLabelValues(q.operation, q.kind).Observe(time.Since(begun).Seconds())
		}
	})
}

// note says what is asked. The kind is one of ours, so the labels are few.
func note(ctx context.Context, req admission.Request) {
	if q, ok := ctx.Value(questionKey{}).(*question); ok {
		*q = question{string(req.Operation), req.Kind.Kind}
	}
}
