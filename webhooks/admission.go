// Package webhooks judges what people write before it is stored: a consumption that an API does not grant, a change that
// cuts consumers, the deletion of what others use, a Scorecard that does not compile. The rules are those of
// api/visibility and api/scorecard; what slips past is found by the controllers, which apply the same.
package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// Path is where admission is served, of all kinds.
const Path = "/admission"

// Options are what admission goes by.
type Options struct {
	// Graph is the catalog as the informers brought it: it may be a moment behind.
	Graph *relation.Graph
	// Synced says whether the graph is complete. Before that no call is answered, so that the failure policy decides.
	Synced func() bool
	// Mode is what a namespace does that carries no mode.
	Mode visibility.Mode
	// Terminating says whether a namespace is on its way out, with all that is in it.
	Terminating func(ctx context.Context, namespace string) bool
	// Asked is told of each request.
	Asked func()
}

// SetupWithManager serves the admission of every kind.
func SetupWithManager(mgr ctrl.Manager, o Options) {
	scheme := mgr.GetScheme()
	hook := timed(&admission.Webhook{Handler: byKind{
		catalog.KindComponent: handler[*catalog.Component](scheme, o),
		catalog.KindAPI:       handler[*catalog.API](scheme, o),
		catalog.KindResource:  handler[*catalog.Resource](scheme, o),
		catalog.KindSystem:    handler[*catalog.System](scheme, o),
		catalog.KindDomain:    handler[*catalog.Domain](scheme, o),
		catalog.KindGroup:     handler[*catalog.Group](scheme, o),
		catalog.KindUser:      handler[*catalog.User](scheme, o),
		catalog.KindScorecard: scorecardHandler(scheme),
	}})
	mgr.GetWebhookServer().Register(Path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.Synced() {
			http.Error(w, "the catalog has not been read yet", http.StatusServiceUnavailable)
			return
		}
		o.Asked()
		hook.ServeHTTP(w, r)
	}))
}

// byKind hands a request to the handler of its kind.
type byKind map[string]admission.Handler

// Handle implements admission.Handler.
func (h byKind) Handle(ctx context.Context, req admission.Request) admission.Response {
	next, ok := h[req.Kind.Kind]
	if !ok {
		return admission.Errored(http.StatusBadRequest, fmt.Errorf("no admission of kind %q", req.Kind.Kind))
	}
	note(ctx, req)
	var violations []string
	resp := next.Handle(context.WithValue(ctx, violationsKey{}, &violations), req)
	if len(violations) > 0 {
		resp.AuditAnnotations = map[string]string{auditViolations: strings.Join(violations, "; ")}
	}
	return resp
}

// auditViolations is the annotation, after the webhook's name, of the audit event of a request that adds consumptions
// which their APIs do not grant, in whichever mode.
const auditViolations = "violations"

// violationsKey is where a context keeps what the audit event is to tell.
type violationsKey struct{}

// object is an entity of one kind.
type object interface {
	catalog.Entity
	runtime.Object
}

func handler[T object](scheme *runtime.Scheme, o Options) admission.Handler {
	return admission.WithValidator[T](scheme, &validator[T]{o}).Handler
}

// validator implements admission.Validator for one kind.
type validator[T object] struct{ Options }

// ValidateCreate judges a new entity.
func (v *validator[T]) ValidateCreate(ctx context.Context, e T) (admission.Warnings, error) {
	return v.admit(ctx, nil, e)
}

// ValidateUpdate judges a change. An entity that is being deleted always passes.
func (v *validator[T]) ValidateUpdate(ctx context.Context, before, after T) (admission.Warnings, error) {
	if after.GetDeletionTimestamp() != nil {
		return nil, nil
	}
	return v.admit(ctx, before, after)
}

// ValidateDelete protects what others use.
func (v *validator[T]) ValidateDelete(ctx context.Context, e T) (admission.Warnings, error) {
	if ns := e.GetNamespace(); ns != "" && v.Terminating(ctx, ns) {
		return nil, nil
	}
	return v.deletion(e)
}

