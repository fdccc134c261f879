package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/theme"
)

type item struct {
	id, name, state, note string
	n                     int
	since                 time.Time
}

var columns = []Column[item]{
	{Title: "NAME", Min: 6, Max: 20, Flex: true, Cell: func(_ Data, r item) Cell { return Cell{Text: r.name} }},
	{Title: "STATE", Cell: func(_ Data, r item) Cell { return Cell{Text: r.state, Status: model.Good, Sign: true} }},
	{Title: "COUNT", Right: true, Drop: 2, Cell: func(_ Data, r item) Cell { return Cell{Text: fmt.Sprint(r.n)} },
		Compare: func(_ Data, a, b item) int { return a.n - b.n }},
	{Title: "NOTE", Min: 4, Drop: 1, Cell: func(_ Data, r item) Cell { return Cell{Text: r.note} }},
	{Title: "AGE", Drop: 3, Cell: func(_ Data, r item) Cell { return Cell{Since: r.since} }},
	{Title: "EXTRA", Wide: true, Drop: 4, Cell: func(_ Data, r item) Cell { return Cell{Text: "extra " + r.id} }},
}

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

func items(n int) []item {
	out := make([]item, n)
	for i := range out {
		out[i] = item{id: fmt.Sprint("id", i), name: fmt.Sprintf("name-%03d", i), state: "running", note: "fine", n: n - i, since: noon.Add(-time.Hour)}
	}
	return out
}

func ref(r item) model.Ref { return model.Ref{Kind: model.KindTask, ID: r.id} }

func newTable(rows []item, width, height int) *Table[item] {
	t := New(columns, ref)
	t.Resize(width, height)
	setRows(t, Data{Now: noon}, slices.Clone(rows))
	return t
}

func selected(t *Table[item]) string {
	r, ok := t.Row()
	if !ok {
		return ""
	}
	return r.id
}

func TestRender_ExactSizeWhateverTheData(t *testing.T) {
	nasty := items(30)
	nasty[3].name = "日本語のサービス名がここにある長い"
	nasty[4].name = "\x1b[2J\x1b]0;owned\x07evil\x9b31m"
	nasty[5].note = strings.Repeat("long ", 200)
	nasty[6].name = "line\nbreak\ttab"
	nasty[7].name = "\u202egnp.exe"
	for _, size := range [][2]int{{80, 24}, {160, 50}, {40, 12}, {20, 5}, {1, 1}, {0, 0}, {500, 200}, {7, 2}} {
		for _, wide := range []bool{false, true} {
			tb := newTable(nasty, size[0], size[1])
			tb.SetWide(wide)
			tb.SortBy(2)
			tb.Move(4)
			lines := tb.Render(theme.New(theme.Look{Background: theme.Dark}))
			if want := max(1, size[1]); len(lines) != want {
				t.Errorf("%v: %d lines, want %d", size, len(lines), want)
			}
			for i, l := range lines {
				if w := ansi.StringWidth(l); w != size[0] {
					t.Errorf("%v: line %d is %d cells wide: %q", size, i, w, l)
				}
				if plain := ansi.Strip(l); strings.ContainsAny(plain, "\n\t\x1b\x07\u202e") || strings.Contains(plain, "owned") {
					t.Errorf("%v: line %d is not clean: %q", size, i, l)
				}
			}
		}
	}
}

// TestLayout_DropsByRank leaves columns out in the order of their ranks, and
// none for which there is room.
func TestLayout_DropsByRank(t *testing.T) {
	least := map[string]int{"AGE": 3, "COUNT": 5, "NOTE": 4}
	for w := 60; w >= 20; w-- {
		lines := drawnWith(columns, w, false, 0)
		h := lines[0]
		room := w - max(len(strings.TrimRight(h, " ")), len(strings.TrimRight(lines[1], " ")))
		missing := false
		for _, title := range []string{"NOTE", "COUNT", "AGE"} {
			if !strings.Contains(h, title) {
				missing = true
				if room > least[title]+gap {
					t.Errorf("at %d cells there is room for %s: %q", w, title, h)
				}
			} else if missing && least[title] >= 5 {
				t.Errorf("at %d cells a column went before %s: %q", w, title, h)
			}
		}
	}
	if h := drawnWith(columns, 60, false, 0)[0]; !strings.Contains(h, "AGE") {
		t.Errorf("at 60 cells everything fits, got %q", h)
	}
}

