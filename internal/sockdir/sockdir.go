// Package sockdir makes folders for unix sockets. The kernel has about 100
// bytes for the path of one, which the user's folder for temporary files, or
// that of a test, can use up alone.
package sockdir

import "os"

const (
	// longest is what every system has room for: 104 bytes on the BSDs and on
	// macOS, with the zero at the end.
	longest = 103
	// name is as long as any socket's in such a folder.
	name = "/docker.sock"
	// number is as long as any that makes the folder's name its own.
	number = "/0123456789"
	// short is where there is always room.
	short = "/tmp"
)

// Make makes a folder that only this user can open, whose name begins with the
// prefix. It is the caller's to remove.
func Make(prefix string) (string, error) {
	parent := os.TempDir()
	if len(parent)+len(prefix)+len(number)+len(name) > longest {
		parent = short
	}
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil && parent != short { // TMPDIR may name what is not there, or full.
		if dir, err := os.MkdirTemp(short, prefix); err == nil {
			return dir, nil
		}
	}
	return dir, err
}
