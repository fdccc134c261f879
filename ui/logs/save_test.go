package logs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/internal/logstream"
	"skep/ui/keys"
)

// TestScreen_SavesWhatIsShown, over nothing that is there unless it is asked to.
func TestScreen_SavesWhatIsShown(t *testing.T) {
	p := newPane(t, newFake("one", "two", "three"), 60, 6)
	sift(t, p, "o$|e$")
	l := &Screen{Pane: p}
	l.now = start
	label, name := l.Asks(keys.SaveLog)
	if label != "save to" || name != "web-20260504-235900.log" {
		t.Errorf("%q %q", label, name)
	}
	path := filepath.Join(t.TempDir(), name)
	save := func(as string) savedMsg {
		cmd, err := l.Answer(keys.SaveLog, as)
		if err != nil {
			t.Fatal(err)
		}
		return cmd().(savedMsg)
	}
	if got := save(path); got.err != nil || got.lines != 3 {
		t.Fatalf("%+v", got)
	}
	if data, _ := os.ReadFile(path); !strings.HasPrefix(string(data), "2026-05-04T23:59:01Z t1 stdout | one\n") {
		t.Errorf("%s", data)
	}
	if _, err := l.Answer(keys.SaveLog, path); err == nil {
		t.Error("it writes over a file unasked")
	}
	sift(t, p, "two")
	if got := save(path + "!"); got.err != nil || got.lines != 1 {
		t.Errorf("%+v", got)
	}
	if data, _ := os.ReadFile(path); strings.Count(string(data), "\n") != 1 {
		t.Errorf("%s", data)
	}
	if got := save(filepath.Join(path, "below")); got.err == nil {
		t.Error("no error")
	}
}

// TestScreen_SavesAndCopiesWhatWasCut as something that is not whole.
func TestScreen_SavesAndCopiesWhatWasCut(t *testing.T) {
	f := newFake()
	f.put(logstream.Line{Time: start, Task: "t1", Text: "xx", Cut: true})
	l := &Screen{Pane: newPane(t, f, 60, 6)}
	const want = "xx (cut at 64 KiB)\n"
	var saved strings.Builder
	if n, err := l.writer()(&saved); n != 1 || err != nil || !strings.HasSuffix(saved.String(), want) {
		t.Errorf("saved %q, %v", saved.String(), err)
	}
	onScreen(t, l.Pane)
	if got := l.Text(); !strings.HasSuffix(got, want) {
		t.Errorf("copied %q", got)
	}
}

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"11:30": "2026-05-04T11:30:00Z", "12:30:05": "2026-05-03T12:30:05Z", "5m": "2026-05-04T11:55:00Z", "-2h": "2026-05-04T10:00:00Z",
		"2026-05-01T00:00:00Z": "2026-05-01T00:00:00Z", "noon": "",
		"2026-05-01": "2026-05-01T00:00:00Z", "2026-05-01T09:05": "2026-05-01T09:05:00Z", "2026-05-01 09:05:10": "2026-05-01T09:05:10Z",
	} {
		got, err := ParseTime(text, now, time.UTC)
		if (err != nil) != (want == "") || err == nil && got.Format(time.RFC3339) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("11:30")
	f.Add("9223372036854775807ns")
	f.Fuzz(func(t *testing.T, text string) { _, _ = ParseTime(text, start, time.UTC) })
}

// TestPane_Marks: they stay with their lines under a filter, are jumped between
// and copied; and a time is gone to.
func TestPane_Marks(t *testing.T) {
	p := newPane(t, newFake(numbered(50)...), 40, 6)
	press(t, p, "m")
	if err := (&Screen{Pane: p}).goToTime("2026-05-04T23:59:20Z"); err != nil {
		t.Fatal(err)
	}
	press(t, p, "m")
	if got := p.Text(); got != "web.2 line 20\nweb.2 line 50\n" {
		t.Errorf("%q", got)
	}
	if got := strings.Join(body(t, p), "\n"); !strings.Contains(got, "web.2 + line 20") {
		t.Errorf("%s", got)
	}
	sift(t, p, "0$")
	press(t, p, "G", "\"", "\"")
	if got := strings.Join(body(t, p), "\n"); !strings.Contains(got, "web.2 + line 20") {
		t.Errorf("%s", got)
	}
	press(t, p, "'", "m")
	if got := p.Text(); got != "web.2 line 20\n" {
		t.Errorf("%q", got)
	}
}
