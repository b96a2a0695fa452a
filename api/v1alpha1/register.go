package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "catalog.callboard.dev", Version: "v1alpha1"}

// AddToScheme adds the kinds of this package to a scheme.
var AddToScheme = (&schemeBuilder).AddToScheme

var schemeBuilder = runtime.NewSchemeBuilder(func(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&Component{}, &ComponentList{},
		&API{}, &APIList{},
		&Resource{}, &ResourceList{},
		&System{}, &SystemList{},
		&Domain{}, &DomainList{},
		&Group{}, &GroupList{},
		&User{}, &UserList{},
		&Scorecard{}, &ScorecardList{},
		&Exemption{}, &ExemptionList{},
		&Attestation{}, &AttestationList{},
		&DeployGate{}, &DeployGateList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
})
