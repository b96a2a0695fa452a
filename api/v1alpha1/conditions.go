package v1alpha1

// Condition types. Each kind carries a fixed subset, all of them set on every reconcile; what does not apply is True
// with ReasonNotRequired.
const (
	// ConditionReady sums up: the entity is read, its references resolve, it is owned and granted what it claims.
	// Health and scores never weigh in.
	ConditionReady = "Ready"
	// ConditionAccessGranted says whether the APIs that the entity consumes grant it.
	ConditionAccessGranted = "AccessGranted"
	// ConditionDefinitionValid says whether the definition of an API can be parsed.
	ConditionDefinitionValid = "DefinitionValid"
	// ConditionHealthy says whether the workloads that run the entity are well.
	ConditionHealthy = "Healthy"
	// ConditionOwned says whether somebody answers for the entity.
	ConditionOwned = "Owned"
	// ConditionReferencesResolved says whether every reference of the spec names something that exists and permits it.
	ConditionReferencesResolved = "ReferencesResolved"
	// ConditionWorkloadsLinked is False only if a declared link to workloads finds none, or finds a conflict.
	ConditionWorkloadsLinked = "WorkloadsLinked"
)

// Reasons of conditions.
const (
	// ReasonNotRequired stands on a True condition that does not apply to the entity.
	ReasonNotRequired = "NotRequired"

	// ReasonReady stands on Ready=True.
	ReasonReady = "Ready"
	// ReasonNotReady stands on Ready=False where several conditions are not True.
	ReasonNotReady = "NotReady"

	// ReasonGranted stands on AccessGranted=True.
	ReasonGranted = "Granted"
	// ReasonAccessDenied stands on AccessGranted=False: an API does not grant the consumption.
	ReasonAccessDenied = "AccessDenied"
	// ReasonAccessUndecided stands on AccessGranted=Unknown: an API does not grant the consumption as things stand, and
	// something that may still arrive could change that.
	ReasonAccessUndecided = "AccessUndecided"

	// ReasonDefinitionParsed stands on DefinitionValid=True.
	ReasonDefinitionParsed = "DefinitionParsed"
	// ReasonDefinitionInvalid stands on DefinitionValid=False: the text is not what spec.type says.
	ReasonDefinitionInvalid = "DefinitionInvalid"
	// ReasonDefinitionNotFound stands on DefinitionValid=False: definitionFrom names a ConfigMap or key that is missing
	// or not labelled.
	ReasonDefinitionNotFound = "DefinitionNotFound"

	// ReasonDeclared stands on Owned=True: spec.owner names an existing owner.
	ReasonDeclared = "Declared"
	// ReasonInherited stands on Owned=True: the owner is that of the System or, failing that, of its Domain.
	ReasonInherited = "Inherited"
	// ReasonNoOwner stands on Owned=False: no owner is declared, and there is none to inherit.
	ReasonNoOwner = "NoOwner"
	// ReasonOwnerNotFound stands on Owned=False: the owner does not exist.
	ReasonOwnerNotFound = "OwnerNotFound"
	// ReasonOwnerInactive stands on Owned=False: the Group had members, and none is left in it or below it.
	ReasonOwnerInactive = "OwnerInactive"

	// ReasonResolved stands on ReferencesResolved=True.
	ReasonResolved = "Resolved"
	// ReasonRefNotFound stands on ReferencesResolved=False: a target does not exist.
	ReasonRefNotFound = "RefNotFound"
	// ReasonRefNotPermitted stands on ReferencesResolved=False: a target in another namespace does not exist or does not
	// permit the claim; which of the two is not told.
	ReasonRefNotPermitted = "RefNotPermitted"
	// ReasonRefInvalid stands on ReferencesResolved=False: a reference names a kind or namespace that cannot stand there.
	ReasonRefInvalid = "RefInvalid"
	// ReasonCycle stands on ReferencesResolved=False: the entity is part of itself, directly or through others.
	ReasonCycle = "Cycle"
	// ReasonDisagreement stands on ReferencesResolved=False: the two sides of a hierarchy name different parents.
	ReasonDisagreement = "Disagreement"

	// ReasonLinked stands on WorkloadsLinked=True.
	ReasonLinked = "Linked"
	// ReasonWorkloadsNotFound stands on WorkloadsLinked=False: the declared link finds nothing.
	ReasonWorkloadsNotFound = "WorkloadsNotFound"
	// ReasonWorkloadsNotPermitted stands on WorkloadsLinked=False: the namespace named does not exist or does not permit
	// the link; which of the two is not told.
	ReasonWorkloadsNotPermitted = "WorkloadsNotPermitted"
	// ReasonWorkloadConflict stands on WorkloadsLinked=False: another entity claims one of the same workloads.
	ReasonWorkloadConflict = "WorkloadConflict"
	// ReasonSelectorInvalid stands on WorkloadsLinked=False: the selector cannot be parsed.
	ReasonSelectorInvalid = "SelectorInvalid"

	// ReasonNoWorkloads stands on Healthy=Unknown: nothing that runs is linked.
	ReasonNoWorkloads = "NoWorkloads"
)
