//go:build unix

package ownfile

import (
	"os"
	"syscall"
)

const noFollow = syscall.O_NOFOLLOW

// ownerOf is whose a file is; -1 where nobody can tell.
func ownerOf(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}

// giveToOwnerOf gives a folder to the owner of another, where the user may. It
// opens the folder first, so that no link is followed to something else.
func giveToOwnerOf(like, dir string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	of, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || of.Uid == 0 {
		return nil
	}
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Chown(int(of.Uid), int(of.Gid))
}
