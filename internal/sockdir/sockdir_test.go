package sockdir_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skep/internal/sockdir"
)

func TestMake_TakesASocketWhateverTMPDIRIs(t *testing.T) {
	base := t.TempDir()
	for _, length := range []int{0, 60, 70, 80, 90, 100, 200} {
		dir := filepath.Join(base, strings.Repeat("x", max(1, length-len(base))))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", dir)
		made, err := sockdir.Make("skep-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(made)
		ln, err := net.Listen("unix", filepath.Join(made, "docker.sock"))
		if err != nil {
			t.Errorf("with TMPDIR of %d bytes: %v", len(dir), err)
			continue
		}
		ln.Close()
		if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("others may open the folder: %v, %v", info, err)
		}
	}
}

// TestMake_DoesWithoutTMPDIR: one that was removed, or is mounted read-only, is
// no reason not to show the demo.
func TestMake_DoesWithoutTMPDIR(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	made, err := sockdir.Make("skep-")
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(made)
}
