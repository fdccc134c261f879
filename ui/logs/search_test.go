package logs

import (
	"fmt"
	"strings"
	"testing"

	"skep/ui/keys"
	"skep/ui/theme"
)

// top is the text of the first visible line, last that of the last one.
func edges(t *testing.T, p *Pane) (top, last string) {
	t.Helper()
	b := body(t, p)
	cut := func(s string) string { return s[strings.IndexAny(s, "|>")+2:] }
	return cut(b[0]), cut(b[len(b)-1])
}

func TestSearch_JumpsBothWaysAndRound(t *testing.T) {
	f := newFake(numbered(100)...)
	p := newPane(t, f, 80, 11)
	find(t, p, "LINE 42$")
	if top, last := edges(t, p); top != "line 39" || last != "line 48" || p.Following() {
		t.Errorf("%q to %q", top, last)
	}
	if got := body(t, p)[3]; got != "web.0 > line 42" {
		t.Errorf("the line is not marked: %q", got)
	}
	if got := status(t, p); !strings.Contains(got, "find LINE 42$ (1 of 1)") {
		t.Error(got)
	}
	find(t, p, "line .*7$")
	if top, _ := edges(t, p); top != "line 39" || p.search.current != 0 {
		t.Errorf("a match was visible, but it went to %q", top)
	}
	for _, step := range []struct {
		key  string
		want uint64
		says string
	}{
		{"n", 47, ""}, {"n", 57, ""}, {"N", 47, ""}, {"N", 37, ""}, {"N", 27, ""}, {"N", 17, ""},
		{"N", 7, ""}, {"N", 97, "search wrapped"}, {"n", 7, "search wrapped"}, {"n", 17, ""},
	} {
		press(t, p, step.key)
		if p.search.current != step.want || p.search.outcome != step.says {
			t.Fatalf("%s: line %d %q, want %d %q", step.key, p.search.current, p.search.outcome, step.want, step.says)
		}
		if !strings.Contains(strings.Join(body(t, p), "\n"), "web."+string(rune('0'+step.want%3))+" > line") {
			t.Fatalf("line %d is not visible", step.want)
		}
	}
	find(t, p, "nothing like it")
	if got := status(t, p); !strings.Contains(got, "find nothing like it (no match)") {
		t.Error(got)
	}
	find(t, p, "")
	if got := status(t, p); strings.Contains(got, "find") || p.Finder().Pattern() != "" {
		t.Error(got)
	}
	press(t, p, "n") // Without a search it does nothing.
}

func TestSearch_Highlights(t *testing.T) {
	f := newFake("find me here", "nothing", "me me me")
	p := newPane(t, f, 40, 5)
	find(t, p, "me")
	if !p.Following() {
		t.Error("the matches were visible, but it stopped following")
	}
	rows := p.Render(ascii)
	hit := ascii.Paint(theme.Match, "me")
	if strings.Count(rows[0], hit) != 1 || strings.Count(rows[1], hit) != 0 || strings.Count(rows[2], hit) != 3 {
		t.Errorf("%q", rows)
	}
	press(t, p, "N")
	if rows = p.Render(ascii); strings.Count(rows[2], ascii.Paint(theme.Selected, "me")) != 3 {
		t.Errorf("%q", rows[2])
	}
	// A match over the edge of two rows is drawn on both.
	p.Resize(15, 5)
	find(t, p, "e here")
	if got := body(t, p); got[0] != "find me here" {
		t.Errorf("%q", got)
	}
}

func TestSearch_BadPatternChangesNothing(t *testing.T) {
	p := newPane(t, newFake("a"), 40, 5)
	find(t, p, "a")
	err := p.Finder().SetPattern("a(")
	if err == nil || err.Error() != "invalid regex: missing )" {
		t.Error(err)
	}
	if p.Finder().Pattern() != "a" {
		t.Error(p.Finder().Pattern())
	}
}

func TestSearch_LongLines(t *testing.T) {
	f := newFake(numbered(30)...)
	f.add(strings.Repeat("x", 5000) + "needle" + strings.Repeat("y", 5000))
	f.add(numbered(30)...)
	p := newPane(t, f, 60, 10)
	find(t, p, "needle")
	if got := strings.Join(body(t, p), "\n"); !strings.Contains(got, "needle") {
		t.Errorf("wrapped, not visible:\n%s", got)
	}
	press(t, p, "w", "n")
	if got := strings.Join(body(t, p), "\n"); !strings.Contains(got, "needle") {
		t.Errorf("cut, not visible:\n%s", got)
	}
	if rows := strings.Join(p.Render(ascii), "\n"); !strings.Contains(rows, ascii.Paint(theme.Selected, "needle")) {
		t.Error("not highlighted")
	}
}

func TestSearch_LateAnswerIsDropped(t *testing.T) {
	f := newFake(numbered(100)...)
	p := newPane(t, f, 60, 10)
	if err := p.Finder().SetPattern("line 3$"); err != nil {
		t.Fatal(err)
	}
	late := p.waitFind()()
	find(t, p, "line 50")
	top, _ := edges(t, p)
	p.Update(late)
	if got, _ := edges(t, p); got != top || p.search.current != 50 {
		t.Errorf("from %q to %q", top, got)
	}
}

