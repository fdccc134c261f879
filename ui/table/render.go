package table

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/internal/safetext"
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
	t.spans = t.spansOf(t.layout())
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
	t.brief = false
	lines := make([]string, len(t.rows)+1)
	for i, c := range t.columns {
		w := t.natural(i)
		if w == 0 {
			continue
		}
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

// drawn is a cell as text, and in brief, with the widths.
type drawn struct {
	text, brief string
	widths      seen
	role        theme.Role
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
			out[at][i] = t.draw(t.columns[i].Cell(t.data, row), th)
		}
	}
	return out
}

func (t *Table[R]) draw(c Cell, th *theme.Theme) drawn {
	if !c.Since.IsZero() {
		c.Text = Age(t.data.Now.Sub(c.Since))
	}
	d := drawn{text: Clean(c.Text), role: cellRole(c)}
	d.widths.text = Width(d.text)
	d.brief, d.widths.brief = d.text, d.widths.text
	if c.Brief != "" {
		d.brief = Clean(c.Brief)
		d.widths.brief = Width(d.brief)
	}
	if c.Sign {
		d.text = th.Glyphs.Of(c.Status) + " " + d.text
		d.brief = d.text   // No sign goes with a brief text.
		d.widths.text += 2 // Every glyph is one cell wide.
		d.widths.brief = d.widths.text
	}
	return d
}

// seen are the widths of the widest cell of a column: of its texts, and of what
// stands for them in brief.
type seen struct{ text, brief int }

// measure remembers the widest cell of each column. Only what was visible
// counts, and a column never shrinks again while the table keeps its width, so
// scrolling neither costs more with more rows nor makes columns jump to and
// fro.
func (t *Table[R]) measure(cells [][]drawn) {
	for i := range t.columns {
		w := t.seen[i]
		for _, row := range cells {
			w.text, w.brief = max(w.text, row[i].widths.text), max(w.brief, row[i].widths.brief)
		}
		t.seen[i] = w
	}
}

// layout decides how wide each column is; 0 for one that is not shown. What
// does not fit is said in brief, then cut, then left out, one column after the
// other; the columns that stay are cut last. The wide form does nothing of
// this: it scrolls.
func (t *Table[R]) layout() []int {
	widths := make([]int, len(t.columns))
	t.brief = false
	t.renew(widths, true)
	if t.wide {
		return widths
	}
	if t.brief = t.overflow(widths) > 0; t.brief {
		t.renew(widths, true)
	}
	for t.overflow(widths) > 0 {
		if !t.shrink(widths, loose) && !t.dropOne(widths) {
			_ = t.shrink(widths, firm) || t.shrink(widths, naming)
			break
		}
	}
	t.readmit(widths)
	t.stretch(widths)
	return widths
}

// readmit shows columns again for which there is room after all, the last to go
// first: a wide one that went later may have left more than they need.
func (t *Table[R]) readmit(widths []int) {
	var gone []int
	for i, w := range widths {
		if w == 0 && t.natural(i) > 0 {
			gone = append(gone, i)
		}
	}
	slices.SortFunc(gone, func(a, b int) int { return cmp.Compare(t.columns[a].Drop, t.columns[b].Drop) })
	for _, i := range gone {
		room := -t.overflow(widths) - gap
		if w := t.natural(i); w <= room {
			widths[i] = w
		} else if least := cmp.Or(t.columns[i].Spare, t.columns[i].Min); least > 0 && least <= room {
			widths[i] = room
		}
	}
}

// renew makes the columns as wide as they would like to be: all of them, or
// those that are shown.
func (t *Table[R]) renew(widths []int, all bool) {
	for i := range widths {
		if all || widths[i] > 0 {
			widths[i] = t.natural(i)
		}
	}
}

