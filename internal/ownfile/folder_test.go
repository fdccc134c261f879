//go:build unix

package ownfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"skep/internal/ownfile"
)

// TestMakeFolder_LeavesTheHomeToItsOwner is sudo with the HOME of who called it.
func TestMakeFolder_LeavesTheHomeToItsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes folders in the homes of others")
	}
	home := filepath.Join(t.TempDir(), "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, 12345, 12346); err != nil {
		t.Fatal(err)
	}
	for range 2 { // What is there stays as it is.
		if err := ownfile.MakeFolder(filepath.Join(home, ".local", "state", "skep")); err != nil {
			t.Fatal(err)
		}
	}
	for dir, want := range map[string]uint32{".local": 12345, ".local/state": 12345, ".local/state/skep": 0} {
		info, err := os.Stat(filepath.Join(home, dir))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != want || info.Mode().Perm() != 0o700 {
			t.Errorf("%s belongs to %d with %v, want %d", dir, got, info.Mode(), want)
		}
	}
}
