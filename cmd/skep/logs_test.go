package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/logstream"
	"skep/internal/safetext"
	"skep/internal/testkit"
	"skep/model"
)

// logsOf runs the command on the demo.
func logsOf(t *testing.T, args ...string) (out, errOut string, err error) {
	t.Helper()
	c := command()
	var o, e bytes.Buffer
	c.SetOut(&o)
	c.SetErr(&e)
	c.SetArgs(append([]string{"logs", "--demo"}, args...))
	err = c.ExecuteContext(t.Context())
	return o.String(), e.String(), err
}

func TestLogs_PrintsAndEnds(t *testing.T) {
	t.Parallel()
	out, _, err := logsOf(t, "shop_web", "--tail", "5")
	if err != nil || strings.Count(out, "\n") < 5 || !strings.HasPrefix(out, "shop_web.") || !strings.Contains(out, " | ") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = logsOf(t, "shop_web", "--tail", "50", "--grep", "GET | !healthz")
	if err != nil || out == "" {
		t.Error(err, out)
	}
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "GET") || strings.Contains(line, "healthz") {
			t.Errorf("not what was asked for: %s", line)
		}
	}
	// Of a stack, as JSON.
	out, _, err = logsOf(t, "shop", "--tail", "2", "--json")
	names := map[string]bool{}
	for line := range strings.Lines(out) {
		var l struct {
			Time               time.Time
			Name, Task, Stream string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Time.IsZero() || l.Task == "" || l.Stream == "" {
			t.Fatalf("%v: %s", err, line)
		}
		names[strings.Split(l.Name, ".")[0]] = true
	}
	if err != nil || len(names) < 3 {
		t.Errorf("%v, of %v", err, names)
	}
}

// TestLogs_SaysWhatIsMissing: a replica that never started is not silence, and
// does not mix with what is printed.
func TestLogs_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	out, errOut, err := logsOf(t, "shop_search", "--tail", "1")
	if err != nil || !strings.Contains(errOut, "skep: shop_search.1 never started, so there is nothing to read: no suitable node") || strings.Contains(out, "never started") {
		t.Errorf("%v\n%s\n%s", err, out, errOut)
	}
}

// TestLogs_DriverThatKeepsNothing: the engine answers with an empty stream.
func TestLogs_DriverThatKeepsNothing(t *testing.T) {
	var all []*model.Service
	for _, driver := range []string{"json-file", "local", "syslog", "none"} {
		all = append(all, testkit.Service(testkit.Name(driver), testkit.Template(func(s *swarm.TaskSpec) { s.LogDriver = &swarm.Driver{Name: driver} })))
	}
	if got := hints(append(all, testkit.Service())); len(got) != 1 || !strings.HasPrefix(got[0], `syslog: the log driver is "syslog"; if it cannot be read`) {
		t.Errorf("%q", got)
	}
}

// TestLogs_TailAsDockerTakesIt: 0 is none, all is any number.
func TestLogs_TailAsDockerTakesIt(t *testing.T) {
	t.Parallel()
	if out, _, err := logsOf(t, "shop_web", "--tail", "0"); err != nil || out != "" {
		t.Errorf("none: %v, %d bytes", err, len(out))
	}
	if out, _, err := logsOf(t, "shop_web", "--tail", "all", "--since", "1m"); err != nil || out == "" {
		t.Errorf("all: %v, %d bytes", err, len(out))
	}
}

// TestLogs_SaysWhatIsCutAndWhatIsMissing: a line that was cut does not look whole, and
// what the engine could not read is no success; with -t both have a time.
func TestLogs_SaysWhatIsCutAndWhatIsMissing(t *testing.T) {
	var out, errs bytes.Buffer
	p := &printer{request: &logsRequest{stamps: true}, out: bufio.NewWriter(&out), err: bufio.NewWriter(&errs)}
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	p.cluster.Store(testkit.Cluster())
	web := testkit.Service(testkit.Name("web"))
	gone := testkit.Task(testkit.ID("gone"), testkit.Of(web), testkit.Slot(2))
	p.origins.OfTask(testkit.Cluster(testkit.Services(web), testkit.Tasks(gone)), gone.ID)
	err := errors.Join(
		p.line(&logstream.Line{Task: "gone", Time: at, Text: "xx", Cut: true}),
		p.line(&logstream.Line{Kind: logstream.Notice, Time: at, Text: "web.1 leaves"}),
	)
	if p.missing.Load() {
		t.Error("a notice is nothing that is missing")
	}
	err = errors.Join(err, p.line(&logstream.Line{Kind: logstream.Warning, Time: at, Text: "node w1 is not available"}), p.out.Flush(), p.err.Flush())
	if want := "2026-05-04T03:02:01Z web.2 | xx (cut at 64 KiB)\n"; err != nil || out.String() != want {
		t.Errorf("%v, %q", err, out.String())
	}
	if want := "2026-05-04T03:02:01Z skep: web.1 leaves\n2026-05-04T03:02:01Z engine: node w1 is not available\n"; errs.String() != want || !p.missing.Load() {
		t.Errorf("%q, missing %v", errs.String(), p.missing.Load())
	}
}

