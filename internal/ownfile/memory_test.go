package ownfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemory_RemembersFromOneRunToTheNext(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "skep")
	if NewMemory(dir).Has(Hint) {
		t.Error("something is remembered of no run")
	}
	for range 2 {
		if err := NewMemory(dir).Remember(Hint); err != nil {
			t.Fatal(err)
		}
	}
	if !NewMemory(dir).Has(Hint) || NewMemory(dir).Has("other") {
		t.Error("it is forgotten, or mixed up")
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, Hint): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode().Perm(), err)
		}
	}
}

func TestMemory_Forgets(t *testing.T) {
	s := NewMemory(filepath.Join(t.TempDir(), "skep"))
	for _, on := range []bool{false, true, false, true} {
		if err := s.Set(ByName, on); err != nil || s.Has(ByName) != on {
			t.Errorf("set to %v: %v, %v", on, s.Has(ByName), err)
		}
	}
}

// TestMemory_NowhereToWrite has a file where the directory should be, which
// nobody can write into, root included.
func TestMemory_NowhereToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := NewMemory(filepath.Join(file, "skep"))
	if s.Remember(Hint) == nil {
		t.Error("it was written into a file")
	}
	if s.Has(Hint) {
		t.Error("it is remembered all the same")
	}
}

func TestMemory_Lists(t *testing.T) {
	s := NewMemory(t.TempDir())
	for _, name := range []string{"rolled-back-a", "rolled-back-b", Hint} {
		if err := s.Remember(name); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.List("rolled-back-"); len(got) != 2 || got[0] != "rolled-back-a" {
		t.Errorf("%q", got)
	}
	if got := NewMemory("/nowhere").List(""); got != nil {
		t.Errorf("%q", got)
	}
}
