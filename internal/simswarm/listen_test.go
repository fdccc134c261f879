package simswarm

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestListen_WhateverTMPDIRIs: one that is too long for the path of a socket, that was
// removed, or is mounted read-only, is no reason not to show the demo.
func TestListen_WhateverTMPDIRIs(t *testing.T) {
	base := t.TempDir()
	dirs := []string{filepath.Join(base, "gone")}
	for _, length := range []int{0, 60, 70, 80, 90, 100, 200} {
		dir := filepath.Join(base, strings.Repeat("x", max(1, length-len(base))))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	for _, dir := range dirs {
		t.Setenv("TMPDIR", dir)
		host, err := newBench(t).Listen()
		if err != nil {
			t.Errorf("with TMPDIR of %d bytes: %v", len(dir), err)
			continue
		}
		socket := strings.TrimPrefix(host, "unix://")
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Errorf("with TMPDIR of %d bytes: %v", len(dir), err)
			continue
		}
		conn.Close()
		if info, err := os.Stat(filepath.Dir(socket)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("others may open the folder: %v, %v", info, err)
		}
	}
}
