// Localhooks lets an API server on this machine ask an operator on this machine: it makes certificates for localhost in a
// folder, and prints the webhook configuration with that address instead of the Service's.
package main

import (
	"crypto/x509"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"
)

// valid is how long the certificates are good; each start makes new ones.
const valid = 30 * 24 * time.Hour

func main() {
	file := flag.String("configuration", "config/webhook/configuration.yaml", "The webhook configuration.")
	dir := flag.String("cert-dir", "", "Where tls.crt and tls.key go.")
	port := flag.Int("port", 0, "Where the operator listens.")
	flag.Parse()
	if err := run(*file, *dir, *port); err != nil {
		fmt.Fprintln(os.Stderr, "localhooks:", err)
		os.Exit(1)
	}
}

func run(file, dir string, port int) error {
	ca, err := certificates(dir)
	if err != nil {
		return fmt.Errorf("make certificates: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c admissionv1.ValidatingWebhookConfiguration
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for i := range c.Webhooks {
		to := &c.Webhooks[i].ClientConfig
		url := fmt.Sprintf("https://localhost:%d%s", port, *to.Service.Path)
		to.Service, to.URL, to.CABundle = nil, &url, ca
	}
	out, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

// certificates writes a certificate of localhost and its key, and returns who signed it.
func certificates(dir string) (ca []byte, err error) {
	r := rotator.CertRotator{
		CAName: "callboard-local", CAOrganization: "callboard", DNSName: "localhost",
		ExtKeyUsages: &[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	begin := time.Now().Add(-time.Hour)
	signer, err := r.CreateCACert(begin, begin.Add(valid))
	if err != nil {
		return nil, err
	}
	cert, key, err := r.CreateCertPEM(signer, begin, begin.Add(valid))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "tls.crt"), cert, 0o600); err != nil {
		return nil, err
	}
	return signer.CertPEM, os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600)
}
