package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/internal/testkit"
	"skep/ui/keys"
)

func TestPane_KeepsToItsRoom(t *testing.T) {
	f := newFake(
		"plain", "", strings.Repeat("long ", 100), strings.Repeat("x", 10<<10), strings.Repeat("中文", 2000),
		"wide 中文字 end", "👩‍👩‍👧 family 🇩🇪", "e"+strings.Repeat("\u0301", 16)+" accents",
	)
	f.put(logstream.Line{Kind: logstream.Warning, Text: "Error grabbing logs: node x is not available " + strings.Repeat("y", 300)})
	f.put(logstream.Line{Kind: logstream.Notice, Text: "connection lost, resumed after 3s"})
	f.put(logstream.Line{Task: "t1", Cut: true, Text: strings.Repeat("c", 100)})
	f.put(logstream.Line{Task: "t1", Cut: true, Text: strings.Repeat("中", 100)})
	f.put(logstream.Line{Task: "aVeryLongTaskIDThatNobodyKnows", Text: "unknown"})
	for i, size := range [][2]int{{80, 24}, {40, 12}, {200, 60}, {20, 5}, {7, 3}, {2, 2}, {1, 1}, {1, 0}, {0, 5}, {0, 0}, {500, 60}} {
		p := newPane(t, f, size[0], size[1])
		for range i % int(stampModes) { // Each size has another to begin with.
			press(t, p, "t")
		}
		for range 2 {
			for range max(1, testkit.Rounds(int(stampModes)-size[0]/200)) {
				find(t, p, "[xy中]+|e")
				onScreen(t, p)
				for _, k := range []string{"k", "pgup", "right", "n", "N", "g", "right", "right", "j", "pgdown", "left", "G", "f", "f"} {
					press(t, p, k)
					onScreen(t, p)
				}
				find(t, p, "")
				press(t, p, "t")
			}
			press(t, p, "w")
		}
		p.Resize(0, 0)
		p.Resize(size[1], size[0])
		onScreen(t, p)
	}
}

func TestPane_ShowsReplicasAndTimes(t *testing.T) {
	f := newFake("hello", "world")
	f.put(logstream.Line{Time: start.Add(3 * time.Second), Kind: logstream.Warning, Text: "node x is not available"})
	f.put(logstream.Line{Time: start.Add(4 * time.Second), Kind: logstream.Notice, Text: "connection lost, resumed after 3s"})
	f.put(logstream.Line{Time: start.Add(5 * time.Second), Task: "l75g992bglyk05ytu3g2hqczd", Text: "unknown task"})
	p := newPane(t, f, 60, 8)
	want := []string{
		"web.1        | hello",
		"web.2        | world",
		"! engine: node x is not available",
		"> skep: connection lost, resumed after 3s",
		"l75g992bglyk | unknown task",
	}
	if got := body(t, p); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	press(t, p, "t")
	if got := body(t, p)[0]; got != "23:59:01 web.1        | hello" {
		t.Error(got)
	}
	if got := body(t, p)[2]; got != "23:59:03 ! engine: node x is not available" {
		t.Error(got)
	}
	p.Resize(80, 8)
	press(t, p, "t")
	if got := body(t, p)[0]; got != "2026-05-04 23:59:01.000 web.1        | hello" {
		t.Error(got)
	}
	if got := p.Text(); !strings.HasPrefix(got, "2026-05-04 23:59:01.000 web.1 hello\n") || strings.Count(got, "\n") != 5 {
		t.Errorf("%q", got)
	}
	// Where there is no room for all of it, the text comes first.
	p.Resize(40, 8)
	if got := body(t, p)[0]; got != "web.1        | hello" {
		t.Error(got)
	}
	press(t, p, "t")
	p.Resize(26, 8)
	if got := body(t, p)[0]; got != "hello" {
		t.Error(got)
	}
	// Each replica has a colour of its own.
	p.Resize(60, 8)
	rows := p.Render(ascii)
	if a, b := strings.Split(rows[0], "w")[0], strings.Split(rows[1], "w")[0]; a == b || a == "" {
		t.Errorf("colours %q and %q", a, b)
	}
	single := New(f, "web.1", nil)
	single.Resize(60, 8)
	if got := body(t, single)[0]; got != "hello" {
		t.Error(got)
	}
}

