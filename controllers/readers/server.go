package readers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

// Bounds of the server. What lasts, such as a stream of events, moves its own write deadline.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 15 * time.Second
	writeTimeout   = time.Minute
	idleTimeout    = 2 * time.Minute
	maxHeader      = 64 << 10 // cookies of a long token take 20
	maxConnections = 2048
	// streamGrace is how long streams and slow pages may go on when the replica stops, and shutdownGrace all requests.
	streamGrace   = time.Second
	shutdownGrace = 10 * time.Second
)

// Server serves the dashboard. It implements manager.Runnable, and runs on every replica.
type Server struct {
	// Address is where to listen. Without certificates it must be a loopback address, unless InsecureHTTP is true.
	Address string
	// CertDir holds tls.crt and tls.key, which may change; plain HTTP is served if it is empty.
	CertDir string
	// InsecureHTTP says that others see to it that nobody reads along, such as a service mesh.
	InsecureHTTP bool
	// Handler answers.
	Handler http.Handler
	// Synced says whether the catalog has been read; nothing of it is shown before.
	Synced func() bool
	// Log is told where it listens, and of connections that fail.
	Log *slog.Logger

	once sync.Once
	done chan struct{}

	mu sync.Mutex
	at net.Addr
}

// NeedLeaderElection says that every replica serves.
func (*Server) NeedLeaderElection() bool { return false }

// Done is closed when the server begins to stop, so that what lasts can end.
func (s *Server) Done() <-chan struct{} {
	s.once.Do(func() { s.done = make(chan struct{}) })
	return s.done
}

// At is where the server listens; nil before it does.
func (s *Server) At() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// Check says that the server listens, for readiness.
func (s *Server) Check(*http.Request) error {
	if s.At() == nil {
		return errors.New("the dashboard does not listen yet")
	}
	return nil
}

// Validate says what is wrong with where the server is to listen.
func (s *Server) Validate() error {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return fmt.Errorf("the address of the dashboard: %w", err)
	}
	if s.CertDir == "" && !s.InsecureHTTP && !loopback(host) {
		return fmt.Errorf("the dashboard would send tokens in plain text to %s: give it certificates, or let it listen on a loopback address", s.Address)
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// loopbackHosts are the names by which a loopback address is called, also through kubectl port-forward.
var loopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// Start serves until the context ends. It implements manager.Runnable.
func (s *Server) Start(ctx context.Context) error {
	if err := s.Validate(); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("listen for the dashboard: %w", err)
	}
	listener = netutil.LimitListener(listener, maxConnections)
	requests, end := context.WithCancel(context.Background())
	defer end()
	server := &http.Server{
		Handler: s.whenSynced(s.Handler), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	serve := server.Serve
	if s.CertDir != "" {
		if server.TLSConfig, err = s.certificates(ctx); err != nil {
			return errors.Join(err, listener.Close())
		}
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	s.listens(listener.Addr())
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- s.stop(server, end)
	}()
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the dashboard: %w", err)
	}
	return <-stopped
}

func (s *Server) listens(at net.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = at
	s.Log.Info("The dashboard listens", "address", at.String(), "tls", s.CertDir != "")
}

// stop lets requests end. Those that do not are told by their contexts, and cut off at last.
func (s *Server) stop(server *http.Server, end func()) error {
	s.Done()
	close(s.done)
	streams := time.AfterFunc(streamGrace, end)
	defer streams.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// certificates follows the files. Browsers need no certificate; that of a proxy is looked at by its way in.
func (s *Server) certificates(ctx context.Context) (*tls.Config, error) {
	watcher, err := certwatcher.New(filepath.Join(s.CertDir, "tls.crt"), filepath.Join(s.CertDir, "tls.key"))
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the dashboard: %w", err)
	}
	go func() {
		if err := watcher.Start(ctx); err != nil {
			s.Log.Error("The certificate of the dashboard is not followed any more", "error", err)
		}
	}()
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: watcher.GetCertificate, ClientAuth: tls.RequestClientCert}, nil
}

// whenSynced answers only once the catalog is read: until then pages would tell half the truth.
func (s *Server) whenSynced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Synced() {
			w.Header().Set("Retry-After", "2")
			http.Error(w, "The catalog is being read. Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// split parts a list of a flag.
func split(list string) []string {
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
