package apitest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Object is what has metadata.
type Object interface {
	metav1.Object
	runtime.Object
}

// Objects reads the entities and workloads of a YAML file, strictly; it skips objects of other kinds. What names no
// namespace is put into the given one, as kubectl apply -n does, unless it is cluster-scoped.
func Objects(file, namespace string) ([]Object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []Object
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(doc, &meta); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		obj := newObject(meta.Kind)
		if obj == nil {
			continue
		}
		if err := yaml.UnmarshalStrict(doc, obj); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if obj.GetNamespace() == "" && !clusterScoped(obj) {
			obj.SetNamespace(namespace)
		}
		out = append(out, obj)
	}
}

func newObject(kind string) Object {
	switch kind {
	case catalog.KindComponent:
		return &catalog.Component{}
	case catalog.KindAPI:
		return &catalog.API{}
	case catalog.KindResource:
		return &catalog.Resource{}
	case catalog.KindSystem:
		return &catalog.System{}
	case catalog.KindDomain:
		return &catalog.Domain{}
	case catalog.KindGroup:
		return &catalog.Group{}
	case catalog.KindUser:
		return &catalog.User{}
	case "Deployment":
		return &appsv1.Deployment{}
	case "StatefulSet":
		return &appsv1.StatefulSet{}
	case "DaemonSet":
		return &appsv1.DaemonSet{}
	case "Job":
		return &batchv1.Job{}
	case "CronJob":
		return &batchv1.CronJob{}
	}
	return nil
}

func clusterScoped(obj Object) bool {
	switch obj.(type) {
	case *catalog.Domain, *catalog.Group, *catalog.User:
		return true
	}
	return false
}