func TestPane_FollowsAndStops(t *testing.T) {
	f := newFake(numbered(20)...)
	p := newPane(t, f, 40, 6) // Five lines and the status.
	last := func() string { b := body(t, p); return b[len(b)-1][strings.Index(b[len(b)-1], "|")+2:] }
	first := func() string { b := body(t, p); return b[0][strings.Index(b[0], "|")+2:] }
	if last() != "line 20" || first() != "line 16" || !p.Following() {
		t.Fatal(first(), last())
	}
	f.add("line 21")
	if last() != "line 20" {
		t.Error("shown before the pane was told")
	}
	fresh(t, p)
	if last() != "line 21" {
		t.Error(last())
	}
	press(t, p, "k")
	if last() != "line 20" || p.Following() || !strings.Contains(status(t, p), "paused, 1 newer") {
		t.Error(last(), status(t, p))
	}
	f.add("line 22", "line 23")
	fresh(t, p)
	if last() != "line 20" || !strings.Contains(status(t, p), "paused, 3 newer") {
		t.Error(last(), status(t, p))
	}
	press(t, p, "pgup")
	if first() != "line 12" {
		t.Error(first())
	}
	press(t, p, "g")
	if first() != "line 1" {
		t.Error(first())
	}
	press(t, p, "k", "pgup")
	if first() != "line 1" {
		t.Error(first())
	}
	press(t, p, "pgdown", "j")
	if first() != "line 6" {
		t.Error(first())
	}
	press(t, p, "pgdown", "pgdown", "pgdown", "pgdown", "pgdown")
	if last() != "line 23" || p.Following() {
		t.Error("the end by paging:", last())
	}
	press(t, p, "G")
	if !p.Following() || !strings.Contains(status(t, p), "following") {
		t.Error(status(t, p))
	}
	press(t, p, "f")
	f.add("line 24")
	fresh(t, p)
	if last() != "line 23" {
		t.Error(last())
	}
	press(t, p, "f")
	if last() != "line 24" {
		t.Error(last())
	}
}

func TestPane_ShortLogDoesNotStopToFollow(t *testing.T) {
	p := newPane(t, newFake(numbered(3)...), 40, 10)
	press(t, p, "k", "pgup", "g")
	if !p.Following() {
		t.Error("nothing moved, but it stopped following")
	}
}

func TestPane_TallerScreenIsFilled(t *testing.T) {
	p := newPane(t, newFake(numbered(50)...), 40, 6)
	press(t, p, "f")
	p.Resize(40, 16)
	if got := body(t, p); len(got) != 15 || !strings.HasSuffix(got[14], "line 50") {
		t.Errorf("%q", got)
	}
}

func TestPane_StaysPutWhileOldLinesGo(t *testing.T) {
	f := newFake(numbered(100)...)
	p := newPane(t, f, 40, 6)
	press(t, p, "pgup", "pgup")
	before := body(t, p)
	f.add(numbered(30)...)
	f.drop(60)
	fresh(t, p)
	if got := body(t, p); !slices.Equal(got, before) {
		t.Errorf("moved from %q to %q", before, got)
	}
	// When what is shown goes itself, the oldest line that is left comes up.
	f.drop(40)
	if got := body(t, p); strings.Contains(got[0], "line 88") {
		t.Errorf("shows lines that have gone: %q", got)
	}
	fresh(t, p)
	if got := body(t, p); got[0] != "web.2 | line 1" || !strings.Contains(status(t, p), "100 older dropped") && p.viewport.Width > 60 {
		t.Errorf("%q", got)
	}
	press(t, p, "j")
	if got := body(t, p); got[0] != "web.0 | line 2" {
		t.Errorf("%q", got)
	}
}

func TestPane_WrapsByRows(t *testing.T) {
	f := newFake("short", strings.Repeat("abcdefghij", 9), "end")
	p := newPane(t, f, 40, 5) // 32 cells of text.
	text := strings.Repeat("abcdefghij", 9)
	pad := strings.Repeat(" ", 8)
	if got := body(t, p); !slices.Equal(got, []string{"web.2 | " + text[:32], pad + text[32:64], pad + text[64:], "web.0 | end"}) {
		t.Errorf("%q", got)
	}
	press(t, p, "k")
	if got := body(t, p); got[0] != "web.1 | short" || got[3] != pad+text[64:] {
		t.Errorf("%q", got)
	}
	press(t, p, "w")
	if got := body(t, p); !slices.Equal(got, []string{"web.1 | short", "web.2 | " + text[:31] + "~", "web.0 | end"}) {
		t.Errorf("%q", got)
	}
	press(t, p, "right")
	if got := body(t, p); got[1] != "web.2 | "+text[20:51]+"~" || got[0] != "web.1 |" {
		t.Errorf("%q", got)
	}
	press(t, p, "right", "right", "right", "right")
	if got := body(t, p); got[1] != "web.2 | "+text[58:] {
		t.Errorf("%q", got)
	}
	if s := status(t, p); !strings.Contains(s, "live") {
		t.Error(s)
	}
	press(t, p, "left", "left", "left")
	if got := body(t, p); got[1] != "web.2 | "+text[:31]+"~" {
		t.Errorf("%q", got)
	}
}

