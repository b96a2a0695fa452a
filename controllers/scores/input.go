package scores

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// newer says whether a resourceVersion is newer than another.
func newer(a, b string) bool {
	c, err := resourceversion.CompareResourceVersion(a, b)
	return err != nil || c > 0
}

// input gathers what the Scorecards read of an entity.
func (b *Board) input(ref relation.Ref, s Subject, reads scorecard.Variables) (scorecard.Input, error) {
	own, err := scorecard.NewObject(b.full(ref, s.Entity, s.Status))
	if err != nil {
		return scorecard.Input{}, err
	}
	var failed error
	in := scorecard.NewInput(s.Graph, ref, func(r relation.Ref) *scorecard.Object {
		if r == ref {
			return own
		}
		if !reads.Has(variable(r.Kind)) {
			return nil
		}
		e := s.Find(r)
		if e == nil {
			return nil
		}
		o, err := b.object(r, e)
		if err != nil {
			failed = err
		}
		return o
	})
	if failed != nil {
		return in, failed
	}
	if reads.Has(scorecard.VarWorkloads) {
		if in.Workloads, err = b.workloadsOf(s.Links, ref); err != nil {
			return in, err
		}
	}
	in.Definition, in.Now = s.Definition, s.Now
	in.Exemptions, in.Attestations = b.claimsOf(ref)
	return in, nil
}

// variable is where checks find an entity of another kind.
func variable(k relation.Kind) scorecard.Variables {
	switch k {
	case relation.System:
		return scorecard.VarSystem
	case relation.Domain:
		return scorecard.VarDomain
	}
	return scorecard.VarOwner
}

// object is an owner, System or Domain as checks see it.
func (b *Board) object(ref relation.Ref, e catalog.Entity) (*scorecard.Object, error) {
	b.mu.RLock()
	o := b.objects[ref]
	b.mu.RUnlock()
	if o != nil {
		return o, nil
	}
	o, err := scorecard.NewObject(b.full(ref, e, nil))
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := b.entities[ref]; d != nil && d.version == e.GetResourceVersion() { // else a newer one is on its way
		b.objects[ref] = o
	}
	return o, nil
}

// full is an entity of the cache with what the cache dropped of it, and with another status if there is one.
func (b *Board) full(ref relation.Ref, e catalog.Entity, status *catalog.EntityStatus) catalog.Entity {
	b.mu.RLock()
	d := b.entities[ref]
	b.mu.RUnlock()
	if d == nil {
		d = &detail{}
	}
	var out catalog.Entity
	switch e := e.(type) {
	case *catalog.Component:
		c := *e
		c.Spec.Descriptor, c.Spec.Source = d.descriptor, d.source
		out = &c
	case *catalog.API:
		a := *e
		a.Spec.Descriptor, a.Spec.Definition = d.descriptor, ""
		out = &a
	case *catalog.Resource:
		r := *e
		r.Spec.Descriptor = d.descriptor
		out = &r
	case *catalog.System:
		s := *e
		s.Spec.Descriptor = d.descriptor
		out = &s
	case *catalog.Domain:
		x := *e
		x.Spec.Descriptor = d.descriptor
		out = &x
	case *catalog.Group:
		g := *e
		g.Spec.Descriptor, g.Spec.Profile = d.descriptor, d.profile
		out = &g
	case *catalog.User:
		u := *e
		u.Spec.Descriptor, u.Spec.Profile = d.descriptor, d.profile
		out = &u
	default:
		return e
	}
	if status != nil {
		*out.EntityStatus() = *status
	}
	return out
}

// workloadsOf are the workloads that run an entity, in the order of its status; nil if none is linked.
func (b *Board) workloadsOf(links *workload.Index, ref relation.Ref) ([]*scorecard.Workload, error) {
	var out []*scorecard.Workload
	for _, w := range links.View(ref).Workloads {
		b.mu.RLock()
		k := b.workloads[w.Key]
		var text []byte
		if k != nil {
			text = k.text
		}
		b.mu.RUnlock()
		if text == nil {
			continue // it is on its way
		}
		var plain map[string]any
		if err := json.Unmarshal(text, &plain); err != nil {
			return nil, fmt.Errorf("read %s %s/%s: %w", w.Key.Kind, w.Key.Namespace, w.Key.Name, err)
		}
		out = append(out, scorecard.NewWorkload(b.guardsOf(w.Key.Namespace).Live(plain)))
	}
	return out, nil
}

// Await has the sums counted as not whole until all of these were judged. Rollups that were written before a restart stay
// as they are until then.
func (b *Board) Await(refs []relation.Ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ref := range refs {
		b.awaited[ref] = struct{}{}
	}
	if len(b.awaited) > 0 {
		b.whole = make(chan struct{})
	}
}

// Judged notes that an entity was judged.
func (b *Board) Judged(ref relation.Ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.judged(ref)
}

func (b *Board) judged(ref relation.Ref) {
	if _, ok := b.awaited[ref]; !ok {
		return
	}
	if delete(b.awaited, ref); len(b.awaited) == 0 {
		close(b.whole)
	}
}

// Whole is closed when everybody was judged who is awaited.
func (b *Board) Whole() <-chan struct{} {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.whole
}
