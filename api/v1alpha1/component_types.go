package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Component is a piece of software that somebody develops or runs: a service, a website, a library.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=components,shortName=comp,categories=catalog
// +kubebuilder:printcolumn:name=Type,type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name=Lifecycle,type=string,JSONPath=`.spec.lifecycle`
// +kubebuilder:printcolumn:name=Owner,type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name=System,type=string,JSONPath=`.status.system`
// +kubebuilder:printcolumn:name=Health,type=string,JSONPath=`.status.summary.health`
// +kubebuilder:printcolumn:name=Pods,type=string,JSONPath=`.status.summary.pods`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.title`,priority=1
// +kubebuilder:printcolumn:name=Owned,type=string,JSONPath=`.status.conditions[?(@.type=="Owned")].reason`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.status.owner`
// +kubebuilder:selectablefield:JSONPath=`.status.system`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:selectablefield:JSONPath=`.spec.lifecycle`
type Component struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec ComponentSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// ComponentList is a list of Component objects.
// +kubebuilder:object:root=true
type ComponentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Component `json:"items"`
}

// ComponentSpec is what the owner of a Component declares.
type ComponentSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of component, such as service, website, library or pipeline.
	// +required
	Type Word `json:"type,omitempty"`

	// lifecycle is how far it is: experimental, production, deprecated, or a word of your own.
	// +required
	Lifecycle Word `json:"lifecycle,omitempty"`

	// owner answers for the component: a Group, or user:name. Inherited from the System, then its Domain, if absent. A Group whose
	// allowedNamespaces do not cover this namespace is shown as claimed and grants nothing.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:') || self.startsWith('user:')",message="must name a Group or a User, such as checkout-team or user:ada"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group or User has no namespace: leave it out"
	Owner EntityRef `json:"owner,omitempty"`

	// system is the System that the component is a part of, in this namespace or system:namespace/name. Its
	// allowedNamespaces must cover this namespace.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('system:')",message="must name a System, such as storefront or system:shop/storefront"
	System EntityRef `json:"system,omitempty"`

	// subcomponentOf is the Component that this one is a part of. In another namespace it counts only between members of
	// one System.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('component:')",message="must name a Component, such as checkout or shop/checkout"
	SubcomponentOf EntityRef `json:"subcomponentOf,omitempty"`

	// providesApis names the APIs that the component serves. In another namespace it counts only between members of
	// one System.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('api:'))",message="must name APIs only, such as checkout or shop/checkout"
	ProvidesAPIs []EntityRef `json:"providesApis,omitempty"`

	// consumesApis names the APIs that the component calls.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.contains(':') || r.startsWith('api:'))",message="must name APIs only, such as checkout or shop/checkout"
	ConsumesAPIs []EntityRef `json:"consumesApis,omitempty"`

	// dependsOn names the Components, Resources and APIs that this one cannot do without; the kind must stand there.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	// +kubebuilder:validation:XValidation:rule="self.all(r, r.startsWith('component:') || r.startsWith('resource:') || r.startsWith('api:'))",message="each must begin with its kind, component:, resource: or api:, such as resource:orders-db"
	DependsOn []EntityRef `json:"dependsOn,omitempty"`

	// dependencyOf names the Components and Resources that cannot do without this one; the kind must stand
	// there. In another namespace it counts only between members of one System.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=512
	// +kubebuilder:validation:XValidation:rule="self.all(r, r.startsWith('component:') || r.startsWith('resource:'))",message="each must begin with its kind, component: or resource:, such as component:checkout"
	DependencyOf []EntityRef `json:"dependencyOf,omitempty"`

	// source is where the code is.
	// +optional
	Source Source `json:"source,omitzero"`

	// workloads say what runs it. If absent, the workloads in this namespace whose label backstage.io/kubernetes-id,
	// app.kubernetes.io/name or app equals the name.
	// +optional
	Workloads WorkloadLink `json:"workloads,omitzero"`

	// external says that it is used, not run by us: bought, hosted elsewhere, or open source taken as it is.
	// +optional
	External External `json:"external,omitzero"`
}

// Source is where code is.
// +kubebuilder:validation:MinProperties=1
type Source struct {
	// repository is the address of the repository.
	// +required
	Repository WebURL `json:"repository,omitempty"`

	// path is the folder inside the repository, "." for its root, which is meant if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`!self.startsWith('/') && !self.matches('(^|/)\\.\\.(/|$)') && !self.matches('\\p{C}')`,message="must be a relative path inside the repository, such as services/cart, without '..' and control characters"
	Path string `json:"path,omitempty"`
}

// ExternalSource says under what terms external software is used.
// +kubebuilder:validation:Enum=OpenSource;Commercial
type ExternalSource string

// Values of ExternalSource.
const (
	ExternalOpenSource ExternalSource = "OpenSource"
	ExternalCommercial ExternalSource = "Commercial"
)

// External describes software that is used, not run by us.
// +kubebuilder:validation:MinProperties=1
type External struct {
	// vendor is who makes or sells it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Vendor string `json:"vendor,omitempty"`

	// source is OpenSource or Commercial.
	// +optional
	Source ExternalSource `json:"source,omitempty"`

	// license is the licence, best as an SPDX identifier such as Apache-2.0.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	License string `json:"license,omitempty"`
}
