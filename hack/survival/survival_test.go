package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// fake is a replica that says its name to whoever connects.
type fake struct {
	*endpoint
	listener net.Listener
	ready    atomic.Bool
}

func newFake(t *testing.T, name string) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{listener: l}
	f.ready.Store(true)
	health := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !f.ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(func() { health.Close(); _ = l.Close() })
	f.endpoint = &endpoint{address: l.Addr().String(), health: health.URL}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, name)
			_ = conn.Close()
		}
	}()
	return f
}

func TestBalancerAsksOnlyWhoIsReady(t *testing.T) {
	b, err := newBalancer()
	if err != nil {
		t.Fatal(err)
	}
	one, two := newFake(t, "one"), newFake(t, "two")
	b.put(0, one.endpoint)
	b.put(1, two.endpoint)
	go b.serve(t.Context())
	met := func() map[string]int {
		out := map[string]int{}
		for range 10 {
			conn, err := net.Dial("tcp", b.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(conn) // nobody answers: no text
			out[string(text)]++
			_ = conn.Close()
		}
		return out
	}
	await := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not after 10 s", what)
			}
		}
	}
	await("both are ready", func() bool { return b.has(one.endpoint) && b.has(two.endpoint) })
	if got := met(); got["one"] != 5 || got["two"] != 5 {
		t.Errorf("both ready: %v, want 5 each", got)
	}
	_ = one.listener.Close()
	if got := met(); got["two"] != 10 {
		t.Errorf("one refuses connections: %v, want 10 for two", got)
	}
	b.takeOut(two.endpoint)
	if got := met(); got[""] != 10 {
		t.Errorf("two was taken out as well: %v, want nobody", got)
	}
	two.ready.Store(false)
	await("two is not ready", func() bool { return len(b.order()) == 1 })
}

func TestCallsAreToldApart(t *testing.T) {
	refusal := func(code int, text string) error { return &harness.StatusError{Code: code, Text: text} }
	private := refusal(http.StatusUnprocessableEntity, "api:a/closed is Private: only its providers may use it")
	cases := map[string]struct {
		call           call
		admitted, lost bool
	}{
		"what is right was done":             {call{}, false, false},
		"what must not be was refused":       {call{forbidden: true, err: private}, false, false},
		"what must not be was done":          {call{forbidden: true}, true, false},
		"what is right was refused":          {call{err: private}, false, true},
		"nobody judged what is right":        {call{err: refusal(http.StatusInternalServerError, "failed calling webhook")}, false, true},
		"nobody judged what must not be":     {call{forbidden: true, err: refusal(http.StatusInternalServerError, "failed calling webhook")}, false, true},
		"the API server did not answer":      {call{forbidden: true, err: errors.New("connection refused")}, false, true},
		"the schema refused it, and no rule": {call{forbidden: true, err: refusal(http.StatusUnprocessableEntity, "spec.type: Required value")}, false, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if admitted, lost := tc.call.admitted(), tc.call.lost(); admitted != tc.admitted || lost != tc.lost {
				t.Errorf("admitted %v, lost %v; want %v, %v", admitted, lost, tc.admitted, tc.lost)
			}
		})
	}
}
