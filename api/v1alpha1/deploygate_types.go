package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// DeployGate names the workloads of its namespace whose pod templates a gate keeps from being changed. The operator
// writes it, and a ValidatingAdmissionPolicy reads it: no webhook is in the way of workloads, and while the operator is
// down nothing new is kept back.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=deploygates
// +kubebuilder:printcolumn:name=Scope,type=string,JSONPath=`.spec.scope`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
type DeployGate struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what is kept back. Only the operator writes it.
	// +required
	Spec DeployGateSpec `json:"spec,omitempty,omitzero"`
}

// DeployGateList is a list of DeployGate objects.
// +kubebuilder:object:root=true
type DeployGateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []DeployGate `json:"items"`
}

// DeployGateSpec is what is kept back.
type DeployGateSpec struct {
	// mode is what the policy does: Deny in the DeployGate callboard, Warn in callboard-warn. The policy finds them by the
	// label catalog.callboard.dev/gate, which says the same.
	// +required
	Mode GateMode `json:"mode,omitempty"`

	// blocked says why a workload is kept back, by kind and name, such as deployment/checkout: 100 at most.
	// +optional
	// +mapType=atomic
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=100
	Blocked map[string]GateReason `json:"blocked,omitempty"`

	// scope is Everything where more than 100 would be kept back: then all workloads of the namespace are. Listed if absent.
	// +optional
	Scope GateScope `json:"scope,omitempty"`

	// ranBefore are the images of the templates that ran before, by kind and name of the workload: a line for each template,
	// with the images of its containers in their order, the init containers first, separated by blanks.
	// +optional
	// +mapType=atomic
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=100
	RanBefore map[string]Templates `json:"ranBefore,omitempty"`
}

// GateScope says what a DeployGate keeps back.
// +kubebuilder:validation:Enum=Listed;Everything
type GateScope string

// Values of GateScope.
const (
	// GateListed keeps back what is listed.
	GateListed GateScope = "Listed"
	// GateEverything keeps back all workloads of the namespace.
	GateEverything GateScope = "Everything"
)

// GateReason says why a workload is kept back.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=512
type GateReason string

// Templates are the images of templates that ran before, a line for each, 10 at most. They are one text, and their map is
// atomic, because the policy converts the whole object for each request: what it costs goes by the number of its values.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=20480
type Templates string
