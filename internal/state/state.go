// Package state remembers from one run to the next what the operator has seen
// and typed. Each thing is a file of its name in skep's state directory, beside
// the journal: an empty one, or one of lines. What cannot be written is
// forgotten; nothing else depends on it.
package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"skep/internal/ownerdir"
)

// Hint is the line of the first start, and ByName that lists go by name rather
// than begin with what is wrong.
const (
	Hint   = "hint-read"
	ByName = "order-by-name"
)

// State is a directory of things to remember.
type State struct{ dir string }

// Dir is where things are remembered by default.
func Dir() string { return ownerdir.State() }

// New is the state in a directory, which is made when there is something to
// remember.
func New(dir string) State { return State{dir: dir} }

// Has reports whether a thing is remembered. Where that cannot be read it is
// not.
func (s State) Has(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, name))
	return err == nil
}

// List are the things that are remembered whose names begin so. Where they can
// not be read there are none.
func (s State) List(prefix string) []string {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			out = append(out, e.Name())
		}
	}
	return out
}

// Remember remembers a thing.
func (s State) Remember(name string) error {
	if err := ownerdir.Make(s.dir); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Forget forgets a thing.
func (s State) Forget(name string) error {
	err := os.Remove(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Set remembers a thing or forgets it.
func (s State) Set(name string, on bool) error {
	if on {
		return s.Remember(name)
	}
	return s.Forget(name)
}
