package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// User is a person, or an account that acts for one.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=users,shortName=usr,categories=catalog,scope=Cluster
// +kubebuilder:printcolumn:name=Display-Name,type=string,JSONPath=`.spec.profile.displayName`
// +kubebuilder:printcolumn:name=Groups,type=integer,JSONPath=`.status.summary.groups`
// +kubebuilder:printcolumn:name=Owns,type=integer,JSONPath=`.status.summary.owns`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Email,type=string,JSONPath=`.spec.profile.email`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
type User struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec UserSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// UserList is a list of User objects.
// +kubebuilder:object:root=true
type UserList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []User `json:"items"`
}

// UserSpec is what the platform team declares about a User.
// +kubebuilder:validation:MinProperties=1
type UserSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// profile is how the user presents itself.
	// +optional
	Profile Profile `json:"profile,omitzero"`

	// memberOf names the Groups that the user is a member of. It may stand here or in the group's members.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('group:'))",message="must name Groups only, such as platform"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains('/') || r.matches('^([a-z]+:)?default/'))",message="Groups have no namespace: leave it out"
	MemberOf []EntityRef `json:"memberOf,omitempty"`
}
