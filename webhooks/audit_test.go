package webhooks_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/callboard-dev/callboard/webhooks"
)

// TestViolationsAreNotedForTheAudit asks the webhook as the API server does: what it notes goes into the audit log, which
// only the API server sees.
func TestViolationsAreNotedForTheAudit(t *testing.T) {
	for mode, allowed := range map[string]bool{"enforce": false, "warn": true, "audit": true} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			w.given("Namespace pay {catalog.callboard.dev/visibility: " + mode + "}\n" + restricted)
			got := review(t, w, "Component shop/cart {owner: web-team, consumesApis: [pay/charge]}")
			if got.Allowed != allowed {
				t.Errorf("allowed is %t, want %t", got.Allowed, allowed)
			}
			if note := w.plain(got.AuditAnnotations["violations"]); note != "spec.consumesApis[0]: "+chargeIsListed {
				t.Errorf("the audit is told %q", note)
			}
			if got := review(t, w, "Component shop/checkout {owner: web-team, consumesApis: [pay/charge]}"); len(got.AuditAnnotations) > 0 {
				t.Errorf("of a consumption that is granted the audit is told %v", got.AuditAnnotations)
			}
		})
	}
}

// review asks the webhook about a new object.
func review(t *testing.T, w *world, line string) *admissionv1.AdmissionResponse {
	t.Helper()
	u := w.object(line)
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	gvk := u.GroupVersionKind()
	body, err := json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "a", Kind: metav1.GroupVersionKind(gvk), Operation: admissionv1.Create,
			Namespace: u.GetNamespace(), Name: u.GetName(), Object: runtime.RawExtension{Raw: raw},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	hooks := env.WebhookInstallOptions
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(hooks.LocalServingCAData)
	c := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	url := fmt.Sprintf("https://%s:%d%s", hooks.LocalServingHost, hooks.LocalServingPort, webhooks.Path)
	resp, err := c.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out admissionv1.AdmissionReview
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Response
}
