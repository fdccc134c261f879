package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// detach gives the command a session of its own, so that Ctrl-C in the
// terminal of the caller does not reach the engines.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

// lockFile waits for the exclusive lock on a file, which the kernel drops when
// the process dies.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// dialIn connects from inside a network namespace.
//
// Only a thread can be in a namespace: the goroutine keeps its thread while it
// is away, and gives it back only once it is home again. A socket stays in the
// namespace it was made in, so the connection can be used from anywhere.
func dialIn(ctx context.Context, namespace, addr string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread()
		home, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			runtime.UnlockOSThread()
			done <- result{nil, err}
			return
		}
		defer home.Close()
		conn, err := dialAway(ctx, namespace, addr)
		if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		} // Else the thread is lost: it ends with this goroutine.
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

func dialAway(ctx context.Context, namespace, addr string) (net.Conn, error) {
	away, err := os.Open(namespacePath(namespace))
	if err != nil {
		return nil, err
	}
	defer away.Close()
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter %s: %w", namespace, err)
	}
	// A literal address, so that the dialer makes its socket on this thread.
	return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
}

// unmountUnder detaches every mount below dir, the deepest first.
func unmountUnder(dir string) error {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	var points []string
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) > 1 && strings.HasPrefix(f[1], dir+"/") {
			points = append(points, f[1])
		}
	}
	sort.Sort(sort.Reverse(sort.StringSlice(points)))
	for _, p := range points {
		// Octal escapes stand for spaces in names, of which the lab has none.
		if e := unix.Unmount(p, unix.MNT_DETACH); e != nil && e != unix.EINVAL {
			err = fmt.Errorf("unmount %s: %w", p, e)
		}
	}
	return err
}

// namespaceID identifies a network namespace, and is 0 when there is none.
func namespaceID(path string) uint64 {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0
	}
	return st.Ino
}

const (
	sigStop = unix.SIGSTOP
	sigCont = unix.SIGCONT
)
