package entity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/tidwall/gjson"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// statusWrites counts what the operator writes, so that rest and amplification can be seen.
var statusWrites = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "callboard_status_writes_total", Help: "Statuses written, by kind.",
}, []string{"kind"})

func init() { metrics.Registry.MustRegister(statusWrites) }

// writer writes statuses with a bare REST client: it sends nothing but the status, and reads of the answer nothing but
// the resourceVersion, which is a good part of what a typed client would do.
type writer struct {
	rest      rest.Interface
	resources map[relation.Kind]string // plural names
	underway  atomic.Int32
}

// writing says whether a status is being written.
func (w *writer) writing() bool { return w.underway.Load() > 0 }

func newWriter(mgr ctrl.Manager) (*writer, error) {
	gvk := catalog.GroupVersion.WithKind(catalog.KindComponent)
	client, err := apiutil.RESTClientForGVK(gvk, false, false, mgr.GetConfig(), serializer.NewCodecFactory(mgr.GetScheme()), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", catalog.GroupVersion, err)
	}
	w := &writer{rest: client, resources: map[relation.Kind]string{}}
	for _, k := range relation.Kinds() {
		m, err := mgr.GetRESTMapper().RESTMapping(schema.GroupKind{Group: gvk.Group, Kind: k.ObjectKind()}, gvk.Version)
		if err != nil {
			return nil, fmt.Errorf("find the resource of %s: %w", k.ObjectKind(), err)
		}
		w.resources[k] = m.Resource.Resource
	}
	return w, nil
}

// body is what a status write sends.
type body struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        metadata              `json:"metadata"`
	Status          *catalog.EntityStatus `json:"status"`
}

type metadata struct {
	Namespace       string    `json:"namespace,omitempty"`
	Name            string    `json:"name"`
	UID             types.UID `json:"uid,omitempty"`
	ResourceVersion string    `json:"resourceVersion"`
}

// metadataOnly asks for an answer without what was sent, which spares the API server its encoding, see
// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches. A server that cannot do that sends
// all.
const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

// writeTimeout is the most that a write may take. It is less than a manager gives its controllers to end.
const writeTimeout = 20 * time.Second

// WriteStatus implements Writer. A write that is on its way when the operator is asked to end is brought to its end.
func (w *writer) WriteStatus(ctx context.Context, e catalog.Entity) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	w.underway.Add(1)
	defer w.underway.Add(-1)
	kind := relation.KindOf(e)
	text, err := json.Marshal(body{
		TypeMeta: metav1.TypeMeta{APIVersion: catalog.GroupVersion.String(), Kind: kind.ObjectKind()},
		Metadata: metadata{
			Namespace: e.GetNamespace(), Name: e.GetName(), UID: e.GetUID(), ResourceVersion: e.GetResourceVersion(),
		},
		Status: e.EntityStatus(),
	})
	if err != nil {
		return "", err
	}
	result := w.rest.Put().
		NamespaceIfScoped(e.GetNamespace(), kind.Namespaced()).
		Resource(w.resources[kind]).Name(e.GetName()).SubResource("status").
		SetHeader("Content-Type", "application/json").
		SetHeader("Accept", metadataOnly).
		Body(text).
		Do(ctx)
	if err := result.Error(); err != nil { // names the field, which Raw's does not
		return "", err
	}
	answer, err := result.Raw()
	if err != nil {
		return "", err
	}
	statusWrites.WithLabelValues(kind.ObjectKind()).Inc()
	version := gjson.GetBytes(answer, "metadata.resourceVersion").Str
	if version == "" {
		return "", errors.New("read the answer: it has no metadata.resourceVersion")
	}
	return version, nil
}
