package caller_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/dashboard/caller"
)

// names is a resolver that knows some names. Each time a name is asked for, its next answer counts; the last one stays.
type names struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	all := n.answers[host]
	if len(all) == 0 {
		return nil, errors.New("no such host")
	}
	if len(all) > 1 {
		n.answers[host] = all[1:]
	}
	var out []netip.Addr
	for a := range strings.FieldsSeq(all[0]) {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

// allowed is a call that was judged, for hosts as an administrator writes them.
func allowed(t testing.TB, list, method, address string, body string, headers ...outbound.Header) outbound.Allowed {
	t.Helper()
	hosts, err := outbound.ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	call, err := outbound.Judge(outbound.Rules{Visibility: "Public", Hosts: hosts, Names: func(string, outbound.Target) bool { return true }},
		outbound.Call{Method: method, URL: address, Body: []byte(body), Headers: headers})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// portOf is the port of a server on loopback.
func portOf(t testing.TB, s *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		body, _ = io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "theirs"})
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "hello")
	})
	call := allowed(t, s.URL, "POST", s.URL+"/a%2Fb/c?x=%20y", "sent", outbound.Header{Name: "X-Api-Key", Value: "k"})
	a, err := caller.New(caller.Options{}).Send(t.Context(), "ada", call)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusTeapot || string(a.Body) != "hello" || a.Headers.Get("X-Answer") != "yes" || a.Cut || a.Address.String() != "127.0.0.1" {
		t.Errorf("Send() = %+v", a)
	}
	if len(a.Headers.Values("Set-Cookie")) != 0 {
		t.Errorf("a cookie comes back: %v", a.Headers)
	}
	if got.RequestURI != "/a%2Fb/c?x=%20y" || string(body) != "sent" || got.Method != "POST" || got.Header.Get("X-Api-Key") != "k" {
		t.Errorf("sent %s %s %q %v", got.Method, got.RequestURI, body, got.Header)
	}
	for name := range got.Header {
		switch name {
		case "X-Api-Key", "User-Agent", "Content-Length", "Connection":
		default:
			t.Errorf("the header %s was sent: %v", name, got.Header)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	var reached atomic.Bool
	secret := serve(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", secret.URL+"/latest/meta-data")
			w.WriteHeader(status)
		})
		a, err := caller.New(caller.Options{}).Send(t.Context(), "ada", allowed(t, s.URL, "GET", s.URL+"/", ""))
		if err != nil || a.Status != status || a.Headers.Get("Location") == "" {
			t.Errorf("a redirect with %d: %+v, %v, want it shown", status, a, err)
		}
	}
	if reached.Load() {
		t.Error("a redirect was followed")
	}
}

func TestAddressesAreChecked(t *testing.T) {
	var reached atomic.Int32
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	port := portOf(t, s)
	for at, network := range map[string]string{
		"127.0.0.1": "", "::1": "", "::ffff:127.0.0.1": "", "0.0.0.0": "", "169.254.169.254": "", "fe80::1": "", "10.0.0.1": "", "fd00::1": "",
		"127.0.0.2": "=10.0.0.0/8", "100.100.100.200": "=100.64.0.0/10", "168.63.129.16": "", "64:ff9b::7f00:1": "", "2002:7f00:1::": "",
	} {
		n := &names{answers: map[string][]string{"api.example": {at}}}
		call := allowed(t, "http://api.example:"+port+network, "GET", "http://api.example:"+port+"/", "")
		_, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", call)
		var failed *caller.Failure
		if !errors.As(err, &failed) || !strings.Contains(failed.Why, "--dashboard-try-hosts") || strings.Contains(failed.Why, at) {
			t.Errorf("a name at %s: %v, want it refused without the address", at, err)
		}
	}
	if reached.Load() != 0 {
		t.Error("the server was reached")
	}
	n := &names{answers: map[string][]string{"api.example": {"127.0.0.1"}}}
	call := allowed(t, "http://api.example:"+port+"=127.0.0.0/8", "GET", "http://api.example:"+port+"/", "")
	if _, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", call); err != nil || reached.Load() != 1 {
		t.Errorf("a name whose network is allowed: %v", err)
	}
}

