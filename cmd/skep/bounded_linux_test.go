//go:build bounded

// What a hostile engine costs the program in memory and in patience. It measures,
// for some ten minutes, and so is run by hand, with nothing else on the machine
// and without the race detector, which takes ten times the memory:
//
//	go test -tags bounded -run TestBounded ./cmd/skep

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit/hostile"
)

// memory is what the kernel says that the program takes, in bytes: VmRSS now,
// VmHWM at the most so far.
func (c *console) memory(what string) int {
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

// quiet waits until nothing was written for a while.
func (c *console) quiet(d time.Duration) {
	for last, since := len(c.screen()), time.Now(); time.Since(since) < d; time.Sleep(d / 20) {
		if n := len(c.screen()); n != last {
			last, since = n, time.Now()
		}
	}
}

// press types, and returns how long it took until something was drawn.
func (c *console) press(keys string) time.Duration {
	c.t.Helper()
	c.quiet(100 * time.Millisecond)
	before, at := len(c.screen()), time.Now()
	if _, err := c.master.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
	for len(c.screen()) == before && time.Since(at) < 20*time.Second {
		time.Sleep(time.Millisecond)
	}
	return time.Since(at)
}

// marked is a name of megabytes: combining marks, of which none takes room.
var marked = "e" + strings.Repeat(`\u0301`, 160_000)

func objectNamed(kind, name string) string {
	switch kind {
	case "service":
		return strings.Replace(hostile.ServiceJSON, `"web"`, `"`+name+`"`, 1)
	case "node":
		return strings.Replace(hostile.NodeJSON, `"m1"`, `"`+name+`"`, 1)
	}
	return `{"ID":"t1","ServiceID":"s1","NodeID":"n1","Slot":1,"DesiredState":"running","Status":{"State":"failed","Message":"` + name + `","Err":"` + name + `"}}`
}

func many(n int, element func(i int) string) hostile.Answer {
	return func(w *bufio.Writer) {
		_ = w.WriteByte('[')
		for i := range n {
			if i > 0 {
				_ = w.WriteByte(',')
			}
			if _, err := w.WriteString(element(i)); err != nil {
				return
			}
		}
		_ = w.WriteByte(']')
	}
}

// numbered is an object of that kind with an ID of its own.
func numbered(kind, id, name string) func(i int) string {
	return func(i int) string {
		return strings.Replace(objectNamed(kind, name), `"`+id+`"`, fmt.Sprintf(`"%s%d"`, id, i), 1)
	}
}

// assaults are engines, the view to look at, a text that comes up then, and keys
// to press.
var assaults = map[string]struct {
	answers    map[string]hostile.Answer
	view, sees string
	keys       []string
}{
	"200,000 tasks":        {map[string]hostile.Answer{"/tasks": hostile.Tasks(200_000)}, "tasks", "web.1", nil},
	"1,000,000 tasks":      {map[string]hostile.Answer{"/tasks": hostile.Tasks(1_000_000)}, "tasks", "not read: too many", nil},
	"a list without end":   {map[string]hostile.Answer{"/services": hostile.Endless(`[{"ID":"a"}`, `,{"ID":"a"}`)}, "services", "unreasonably long", nil},
	"a string without end": {map[string]hostile.Answer{"/nodes": hostile.Endless(`[{"ID":"`, `x`)}, "services", "unreasonably long", nil},
	"names of megabytes": {map[string]hostile.Answer{
		"/services": many(60, numbered("service", "s1", marked)), "/nodes": many(60, numbered("node", "n1", marked)),
		"/tasks": many(60, numbered("task", "t1", marked)),
	}, "tasks", "failed", nil},
	"150,000 labels": {map[string]hostile.Answer{
		"/services": hostile.InList(hostile.Labels(150_000)), "/services/": hostile.Labels(150_000),
	}, "services", "web", []string{"y"}},
	"900,000 labels": {map[string]hostile.Answer{
		"/services": hostile.InList(hostile.Labels(900_000)), "/services/": hostile.Labels(900_000),
	}, "services", "unreasonably long", []string{"y"}},
}

const (
	peakBound = 300 << 20
	keyBound  = 250 * time.Millisecond
	restBound = 48 << 20          // 40 MB, and what a test binary is larger
	restTime  = 150 * time.Second // The feed keeps tasks for a minute that nobody looks at.
)

// Whatever an engine sends, the console takes a bounded amount of memory, and
// answers keys. When it is over, the memory goes back to the system.
func TestBounded_UnderAssault(t *testing.T) {
	for name, a := range assaults {
		t.Run(name, func(t *testing.T) {
			e := &hostile.Engine{Answers: a.answers}
			c := startConsole(t, true, "-H", e.Start(t), a.view)
			c.waits(a.sees)
			for _, k := range a.keys {
				c.press(k)
			}
			c.quiet(300 * time.Millisecond)
			for _, open := range []string{":", "?"} {
				opened, closed := c.press(open), c.press("\x1b")
				for try := 0; try < 4 && max(opened, closed) > keyBound; try++ { // The machine may be busy with others.
					opened, closed = min(opened, c.press(open)), min(closed, c.press("\x1b"))
				}
				t.Logf("%q: %s, closed: %s", open, opened.Round(time.Millisecond), closed.Round(time.Millisecond))
				if max(opened, closed) > keyBound {
					t.Errorf("%q took %s, esc %s", open, opened, closed)
				}
			}
			if peak := c.memory("VmHWM"); peak > peakBound {
				t.Errorf("it took %d MB", peak>>20)
			}
			e.Calm()
			c.press("\x1b")
			c.press(":services\r")
			rest, end := c.memory("VmRSS"), time.Now().Add(restTime)
			for rest > restBound && time.Now().Before(end) {
				time.Sleep(time.Second)
				rest = c.memory("VmRSS")
			}
			if rest > restBound {
				t.Errorf("%d MB are left", rest>>20)
			}
			t.Logf("peak %d MB, %d MB after %s", c.memory("VmHWM")>>20, rest>>20, (restTime - time.Until(end)).Round(time.Second))
		})
	}
}
