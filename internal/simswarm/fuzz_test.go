package simswarm

import (
	"strings"
	"testing"
	"time"
)

// FuzzConstraint: what is accepted is found again in the text.
func FuzzConstraint(f *testing.F) {
	for _, s := range []string{"node.role==manager", "node.labels.a != b", "node.role=x", "==", "node.ip==10.0.0.0/8", "a!=b==c"} {
		f.Add(s)
	}
	s := New()
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConstraint(text)
		if err != nil {
			return
		}
		if !strings.Contains(text, c.key) || !strings.Contains(text, c.value) || strings.TrimSpace(c.key) != c.key {
			t.Errorf("%q is read as %+v", text, c)
		}
		for _, n := range s.nodes {
			other := c
			other.equal = !c.equal
			if c.match(n) && other.match(n) {
				t.Errorf("%q and its opposite both match", text)
			}
		}
	})
}

// FuzzScript: any script gives a log whose lines are in order and whose count
// agrees with the times of the lines.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		"echo a; sleep 1; echo b >&2; exit 3", "while true; do echo x $i; sleep 0.5; done", "for i in $(seq 3); do echo $i; done",
		"while true; do while true; do echo; done; done", "for", "do done", "'unclosed", "for i in 1 2; do exit; done; echo",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 {
			return
		}
		p := runScript(text)
		s, ok := p.out.(script)
		if !ok {
			t.Fatalf("%T", p.out)
		}
		lines := len(s.once)
		if len(s.loop) > 0 {
			lines += 3 * len(s.loop)
		}
		var last time.Duration
		for i := 0; i < min(lines, 200); i++ {
			at, stream, _ := s.line(i)
			if at < last || stream != 1 && stream != 2 {
				t.Fatalf("line %d of %q is at %v after %v on stream %d", i, text, at, last, stream)
			}
			if at < time.Hour && s.count(at) <= i {
				t.Fatalf("%d lines of %q by %v, want more than %d", s.count(at), text, at, i)
			}
			last = at
		}
	})
}

// FuzzJournal: a log is the same however it is read.
func FuzzJournal(f *testing.F) {
	f.Add("seed", int64(500), int64(7000), uint8(1))
	f.Add("", int64(0), int64(100), uint8(5))
	f.Fuzz(func(t *testing.T, seed string, from, ends int64, k uint8) {
		j := journal{
			voice: voices[kind(1+k%8)], seed: seed, begins: 400 * time.Millisecond, period: 900 * time.Millisecond,
			ends: forever, opens: []said{{0, 1, "open"}}, closes: []said{{20 * time.Millisecond, 1, "close"}},
		}
		if ends > 0 {
			j.ends = time.Second + time.Duration(ends%600000)*time.Millisecond // no program lives shorter
		}
		d := time.Duration(from%3600000) * time.Millisecond
		n := j.count(d)
		if n > 0 {
			if at, _, _ := j.line(n - 1); at > d {
				t.Errorf("line %d is counted by %v and written at %v", n-1, d, at)
			}
		}
		if !silent(&task{prog: program{out: j}}, n) {
			if at, _, _ := j.line(n); at <= d {
				t.Errorf("line %d is not counted by %v and written at %v", n, d, at)
			}
		}
	})
}

// FuzzFilters: no query makes the handler panic or hang.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{`{"service":["a"]}`, `{"id":{"x":true}}`, `{`, `{"label":["a=b","c"]}`, `null`, `{"_up-to-date":["yes"]}`} {
		f.Add(s)
	}
	s := New()
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, text string) {
		sel, err := selectionFrom(text, "id", "label", "service")
		if err == nil {
			for k := range sel {
				if k != "id" && k != "label" && k != "service" {
					t.Errorf("%q lets the key %q through", text, k)
				}
			}
			sel.labels("label", map[string]string{"a": "b"})
		}
	})
}
