package e2e_test

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"skep/internal/testkit/fault"
	"skep/ui"
)

var saidLine = regexp.MustCompile(`(\.\d+) +│ line (\d+)`)

// said are the lines on the screen of each task, by number.
func said(screen string) map[string][]int {
	lines := map[string][]int{}
	for _, m := range saidLine.FindAllStringSubmatch(screen, -1) {
		n, _ := strconv.Atoi(m[2])
		lines[m[1]] = append(lines[m[1]], n)
	}
	return lines
}

func last(lines []int) int {
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1]
}

// consecutive fails the test unless every line of each task on the screen
// follows the one before it.
func (s *shaky) consecutive() {
	s.t.Helper()
	for task, lines := range said(s.Screen()) {
		for i, n := range lines {
			if n != lines[0]+i {
				s.t.Errorf("%s: line %d comes as number %d of %v", task, n, i+1, lines)
				break
			}
		}
	}
}

// logFaults: a log that is cut says so and goes on where it was, without
// a line lost and without one twice. A request that is taken and never answered is
// none of these: it is what the engine does with a log that has no line yet.
func logFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for kind, l := range map[string]struct {
		fault fault.Fault
		says  string
	}{
		"cut":            {fault.Cut{After: 1500}, "connection lost, resumed after"},
		"cut at once":    {fault.Cut{}, "connection lost, resumed after"},
		"500":            {fault.Answer{Text: whole}, whole[:20]},
		"429":            {fault.TooMany(time.Second), "too many requests"},
		"garbage":        {fault.Garbage{}, "connection lost, resumed after"},
		"delay":          {fault.Delay{For: time.Second}, "connecting"},
		"refused":        {fault.Refuse{}, "No Docker engine answers"},
		"cut by the way": {nil, "connection lost, resumed after"},
	} {
		tests[kind] = func(t *testing.T) {
			s := shaken(t, ui.Options{Pattern: "wiki"}, 200, 70)
			s.live("2/2", "wiki")
			// A fault lasts until the screen has told of it, because net/http itself
			// asks again, on one idle connection after the other, where one ends
			// without an answer.
			_, refused := l.fault.(fault.Refuse)
			if l.fault != nil && !refused {
				s.proxy.Set(fault.Rule{Path: "^/(services|tasks)/[^/]+/logs$", Fault: l.fault})
			}
			s.Type("l")
			if l.fault == nil || refused {
				s.until("a line of each", func() bool { return len(said(s.Screen())) == 2 })
			}
			switch {
			case l.fault == nil:
				for range 3 {
					s.until("the stream", func() bool { return s.proxy.Sever("/logs$") > 0 })
					time.Sleep(300 * time.Millisecond)
				}
			case refused:
				s.proxy.Set(fault.Rule{Fault: l.fault})
			}
			s.Wait(l.says)
			if l.fault != nil && !refused {
				s.until("the fault is met", func() bool { return s.proxy.Hits() > 0 })
			}
			s.proxy.Clear()
			s.live("following")
			before := said(s.Screen())
			s.until("new lines of each", func() bool {
				now := said(s.Screen())
				return last(now[".1"]) >= last(before[".1"])+4 && last(now[".2"]) >= last(before[".2"])+4
			})
			s.consecutive()
		}
	}
	return tests
}
