//go:build unix

package terminal

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// stopPatience is how long a stop may take to happen. A process that was
	// stopped does not notice how long it was.
	stopPatience = 500 * time.Millisecond
	// wakePatience is how long after a stop the signal that ended it may take
	// to be handed on, where the clock has rung first.
	wakePatience = 50 * time.Millisecond
)

// Missing is why no shell would take the terminal over; empty where one does.
//
// A shell with job control puts what it starts into a process group of its own
// in the session of the terminal. The group of the session's leader is always
// an orphaned one (POSIX, 3.244): that is "ssh -t HOST skep", "tmux new skep"
// or a container. So is a group whose shell has ended.
func (Shell) Missing() string {
	const nobody = "no job-control shell to return to"
	session, err := unix.Getsid(0)
	group := unix.Getpgrp()
	if err != nil || group == session {
		return nobody
	}
	// Some systems say nothing of a parent in another session.
	parentGroup, err := unix.Getpgid(os.Getppid())
	if err != nil {
		return nobody
	}
	parentSession, err := unix.Getsid(os.Getppid())
	if err != nil || parentGroup != group && parentSession != session {
		return nobody
	}
	return ""
}

// Stop stops the process group until it is continued. Where it is not stopped
// after all it returns an error, soon.
func (Shell) Stop() error {
	woken := make(chan os.Signal, 1)
	signal.Notify(woken, unix.SIGCONT)
	defer signal.Stop(woken)
	if err := unix.Kill(0, unix.SIGTSTP); err != nil {
		return err
	}
	for _, patience := range []time.Duration{stopPatience, wakePatience} {
		select {
		case <-woken:
			return nil
		case <-time.After(patience):
		}
	}
	return errNoEffect
}
