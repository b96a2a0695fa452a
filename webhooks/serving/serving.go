// Package serving has admission served over TLS, with certificates that the operator makes itself or finds in a folder.
package serving

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// What config/webhook calls things.
const (
	configuration = "callboard"
	service       = "callboard-webhook"
	secret        = "callboard-webhook-cert"
)

// The rotator's cache watches the Secrets of its namespace and all webhook configurations; it writes one of each.
// +kubebuilder:rbac:groups="",namespace=callboard-system,resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",namespace=callboard-system,resources=secrets,resourceNames=callboard-webhook-cert,verbs=update
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingwebhookconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingwebhookconfigurations,resourceNames=callboard,verbs=update

// AddRotator has the leader make the certificates, renew them in time, and tell the API server whom to trust. They are
// kept in a Secret of the namespace, which every replica mounts as dir.
func AddRotator(mgr ctrl.Manager, namespace, dir string) error {
	err := rotator.AddRotator(mgr, &rotator.CertRotator{
		SecretKey: types.NamespacedName{Namespace: namespace, Name: secret},
		CertDir:   dir, CAName: "callboard-ca", CAOrganization: "callboard",
		DNSName:  fmt.Sprintf("%s.%s.svc", service, namespace),
		IsReady:  make(chan struct{}),
		Webhooks: []rotator.WebhookInfo{{Name: configuration, Type: rotator.Validating}}, FieldOwner: "callboard",
		RequireLeaderElection: true,
	})
	if err != nil {
		return fmt.Errorf("rotate the certificates: %w", err)
	}
	return nil
}

// Certificates are the files tls.crt and tls.key of a folder, read again when they change. They may come later than the
// replica: until then it is not ready.
type Certificates struct {
	dir     string
	watcher atomic.Pointer[certwatcher.CertWatcher]
}

// NewCertificates makes the certificates of a folder.
func NewCertificates(dir string) *Certificates { return &Certificates{dir: dir} }

// NewServer makes the server that serves with them.
func (c *Certificates) NewServer(host string, port int) webhook.Server {
	return webhook.NewServer(webhook.Options{Host: host, Port: port, TLSOpts: []func(*tls.Config){func(cfg *tls.Config) {
		cfg.MinVersion = tls.VersionTLS13
		cfg.GetCertificate = c.get
	}}})
}

// pollCertificates is how often a replica looks for its first certificate.
const pollCertificates = time.Second

// Start waits for the files and then follows them. It implements manager.Runnable.
func (c *Certificates) Start(ctx context.Context) error {
	ticker := time.NewTicker(pollCertificates)
	defer ticker.Stop()
	for {
		w, err := certwatcher.New(filepath.Join(c.dir, "tls.crt"), filepath.Join(c.dir, "tls.key"))
		switch {
		case err == nil:
			c.watcher.Store(w)
			return w.Start(ctx)
		case !errors.Is(err, os.ErrNotExist):
			return fmt.Errorf("read the certificate: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// NeedLeaderElection says that every replica serves.
func (c *Certificates) NeedLeaderElection() bool { return false }

var errNoCertificate = errors.New("there is no certificate yet")

func (c *Certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if w := c.watcher.Load(); w != nil {
		return w.GetCertificate(hello)
	}
	return nil, errNoCertificate
}

// Check implements healthz.Checker.
func (c *Certificates) Check(*http.Request) error {
	if c.watcher.Load() == nil {
		return errNoCertificate
	}
	return nil
}
