package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// API is a boundary between components: what one offers to others.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=apis,shortName=capi,categories=catalog
// +kubebuilder:printcolumn:name=Type,type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name=Visibility,type=string,JSONPath=`.spec.visibility`
// +kubebuilder:printcolumn:name=Lifecycle,type=string,JSONPath=`.spec.lifecycle`
// +kubebuilder:printcolumn:name=Owner,type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name=System,type=string,JSONPath=`.status.system`
// +kubebuilder:printcolumn:name=Providers,type=integer,JSONPath=`.status.summary.providers`
// +kubebuilder:printcolumn:name=Consumers,type=integer,JSONPath=`.status.summary.consumers`
// +kubebuilder:printcolumn:name=Denied,type=integer,JSONPath=`.status.summary.denied`
// +kubebuilder:printcolumn:name=Score,type=string,JSONPath=`.status.summary.score`
// +kubebuilder:printcolumn:name=Ready,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Title,type=string,JSONPath=`.spec.title`,priority=1
// +kubebuilder:printcolumn:name=Owned,type=string,JSONPath=`.status.conditions[?(@.type=="Owned")].reason`,priority=1
// +kubebuilder:printcolumn:name=Definition,type=string,JSONPath=`.status.conditions[?(@.type=="DefinitionValid")].reason`,priority=1
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.status.owner`
// +kubebuilder:selectablefield:JSONPath=`.status.system`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:selectablefield:JSONPath=`.spec.lifecycle`
// +kubebuilder:selectablefield:JSONPath=`.spec.visibility`
type API struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what people declare.
	// +required
	Spec APISpec `json:"spec,omitempty,omitzero"`

	// status is what the operator found out. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status EntityStatus `json:"status,omitempty,omitzero"`
}

// APIList is a list of API objects.
// +kubebuilder:object:root=true
type APIList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []API `json:"items"`
}

// Visibility says who may consume an API.
// +kubebuilder:validation:Enum=Public;Restricted;Private
type Visibility string

// Values of Visibility.
const (
	// VisibilityPublic lets any component consume.
	VisibilityPublic Visibility = "Public"
	// VisibilityRestricted lets those of the same System and those in allowedConsumers consume.
	VisibilityRestricted Visibility = "Restricted"
	// VisibilityPrivate lets those of the same System consume.
	VisibilityPrivate Visibility = "Private"
)

// APISpec is what the owner of an API declares.
// +kubebuilder:validation:XValidation:rule="!has(self.allowedConsumers) || self.visibility == 'Restricted'",message="allowedConsumers means something only if visibility is Restricted: set it, or remove the list"
// +kubebuilder:validation:XValidation:rule="!(has(self.definition) && has(self.definitionFrom))",message="set definition or definitionFrom, not both"
type APISpec struct {
	// +optional
	Descriptor `json:",inline,omitzero"`

	// type is the kind of interface, such as openapi, asyncapi, graphql or grpc.
	// +required
	Type Word `json:"type,omitempty"`

	// lifecycle is how far it is: experimental, production, deprecated, or a word of your own.
	// +required
	Lifecycle Word `json:"lifecycle,omitempty"`

	// owner answers for the API: a Group, or user:name. Inherited from the System, then its Domain, if absent. A Group whose
	// allowedNamespaces do not cover this namespace is shown as claimed and grants nothing.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('group:') || self.startsWith('user:')",message="must name a Group or a User, such as checkout-team or user:ada"
	// +kubebuilder:validation:XValidation:rule="!self.contains('/') || self.matches('^([a-z]+:)?default/')",message="a Group or User has no namespace: leave it out"
	Owner EntityRef `json:"owner,omitempty"`

	// system is the System that the API is a part of, in this namespace or system:namespace/name. Its
	// allowedNamespaces must cover this namespace.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!self.contains(':') || self.startsWith('system:')",message="must name a System, such as storefront or system:shop/storefront"
	System EntityRef `json:"system,omitempty"`

	// visibility says who may consume the API: Public if absent.
	// +optional
	// +default="Public"
	Visibility Visibility `json:"visibility,omitempty"`

	// allowedConsumers names who may consume a Restricted API: component:, system:, domain: or group: references. A
	// group opens it to the components that it, or a group below it, owns.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:XValidation:rule="self.all(r, r.startsWith('component:') || r.startsWith('system:') || r.startsWith('domain:') || r.startsWith('group:'))",message="each must begin with its kind, component:, system:, domain: or group:, such as system:shop/storefront"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !r.matches('^(domain|group):.*/') || r.matches('^[a-z]+:default/'))",message="a Domain or Group has no namespace: leave it out"
	AllowedConsumers []EntityRef `json:"allowedConsumers,omitempty"`

	// definition is the text of the interface in the language that type names, 256 KiB at most.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	Definition string `json:"definition,omitempty"`

	// definitionFrom says where the definition is if it does not stand in definition.
	// +optional
	DefinitionFrom DefinitionSource `json:"definitionFrom,omitzero"`
}

// DefinitionSource says where the definition of an API is.
// +kubebuilder:validation:MinProperties=1
type DefinitionSource struct {
	// configMap names a key of a ConfigMap of the same namespace, which must carry the label
	// catalog.callboard.dev/definition: "true".
	// +required
	ConfigMap ConfigMapKey `json:"configMap,omitempty,omitzero"`
}

// ConfigMapKey names a key of a ConfigMap.
type ConfigMapKey struct {
	// name is the name of the ConfigMap.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')`,message="must be the name of a ConfigMap"
	Name string `json:"name,omitempty"`

	// key is the key whose value is the definition.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[-._A-Za-z0-9]+$')`,message="must be a key of a ConfigMap: letters, digits, '-', '_' and '.'"
	Key string `json:"key,omitempty"`
}
