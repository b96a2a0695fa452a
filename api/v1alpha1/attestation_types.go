package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Attestation says what no cluster can find out about an entity of its namespace, such as that its threat model was
// reviewed. Checks of Scorecards read it until it is no longer valid.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=attestations,shortName=attest,categories=catalog
// +kubebuilder:printcolumn:name=Entity,type=string,JSONPath=`.spec.entity`
// +kubebuilder:printcolumn:name=Question,type=string,JSONPath=`.spec.question`
// +kubebuilder:printcolumn:name=Answer,type=string,JSONPath=`.spec.answer`
// +kubebuilder:printcolumn:name=State,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name=Reviewed,type=string,JSONPath=`.spec.reviewedBy`
// +kubebuilder:printcolumn:name=Valid,type=string,JSONPath=`.spec.validUntil`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:selectablefield:JSONPath=`.spec.entity`
type Attestation struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// spec is what is said.
	// +required
	Spec AttestationSpec `json:"spec,omitempty,omitzero"`

	// status says whether the attestation counts. Only the operator writes it.
	// +optional
	// +default={"observedGeneration":-1}
	Status ClaimStatus `json:"status,omitempty,omitzero"`
}

// AttestationList is a list of Attestation objects.
// +kubebuilder:object:root=true
type AttestationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items are the objects of the list.
	Items []Attestation `json:"items"`
}

// Answer is the answer to a question.
// +kubebuilder:validation:Enum=Yes;No
type Answer string

// Values of Answer.
const (
	AnswerYes Answer = "Yes"
	AnswerNo  Answer = "No"
)

// AttestationSpec is what is said.
type AttestationSpec struct {
	// entity is whom it is about: an entity of the same namespace, with its kind, such as component:checkout.
	// +required
	Entity OwnEntityRef `json:"entity,omitempty"`

	// question names what is asked, such as threat-model: checks read attestations['threat-model'].
	// +required
	Question CheckName `json:"question,omitempty"`

	// answer is Yes or No.
	// +required
	Answer Answer `json:"answer,omitempty"`

	// comment explains the answer.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Comment string `json:"comment,omitempty"`

	// evidence is the address of what shows it.
	// +optional
	Evidence WebURL `json:"evidence,omitempty"`

	// reviewedBy is the name of the user who answers for it: that of whoever writes it.
	// +required
	ReviewedBy UserName `json:"reviewedBy,omitempty"`

	// validUntil is the first moment at which it does not count.
	// +required
	ValidUntil *metav1.Time `json:"validUntil,omitempty"`

	// writtenBy is the name of the user who wrote a name that is not his own: a GitOps controller that may attest.
	// +optional
	WrittenBy UserName `json:"writtenBy,omitempty"`
}