// TestRebinding holds that a name which changes between the check and the connection is of no use.
func TestRebinding(t *testing.T) {
	var reached atomic.Bool
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	port := portOf(t, s)
	// The first answer is in a network that is allowed, where nobody is; all later ones are the server.
	n := &names{answers: map[string][]string{"api.example": {"127.77.0.1", "127.0.0.1"}}}
	call := allowed(t, "http://api.example:"+port+"=127.77.0.0/16", "GET", "http://api.example:"+port+"/", "")
	_, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", call)
	if err == nil || reached.Load() || n.asked != 1 {
		t.Errorf("%v, reached %v, %d lookups, want one and no answer", err, reached.Load(), n.asked)
	}
	// An answer with a good and a bad address: the good one alone is dialled.
	n = &names{answers: map[string][]string{"api.example": {"127.0.0.1 127.77.0.1"}}}
	if _, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", call); err == nil || reached.Load() {
		t.Errorf("%v, reached %v, want no answer", err, reached.Load())
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Run("a body without end", func(t *testing.T) {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for part := make([]byte, 64<<10); ; {
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		})
		a, err := caller.New(caller.Options{}).Send(t.Context(), "ada", allowed(t, s.URL, "GET", s.URL+"/", ""))
		if err != nil || !a.Cut || len(a.Body) != caller.MaxAnswer {
			t.Errorf("%v, want it cut", err)
		}
	})
	t.Run("a body that is larger when unpacked stays packed", func(t *testing.T) {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "" {
				t.Errorf("it is asked for %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "packed")
		})
		a, err := caller.New(caller.Options{}).Send(t.Context(), "ada", allowed(t, s.URL, "GET", s.URL+"/", ""))
		if err != nil || string(a.Body) != "packed" {
			t.Errorf("%+v, %v", a, err)
		}
	})
	for name, h := range map[string]http.HandlerFunc{
		"an answer that never begins": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a body that never ends": func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"a byte at a time": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				fmt.Fprint(w, "x")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, h)
			began := time.Now()
			_, err := caller.New(caller.Options{Timeout: 200 * time.Millisecond}).Send(t.Context(), "ada", allowed(t, s.URL, "GET", s.URL+"/", ""))
			var failed *caller.Failure
			if !errors.As(err, &failed) || !strings.Contains(failed.Why, "no whole answer within 200ms") || time.Since(began) > 5*time.Second {
				t.Errorf("%v after %s, want the end of patience", err, time.Since(began))
			}
		})
	}
	raw := map[string]string{
		"headers without end":        "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 200) + "\r\n",
		"what is not HTTP":           "SSH-2.0-OpenSSH_9.2p1\r\n",
		"a switch of protocols":      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"a status that is none":      "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
		"two lengths that differ":    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a header with a line break": "HTTP/1.1 200 OK\r\nX-A: a\r\n b\x00\r\nContent-Length: 0\r\n\r\n",
		"informational without end":  strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 100),
	}
	for name, text := range raw {
		t.Run(name, func(t *testing.T) {
			address := listen(t, text)
			a, err := caller.New(caller.Options{Timeout: time.Second}).Send(t.Context(), "ada", allowed(t, address, "GET", address+"/", ""))
			if err == nil {
				t.Errorf("%+v, want a failure", a)
			}
		})
	}
}

// listen answers each connection with a text, whatever it says.
func listen(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = http.ReadRequest(bufio.NewReader(c))
				_, _ = io.WriteString(c, text)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestCallsAreCounted(t *testing.T) {
	begun, end := make(chan struct{}, 64), make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		select {
		case <-end:
		case <-r.Context().Done():
		}
	})
	c := caller.New(caller.Options{})
	call := allowed(t, s.URL, "GET", s.URL+"/", "")
	var all sync.WaitGroup
	for i := range caller.MaxOfReader {
		all.Go(func() {
			if _, err := c.Send(t.Context(), "ada", call); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
		<-begun
	}
	var failed *caller.Failure
	if _, err := c.Send(t.Context(), "ada", call); !errors.As(err, &failed) || !failed.Busy {
		t.Errorf("one more of the same reader: %v, want it refused", err)
	}
	for i := caller.MaxOfReader; i < caller.MaxInAll; i++ {
		reader := fmt.Sprintf("reader %d", i/caller.MaxOfReader)
		all.Go(func() {
			if _, err := c.Send(t.Context(), reader, call); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
		<-begun
	}
	if _, err := c.Send(t.Context(), "grace", call); !errors.As(err, &failed) || !failed.Busy {
		t.Errorf("one more in all: %v, want it refused", err)
	}
	close(end)
	all.Wait()
	if _, err := c.Send(t.Context(), "ada", call); err != nil {
		t.Errorf("after all have ended: %v", err)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, " ", r.TLS.ServerName) }))
	t.Cleanup(s.Close)
	port := portOf(t, s)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	n := &names{answers: map[string][]string{"example.com": {"127.0.0.1"}, "other.example": {"127.0.0.1"}}}
	list := "example.com:" + port + "=127.0.0.0/8,other.example:" + port + "=127.0.0.0/8"
	send := func(host string, roots *x509.CertPool) (*caller.Answer, error) {
		return caller.New(caller.Options{Resolver: n, Roots: roots}).Send(t.Context(), "ada", allowed(t, list, "GET", "https://"+host+":"+port+"/", ""))
	}
	if a, err := send("example.com", roots); err != nil || string(a.Body) != "example.com:"+port+" example.com" {
		t.Errorf("a good certificate: %+v, %v", a, err)
	}
	for what, try := range map[string]func() (*caller.Answer, error){
		"another name":         func() (*caller.Answer, error) { return send("other.example", roots) },
		"an unknown authority": func() (*caller.Answer, error) { return send("example.com", x509.NewCertPool()) },
	} {
		var failed *caller.Failure
		if _, err := try(); !errors.As(err, &failed) || !strings.Contains(failed.Why, "certificate") {
			t.Errorf("%s: %v, want it refused", what, err)
		}
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	var reached atomic.Bool
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	t.Setenv("HTTP_PROXY", proxy.URL)
	n := &names{answers: map[string][]string{"api.example": {"127.88.0.1"}}}
	call := allowed(t, "http://api.example:1=127.88.0.0/16", "GET", "http://api.example:1/", "")
	if _, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", call); err == nil || reached.Load() {
		t.Errorf("%v, through the proxy: %v", err, reached.Load())
	}
}

func TestFailuresTellNothingOfTheNetwork(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	port := portOf(t, s)
	n := &names{answers: map[string][]string{"api.example": {"127.88.0.1"}}}
	for address, list := range map[string]string{
		"http://api.example:" + port + "/":  "http://api.example:" + port + "=127.88.0.0/16",
		"https://api.example:" + port + "/": "https://api.example:" + port + "=127.0.0.0/8",
		"http://nobody.example/":            "http://nobody.example",
	} {
		var failed *caller.Failure
		if _, err := caller.New(caller.Options{Resolver: n}).Send(t.Context(), "ada", allowed(t, list, "GET", address, "")); !errors.As(err, &failed) ||
			strings.Contains(failed.Why, "127.") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
