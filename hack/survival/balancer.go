package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// checkGap is how often the balancer asks whether a replica is ready.
const checkGap = 200 * time.Millisecond

// endpoint is a replica, as a Service knows it.
type endpoint struct {
	address, health string
	ready, out      bool
}

// balancer hands connections to replicas that are ready, in turn, as a Service does. A connection stays where it is,
// whatever becomes of the endpoint.
type balancer struct {
	listener net.Listener
	mu       sync.Mutex
	ends     [2]*endpoint
	next     int
}

func newBalancer() (*balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return &balancer{listener: l}, nil
}

func (b *balancer) port() int { return b.listener.Addr().(*net.TCPAddr).Port }

// put makes a replica one of the endpoints, once it is ready.
func (b *balancer) put(i int, e *endpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends[i] = e
}

// takeOut gives an endpoint no more connections.
func (b *balancer) takeOut(e *endpoint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.out = true
}

// has says whether an endpoint gets connections.
func (b *balancer) has(e *endpoint) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return e.ready && !e.out
}

// serve takes connections until the context ends.
func (b *balancer) serve(ctx context.Context) {
	go b.check(ctx)
	context.AfterFunc(ctx, func() { _ = b.listener.Close() }) // nothing is lost with it
	for {
		conn, err := b.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go b.hand(conn)
		}
	}
}

// order is whom to try, in turn.
func (b *balancer) order() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	var out []string
	for i := range b.ends {
		if e := b.ends[(b.next+i)%len(b.ends)]; e != nil && e.ready && !e.out {
			out = append(out, e.address)
		}
	}
	return out
}

// hand connects somebody with the first endpoint that answers.
func (b *balancer) hand(conn net.Conn) {
	defer func() { _ = conn.Close() }() // both have said all
	for _, address := range b.order() {
		to, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			continue
		}
		join(conn, to)
		return
	}
}

// join passes on what each side says until one has ended.
func join(a, b net.Conn) {
	var once sync.WaitGroup
	once.Add(1)
	end := sync.OnceFunc(once.Done)
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			defer end()
			_, _ = io.Copy(way[0], way[1]) // it ends when a side does, however
		}()
	}
	once.Wait()
	_ = a.Close()
	_ = b.Close()
}

// check asks the replicas whether they are ready, again and again.
func (b *balancer) check(ctx context.Context) {
	client := &http.Client{Timeout: time.Second}
	for ctx.Err() == nil {
		b.mu.Lock()
		ends := b.ends
		b.mu.Unlock()
		for _, e := range ends {
			if e == nil {
				continue
			}
			answer, err := client.Get(e.health)
			ready := err == nil && answer.StatusCode == http.StatusOK
			if err == nil {
				_ = answer.Body.Close() // the code says all
			}
			b.mu.Lock()
			e.ready = ready
			b.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(checkGap):
		}
	}
}
