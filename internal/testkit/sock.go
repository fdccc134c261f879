package testkit

import (
	"os"
	"path/filepath"
	"testing"

	"skep/internal/sockdir"
)

// Sock is a path for a unix socket. Its folder goes when the test ends.
func Sock(t testing.TB) string {
	t.Helper()
	dir, err := sockdir.Make("test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "docker.sock")
}
