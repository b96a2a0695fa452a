package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ScorecardStatus is what the operator found out about a Scorecard. Only the operator writes it.
// +kubebuilder:validation:MinProperties=1
type ScorecardStatus struct {
	// conditions say how the scorecard stands; Ready sums up the others.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status is about; -1 until the scorecard was looked at.
	// +optional
	// +default=-1
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// summary holds the texts and numbers of the columns of kubectl get.
	// +optional
	Summary ScorecardSummary `json:"summary,omitzero"`

	// levels count the entities at each level, from the lowest to the highest.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Levels []LevelCount `json:"levels,omitempty"`

	// mostFailed are the checks that most entities do not pass, worst first, 10 at most.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	MostFailed []CheckCount `json:"mostFailed,omitempty"`
}

// ScorecardSummary holds the texts and numbers of the columns of kubectl get.
// +kubebuilder:validation:MinProperties=1
type ScorecardSummary struct {
	// entities counts the entities that the scorecard judges.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Entities *int32 `json:"entities,omitempty"`

	// passing counts those that pass.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Passing *int32 `json:"passing,omitempty"`

	// failing counts those that do not. What no check applies to is in neither.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Failing *int32 `json:"failing,omitempty"`

	// average is the mean percentage of those that have one, rounded down, such as 87%.
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=4
	Average string `json:"average,omitempty"`

	// levels are the counts of the levels, the highest first, such as Gold 12, Silver 4, none 3.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Levels string `json:"levels,omitempty"`
}

// LevelCount counts the entities at a level.
type LevelCount struct {
	// name is the level.
	// +required
	Name Word `json:"name,omitempty"`

	// entities counts those at just this level.
	// +required
	// +kubebuilder:validation:Minimum=0
	Entities *int32 `json:"entities,omitempty"`
}

// CheckCount counts the entities that do not pass a check.
type CheckCount struct {
	// check names the check.
	// +required
	Check CheckName `json:"check,omitempty"`

	// entities counts those that do not pass it.
	// +required
	// +kubebuilder:validation:Minimum=1
	Entities int32 `json:"entities,omitempty"`
}

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

// ScoreStatus is how an entity does on one Scorecard.
type ScoreStatus struct {
	// scorecard names the Scorecard.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Scorecard string `json:"scorecard,omitempty"`

	// verdict says whether the entity reaches the pass mark: Passing, Failing or, if no check applies, NotApplicable.
	// +required
	Verdict Verdict `json:"verdict,omitempty"`

	// level is the highest level reached: absent if there are no levels, or none is reached.
	// +optional
	Level Word `json:"level,omitempty"`

	// percent is the share of the points reached, rounded down: absent if no points can be had.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Percent *int32 `json:"percent,omitempty"`

	// failed counts the checks that do not pass.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Failed int32 `json:"failed,omitempty"`

	// failing are the checks that do not pass, worst first, 10 at most. What to do stands in the Scorecard, as remedy.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Failing []FailingCheck `json:"failing,omitempty"`
}

// FailingCheck is a check that an entity does not pass.
type FailingCheck struct {
	// check names the check.
	// +required
	Check CheckName `json:"check,omitempty"`

	// outcome is Fail, Unknown or Error.
	// +required
	Outcome CheckOutcome `json:"outcome,omitempty"`

	// message says in a sentence what is wrong.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	Message string `json:"message,omitempty"`

	// evidence are the paths and values that decided, 3 at most.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	Evidence []Evidence `json:"evidence,omitempty"`
}

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