// natural is how wide a column would like to be; 0 if it is not to be shown.
// The wide form knows no upper bounds.
func (t *Table[R]) natural(i int) int {
	c, w := &t.columns[i], t.seen[i].text
	if c.Wide && !t.wide || c.Sparse && w == 0 {
		return 0
	}
	if t.brief {
		w = t.seen[i].brief
	}
	w = max(1, w, Width(c.Title))
	if c.Max > 0 && !t.wide {
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

// The kinds of column, in the order in which they are cut: those that may be
// left out or take what room there is, those that never go, and the first, which
// names the rows.
const (
	loose = iota
	firm
	naming
)

func (t *Table[R]) kind(i int) int {
	switch {
	case t.columns[i].Drop > 0 || t.columns[i].Flex:
		return loose
	case i > 0:
		return firm
	default:
		return naming
	}
}

// shrink takes what is too much from the columns of a kind that may be cut,
// always from the widest: so a long error does not cost a short node its end.
// It reports whether the columns fit then.
func (t *Table[R]) shrink(widths []int, kind int) bool {
	for over := t.overflow(widths); over > 0; over-- {
		widest := -1
		for i, c := range t.columns {
			if c.Min > 0 && widths[i] > c.Min && t.kind(i) == kind && (widest < 0 || widths[i] >= widths[widest]) {
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
// room back before they are shrunk anew.
func (t *Table[R]) dropOne(widths []int) bool {
	victim := -1
	for i, c := range t.columns {
		if widths[i] > 0 && c.Drop > 0 && (victim < 0 || c.Drop > t.columns[victim].Drop) {
			victim = i
		}
	}
	if victim < 0 {
		return false
	}
	widths[victim] = 0
	t.renew(widths, false)
	return true
}

// stretch uses the room that is left: texts are whole again rather than in
// brief, if that makes all columns fit, and flexible columns grow beyond their
// upper bound as far as they have something to show. What is left then stays
// empty at the right end: a gap inside would make rows hard to follow with the
// eye.
func (t *Table[R]) stretch(widths []int) {
	if t.brief && t.overflow(widths) < 0 {
		t.brief = false
		whole := slices.Clone(widths)
		if t.renew(whole, false); t.overflow(whole) <= 0 {
			copy(widths, whole)
		} else {
			t.brief = true
		}
	}
	for i, c := range t.columns {
		left := -t.overflow(widths)
		if left <= 0 {
			return
		}
		if widths[i] > 0 && c.Flex {
			widths[i] += min(left, max(0, t.seen[i].text-widths[i]))
		}
	}
}

// header draws the titles, each where its column is. The arrow of the order
// takes the gap beside its title, if need be, or at the end of the line its last
// letter: columns that moved when they are sorted by would slip away under the
// pointer.
func (t *Table[R]) header(th *theme.Theme) string {
	var b strings.Builder
	used := 0
	for _, s := range t.spans {
		c := t.columns[s.column]
		title, room := c.Title, s.to-s.from
		if s.column == t.sorted {
			arrow := th.Glyphs.Up
			if t.reversed {
				arrow = th.Glyphs.Down
			}
			if s.to == t.width && Width(title) >= room {
				title = fit(title, room-1, false, "")
			}
			title, room = title+arrow, max(room, min(Width(title)+1, room+gap))
		}
		title = fit(title, min(room, Width(title)), false, th.Glyphs.Ellipsis)
		w := Width(title)
		from := s.from
		if c.Right {
			from = max(from, s.to-w)
		}
		from = max(min(used+gap, t.width), min(from, t.width-w))
		b.WriteString(blanks(from - used))
		b.WriteString(title)
		used = from + w
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
		text := cells[s.column].fit(s.to-s.from, fitting{t.brief, c.Right, c.Cut}, th.Glyphs.Ellipsis)
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

// fitting is what fitting a cell needs to know of its column.
type fitting struct {
	brief, right bool
	cut          Cut
}

// fit cuts or pads a cell to the width of its column.
func (d drawn) fit(width int, l fitting, ellipsis string) string {
	text, w := d.text, d.widths.text
	if l.brief {
		text, w = d.brief, d.widths.brief
	}
	if w > width {
		if l.cut != nil {
			text = l.cut(text, width, ellipsis)
		}
		return fit(text, width, l.right, ellipsis)
	}
	if l.right {
		return blanks(width-w) + text
	}
	return text + blanks(width-w)
}

// Seen is what of a cell's text can be read in a column, as Render drew that
// last; empty for one that is out of sight.
func (t *Table[R]) Seen(column int, c Cell) string {
	for _, s := range t.spans {
		if s.column != column {
			continue
		}
		text := Clean(c.Text)
		if t.brief && c.Brief != "" {
			text = Clean(c.Brief)
		}
		room := s.to - s.from
		if c.Sign {
			room -= 2
		}
		col := &t.columns[column]
		if col.Cut != nil && Width(text) > room {
			return col.Cut(text, room, "\n") // Across the cut nothing is read.
		}
		return ansi.Truncate(text, max(0, room), "")
	}
	return ""
}

// CutMiddle cuts a text in its middle, so that what names begin with and what
// tells them apart at their ends both stay.
func CutMiddle(text string, width int, ellipsis string) string {
	over := Width(text) - width
	if over <= 0 {
		return text
	}
	room := max(0, width-Width(ellipsis))
	tail := room / 2
	return ansi.Truncate(text, room-tail, "") + ellipsis + ansi.TruncateLeft(text, Width(text)-tail, "")
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

// Clean makes text of the engine safe to draw in one line.
func Clean(text string) string { return safetext.Line(text) }
