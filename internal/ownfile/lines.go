package ownfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// linesKept is how many lines a file keeps, the newest.
	linesKept = 100
	// lineLimit is how long a line may be, in bytes: more than anybody types.
	lineLimit = 1000
)

// Lines are the lines that are remembered under a name, the oldest first. Where
// they cannot be read there are none.
func (m Memory) Lines(name string) []string {
	b, err := os.ReadFile(filepath.Join(m.dir, name))
	if err != nil {
		return nil
	}
	lines := slices.DeleteFunc(strings.Split(strings.ToValidUTF8(string(b), ""), "\n"), func(l string) bool {
		return l == "" || len(l) > lineLimit
	})
	return lines[max(0, len(lines)-linesKept):]
}

// AddLine remembers a line as the newest of a name, and once. What another run
// has added meanwhile stays, unless both write at the same moment; the file is
// whole in any case.
func (m Memory) AddLine(name, line string) error {
	if line = strings.ToValidUTF8(strings.ReplaceAll(line, "\n", " "), ""); line == "" || len(line) > lineLimit {
		return nil
	}
	if err := MakeFolder(m.dir); err != nil {
		return err
	}
	lines := slices.DeleteFunc(m.Lines(name), func(l string) bool { return l == line })
	lines = append(lines, line)
	f, err := os.CreateTemp(m.dir, name+"-*") // Nobody else can read it.
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines[max(0, len(lines)-linesKept):], "\n") + "\n")
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(m.dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
