package scorecards

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/store"
)

// +kubebuilder:rbac:groups=catalog.callboard.dev,resources=scorecards;exemptions;attestations,verbs=get;list;watch
// +kubebuilder:rbac:groups=catalog.callboard.dev,resources=scorecards/status;exemptions/status;attestations/status,verbs=update
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch
// +kubebuilder:rbac:groups=autoscaling,resources=horizontalpodautoscalers,verbs=get;list;watch

// gap is the least time between two writes of a status of which only numbers changed.
const gap = time.Second

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// feed hands names to a controller. Before it has started they are dropped: it begins with all objects.
type feed struct {
	mu    sync.Mutex
	queue queue
}

func (f *feed) connect(_ context.Context, q queue) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = q
	return nil
}

func (f *feed) after(name types.NamespacedName, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.queue != nil {
		f.queue.AddAfter(reconcile.Request{NamespacedName: name}, wait)
	}
}

// add adds a controller of a kind, and returns what feeds it beside the events of the kind.
func add(mgr ctrl.Manager, name string, kind client.Object, r reconcile.Reconciler) (*feed, error) {
	c, err := controller.New(name, mgr, controller.Options{Reconciler: r})
	if err != nil {
		return nil, fmt.Errorf("set up the controller of %ss: %w", name, err)
	}
	f := &feed{}
	for _, src := range []source.Source{
		source.Kind(mgr.GetCache(), kind, &handler.TypedEnqueueRequestForObject[client.Object]{}, predicate.Predicate(predicate.GenerationChangedPredicate{})),
		source.Func(f.connect),
	} {
		if err := c.Watch(src); err != nil {
			return nil, fmt.Errorf("set up the controller of %ss: %w", name, err)
		}
	}
	return f, nil
}

// request makes a reconciler of names one of requests.
func request(f func(context.Context, types.NamespacedName) (reconcile.Result, error)) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, r reconcile.Request) (reconcile.Result, error) {
		return f(ctx, r.NamespacedName)
	})
}

// SetupWithManager adds the controllers of Scorecards, Exemptions and Attestations. It must be called before the store
// registers its handlers.
func SetupWithManager(mgr ctrl.Manager, s *store.Store, clk clock.PassiveClock) error {
	cards := &scorecardReconciler{store: s, client: mgr.GetClient(), clock: clk}
	sums, err := add(mgr, "scorecard", &catalog.Scorecard{}, request(cards.Reconcile))
	if err != nil {
		return err
	}
	exemptions := &claimReconciler[*catalog.Exemption]{
		store: s, client: mgr.GetClient(), clock: clk, empty: func() *catalog.Exemption { return &catalog.Exemption{} }, judge: ofExemption,
	}
	exempt, err := add(mgr, "exemption", &catalog.Exemption{}, request(exemptions.Reconcile))
	if err != nil {
		return err
	}
	attestations := &claimReconciler[*catalog.Attestation]{
		store: s, client: mgr.GetClient(), clock: clk, empty: func() *catalog.Attestation { return &catalog.Attestation{} }, judge: ofAttestation,
	}
	attest, err := add(mgr, "attestation", &catalog.Attestation{}, request(attestations.Reconcile))
	if err != nil {
		return err
	}
	s.Summed = func(names []string) {
		for _, name := range names {
			sums.after(types.NamespacedName{Name: name}, gap)
		}
	}
	s.Claimed = func(claims []client.Object) {
		for _, c := range claims {
			to := exempt
			if _, ok := c.(*catalog.Attestation); ok {
				to = attest
			}
			to.after(client.ObjectKeyFromObject(c), 0)
		}
	}
	return nil
}
