package detail

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/table"
	"skep/ui/theme"
)

// Span is a piece of plain text with what it is.
type Span struct {
	Text string
	Role theme.Role
	// Hang makes the further rows of a wrapped line start under this span,
	// rather than at the left.
	Hang bool
}

// Line is one line of text. It holds no line breaks.
type Line []Span

// String is the line without its roles.
func (l Line) String() string {
	if len(l) == 1 {
		return l[0].Text
	}
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// line is a Line that was made safe and measured.
type line struct {
	spans Line
	text  string
	width int // in cells
	hang  int // in cells: where further rows start
	ascii bool
}

// measure makes a line safe to draw. The caller's spans are left as they are.
func measure(in Line) line {
	l := line{spans: in, ascii: true}
	for i, s := range in {
		clean := table.Clean(s.Text)
		if clean != s.Text {
			if &l.spans[0] == &in[0] {
				l.spans = append(Line(nil), in...)
			}
			l.spans[i].Text = clean
		}
	}
	l.text = l.spans.String()
	for i := 0; i < len(l.text) && l.ascii; i++ {
		l.ascii = l.text[i] < 0x80
	}
	l.width = l.cells(l.text)
	at := 0
	for _, s := range l.spans {
		if s.Hang {
			l.hang = l.cells(l.text[:at])
			break
		}
		at += len(s.Text)
	}
	return l
}

func (l *line) cells(text string) int {
	if l.ascii {
		return len(text)
	}
	sum := 0
	for at := 0; at < len(text); {
		n, w := l.next(text[at:])
		at, sum = at+n, sum+w
	}
	return sum
}

// next is the length and the width of the first character of text, as a person
// counts characters. Most text is ASCII even where a line is not, and measuring
// that byte by byte is far cheaper.
func (l *line) next(text string) (bytes, cells int) {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return 1, 1
	}
	cluster, w := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	return max(1, len(cluster)), max(0, w)
}

// row is the part of a line's text that one row of the screen shows.
type row struct{ from, to int }

// A hanging indent that leaves less room than this does more harm than good.
const minHanging = 20

// indent is where the further rows of a line start at a width.
func (l *line) indent(width int) int {
	if l.hang <= 0 || width-l.hang < minHanging {
		return min(2, max(0, width-minHanging))
	}
	return l.hang
}

// rows breaks a line into rows of a width, at spaces where there are any.
func (l *line) rows(width int) []row {
	if l.width <= width || width <= 0 {
		return []row{{0, len(l.text)}}
	}
	var out []row
	room, indent := width, l.indent(width)
	from, used := 0, 0
	lastBreak := -1 // after the last space of this row
	for at := 0; at < len(l.text); {
		n, w := l.next(l.text[at:])
		if used+w > room && at > from {
			next := at
			// A break that leaves most of the row empty, before one long word,
			// makes the text longer and no better to read.
			if l.text[at] != ' ' && lastBreak > from && l.cells(l.text[from:lastBreak]) > room/3 {
				next = lastBreak
			}
			out = append(out, row{from, from + len(strings.TrimRight(l.text[from:next], " "))})
			for next < len(l.text) && l.text[next] == ' ' {
				next++
			}
			from, at, used, lastBreak = next, next, 0, -1
			room = width - indent
			continue
		}
		at += n
		used += w
		if l.text[at-n] == ' ' && n == 1 {
			lastBreak = at
		}
	}
	if from < len(l.text) || len(out) == 0 {
		out = append(out, row{from, len(l.text)})
	}
	return out
}
