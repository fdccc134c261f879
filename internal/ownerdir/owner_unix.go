//go:build unix

package ownerdir

import (
	"os"
	"syscall"
)

// ownerOf is whose a file is; -1 where nobody can tell.
func ownerOf(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