func TestCursor_FollowsItsObject(t *testing.T) {
	rows := items(20)
	tb := newTable(rows, 80, 10)
	tb.Move(12)
	if got := selected(tb); got != "id12" {
		t.Fatalf("cursor on %s", got)
	}
	line := tb.cursor - tb.top

	more := append([]item{{id: "new1", name: "aaa"}, {id: "new2", name: "aab"}}, rows...)
	setRows(tb, Data{Now: noon}, more)
	if got := selected(tb); got != "id12" {
		t.Errorf("rows were put before it: the cursor went to %s", got)
	}
	if got := tb.cursor - tb.top; got != line {
		t.Errorf("the row moved from line %d to %d of the screen", line, got)
	}

	slices.Reverse(rows)
	setRows(tb, Data{Now: noon}, slices.Clone(rows))
	if got := selected(tb); got != "id12" {
		t.Errorf("the order was reversed: the cursor went to %s", got)
	}

	gone := slices.DeleteFunc(slices.Clone(rows), func(r item) bool { return r.id == "id12" })
	setRows(tb, Data{Now: noon}, gone)
	if got := selected(tb); got != "id11" && got != "id13" {
		t.Errorf("its object is gone: the cursor went to %s, not to a neighbour", got)
	}

	setRows(tb, Data{Now: noon}, nil)
	if got := selected(tb); got != "" {
		t.Errorf("no rows, but the cursor is on %s", got)
	}
}

func TestMove_StaysInside(t *testing.T) {
	tb := newTable(items(5), 80, 4)
	tb.Move(-1)
	if selected(tb) != "id0" {
		t.Errorf("above the first row: %s", selected(tb))
	}
	tb.Move(1 << 30)
	if selected(tb) != "id4" || tb.top != 2 {
		t.Errorf("below the last row: %s, top %d", selected(tb), tb.top)
	}
	tb.Page(-1)
	if selected(tb) != "id2" {
		t.Errorf("a page up from the last: %s", selected(tb))
	}
	empty := newTable(nil, 80, 4)
	empty.Move(1)
	empty.Page(1)
	empty.Mark()
	if len(empty.Chosen()) != 0 {
		t.Error("an empty table has chosen rows")
	}
}

func TestMarks_BelongToObjects(t *testing.T) {
	rows := items(6)
	tb := newTable(rows, 80, 10)
	tb.Mark() // id0, and on to id1
	tb.Move(2)
	tb.Mark() // id3
	slices.Reverse(rows)
	setRows(tb, Data{Now: noon}, slices.Clone(rows))
	var got []string
	for _, r := range tb.Chosen() {
		got = append(got, r.id)
	}
	if want := []string{"id3", "id0"}; !slices.Equal(got, want) {
		t.Errorf("chosen %v, want %v", got, want)
	}
	setRows(tb, Data{Now: noon}, rows[:3]) // id5 id4 id3
	if tb.Marks() != 1 {
		t.Errorf("%d marks, want 1: id0 is gone", tb.Marks())
	}
	if !tb.ClearMarks() || tb.ClearMarks() || tb.Marks() != 0 {
		t.Error("Unmark does not take the marks away once")
	}
}

func TestSort_ByColumnAndBack(t *testing.T) {
	tb := newTable(items(3), 80, 10)
	first := func() string { return tb.rows[0].id }
	for range 3 { // NAME, STATE, COUNT
		tb.SortBy(1)
	}
	setRows(tb, tb.data, items(3))
	if tb.Sorted() != "COUNT" || first() != "id2" {
		t.Errorf("sorted by %s, first is %s", tb.Sorted(), first())
	}
	tb.Reverse()
	setRows(tb, tb.data, items(3))
	if first() != "id0" {
		t.Errorf("reversed, first is %s", first())
	}
	for range 3 { // NOTE, AGE, and past the end; EXTRA is not shown
		tb.SortBy(1)
	}
	if tb.Sorted() != "" {
		t.Errorf("past the last column it is sorted by %q", tb.Sorted())
	}
}

func TestNextChange_IsTheFirstVisibleAge(t *testing.T) {
	rows := items(10)
	rows[1].since = noon.Add(-42 * time.Second)
	rows[9].since = noon.Add(-2 * time.Second) // below the window
	tb := newTable(rows, 80, 6)
	if got, want := tb.NextChange(), 3*time.Second; got != want {
		t.Errorf("next change in %v, want %v", got, want)
	}
}

func TestAge_CoarseAndStable(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 4 * time.Second: "4s", 13 * time.Second: "10s", 59 * time.Second: "55s",
		time.Minute: "1m", 59 * time.Minute: "59m", time.Hour: "1h", 47 * time.Hour: "47h", 48 * time.Hour: "2d", 900 * day: "900d",
	} {
		if got := Age(d); got != want {
			t.Errorf("Age(%v) = %s, want %s", d, got, want)
		}
	}
}

func FuzzUntil(f *testing.F) {
	f.Add(int64(time.Second))
	f.Fuzz(func(t *testing.T, n int64) {
		d := time.Duration(n)
		if d < 0 || d > 10000*day {
			t.Skip("no age")
		}
		stays := Until(d)
		if stays <= 0 || Age(d+stays) == Age(d) || Age(d+stays-1) != Age(d) {
			t.Errorf("age %v reads %s for %v more, then %s", d, Age(d), stays, Age(d+stays))
		}
	})
}

// setRows orders data and shows it.
func setRows(t *Table[item], f Data, rows []item) {
	t.Order().Sort(f, rows)
	t.SetSorted(f, rows)
}

func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[31mred\x1b]8;;x\x07")
	f.Add("\xff\xfe\x9b2J")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u202e' {
				t.Fatalf("Clean(%q) = %q holds %U", s, got, r)
			}
		}
		if again := Clean(got); again != got {
			t.Fatalf("Clean is not stable: %q, then %q", got, again)
		}
	})
}

