//go:build !windows

package terminal

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/charmbracelet/x/term"
)

// GuardStderr puts something else in the place of standard error until
// [Guard.End]. It gives nil where that is no terminal, or cannot be done.
func GuardStderr() *Guard {
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(os.Stderr.Fd()) {
		return nil
	}
	kept, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	tty := os.NewFile(uintptr(kept), "stderr")
	read, write, err := os.Pipe()
	if err != nil {
		_ = tty.Close()
		return nil
	}
	defer write.Close()
	to := int(write.Fd())
	// A crash stops whoever reads the pipe: its report must not wait for room.
	if err = unix.SetNonblock(to, true); err == nil {
		err = unix.Dup2(to, fd)
	}
	if err != nil {
		_, _ = tty.Close(), read.Close()
		return nil
	}
	_ = debug.SetCrashOutput(tty, debug.CrashOptions{}) // What nothing recovers from is told at once.
	g := &Guard{read: read, done: make(chan struct{}), restore: func() error {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		defer tty.Close()
		return unix.Dup2(kept, fd)
	}}
	go func() {
		g.collect()
		_ = read.Close()
	}()
	return g
}
