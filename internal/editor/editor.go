// Package editor lets the operator change a text in an editor of their own. The
// text is in a file that only they can read, in a folder of its own, which is
// removed with all that the editor left beside it; unless it is kept, because what
// was typed could not be used.
package editor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"skep/internal/ownfile"
)

// ErrNone means that there is no editor.
var ErrNone = errors.New("there is no editor: set VISUAL or EDITOR")

// longest is how long a text may be that comes back.
const longest = 4 << 20

// Draft is a text that is being edited.
type Draft struct {
	path  string
	given string
	kept  bool
}

// New makes the file of a text. The name is what it is about; of it the file has
// what harms nobody.
func New(name, text string) (*Draft, error) {
	dir, err := makeFolder()
	if err != nil {
		return nil, err
	}
	d := &Draft{path: filepath.Join(dir, fileName(name))}
	if err := d.Give(text); err != nil {
		return nil, errors.Join(err, d.Remove())
	}
	return d, nil
}

// makeFolder makes a folder for one text: where the state is kept, or else where
// temporary files are.
func makeFolder() (string, error) {
	drafts := filepath.Join(ownfile.StateDir(), "drafts")
	if ownfile.MakeFolder(drafts) == nil {
		if dir, err := os.MkdirTemp(drafts, ""); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "skep-")
}

// fileName is a name for a file, which tells an editor what is in it.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, name)
	return strings.TrimLeft(name[:min(len(name), 60)], ".") + ".yaml"
}

// Path is where the text is.
func (d *Draft) Path() string { return d.path }

// Give writes the text that is edited next.
func (d *Draft) Give(text string) error {
	d.given = text
	return os.WriteFile(d.path, []byte(text), 0o600)
}

// Taken is the text as it is now, and whether it is another than was given. An
// empty one, or one that was removed, gives up.
func (d *Draft) Taken() (text string, changed bool, err error) {
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	case info.Size() > longest:
		return "", false, fmt.Errorf("%s is longer than %d MiB", d.path, longest>>20)
	}
	b, err := os.ReadFile(d.path)
	if err != nil {
		return "", false, err
	}
	text = plain(b)
	return text, strings.TrimSpace(text) != "" && text != d.given, nil
}

// plain is a text without what some editors add to each.
func plain(b []byte) string {
	return strings.TrimPrefix(strings.ReplaceAll(string(b), "\r\n", "\n"), "\ufeff")
}

// Read reads a text that was written elsewhere: a file, or standard input for -.
func Read(file string, stdin io.Reader) (string, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		stdin = f
	}
	b, err := io.ReadAll(io.LimitReader(stdin, longest+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > longest:
		return "", fmt.Errorf("%s is longer than %d MiB", file, longest>>20)
	}
	return plain(b), nil
}

// Keep leaves the file where it is.
func (d *Draft) Keep() string {
	d.kept = true
	return d.path
}

// Remove removes the file, and what the editor left beside it; not one that is
// kept.
func (d *Draft) Remove() error {
	if d.kept {
		return nil
	}
	return os.RemoveAll(filepath.Dir(d.path))
}

// Command is what edits the text: the operator's editor, with the options that
// VISUAL or EDITOR may have, or else one that is there.
func (d *Draft) Command(ctx context.Context, env func(string) string) (*exec.Cmd, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if line := strings.TrimSpace(env(name)); line != "" {
			return command(ctx, line, d.path), nil
		}
	}
	for _, name := range []string{"sensible-editor", "vim", "vi", "nano", "notepad"} {
		if path, err := exec.LookPath(name); err == nil {
			return exec.CommandContext(ctx, path, d.path), nil
		}
	}
	return nil, ErrNone
}

// command runs a line as git does: a shell reads what is more than a name.
func command(ctx context.Context, line, path string) *exec.Cmd {
	switch {
	case !strings.ContainsAny(line, " \t\"'\\$&|;<>()*?[#~=%`"):
		return exec.CommandContext(ctx, line, path)
	case runtime.GOOS == "windows":
		words := strings.Fields(line)
		return exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	}
	return exec.CommandContext(ctx, "sh", "-c", line+` "$@"`, line, path)
}
