package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/adrg/xdg"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/pflag"
	"go.uber.org/goleak"

	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/ui/views"
)

// TestMain gives the tests a home of their own, where none of them asks for another.
func TestMain(m *testing.M) {
	testkit.SideBySide(8)
	testkit.LetGarbageBe()
	home, err := os.MkdirTemp("", "test-")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME", "DOCKER_CONFIG"} {
		if err := os.Setenv(name, home); err != nil {
			panic(err)
		}
	}
	xdg.Reload()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(home)
		os.Exit(code)
	}))
}

// skep runs a command line and returns what it printed, and its exit code.
func skep(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	return skepReading(t, "", args...)
}

// skepReading runs one that reads a text from its standard input.
func skepReading(t *testing.T, stdin string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := command()
	c.SetArgs(args)
	c.SetIn(strings.NewReader(stdin))
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	code = tell(&stderr, c.ExecuteContext(t.Context()))
	return stdout.String(), stderr.String(), code
}

// shop is the address of a simulated swarm.
func shop(t *testing.T) string {
	t.Helper()
	s := simswarm.New(simswarm.Demo())
	t.Cleanup(s.Close)
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// shopWithState is the demo, for a test that reads what commands have written down:
// they have a journal of their own.
func shopWithState(t *testing.T) string {
	t.Helper()
	t.Cleanup(xdg.Reload)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	xdg.Reload()
	return shop(t)
}

func TestCommand_SaysWhatIsWrongWithTheCommandLine(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--nope", "unknown flag: --nope"},
		{"frob", `no view or command called "frob"; the views are stacks, services`},
		{"svc (", `filter "(": invalid regex: missing )`},
		{"a b c", "not 3 arguments"},
		{"-H", "flag needs an argument"},
		{"--theme x", `no theme called "x"; there are `},
		{"--demo-size x", "--demo-size: "},
		{"--demo-size nodes=0", "--demo-size: "},
		{"-o json", "skep is not given as json"},
		{"completion bash -o json", "skep completion is not given as json"},
		{"-o xml version", `"xml" is neither text nor json`},
		{"version x", `unknown command "x"`},
		{"completion", "something is missing: skep completion"},
		{"export", "something is missing: skep export STACK"},
		{"export a b", `"b" is too much: skep export STACK`},
		{"logs", "something is missing: skep logs NAME"},
		{"deploy -c x", "something is missing: skep deploy -c FILE STACK"},
		{"scale web", "something is missing: skep scale SERVICE... REPLICAS"},
		{"completion csh", `invalid argument "csh"`},
	} {
		out, errs, code := skep(t, strings.Fields(tt.args)...)
		if code != 2 || out != "" || !strings.HasPrefix(errs, "skep: ") || !strings.Contains(errs, tt.want) || !strings.Contains(errs, "skep --help") {
			t.Errorf("skep %s: exit code %d, %q, %q", tt.args, code, out, errs)
		}
	}
}

func TestCommand_FailsWithAnotherCodeWhereThereIsNoSwarm(t *testing.T) {
	for _, host := range []string{"unix:///nonexistent/docker.sock", "gopher://x"} {
		_, errs, code := skep(t, "--plain", "-H", host)
		if code != 1 || !strings.HasPrefix(errs, "skep: ") || strings.Contains(errs, "--help") {
			t.Errorf("%s: exit code %d, %q", host, code, errs)
		}
	}
}

func TestTell_FindsAFailureInAWrappedError(t *testing.T) {
	if failed(nil) != nil {
		t.Error("no error is a failure")
	}
	if code := tell(&bytes.Buffer{}, errors.Join(failed(errors.New("x")))); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestTell_DropsEscapeSequencesOfTheEngine(t *testing.T) {
	var out bytes.Buffer
	tell(&out, failed(errors.New("two lines\n\x1b]0;x\x07of\x1b[2J an engine\r")))
	if want := "skep: two lines\nof an engine\n"; out.String() != want {
		t.Errorf("got %q, not %q", out.String(), want)
	}
}

// TestHelp_SaysWhatIsTyped: a newcomer learns from the help of a verb what follows
// the objects, in lines that fit a terminal.
func TestHelp_SaysWhatIsTyped(t *testing.T) {
	for verb, want := range map[string]string{"env": "NAME- takes it away", "label": "KEY- takes it away", "scale": "or +N or -N", "image": "NAME:TAG", "constraint": "node.role==worker", "resources": "the journal"} {
		out, _, code := skep(t, verb, "--help")
		if code != 0 || !strings.Contains(strings.ReplaceAll(out, "\n", " "), want) {
			t.Errorf("skep %s --help: exit code %d, does not say %q:\n%s", verb, code, want, out)
		}
		for _, line := range strings.Split(out, "\n") {
			if ansi.StringWidth(line) > helpWidth {
				t.Errorf("skep %s --help: too wide: %s", verb, line)
			}
		}
	}
}

func TestHelp_FitsAndNamesEverything(t *testing.T) {
	out, errs, code := skep(t, "--help")
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, %q", code, errs)
	}
	for _, line := range strings.Split(out, "\n") {
		if ansi.StringWidth(line) > helpWidth {
			t.Errorf("too wide: %s", line)
		}
	}
	for _, d := range views.All {
		if !strings.Contains(out, "  "+strings.Join(d.Names(), ", ")+" ") || d.Summary() == "" {
			t.Errorf("the help lacks the view %s", d.Names()[0])
		}
	}
	flags(command()).VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(out, "--"+f.Name) {
			t.Errorf("the help lacks --%s", f.Name)
		}
	})
	for _, want := range []string{"  completion SHELL  ", "  version  ", "  skep COMMAND\n", "skep -c prod"} {
		if !strings.Contains(out, want) {
			t.Errorf("the help lacks %q:\n%s", want, out)
		}
	}
	for _, sub := range [][]string{{"completion", "-h"}, {"version", "-h"}} {
		out, _, code := skep(t, sub...)
		if code != 0 || !strings.Contains(out, "skep "+sub[0]) || strings.Contains(out, "Views:") {
			t.Errorf("skep %s: exit code %d\n%s", sub, code, out)
		}
	}
}

// Which swarm is meant may be said anywhere in the line, of every command.
func TestCommand_FlagsOfTheSwarmHoldForEveryCommand(t *testing.T) {
	for _, flags := range []string{"-H tcp://10.0.0.1:2376", "--host tcp://10.0.0.1:2376", "-c prod", "--context=prod", "--read-only", "--demo", "-o text"} {
		for _, line := range []string{"% version", "version %", "% completion bash", "completion % bash", "completion bash %", "man %"} {
			_, errs, code := skep(t, strings.Fields(strings.Replace(line, "%", flags, 1))...)
			if code != 0 || errs != "" {
				t.Errorf("skep %s with %s: exit code %d, %q", line, flags, code, errs)
			}
		}
	}
	for _, line := range []string{"--plain -H % nodes", "nodes --plain -H %", "nodes -H % manager --plain", "-H % nodes manager --read-only --plain"} {
		host := "unix:///nonexistent/docker.sock"
		if _, errs, code := skep(t, strings.Fields(strings.Replace(line, "%", host, 1))...); code != 1 || !strings.Contains(errs, host) {
			t.Errorf("skep %s: exit code %d, %q", line, code, errs)
		}
	}
	for _, sub := range []string{"version", "completion"} {
		if out, _, _ := skep(t, sub, "--help"); !strings.Contains(out, "--host") || strings.Contains(out, "--mouse") {
			t.Errorf("the help of %s:\n%s", sub, out)
		}
	}
}
