package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// EntityStatus is what the operator found out about an entity. Only the operator writes it.
// +kubebuilder:validation:MinProperties=1
type EntityStatus struct {
	// conditions say how the entity stands; Ready sums up the others.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status is about; -1 until the entity was looked at.
	// +optional
	// +default=-1
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`

	// owner is who answers for the entity, declared or inherited, in full form: group:name or user:name.
	// +optional
	Owner FullRef `json:"owner,omitempty"`

	// system is the System that the entity belongs to by permitted membership, in full form: system:namespace/name.
	// +optional
	System FullRef `json:"system,omitempty"`

	// summary holds the texts and numbers of the columns of kubectl get.
	// +optional
	Summary Summary `json:"summary,omitzero"`

	// relations are the entity's relations to others, in both directions.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Relations []RelationStatus `json:"relations,omitempty"`

	// workloads are what runs the entity: the bad ones first, then by kind and name, 20 at most.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Workloads []WorkloadStatus `json:"workloads,omitempty"`

	// foreignDependents counts those of other owners who would miss the entity and whose claim holds: consumers of an
	// API, members of a System, Systems of a Domain, what a Group or User owns, what depends on a Component or Resource.
	// Absent if there is none. The entity cannot be deleted while there are, unless it carries the annotation
	// catalog.callboard.dev/allow-deletion with a reason.
	// +optional
	// +kubebuilder:validation:Minimum=1
	ForeignDependents int32 `json:"foreignDependents,omitempty"`

	// scores say how the entity itself does on each active Scorecard that judges it: the first 16 by name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Scores []Score `json:"scores,omitempty"`

	// rollup sums up what belongs to a System, Domain or Group.
	// +optional
	Rollup Rollup `json:"rollup,omitzero"`
}

// Health is how what runs an entity does.
// +kubebuilder:validation:Enum=Healthy;Suspended;Progressing;Degraded;Unknown
type Health string

// Values of Health. The worst of several is the last of this order: Unknown, Suspended, Healthy, Progressing, Degraded.
const (
	// HealthHealthy means that all that should run runs.
	HealthHealthy Health = "Healthy"
	// HealthSuspended means that it was stopped on purpose: scaled to zero, paused or suspended.
	HealthSuspended Health = "Suspended"
	// HealthProgressing means that it is on the way, and nothing is known to be wrong.
	HealthProgressing Health = "Progressing"
	// HealthDegraded means that something is wrong.
	HealthDegraded Health = "Degraded"
	// HealthUnknown means that nothing that runs is linked.
	HealthUnknown Health = "Unknown"
)

// Summary holds the texts and numbers of the columns of kubectl get. A number is absent where it does not apply.
// +kubebuilder:validation:MinProperties=1
type Summary struct {
	// health is the entity's health; on a grouping, the worst of those of its members that run something.
	// +optional
	Health Health `json:"health,omitempty"`

	// pods are the ready and the desired pods of the entity's workloads, as ready/desired.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Pods string `json:"pods,omitempty"`

	// workloads counts the linked workloads where they are more than status.workloads lists.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Workloads *int32 `json:"workloads,omitempty"`

	// providers counts the Components that provide the API.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Providers *int32 `json:"providers,omitempty"`

	// consumers counts the Components and Resources that consume the API and that it grants.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Consumers *int32 `json:"consumers,omitempty"`

	// denied counts the Components and Resources that say they consume the API, and that it does not grant.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Denied *int32 `json:"denied,omitempty"`

	// components counts the Components of a System or Domain.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Components *int32 `json:"components,omitempty"`

	// exposedApis counts the APIs of a System or Domain that others may use: all but the Private ones.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ExposedAPIs *int32 `json:"exposedApis,omitempty"`

	// systems counts the Systems of a Domain.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Systems *int32 `json:"systems,omitempty"`

	// members counts the members of a Group and of the groups below it, a User once per membership. Absent until there
	// was a first one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Members *int32 `json:"members,omitempty"`

	// groups counts the Groups that a User is a member of.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Groups *int32 `json:"groups,omitempty"`

	// owns counts the entities that a Group or User owns itself; those of groups below it are in the roll-up.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Owns *int32 `json:"owns,omitempty"`

	// score is the lowest level that the entity reached on a Scorecard, with the percent there, such as Gold 96%.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=70
	Score string `json:"score,omitempty"`

	// average is the mean of the percents that the members of a grouping have on their Scorecards, such as 87%.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=5
	Average string `json:"average,omitempty"`
}

// RelationStatus is one relation of an entity to others.
type RelationStatus struct {
	// type names the relation, seen from this entity.
	// +required
	Type RelationType `json:"type,omitempty"`

	// count is the number of entities at the other end.
	// +required
	// +kubebuilder:validation:Minimum=1
	Count int32 `json:"count,omitempty"`

	// refs are the first 20 of them in alphabetical order, in full form.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Refs []FullRef `json:"refs,omitempty"`
}

// RelationType names a relation between two entities, as Backstage does.
// +kubebuilder:validation:Enum=ownedBy;ownerOf;providesApi;apiProvidedBy;consumesApi;apiConsumedBy;dependsOn;dependencyOf;partOf;hasPart;memberOf;hasMember;childOf;parentOf
type RelationType string

// WorkloadStatus is one workload that runs the entity.
type WorkloadStatus struct {
	// kind is the workload's kind.
	// +required
	Kind WorkloadKind `json:"kind,omitempty"`

	// namespace is the workload's namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// name is the workload's name.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// health is how the workload does.
	// +required
	Health Health `json:"health,omitempty"`

	// reason says in one word why the workload is not Healthy, such as CrashLoopBackOff.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Reason string `json:"reason,omitempty"`

	// ready counts the ready pods; of a Job the succeeded ones.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Ready *int32 `json:"ready,omitempty"`

	// desired counts the pods that should be ready; of a Job those that should succeed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Desired *int32 `json:"desired,omitempty"`

	// images are the images of the pod template's containers, with tag or digest, the first 4 by container.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=512
	Images []string `json:"images,omitempty"`
}

// Rollup sums up what belongs to a System, Domain or Group, with all that is below it: sub-domains, sub-teams.
// +kubebuilder:validation:MinProperties=1
type Rollup struct {
	// components counts the Components.
	// +required
	// +kubebuilder:validation:Minimum=0
	Components *int32 `json:"components,omitempty"`

	// apis counts the APIs.
	// +required
	// +kubebuilder:validation:Minimum=0
	APIs *int32 `json:"apis,omitempty"`

	// resources counts the Resources.
	// +required
	// +kubebuilder:validation:Minimum=0
	Resources *int32 `json:"resources,omitempty"`

	// systems counts the Systems; absent on a System.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Systems *int32 `json:"systems,omitempty"`

	// health counts the members that run something by their health; a health that none has is absent.
	// +optional
	Health HealthCounts `json:"health,omitzero"`

	// scores sum up how the members do on each active Scorecard: the first 16 by name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Scores []ScoreRollup `json:"scores,omitempty"`
}

// HealthCounts counts entities that run something by their health.
// +kubebuilder:validation:MinProperties=1
type HealthCounts struct {
	// healthy counts those of which all runs that should.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Healthy int32 `json:"healthy,omitempty"`

	// suspended counts those that were stopped on purpose.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Suspended int32 `json:"suspended,omitempty"`

	// progressing counts those that are on the way.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Progressing int32 `json:"progressing,omitempty"`

	// degraded counts those with something wrong.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Degraded int32 `json:"degraded,omitempty"`
}
