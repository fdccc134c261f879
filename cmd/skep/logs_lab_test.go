package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"skep/internal/testkit"
	"skep/lab"
)

// hardLog is a program whose log is hard to read, and what is to be printed of it.
type hardLog struct {
	name, program string
	args          string
	check         func(lines []string) error
}

var hardLogs = []hardLog{
	{"none", "echo unheard; sleep 1000", "--log-driver none", func(lines []string) error {
		if len(lines) != 0 {
			return fmt.Errorf("%q", lines)
		}
		return nil
	}},
	{"tty", `printf 'one\r\n\033[31mtwo\033[0m\tx\n'; sleep 1000`, "--tty", func(lines []string) error {
		return wantTexts(lines, "one", "two     x")
	}},
	{"long", `printf '%05000000d\n' 0; echo behind; sleep 1000`, "", nil},
	{"hostile", `printf '\033]0;owned\007a\033[2J\033[Hb\033]52;c;aGk=\033\\c\033[?1049hd\033P1;2|x\033\\e\033[6nf\033cg\233h\n\033]8;;http://x\033\\i\033[31mj\n'; sleep 1000`, "", func(lines []string) error {
		return wantTexts(lines, "abcdefg\uFFFDh", "ij")
	}},
	{"invalid", `printf '\377\376bad\303\n\360\237\230end\n'; sleep 1000`, "", func(lines []string) error {
		for _, l := range lines {
			if !utf8.ValidString(l) || !strings.Contains(l, "\uFFFD") {
				return fmt.Errorf("%q", l)
			}
		}
		return wantCount(lines, 2)
	}},
	{"flood", fmt.Sprintf("seq 1 %d; sleep 1000", floodOf), "--log-opt max-size=100m", func(lines []string) error {
		if err := wantCount(lines, floodOf); err != nil {
			return err
		}
		for i, l := range lines {
			if l != fmt.Sprint(i+1) {
				return fmt.Errorf("line %d is %q", i+1, l)
			}
		}
		return nil
	}},
}

const floodOf = 200_000

func wantCount(lines []string, n int) error {
	if len(lines) != n {
		return fmt.Errorf("%d lines, want %d", len(lines), n)
	}
	return nil
}

func wantTexts(lines []string, want ...string) error {
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		return fmt.Errorf("%q, want %q", lines, want)
	}
	return nil
}

// TestLogsLab reads logs that are hard to read, and goes on with those of a stack
// while its tasks are replaced, a worker dies and comes back, and the leader dies:
// all on one swarm.
func TestLogsLab(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(3), lab.Workers(2))
	l.Image(t, "app:1")
	asked := l.Manager(0)
	if asked == l.Leader(t) {
		asked = l.Manager(1)
	}
	docker := func(args ...string) {
		t.Helper()
		if out, err := asked.Docker(args...); err != nil {
			t.Fatalf("docker %q: %v %s", args, err, out)
		}
	}
	for i := range 3 {
		docker("node", "update", "--availability", "drain", l.Manager(i).Name)
	}
	create := func(name, program, args string) {
		docker(append(append([]string{"service", "create", "-d", "--no-resolve-image", "--stop-grace-period", "1s", "--name", name}, strings.Fields(args)...), "app:1", "sh", "-c", program)...)
	}
	create("st_count", counting, "--mode global --label com.docker.stack.namespace=st --container-label x=y")
	create("st_other", counting, "--replicas 2 --label com.docker.stack.namespace=st --update-parallelism 0")
	for _, h := range hardLogs {
		create(h.name, h.program, h.args)
	}
	f := follow(t, "logs", "-f", "--json", "st", "-H", asked.Host())
	testkit.Together(t, hardLogs, func(h hardLog) string { return h.name }, func(t *testing.T, h hardLog) { readHard(t, asked, h.name, h.check) })
	f.until(t, "all four", func() error { return f.sources(4) })
	docker("service", "update", "-d", "--force", "st_other")
	f.until(t, "the new ones", func() error { return f.sources(6) })

	// The worker dies: the others go on, and what is missing is said.
	worker := l.Worker(1)
	if err := worker.Kill(); err != nil {
		t.Fatal(err)
	}
	f.until(t, "a worker is down", func() error { return f.said(worker.Name + " is down: what .*st_count.* wrote there is missing here") })
	f.until(t, "others go on", f.more(10))
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	f.until(t, "it is back", func() error { return f.said("st_count.* joins: it runs on " + worker.Name) })
	f.until(t, "it is heard", f.more(20))

	if err := l.Leader(t).Kill(); err != nil {
		t.Fatal(err)
	}
	f.until(t, "the leader is lost", func() error { return f.said("connection lost, resumed after") })
	f.until(t, "all go on", f.more(20))
	f.wantNoGap(t)
}

