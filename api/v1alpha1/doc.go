// Package v1alpha1 holds the kinds of the software catalog, version v1alpha1 of the group catalog.callboard.dev.
//
// Field names are those of Backstage's descriptor format wherever Backstage has the field
// (https://backstage.io/docs/features/software-catalog/descriptor-format), so that files and habits carry over.
// What Backstage keeps in metadata and Kubernetes does not allow there (title, description, tags, links) stands in spec.
//
// +kubebuilder:object:generate=true
// +groupName=catalog.callboard.dev
package v1alpha1
