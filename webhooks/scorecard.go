package webhooks

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// scorecardHandler refuses Scorecards that could not be judged by.
func scorecardHandler(scheme *runtime.Scheme) admission.Handler {
	return admission.WithValidator[*catalog.Scorecard](scheme, scorecardValidator{}).Handler
}

// scorecardValidator compiles Scorecards before they are stored. It reads nothing but what it is asked about.
type scorecardValidator struct{}

// ValidateCreate judges a new Scorecard.
func (scorecardValidator) ValidateCreate(_ context.Context, sc *catalog.Scorecard) (admission.Warnings, error) {
	return nil, compiles(sc)
}

// ValidateUpdate judges a change. A Scorecard that is being deleted always passes.
func (scorecardValidator) ValidateUpdate(_ context.Context, _, sc *catalog.Scorecard) (admission.Warnings, error) {
	if sc.DeletionTimestamp != nil {
		return nil, nil
	}
	return nil, compiles(sc)
}

// ValidateDelete lets it go.
func (scorecardValidator) ValidateDelete(context.Context, *catalog.Scorecard) (admission.Warnings, error) {
	return nil, nil
}

// compiles is what is wrong with a Scorecard: all of it, with the field and, in an expression, the position.
func compiles(sc *catalog.Scorecard) error {
	_, errs := scorecard.Compile(sc, scorecard.Admission)
	if len(errs) == 0 {
		return nil
	}
	kind := schema.GroupKind{Group: catalog.GroupVersion.Group, Kind: catalog.KindScorecard}
	return apierrors.NewInvalid(kind, sc.Name, errs)
}
