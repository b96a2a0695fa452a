package v1alpha1

// EntityRef names an entity in Backstage's grammar, [kind:][namespace/]name, in lower case. The kind and the namespace
// that are meant where they are absent depend on the field.
// The grammar: https://backstage.io/docs/features/software-catalog/references.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^((component|api|resource|system|domain|group|user):)?([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="must be [kind:][namespace/]name in lower case, such as group:checkout-team, where kind is component, api, resource, system, domain, group or user"
type EntityRef string

// FullRef names an entity in full form, kind:[namespace/]name, as the operator writes it. It has room for the longest
// names that an object can have, which are longer than a spec can write with kind and namespace.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=327
type FullRef string
