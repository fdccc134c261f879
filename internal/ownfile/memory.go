package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Hint is the line of the first start, and ByName that lists go by name rather
// than begin with what is wrong.
const (
	Hint   = "hint-read"
	ByName = "order-by-name"
)

// Memory is what is remembered from one run to the next of what the operator has
// seen and typed. Each thing is a file of its name in skep's folder, beside the
// journal: an empty one, or one of lines. What cannot be written is forgotten;
// nothing else depends on it.
type Memory struct{ dir string }

// NewMemory is the memory in a folder, which is made when there is something to
// remember.
func NewMemory(dir string) Memory { return Memory{dir: dir} }

// Has reports whether a thing is remembered. Where that cannot be read it is
// not.
func (m Memory) Has(name string) bool {
	_, err := os.Stat(filepath.Join(m.dir, name))
	return err == nil
}

// List are the things that are remembered whose names begin so. Where they can
// not be read there are none.
func (m Memory) List(prefix string) []string {
	entries, err := os.ReadDir(m.dir)
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
func (m Memory) Remember(name string) error {
	if err := MakeFolder(m.dir); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(m.dir, name), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Forget forgets a thing.
func (m Memory) Forget(name string) error {
	err := os.Remove(filepath.Join(m.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Set remembers a thing or forgets it.
func (m Memory) Set(name string, on bool) error {
	if on {
		return m.Remember(name)
	}
	return m.Forget(name)
}
