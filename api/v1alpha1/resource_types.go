package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Resource is what software needs to do its work and does not develop itself: a database, a queue, a bucket.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=resources,shortName=res,categories=catalog
// +kubebuilder:printcolumn:name=Type,type=string,JSONPath=`.spec.type`
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
type Resource struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec ResourceSpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// ResourceList is a list of Resource objects.
// +kubebuilder:object:root=true
type ResourceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Resource `json:"items"`
}

// ResourceSpec is what the owner of a Resource declares.
type ResourceSpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of resource, such as database, queue or bucket.
	// +required
	Type Word `json:"type,omitempty"`

	// owner answers for the resource: a Group, or user:name. Inherited from the System, then its Domain, if absent. A Group whose
	// allowedNamespaces do not cover this namespace is shown as claimed and grants nothing.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:') || self.startsWith('user:')",message="must name a Group or a User, such as checkout-team or user:ada"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group or User has no namespace: leave it out"
	Owner EntityRef `json:"owner,omitempty"`

	// system is the System that the resource is a part of, in this namespace or system:namespace/name. Its
	// allowedNamespaces must cover this namespace.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('system:')",message="must name a System, such as storefront or system:shop/storefront"
	System EntityRef `json:"system,omitempty"`

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

	// workloads say what runs it. If absent, the workloads in this namespace whose label backstage.io/kubernetes-id,
	// app.kubernetes.io/name or app equals the name.
	// +optional
	Workloads WorkloadLink `json:"workloads,omitzero"`

	// external says that it is used, not run by us: bought, hosted elsewhere, or open source taken as it is.
	// +optional
	External External `json:"external,omitzero"`
}
