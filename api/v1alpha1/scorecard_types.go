package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Scorecard says what entities have to live up to: checks in CEL over what is known of them, and what passing means.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=scorecards,shortName=score,categories=catalog,scope=Cluster
// +kubebuilder:printcolumn:name=Mode,type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name=Entities,type=integer,JSONPath=`.status.totals.entities`
// +kubebuilder:printcolumn:name=Passing,type=integer,JSONPath=`.status.totals.passing`
// +kubebuilder:printcolumn:name=Average,type=string,JSONPath=`.status.summary.average`
// +kubebuilder:printcolumn:name=Levels,type=string,JSONPath=`.status.summary.levels`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.title`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.spec.mode`
type Scorecard struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec ScorecardSpec `json:"spec,omitempty,omitzero"`

	// status is how the entities do. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status ScorecardStatus `json:"status,omitempty,omitzero"`
}

// ScorecardStatus is how the entities do that a Scorecard judges.
// +kubebuilder:validation:MinProperties=1
type ScorecardStatus struct {
	// conditions say how the Scorecard stands: Ready is False if one of its expressions cannot be compiled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status is about; -1 until the Scorecard was looked at.
	// +optional
	// +default=-1
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// summary holds the texts of the columns of kubectl get.
	// +optional
	Summary ScorecardSummary `json:"summary,omitzero"`

	// totals count the entities.
	// +optional
	Totals ScoreTotals `json:"totals,omitzero"`

	// trend is how the totals stood, one point a day (UTC), the oldest first: the last 90 days on which the operator ran.
	// +optional
	// +listType=map
	// +listMapKey=date
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=90
	Trend []TrendPoint `json:"trend,omitempty"`
}

// ScorecardSummary holds the texts of the columns of kubectl get.
// +kubebuilder:validation:MinProperties=1
type ScorecardSummary struct {
	// average is the mean of the percents, such as 87%.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=5
	Average string `json:"average,omitempty"`

	// levels say how many entities are at each level, such as Gold 12, Silver 3, none 4.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Levels string `json:"levels,omitempty"`
}

// TrendPoint is how the totals stood at the end of a day, or stand today.
type TrendPoint struct {
	// date is the day in UTC, such as 2026-01-31.
	// +required
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=10
	Date string `json:"date,omitempty"`

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
}

// ScorecardList is a list of Scorecard objects.
// +kubebuilder:object:root=true
type ScorecardList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Scorecard `json:"items"`
}

// ScorecardMode says whether a Scorecard counts.
// +kubebuilder:validation:Enum=Draft;Active
type ScorecardMode string

// Values of ScorecardMode.
const (
	// ScorecardDraft is for trying it out: it shows on no entity.
	ScorecardDraft ScorecardMode = "Draft"
	// ScorecardActive shows on the entities.
	ScorecardActive ScorecardMode = "Active"
)

// CELExpression is an expression in the Common Expression Language, as Kubernetes has it.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=2048
type CELExpression string

// CheckName names a check of a Scorecard.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message="must be a name of lower case letters, digits and '-', such as readiness-probe"
type CheckName string