// admit judges what an entity newly consumes, and whom its change cuts. before is nil if it is new. What would be is asked
// once: the catalog stands still meanwhile.
func (o Options) admit(ctx context.Context, before, after catalog.Entity) (admission.Warnings, error) {
	var r result
	var own, others []visibility.Verdict
	facts := relation.FactsOf(after)
	o.Graph.Try(facts, func(t *relation.Trial) {
		own = visibility.All(t, facts.Ref)
		r.warnings = status.Problems(t.Problems(facts.Ref))
		if before != nil {
			others = notGranted(t, facts.Ref)
		}
	})
	for _, v := range o.added(before, own, &r) {
		if noted, ok := ctx.Value(violationsKey{}).(*[]string); ok {
			*noted = append(*noted, v.Path+": "+v.Why)
		}
		r.judge(v, v.ModeOr(o.Mode))
	}
	if before != nil {
		r.cut(o.lost(others), before, after, o.Mode)
	}
	return r.answer(after)
}

// added are those verdicts on what an entity would consume that refuse what was not there before, or was granted. What
// violated before only warns.
func (o Options) added(before catalog.Entity, after []visibility.Verdict, r *result) []visibility.Verdict {
	after = slices.DeleteFunc(after, fine)
	if len(after) == 0 {
		return nil
	}
	held := map[relation.Ref]visibility.Decision{}
	if before != nil {
		facts := relation.FactsOf(before)
		o.Graph.Try(facts, func(t *relation.Trial) {
			for _, v := range visibility.All(t, facts.Ref) {
				held[v.API] = v.Decision
			}
		})
	}
	var out []visibility.Verdict
	for _, v := range after {
		if was, had := held[v.API]; v.Decision == visibility.Denied && (!had || was == visibility.Allowed) {
			out = append(out, v)
			continue
		}
		r.warn(v)
	}
	return out
}

// fine says that admission has nothing to say about a verdict.
func fine(v visibility.Verdict) bool {
	return v.Decision == visibility.Allowed || v.Rule == visibility.RuleNoAPI
}

// notGranted are the consumptions of all whom a change touches, the entity itself aside, that would not be granted.
func notGranted(t *relation.Trial, changed relation.Ref) []visibility.Verdict {
	var out []visibility.Verdict
	for _, touched := range t.Touched {
		if touched.Counts || touched.Ref == changed {
			continue
		}
		out = append(out, slices.DeleteFunc(visibility.All(t, touched.Ref), fine)...)
	}
	return out
}

// lost are those of them that are granted as things stand.
func (o Options) lost(after []visibility.Verdict) []visibility.Verdict {
	return slices.DeleteFunc(after, func(v visibility.Verdict) bool {
		return visibility.Judge(o.Graph, v.Consumer, v.API).Decision != visibility.Allowed
	})
}

// result collects what admission has to say.
type result struct {
	errs     field.ErrorList
	warnings admission.Warnings
}

func (r *result) warn(v visibility.Verdict) {
	r.warnings = append(r.warnings, v.Path+": "+v.Why)
}

// judge refuses a consumption, warns of it, or says nothing, as the mode has it.
func (r *result) judge(v visibility.Verdict, mode visibility.Mode) {
	switch mode {
	case visibility.Enforce:
		r.errs = append(r.errs, &field.Error{Type: field.ErrorTypeForbidden, Field: v.Path, Detail: v.Why})
	case visibility.Warn:
		r.warn(v)
	}
}

// answer is what the API server is told.
func (r *result) answer(e catalog.Entity) (admission.Warnings, error) {
	if len(r.errs) == 0 {
		return r.warnings, nil
	}
	kind := schema.GroupKind{Group: catalog.GroupVersion.Group, Kind: relation.KindOf(e).ObjectKind()}
	return r.warnings, apierrors.NewInvalid(kind, e.GetName(), r.errs)
}
