package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Exemption lets an entity of its namespace do without checks of a Scorecard for a while. It counts once somebody other
// than who asked for it has approved it.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=exemptions,shortName=exempt,categories=catalog
// +kubebuilder:printcolumn:name=Entity,type=string,JSONPath=`.spec.entity`
// +kubebuilder:printcolumn:name=Scorecard,type=string,JSONPath=`.spec.scorecard`
// +kubebuilder:printcolumn:name=State,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name=Approved,type=string,JSONPath=`.spec.approval.by`
// +kubebuilder:printcolumn:name=Expires,type=string,JSONPath=`.spec.expiresAt`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.spec.reason`,priority=1
// +kubebuilder:printcolumn:name=Ticket,type=string,JSONPath=`.spec.ticket`,priority=1
// +kubebuilder:selectablefield:JSONPath=`.spec.entity`
// +kubebuilder:selectablefield:JSONPath=`.spec.scorecard`
type Exemption struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what is asked for, and who approved it.
	// +required
	Spec ExemptionSpec `json:"spec,omitempty,omitzero"`

	// status says whether the exemption counts. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status ClaimStatus `json:"status,omitempty,omitzero"`
}

// ExemptionList is a list of Exemption objects.
// +kubebuilder:object:root=true
type ExemptionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Exemption `json:"items"`
}

// ExemptionSpec is what is asked for, and who approved it.
// +kubebuilder:validation:XValidation:rule="!has(self.approval) || self.approval.by != self.requestedBy",message="approval.by must be somebody other than requestedBy: have somebody else approve it"
// +kubebuilder:validation:XValidation:rule="self.requestedBy == oldSelf.requestedBy",message="requestedBy cannot change: make another Exemption"
type ExemptionSpec struct {
	// entity is who is exempt: an entity of the same namespace, with its kind, such as component:checkout.
	// +required
	Entity OwnEntityRef `json:"entity,omitempty"`

	// scorecard is the name of the Scorecard.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')`,message="must be the name of a Scorecard"
	Scorecard string `json:"scorecard,omitempty"`

	// checks are the checks that need not be passed: all of the Scorecard if absent.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Checks []CheckName `json:"checks,omitempty"`

	// reason says why.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Reason string `json:"reason,omitempty"`

	// ticket is where it is discussed.
	// +optional
	Ticket WebURL `json:"ticket,omitempty"`

	// expiresAt is the first moment at which it does not count. A Scorecard bounds how long that can be.
	// +required
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`

	// requestedBy is the name of the user who asks: that of whoever creates the object.
	// +required
	RequestedBy UserName `json:"requestedBy,omitempty"`

	// approval says who approved it. While it stands, nothing else can change.
	// +optional
	Approval Approval `json:"approval,omitzero"`

	// writtenBy is the name of the user who wrote names that are not his own: a GitOps controller that may attest. The
	// review in Git is then the second pair of eyes.
	// +optional
	WrittenBy UserName `json:"writtenBy,omitempty"`
}

// Approval says who approved an Exemption, and why.
type Approval struct {
	// by is the name of the user who approves: that of whoever writes it.
	// +required
	By UserName `json:"by,omitempty"`

	// reason says why.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Reason string `json:"reason,omitempty"`
}

// OwnEntityRef names an entity of the same namespace, as kind:name.
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^(component|api|resource|system):[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="must be kind:name of an entity in the same namespace, such as component:checkout, where kind is component, api, resource or system"
type OwnEntityRef string

// UserName is a user's name as Kubernetes has it, such as ada@example.com or system:serviceaccount:flux-system:flux.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
type UserName string

// ClaimStatus says whether an Exemption or Attestation counts.
// +kubebuilder:validation:MinProperties=1
type ClaimStatus struct {
	// conditions say how it stands: Ready is True while it counts, and its reason says why it does not.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status is about; -1 until the object was looked at.
	// +optional
	// +default=-1
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
}

// ClaimStatus is the part of the status that Exemptions and Attestations share, to be read and written in place.
func (x *Exemption) ClaimStatus() *ClaimStatus { return &x.Status }

// ClaimStatus is the part of the status that Exemptions and Attestations share, to be read and written in place.
func (a *Attestation) ClaimStatus() *ClaimStatus { return &a.Status }