func TestPane_WideCharacters(t *testing.T) {
	f := newFake(strings.Repeat("中", 20) + "end")
	p := New(f, "web", nil)
	defer p.cancel()
	p.Resize(31, 5)
	if got := body(t, p); !slices.Equal(got, []string{strings.Repeat("中", 15), strings.Repeat("中", 5) + "end"}) {
		t.Errorf("%q", got)
	}
	press(t, p, "w", "right")
	if got := body(t, p); got[0] != " "+strings.Repeat("中", 12)+"end" && got[0] != strings.Repeat("中", 14)+"end" {
		t.Errorf("%q", got)
	}
}

func TestPane_UpdateCoalescesAndKnowsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake("one")
		p, other := newPane(t, f, 40, 5), newPane(t, f, 40, 5)
		p.SetInterval(DefaultInterval)
		msg := p.wait()()
		if cmd := other.Update(msg); cmd != nil || other.seen != 0 {
			t.Error("a pane took the message of another")
		}
		answers := 0
		done := time.After(10 * time.Second)
		go func() {
			for range 5000 {
				time.Sleep(2 * time.Millisecond)
				f.add("line")
			}
		}()
		for open := true; open; {
			select {
			case <-done:
				open = false
			default:
				msg := p.Update(msg)()
				answers++
				_ = msg
			}
		}
		if answers < 90 || answers > 101 {
			t.Errorf("%d answers in ten seconds", answers)
		}
		synctest.Wait()
	})
}

func TestPane_CloseEndsItsCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		p := New(f, "web", nil)
		p.seen = f.version
		batch, ok := p.Init()().(tea.BatchMsg)
		if !ok || len(batch) != 3 {
			t.Fatalf("%T", p.Init()())
		}
		msgs := make(chan tea.Msg)
		for _, cmd := range batch {
			go func() { msgs <- cmd() }()
		}
		synctest.Wait()
		p.Close()
		for range batch {
			if cmd := p.Update(<-msgs); cmd != nil {
				t.Error("a closed pane waits for more")
			}
		}
		<-f.closed
	})
}

// forScreen are the commands that the screen does, or the root.
var forScreen = []keys.Command{keys.Search, keys.Filter, keys.Copy, keys.OnlyOne, keys.SaveLog, keys.Pager, keys.GoToTime, keys.JSONFields}

func TestPane_RunsItsCommands(t *testing.T) {
	p := newPane(t, newFake(numbered(50)...), 40, 6)
	for _, b := range keys.Standard().In([]keys.Scope{keys.Logs}) {
		if _, opens := spans[b.Command]; opens {
			continue // The screen does it.
		}
		if ran := p.Do(b.Command); !ran && !slices.Contains(forScreen, b.Command) {
			t.Errorf("nothing does %s", b.Command)
		}
	}
	if p.Do(keys.Scale) {
		t.Error("the pane scales")
	}
}

func TestPane_Status(t *testing.T) {
	f := newFake()
	p := newPane(t, f, 80, 5)
	if got := body(t, p); len(got) != 1 || !strings.Contains(got[0], "No lines yet") {
		t.Errorf("%q", got)
	}
	p.SetHint("The log driver none keeps nothing.")
	if got := body(t, p); got[0] != "The log driver none keeps nothing." {
		t.Errorf("%q", got)
	}
	for state, want := range map[logstream.State]string{
		logstream.Live: "o live  following", logstream.Connecting: "% connecting  following",
		logstream.Waiting: "! reconnecting  following  no route", logstream.Failed: "x gone  following  no route",
		logstream.Ended: ". ended  ",
	} {
		f.state, f.reason = state, ""
		if state == logstream.Waiting || state == logstream.Failed {
			f.reason = "no route"
		}
		f.add("x")
		fresh(t, p)
		if got := status(t, p); !strings.HasPrefix(got, want) || state == logstream.Ended && strings.Contains(got, "following") {
			t.Errorf("%q, want %q", got, want)
		}
		if got := p.Info(); !strings.HasPrefix(got, state.String()) {
			t.Error(got)
		}
	}
	f.state, f.reason = logstream.Live, ""
	f.add(numbered(2000)...)
	f.drop(1500)
	fresh(t, p)
	if got := status(t, p); got != "o live  following  1,500 older dropped  505 lines" {
		t.Errorf("%q", got)
	}
}

func ExampleNames() {
	slots := map[string]int{"knpwyzs6x7w0q0eqx0t31ou41": 3}
	var byTask Names = func(task, _ string) (string, int) {
		if slot, ok := slots[task]; ok {
			return fmt.Sprintf("web.%d", slot), slot
		}
		return "", 0
	}
	fmt.Println(byTask("knpwyzs6x7w0q0eqx0t31ou41", ""))
	// Output: web.3 3
}

// The stream is a source as it is.
var _ Source = (*logstream.Stream)(nil)
