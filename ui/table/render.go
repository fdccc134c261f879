package table

import (
	"cmp"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/theme"
)

// gap is the room between two columns, and the one before the first that
// holds the cursor and the mark.
const gap = 1

// Render draws the table into exactly the lines it was resized to, each as
// wide as the table: a header and rows.
func (t *Table[R]) Render(th *theme.Theme) []string {
	rows := t.visible()
	cells := t.allCells(rows, th)
	t.measure(cells)
	t.spans = t.place(t.layout())
	lines := make([]string, 0, t.height+1)
	lines = append(lines, t.header(th))
	for i := range rows {
		lines = append(lines, t.line(th, cells[i], t.top+i))
	}
	for len(lines) < t.height+1 {
		lines = append(lines, blanks(t.width))
	}
	return lines
}

// Plain draws all rows as wide as they are, without cursor or colours: a header
// and rows.
func (t *Table[R]) Plain(th *theme.Theme) []string {
	cells := t.allCells(t.rows, th)
	t.measure(cells)
	lines := make([]string, len(t.rows)+1)
	for i, c := range t.columns {
		if c.Wide && !t.wide {
			continue
		}
		w := t.seen[i]
		lines[0] += fit(c.Title, w, c.Right, "") + "  "
		for n := range cells {
			lines[n+1] += fit(cells[n][i].text, w, c.Right, "") + "  "
		}
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// drawn is a cell as text, with its width.
type drawn struct {
	text  string
	width int
	role  theme.Role
}

// allCells makes the text of rows, of the shown columns.
func (t *Table[R]) allCells(rows []R, th *theme.Theme) [][]drawn {
	n := len(t.columns)
	store := make([]drawn, n*len(rows))
	out := make([][]drawn, len(rows))
	for at, row := range rows {
		out[at] = store[at*n : (at+1)*n]
		for i := range t.columns {
			if t.columns[i].Wide && !t.wide {
				continue
			}
			out[at][i] = t.draw(t.columns[i].Cell(t.frame, row), th)
		}
	}
	return out
}

func (t *Table[R]) draw(c Cell, th *theme.Theme) drawn {
	if !c.Since.IsZero() {
		c.Text = Age(t.frame.Now.Sub(c.Since))
	}
	d := drawn{text: Clean(c.Text), role: cellRole(c)}
	d.width = Width(d.text)
	if c.Sign {
		d.text = th.Glyphs.Of(c.Status) + " " + d.text
		d.width += 2 // Every glyph is one cell wide.
	}
	return d
}

// measure remembers the widest cell of each column. Only what was visible
// counts, and a column never shrinks again while the table keeps its width, so
// scrolling neither costs more with more rows nor makes columns jump to and
// fro.
func (t *Table[R]) measure(cells [][]drawn) {
	for i := range t.columns {
		w := max(t.seen[i], Width(t.columns[i].Title))
		if i == t.sorted {
			w = max(w, Width(t.columns[i].Title)+1) // room for the arrow
		}
		for _, row := range cells {
			w = max(w, row[i].width)
		}
		t.seen[i] = w
	}
}

// layout decides how wide each column is; 0 for one that is not shown.
func (t *Table[R]) layout() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		if !c.Wide || t.wide {
			widths[i] = t.natural(i)
		}
	}
	for t.overflow(widths) > 0 {
		if !t.shrink(widths) && !t.dropOne(widths) {
			break
		}
	}
	t.stretch(widths)
	return widths
}

// natural is how wide a column would like to be. The wide form knows no upper
// bounds.
func (t *Table[R]) natural(i int) int {
	w := max(1, t.seen[i])
	if c := t.columns[i]; c.Max > 0 && !t.wide {
		w = min(w, c.Max)
	}
	return w
}

// overflow is by how many cells the columns are too wide; negative for room
// left.
func (t *Table[R]) overflow(widths []int) int {
	sum := 1
	for _, w := range widths {
		if w > 0 {
			sum += w + gap
		}
	}
	return sum - gap - t.width
}

