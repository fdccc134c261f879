package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/internal/testkit/fault"
	"skep/internal/testkit/pty"
	"skep/ui/keys"
)

// leaving is skep in a terminal, on a simulated swarm behind a proxy.
type leaving struct {
	*pty.Console
	proxy *fault.Proxy
	state string // where it keeps what it remembers
}

// startWriting brings skep to where a change is on its way, which meets a fault.
func startWriting(t *testing.T, f fault.Fault) *leaving {
	t.Helper()
	_, host := shop(t)
	l := &leaving{proxy: fault.New(t, host), state: t.TempDir()}
	l.Console = run{state: l.state}.console(t, "-H", l.proxy.Host(), "services", "shop_web")
	l.Wait("live")
	l.Wait("shop_web")
	time.Sleep(time.Second) // So that all is read that the preview rests on.
	l.Type("s")
	l.Wait("Replicas:")
	l.Type("9\r")
	l.Wait(keys.Yes + " apply")
	l.proxy.Set(fault.Rule{Method: "POST", Path: "/update$", Fault: f})
	for end := time.Now().Add(30 * time.Second); l.proxy.Hits() == 0; time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing is written:\n%q", l.Raw())
		}
		l.Type(keys.Yes)
	}
	return l
}

// journal is what was written down.
func (l *leaving) journal() string {
	b, _ := os.ReadFile(filepath.Join(l.state, "skep", "journal.jsonl"))
	return string(b)
}

// TestLeaving_InTheMiddleOfAWrite: the request is not called back. What became of
// it comes into the journal, and onto standard error where somebody can read it.
func TestLeaving_InTheMiddleOfAWrite(t *testing.T) {
	t.Parallel()
	slow(t)
	quit := func(l *leaving) { l.Type("\x03") }
	signals := func(s syscall.Signal) func(*leaving) { return func(l *leaving) { l.Signal(s) } }
	const title = "skep: scale shop_web from "
	for name, c := range map[string]struct {
		fault fault.Fault
		leave func(*leaving)
		code  int
		says  string // on standard error; empty where nobody is there to read it
		error string // in the journal
	}{
		"quit, answered late":      {fault.Delay{For: 2 * time.Second}, quit, exitLeft, ": done", ""},
		"quit, made, not answered": {fault.Trickle{}, quit, exitLeft, ": done", ""},
		"quit, held":               {fault.Silence{For: time.Minute}, quit, exitLeft, ": unknown - it is not known whether the change was made", "not known whether"},
		"SIGTERM, answered late":   {fault.Delay{For: 2 * time.Second}, signals(syscall.SIGTERM), 128 + 15, ": done", ""},
		"SIGTERM, held":            {fault.Silence{For: time.Minute}, signals(syscall.SIGTERM), 128 + 15, ": unknown - ", "not known whether"},
		"SIGHUP, answered late":    {fault.Delay{For: 2 * time.Second}, signals(syscall.SIGHUP), 128 + 1, ": done", ""},
		"the link is gone":         {fault.Delay{For: 2 * time.Second}, func(l *leaving) { l.HangUp() }, 128 + 1, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if _, late := c.fault.(fault.Delay); !late {
				testkit.OnlySlow(t, "it waits for as long as an answer may take")
			}
			t.Parallel()
			l := startWriting(t, c.fault)
			began := time.Now()
			c.leave(l)
			if got := l.Code(toEnd); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
			t.Logf("left after %s", time.Since(began).Round(100*time.Millisecond))
			if c.says != "" {
				_, after, _ := strings.Cut(l.Whole(), "\x1b[?1049l")
				if strings.Count(after, "skep: ") != 1 || !strings.Contains(after, title) || !strings.Contains(after, c.says) {
					t.Errorf("it says %q", after)
				}
			}
			lines := strings.Split(strings.TrimSpace(l.journal()), "\n")
			if len(lines) != 2 || !strings.Contains(lines[1], `"outcome"`) ||
				strings.Contains(lines[1], `"error"`) != (c.error != "") || !strings.Contains(lines[1], c.error) {
				t.Errorf("the journal: %s", strings.Join(lines, "\n"))
			}
		})
	}
}

// TestLeaving_Killed: the next start asks after what was begun, tells it once and
// writes it down.
func TestLeaving_Killed(t *testing.T) {
	t.Parallel()
	slow(t)
	for name, c := range map[string]struct {
		fault fault.Fault
		says  string
	}{
		"after the engine did it":  {fault.Trickle{}, "ago): it was done"},
		"before the engine did it": {fault.Silence{For: time.Minute}, "ago): it was not done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := startWriting(t, c.fault)
			time.Sleep(300 * time.Millisecond) // So that the proxy has handed it on.
			l.Signal(os.Kill)
			l.Code(toEnd)
			l.proxy.Clear()
			again := run{state: l.state}.console(t, "-H", l.proxy.Host(), "services", "shop_web")
			again.Wait("an earlier run did not see the end of 1 change: scale shop_web from ")
			again.Wait(c.says)
			if lines := strings.Split(strings.TrimSpace(l.journal()), "\n"); len(lines) != 2 || !strings.Contains(lines[1], `"asked":true`) {
				t.Errorf("the journal: %s", strings.Join(lines, "\n"))
			}
			third := run{state: l.state}.console(t, "-H", l.proxy.Host(), "services", "shop_web")
			third.Wait("live")
			time.Sleep(2 * time.Second)
			if strings.Contains(third.Raw(), "an earlier run") {
				t.Error("it is told twice")
			}
		})
	}
}

// TestLeaving_WithNothingOnItsWay is as it always was.
func TestLeaving_WithNothingOnItsWay(t *testing.T) {
	t.Parallel()
	c := run{}.console(t, "--demo")
	c.Wait("live")
	c.Type("\x03")
	if got := c.Code(toEnd); got != 0 || strings.Contains(c.Whole(), "skep: ") {
		t.Errorf("exit code %d", got)
	}
}
