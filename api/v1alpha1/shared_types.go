package v1alpha1

// Descriptor describes an entity to people.
// +kubebuilder:validation:MinProperties=0
type Descriptor struct {
	// title is the name shown to people. The object's name is shown if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Title string `json:"title,omitempty"`

	// description says in a few sentences what the entity is and does. Markdown is allowed.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x{9f}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must not hold control or text-direction characters: remove them"
	Description string `json:"description,omitempty"`

	// tags are words to find the entity by, such as java or pci.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Tags []Tag `json:"tags,omitempty"`

	// links lead to pages about the entity: dashboards, runbooks, chat.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Links []Link `json:"links,omitempty"`
}

// Tag is a word of a to z, 0 to 9, and + # : as in Backstage, with single hyphens between.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9+#:.]+(-[a-z0-9+#:.]+)*$')`,message="must be one word of lower case letters, digits, '+', '#', ':', '.' and single hyphens, such as java or c++"
type Tag string

// Word is a term that an organisation chooses, such as the type or the lifecycle of an entity.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches('^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$')`,message="must be one word of letters, digits, '-', '_' and '.', such as service or production"
type Word string

// WebURL is an absolute http or https address.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:XValidation:rule=`self.matches('^https?://[^\\s\\p{C}/?#]+[^\\s\\p{C}]*$')`,message="must be an absolute http or https URL, such as https://example.com/page"
type WebURL string

// Link leads to a page about the entity.
type Link struct {
	// url is where the link leads: an absolute http, https or mailto address.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:XValidation:rule=`self.matches('^(https?://[^\\s\\p{C}/?#]+[^\\s\\p{C}]*|mailto:[^\\s\\p{C}]+@[^\\s\\p{C}]+)$')`,message="must be an absolute http, https or mailto URL, such as https://example.com/runbook"
	URL string `json:"url,omitempty"`

	// title is the text of the link. The address is shown if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	Title string `json:"title,omitempty"`

	// icon names an icon to show beside the text, such as dashboard or chat. A general one is shown if absent or unknown.
	// +optional
	Icon Word `json:"icon,omitempty"`

	// type says what kind of page it is, such as runbook.
	// +optional
	Type Word `json:"type,omitempty"`
}

// Profile is how a Group or User presents itself.
// +kubebuilder:validation:MinProperties=1
type Profile struct {
	// displayName is the name shown to people. The object's name is shown if absent.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`!self.matches('[\\p{Cc}\\x{061c}\\x{200e}\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}]')`,message="must be one line without control or text-direction characters: remove them"
	DisplayName string `json:"displayName,omitempty"`

	// email is where to write to.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=254
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[^\\s\\p{C}@<>]+@[^\\s\\p{C}@<>]+$')`,message="must be a plain e-mail address, such as team@example.com"
	Email string `json:"email,omitempty"`

	// picture is the address of an image.
	// +optional
	Picture WebURL `json:"picture,omitempty"`
}

// FromNamespaces says which namespaces a permission covers.
// +kubebuilder:validation:Enum=None;Same;All;Selector
type FromNamespaces string

// Values of FromNamespaces.
const (
	FromNone     FromNamespaces = "None"
	FromSame     FromNamespaces = "Same"
	FromAll      FromNamespaces = "All"
	FromSelector FromNamespaces = "Selector"
)

// AllowedNamespaces says whose claims an entity grants. Whoever is not covered may name the entity, and gains nothing.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector must be set if from is Selector, and only then"
type AllowedNamespaces struct {
	// from is None, Same (the entity's own namespace), All, or Selector (the namespaces that selector matches, and the
	// entity's own).
	// +required
	From FromNamespaces `json:"from,omitempty"`

	// selector matches the labels of Namespaces. Whoever may edit a Namespace sets its labels, all but
	// kubernetes.io/metadata.name.
	// +optional
	Selector LabelSelector `json:"selector,omitzero"`
}

// LabelSelector selects by labels; all requirements must hold. It must hold at least one: nothing selects everything.
// +kubebuilder:validation:XValidation:rule="has(self.matchLabels) || has(self.matchExpressions)",message="must name at least one label in matchLabels or matchExpressions: nothing may select everything"
// +kubebuilder:validation:MinProperties=1
type LabelSelector struct {
	// matchLabels are labels that must be there with just these values.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, !format.qualifiedName().validate(k).hasValue())",message="keys must be label keys, such as app or app.kubernetes.io/name: at most 63 letters, digits, '-', '_' and '.' after the slash"
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`

	// matchExpressions are further requirements.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	MatchExpressions []LabelRequirement `json:"matchExpressions,omitempty"`
}

// LabelValue is the value of a label.
// +kubebuilder:validation:MinLength=0
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$')`,message="must be a label value: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"
type LabelValue string

// LabelOperator relates a label to a set of values.
// +kubebuilder:validation:Enum=In;NotIn;Exists;DoesNotExist
type LabelOperator string

// LabelRequirement is one requirement on a label.
// +kubebuilder:validation:XValidation:rule="(self.operator in ['In', 'NotIn']) == has(self.values)",message="values must be set for the operators In and NotIn, and only for them"
type LabelRequirement struct {
	// key is the label's key.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=317
	// +kubebuilder:validation:XValidation:rule="!format.qualifiedName().validate(self).hasValue()",message="must be a label key, such as app or app.kubernetes.io/name: at most 63 letters, digits, '-', '_' and '.' after the slash"
	Key string `json:"key,omitempty"`

	// operator is In, NotIn, Exists or DoesNotExist.
	// +required
	Operator LabelOperator `json:"operator,omitempty"`

	// values are what the label is compared with.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Values []LabelValue `json:"values,omitempty"`
}

// WorkloadKind is a kind of object that runs pods.
// +kubebuilder:validation:Enum=Deployment;StatefulSet;DaemonSet;CronJob;Job
type WorkloadKind string

// Values of WorkloadKind.
const (
	WorkloadDeployment  WorkloadKind = "Deployment"
	WorkloadStatefulSet WorkloadKind = "StatefulSet"
	WorkloadDaemonSet   WorkloadKind = "DaemonSet"
	WorkloadCronJob     WorkloadKind = "CronJob"
	WorkloadJob         WorkloadKind = "Job"
)

// WorkloadLink says what runs an entity: the workloads that selector matches, or the one of this kind and name.
// +kubebuilder:validation:XValidation:rule="has(self.selector) != (has(self.kind) && has(self.name)) && has(self.kind) == has(self.name)",message="set either selector, or kind and name"
// +kubebuilder:validation:MinProperties=1
type WorkloadLink struct {
	// namespace is where the workloads run: the entity's own if absent. Another one must carry the annotation
	// catalog.callboard.dev/workloads-for that names the entity's namespace.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message="must be the name of a namespace"
	Namespace string `json:"namespace,omitempty"`

	// selector matches the labels of the workloads themselves.
	// +optional
	Selector LabelSelector `json:"selector,omitzero"`

	// kind is the kind of the one workload.
	// +optional
	Kind WorkloadKind `json:"kind,omitempty"`

	// name is the name of the one workload.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')`,message="must be the name of a workload"
	Name string `json:"name,omitempty"`
}
