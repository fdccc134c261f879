// Package ownerdir makes folders in the home of whoever it belongs to. Under
// sudo that may be somebody else's than the one of who runs.
package ownerdir

import (
	"os"
	"path/filepath"
)

// Make makes a folder for the user who runs, and those above it. What was
// missing above belongs to whom the home belongs to: a ~/.local that only root
// can open keeps its user out of all that others have there.
func Make(dir string) error {
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
	return nil
}