// ScorecardSpec is what the platform team declares about a Scorecard.
// +kubebuilder:validation:XValidation:rule="self.checks.all(c, !has(c.level) || (has(self.levels) && self.levels.exists(l, l.name == c.level)))",message="each level that a check names must stand in spec.levels: add it there, or remove it from the check"
// +kubebuilder:validation:XValidation:rule="!has(self.passing.level) || (has(self.levels) && self.levels.exists(l, l.name == self.passing.level))",message="passing.level must be one of spec.levels: add it there, or use passing.score"
// +kubebuilder:validation:XValidation:rule="!has(self.overrides) || self.overrides.all(o, !has(o.passing) || !has(o.passing.level) || (has(self.levels) && self.levels.exists(l, l.name == o.passing.level)))",message="passing.level of each override must be one of spec.levels: add it there, or use passing.score"
// +kubebuilder:validation:XValidation:rule="!has(self.overrides) || self.overrides.all(o, !has(o.disabled) || o.disabled.all(d, self.checks.exists(c, c.name == d)))",message="each check that an override disables must be one of spec.checks: correct the name, or remove it"
// +kubebuilder:validation:XValidation:rule="!has(self.overrides) || self.overrides.all(o, !has(o.weights) || o.weights.all(w, self.checks.exists(c, c.name == w.check)))",message="each check that an override weighs must be one of spec.checks: correct the name, or remove it"
type ScorecardSpec struct {
	// title is the name shown to people. The object's name is shown if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Title string `json:"title,omitempty"`

	// description says in a few sentences what the scorecard is for. Markdown is allowed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must not hold control or text-direction characters: remove them"
	Description string `json:"description,omitempty"`

	// mode is Draft or Active: Draft if absent. A draft shows on no entity.
	// +optional
	// +default="Draft"
	Mode ScorecardMode `json:"mode,omitempty"`

	// appliesTo says which entities are judged.
	// +required
	AppliesTo ScorecardScope `json:"appliesTo,omitempty,omitzero"`

	// levels are what an entity can reach, from the lowest to the highest. Without them there are points only.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Levels []ScorecardLevel `json:"levels,omitempty"`

	// checks are what is asked of each entity.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Checks []ScorecardCheck `json:"checks,omitempty"`

	// passing says what an entity must reach.
	// +required
	Passing PassMark `json:"passing,omitempty,omitzero"`

	// overrides change what is asked of some entities. The first that matches applies, alone.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Overrides []ScorecardOverride `json:"overrides,omitempty"`

	// maxExemptionDays is how long after its creation an Exemption from checks of this Scorecard can last: 365 if absent.
	// One that says longer ends then.
	// +optional
	// +default=365
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3650
	MaxExemptionDays int32 `json:"maxExemptionDays,omitempty"`

	// gate keeps what is below the pass mark from being changed. Nothing is kept back if absent.
	// +optional
	Gate Gate `json:"gate,omitzero"`
}

// Gate keeps the pod templates of Deployments and StatefulSets from being changed while the Component that they run does
// not pass. A template that ran before may come back at any time.
type Gate struct {
	// namespaces selects, by their labels, the namespaces of the workloads.
	// +required
	Namespaces LabelSelector `json:"namespaces,omitempty,omitzero"`

	// mode is Warn or Deny.
	// +required
	Mode GateMode `json:"mode,omitempty"`
}

// GateMode says what a gate does.
// +kubebuilder:validation:Enum=Warn;Deny
type GateMode string

// Values of GateMode.
const (
	// GateWarn lets the change in with a warning.
	GateWarn GateMode = "Warn"
	// GateDeny refuses the change, unless it carries the annotation catalog.callboard.dev/break-glass with a reason.
	GateDeny GateMode = "Deny"
)

// ScoredKind is a kind of entity that a Scorecard may judge.
// +kubebuilder:validation:Enum=Component;API;Resource;System;Domain;Group;User
type ScoredKind string

// ScorecardScope says which entities a Scorecard judges: those of the kinds that selector and where select as well.
type ScorecardScope struct {
	// kinds are the kinds of the entities. Each expression must make sense for each of them.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=7
	Kinds []ScoredKind `json:"kinds,omitempty"`

	// selector matches the labels of the entities: any if absent.
	// +optional
	Selector LabelSelector `json:"selector,omitzero"`

	// where is a CEL expression that must be true of an entity, such as entity.spec.lifecycle == 'production'. It sees
	// the variable entity alone.
	// +optional
	Where CELExpression `json:"where,omitempty"`
}

// ScorecardLevel is a level that an entity can reach.
type ScorecardLevel struct {
	// name is what the level is called, such as Gold.
	// +required
	Name Word `json:"name,omitempty"`

	// description says in a sentence what the level means.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must not hold control or text-direction characters: remove them"
	Description string `json:"description,omitempty"`
}

