package ownfile

import (
	"os"

	"golang.org/x/sys/windows"
)

// lock locks a file, if nobody else has. It ends with the file or the process.
func lock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
}
