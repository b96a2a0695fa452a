package readers

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// run serves until the returned function is called, which answers how long the end took.
func run(t *testing.T, s *Server) (stop func() time.Duration) {
	t.Helper()
	if s.Synced == nil {
		s.Synced = func() bool { return true }
	}
	s.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Start(ctx) }()
	eventually(t, func() error { return s.Check(nil) })
	stopped := false
	stop = func() time.Duration {
		begin := time.Now()
		cancel()
		if !stopped {
			stopped = true
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		return time.Since(begin)
	}
	t.Cleanup(func() { stop() })
	return stop
}

func TestWhereTheServerMayListen(t *testing.T) {
	for name, tc := range map[string]struct {
		server *Server
		ok     bool
	}{
		"loopback":                          {&Server{Address: "127.0.0.1:8082"}, true},
		"loopback of IPv6":                  {&Server{Address: "[::1]:8082"}, true},
		"localhost":                         {&Server{Address: "localhost:8082"}, true},
		"everywhere, in plain text":         {&Server{Address: ":8082"}, false},
		"everywhere, by address":            {&Server{Address: "0.0.0.0:8082"}, false},
		"everywhere, by that of IPv6":       {&Server{Address: "[::]:8082"}, false},
		"everywhere, with certificates":     {&Server{Address: ":8082", CertDir: "x"}, true},
		"everywhere, where a mesh encrypts": {&Server{Address: ":8082", InsecureHTTP: true}, true},
		"no port":                           {&Server{Address: "127.0.0.1"}, false},
	} {
		if err := tc.server.Validate(); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if (&Server{}).NeedLeaderElection() {
		t.Error("only the leader serves")
	}
}

func TestNothingIsShownBeforeTheCatalogIsRead(t *testing.T) {
	var synced atomic.Bool
	s := &Server{Address: "127.0.0.1:0", Synced: synced.Load, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "all") })}
	run(t, s)
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		res, err := http.Get("http://" + s.At().String()) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s, want %d", res.Status, want)
		}
		synced.Store(true)
	}
}

// A stream of events ends when the replica does, by either sign; and a request that is nearly done is let end.
func TestWhatLastsEndsWithTheReplica(t *testing.T) {
	for name, sign := range map[string]func(*Server, *http.Request) <-chan struct{}{
		"told by the server":  func(s *Server, _ *http.Request) <-chan struct{} { return s.Done() },
		"told by the context": func(_ *Server, r *http.Request) <-chan struct{} { return r.Context().Done() },
		"a page that takes a bit": func(*Server, *http.Request) <-chan struct{} {
			c := make(chan struct{})
			time.AfterFunc(300*time.Millisecond, func() { close(c) })
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Server{Address: "127.0.0.1:0"}
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				end := sign(s, r)
				fmt.Fprintln(w, "begin")
				_ = http.NewResponseController(w).Flush()
				<-end
				fmt.Fprintln(w, "end")
			})
			stop := run(t, s)
			res, err := http.Get("http://" + s.At().String()) //nolint:noctx // a test
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			body := bufio.NewReader(res.Body)
			if line, err := body.ReadString('\n'); err != nil || line != "begin\n" {
				t.Fatalf("%q, %v", line, err)
			}
			took := stop()
			if rest, err := io.ReadAll(body); err != nil || string(rest) != "end\n" {
				t.Errorf("the stream ends with %q, %v", rest, err)
			}
			if took > 5*time.Second {
				t.Errorf("the server took %s to stop", took)
			}
		})
	}
}

func TestASlowClientIsCutOff(t *testing.T) {
	s := &Server{Address: "127.0.0.1:0", Handler: http.NotFoundHandler()}
	run(t, s)
	conn, err := net.Dial("tcp", s.At().String()) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if err := conn.SetReadDeadline(time.Now().Add(2 * headerTimeout)); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
	if took := time.Since(begin); took < headerTimeout/2 {
		t.Errorf("the connection was closed after %s, which is no test of a slow client", took)
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	s := &Server{Address: "127.0.0.1:0", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	run(t, s)
	for size, want := range map[int]int{20 << 10: 204, 200 << 10: 431} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.At().String(), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.Repeat("a", size))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("with a header of %d bytes: %s, want %d", size, res.Status, want)
		}
	}
}

func TestCertificatesAreServed(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	cert, key := ca.issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "x"}, DNSNames: []string{"callboard.example"}})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: cert.Raw}, "tls.key": {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &Server{Address: "127.0.0.1:0", CertDir: dir, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "all") })}
	run(t, s)
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "callboard.example"}}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+s.At().String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s with TLS %x", res.Status, res.TLS.Version)
	}
}
