package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/logstream"
	"skep/ui/keys"
	"skep/ui/theme"
)

// texts are the visible texts without what stands before them.
func texts(t *testing.T, p *Pane) []string {
	t.Helper()
	var out []string
	for _, row := range body(t, p) {
		out = append(out, row[strings.IndexAny(row, "|>:")+2:])
	}
	return out
}

func TestFilter_HidesWhatDoesNotMatch(t *testing.T) {
	f := newFake("GET /a 200", "GET /b 500", "POST /c 500", "GET /healthz 500")
	f.put(logstream.Line{Kind: logstream.Notice, Text: "w1 is down"})
	p := newPane(t, f, 80, 10)
	for _, c := range []struct {
		pattern string
		want    []string
		says    string
	}{
		{"get", []string{"GET /a 200", "GET /b 500", "GET /healthz 500", "skep: w1 is down"}, "3 of 4 lines /get"},
		{"!500", []string{"GET /a 200", "skep: w1 is down"}, "1 of 4 lines /!500"},
		{"500 | !healthz", []string{"GET /b 500", "POST /c 500", "skep: w1 is down"}, "2 of 4 lines"},
		{"200|post", []string{"GET /a 200", "POST /c 500", "skep: w1 is down"}, "2 of 4 lines"},
		{"500 | ", []string{"GET /b 500", "POST /c 500", "GET /healthz 500", "skep: w1 is down"}, "3 of 4 lines"},
		{"", []string{"GET /a 200", "GET /b 500", "POST /c 500", "GET /healthz 500", "skep: w1 is down"}, "5 lines"},
	} {
		sift(t, p, c.pattern)
		if got := texts(t, p); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.pattern, got)
		}
		if got := status(t, p); !strings.Contains(got, c.says) {
			t.Errorf("%q: %q", c.pattern, got)
		}
	}
	if err := p.SetPattern("a | ["); err == nil || p.Pattern() != "" {
		t.Error(err, p.Pattern())
	}
	// What matches is lit.
	sift(t, p, "500 | !healthz")
	if rows := p.Render(ascii); !strings.Contains(rows[0], ascii.Paint(theme.Match, "500")) {
		t.Errorf("%q", rows[0])
	}
}

// TestFilter_FollowsWhatComesAndGoes: the filter holds for new lines, and lets
// go of those that are dropped.
func TestFilter_FollowsWhatComesAndGoes(t *testing.T) {
	f := newFake(numbered(100)...)
	p := newPane(t, f, 80, 5)
	sift(t, p, "7$")
	f.add("line 107", "line 108")
	fresh(t, p)
	if got := texts(t, p); !slices.Equal(got, []string{"line 77", "line 87", "line 97", "line 107"}) {
		t.Errorf("%q", got)
	}
	f.drop(90)
	fresh(t, p)
	if got := texts(t, p); !slices.Equal(got, []string{"line 97", "line 107"}) {
		t.Errorf("%q", got)
	}
	f.add(numbered(20)...)
	fresh(t, p)
	press(t, p, "g")
	if got := texts(t, p); !slices.Equal(got, []string{"line 97", "line 107", "line 7", "line 17"}) {
		t.Errorf("%q", got)
	}
	sift(t, p, "nothing")
	if got := body(t, p); !strings.HasPrefix(got[0], "None of the 32 lines is shown: /nothing") {
		t.Errorf("%q", got)
	}
}

// TestFilter_StaysWhereItIs: what is read does not move when others come back.
func TestFilter_StaysWhereItIs(t *testing.T) {
	f := newFake(numbered(200)...)
	p := newPane(t, f, 100, 6)
	sift(t, p, "5$")
	press(t, p, "g", "j", "j")
	if got := texts(t, p)[0]; got != "line 25" {
		t.Fatal(got)
	}
	sift(t, p, "")
	if got := texts(t, p)[0]; got != "line 25" {
		t.Error(got)
	}
	sift(t, p, "[05]$")
	if got := texts(t, p); got[0] != "line 25" || got[1] != "line 30" {
		t.Errorf("%q", got)
	}
	find(t, p, "100")
	if got := status(t, p); !strings.Contains(got, "find 100 (1 of 1, search wrapped)") || !strings.Contains(strings.Join(texts(t, p), " "), "line 100") {
		t.Errorf("%q %q", got, texts(t, p))
	}
}

// What was found stays where it is on the screen when the filter goes, or another comes
// that keeps it; hidden, it is not what was jumped to any more.
func TestFilter_StaysAtWhatWasFound(t *testing.T) {
	p := newPane(t, newFake(numbered(300)...), 80, 11)
	sift(t, p, "7$")
	find(t, p, "line 157$")
	row := slices.Index(texts(t, p), "line 157")
	for _, pattern := range []string{"", "7$", "!8$", ""} {
		sift(t, p, pattern)
		if got := texts(t, p); row <= 0 || slices.Index(got, "line 157") != row {
			t.Errorf("%q: row %d was %q", pattern, row, got)
		}
		if l, _ := p.line(p.search.current); l.Text != "line 157" {
			t.Errorf("%q: at %q", pattern, l.Text)
		}
	}
	if sift(t, p, "line 1.2"); p.search.current != 0 {
		t.Error("what is hidden is where it was jumped to")
	}
}

func TestFilter_CountsWhatIsFound(t *testing.T) {
	f := newFake(numbered(100)...)
	p := newPane(t, f, 80, 11)
	find(t, p, "line .2$")
	press(t, p, "N", "N", "N")
	if got := status(t, p); !strings.Contains(got, "(7 of 9)") {
		t.Error(got)
	}
}

