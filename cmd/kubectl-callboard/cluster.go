package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// pageSize is how many objects are asked for at a time.
const pageSize = 500

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

// Entities implements lister.
func (c *cluster) Entities(ctx context.Context, kind relation.Kind, each func(catalog.Entity)) error {
	for page := firstPage(); ; {
		list, err := c.newList(kind)
		if err != nil {
			return err
		}
		err = c.entities.Get().Resource(resourceOf(kind)).VersionedParams(&page, metav1.ParameterCodec).Do(ctx).Into(list)
		if err != nil {
			return err
		}
		err = meta.EachListItem(list, func(o runtime.Object) error {
			e, ok := o.(catalog.Entity)
			if !ok {
				return fmt.Errorf("a %T is no entity", o)
			}
			each(e)
			return nil
		})
		if err != nil {
			return err
		}
		if !turn(&page, list) {
			return nil
		}
	}
}

// listObject is a list of objects.
type listObject interface {
	runtime.Object
	metav1.ListInterface
}

func (c *cluster) newList(kind relation.Kind) (listObject, error) {
	obj, err := c.scheme.New(catalog.GroupVersion.WithKind(kind.ObjectKind() + "List"))
	if err != nil {
		return nil, err
	}
	list, ok := obj.(listObject)
	if !ok {
		return nil, fmt.Errorf("a %T is no list", obj)
	}
	return list, nil
}

// Namespaces implements lister.
func (c *cluster) Namespaces(ctx context.Context, each func(string, labels.Set)) error {
	namespaces := c.metadata.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	for page := firstPage(); ; {
		list, err := namespaces.List(ctx, page)
		if err != nil {
			return err
		}
		for i := range list.Items {
			each(list.Items[i].Name, list.Items[i].Labels)
		}
		if !turn(&page, list) {
			return nil
		}
	}
}

// firstPage asks for what is true now: an answer from an older cache costs as much, and would be wrong right after
// kubectl apply.
func firstPage() metav1.ListOptions { return metav1.ListOptions{Limit: pageSize} }

// turn goes on to the next page, and says whether there is one.
func turn(page *metav1.ListOptions, list metav1.ListInterface) bool {
	page.Continue = list.GetContinue()
	return page.Continue != ""
}
