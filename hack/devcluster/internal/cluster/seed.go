package cluster

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// seed holds the objects that up puts into the cluster.
//
//go:embed seed/*.yaml
var seed embed.FS

// seedResources says where each kind of the seed lives.
var seedResources = map[string]schema.GroupVersionResource{
	"MutatingAdmissionPolicy":        {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingadmissionpolicies"},
	"MutatingAdmissionPolicyBinding": {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingadmissionpolicybindings"},
	"StorageClass":                   {Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"},
}

// applySeed makes the seed's objects, or makes them right again.
func applySeed(ctx context.Context, client dynamic.Interface) error {
	objects, err := seedObjects()
	if err != nil {
		return err
	}
	for _, o := range objects {
		r := client.Resource(seedResources[o.GetKind()])
		if _, err := r.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "devcluster", Force: true}); err != nil {
			return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

func seedObjects() ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	err := eachDocument(seed, "seed", func(name, text string) error {
		o := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(text), &o.Object); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if _, ok := seedResources[o.GetKind()]; !ok {
			return fmt.Errorf("read %s: kind %q has no resource", name, o.GetKind())
		}
		objects = append(objects, o)
		return nil
	})
	return objects, err
}

// eachDocument calls f with every document of every YAML file of the folder.
func eachDocument(files fs.FS, dir string, f func(name, text string) error) error {
	names, err := fs.Glob(files, dir+"/*.yaml")
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		for text := range strings.SplitSeq(string(data), "\n---\n") {
			if err := f(name, text); err != nil {
				return err
			}
		}
	}
	return nil
}
