package engine

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"skep/model"
)

// authority is a certificate authority for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate for 127.0.0.1 that is valid until then.
func (a *authority) issue(t testing.TB, until time.Time) (cert, key []byte) {
	t.Helper()
	k := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &k.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

// writeClient writes ca.pem, cert.pem and key.pem as docker names them.
func (a *authority) writeClient(t testing.TB, dir string) {
	t.Helper()
	cert, key := a.issue(t, time.Now().Add(time.Hour))
	write(t, filepath.Join(dir, "ca.pem"), string(a.pem))
	write(t, filepath.Join(dir, "cert.pem"), string(cert))
	write(t, filepath.Join(dir, "key.pem"), string(key))
}

// listen is a TLS listener that wants client certificates of the authority.
func (a *authority) listen(t testing.TB, until time.Time) net.Listener {
	t.Helper()
	cert, key := a.issue(t, until)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.pem)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConnect_TLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	good, mixed, stranger := t.TempDir(), t.TempDir(), t.TempDir()
	ours.writeClient(t, good)
	theirs.writeClient(t, stranger)
	theirs.writeClient(t, mixed)
	write(t, filepath.Join(mixed, "ca.pem"), string(ours.pem))
	noClient := t.TempDir()
	write(t, filepath.Join(noClient, "ca.pem"), string(ours.pem))

	sound := newFakeOn(t, ours.listen(t, time.Now().Add(time.Hour)))
	_ = sound
	for name, c := range map[string]struct {
		until time.Time
		certs string
		bad   bool
	}{
		"both sides agree":              {time.Now().Add(time.Hour), good, false},
		"the server has expired":        {time.Now().Add(-time.Hour), good, true},
		"the server is of another CA":   {time.Now().Add(time.Hour), stranger, true},
		"our certificate is of another": {time.Now().Add(time.Hour), mixed, true},
		"no certificate of ours":        {time.Now().Add(time.Hour), noClient, true},
		"no TLS on our side":            {time.Now().Add(time.Hour), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			listener := ours.listen(t, c.until)
			f := newFakeOn(t, listener)
			f.manages()
			env := map[string]string{}
			if c.certs != "" {
				env = map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": c.certs}
			}
			p := openPool(t, Options{Hosts: []string{"tcp://" + listener.Addr().String()}, Env: environment(t, env)})
			_, err := p.Connect(within(t, 20*time.Second))
			if !c.bad {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantSituation(t, err, model.CertificateError)
		})
	}
}

func TestConnect_TLSToAPlainEngine(t *testing.T) {
	certs := t.TempDir()
	newAuthority(t).writeClient(t, certs)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	newFakeOn(t, listener)
	p := openPool(t, Options{Hosts: []string{"tcp://" + listener.Addr().String()},
		Env: environment(t, map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs})})
	_, err = p.Connect(within(t, 20*time.Second))
	wantSituation(t, err, model.CertificateError)
}

func TestCertificates_HalfAPair(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, time.Now().Add(time.Hour))
	for name, c := range map[string]certificates{
		"no key":     {cert: cert},
		"no cert":    {key: key},
		"rubbish":    {cert: []byte("x"), key: []byte("y")},
		"rubbish CA": {ca: bytes.Repeat([]byte("x"), 10)},
		"swapped":    {cert: key, key: cert},
		"unfit key":  {cert: cert, key: func() []byte { _, k := a.issue(t, time.Now()); return k }()},
	} {
		if _, err := c.config(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
