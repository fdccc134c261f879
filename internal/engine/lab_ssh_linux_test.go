package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/lab"
	"skep/model"
)

// sshd runs an SSH server for one test on the loopback and puts an ssh on the
// PATH that logs in there with a key of the test's own.
func sshd(t *testing.T, options ...string) (address string) {
	t.Helper()
	server, err := exec.LookPath("sshd")
	if err != nil {
		server = "/usr/sbin/sshd"
		if _, err := os.Stat(server); err != nil {
			if os.Getenv("SKEP_LAB") == "required" {
				t.Fatal("there is no sshd (Debian: openssh-server)")
			}
			t.Skip("there is no sshd (Debian: openssh-server)")
		}
	}
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("there is no ssh")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, "host"))
	run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, "user"))
	run("cp", filepath.Join(dir, "user.pub"), filepath.Join(dir, "authorized"))
	_ = os.MkdirAll("/run/sshd", 0o755) // sshd insists on its folder
	port := freePort(t)
	args := []string{"-D", "-e", "-f", "/dev/null", "-p", port, "-h", filepath.Join(dir, "host"),
		"-oListenAddress=127.0.0.1", "-oAuthorizedKeysFile=" + filepath.Join(dir, "authorized"), "-oStrictModes=no",
		"-oPermitRootLogin=yes", "-oPasswordAuthentication=no", "-oUsePAM=no", "-oPidFile=none"}
	cmd := exec.Command(server, append(args, options...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	wrapper := fmt.Sprintf("#!/bin/sh\nexec %s -F none -i %s -oUserKnownHostsFile=%s -oStrictHostKeyChecking=accept-new \"$@\"\n",
		client, filepath.Join(dir, "user"), filepath.Join(dir, "known"))
	bin := filepath.Join(dir, "bin")
	write(t, filepath.Join(bin, "ssh"), wrapper)
	if err := os.Chmod(filepath.Join(bin, "ssh"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	address = "127.0.0.1:" + port
	lab.Eventually(t, 10*time.Second, func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err
	})
	return address
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestLab_SSH connects through a real SSH server.
func TestLab_SSH(t *testing.T) {
	lab.Require(t)
	address := sshd(t)
	l := lab.Up(t)
	l.Image(t, "app:1")
	m := l.Manager(0)
	p := labPool(t, Options{Hosts: []string{"ssh://root@" + address + m.Sock()}})
	for range 5 {
		nodes, _, err := p.Nodes(within(t, time.Minute))
		if err != nil || len(nodes) != 1 {
			t.Fatalf("got %v, %v", nodes, err)
		}
	}
	if s := p.Stats(); s.Connections != 1 {
		t.Errorf("%d logins for requests one after the other", s.Connections)
	}
	ctx, cancel := context.WithCancel(t.Context())
	events, errs := p.Events(ctx)
	id := dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "web", "app:1")
	// The manager itself may have events of its own start to tell of.
	for e := range events {
		if e.Kind == "service" && e.ID == id {
			break
		}
	}
	cancel()
	for range events {
	}
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}

	for name, c := range map[string]struct{ host, says string }{
		"wrong user":  {"ssh://nobody-at-all@" + address + m.Sock(), "Permission denied"},
		"no socket":   {"ssh://root@" + address + "/no/such.sock", "/no/such.sock"},
		"closed port": {"ssh://root@127.0.0.1:" + freePort(t) + m.Sock(), "Connection refused"},
		"no host":     {"ssh://root@host.invalid" + m.Sock(), "host.invalid"},
	} {
		trouble := wantSituation(t, connectError(t, c.host, nil), model.SSHFailure)
		if !strings.Contains(trouble.Error(), c.says) {
			t.Errorf("%s: %q does not hold ssh's own words", name, trouble.Error())
		}
	}
	t.Setenv("PATH", t.TempDir())
	wantSituation(t, connectError(t, "ssh://root@"+address, nil), model.SSHFailure)
}
