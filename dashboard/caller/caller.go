// Package caller sends calls of readers to APIs: those that were judged to be allowed, within bounds, and with nothing of
// the operator's or of the reader's request to the dashboard in them.
package caller

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/outbound"
)

// The bounds of calls.
const (
	// Timeout is how long a call may take in all, from the name of the host to the end of the answer.
	Timeout = 10 * time.Second
	// MaxAnswer is how many bytes of the body of an answer are read.
	MaxAnswer = 2 << 20
	// MaxOfReader is how many calls one reader may have on the way, and MaxInAll all of them together.
	MaxOfReader, MaxInAll = 4, 32

	maxAnswerHeaders = 64 << 10
	maxAddresses     = 8 // of a host that are tried
)

// agent is what calls say that sends them.
const agent = "callboard-dashboard"

// Resolver finds the addresses of a host; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Caller sends calls. It is safe for concurrent use.
type Caller struct {
	resolver Resolver
	roots    *x509.CertPool
	timeout  time.Duration

	mu       sync.Mutex
	all      int
	byReader map[string]int
}

// Options are what a caller is made of. The zero value will do.
type Options struct {
	// Resolver finds addresses; the system's if nil.
	Resolver Resolver
	// Roots are the authorities of servers; the system's if nil.
	Roots *x509.CertPool
	// Timeout is Timeout if zero.
	Timeout time.Duration
}

// New makes a caller.
func New(o Options) *Caller {
	c := &Caller{resolver: o.Resolver, roots: o.Roots, timeout: o.Timeout, byReader: map[string]int{}}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if c.timeout == 0 {
		c.timeout = Timeout
	}
	return c
}

// Answer is what an API answered.
type Answer struct {
	Status  int
	Headers http.Header // without cookies
	Body    []byte
	Cut     bool // there was more than MaxAnswer
	Took    time.Duration
	Address netip.Addr // where it came from
}

// Failure is why there is no answer.
type Failure struct {
	// Busy says that there are too many calls: later there may be an answer.
	Busy bool
	// Why is a sentence for the reader. It names no address.
	Why string
	// Cause is for the log; it may be nil.
	Cause error
}

func (f *Failure) Error() string {
	if f.Cause == nil {
		return f.Why
	}
	return f.Why + ": " + f.Cause.Error()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// Send sends a call for a reader. It follows no redirect, and dials only addresses that were checked. The error is a
// *Failure.
func (c *Caller) Send(ctx context.Context, reader string, call outbound.Allowed) (*Answer, error) {
	if !c.begin(reader) {
		return nil, &Failure{Busy: true, Why: "Too many calls are on the way"}
	}
	defer c.end(reader)
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	a, err := c.send(ctx, call)
	switch {
	case err == nil:
		a.Took = time.Since(began)
		return a, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, &Failure{Why: fmt.Sprintf("There was no whole answer within %s", c.timeout), Cause: err}
	}
	return nil, failure(err)
}

// begin counts a call in, or says that there are too many.
func (c *Caller) begin(reader string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= MaxInAll || c.byReader[reader] >= MaxOfReader {
		return false
	}
	c.all++
	c.byReader[reader]++
	return true
}

func (c *Caller) end(reader string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.byReader[reader]--; c.byReader[reader] == 0 {
		delete(c.byReader, reader)
	}
}

func (c *Caller) send(ctx context.Context, call outbound.Allowed) (*Answer, error) {
	addresses, err := c.resolve(ctx, call.Host)
	if err != nil {
		return nil, err
	}
	r, err := request(ctx, call)
	if err != nil {
		return nil, err
	}
	a := &Answer{}
	transport := &http.Transport{
		Proxy:                  nil, // what a proxy reaches nobody has checked
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, addresses, call.To.Port, a) },
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots, ServerName: call.To.Host},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswerHeaders,
	}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r) // and not a client: that would follow redirects and know cookies
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it has been read as far as it is wanted
	if answer.StatusCode < 200 || answer.StatusCode > 599 {
		return nil, &Failure{Why: fmt.Sprintf("The answer has the status %d, which is none that can be shown", answer.StatusCode)}
	}
	a.Status, a.Headers = answer.StatusCode, answer.Header
	for _, name := range []string{"Set-Cookie", "Set-Cookie2"} {
		a.Headers.Del(name)
	}
	a.Body, err = io.ReadAll(io.LimitReader(answer.Body, MaxAnswer+1))
	if a.Cut = len(a.Body) > MaxAnswer; a.Cut {
		a.Body = a.Body[:MaxAnswer]
	}
	return a, err
}

// request is that of a call: its own headers, and nothing else.
func request(ctx context.Context, call outbound.Allowed) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, call.Method, call.To.String(), bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	if len(call.Body) == 0 {
		r.Body, r.GetBody, r.ContentLength = http.NoBody, nil, 0
	}
	for _, h := range call.Headers {
		r.Header.Add(h.Name, h.Value)
	}
	r.Header.Set("User-Agent", agent)
	return r, nil
}

// resolve finds the addresses of a host that a call may go to.
func (c *Caller) resolve(ctx context.Context, h outbound.Host) ([]netip.Addr, error) {
	found := []netip.Addr{}
	if a, err := netip.ParseAddr(h.Host); err == nil {
		found = append(found, a)
	} else if found, err = c.resolver.LookupNetIP(ctx, "ip", h.Host); err != nil {
		return nil, &Failure{Why: "The name " + h.Host + " was not found", Cause: err}
	}
	var out []netip.Addr
	for _, a := range found {
		if a = a.Unmap(); h.Reaches(a) && len(out) < maxAddresses {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, &Failure{
			Why: "The name " + h.Host + " stands for an address that is not public. An administrator can allow its network with " +
				outbound.Flag + "=" + h.Origin.String() + "=NETWORK",
			Cause: fmt.Errorf("%s is at %v", h.Host, found),
		}
	}
	return out, nil
}

// dial connects to the first of the addresses that answers. They were checked: the name is not looked up again.
func dial(ctx context.Context, addresses []netip.Addr, port uint16, a *Answer) (net.Conn, error) {
	var errs []error
	for i, address := range addresses {
		d := net.Dialer{}
		if deadline, ok := ctx.Deadline(); ok { // each gets its share of the time
			d.Timeout = time.Until(deadline) / time.Duration(len(addresses)-i)
		}
		conn, err := d.DialContext(ctx, "tcp", netip.AddrPortFrom(address, port).String())
		if err == nil {
			a.Address = address
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, &Failure{Why: "Nobody answers there", Cause: errors.Join(errs...)}
}

// failure says what went wrong, in words that tell nothing of the network.
func failure(err error) *Failure {
	var known *Failure
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var timeout net.Error
	var address *url.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &certificate):
		return &Failure{Why: "The certificate of the server is not valid for this name, or its authority is not known to the operator", Cause: err}
	case errors.As(err, &record):
		return &Failure{Why: "The server does not speak TLS there", Cause: err}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Failure{Why: "The server took too long", Cause: err}
	case errors.As(err, &address):
		return &Failure{Why: "The address cannot be called", Cause: err}
	}
	return &Failure{Why: "The server did not answer as HTTP", Cause: err}
}
