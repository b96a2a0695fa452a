package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Domain is a part of the business that systems belong to.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=domains,shortName=dom,categories=catalog,scope=Cluster
// +kubebuilder:printcolumn:name=Parent,type=string,JSONPath=`.spec.subdomainOf`
// +kubebuilder:printcolumn:name=Owner,type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name=Health,type=string,JSONPath=`.status.summary.health`
// +kubebuilder:printcolumn:name=Systems,type=integer,JSONPath=`.status.summary.systems`
// +kubebuilder:printcolumn:name=Components,type=integer,JSONPath=`.status.summary.components`
// +kubebuilder:printcolumn:name=Exposed-APIs,type=integer,JSONPath=`.status.summary.exposedApis`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Average,type=string,JSONPath=`.status.summary.average`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.title`,priority=1
// +kubebuilder:printcolumn:name=Owned,type=string,JSONPath=`.status.conditions[?(@.type=="Owned")].reason`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.status.owner`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
type Domain struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec DomainSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// DomainList is a list of Domain objects.
// +kubebuilder:object:root=true
type DomainList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Domain `json:"items"`
}

// DomainSpec is what the platform team declares about a Domain.
// +kubebuilder:validation:MinProperties=1
type DomainSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of domain, such as product-area or bounded-context.
	// +optional
	Type Word `json:"type,omitempty"`

	// owner answers for the domain: a Group, or user:name. Inherited from the parent domain if absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:') || self.startsWith('user:')",message="must name a Group or a User, such as checkout-team or user:ada"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group or User has no namespace: leave it out"
	Owner EntityRef `json:"owner,omitempty"`

	// subdomainOf is the Domain that this one is a part of.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('domain:')",message="must name a Domain, such as commerce"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Domain has no namespace: leave it out"
	SubdomainOf EntityRef `json:"subdomainOf,omitempty"`

	// allowedNamespaces says which namespaces may name the domain as the home of their systems: None if absent.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.from != 'Same'",message="from must be None, All or Selector"
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitzero"`
}
