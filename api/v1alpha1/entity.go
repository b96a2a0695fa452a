package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Kind names, as they stand in an object's kind field.
const (
	KindComponent = "Component"
	KindAPI       = "API"
	KindResource  = "Resource"
	KindSystem    = "System"
	KindDomain    = "Domain"
	KindGroup     = "Group"
	KindUser      = "User"
	// KindScorecard is no kind of entity: it judges them.
	KindScorecard = "Scorecard"
	// KindExemption is what an entity need not pass for now.
	KindExemption = "Exemption"
	// KindAttestation is what somebody answers for.
	KindAttestation = "Attestation"
	// KindDeployGate is what the operator writes for the policy that keeps workloads back.
	KindDeployGate = "DeployGate"
)

// Labels and annotations with a meaning. Those of Backstage keep Backstage's names.
const (
	// AnnotationWorkloadsFor stands on a Namespace and lists, separated by commas, the namespaces whose entities may
	// link its workloads; "*" means all.
	AnnotationWorkloadsFor = "catalog.callboard.dev/workloads-for"
	// LabelVisibility stands on the Namespace of an API and says what admission does about a consumption that the API
	// does not grant: enforce, warn or audit.
	LabelVisibility = "catalog.callboard.dev/visibility"
	// AnnotationAllowCut stands on an API, System or Group whose change cuts consumers, and says why that is meant.
	AnnotationAllowCut = "catalog.callboard.dev/allow-cut"
	// AnnotationAllowDeletion stands on an entity that others use and that is to be deleted, and says why.
	AnnotationAllowDeletion = "catalog.callboard.dev/allow-deletion"
	// AnnotationBreakGlass stands on a workload that is changed although a gate keeps it back, and says why.
	AnnotationBreakGlass = "catalog.callboard.dev/break-glass"
	// LabelDefinition, with the value "true", stands on a ConfigMap that holds the definition of an API.
	LabelDefinition = "catalog.callboard.dev/definition"
	// LabelKubernetesID stands on a workload and, as an annotation, on an entity: equal values link the two.
	LabelKubernetesID = "backstage.io/kubernetes-id"
	// AnnotationKubernetesLabelSelector holds, on an entity, the label selector of its workloads.
	AnnotationKubernetesLabelSelector = "backstage.io/kubernetes-label-selector"
	// AnnotationKubernetesNamespace names, on an entity, the namespace of its workloads.
	AnnotationKubernetesNamespace = "backstage.io/kubernetes-namespace"
)

// Entity is what all kinds of the catalog have in common.
// +kubebuilder:object:generate=false
type Entity interface {
	metav1.Object
	runtime.Object

	// EntityStatus is the part of the status that has the same shape on every kind, to be read and written in place.
	EntityStatus() *EntityStatus
}

// EntityStatus implements Entity.
func (c *Component) EntityStatus() *EntityStatus { return &c.Status }

// EntityStatus implements Entity.
func (a *API) EntityStatus() *EntityStatus { return &a.Status }

// EntityStatus implements Entity.
func (r *Resource) EntityStatus() *EntityStatus { return &r.Status }

// EntityStatus implements Entity.
func (s *System) EntityStatus() *EntityStatus { return &s.Status }

// EntityStatus implements Entity.
func (d *Domain) EntityStatus() *EntityStatus { return &d.Status }

// EntityStatus implements Entity.
func (g *Group) EntityStatus() *EntityStatus { return &g.Status }

// EntityStatus implements Entity.
func (u *User) EntityStatus() *EntityStatus { return &u.Status }
