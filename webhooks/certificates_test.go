package webhooks_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/webhooks/serving"
)

// apply makes what files of config hold.
func apply(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("../config", file))
		if err != nil {
			t.Fatal(err)
		}
		for doc := range strings.SplitSeq("\n"+string(text), "\n---\n") {
			u := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(doc), u); err != nil {
				t.Fatalf("read %s: %v", file, err)
			}
			if len(u.Object) == 0 {
				continue
			}
			if err := k8s.Create(t.Context(), u); err != nil {
				t.Fatalf("apply %s: %v", file, err)
			}
		}
	}
}

// TestOperatorMakesItsCertificates holds that, with the rights of config/rbac and no more, it fills the Secret and tells
// the API server whom to trust, and makes new ones where those it finds are no good.
func TestOperatorMakesItsCertificates(t *testing.T) {
	var hooks admissionv1.ValidatingWebhookConfiguration
	if err := k8s.Get(t.Context(), client.ObjectKey{Name: "callboard"}, &hooks); err != nil {
		t.Fatal(err)
	}
	before := hooks.DeepCopy()
	t.Cleanup(func() { // the other tests ask the API server to trust envtest's
		before.ResourceVersion = ""
		if err := k8s.Patch(context.Background(), before, client.Merge); err != nil {
			t.Error(err)
		}
	})
	apply(t, "manager/namespace.yaml", "rbac/service_account.yaml", "rbac/role.yaml", "rbac/bindings.yaml", "webhook/secret.yaml")
	cfg := rest.CopyConfig(env.Config)
	cfg.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:callboard-system:callboard", Groups: []string{"system:serviceaccounts", "system:authenticated"},
	}
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{Scheme: newScheme(), Metrics: metricsserver.Options{BindAddress: "0"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := serving.AddRotator(mgr, "callboard-system", dir); err != nil {
		t.Fatal(err)
	}
	certs := serving.NewCertificates(dir)
	if err := mgr.Add(certs); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = "callboard-system", "callboard-webhook-cert"
	eventually(t, func() error { return trusted(t, secret) })
	if err := certs.Check(nil); err == nil {
		t.Error("the replica is ready before the Secret is mounted")
	}
	for _, name := range []string{"tls.crt", "tls.key"} { // as the kubelet does
		if err := os.WriteFile(filepath.Join(dir, name), secret.Data[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() error { return certs.Check(nil) })

	old := string(secret.Data["tls.crt"])
	secret.Data["tls.crt"] = []byte("nonsense")
	if err := k8s.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if err := trusted(t, secret); err != nil {
			return err
		}
		if string(secret.Data["tls.crt"]) == old {
			return errors.New("it is the old certificate")
		}
		return nil
	})
}

// trusted says what is wrong with the Secret's certificate in the eyes of the API server.
func trusted(t *testing.T, secret *corev1.Secret) error {
	t.Helper()
	var hooks admissionv1.ValidatingWebhookConfiguration
	if err := k8s.Get(t.Context(), client.ObjectKey{Name: "callboard"}, &hooks); err != nil {
		return err
	}
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
		return err
	}
	block, _ := pem.Decode(secret.Data["tls.crt"])
	if block == nil {
		return errors.New("the Secret has no certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	for _, h := range hooks.Webhooks {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(h.ClientConfig.CABundle)
		if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "callboard-webhook.callboard-system.svc"}); err != nil {
			return fmt.Errorf("webhook %s: %w", h.Name, err)
		}
	}
	return nil
}
