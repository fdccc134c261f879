package ownfile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLines_AreThereInTheNextRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "skep")
	if got := NewMemory(dir).Lines("history-command"); got != nil {
		t.Errorf("of no run: %q", got)
	}
	for _, l := range []string{"nodes", "svc web", "", "nodes", "two\nlines", strings.Repeat("x", lineLimit+1)} {
		if err := NewMemory(dir).AddLine("history-command", l); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := NewMemory(dir).Lines("history-command"), []string{"svc web", "nodes", "two lines"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := NewMemory(dir).Lines("history-filter"); got != nil {
		t.Errorf("of another name: %q", got)
	}
	files, _ := os.ReadDir(dir)
	info, err := os.Stat(filepath.Join(dir, "history-command"))
	if err != nil || info.Mode().Perm() != 0o600 || len(files) != 1 {
		t.Errorf("%v, %v, %v", info, err, files)
	}
}

// TestLines_AreBounded writes more than are kept, over a file that anybody may
// read and that is no text.
func TestLines_AreBounded(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := os.WriteFile(path, []byte("\xff\n"+strings.Repeat("y\n", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range linesKept + 5 {
		if err := NewMemory(dir).AddLine("x", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	got := NewMemory(dir).Lines("x")
	if len(got) != linesKept || got[0] != "5" || got[linesKept-1] != fmt.Sprint(linesKept+4) {
		t.Errorf("%d lines: %q", len(got), got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestLines_NowhereToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := NewMemory(filepath.Join(file, "skep"))
	if s.AddLine("x", "nodes") == nil || s.Lines("x") != nil {
		t.Error("a file has taken a file")
	}
}
