package readers

import (
	"context"
	"sync"

	"github.com/callboard-dev/callboard/api/access"
)

// reader implements access.Reader: it keeps what it answered, so that a page does not contradict itself.
type reader struct {
	*asker
	person *person
	budget budget

	mu     sync.Mutex
	scopes map[access.Resource]access.Scope
	single map[single]bool
}

// single is a question about one namespace.
type single struct {
	resource  access.Resource
	namespace string
}

func (a *asker) reader(u access.User) *reader {
	return &reader{asker: a, person: a.people.of(u), budget: budget{left: MaxReviews},
		scopes: map[access.Resource]access.Scope{}, single: map[single]bool{}}
}

// User implements access.Reader.
func (r *reader) User() access.User { return r.person.user }

// Scope implements access.Reader.
func (r *reader) Scope(ctx context.Context, resource access.Resource) (access.Scope, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.scopes[resource]; ok {
		return s, nil
	}
	s, err := r.person.sight(r.asker, resource).scope(ctx, &r.budget)
	if err != nil {
		return access.Scope{}, err
	}
	r.scopes[resource] = s
	return s, nil
}

// May implements access.Reader.
func (r *reader) May(ctx context.Context, resource access.Resource, namespace string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := single{resource, namespace}
	if s, ok := r.scopes[resource]; ok && (s.Includes(namespace) || namespace == "") {
		return s.All || namespace != "", nil
	}
	if may, ok := r.single[q]; ok {
		return may, nil
	}
	may, err := r.person.sight(r.asker, resource).may(ctx, namespace, &r.budget)
	if err != nil {
		return false, err
	}
	r.single[q] = may
	return may, nil
}
