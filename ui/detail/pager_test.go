package detail

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/keys"
	"skep/ui/theme"
	"skep/ui/viewport"
)

var dark = theme.New(theme.Look{Background: theme.Dark})

// draw is a pager's screen without colours.
func draw(p *Pager, width, height int) []string {
	out := p.Render(dark, width, height)
	for i := range out {
		out[i] = ansi.Strip(out[i])
	}
	return out
}

// numbered are so many lines of plain text.
func numbered(n int) []Line {
	out := make([]Line, n)
	for i := range out {
		out[i] = Line{{Text: fmt.Sprintf("line %d", i+1)}}
	}
	return out
}

func plainLines(texts ...string) []Line {
	out := make([]Line, len(texts))
	for i, s := range texts {
		out[i] = Line{{Text: s}}
	}
	return out
}

func run(p *Pager, cmds ...keys.Command) {
	for _, c := range cmds {
		p.Do(c)
	}
}

var sizes = [][2]int{{80, 24}, {40, 12}, {200, 60}, {1, 1}, {0, 0}, {2, 3}, {0, 5}, {5, 0}, {-1, -1}}

// hostile is text that a terminal, or a width, could trip over.
var hostile = []Line{
	{{Text: "\x1b[2J\x1b]52;c;ZXZpbA==\x07gone?"}}, {}, {{}}, {{Text: "tab\tcr\rnl\nnul\x00bell\a"}},
	{{Text: "日本語のサービス名がとても長いので折り返しが必要です。日本語のサービス名がとても長い", Role: theme.Accent}},
	{{Text: strings.Repeat("ASCII and 漢字 ", 20)}, {Text: strings.Repeat("x", 500), Role: theme.Broken, Hang: true}},
	{{Text: "e\u0301\u0301\u0301 👩‍👩‍👧‍👦 🇩🇪🇫🇷 ﷽ \u202eturned"}}, {{Text: "\xff\xfe\x80 bad utf-8 \xc3"}},
	{{Text: "  key           "}, {Text: strings.Repeat("word ", 60), Hang: true}}, {{Text: strings.Repeat("語", 300)}},
	{{Text: "👩"}, {Text: "\u200d👩 a cluster over two spans", Role: theme.Good}}, {{Text: strings.Repeat(" ", 300)}},
}

func TestPager_Render_ExactSize(t *testing.T) {
	for name, lines := range map[string][]Line{"none": nil, "hostile": hostile, "long": numbered(500)} {
		for _, size := range sizes {
			for _, wrap := range []bool{true, false} {
				p := NewPager()
				p.SetWrap(wrap)
				p.SetLines(lines)
				if err := p.SetPattern("a|語|e|👩"); err != nil {
					t.Fatal(err)
				}
				for _, cmd := range []keys.Command{"", keys.Down, keys.Right, keys.PageDown, keys.NextMatch, keys.Right, keys.Bottom, keys.PageUp, keys.PrevMatch} {
					p.Do(cmd)
					checkSize(t, fmt.Sprintf("%s wrap=%v after %s", name, wrap, cmd), p.Render(dark, size[0], size[1]), size)
				}
			}
		}
	}
}

func checkSize(t *testing.T, what string, rows []string, size [2]int) {
	t.Helper()
	if len(rows) != max(0, size[1]) {
		t.Fatalf("%s at %v: %d rows", what, size, len(rows))
	}
	for _, r := range rows {
		if w := ansi.StringWidth(r); w > max(0, size[0]) {
			t.Fatalf("%s at %v: a row of %d cells: %q", what, size, w, r)
		}
		for _, c := range ansi.Strip(r) {
			if c < 0x20 || c == 0x7f || c >= 0x80 && c < 0xa0 || c == 0x202e {
				t.Fatalf("%s at %v: control character in %q", what, size, r)
			}
		}
	}
}

