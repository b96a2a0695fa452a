package main

import (
	"context"
	gojson "encoding/json"
	"fmt"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/json"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// cluster lists the catalog of a cluster, with the permissions of whoever the configuration stands for.
type cluster struct {
	scheme   *runtime.Scheme
	entities rest.Interface
	metadata metadata.Interface
}

func newCluster(flags *genericclioptions.ConfigFlags) (*cluster, error) {
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	config = rest.CopyConfig(config)
	config.UserAgent = "kubectl-callboard"
	config.QPS = -1 // a few dozen requests; the API server's priority and fairness says how fast
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("configure the connection: %w", err)
	}
	c := &cluster{scheme: runtime.NewScheme()}
	if err := catalog.AddToScheme(c.scheme); err != nil {
		return nil, err
	}
	typed := rest.CopyConfig(config)
	typed.APIPath, typed.GroupVersion = "/apis", &catalog.GroupVersion
	typed.NegotiatedSerializer = serializer.NewCodecFactory(c.scheme).WithoutConversion()
	if c.entities, err = rest.RESTClientForConfigAndClient(typed, client); err != nil {
		return nil, fmt.Errorf("configure the connection: %w", err)
	}
	if c.metadata, err = metadata.NewForConfigAndClient(metadata.ConfigFor(config), client); err != nil {
		return nil, fmt.Errorf("configure the connection: %w", err)
	}
	return c, nil
}

// Entities implements lister. It asks for all at once and for what is true now: the API server then answers from its
// cache. Further pages it may have to read from etcd, which costs it several times as much, and an answer from a cache of
// any age would be wrong right after kubectl apply. The list is read as it comes, so that no copy of it is kept.
func (c *cluster) Entities(ctx context.Context, kind relation.Kind, each func(catalog.Entity)) error {
	body, err := c.entities.Get().Resource(resourceOf(kind)).Stream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	return eachItem(body, func(d json.Decoder) error {
		obj, err := c.scheme.New(catalog.GroupVersion.WithKind(kind.ObjectKind()))
		if err != nil {
			return err
		}
		e, ok := obj.(catalog.Entity)
		if !ok {
			return fmt.Errorf("a %T is no entity", obj)
		}
		if err := d.Decode(e); err != nil {
			return err
		}
		each(e)
		return nil
	})
}

// eachItem calls decode for every item of a list, with the decoder before it. A list that breaks off is an error.
func eachItem(list io.Reader, decode func(json.Decoder) error) error {
	d := json.NewDecoderCaseSensitivePreserveInts(list)
	if err := expect(d, gojson.Delim('{')); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
		if key == "items" {
			err = items(d, decode)
		} else {
			err = d.Decode(&gojson.RawMessage{})
		}
		if err != nil {
			return fmt.Errorf("read the list: %w", err)
		}
	}
	return expect(d, gojson.Delim('}'))
}

func items(d json.Decoder, decode func(json.Decoder) error) error {
	if err := expect(d, gojson.Delim('[')); err != nil {
		return err
	}
	for d.More() {
		if err := decode(d); err != nil {
			return err
		}
	}
	return expect(d, gojson.Delim(']'))
}

// expect reads one token.
func expect(d json.Decoder, want gojson.Token) error {
	got, err := d.Token()
	switch {
	case err != nil:
		return fmt.Errorf("read the list: %w", err)
	case got != want:
		return fmt.Errorf("read the list: %v where %v is expected", got, want)
	}
	return nil
}

// Namespaces implements lister.
func (c *cluster) Namespaces(ctx context.Context, each func(string, labels.Set, string)) error {
	list, err := c.metadata.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		ns := &list.Items[i]
		each(ns.Name, ns.Labels, ns.Annotations[catalog.AnnotationWorkloadsFor])
	}
	return nil
}

// Objects implements lister. It asks as Entities does, and for the reason that stands there.
func (c *cluster) Objects(ctx context.Context, resource schema.GroupVersionResource, selector string, each func(map[string]any)) error {
	path := []string{"/apis", resource.Group, resource.Version, resource.Resource}
	if resource.Group == "" {
		path = []string{"/api", resource.Version, resource.Resource}
	}
	request := c.entities.Get().AbsPath(path...)
	if selector != "" {
		request.Param("labelSelector", selector)
	}
	body, err := request.Stream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	return eachItem(body, func(d json.Decoder) error {
		var o map[string]any
		if err := d.Decode(&o); err != nil {
			return err
		}
		each(o)
		return nil
	})
}
