//go:build unix

package engine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"skep/model"
)

// TestConnect_PermissionDenied connects as another user, because root may open
// every socket.
func TestConnect_PermissionDenied(t *testing.T) {
	if testing.Short() {
		t.Skip("this program is started again as somebody else")
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to become somebody else")
	}
	f := newFake(t)
	path := strings.TrimPrefix(f.host, "unix://")
	if err := errors.Join(os.Chmod(filepath.Dir(path), 0o755), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := connectAsNobody(t, f.host); !strings.HasPrefix(got, string(model.PermissionDenied)+"|") {
		t.Errorf("got %q", got)
	}
}

// connectAsNobody connects in a child that runs as the user nobody, and is
// what [describe] says of its error.
func connectAsNobody(t testing.TB, host string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The folder of the test program is root's own.
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "eng")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program = filepath.Join(dir, "child")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(program, data, 0o755)); err != nil {
		t.Fatal(err)
	}
	var out []byte
	// A process that another test forks at this moment holds the file open for
	// writing until it runs its own program.
	for range 100 {
		cmd := exec.Command(program)
		cmd.Env = []string{childHosts + "=" + host, "HOME=/nonexistent"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err = cmd.CombinedOutput(); !errors.Is(err, syscall.ETXTBSY) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}
