package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// Where the load is: the APIs belong to one team in one namespace, who consumes them to another.
const (
	apis  = "survival-apis"
	users = "survival-users"
)

// pool is how many components there are to change.
const pool = 200

const contentMerge = "application/merge-patch+json"

type fields = map[string]any

// call is a write and what became of it.
type call struct {
	begun, ended time.Time
	forbidden    bool // what it asks for must not be
	err          error
}

// admitted says whether it got what must not be.
func (c call) admitted() bool { return c.forbidden && c.err == nil }

// lost says whether nobody judged it, or what is right was refused.
func (c call) lost() bool { return c.err != nil && (!c.forbidden || !closed(c.err)) }

// closed says whether an error says that the API is not for everybody.
func closed(err error) bool { return refused(err) && strings.Contains(err.Error(), "is Private: only") }

// refused says whether an error is the answer of who judged.
func refused(err error) bool {
	return harness.IsCode(err, http.StatusForbidden) || harness.IsCode(err, http.StatusUnprocessableEntity)
}

// load is people who write.
type load struct {
	client *harness.API
	mu     sync.Mutex
	calls  []call
}

// newLoad makes the namespaces, teams and APIs that the load is about.
func (r *runner) newLoad(ctx context.Context) (*load, error) {
	client, err := r.NewClient("people")
	if err != nil {
		return nil, err
	}
	for _, namespace := range []string{apis, users} {
		if err := r.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", fields{"metadata": fields{"name": namespace}}, nil); err != nil {
			return nil, err
		}
	}
	all := fields{"from": "All"}
	for _, e := range []struct {
		ref  relation.Ref
		spec fields
	}{
		{relation.Ref{Kind: relation.Group, Name: "makers"}, fields{"type": "team", "allowedNamespaces": all}},
		{relation.Ref{Kind: relation.Group, Name: "users"}, fields{"type": "team", "allowedNamespaces": all}},
		{entity(relation.API, apis, "open"), fields{"type": "grpc", "lifecycle": "production", "owner": "makers"}},
		{entity(relation.API, apis, "closed"), fields{"type": "grpc", "lifecycle": "production", "owner": "makers", "visibility": "Private"}},
	} {
		if err := create(ctx, r.Admin, e.ref, e.spec); err != nil {
			return nil, err
		}
	}
	for i := range pool {
		if err := create(ctx, r.Admin, entity(relation.Component, users, fmt.Sprintf("old-%d", i)), component("open")); err != nil {
			return nil, err
		}
	}
	err = harness.Await(ctx, time.Minute, "admission", r.replicas[0].Process, func() (bool, error) {
		err := create(ctx, r.Admin, entity(relation.Component, users, "probe"), component("closed"), "?dryRun=All")
		return err != nil && closed(err), nil
	})
	return &load{client: client}, err
}

func entity(k relation.Kind, namespace, name string) relation.Ref {
	return relation.Ref{Kind: k, Namespace: namespace, Name: name}
}

func component(api string) fields {
	return fields{"type": "service", "lifecycle": "production", "owner": "users", "consumesApis": []string{apis + "/" + api}}
}

func create(ctx context.Context, a *harness.API, ref relation.Ref, spec fields, query ...string) error {
	path := harness.CollectionPath(ref.Kind, ref.Namespace)
	for _, q := range query {
		path += q
	}
	return a.Object(ctx, http.MethodPost, path, fields{
		"apiVersion": catalog.GroupVersion.String(), "kind": ref.Kind.ObjectKind(),
		"metadata": fields{"name": ref.Name, "namespace": ref.Namespace}, "spec": spec,
	}, nil)
}

func patch(ctx context.Context, a *harness.API, path string, change fields) error {
	text, err := json.Marshal(change)
	if err != nil {
		return err
	}
	_, err = a.Do(ctx, http.MethodPatch, path, contentMerge, text)
	return err
}

// run writes at a rate until it is stopped, and then waits for the last answer.
func (l *load) run(ctx context.Context, rate int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				all.Go(func() { l.write(context.WithoutCancel(ctx), n) })
			}
		}
	})
	return func() {
		cancel()
		all.Wait()
	}
}

// write makes an entity or changes one, and every third time asks for what must not be.
func (l *load) write(ctx context.Context, n int) {
	c := call{begun: time.Now(), forbidden: n%3 == 0}
	old := harness.EntityPath(entity(relation.Component, users, fmt.Sprintf("old-%d", rand.IntN(pool))))
	fresh := entity(relation.Component, users, fmt.Sprintf("new-%d", rand.Uint64()))
	switch {
	case c.forbidden && n%5 == 0:
		c.err = create(ctx, l.client, fresh, component("closed"))
	case c.forbidden:
		c.err = patch(ctx, l.client, old, fields{"spec": fields{"consumesApis": []string{apis + "/closed"}}})
	case n%5 == 0:
		c.err = create(ctx, l.client, fresh, component("open"))
	default:
		c.err = patch(ctx, l.client, old, fields{"spec": fields{"title": fmt.Sprintf("Changed for the %dth time", n)}})
	}
	c.ended = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

// since are the calls that began at a time or after it.
func (l *load) since(at time.Time) []call {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []call
	for _, c := range l.calls {
		if !c.begun.Before(at) {
			out = append(out, c)
		}
	}
	return out
}