func TestPager_Wrap_BreaksAtSpacesAndHangs(t *testing.T) {
	p := NewPager()
	p.SetLines([]Line{{{Text: "  Error  "}, {Text: "no suitable node (scheduling constraints not satisfied)", Hang: true}}, {{Text: strings.Repeat("x", 45)}}})
	want := []string{
		"  Error  no suitable node (scheduling",
		"         constraints not satisfied)",
		strings.Repeat("x", 40),
		"  xxxxx",
		"",
	}
	got := draw(p, 40, 5)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestPager_Wrap_LosesNothing(t *testing.T) {
	for _, l := range hostile {
		m := measure(l)
		for width := 1; width < 90; width += 3 {
			var b strings.Builder
			for _, r := range viewport.BreakWords(m.text, width, m.indent(width)) {
				b.WriteString(m.text[r.From:r.To])
			}
			squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
			if squeeze(b.String()) != squeeze(m.text) {
				t.Fatalf("at width %d, %q became %q", width, m.text, b.String())
			}
		}
	}
}

func TestPager_Cut_ShowsThatThereIsMore(t *testing.T) {
	p := NewPager()
	p.SetWrap(false)
	p.SetLines(plainLines("0123456789abcdefghijklmnopqrstuvwxyz", "short", "日本語日本語日本語日本語日本語日本語"))
	if got := draw(p, 10, 3); got[0] != "012345678…" || got[1] != "short" || got[2] != "日本語日 …" {
		t.Errorf("%q", got)
	}
	run(p, keys.Right)
	if got := draw(p, 10, 3); got[0] != "…9abcdefg…" || got[1] != "…" || ansi.StringWidth(got[2]) != 10 {
		t.Errorf("scrolled: %q", got)
	}
	run(p, keys.Right, keys.Right, keys.Right, keys.Right, keys.Right)
	if got := draw(p, 10, 3); got[0] != "…rstuvwxyz" {
		t.Errorf("at the right end: %q", got)
	}
	run(p, keys.Left, keys.Left, keys.Left, keys.Left)
	if got := draw(p, 10, 3); got[0] != "012345678…" {
		t.Errorf("back at the left: %q", got)
	}
}

func TestPager_Run_Scrolls(t *testing.T) {
	for _, c := range []struct {
		cmds []keys.Command
		want string
	}{
		{nil, "1-10 of 100"},
		{[]keys.Command{keys.Up}, "1-10 of 100"},
		{[]keys.Command{keys.Down, keys.Down}, "3-12 of 100"},
		{[]keys.Command{keys.PageDown}, "10-19 of 100"},
		{[]keys.Command{keys.PageDown, keys.PageUp}, "1-10 of 100"},
		{[]keys.Command{keys.Bottom}, "91-100 of 100"},
		{[]keys.Command{keys.Bottom, keys.Down, keys.PageDown}, "91-100 of 100"},
		{[]keys.Command{keys.Bottom, keys.Up}, "90-99 of 100"},
		{[]keys.Command{keys.Bottom, keys.Top}, "1-10 of 100"},
	} {
		p := NewPager()
		p.SetLines(numbered(100))
		draw(p, 40, 10)
		for _, cmd := range c.cmds {
			if !p.Do(cmd) {
				t.Errorf("%s is not known", cmd)
			}
		}
		got := draw(p, 40, 10)
		if p.Position() != c.want || got[0] != "line "+c.want[:strings.IndexByte(c.want, '-')] {
			t.Errorf("after %v: %s, top %q, want %s", c.cmds, p.Position(), got[0], c.want)
		}
	}
	if NewPager().Do(keys.Scale) {
		t.Error("a pager does not scale services")
	}
}

func TestPager_Position(t *testing.T) {
	p := NewPager()
	if got := p.Position(); got != "" {
		t.Errorf("without text: %q", got)
	}
	p.SetLines(numbered(3))
	draw(p, 40, 10)
	if got := p.Position(); got != "1-3 of 3" {
		t.Errorf("all visible: %q", got)
	}
	p.SetLines(plainLines("a", strings.Repeat("word ", 100), "b"))
	draw(p, 40, 5)
	run(p, keys.Down, keys.Down)
	if got := p.Position(); got != "2-2 of 3" {
		t.Errorf("in a long line: %q", got)
	}
	run(p, keys.Bottom)
	if rows := draw(p, 40, 5); rows[4] != "b" || p.Position() != "2-3 of 3" {
		t.Errorf("at the end: %q, %s", rows, p.Position())
	}
}

func TestPager_SetLines_KeepsThePlace(t *testing.T) {
	p := NewPager()
	p.SetLines(numbered(100))
	draw(p, 40, 10)
	run(p, keys.PageDown, keys.PageDown)
	if err := p.SetPattern("line 40"); err != nil {
		t.Fatal(err)
	}
	before := p.Position()
	more := append(numbered(100), Line{{Text: "line 40 again"}})
	p.SetLines(more)
	draw(p, 40, 10)
	if got := strings.Replace(p.Position(), "101", "100", 1); got != before {
		t.Errorf("from %s to %s", before, got)
	}
	if cur, all := p.Matches(); cur != 1 || all != 2 {
		t.Errorf("match %d of %d, want 1 of 2", cur, all)
	}
	p.SetLines(numbered(5))
	if rows := draw(p, 40, 10); rows[0] != "line 1" || p.Position() != "1-5 of 5" {
		t.Errorf("with fewer lines: %s, %q", p.Position(), rows)
	}
}

func TestPager_Resize_KeepsThePlace(t *testing.T) {
	p := NewPager()
	var lines []Line
	for i := range 50 {
		lines = append(lines, Line{{Text: fmt.Sprintf("%d %s", i+1, strings.Repeat("word ", 40))}})
	}
	p.SetLines(lines)
	draw(p, 80, 10)
	for range 30 {
		run(p, keys.Down)
	}
	top := p.viewport.Top().Line
	for _, w := range []int{20, 200, 5, 80} {
		draw(p, w, 10)
		if p.viewport.Top().Line != top {
			t.Fatalf("at width %d the top went from line %d to %d", w, top, p.viewport.Top().Line)
		}
	}
}

func TestPager_Search(t *testing.T) {
	p := NewPager()
	p.SetLines(numbered(100))
	draw(p, 40, 10)
	if err := p.SetPattern("LINE [57]0$"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"line 50", "line 70", "line 50"} {
		if i > 0 {
			run(p, keys.NextMatch)
		}
		rows := p.Render(dark, 40, 10)
		if cur, all := p.Matches(); all != 2 || cur != i%2+1 {
			t.Errorf("step %d: match %d of %d", i, cur, all)
		}
		if !strings.Contains(strings.Join(rows, "\n"), dark.Paint(theme.Selected, want)) {
			t.Errorf("step %d: %s is not shown as the present match: %q", i, want, rows)
		}
	}
	run(p, keys.PrevMatch)
	if cur, _ := p.Matches(); cur != 2 {
		t.Errorf("the previous match the first is %d", cur)
	}
	if err := p.SetPattern(""); err != nil {
		t.Fatal(err)
	}
	if cur, all := p.Matches(); cur != 0 || all != 0 {
		t.Errorf("after the search: %d of %d", cur, all)
	}
}

func TestPager_Search_StartsAtTheTopOfTheScreen(t *testing.T) {
	p := NewPager()
	p.SetLines(numbered(100))
	draw(p, 40, 10)
	run(p, keys.PageDown, keys.PageDown)
	top := p.Position()
	if err := p.SetPattern("line 2"); err != nil {
		t.Fatal(err)
	}
	draw(p, 40, 10)
	if cur, all := p.Matches(); cur != 2 || all != 11 {
		t.Errorf("match %d of %d", cur, all)
	}
	if p.Position() != top {
		t.Errorf("a match that is visible moved the screen from %s to %s", top, p.Position())
	}
}

func TestPager_Search_InALongLine(t *testing.T) {
	text := strings.Repeat("語 word ", 400) + "needle " + strings.Repeat("word ", 400)
	for _, wrap := range []bool{true, false} {
		p := NewPager()
		p.SetWrap(wrap)
		p.SetLines(plainLines("a", text, "b"))
		draw(p, 60, 8)
		if err := p.SetPattern("needle"); err != nil {
			t.Fatal(err)
		}
		if rows := draw(p, 60, 8); !strings.Contains(strings.Join(rows, "\n"), "needle") {
			t.Errorf("wrap=%v: the match is not on the screen: %q", wrap, rows)
		}
	}
}

func TestPager_Search_BadPattern(t *testing.T) {
	p := NewPager()
	p.SetLines(numbered(10))
	if err := p.SetPattern("line"); err != nil {
		t.Fatal(err)
	}
	err := p.SetPattern("li(ne")
	if err == nil || err.Error() != "invalid regex: missing )" {
		t.Errorf("error %v", err)
	}
	if _, all := p.Matches(); all != 10 {
		t.Errorf("the search before is lost: %d matches", all)
	}
	if err := p.SetPattern("x*"); err != nil {
		t.Fatal(err)
	}
	if _, all := p.Matches(); all != 0 {
		t.Errorf("%d matches of nothing", all)
	}
}

func TestPager_Text(t *testing.T) {
	p := NewPager()
	p.SetLines([]Line{{{Text: "a", Role: theme.Dim}, {Text: "b\x1b[1m"}}, {}, {{Text: strings.Repeat("long ", 50)}}})
	draw(p, 20, 3)
	if got, want := p.Text(), "ab\n\n"+strings.Repeat("long ", 50)+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzPager checks, over any text and any keys, that the screen is never
// overrun, and that the place stays within the text.
func FuzzPager(f *testing.F) {
	for i, l := range hostile {
		f.Add(l.String()+"\nsecond line\n語", uint64(i), uint8(30), uint8(7))
	}
	cmds := []keys.Command{keys.Up, keys.Down, keys.Top, keys.Bottom, keys.PageUp, keys.PageDown, keys.Left, keys.Right, keys.Wrap, keys.NextMatch, keys.PrevMatch}
	f.Fuzz(func(t *testing.T, text string, seed uint64, width, height uint8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		p := NewPager()
		var lines []Line
		for _, s := range strings.Split(text, "\n") {
			cut := rnd.IntN(len(s) + 1)
			lines = append(lines, Line{{Text: s[:cut]}, {Text: s[cut:], Role: theme.Good, Hang: rnd.IntN(2) == 0}})
		}
		p.SetLines(lines)
		_ = p.SetPattern(text[:min(3, len(text))])
		for range 12 {
			size := [2]int{int(width), int(height)}
			if rnd.IntN(4) == 0 {
				size = [2]int{rnd.IntN(200), rnd.IntN(60)}
			}
			checkSize(t, "fuzz", p.Render(dark, size[0], size[1]), size)
			if p.viewport.Top().Line >= uint64(len(p.lines)) || p.Position() == "" {
				t.Fatalf("top %v of %d lines", p.viewport.Top(), len(p.lines))
			}
			p.Do(cmds[rnd.IntN(len(cmds))])
			if rnd.IntN(5) == 0 {
				p.SetLines(lines[:1+rnd.IntN(len(lines))])
			}
		}
	})
}
