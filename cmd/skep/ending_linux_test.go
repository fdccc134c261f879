package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// console is skep in a terminal of its own.
type console struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	state  string // where it keeps what it remembers
	ended  chan struct{}
	read   chan struct{} // closed when nobody has the terminal open and all was read

	mu  sync.Mutex
	out strings.Builder
}

// startConsole runs skep in a terminal that is read from or not.
func startConsole(t *testing.T, reads bool, args ...string) *console {
	t.Helper()
	return startConsoleIn(t, t.TempDir(), reads, args...)
}

// startConsoleIn does so with what earlier runs have left.
func startConsoleIn(t *testing.T, state string, reads bool, args ...string) *console {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here:", err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 60, Col: 200})
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	c := &console{t: t, state: state, master: master, ended: make(chan struct{}), read: make(chan struct{})}
	c.cmd = exec.Command(os.Args[0], args...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = tty, tty, tty
	c.cmd.Env = append(os.Environ(), asProgram+"=1", "TERM=xterm-256color", "XDG_STATE_HOME="+c.state)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.ended
		_ = master.Close()
	})
	if reads {
		go c.readAll()
	}
	return c
}

func (c *console) readAll() {
	defer close(c.read)
	buf := make([]byte, 4096)
	for {
		n, err := c.master.Read(buf)
		c.mu.Lock()
		c.out.Write(buf[:n])
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *console) screen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// waits for a text on the terminal.
func (c *console) waits(text string) {
	c.t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(c.screen(), text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("%q did not come:\n%q", text, c.screen())
		}
	}
}

// whole is all that was written to the terminal. To be called once it has
// ended: what it wrote last may be read later than it ends.
func (c *console) whole() string {
	c.t.Helper()
	select {
	case <-c.read:
	case <-time.After(30 * time.Second):
		c.t.Fatalf("the terminal is still open:\n%q", c.screen())
	}
	return c.screen()
}

// code is the exit code, which has to come within a time.
func (c *console) code(within time.Duration) int {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(within):
		c.t.Fatalf("it has not ended within %s", within)
	}
	return c.cmd.ProcessState.ExitCode()
}

func TestEnding_BySignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := startConsole(t, true, "--demo")
			c.waits("live")
			_ = c.cmd.Process.Signal(s)
			if got, want := c.code(3*endPatience), 128+int(s); got != want {
				t.Errorf("exit code %d, want %d", got, want)
			}
			if out := c.whole(); strings.Contains(out, "skep: ") || !strings.Contains(out, "\x1b[?1049l") {
				t.Errorf("the terminal was not given back as it was: %q", out[max(0, len(out)-3000):])
			}
		})
	}
}

// A terminal that reads nothing, such as one that was stopped with ctrl+s, does
// not keep the program from ending.
func TestEnding_WhereTheTerminalReadsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the watchdog")
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := startConsole(t, false, "--demo")
			time.Sleep(time.Second)
			for range 60 { // Each draws the whole screen, until there is no room for more.
				_, _ = c.master.Write([]byte("\x0c"))
				time.Sleep(50 * time.Millisecond)
			}
			_ = c.cmd.Process.Signal(s)
			if got, want := c.code(3*endPatience), 128+int(s); got != want {
				t.Errorf("exit code %d, want %d", got, want)
			}
		})
	}
}

// What a library or a peer wants to say goes nowhere while the console draws,
// and is told at the end.
func TestEnding_TellsWhatWasWritten(t *testing.T) {
	c := startConsole(t, true, "--demo")
	c.waits("live")
	_ = c.cmd.Process.Signal(complain)
	time.Sleep(500 * time.Millisecond)
	if out := c.screen(); strings.Contains(out, "Unsolicited") {
		t.Errorf("%q", out)
	}
	_, _ = c.master.Write([]byte("\x03"))
	if got := c.code(10 * time.Second); got != 0 {
		t.Errorf("exit code %d", got)
	}
	_, told, _ := strings.Cut(c.whole(), "written to standard error while it ran:")
	if !strings.Contains(told, "Unsolicited response") || strings.ContainsAny(told, "\x1b\x07") || len(told) > 20_000 {
		t.Errorf("%d bytes: %q", len(told), told[:min(len(told), 500)])
	}
}