func TestSearch_BeginOfLineIsNotWithinIt(t *testing.T) {
	p := newPane(t, newFake(strings.Repeat("x", 5000)), 60, 10)
	find(t, p, "^x+")
	if rows := p.Render(ascii); !strings.Contains(rows[0], ascii.Paint(theme.Selected, strings.Repeat("x", 52))) {
		t.Errorf("%q", rows[0])
	}
	press(t, p, "G")
	if rows := strings.Join(p.Render(ascii), "\n"); strings.Contains(rows, ascii.Paint(theme.Selected, "x")[:4]) {
		t.Errorf("%q", rows)
	}
}

func TestSearch_FasterThanItsAnswers(t *testing.T) {
	p := newPane(t, newFake(numbered(100)...), 60, 10)
	if err := p.Finder().SetPattern("line 1"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.Do(keys.NextMatch)
	}
	settle(p)
	if p.search.current == 0 {
		t.Error("no answer to the last key")
	}
}

func TestSearch_EndOfALongLine(t *testing.T) {
	texts := []string{}
	for i := range 30 {
		texts = append(texts, fmt.Sprint("before ", i))
	}
	texts = append(texts, strings.Repeat("L", 3000)+"END")
	for i := range 100 {
		texts = append(texts, fmt.Sprint("after ", i))
	}
	for _, size := range [][2]int{{80, 20}, {160, 46}, {40, 6}} {
		f := newFake(texts...)
		p := newPane(t, f, size[0], size[1])
		find(t, p, "LEND")
		if got := strings.Join(body(t, p), "\n"); !strings.Contains(got, "END") {
			t.Errorf("%v: the match is not on the screen:\n%s", size, got)
		}
	}
}

// typed types a pattern as one does: a letter at a time.
func typed(t *testing.T, p *Pane, pattern string) {
	t.Helper()
	for i := range pattern {
		find(t, p, pattern[:i+1])
	}
}

// sees reports whether a text is on the screen and set off as a match.
func sees(p *Pane, text string) bool {
	rows := strings.Join(p.Render(ascii), "\n")
	return strings.Contains(rows, ascii.Paint(theme.Match, text)) || strings.Contains(rows, ascii.Paint(theme.Selected, text))
}

func TestSearch_TypedFindsWhatIsOffTheScreen(t *testing.T) {
	long := "LEVEL=" + strings.Repeat("x", 3000) + "LEND"
	for _, c := range []struct {
		name  string
		texts []string
		keys  []string
	}{
		{"an older line", append([]string{long}, numbered(100)...), nil},
		{"the end under the screen", append([]string{long}, numbered(100)...), []string{"g"}},
		{"the head over the screen", []string{"LEND " + strings.Repeat("x", 3000)}, nil},
		{"the head of the first line over the screen", append([]string{"LEND " + strings.Repeat("x", 500)}, numbered(5)...), []string{"f"}},
		{"right of the screen", []string{long}, []string{"w"}},
		{"left of the screen", []string{"LEND" + strings.Repeat("x", 3000)}, []string{"w", "right"}},
		{"under the sign that there is more", []string{strings.Repeat("x", 51) + "LEND" + strings.Repeat("x", 100)}, []string{"w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPane(t, newFake(c.texts...), 60, 10)
			press(t, p, c.keys...)
			typed(t, p, "LEND")
			if !sees(p, "LEND") {
				t.Errorf("not on the screen:\n%s", strings.Join(body(t, p), "\n"))
			}
		})
	}
}

func TestSearch_StepsWithinALongLine(t *testing.T) {
	gap := strings.Repeat("x", 2000)
	texts := append([]string{"a hit1 hit2 " + gap + "hit3" + gap + "hit4", "b hit5"}, numbered(50)...)
	for _, keys := range [][]string{nil, {"w"}} {
		p := newPane(t, newFake(texts...), 60, 10)
		press(t, p, append(keys, "g")...)
		find(t, p, "hit[0-9]")
		step := func(key, want string) {
			t.Helper()
			press(t, p, key)
			if !sees(p, want) {
				t.Fatalf("%v: %s does not show %s:\n%s", keys, key, want, strings.Join(body(t, p), "\n"))
			}
		}
		// What is seen already is not stepped through.
		for _, s := range []string{"n hit1", "n hit3", "n hit4", "n hit5", "n hit1", "N hit5", "N hit4", "N hit3", "N hit2", "N hit5"} {
			step(s[:1], s[2:])
		}
	}
}

func TestSearch_StepsOverEmptyMatches(t *testing.T) {
	p := newPane(t, newFake(numbered(30)...), 60, 10)
	find(t, p, "$")
	if !p.Following() {
		t.Error("each line matches, but it stopped following")
	}
	for i, key := range []string{"N", "N", "N", "n", "n"} {
		press(t, p, key)
		if want := []uint64{30, 29, 28, 29, 30}[i]; p.search.current != want {
			t.Fatalf("step %d: line %d, want %d", i, p.search.current, want)
		}
	}
}

// What is copied is said: the marked lines, or else those on the screen.
func TestPane_SaysWhatIsCopied(t *testing.T) {
	p := newPane(t, newFake(numbered(100)...), 80, 11)
	if got := p.TextName(); got != "the lines on the screen" {
		t.Error(got)
	}
	find(t, p, "line 42$")
	press(t, p, "m")
	if got := p.TextName(); got != "1 marked line" || strings.Count(p.Text(), "\n") != 1 {
		t.Errorf("%q of %q", got, p.Text())
	}
}
