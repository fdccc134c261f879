package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// tlsPort is where a node listens with TLS, as is the custom.
const tlsPort = 2376

// CertPath is the folder with ca.pem, cert.pem and key.pem of a client, as
// DOCKER_CERT_PATH takes it. It is there in a lab with [TLS].
func (l *Lab) CertPath() string { return filepath.Join(l.Dir, "tls") }

func (l *Lab) tlsPath(name string) string { return filepath.Join(l.CertPath(), name) }

// makeCertificates makes a CA, one certificate for all servers and one for the
// clients. The servers' is good for the loopback too, where Forward listens.
func (l *Lab) makeCertificates() error {
	if err := os.Mkdir(l.CertPath(), 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(l.tlsPath("ca.pem"))
	if err != nil {
		return err
	}
	server := template("a node of the lab", x509.ExtKeyUsageServerAuth)
	server.DNSNames = []string{"localhost"}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	for _, n := range l.nodes {
		server.DNSNames = append(server.DNSNames, n.Name)
		server.IPAddresses = append(server.IPAddresses, net.ParseIP(n.IP()))
	}
	return errors.Join(
		ca.issue(server, l.tlsPath("server-cert.pem"), l.tlsPath("server-key.pem")),
		ca.issue(template("a client of the lab", x509.ExtKeyUsageClientAuth),
			l.tlsPath("cert.pem"), l.tlsPath("key.pem")),
	)
}

// authority signs certificates. Its own key is never written down.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(file string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert := template("the CA of the lab")
	cert.IsCA, cert.BasicConstraintsValid = true, true
	cert.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &authority{cert, key}, writePEM(file, "CERTIFICATE", der)
}

// issue makes a key and signs a certificate for it.
func (a *authority) issue(cert *x509.Certificate, certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(certFile, "CERTIFICATE", der),
		writePEM(keyFile, "EC PRIVATE KEY", keyDER),
	)
}

// template is a certificate that is valid from a little ago, for clocks that
// differ, and long enough for any lab.
func template(name string, usage ...x509.ExtKeyUsage) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  usage,
	}
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