func BenchmarkRender10000(b *testing.B) {
	tb := newTable(items(10_000), 200, 55)
	th := theme.New(theme.Look{Background: theme.Dark})
	b.ReportAllocs()
	for b.Loop() {
		tb.Move(1)
		tb.Render(th)
	}
}

func BenchmarkSetRows10000(b *testing.B) {
	rows := items(10_000)
	tb := newTable(rows, 200, 55)
	tb.SortBy(3)
	b.ReportAllocs()
	for b.Loop() {
		setRows(tb, Data{Now: noon}, slices.Clone(rows))
	}
}

func TestCutMiddle_KeepsBothEnds(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"orders-consumer-eu", 18, "orders-consumer-eu"},
		{"orders-consumer-eu", 9, "orde~r-eu"},
		{"orders-consumer-eu", 2, "o~"},
		{"orders-consumer-eu", 1, "~"},
		{"日本語のサービス", 9, "日本~ビス"},
		{"日本語のサービス", 6, "日~ス"},
	} {
		got := CutMiddle(tt.text, tt.width, "~")
		if got != tt.want || ansi.StringWidth(got) > tt.width {
			t.Errorf("%q in %d cells is %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

// titles are those that a table of columns of a width shows, and its rows.
func drawnWith(columns []Column[item], width int, wide bool, right int) (lines []string) {
	tb := New(columns, ref)
	tb.SetWide(wide)
	tb.Resize(width, 3)
	setRows(tb, Data{Now: noon}, items(2))
	lines = tb.Render(theme.Bare(true))
	for range right {
		tb.Sideways(1)
		lines = tb.Render(theme.Bare(true))
	}
	return lines
}

func TestLayout_NameIsCutLast(t *testing.T) {
	long := func(_ Data, r item) Cell { return Cell{Text: "platform-orders-consumer-eu-" + r.id} }
	cols := []Column[item]{
		{Title: "NAME", Min: 8, Cut: CutMiddle, Cell: long},
		{Title: "MODE", Drop: 3, Cell: func(Data, item) Cell { return Cell{Text: "replicated"} }},
		{Title: "STATE", Min: 5, Cell: func(Data, item) Cell { return Cell{Text: "running"} }},
		{Title: "IMAGE", Min: 6, Drop: 2, Cell: func(Data, item) Cell { return Cell{Text: "registry/path/app:1", Brief: "app:1"} }},
		{Title: "EMPTY", Sparse: true, Cell: func(Data, item) Cell { return Cell{} }},
	}
	for width, want := range map[int]string{
		80: ">platform-orders-consumer-eu-id0 replicated running registry/path/app:1",
		65: ">platform-orders-consumer-eu-id0 replicated running app:1",
		50: ">platform-orders-consumer-eu-id0 running app:1",
		40: ">platform-orders-consumer-eu-id0 running",
		30: ">platform-or~umer-eu-id0 runn~",
		14: ">plat~id0 run~",
	} {
		if got := strings.TrimRight(drawnWith(cols, width, false, 0)[1], " "); got != want {
			t.Errorf("at %d cells %q, want %q", width, got, want)
		}
	}
}

func TestWide_ScrollsSideways(t *testing.T) {
	for right, want := range []string{
		"NAME     STATE     COUNT NOTE", "NAME     COUNT NOTE AGE EXTRA", "NAME     NOTE AGE EXTRA", "NAME     NOTE AGE EXTRA",
	} {
		if got := strings.TrimSpace(drawnWith(columns, 30, true, right)[0]); got != want {
			t.Errorf("%d to the right: %q, want %q", right, got, want)
		}
	}
	tb := newTable(items(2), 30, 3)
	tb.SetWide(true)
	tb.Render(theme.Bare(true))
	tb.Sideways(-1)
	if left, right := tb.Beyond(); left != 0 || right != 2 {
		t.Errorf("%d and %d columns are out of sight", left, right)
	}
}

func TestFind_ATableShowsItsBeginning(t *testing.T) {
	tb := newTable(items(20), 60, 6)
	fresh := append([]item{{id: "new", name: "new"}}, items(20)...)
	setRows(tb, Data{Now: noon}, fresh)
	if got := tb.Render(theme.Bare(true))[1]; !strings.Contains(got, "new") || selected(tb) != "id0" {
		t.Errorf("the first line is %q, the cursor on %s", got, selected(tb))
	}
}

func TestRemeasure_ForgetsWhatWasShown(t *testing.T) {
	rows := items(3)
	rows[0].name = "a-rather-long-name"
	th := theme.Bare(true)
	tb := newTable(rows, 80, 10)
	wide := tb.Render(th)[0]
	setRows(tb, Data{Now: noon}, slices.Clone(rows[1:]))
	if got := tb.Render(th)[0]; got != wide {
		t.Errorf("the columns jumped:\n%s\n%s", wide, got)
	}
	tb.Remeasure()
	if got := tb.Render(th)[0]; got == wide {
		t.Errorf("the columns are as they were:\n%s", got)
	}
}