// TestLogs_KeepsTheOrderOfBothOutputs: they may be one terminal.
func TestLogs_KeepsTheOrderOfBothOutputs(t *testing.T) {
	var both bytes.Buffer
	p := &printer{request: &logsRequest{}, out: bufio.NewWriter(&both), err: bufio.NewWriter(&both)}
	err := errors.Join(
		p.line(&logstream.Line{Task: "t", Text: "a"}), p.line(&logstream.Line{Task: "t", Kind: logstream.Stderr, Text: "b"}),
		p.line(&logstream.Line{Task: "t", Text: "c"}), p.line(&logstream.Line{Kind: logstream.Notice, Text: "d"}),
		p.line(&logstream.Line{Task: "t", Text: "e"}), p.out.Flush(), p.err.Flush(),
	)
	if want := "t | a\nt | b\nt | c\nskep: d\nt | e\n"; err != nil || both.String() != want {
		t.Errorf("%v, %q", err, both.String())
	}
}

// TestLogs_OfANode prints what the tasks of all services on a node wrote.
func TestLogs_OfANode(t *testing.T) {
	t.Parallel()
	out, _, err := logsOf(t, "fra1-wrk1", "--tail", "2", "--json")
	names := map[string]bool{}
	for line := range strings.Lines(out) {
		var l struct{ Name, Node string }
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Node != "fra1-wrk1" {
			t.Fatalf("%v: %s", err, line)
		}
		names[l.Name] = true
	}
	if err != nil || len(names) < 2 {
		t.Errorf("%v, of %v", err, names)
	}
}

func TestLogs_Errors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"nosuch"}, exitFailure, `there is no service, stack, node or task called "nosuch"`},
		{[]string{"shop_web", "--since", "yesterday"}, exitUsage, "--since"},
		{[]string{"shop_web", "--tail", "abc"}, exitUsage, `--tail: "abc" is neither a number of lines nor "all"`},
		{[]string{"shop_web", "--tail", "-1"}, exitUsage, "--tail"},
		{[]string{"shop_web", "--grep", "["}, exitUsage, "--grep: invalid regex"},
		{[]string{}, exitUsage, ""},
	} {
		_, _, err := logsOf(t, c.args...)
		var said bytes.Buffer
		if code := tell(&said, err); code != c.code || !strings.Contains(said.String(), c.says) {
			t.Errorf("%q: %d, %s", c.args, code, said.String())
		}
	}
}

// TestLogs_ColoursOnlyForATerminal: what a pipe is given has none, nor has any where
// NO_COLOR is set.
func TestLogs_ColoursOnlyForATerminal(t *testing.T) {
	c := safetext.Cleaner{Styles: true}
	text, _ := c.Clean([]byte("\x1b[31mred\x1b[0m\x1b[2J"))
	line := &logstream.Line{Task: "t", Text: string(text), Style: c.Style()}
	for name, tc := range map[string]struct{ force, no, want string }{
		"a terminal": {"1", "", "t | \x1b[31mred\x1b[m\n"},
		"NO_COLOR":   {"1", "x", "t | red\n"},
		"a pipe":     {"", "", "t | red\n"},
	} {
		t.Setenv("TERM", "xterm-256color")
		t.Setenv("CLICOLOR_FORCE", tc.force)
		t.Setenv("NO_COLOR", tc.no)
		var out bytes.Buffer
		p := &printer{request: &logsRequest{}}
		w, colours := coloured(&out)
		p.out, p.outColours = bufio.NewWriter(w), colours
		if err := errors.Join(p.line(line), p.out.Flush()); err != nil || out.String() != tc.want {
			t.Errorf("%s: %v, %q, want %q", name, err, out.String(), tc.want)
		}
	}
}
