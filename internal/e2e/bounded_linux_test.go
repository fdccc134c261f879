// What a hostile engine costs the program in memory and in patience. It measures, so
// it runs with nothing beside it, and the program without the race detector.

package e2e_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/internal/testkit/hostile"
)

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
	restBound = 48 << 20 // 40 MB, and what a test binary is larger
	restTime  = time.Minute
)

// sooner lets tasks go soon that nobody looks at, and the memory with them.
var sooner = []string{"SKEP_E2E_OUT_OF_SIGHT=5s", "SKEP_E2E_REST_EVERY=2s"}

// Whatever an engine sends, the console takes a bounded amount of memory, and
// answers keys. When it is over, the memory goes back to the system.
func TestBounded_UnderAssault(t *testing.T) {
	testkit.OnlySlow(t, "it measures")
	for name, a := range assaults {
		t.Run(name, func(t *testing.T) {
			e := &hostile.Engine{Answers: a.answers}
			c := run{plain: true, env: sooner}.console(t, "-H", e.Start(t), a.view)
			c.Wait(a.sees)
			for _, k := range a.keys {
				c.Press(k)
			}
			c.Quiet(300 * time.Millisecond)
			for _, open := range []string{":", "?"} {
				opened, closed := c.Press(open), c.Press("\x1b")
				for try := 0; try < 4 && max(opened, closed) > keyBound; try++ { // The machine may be busy with others.
					opened, closed = min(opened, c.Press(open)), min(closed, c.Press("\x1b"))
				}
				t.Logf("%q: %s, closed: %s", open, opened.Round(time.Millisecond), closed.Round(time.Millisecond))
				if max(opened, closed) > keyBound {
					t.Errorf("%q took %s, esc %s", open, opened, closed)
				}
			}
			if peak := c.Memory("VmHWM"); peak > peakBound {
				t.Errorf("it took %d MB", peak>>20)
			}
			e.Calm()
			c.Press("\x1b")
			c.Press(":services\r")
			rest, end := c.Memory("VmRSS"), time.Now().Add(restTime)
			for rest > restBound && time.Now().Before(end) {
				time.Sleep(time.Second)
				rest = c.Memory("VmRSS")
			}
			if rest > restBound {
				t.Errorf("%d MB are left", rest>>20)
			}
			t.Logf("peak %d MB, %d MB after %s", c.Memory("VmHWM")>>20, rest>>20, (restTime - time.Until(end)).Round(time.Second))
		})
	}
}
