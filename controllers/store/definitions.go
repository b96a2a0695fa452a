package store

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// verdictAnnotation holds, in the cache alone, what is wrong with a definition that was dropped from the cached object.
const verdictAnnotation = "cache.callboard.dev/definition"

// replaced stands in a cached API for the text of its definition. No API server lets it in: it is not UTF-8.
const replaced = "\xff"

// replaceDefinition puts the verdict on an API's definition in its place. An informer applies it again to what it has
// applied it to.
func (v *verdicts) replaceDefinition(a *catalog.API) {
	if a.Spec.Definition == replaced {
		return
	}
	delete(a.Annotations, verdictAnnotation) // nobody else's word counts
	if a.Spec.Definition == "" {
		return
	}
	if wrong := v.of(a); wrong != "" {
		if a.Annotations == nil {
			a.Annotations = map[string]string{}
		}
		a.Annotations[verdictAnnotation] = wrong
	}
	a.Spec.Definition = replaced
}

// maxVerdicts is how many verdicts are remembered: those on the definitions that came last.
const maxVerdicts = 1 << 16

// verdicts remember what definitions were worth: each change of a status brings the text again.
type verdicts struct{ cache *lru.Cache }

type verdict struct {
	generation int64
	wrong      string
}

func newVerdicts() *verdicts { return &verdicts{lru.New(maxVerdicts)} }

// of says what is wrong with the definition of an API, empty if nothing is.
func (v *verdicts) of(a *catalog.API) string {
	known, _ := v.cache.Get(a.UID)
	if known, ok := known.(verdict); ok && known.generation == a.Generation && a.UID != "" {
		return known.wrong
	}
	now := verdict{generation: a.Generation}
	if err := definition.Check(string(a.Spec.Type), a.Spec.Definition); err != nil {
		now.wrong = err.Error()
	}
	v.cache.Add(a.UID, now)
	return now.wrong
}

// definitions knows which APIs have their definition in which ConfigMap, and what it was worth when last read.
type definitions struct {
	mu   sync.Mutex
	from map[types.NamespacedName]map[relation.Ref]struct{}
	of   map[relation.Ref]*external
}

// external is the definition of an API that stands in a ConfigMap.
type external struct {
	configMap       types.NamespacedName
	key             string
	apiType         string
	resourceVersion string // of the ConfigMap that the verdict is about
	verdict         status.Definition
	facts           *definition.Facts
}

func newDefinitions() *definitions {
	return &definitions{from: map[types.NamespacedName]map[relation.Ref]struct{}{}, of: map[relation.Ref]*external{}}
}

// follow notes where an API has its definition.
func (d *definitions) follow(ref relation.Ref, e catalog.Entity) {
	a, ok := e.(*catalog.API)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(ref)
	if a.Spec.DefinitionFrom == (catalog.DefinitionSource{}) {
		return
	}
	x := &external{
		configMap: types.NamespacedName{Namespace: a.Namespace, Name: a.Spec.DefinitionFrom.ConfigMap.Name},
		key:       a.Spec.DefinitionFrom.ConfigMap.Key, apiType: string(a.Spec.Type),
	}
	d.of[ref] = x
	if d.from[x.configMap] == nil {
		d.from[x.configMap] = map[relation.Ref]struct{}{}
	}
	d.from[x.configMap][ref] = struct{}{}
}

func (d *definitions) forget(ref relation.Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(ref)
}

func (d *definitions) drop(ref relation.Ref) {
	x := d.of[ref]
	if x == nil {
		return
	}
	delete(d.of, ref)
	delete(d.from[x.configMap], ref)
	if len(d.from[x.configMap]) == 0 {
		delete(d.from, x.configMap)
	}
}

// readers are the APIs whose definition stands in a ConfigMap.
func (d *definitions) readers(configMap types.NamespacedName) []relation.Touched {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []relation.Touched
	for ref := range d.from[configMap] {
		out = append(out, relation.Touched{Ref: ref})
	}
	return out
}

// configMapHandler wakes the APIs whose definition stands in a ConfigMap.
func (s *Store) configMapHandler() toolscache.ResourceEventHandler {
	wake := func(obj any) {
		readers := s.definitions.readers(nameOf(obj))
		s.queue.add(causeChange, readers)
		for _, r := range readers {
			s.tellDefinition(r.Ref, obj)
		}
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc: wake, UpdateFunc: func(_, after any) { wake(after) }, DeleteFunc: func(obj any) {
			n := nameOf(obj)
			wake(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: n.Namespace, Name: n.Name}})
		},
	}
}

// tellDefinition tells Defined the text of the definition of an API that stands in a ConfigMap; in that of the cache if
// none is given.
func (s *Store) tellDefinition(ref relation.Ref, configMap any) {
	s.definitions.mu.Lock()
	x := s.definitions.of[ref]
	s.definitions.mu.Unlock()
	if x == nil {
		return
	}
	cm, ok := configMap.(*corev1.ConfigMap)
	if !ok {
		cm = &corev1.ConfigMap{}
		if s.cache.Get(context.Background(), x.configMap, cm) != nil {
			return // it is not there; its event will tell
		}
	}
	s.Defined(ref, x.apiType, cm.Data[x.key])
}

// Definition says what is known of the definition of an API, empty on other kinds.
func (s *Store) Definition(ctx context.Context, e catalog.Entity) (status.Definition, error) {
	a, ok := e.(*catalog.API)
	if !ok {
		return status.Definition{}, nil
	}
	if a.Spec.DefinitionFrom == (catalog.DefinitionSource{}) {
		return status.Definition{Wrong: a.Annotations[verdictAnnotation]}, nil
	}
	s.definitions.mu.Lock()
	defer s.definitions.mu.Unlock() // one is parsed at a time
	x := s.definitions.of[relation.RefOf(e)]
	if x == nil {
		return status.Definition{}, nil // the entity is going
	}
	var cm corev1.ConfigMap
	if err := s.cache.Get(ctx, x.configMap, &cm); client.IgnoreNotFound(err) != nil {
		return status.Definition{}, err
	} else if err != nil {
		return status.Definition{Missing: fmt.Sprintf("ConfigMap %s does not exist or lacks the label %s: \"true\"",
			x.configMap.Name, catalog.LabelDefinition)}, nil
	}
	if x.resourceVersion != cm.ResourceVersion {
		x.resourceVersion = cm.ResourceVersion
		x.verdict, x.facts = x.read(&cm)
	}
	return x.verdict, nil
}

func (x *external) read(cm *corev1.ConfigMap) (status.Definition, *definition.Facts) {
	text, ok := cm.Data[x.key]
	if !ok {
		return status.Definition{Missing: fmt.Sprintf("ConfigMap %s has no key %q in data", x.configMap.Name, x.key)}, nil
	}
	facts, err := definition.FactsOf(x.apiType, text)
	if err != nil {
		return status.Definition{Wrong: err.Error()}, nil
	}
	return status.Definition{}, &facts
}

// definitionFacts are what the definition of an API says, nil if there is none or Definition has not read it.
func (s *Store) definitionFacts(e catalog.Entity) *definition.Facts {
	a, ok := e.(*catalog.API)
	if !ok {
		return nil
	}
	if a.Spec.DefinitionFrom == (catalog.DefinitionSource{}) {
		return s.Scores.Definition(relation.RefOf(e))
	}
	s.definitions.mu.Lock()
	defer s.definitions.mu.Unlock()
	if x := s.definitions.of[relation.RefOf(e)]; x != nil {
		return x.facts
	}
	return nil
}