// counting writes a number five times a second to each of its outputs.
const counting = `i=0; while :; do echo $i; echo $i >&2; i=$((i+1)); sleep 0.2; done`

type logLine struct {
	Time                     time.Time
	Name, Task, Stream, Text string
	Cut                      bool
}

// readHard reads a log until it is as it should be, and then as text: there nothing
// of it may take over a terminal.
func readHard(t *testing.T, n *lab.Node, name string, check func([]string) error) {
	var last time.Duration
	lab.Eventually(t, time.Minute, func() error {
		begun := time.Now()
		out, errs, code := skep(t, "logs", "--json", name, "-H", n.Host())
		last = time.Since(begun)
		var texts []string
		var lines []logLine
		for line := range strings.Lines(out) {
			var x logLine
			if err := json.Unmarshal([]byte(line), &x); err != nil {
				return err
			}
			lines, texts = append(lines, x), append(texts, x.Text)
		}
		switch {
		case code != 0:
			return fmt.Errorf("exit code %d: %s", code, errs)
		case check != nil:
			if err := check(texts); err != nil {
				return err
			}
		case len(lines) != 2 || len(lines[0].Text) != 64<<10 || !lines[0].Cut || strings.Trim(texts[0], "0") != "" || texts[1] != "behind":
			return fmt.Errorf("%d lines", len(lines))
		}
		if name == "none" && !strings.Contains(errs, `the log driver is "none"`) {
			return fmt.Errorf("nothing is said: %q", errs)
		}
		return nil
	})
	t.Logf("read in %s", last.Round(time.Millisecond))
	if name == "flood" {
		return
	}
	out, _, _ := skep(t, "logs", name, "-H", n.Host())
	if i := strings.IndexFunc(out, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("%q", out[i:min(len(out), i+40)])
	}
}

// followed is a log that is followed, with what is said about it.
type followed struct {
	mu   sync.Mutex
	out  bytes.Buffer
	errs bytes.Buffer
}

type half struct {
	*followed
	to *bytes.Buffer
}

func (h half) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.to.Write(b)
}

func follow(t *testing.T, args ...string) *followed {
	f := &followed{}
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		c := command()
		c.SetOut(half{f, &f.out})
		c.SetErr(half{f, &f.errs})
		c.SetArgs(args)
		if err := c.ExecuteContext(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("it ended: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	return f
}

func (f *followed) until(t *testing.T, what string, is func() error) {
	t.Helper()
	begun := time.Now()
	lab.Eventually(t, 90*time.Second, func() error {
		if err := is(); err != nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			return fmt.Errorf("%s: %w; said\n%s", what, err, f.errs.String())
		}
		return nil
	})
	t.Logf("%s after %s", what, time.Since(begun).Round(100*time.Millisecond))
}

// lines are those of each task and output.
func (f *followed) lines() map[string][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string][]string{}
	for line := range bytes.Lines(f.out.Bytes()) {
		var x logLine
		if json.Unmarshal(line, &x) == nil {
			out[x.Name+" "+x.Task+" "+x.Stream] = append(out[x.Name+" "+x.Task+" "+x.Stream], x.Text)
		}
	}
	return out
}

// sources is a check that so many tasks are heard, on both outputs.
func (f *followed) sources(n int) error {
	if got := len(f.lines()); got < 2*n {
		return fmt.Errorf("%d sources of %d", got, 2*n)
	}
	return nil
}

// more is a check that so many lines more than now came of three tasks.
func (f *followed) more(n int) func() error {
	before := f.lines()
	return func() error {
		grown := 0
		for key, lines := range f.lines() {
			if len(lines) >= len(before[key])+n {
				grown++
			}
		}
		if grown < 6 {
			return fmt.Errorf("%d sources go on", grown)
		}
		return nil
	}
}

func (f *followed) said(pattern string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !regexp.MustCompile(pattern).Match(f.errs.Bytes()) {
		return fmt.Errorf("nobody said %q", pattern)
	}
	return nil
}

// wantNoGap fails unless each task counts on without a gap or a double.
func (f *followed) wantNoGap(t *testing.T) {
	t.Helper()
	for key, lines := range f.lines() {
		for i, l := range lines {
			if l != fmt.Sprint(i) {
				t.Errorf("%s: line %d is %q", key, i, l)
				break
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Logf("said\n%s", f.errs.String())
}
