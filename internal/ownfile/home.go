package ownfile

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
)

// StateDir is skep's folder for what it keeps from one run to the next. Under sudo
// with the HOME of who called it, that is the one of who runs: a journal is its
// owner's, and the caller could neither read nor trust what root left in his.
func StateDir() string {
	return stateOf(xdg.Home, xdg.StateHome, os.Geteuid(), homeOf)
}

// stateOf is that folder for a user. Where the account has no home, as in a
// container under any number, it is the one of the environment.
func stateOf(home, state string, uid int, homeOf func() string) string {
	dir := filepath.Join(state, "skep")
	if !othersOwn(dir, uid) {
		return dir
	}
	own := homeOf()
	if own == "" {
		return dir
	}
	below, err := filepath.Rel(home, state)
	if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		below = filepath.Join(".local", "state")
	}
	return filepath.Join(own, below, "skep")
}

func homeOf() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

// othersOwn reports whether a folder, or what there is above it, is somebody
// else's. What is root's is for all.
func othersOwn(dir string, uid int) bool {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			owner := ownerOf(info)
			return owner > 0 && owner != uid
		}
		above := filepath.Dir(dir)
		if above == dir {
			return false
		}
		dir = above
	}
}