func BenchmarkFilter_FullRing(b *testing.B) {
	f := &fake{state: logstream.Live, changed: make(chan struct{}), closed: make(chan struct{})}
	for i := range 200_000 {
		f.lines = append(f.lines, logstream.Line{Seq: uint64(i + 1), Text: usual(i)})
	}
	for _, pattern := range []string{"error", "status=5", "items/1.*99 ", "[0-9]+ms"} {
		b.Run(fmt.Sprintf("%q", pattern), func(b *testing.B) {
			c, err := ParseFilter(pattern)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				newSieve(f, func(l *logstream.Line) bool { return c.Keeps(l, nil) }).sift(b.Context())
			}
		})
	}
}

// TestReopen_ReadsAnotherPart: the filter holds, and what the former part still
// brings is not taken for the new one's.
func TestReopen_ReadsAnotherPart(t *testing.T) {
	old, f := newFake(numbered(50)...), newFake(numbered(20)...)
	p := newPane(t, old, 80, 6)
	sift(t, p, "5$")
	stale := p.wait()
	cmd := p.Reopen(f, spans[keys.Range5m])
	settle(p)
	if again := p.Update(stale()); again != nil {
		t.Error("the former part is waited for again")
	}
	if again := p.Update(cmd()); again == nil {
		t.Error("the new part is not waited for")
	}
	if got := texts(t, p); !slices.Equal(got, []string{"line 5", "line 15"}) {
		t.Errorf("%q", got)
	}
	if got := status(t, p); !strings.Contains(got, "last 5m  2 of 20 lines /5$") {
		t.Error(got)
	}
	<-old.closed
}

// TestPane_ShowsTheFirstLineAfterAFilter: whoever waits for news at that time waits for
// those of what was shown before.
func TestPane_ShowsTheFirstLineAfterAFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // Waiting for ever is seen at once.
		f := newFake("x 1", "y")
		p := newPane(t, f, 40, 5)
		fresh(t, p)
		wait := p.wait()
		sift(t, p, "x")
		f.add("x 2")
		next := p.Update(wait())
		p.Update(next())
		if got := body(t, p); len(got) != 2 || !strings.Contains(got[1], "x 2") {
			t.Errorf("%q", got)
		}
	})
}

// TestSpans_TakeEveryDigit: none of them may change the scope of the lists while
// a log is read.
func TestSpans_TakeEveryDigit(t *testing.T) {
	for _, key := range strings.Split("0123456789", "") {
		b, ok := keys.Standard().Find([]keys.Scope{keys.Logs}, key)
		if _, known := spans[b.Command]; !ok || !known {
			t.Errorf("%s is %q", key, b.Command)
		}
	}
}

// TestSpans_ReadAllThatIsKept: with more memory that is more of each task.
func TestSpans_ReadAllThatIsKept(t *testing.T) {
	for bytes, want := range map[int]int{0: logstream.DefaultLines, 256 << 20: 1 << 20} {
		if got := last(6*time.Hour, "6h").limits(bytes).Tail; got != want {
			t.Errorf("%d bytes: %d lines of each task, want %d", bytes, got, want)
		}
	}
}

// TestFilter_SaysWhereFrom: replicas, services, nodes, outputs and tasks that run.
func TestFilter_SaysWhereFrom(t *testing.T) {
	origin := func(l *logstream.Line) Origin {
		return Origin{Name: "shop_web." + l.Task, Service: "shop_web", Node: "worker" + l.Task, Live: l.Task == "3"}
	}
	for filter, want := range map[string]string{
		"@shop_web.3": "3", "@.3": "3", "@WORKER1": "1", "@worker[13]": "13", "!@.3": "1", "@stderr": "3", "@live": "3",
		"@shop_web | x": "1", "@shop": "", "@": "13",
	} {
		f, err := ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []logstream.Line{{Task: "1", Text: "x"}, {Task: "3", Kind: logstream.Stderr, Text: "y"}} {
			if got := f.Keeps(&l, origin); got != strings.Contains(want, l.Task) {
				t.Errorf("%q keeps %+v: %v", filter, l, got)
			}
		}
	}
	// A dot in a name is no expression: neither a node nor another service is taken.
	for filter, o := range map[string]Origin{
		"@.3": {Name: "web.1", Service: "web", Node: "w3"}, "@shop_web.1": {Name: "shop_web-1.2", Service: "shop_web-1"},
	} {
		f, _ := ParseFilter(filter)
		if f.Keeps(&logstream.Line{Text: "x"}, func(*logstream.Line) Origin { return o }) {
			t.Errorf("%q keeps %+v", filter, o)
		}
	}
	f, _ := ParseFilter("@shop_web.3 | err")
	if rest, only := f.withoutOnly(); rest != "err" || only != "shop_web.3" || joinTerms("@a", rest) != "@a | err" {
		t.Errorf("%q %q", rest, only)
	}
}

// TestPane_ToldApart: standard error, ages and names in three lengths.
func TestPane_ToldApart(t *testing.T) {
	f := newFake()
	f.put(logstream.Line{Time: start, Task: "t1", Text: "out"})
	f.put(logstream.Line{Time: start, Task: "t1", Kind: logstream.Stderr, Text: "err"})
	p := newPane(t, f, 60, 6)
	p.now = start.Add(3 * time.Minute)
	if got := body(t, p); got[0] != "web.1 | out" || got[1] != "web.1 ! err" {
		t.Errorf("%q", got)
	}
	press(t, p, "t", "t", "t")
	if got := body(t, p); got[0] != "  3m web.1 | out" {
		t.Errorf("%q", got)
	}
	press(t, p, "t", "a")
	if got := body(t, p); got[0] != "out" || got[1] != "! err" {
		t.Errorf("%q", got)
	}
}
