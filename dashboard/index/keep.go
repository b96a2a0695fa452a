package index

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Index holds what lists and search ask of all entities. It is safe for concurrent use: who writes never waits for who
// reads, and who reads sees all that was written before.
type Index struct {
	mu    sync.RWMutex
	state *state

	readers atomic.Int32 // as long as somebody reads, changes wait
	waiting struct {
		mu      sync.Mutex
		changes []change
	}
	parser *parser

	version atomic.Uint64
	told    struct {
		mu sync.Mutex
		ch chan struct{}
	}
}

// change is something to be entered. It tells whether anything that is shown changed.
type change func(*state) bool

// New makes an empty index.
func New() *Index {
	ix := &Index{state: newState()}
	ix.parser = newParser(func(j *job, packed string, words map[string]uint8) {
		ix.enter(func(s *state) bool { return s.parsed(j, packed, words) })
	})
	return ix
}

// Keep is shown each whole object as it comes. The object is only read, and not kept. One that is not newer than what is
// known of it, or than its end, changes nothing.
func (ix *Index) Keep(obj metav1.Object) {
	e, ok := obj.(catalog.Entity)
	if !ok {
		return
	}
	ref := relation.RefOf(e)
	if ref.Kind == relation.KindNone || ix.knows(ref, versionOf(e.GetResourceVersion())) {
		ix.drain()
		return
	}
	r := recordOf(ref, e)
	if r.definition.text != "" {
		ix.parser.wait(maxWaiting)
	}
	ix.enter(func(s *state) bool { return s.put(r) })
}

// KeepStatus is shown an entity of which nothing but the status has changed since Keep was shown it.
func (ix *Index) KeepStatus(e catalog.Entity) {
	ref := relation.RefOf(e)
	if ref.Kind == relation.KindNone {
		return
	}
	r := statusOf(ref, e)
	ix.enter(func(s *state) bool { return s.update(r) })
}

// knows says that a version is known, as far as that can be told without waiting.
func (ix *Index) knows(ref relation.Ref, version uint64) bool {
	if version == 0 || !ix.mu.TryRLock() {
		return false
	}
	defer ix.mu.RUnlock()
	at, found := ix.state.find(ref)
	return found && !newer(version, ix.state.versions[at])
}

// Delete takes out an entity that is gone. The resourceVersion is that of its last state; an entity that was made anew
// since stays. Empty, it means whatever is known. What comes later and is older does not bring it back.
func (ix *Index) Delete(ref relation.Ref, resourceVersion string) {
	r := &record{ref: ref, version: versionOf(resourceVersion), gone: true}
	ix.enter(func(s *state) bool { return s.put(r) })
}

// seed makes sums of texts that nobody can foresee.
var seed = maphash.MakeSeed()

// SetDefinition tells the text of the definition of an API whose definitionFrom says where it stands; empty if there is
// none. The API is known already.
func (ix *Index) SetDefinition(api relation.Ref, apiType, text string) {
	ix.parser.wait(maxWaiting)
	sum := maphash.String(seed, apiType+mark+text)
	ix.enter(func(s *state) bool {
		s.define(api, apiType, text, sum)
		return false
	})
}

// Flush waits until the definitions of all that was shown so far are searched.
func (ix *Index) Flush() {
	ix.read(func(*state) {})
	ix.parser.wait(0)
}

// Version counts the changes of what is shown.
func (ix *Index) Version() uint64 { return ix.version.Load() }

// Changed is closed at the next change of what is shown. Who waits for one asks for it first, and reads then.
func (ix *Index) Changed() <-chan struct{} {
	ix.told.mu.Lock()
	defer ix.told.mu.Unlock()
	if ix.told.ch == nil {
		ix.told.ch = make(chan struct{})
	}
	return ix.told.ch
}

func (ix *Index) tell() {
	ix.version.Add(1)
	ix.told.mu.Lock()
	defer ix.told.mu.Unlock()
	if ix.told.ch != nil {
		close(ix.told.ch)
		ix.told.ch = nil
	}
}

// enter makes a change, or leaves it to those who read at the moment.
func (ix *Index) enter(c change) {
	ix.waiting.mu.Lock()
	ix.waiting.changes = append(ix.waiting.changes, c)
	ix.waiting.mu.Unlock()
	ix.drain()
}

// drain makes the changes that wait, if nobody reads or writes. Whoever does looks after it when he is done.
func (ix *Index) drain() {
	for ix.waits() && ix.readers.Load() == 0 && ix.mu.TryLock() {
		ix.apply()
		if ix.state.crowded() {
			ix.state.settle()
		}
		ix.mu.Unlock()
	}
}

func (ix *Index) waits() bool {
	ix.waiting.mu.Lock()
	defer ix.waiting.mu.Unlock()
	return len(ix.waiting.changes) > 0
}

// apply makes all changes that wait. The lock is held.
func (ix *Index) apply() {
	ix.waiting.mu.Lock()
	changes := ix.waiting.changes
	ix.waiting.changes = nil
	ix.waiting.mu.Unlock()
	changed := false
	for _, c := range changes {
		changed = c(ix.state) || changed
	}
	ix.parser.add(ix.state.jobs)
	ix.state.jobs = nil
	if changed {
		ix.tell()
	}
}

// read lets somebody read who sees all changes that came before.
func (ix *Index) read(f func(*state)) {
	ix.readers.Add(1)
	defer func() {
		ix.readers.Add(-1)
		ix.drain()
	}()
	ix.mu.RLock()
	for first := true; ix.state.unsettled || first && ix.waits(); first = false {
		ix.mu.RUnlock()
		ix.mu.Lock()
		ix.apply()
		ix.state.settle()
		ix.mu.Unlock()
		ix.mu.RLock()
	}
	defer ix.mu.RUnlock()
	f(ix.state)
}
