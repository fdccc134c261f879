package ownfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// MakeFolder makes a folder for the user who runs and nobody else, and those above it.
// What was missing above belongs to whom the home belongs to: a ~/.local that only root
// can open keeps its user out of all that others have there.
func MakeFolder(dir string) error {
	var missing []string
	at := filepath.Dir(dir)
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(at); !os.IsNotExist(err) {
			break
		}
		missing = append(missing, at)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, m := range missing {
		if err := giveToOwnerOf(at, m); err != nil {
			return err
		}
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !mine(info):
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm()&0o077 != 0:
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// mine reports whether a file belongs to who runs the program.
func mine(info os.FileInfo) bool {
	owner := ownerOf(info)
	return owner < 0 || owner == os.Geteuid()
}
