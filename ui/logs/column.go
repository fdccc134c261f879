package logs

import (
	"github.com/charmbracelet/x/ansi"

	"skep/internal/logstream"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// columns is what stands before the text at the present width.
type columns struct {
	stamps stampMode
	name   int // cells of the name, 0 for none
}

// separator is between the name and the text: a blank, a sign, a blank.
const separator = 3

// arrange fits the columns to the width and to the names that are visible.
// The name column never shrinks while the pane lives, so that scrolling does
// not make it jump.
func (p *Pane) arrange() {
	before := p.columns
	p.measureNames()
	c := columns{stamps: p.stamps, name: min(p.widestName, maxName, p.viewport.Width/3)}
	for c.stamps > stampNone && p.viewport.Width-c.cells() < minText {
		c.stamps--
	}
	if p.viewport.Width-c.cells() < minText {
		c.name = max(0, min(c.name, p.viewport.Width-separator-minText))
	}
	if c.name < minName && c.name < p.widestName {
		c.name = 0
	}
	p.columns = c
	if p.columns != before || p.arrangedAt != p.viewport.Width {
		p.viewport.Forget()
	}
	p.arrangedAt = p.viewport.Width
}

// measureNames looks at the names of the visible lines.
func (p *Pane) measureNames() {
	if p.names == nil || p.naming == nameNone || p.viewport.Height == 0 {
		return
	}
	from := p.viewport.Top().Line
	if p.viewport.Follow {
		from = p.stats.First
		if n := uint64(p.viewport.Height); p.stats.Next-from > n {
			from = p.stats.Next - n
		}
	}
	lines := p.window(from, p.viewport.Height)
	task := ""
	for i := range lines {
		if l := &lines[i]; l.Task != task && l.Task != "" {
			task = l.Task
			name, _ := p.nameOf(l)
			p.widestName = max(p.widestName, ansi.StringWidth(name))
		}
	}
}

// cells is how wide the columns are before the text of a task.
func (c columns) cells() int {
	n := len(layouts[c.stamps])
	if c.name > 0 {
		n += c.name + separator
	}
	return n
}

// stderrSign stands before a line of standard error, where one of standard output
// has a bar or nothing.
const stderrSign = "!"

// originOf is the word for who says a line that is no task's.
func originOf(k logstream.Kind) string {
	if k == logstream.Warning {
		return "engine:"
	}
	return "skep:"
}

// prefixWidth is how many cells stand before the text of a line. There is
// nothing where no room is left for text.
func (p *Pane) prefixWidth(l *logstream.Line) int {
	n := p.columns.cells()
	if l.Kind == logstream.Warning || l.Kind == logstream.Notice {
		n = len(layouts[p.columns.stamps]) + 2 + len(originOf(l.Kind)) + 1
	}
	if p.columns.name == 0 && !aside(l) && (l.Kind == logstream.Stderr || p.marked(l.Seq)) {
		n += len(stderrSign) + 1
	}
	if n >= p.viewport.Width {
		return 0
	}
	return n
}

// textWidth is the room for the text of a line, at least one cell.
func (p *Pane) textWidth(l *logstream.Line) int {
	n := p.viewport.Width - p.prefixWidth(l)
	if l.Cut {
		n -= len(CutMark) // The mark must find room behind the last row.
	}
	return max(1, n)
}

// putPrefix draws what stands before the text of a line.
func (p *Pane) putPrefix(b *viewport.Brush, th *theme.Theme, l *logstream.Line) {
	if p.prefixWidth(l) == 0 {
		return
	}
	if layout := layouts[p.columns.stamps]; layout != "" {
		p.stamp = p.appendStamp(p.stamp[:0], l)
		b.Put(theme.Dim, string(p.stamp), len(layout))
	}
	switch {
	case l.Kind == logstream.Warning:
		b.Put(theme.Warning, th.Glyphs.Warning+" "+originOf(l.Kind), 2+len(originOf(l.Kind)))
		b.Blank(1)
	case l.Kind == logstream.Notice:
		b.Put(theme.Accent, th.Glyphs.Arrow+" "+originOf(l.Kind), 2+len(originOf(l.Kind)))
		b.Blank(1)
	case p.columns.name > 0:
		name, series := "", 0
		if l.Task != "" {
			name, series = p.nameOf(l)
		}
		name = ansi.Truncate(name, p.columns.name, th.Glyphs.Ellipsis)
		b.Series(series, name, ansi.StringWidth(name))
		b.Blank(p.columns.name - ansi.StringWidth(name) + 1)
		switch {
		case p.marked(l.Seq):
			b.Put(theme.Marked, th.Glyphs.Mark, 1)
		case l.Seq == p.search.current:
			b.Put(theme.Accent, th.Glyphs.Cursor, 1)
		case l.Kind == logstream.Stderr:
			b.Put(theme.Warning, stderrSign, 1)
		default:
			b.Series(series, th.Glyphs.Bar, 1)
		}
		b.Blank(1)
	case p.marked(l.Seq):
		b.Put(theme.Marked, th.Glyphs.Mark, 1)
		b.Blank(1)
	case l.Kind == logstream.Stderr:
		b.Put(theme.Warning, stderrSign, 1)
		b.Blank(1)
	}
}
