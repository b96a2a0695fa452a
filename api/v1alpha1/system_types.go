package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// System is a set of components, resources and APIs that together do something for others and may hide how.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=systems,shortName=sys,categories=catalog
// +kubebuilder:printcolumn:name=Domain,type=string,JSONPath=`.spec.domain`
// +kubebuilder:printcolumn:name=Owner,type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name=Health,type=string,JSONPath=`.status.summary.health`
// +kubebuilder:printcolumn:name=Components,type=integer,JSONPath=`.status.summary.components`
// +kubebuilder:printcolumn:name=Exposed-APIs,type=integer,JSONPath=`.status.summary.exposedApis`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Average,type=string,JSONPath=`.status.summary.average`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.title`,priority=1
// +kubebuilder:printcolumn:name=Owned,type=string,JSONPath=`.status.conditions[?(@.type=="Owned")].reason`,priority=1
// +kubebuilder:printcolumn:name=Resources,type=integer,JSONPath=`.status.rollup.resources`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.status.owner`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:selectablefield:JSONPath=`.spec.domain`
type System struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec SystemSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// SystemList is a list of System objects.
// +kubebuilder:object:root=true
type SystemList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []System `json:"items"`
}

// SystemSpec is what the owner of a System declares.
// +kubebuilder:validation:MinProperties=1
type SystemSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of system, such as product or service.
	// +optional
	Type Word `json:"type,omitempty"`

	// owner answers for the system: a Group, or user:name. Inherited from the Domain if absent. A Group whose
	// allowedNamespaces do not cover this namespace is shown as claimed and grants nothing.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:') || self.startsWith('user:')",message="must name a Group or a User, such as checkout-team or user:ada"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group or User has no namespace: leave it out"
	Owner EntityRef `json:"owner,omitempty"`

	// domain is the Domain that the system belongs to. A Domain whose allowedNamespaces do not cover this namespace is
	// shown as claimed and grants nothing.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('domain:')",message="must name a Domain, such as commerce"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Domain has no namespace: leave it out"
	Domain EntityRef `json:"domain,omitempty"`

	// allowedNamespaces says which namespaces may join the system: Same if absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.from != 'None'",message="from must be Same, All or Selector"
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitzero"`
}
