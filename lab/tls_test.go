package lab

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// tlsClient speaks to nodes with the lab's client certificate, if wanted.
func tlsClient(t *testing.T, l *Lab, withCert bool) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(l.tlsPath("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM(pem)
	if withCert {
		cert, err := tls.LoadX509KeyPair(l.tlsPath("cert.pem"), l.tlsPath("key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return &http.Client{
		Timeout:   3 * time.Second,
		Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true},
	}
}

func TestForward_ReachesTheEngineWithTLS(t *testing.T) {
	t.Parallel()
	l := Up(t, TLS())
	n := l.Manager(0)
	addr := n.Forward(t)
	url := "https://" + addr + "/_ping"

	resp, err := tlsClient(t, l, true).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %s, want 200", resp.Status)
	}
	if resp, err := tlsClient(t, l, false).Get(url); err == nil {
		resp.Body.Close()
		t.Error("the engine took a client without a certificate")
	}
	cmd := exec.Command("docker", "info", "--format", "{{.Name}}")
	cmd.Env = append(os.Environ(), "DOCKER_HOST=tcp://"+addr, "DOCKER_TLS_VERIFY=1",
		"DOCKER_CERT_PATH="+l.CertPath(), "DOCKER_CONFIG="+l.cliConfig())
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != n.Name {
		t.Errorf("docker info says %q, %v, want %q", got, err, n.Name)
	}

	if err := n.Unplug(); err != nil {
		t.Fatal(err)
	}
	if resp, err := tlsClient(t, l, true).Get(url); err == nil {
		resp.Body.Close()
		t.Error("an unplugged node answered")
	}
	if err := n.Plug(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, 20*time.Second, func() error {
		resp, err := tlsClient(t, l, true).Get(url)
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
}
