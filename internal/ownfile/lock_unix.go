//go:build !windows

package ownfile

import (
	"os"
	"syscall"
)

// lock locks a file, if nobody else has. It ends with the file or the process.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
