package v1alpha1

// Verdict says whether an entity passes a Scorecard.
// +kubebuilder:validation:Enum=Passing;Failing;NotApplicable
type Verdict string

// Values of Verdict.
const (
	// VerdictPassing means that the pass mark is reached.
	VerdictPassing Verdict = "Passing"
	// VerdictFailing means that it is not.
	VerdictFailing Verdict = "Failing"
	// VerdictNotApplicable means that no check applies.
	VerdictNotApplicable Verdict = "NotApplicable"
)

// CheckOutcome is how a check came out for an entity.
// +kubebuilder:validation:Enum=Pass;Fail;NotApplicable;Unknown;Error;Exempt
type CheckOutcome string

// Values of CheckOutcome.
const (
	// OutcomePass means that the expression is true.
	OutcomePass CheckOutcome = "Pass"
	// OutcomeFail means that it is false.
	OutcomeFail CheckOutcome = "Fail"
	// OutcomeNotApplicable means that when is false.
	OutcomeNotApplicable CheckOutcome = "NotApplicable"
	// OutcomeUnknown means that it depends on data that is not there.
	OutcomeUnknown CheckOutcome = "Unknown"
	// OutcomeError means that an expression could not be evaluated.
	OutcomeError CheckOutcome = "Error"
	// OutcomeExempt means that the entity need not pass for now.
	OutcomeExempt CheckOutcome = "Exempt"
)

// Evidence is a value that decided how a check came out.
type Evidence struct {
	// path is where the value stands, such as workloads[0].spec.replicas.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Path string `json:"path,omitempty"`

	// value is the value as text, strings in quotes; the words absent, present and not known stand for what they say.
	// There is none if it is not to be shown.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Value string `json:"value,omitempty"`
}
