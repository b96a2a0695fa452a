package samples_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// shop is one of the sample shops: its folder, which is also its namespace, and the manifest that its authors release.
type shop struct{ name, manifest string }

var shops = []shop{
	{"online-boutique", "kubernetes-manifests.yaml"},
	{"sock-shop", "complete-demo.yaml"},
}

// documents returns the YAML documents of a file, without those that hold only comments.
func documents(t *testing.T, file string) [][]byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var docs [][]byte
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var content any
		if err := yaml.Unmarshal(doc, &content); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, doc)
		}
		if content != nil {
			docs = append(docs, doc)
		}
	}
}

// entities returns the catalog's objects of a file, decoded strictly: a field that the kind does not have is an error.
func entities(t *testing.T, file string) []catalog.Entity {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := catalog.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var found []catalog.Entity
	for _, doc := range documents(t, file) {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(doc, &meta); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, doc)
		}
		object, err := scheme.New(meta.GroupVersionKind())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := yaml.UnmarshalStrict(doc, object); err != nil {
			t.Fatalf("%s: %v\n%s", file, err, doc)
		}
		found = append(found, object.(catalog.Entity))
	}
	return found
}

// everything returns the catalog's objects of all samples.
func everything(t *testing.T) []catalog.Entity {
	t.Helper()
	all := entities(t, "organisation.yaml")
	for _, s := range shops {
		all = append(all, entities(t, s.name+"/catalog.yaml")...)
	}
	return all
}

// workload is what the tests need of a Deployment or its like.
type workload struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
}

// workloads returns what a shop's manifest runs.
func workloads(t *testing.T, s shop) []workload {
	t.Helper()
	var found []workload
	for _, doc := range documents(t, s.name+"/"+s.manifest) {
		var w workload
		if err := yaml.Unmarshal(doc, &w); err != nil {
			t.Fatal(err)
		}
		if w.Namespace == "" {
			w.Namespace = s.name // as in kubectl apply -n
		}
		switch w.Kind {
		case "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job":
			found = append(found, w)
		}
	}
	return found
}
