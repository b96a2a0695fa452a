package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

// loaders is how many requests are sent at the same time where speed is not measured.
const loaders = 16

// create creates the namespaces and entities of a catalog, in no particular order.
func (c *cluster) create(ctx context.Context, made *synthetic.Catalog) error {
	if err := c.createNamespaces(ctx, made); err != nil {
		return err
	}
	_, err := harness.Each(ctx, len(made.Entities), loaders, func(ctx context.Context, i int) error {
		e := made.Entities[i]
		ref := relation.RefOf(e)
		return c.Admin.Object(ctx, http.MethodPost, harness.CollectionPath(ref.Kind, ref.Namespace)+"?fieldValidation=Strict", e, nil)
	})
	return err
}

func (c *cluster) createNamespaces(ctx context.Context, made *synthetic.Catalog) error {
	_, err := harness.Each(ctx, len(made.Namespaces), loaders, func(ctx context.Context, i int) error {
		namespace := map[string]any{"metadata": map[string]any{"name": made.Namespaces[i]}}
		return c.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", namespace, nil)
	})
	return err
}

// statusBody is a status write, encoded but for the resourceVersion, which goes between the two parts.
type statusBody struct {
	path          string
	before, after []byte
	// empty is what comes after the resourceVersion to take the status away.
	empty []byte
}

// statusBodies encodes the status of every entity just as the operator sends it.
func statusBodies(entities []catalog.Entity) ([]statusBody, error) {
	type metadata struct {
		Namespace       string    `json:"namespace,omitempty"`
		Name            string    `json:"name"`
		UID             types.UID `json:"uid,omitempty"`
		ResourceVersion string    `json:"resourceVersion"`
	}
	out := make([]statusBody, len(entities))
	for i, e := range entities {
		ref := relation.RefOf(e)
		head, err := json.Marshal(metadata{ref.Namespace, ref.Name, e.GetUID(), ""})
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", ref, err)
		}
		tail, err := json.Marshal(e.EntityStatus())
		if err != nil {
			return nil, fmt.Errorf("encode the status of %s: %w", ref, err)
		}
		out[i] = statusBody{
			path:   harness.EntityPath(ref) + "/status",
			before: fmt.Appendf(nil, `{"kind":%q,"apiVersion":%q,"metadata":%s`, ref.Kind.ObjectKind(), catalog.GroupVersion, head[:len(head)-2]),
			after:  fmt.Appendf(nil, `"},"status":%s}`, tail),
			empty:  []byte(`"},"status":{"observedGeneration":-1}}`),
		}
	}
	return out, nil
}

func joined(before []byte, version string, after []byte) []byte {
	out := make([]byte, 0, len(before)+len(version)+len(after))
	out = append(out, before...)
	out = append(out, version...)
	return append(out, after...)
}

// versions reads the resourceVersion of every entity, by the path of its status.
func (c *cluster) versions(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	for _, k := range relation.Kinds() {
		text, err := c.Admin.Do(ctx, http.MethodGet, harness.CollectionPath(k, ""), harness.MetadataOnly, nil)
		if err != nil {
			return nil, err
		}
		var list struct {
			Items []struct {
				Metadata struct{ Namespace, Name, ResourceVersion string }
			}
		}
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("decode a list: %w", err)
		}
		for _, item := range list.Items {
			m := item.Metadata
			out[harness.EntityPath(relation.Ref{Kind: k, Namespace: m.Namespace, Name: m.Name})+"/status"] = m.ResourceVersion
		}
	}
	return out, nil
}

// reset takes the status of every entity away and returns their new resourceVersions, in the order of the bodies.
func (c *cluster) reset(ctx context.Context, bodies []statusBody) ([]string, error) {
	versions, err := c.versions(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(bodies))
	_, err = harness.Each(ctx, len(bodies), loaders, func(ctx context.Context, i int) error {
		b := &bodies[i]
		var answer struct {
			Metadata struct{ ResourceVersion string }
		}
		text, err := c.Bare.Do(ctx, http.MethodPut, b.path, harness.ContentJSON, joined(b.before, versions[b.path], b.empty))
		if err != nil {
			return fmt.Errorf("reset a status: %w", err)
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return fmt.Errorf("reset a status: %w", err)
		}
		out[i] = answer.Metadata.ResourceVersion
		return nil
	})
	return out, err
}
