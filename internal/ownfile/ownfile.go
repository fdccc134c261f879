// Package ownfile reads and writes files that only who runs the program may read,
// and that several of its processes may have at once: lines are appended whole, and
// a lock ends with the process that has it. A link, or the file of somebody else, is
// refused. It knows the folder in the operator's home that skep keeps them in, and
// the small things that are remembered there from one run to the next.
package ownfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrHeld means that another process has the lock.
var ErrHeld = errors.New("another process has it")

// OpenToAppend opens a file, which is made if there is none.
func OpenToAppend(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && (!info.Mode().IsRegular() || !mine(info)) {
		return nil, fmt.Errorf("%s is not a regular file of your own", path)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !mine(info) {
		err = fmt.Errorf("%s belongs to another user", path)
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// AppendLine appends a line, and closes the file. One before it that was torn costs
// only itself.
func AppendLine(f *os.File, line []byte) error {
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		last := []byte{0}
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// OpenToRead opens a file; nil where there is none.
func OpenToRead(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || !mine(info) {
		_ = f.Close()
		return nil, fmt.Errorf("%s is not a regular file of your own", path)
	}
	return f, nil
}

// EachLine gives the lines that are whole. One that has not come to its end may be
// on its way.
func EachLine(from io.Reader, take func(line []byte)) error {
	for lines := bufio.NewReaderSize(from, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		switch {
		case err == nil:
			take(line)
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}

// Claim takes the lock of a file, which is made if there is none; [ErrHeld] where
// another process has it. It ends when the file is closed.
func Claim(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			_ = f.Close()
			return nil, errors.Join(ErrHeld, err)
		}
		// Who had it before may have taken it away meanwhile.
		mine, err := f.Stat()
		if now, gone := os.Stat(path); err == nil && gone == nil && os.SameFile(mine, now) {
			return f, nil
		}
		_ = f.Close()
	}
}