// shrink takes what is too much from the columns that may be cut, always from
// the widest: so a long error does not cost a short name its end. It tells
// whether the columns fit then.
func (t *Table[R]) shrink(widths []int) bool {
	for over := t.overflow(widths); over > 0; over-- {
		widest := -1
		for i, c := range t.columns {
			if c.Min > 0 && widths[i] > c.Min && (widest < 0 || widths[i] >= widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return false
		}
		widths[widest]--
	}
	return true
}

// dropOne takes away the column that goes first, and gives the others their
// room back before they are shrunk anew. The columns that the wide form adds
// were asked for, so there they outlast the others.
func (t *Table[R]) dropOne(widths []int) bool {
	victim := -1
	for i, c := range t.columns {
		if widths[i] == 0 || c.Drop == 0 {
			continue
		}
		if victim < 0 || !c.Wide && t.columns[victim].Wide ||
			c.Wide == t.columns[victim].Wide && c.Drop > t.columns[victim].Drop {
			victim = i
		}
	}
	if victim < 0 {
		return false
	}
	widths[victim] = 0
	for i := range t.columns {
		if widths[i] > 0 {
			widths[i] = t.natural(i)
		}
	}
	return true
}

// stretch lets flexible columns grow beyond their upper bound where there is
// room and they have something to show in it. What is left then stays empty at
// the right end: a gap inside would make rows hard to follow with the eye.
func (t *Table[R]) stretch(widths []int) {
	for i, c := range t.columns {
		left := -t.overflow(widths)
		if left <= 0 {
			return
		}
		if widths[i] > 0 && c.Flex {
			widths[i] += min(left, max(0, t.seen[i]-widths[i]))
		}
	}
}

// header draws the titles, each where its column is.
func (t *Table[R]) header(th *theme.Theme) string {
	var b strings.Builder
	used := 0
	for _, s := range t.spans {
		c := t.columns[s.column]
		title := c.Title
		if s.column == t.sorted {
			arrow := th.Glyphs.Up
			if t.reversed {
				arrow = th.Glyphs.Down
			}
			title += arrow
		}
		b.WriteString(blanks(s.from - used))
		b.WriteString(fit(title, s.to-s.from, c.Right, th.Glyphs.Ellipsis))
		used = s.to
	}
	return th.Paint(theme.Dim, pad(b.String(), t.width))
}

// line draws one row. The one under the cursor is reversed as a whole, so its
// cells have no colours of their own.
func (t *Table[R]) line(th *theme.Theme, cells []drawn, at int) string {
	id := t.id(t.rows[at])
	lead, role := " ", theme.Plain
	if t.marks[id] {
		lead, role = th.Glyphs.Mark, theme.Marked
	}
	selected := at == t.cursor
	if selected && !t.marks[id] {
		lead = th.Glyphs.Cursor
	}
	var b strings.Builder
	used := 1
	if selected || role == theme.Plain {
		b.WriteString(lead)
	} else {
		b.WriteString(th.Paint(role, lead))
	}
	for _, s := range t.spans {
		c := t.columns[s.column]
		b.WriteString(blanks(s.from - used))
		text := cells[s.column].fit(s.to-s.from, look{c.Right, c.CutLeft}, th.Glyphs.Ellipsis)
		if !selected {
			text = th.Paint(cmp.Or(cells[s.column].role, role), text)
		}
		b.WriteString(text)
		used = s.to
	}
	if used < t.width {
		b.WriteString(blanks(t.width - used))
	}
	line := b.String()
	if used > t.width {
		line = ansi.Truncate(line, t.width, "")
	}
	if selected {
		return th.Paint(theme.Selected, line)
	}
	return line
}

// cellRole is how a cell looks by itself; Plain where it looks as its row does.
func cellRole(c Cell) theme.Role {
	if r := theme.RoleOf(c.Status); r != theme.Plain {
		return r
	}
	if c.Dim {
		return theme.Dim
	}
	return theme.Plain
}

// look is what fitting a cell needs to know of its column.
type look struct{ right, cutLeft bool }

// fit cuts or pads a cell to the width of its column.
func (d drawn) fit(width int, l look, ellipsis string) string {
	if d.width > width {
		if l.cutLeft {
			return fit(cutLeft(d.text, width, ellipsis), width, l.right, ellipsis)
		}
		return fit(d.text, width, l.right, ellipsis)
	}
	if l.right {
		return blanks(width-d.width) + d.text
	}
	return d.text + blanks(width-d.width)
}

// cutLeft cuts the beginning of a text that is too wide: at a slash, if what is
// left has one, so that a path goes in whole parts.
func cutLeft(text string, width int, ellipsis string) string {
	over := Width(text) - width
	if over <= 0 {
		return text
	}
	rest := ansi.TruncateLeft(text, over+Width(ellipsis), "")
	if i := strings.IndexByte(rest, '/'); i > 0 {
		rest = rest[i:]
	}
	return ellipsis + rest
}

// fit cuts or pads text to a width.
func fit(text string, width int, right bool, ellipsis string) string {
	w := Width(text)
	if w > width {
		text = ansi.Truncate(text, width, ellipsis)
		w = Width(text)
	}
	if w >= width {
		return text
	}
	if right {
		return blanks(width-w) + text
	}
	return text + blanks(width-w)
}

// Width is how many cells a text takes, which for plain ASCII is how many bytes
// it has.
func Width(text string) int {
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] >= 0x7f {
			return ansi.StringWidth(text)
		}
	}
	return len(text)
}

const blank = "                                                                                                    "

// blanks are so many blanks.
func blanks(n int) string {
	if n <= len(blank) {
		return blank[:max(0, n)]
	}
	return strings.Repeat(" ", n)
}

// Fit cuts or pads text to a width in cells.
func Fit(text string, width int, ellipsis string) string { return fit(text, width, false, ellipsis) }

func pad(text string, width int) string { return fit(text, width, false, "") }

// Clean makes text of the engine safe to draw in one line: escape sequences go,
// other control characters become spaces.
func Clean(text string) string {
	plain := true
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	text = ansi.Strip(strings.ToValidUTF8(text, "?"))
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029:
			return ' '
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff:
			return -1 // Marks that turn the direction of text round, or hide.
		}
		return r
	}, text)
}