// ScorecardCheck is one thing that is asked of an entity.
type ScorecardCheck struct {
	// name names the check within the scorecard. Results, overrides and exemptions refer to it.
	// +required
	Name CheckName `json:"name,omitempty"`

	// title is the name shown to people. The name is shown if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Title string `json:"title,omitempty"`

	// description says why this is asked. Markdown is allowed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must not hold control or text-direction characters: remove them"
	Description string `json:"description,omitempty"`

	// level is the level that the check is needed for. A check without one counts for points only.
	// +optional
	Level Word `json:"level,omitempty"`

	// weight is how many points the check is worth: 1 if absent. With 0 it counts for its level only.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Weight *int32 `json:"weight,omitempty"`

	// when is a CEL expression: where it is false, the check is NotApplicable and leaves the sum. Always if absent.
	// +optional
	When CELExpression `json:"when,omitempty"`

	// expression is the CEL expression that is true where the check passes. It sees entity, relations, facts and attestations, and by kind
	// owner, system, domain, workloads and definition.
	// +required
	Expression CELExpression `json:"expression,omitempty"`

	// messageExpression is a CEL expression for the text shown where the check does not pass, of which 200 characters are
	// kept. The title is shown if it is absent or cannot be evaluated.
	// +optional
	MessageExpression CELExpression `json:"messageExpression,omitempty"`

	// remedy says what to do where the check does not pass. Markdown is allowed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must not hold control or text-direction characters: remove them"
	Remedy string `json:"remedy,omitempty"`

	// controls are the requirements of audits that the check answers to, such as SOC2 CC7.1.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Controls []Control `json:"controls,omitempty"`

	// evidence are the paths below workloads whose values may be shown where the check does not pass, such as
	// workloads.spec.replicas; what is below a path is meant too. Of other workload fields only the path is shown.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Evidence []EvidencePath `json:"evidence,omitempty"`
}

// Control names a requirement of an audit.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches('^[A-Za-z0-9][-A-Za-z0-9 ._:/()]*$')`,message="must be a name of letters, digits, spaces and - . _ : / ( ), such as SOC2 CC7.1"
type Control string

// EvidencePath names a field below workloads; indexes are left out.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule=`self.matches('^workloads(\\.[A-Za-z][A-Za-z0-9]*)+$')`,message="must be a path below workloads without indexes, such as workloads.spec.replicas"
type EvidencePath string

// PassMark says what an entity must reach: a level or a score.
// +kubebuilder:validation:XValidation:rule="has(self.level) != has(self.score)",message="set level or score, not both"
// +kubebuilder:validation:MinProperties=1
type PassMark struct {
	// level is the lowest level that passes.
	// +optional
	Level Word `json:"level,omitempty"`

	// score is the lowest percentage that passes.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Score *int32 `json:"score,omitempty"`
}

// ScorecardOverride changes what is asked of the entities that systems, domains and selector match: of those that are
// set, all must.
// +kubebuilder:validation:XValidation:rule="has(self.systems) || has(self.domains) || has(self.selector)",message="say whom it is about: set systems, domains or selector"
// +kubebuilder:validation:XValidation:rule="has(self.passing) || has(self.weights) || has(self.disabled)",message="say what is different: set passing, weights or disabled"
type ScorecardOverride struct {
	// name names the override.
	// +required
	Name Word `json:"name,omitempty"`

	// systems match the Systems and their members by permitted membership, as system:namespace/name.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(r, r.contains('/') && (!r.contains(':') || r.startsWith('system:')))",message="must name Systems with their namespace, such as shop/storefront"
	Systems []EntityRef `json:"systems,omitempty"`

	// domains match the Domains, what is below them, and the members of their Systems, by permitted membership.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('domain:'))",message="must name Domains only, such as commerce"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains('/') || r.matches('^([a-z]+:)?default/'))",message="Domains have no namespace: leave it out"
	Domains []EntityRef `json:"domains,omitempty"`

	// selector matches the labels of the entities. Whoever may edit an entity sets its labels.
	// +optional
	Selector LabelSelector `json:"selector,omitzero"`

	// passing replaces the scorecard's own.
	// +optional
	Passing PassMark `json:"passing,omitzero"`

	// weights replace the weights of checks.
	// +optional
	// +listType=map
	// +listMapKey=check
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Weights []CheckWeight `json:"weights,omitempty"`

	// disabled are checks that are not asked: they leave the sum and hold no level back.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Disabled []CheckName `json:"disabled,omitempty"`
}

// CheckWeight is the weight of a check.
type CheckWeight struct {
	// check names the check.
	// +required
	Check CheckName `json:"check,omitempty"`

	// weight is how many points it is worth.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Weight *int32 `json:"weight,omitempty"`
}
