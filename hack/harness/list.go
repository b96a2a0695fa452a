package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// listOf decodes a list of a kind.
func listOf[L any, T any, E interface {
	*T
	catalog.Entity
}](text []byte, items func(*L) []T) ([]catalog.Entity, error) {
	var list L
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("decode a list: %w", err)
	}
	found := items(&list)
	out := make([]catalog.Entity, len(found))
	for i := range found {
		out[i] = E(&found[i])
	}
	return out, nil
}

// DecodeList reads a list of a kind as the API server answers it.
func DecodeList(k relation.Kind, text []byte) ([]catalog.Entity, error) {
	switch k {
	case relation.Component:
		return listOf(text, func(l *catalog.ComponentList) []catalog.Component { return l.Items })
	case relation.API:
		return listOf(text, func(l *catalog.APIList) []catalog.API { return l.Items })
	case relation.Resource:
		return listOf(text, func(l *catalog.ResourceList) []catalog.Resource { return l.Items })
	case relation.System:
		return listOf(text, func(l *catalog.SystemList) []catalog.System { return l.Items })
	case relation.Domain:
		return listOf(text, func(l *catalog.DomainList) []catalog.Domain { return l.Items })
	case relation.Group:
		return listOf(text, func(l *catalog.GroupList) []catalog.Group { return l.Items })
	}
	return listOf(text, func(l *catalog.UserList) []catalog.User { return l.Items })
}

// List reads all entities.
func (c *Cluster) List(ctx context.Context) ([]catalog.Entity, error) {
	var out []catalog.Entity
	for _, k := range relation.Kinds() {
		text, err := c.Admin.Do(ctx, http.MethodGet, CollectionPath(k, ""), "", nil)
		if err != nil {
			return nil, err
		}
		found, err := DecodeList(k, text)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}
