package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// lister reads the catalog. It is called by several at the same time.
type lister interface {
	// Entities calls each for every entity of a kind.
	Entities(ctx context.Context, kind relation.Kind, each func(catalog.Entity)) error
	// Namespaces calls each for every namespace with its labels and its annotation workloads-for.
	Namespaces(ctx context.Context, each func(name string, set labels.Set, workloadsFor string)) error
	// Objects calls each for every object of a resource that a label selector matches: all, if that is empty.
	Objects(ctx context.Context, resource schema.GroupVersionResource, selector string, each func(map[string]any)) error
}

// keeper is told what is read, by several at the same time.
type keeper struct {
	entity    func(catalog.Entity)
	namespace func(name, workloadsFor string)
}

// board is the catalog as its reader sees it.
type board struct {
	graph      *relation.Graph
	restricted map[relation.Ref]relation.Facts // of the Restricted APIs
	unlabelled bool                            // the labels of namespaces are unknown
	notes      []string                        // what the reader may not see, and what that means
}

// noNamespaces says what it means that the reader may not list namespaces.
const noNamespaces = `you may not list namespaces, so their labels are unknown: a consent that selects namespaces by label ` +
	`cannot be judged surely, and a verdict may be Undecided, or differ from the operator's`

// load reads the whole catalog, and keeps the graph alone.
func load(ctx context.Context, l lister) (*board, error) {
	return read(ctx, l, keeper{entity: func(catalog.Entity) {}, namespace: func(string, string) {}})
}

// read reads the whole catalog: the kinds at the same time, each into the graph as it comes. If kinds may not be read, the
// error is a refusal, and the board is what could be.
func read(ctx context.Context, l lister, keep keeper) (*board, error) {
	b := &board{graph: relation.NewGraph(), restricted: map[relation.Ref]relation.Facts{}}
	kinds := relation.Kinds()
	errs := make([]error, len(kinds))
	var namespaces error
	var wg sync.WaitGroup
	for i, k := range kinds {
		wg.Go(func() {
			errs[i] = l.Entities(ctx, k, func(e catalog.Entity) {
				f := relation.FactsOf(e)
				b.graph.Upsert(f)
				if f.Restricted { // an API: one goroutine reads them all
					b.restricted[f.Ref] = f
				}
				keep.entity(e)
			})
		})
	}
	wg.Go(func() {
		namespaces = l.Namespaces(ctx, func(name string, set labels.Set, workloadsFor string) {
			b.graph.SetNamespace(name, set)
			keep.namespace(name, workloadsFor)
		})
	})
	wg.Wait()
	err := whyUnread(kinds, errs)
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	switch {
	case apierrors.IsForbidden(namespaces):
		b.unlabelled, b.notes = true, []string{noNamespaces}
	case namespaces != nil:
		return nil, fmt.Errorf("list namespaces: %w", namespaces)
	}
	return b, err
}

// refusal says which kinds may not be read.
type refusal struct {
	kinds []relation.Kind
	err   error // of the last of them
}

// Error implements error.
func (r *refusal) Error() string {
	names := make([]string, len(r.kinds))
	for i, k := range r.kinds {
		names[i] = resourceOf(k) + "." + catalog.GroupVersion.Group
	}
	return fmt.Sprintf("the catalog counts as a whole, and you may not read all of it: you need the verb list, in all namespaces, on %s: %v",
		strings.Join(names, ", "), r.err)
}

// Unwrap is what the API server said.
func (r *refusal) Unwrap() error { return r.err }

// whyUnread says why kinds could not be read: which permissions are missing, if it is that, else the first error.
func whyUnread(kinds []relation.Kind, errs []error) error {
	refused := &refusal{}
	for i, err := range errs {
		resource := resourceOf(kinds[i]) + "." + catalog.GroupVersion.Group
		switch {
		case err == nil:
		case apierrors.IsForbidden(err):
			refused.kinds, refused.err = append(refused.kinds, kinds[i]), err
		case apierrors.IsNotFound(err):
			return fmt.Errorf("the cluster does not know %s: Callboard is not installed there: %w", resource, err)
		case errors.Is(err, context.Canceled):
			return err
		default:
			return fmt.Errorf("list %s: %w", resource, err)
		}
	}
	if refused.err == nil {
		return nil
	}
	return refused
}

// shownNames is how many names a sentence lists.
const shownNames = 10

// instead says what there is in place of an entity that does not exist.
func (b *board) instead(ref relation.Ref) string {
	var here, elsewhere, namespaces []string
	for _, r := range b.graph.All(ref.Kind) {
		switch {
		case r.Namespace == ref.Namespace:
			here = append(here, r.Name)
		case r.Name == ref.Name:
			elsewhere = append(elsewhere, r.String())
		}
		namespaces = append(namespaces, r.Namespace)
	}
	kind := ref.Kind.ObjectKind()
	switch {
	case len(elsewhere) > 0:
		return "of that name there is " + enumerate(elsewhere)
	case len(here) > 0 && ref.Namespace == "":
		return "there is " + enumerate(here)
	case len(here) > 0:
		return fmt.Sprintf("namespace %s has %s", ref.Namespace, enumerate(here))
	case len(namespaces) > 0:
		return fmt.Sprintf("namespace %s has no %s; there are some in %s", ref.Namespace, kind, enumerate(namespaces))
	}
	return "the catalog has no " + kind
}

// enumerate lists names in order, each once, the first of them at most.
func enumerate(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	more := ""
	if n := len(names) - shownNames; n > 0 {
		names, more = names[:shownNames], fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more
}
