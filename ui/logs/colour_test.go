package logs

import (
	"strings"
	"testing"

	"skep/internal/logstream"
	"skep/internal/safetext"
	"skep/ui/keys"
	"skep/ui/theme"
)

// styledLine is a line as the log makes it of what a container wrote.
func styledLine(raw string) logstream.Line {
	c := safetext.Cleaner{Styles: true, Tab: 8}
	text, _ := c.Clean([]byte(raw))
	return logstream.Line{Time: start, Task: "t0", Text: string(text), Style: c.Style()}
}

func TestLevelIn(t *testing.T) {
	for text, want := range map[string]struct {
		word string
		role theme.Role
	}{
		`level=error msg="no"`:                            {"error", theme.Fault},
		`{"ts":1,"level":"warn","msg":"x"}`:               {"warn", theme.Warning},
		`{"severity": "CRITICAL"}`:                        {"CRITICAL", theme.Broken},
		`{"log.level":"debug"}`:                           {"debug", theme.Dim},
		"2026-05-04 10:00:00 ERROR no connection":         {"ERROR", theme.Fault},
		"2026-05-04 10:00:00,123 WARNING x":               {"WARNING", theme.Warning},
		"2026/05/04 10:00:00 [error] 7#7: *1 open()":      {"error", theme.Fault},
		"2026-05-04 [Warning] Aborted connection":         {"Warning", theme.Warning},
		"2026-05-04 10:00:00 UTC [1] FATAL:  no database": {"FATAL", theme.Broken},
		"warn: Microsoft.Hosting[0]":                      {"warn", theme.Warning},
		"E0504 10:00:00.1 main.go:1] no":                  {"E", theme.Fault},
		"ERROR":                                           {"ERROR", theme.Fault},
		"10:00 | DEBUG | x":                               {"DEBUG", theme.Dim},
		"level=info msg=ERROR":                            {},
		"I0504 10:00:00.1 main.go:1] ERROR":               {},
		"INFO all is well":                                {},
		"there was an error":                              {},
		"0 errors, 3 warn":                                {},
		"ERROR_COUNT=3 FATALITY":                          {},
		"no level here":                                   {},
		"":                                                {},
		"error":                                           {},
		"msg=\"level: see\" terror=warn":                  {},
		strings.Repeat("x", 300) + " ERROR":               {},
		strings.Repeat("x", levelWithin-5) + " ERROR":     {},
	} {
		word, role := levelIn(text)
		if text[word.From:word.To] != want.word && role != theme.Plain || role != want.role {
			t.Errorf("%q: %q in role %d, want %q in %d", text, text[word.From:word.To], role, want.word, want.role)
		}
	}
}

func FuzzLevelIn(f *testing.F) {
	f.Add("level=error")
	f.Add("E0504 x")
	f.Fuzz(func(t *testing.T, text string) {
		if w, _ := levelIn(text); w.From < 0 || w.From > w.To || w.To > len(text) {
			t.Fatalf("%q: %v", text, w)
		}
	})
}

func TestRender_KeepsTheColoursOfTheApplication(t *testing.T) {
	f := newFake()
	f.put(styledLine("\x1b[1;31mred alert\x1b[0m then \x1b[32mgreen and on"))
	f.put(styledLine("plain"))
	p := newPane(t, f, 60, 6)
	th := theme.New(theme.Look{Background: theme.Dark})
	rows := p.Render(th)
	const red, green = "\x1b[1;31mred alert\x1b[m", "\x1b[32mgreen and on\x1b[m"
	if !strings.Contains(rows[0], red+" then "+green) {
		t.Errorf("%q", rows[0])
	}
	if strings.Contains(rows[1], "[32m") {
		t.Errorf("it goes on in %q", rows[1])
	}
	// A match is seen as one, whatever it was written in.
	_ = p.Finder().SetPattern("d al")
	if row := p.Render(th)[0]; !strings.Contains(row, "\x1b[1;31mre\x1b[m") || !strings.Contains(row, "\x1b[1;31mert\x1b[m") {
		t.Errorf("with a match %q", row)
	}
	// Rows of a wrapped line each begin and end their colours.
	_ = p.Finder().SetPattern("")
	p.Resize(24, 6)
	for _, row := range p.Render(th)[:2] {
		if open := strings.LastIndex(row, "\x1b["); open < 0 || !strings.HasPrefix(row[open:], "\x1b[m") {
			t.Errorf("left open: %q", row)
		}
	}
	if got := p.Text(); strings.Contains(got, "\x1b") || !strings.Contains(got, "red alert then green and on\n") {
		t.Errorf("copied %q", got)
	}
	for _, row := range p.Render(theme.Bare(false)) {
		if strings.Contains(row, "\x1b") {
			t.Errorf("without colours %q", row)
		}
	}
	p.Do(keys.Wrap)
	if row := p.Render(th)[0]; !strings.HasSuffix(row, "\x1b[m") {
		t.Errorf("cut and left open: %q", row)
	}
}
