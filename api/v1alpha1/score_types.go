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

// Score is how an entity does on an active Scorecard.
type Score struct {
	// scorecard is the name of the Scorecard.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Scorecard string `json:"scorecard,omitempty"`

	// verdict says whether the entity passes.
	// +required
	Verdict Verdict `json:"verdict,omitempty"`

	// level is the highest level reached; absent if none is, or nothing applies.
	// +optional
	Level Word `json:"level,omitempty"`

	// percent is the share of the points, rounded down; absent if there are none to be had.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Percent *int32 `json:"percent,omitempty"`

	// override names the override of the Scorecard that applies.
	// +optional
	Override Word `json:"override,omitempty"`

	// notPassed counts the checks that are not passed.
	// +optional
	// +kubebuilder:validation:Minimum=1
	NotPassed int32 `json:"notPassed,omitempty"`

	// failing are the checks that are not passed, worst first, 10 at most: those of the lowest level, then those of most
	// weight. What to do about them stands in the Scorecard.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Failing []FailingCheck `json:"failing,omitempty"`

	// exempt are the checks that the entity need not pass for now, the first 10 in the order of the Scorecard.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	Exempt []CheckName `json:"exempt,omitempty"`
}

// FailingCheck is a check that is not passed.
type FailingCheck struct {
	// check is its name.
	// +required
	Check CheckName `json:"check,omitempty"`

	// outcome is Fail, Unknown or Error.
	// +required
	Outcome CheckOutcome `json:"outcome,omitempty"`

	// message says what is wrong.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	Message string `json:"message,omitempty"`

	// evidence are values that decided, 3 at most: today the one that tells most. kubectl callboard score explain has all.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	Evidence []Evidence `json:"evidence,omitempty"`
}

// ScoreRollup sums up how entities do on an active Scorecard.
type ScoreRollup struct {
	// scorecard is the name of the Scorecard.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Scorecard string `json:"scorecard,omitempty"`

	ScoreTotals `json:",inline"`
}

// ScoreTotals count how entities do. An entity to which no check applies does not count.
type ScoreTotals struct {
	// entities counts those that are judged.
	// +required
	// +kubebuilder:validation:Minimum=0
	Entities *int32 `json:"entities,omitempty"`

	// passing counts those that pass.
	// +required
	// +kubebuilder:validation:Minimum=0
	Passing *int32 `json:"passing,omitempty"`

	// average is the mean of their percents, rounded down; absent if none has one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Average *int32 `json:"average,omitempty"`

	// levels count those that reached a level and no higher one, from the highest level to the lowest; a level that is
	// nobody's is absent.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Levels []LevelCount `json:"levels,omitempty"`

	// mostFailed are the checks that most of them do not pass, 10 at most.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	MostFailed []CheckCount `json:"mostFailed,omitempty"`
}

// LevelCount counts entities at a level.
type LevelCount struct {
	// level is the level's name.
	// +required
	Level Word `json:"level,omitempty"`

	// entities counts those that reached it and no higher one.
	// +required
	// +kubebuilder:validation:Minimum=1
	Entities int32 `json:"entities,omitempty"`
}

// CheckCount counts entities that do not pass a check.
type CheckCount struct {
	// check is its name.
	// +required
	Check CheckName `json:"check,omitempty"`

	// entities counts those that do not pass it.
	// +required
	// +kubebuilder:validation:Minimum=1
	Entities int32 `json:"entities,omitempty"`
}
