package engine

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// certificates are the PEM files of a TLS connection; each may be missing.
type certificates struct {
	ca, cert, key []byte
	skipVerify    bool
	// name is where they came from, for errors.
	name string
}

// environmentTLS is the TLS configuration that DOCKER_TLS_VERIFY, DOCKER_TLS
// and DOCKER_CERT_PATH ask for, nil if none. As for the docker command, the
// path alone asks for nothing; without it the files are in docker's
// configuration folder.
func environmentTLS(o Options, configDir string) (*tls.Config, error) {
	verify := o.env("DOCKER_TLS_VERIFY") != ""
	if !verify && o.env("DOCKER_TLS") == "" {
		return nil, nil
	}
	dir := o.env("DOCKER_CERT_PATH")
	if dir == "" {
		dir = configDir
	}
	pem := certificates{skipVerify: !verify, name: dir}
	var errs []error
	read := func(name string, needed bool) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && (needed || !errors.Is(err, os.ErrNotExist)) {
			errs = append(errs, err)
		}
		return data
	}
	// Docker insists on the CA, and only while it verifies.
	pem.ca = read("ca.pem", verify)
	pem.cert, pem.key = read("cert.pem", false), read("key.pem", false)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return pem.config()
}

func (c certificates) config() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.skipVerify}
	if c.ca != nil {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(c.ca) {
			return nil, fmt.Errorf("ca.pem of %s holds no certificate", c.name)
		}
	}
	switch {
	case c.cert == nil && c.key == nil:
	case c.cert == nil:
		return nil, fmt.Errorf("%s has key.pem but no cert.pem", c.name)
	case c.key == nil:
		return nil, fmt.Errorf("%s has cert.pem but no key.pem", c.name)
	default:
		pair, err := tls.X509KeyPair(c.cert, c.key)
		if err != nil {
			return nil, fmt.Errorf("cert.pem and key.pem of %s: %w", c.name, err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}
