package detail

import (
	"strings"

	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// The text that is described.
type (
	// Span is a piece of it in one role.
	Span = viewport.Span
	// Line is one of its lines.
	Line = viewport.Line
)

// line is a Line that was made safe and measured.
type line struct {
	spans Line
	text  string
	width int // in cells
	hang  int // in cells: where further rows start
}

// measure makes a line safe to draw. The caller's spans are left as they are.
func measure(in Line) line {
	l := line{spans: in}
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
	l.width = viewport.Cells(l.text)
	at := 0
	for _, s := range l.spans {
		if s.Hang {
			l.hang = viewport.Cells(l.text[:at])
			break
		}
		at += len(s.Text)
	}
	return l
}

// A hanging indent that leaves less room than this does more harm than good.
const minHanging = 20

// indent is where the further rows of a line start at a width.
func (l *line) indent(width int) int {
	if l.hang <= 0 || width-l.hang < minHanging {
		return min(2, max(0, width-minHanging))
	}
	return l.hang
}

// Plain are the lines of a text in one role.
func Plain(role theme.Role, text string) []Line {
	var out []Line
	for _, l := range strings.Split(text, "\n") {
		out = append(out, Line{{Text: table.Clean(l), Role: role}})
	}
	return out
}
