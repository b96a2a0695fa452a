package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

const (
	certLife = 10 * 365 * 24 * time.Hour
	// certMargin is how long a certificate must still hold to be used again.
	certMargin = 30 * 24 * time.Hour
)

// identity is a certificate with its key.
type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// request is what a certificate shall say.
type request struct {
	name   string // of the files
	common string
	groups []string
	server bool
}

// clients are the certificates with which the parts of the cluster log in.
var clients = []request{
	{name: "admin", common: "devcluster-admin", groups: []string{"system:masters"}},
	{name: "kube-controller-manager", common: "system:kube-controller-manager"},
	{name: "kube-scheduler", common: "system:kube-scheduler"},
	{name: "kwok", common: "kwok", groups: []string{"system:masters"}},
}

// ensurePKI makes what is missing or about to expire of the cluster's keys and
// certificates, and keeps the rest, so that kubeconfigs and tokens stay valid.
func ensurePKI(l layout) error {
	ca, fresh, err := ensureCA(l, "ca")
	if err != nil {
		return err
	}
	leaves := append([]request{{name: "apiserver", common: "kube-apiserver", server: true}}, clients...)
	for _, r := range leaves {
		if err := ensureLeaf(l, ca, fresh, r); err != nil {
			return err
		}
	}
	front, fresh, err := ensureCA(l, "front-proxy-ca")
	if err != nil {
		return err
	}
	if err := ensureLeaf(l, front, fresh, request{name: "front-proxy-client", common: "front-proxy-client"}); err != nil {
		return err
	}
	return ensureKey(l, "sa.key")
}

// ensureCA returns the authority of that name, and whether it had to be made.
func ensureCA(l layout, name string) (identity, bool, error) {
	if ca, err := loadIdentity(l, name); err == nil && holds(ca.cert) {
		return ca, false, nil
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "devcluster " + name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	ca, err := issue(l, name, template, nil)
	return ca, true, err
}

func ensureLeaf(l layout, ca identity, renew bool, r request) error {
	if old, err := loadIdentity(l, r.name); err == nil && !renew && holds(old.cert) && old.cert.CheckSignatureFrom(ca.cert) == nil {
		return nil
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: r.common, Organization: r.groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if r.server {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
		template.IPAddresses = []net.IP{net.ParseIP(loopback), net.ParseIP(serviceIP)}
	}
	_, err := issue(l, r.name, template, &ca)
	return err
}

// issue makes a key and its certificate, signed by ca or by itself.
func issue(l layout, name string, template *x509.Certificate, ca *identity) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make the key of %s: %w", name, err)
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return identity{}, fmt.Errorf("number the certificate of %s: %w", name, err)
	}
	template.NotBefore = time.Now().Add(-time.Hour) // clocks of a woken machine may jump
	template.NotAfter = time.Now().Add(certLife)
	signer := identity{cert: template, key: key}
	if ca != nil {
		signer = *ca
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, key.Public(), signer.key)
	if err != nil {
		return identity{}, fmt.Errorf("sign the certificate of %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return identity{}, fmt.Errorf("read the certificate of %s back: %w", name, err)
	}
	if err := writeKey(l, name+".key", key); err != nil {
		return identity{}, err
	}
	return identity{cert: cert, key: key}, writePEM(l, name+".crt", "CERTIFICATE", der)
}

// ensureKey keeps or makes a key that needs no certificate.
func ensureKey(l layout, name string) error {
	if _, err := loadKey(l, name); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the key %s: %w", name, err)
	}
	return writeKey(l, name, key)
}

func holds(cert *x509.Certificate) bool {
	return time.Until(cert.NotAfter) > certMargin
}

func loadIdentity(l layout, name string) (identity, error) {
	key, err := loadKey(l, name+".key")
	if err != nil {
		return identity{}, err
	}
	der, err := readPEM(l, name+".crt")
	if err != nil {
		return identity{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return identity{}, fmt.Errorf("read the certificate of %s: %w", name, err)
	}
	if pub, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(key.Public()) {
		return identity{}, fmt.Errorf("key and certificate of %s do not fit", name)
	}
	return identity{cert: cert, key: key}, nil
}

func loadKey(l layout, name string) (*ecdsa.PrivateKey, error) {
	der, err := readPEM(l, name)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the key %s: %w", name, err)
	}
	return key, nil
}

func writeKey(l layout, name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("write the key %s: %w", name, err)
	}
	return writePEM(l, name, "EC PRIVATE KEY", der)
}

func readPEM(l layout, name string) ([]byte, error) {
	data, err := os.ReadFile(l.pki(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM in " + name)
	}
	return block.Bytes, nil
}

func writePEM(l layout, name, kind string, der []byte) error {
	return writeFile(l.pki(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
