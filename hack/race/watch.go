package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tidwall/gjson"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// sign is a way in which a status tells of what must not be.
type sign uint8

const (
	apiDenies        sign = iota // the API's status.summary.denied is above 0
	accessNotGranted             // the consumer's AccessGranted is False
	unresolved                   // the consumer's ReferencesResolved is False
	allSigns
)

// sight is what the status of an entity tells, and since when.
type sight [allSigns]struct {
	is    bool
	since time.Time
}

// watched is what a client sees that watches the APIs and the components.
type watched struct {
	mu     sync.Mutex
	seen   map[relation.Ref]*sight
	writes int       // seen since begin
	last   time.Time // when the last one was seen
	news   chan struct{}
	err    error
}

// watch begins to watch. It ends with the context.
func (r *runner) watch(ctx context.Context) *watched {
	w := &watched{seen: map[relation.Ref]*sight{}, news: make(chan struct{}, 1)}
	for _, k := range []relation.Kind{relation.API, relation.Component} {
		go func() {
			for version, err := "0", error(nil); ctx.Err() == nil; {
				if version, err = w.follow(ctx, r.Admin, k, version); err != nil && ctx.Err() == nil {
					w.mu.Lock()
					w.err = errors.Join(w.err, fmt.Errorf("watch %s: %w", k, err))
					w.mu.Unlock()
				}
			}
		}()
	}
	return w
}

// follow takes in what happens from a version on, until the API server ends that, and returns the last version.
func (w *watched) follow(ctx context.Context, a *harness.API, k relation.Kind, version string) (string, error) {
	answer, err := a.Send(ctx, http.MethodGet, harness.CollectionPath(k, "")+"?watch=true&timeoutSeconds=86400&resourceVersion="+version, "", nil)
	if err != nil {
		return version, err
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	for lines := bufio.NewReader(answer.Body); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return version, nil
		}
		if err == nil {
			version, err = w.take(k, line, time.Now())
		}
		if err != nil {
			return version, err
		}
	}
}

// take reads of an event only what matters, so that who measures does not take the processor from what is measured.
func (w *watched) take(k relation.Kind, line []byte, at time.Time) (string, error) {
	const kind, namespace, name, version, status = 0, 1, 2, 3, 4
	event := gjson.GetManyBytes(line, "type", "object.metadata.namespace", "object.metadata.name", "object.metadata.resourceVersion", "object.status")
	if event[kind].Str == "ERROR" || event[version].Str == "" {
		return "", fmt.Errorf("the API server says %s", line)
	}
	ref := relation.Ref{Kind: k, Namespace: event[namespace].Str, Name: event[name].Str}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	w.last = at
	if event[kind].Str == "DELETED" {
		delete(w.seen, ref)
	} else {
		w.see(ref, event[status], at)
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
	return event[version].Str, nil
}

func (w *watched) see(ref relation.Ref, status gjson.Result, at time.Time) {
	had := w.seen[ref]
	if had == nil {
		had = &sight{}
		w.seen[ref] = had
	}
	is := [allSigns]bool{
		apiDenies:        status.Get("summary.denied").Int() > 0,
		accessNotGranted: isFalse(status, catalog.ConditionAccessGranted),
		unresolved:       isFalse(status, catalog.ConditionReferencesResolved),
	}
	for f, now := range is {
		if now && !had[f].is {
			had[f].since = at
		}
		had[f].is = now
	}
}

func isFalse(status gjson.Result, condition string) bool {
	for _, c := range status.Get("conditions").Array() {
		if c.Get("type").Str == condition {
			return c.Get("status").Str == string(metav1.ConditionFalse)
		}
	}
	return false
}

// flagged says since when the status of an entity tells, if it does.
func (w *watched) flagged(ref relation.Ref, f sign) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen[ref]
	if s == nil || !s[f].is {
		return time.Time{}, false
	}
	return s[f].since, true
}

// quiet is how long nothing has been written.
func (w *watched) quiet() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.last)
}

// begin forgets what changed so far.
func (w *watched) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes = 0
}

// written counts the writes that were seen since begin, to specs and to statuses.
func (w *watched) written() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writes
}

// await looks at each change until something is the case. It returns false if that takes too long.
func (w *watched) await(ctx context.Context, until time.Time, is func() (bool, error)) (bool, error) {
	for {
		w.mu.Lock()
		err := w.err
		w.mu.Unlock()
		if err != nil {
			return false, err
		}
		if yes, err := is(); yes || err != nil {
			return yes, err
		}
		if time.Now().After(until) {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-w.news:
		case <-time.After(20 * time.Millisecond):
		}
	}
}
