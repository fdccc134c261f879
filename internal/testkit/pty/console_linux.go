package pty

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long is waited for what has to come.
const patience = 30 * time.Second

// Console is a program in a terminal of its own.
type Console struct {
	t     testing.TB
	cmd   *exec.Cmd
	far   *os.File
	ended chan struct{}
	read  chan struct{} // closed when nobody has the terminal open and all was read

	mu  sync.Mutex
	out strings.Builder
}

// Start runs a command in a terminal that is read by a function, until the test
// ends: [Keep], [Nobody], or one that uses [Console.Each].
func Start(t testing.TB, cmd *exec.Cmd, read func(*Console)) *Console {
	t.Helper()
	far, near := Open(t)
	defer near.Close()
	c := &Console{t: t, cmd: cmd, far: far, ended: make(chan struct{}), read: make(chan struct{})}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = near, near, near
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-c.ended
	})
	go func() {
		defer close(c.read)
		read(c)
	}()
	return c
}

// Nobody reads nothing of what a program draws.
func Nobody(*Console) {}

// Keep remembers all that is drawn, for [Console.Raw].
func Keep(c *Console) {
	c.Each(func(b []byte) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.out.Write(b)
	})
}

// Each hands on what is drawn, until nobody has the terminal open any more.
func (c *Console) Each(do func([]byte)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.far.Read(buf)
		if n > 0 {
			do(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// Type types a text.
func (c *Console) Type(text string) { _, _ = c.far.WriteString(text) }

// HangUp takes the line away.
func (c *Console) HangUp() { _ = c.far.Close() }

// Signal sends the program a signal.
func (c *Console) Signal(s os.Signal) { _ = c.cmd.Process.Signal(s) }

// Raw is all that was drawn so far.
func (c *Console) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// Wait waits until a text was drawn.
func (c *Console) Wait(text string) {
	c.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(c.Raw(), text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("%q did not come:\n%q", text, c.Raw())
		}
	}
}

// Whole is all that was written to the terminal. To be called once the program has
// ended: what it wrote last may be read later than it ends.
func (c *Console) Whole() string {
	c.t.Helper()
	select {
	case <-c.read:
	case <-time.After(patience):
		c.t.Fatalf("the terminal is still open:\n%q", c.Raw())
	}
	return c.Raw()
}

// Code is the exit code, which has to come within a time.
func (c *Console) Code(within time.Duration) int {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(within):
		c.t.Fatalf("it has not ended within %s", within)
	}
	return c.cmd.ProcessState.ExitCode()
}

// Quiet waits until nothing was drawn for a while.
func (c *Console) Quiet(d time.Duration) {
	for last, since := len(c.Raw()), time.Now(); time.Since(since) < d; time.Sleep(d / 20) {
		if n := len(c.Raw()); n != last {
			last, since = n, time.Now()
		}
	}
}

// Press types, and returns how long it took until something was drawn.
func (c *Console) Press(keys string) time.Duration {
	c.t.Helper()
	c.Quiet(100 * time.Millisecond)
	before, at := len(c.Raw()), time.Now()
	c.Type(keys)
	for len(c.Raw()) == before && time.Since(at) < patience {
		time.Sleep(time.Millisecond)
	}
	return time.Since(at)
}

// Memory is what the kernel says that the program takes, in bytes: VmRSS now,
// VmHWM at the most so far.
func (c *Console) Memory(what string) int {
	c.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	kb := 0
	if _, after, ok := strings.Cut(string(status), what+":"); ok {
		_, _ = fmt.Sscan(after, &kb)
	}
	return kb << 10
}
