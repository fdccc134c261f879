// Package file writes what a screen shows to a file that the operator names: with
// their rights only, and over nothing that is there unless they say so.
package file

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// overwrite at the end of a path asks to write over what is there.
const overwrite = "!"

// Name is a name for a file of what a screen shows at a time.
func Name(title, ending string, at time.Time) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(` /\:`, r) {
			return '-'
		}
		return r
	}, title)
	return name + "-" + at.Format("20060102-150405") + ending
}

// Target is where to write.
type Target struct {
	Path string
	over bool
}

// Parse reads a path as it is typed.
func Parse(text string) (Target, error) {
	var t Target
	t.Path, t.over = strings.CutSuffix(strings.TrimSpace(text), overwrite)
	if rest, ok := strings.CutPrefix(t.Path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return t, err
		}
		t.Path = filepath.Join(home, rest)
	}
	if t.Path == "" {
		return t, errors.New("a path is missing")
	}
	if _, err := os.Lstat(t.Path); err == nil && !t.over {
		return t, errors.New("there is such a file; with " + overwrite + " at the end it is written over")
	}
	return t, nil
}

// Write writes to a file that was not there, or over one. The number is the one that
// the function gives.
func (t Target) Write(write func(io.Writer) (int, error)) (int, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if t.over {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(t.Path, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, errors.New("there is such a file since")
	}
	if err != nil {
		return 0, err
	}
	return WriteAll(file, write)
}

// WriteAll writes to a file and closes it.
func WriteAll(file *os.File, write func(io.Writer) (int, error)) (int, error) {
	out := bufio.NewWriter(file)
	n, err := write(out)
	return n, errors.Join(err, out.Flush(), file.Close())
}
