//go:build !windows

package ownfile

import (
	"os"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW

// mine reports whether a file belongs to who runs the program.
func mine(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(s.Uid) == os.Geteuid()
}
