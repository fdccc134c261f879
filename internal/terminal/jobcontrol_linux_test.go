package terminal

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"skep/internal/testkit/pty"
)

// helper is set for the process that a test runs in a terminal.
const helper = "SKEP_TEST_JOBCONTROL"

func TestMain(m *testing.M) {
	if os.Getenv(helper) != "" {
		fmt.Printf("missing: %q\n", Shell{}.Missing())
		fmt.Printf("stop: %v\n", Shell{}.Stop())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// inTerminal runs a command as the leader of a session with a terminal of its
// own, and returns what stands on that at the end.
func inTerminal(t *testing.T, name string, args ...string) string {
	t.Helper()
	far, near := pty.Open(t)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = near, near, near
	cmd.Env = append(os.Environ(), helper+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = near.Close()
	end := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer end.Stop()
	out, _ := io.ReadAll(far) // It ends with an error when nobody has the terminal any more.
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return strings.ReplaceAll(string(out), "\r\n", "\n")
}

// TestShell_WhereThereIsNone runs as "ssh -t HOST skep" and "tmux new skep" do.
func TestShell_WhereThereIsNone(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"itself":     {os.Args[0]},
		"in a shell": {"/bin/sh", "-c", os.Args[0] + "; exit $?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := inTerminal(t, command[0], command[1:]...)
			if !strings.Contains(out, `missing: "no job-control shell`) || !strings.Contains(out, "stop: "+errNoEffect.Error()) {
				t.Error(out)
			}
		})
	}
}

func TestShell_TakesOver(t *testing.T) {
	t.Parallel()
	out := inTerminal(t, "/bin/sh", "-c", "set -m; "+os.Args[0]+"; echo the shell has it; fg; echo end")
	stopped, back := strings.Index(out, "the shell has it"), strings.Index(out, "stop: <nil>")
	if !strings.Contains(out, `missing: ""`) || stopped < 0 || back < stopped {
		t.Errorf("%d, %d:\n%s", stopped, back, out)
	}
}

// TestShell_IgnoresTheSignal: who starts a program may have it ignore the signal
// to stop. That cannot be asked for, and is noticed.
func TestShell_IgnoresTheSignal(t *testing.T) {
	t.Parallel()
	out := inTerminal(t, "/bin/sh", "-c", "set -m; trap '' TSTP; "+os.Args[0])
	if !strings.Contains(out, "stop: "+errNoEffect.Error()) {
		t.Error(out)
	}
}
