package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Group is a team or another part of the organisation.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=groups,shortName=grp,categories=catalog,scope=Cluster
// +kubebuilder:printcolumn:name=Type,type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name=Parent,type=string,JSONPath=`.status.relations[?(@.type=="childOf")].refs[0]`
// +kubebuilder:printcolumn:name=Members,type=integer,JSONPath=`.status.summary.members`
// +kubebuilder:printcolumn:name=Owns,type=integer,JSONPath=`.status.summary.owns`
// +kubebuilder:printcolumn:name=Health,type=string,JSONPath=`.status.summary.health`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Average,type=string,JSONPath=`.status.summary.average`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.profile.displayName`,priority=1
// +kubebuilder:printcolumn:name=Components,type=integer,JSONPath=`.status.rollup.components`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
type Group struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec GroupSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// GroupList is a list of Group objects.
// +kubebuilder:object:root=true
type GroupList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Group `json:"items"`
}

// GroupSpec is what the platform team declares about a Group.
type GroupSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of group, such as team, department or organization.
	// +required
	Type Word `json:"type,omitempty"`

	// profile is how the group presents itself.
	// +optional
	Profile Profile `json:"profile,omitzero"`

	// parent is the Group that this one is a part of. It may stand here or in the parent's children.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:')",message="must name a Group, such as platform"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group has no namespace: leave it out"
	Parent EntityRef `json:"parent,omitempty"`

	// children names the Groups that are parts of this one. It may stand here or as the child's parent.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('group:'))",message="must name Groups only, such as platform"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains('/') || r.matches('^([a-z]+:)?default/'))",message="Groups have no namespace: leave it out"
	Children []EntityRef `json:"children,omitempty"`

	// members names the Users in the group. It may stand here or in the user's memberOf.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1024
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('user:'))",message="must name Users only, such as ada"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains('/') || r.matches('^([a-z]+:)?default/'))",message="Users have no namespace: leave it out"
	Members []EntityRef `json:"members,omitempty"`

	// allowedNamespaces says which namespaces may name the group as an owner: None if absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.from != 'Same'",message="from must be None, All or Selector"
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitzero"`
}
