package viewport

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/theme"
)

// Span is a piece of plain text with what it is.
type Span struct {
	Text string
	Role theme.Role
	// SGR are the looks that the text was written in, in place of a role.
	SGR string
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

// IsASCII reports whether each byte of a text is a character of one cell.
func IsASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Cells is how wide a text is.
func Cells(text string) int {
	if IsASCII(text) {
		return len(text)
	}
	sum := 0
	for at := 0; at < len(text); {
		n, w := Next(text[at:])
		at, sum = at+n, sum+w
	}
	return sum
}

// Next is the length and the width of the first character of text, as a person
// counts characters. Most text is ASCII even where a line is not, and measuring
// that byte by byte is far cheaper.
func Next(text string) (bytes, cells int) {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return 1, 1
	}
	cluster, w := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	return max(1, len(cluster)), max(0, w)
}

// Slice is the part of a text between two columns. gap is the number of cells
// before it that show half of a wide character.
func Slice(text string, left, right int) (r Row, gap int) {
	if IsASCII(text[:min(len(text), right)]) {
		return Row{min(left, len(text)), min(right, len(text))}, 0
	}
	at, col := 0, 0
	for at < len(text) && col < left {
		n, w := Next(text[at:])
		at, col = at+n, col+w
	}
	r.From, gap = at, col-left
	for at < len(text) {
		n, w := Next(text[at:])
		if col+w > right {
			break
		}
		at, col = at+n, col+w
	}
	r.To = at
	return r, max(0, gap)
}

// Break breaks a text into rows of a width.
func Break(text string, width int) []Row {
	var out []Row
	from, used := 0, 0
	for at := 0; at < len(text); {
		n, w := Next(text[at:])
		if used+w > width && used > 0 {
			out = append(out, Row{from, at})
			from, used = at, 0
		}
		at, used = at+n, used+w
	}
	return append(out, Row{from, len(text)})
}

// BreakWords breaks a text into rows of a width at spaces, where there are any.
// Further rows have as much less room as they are indented.
func BreakWords(text string, width, indent int) []Row {
	var out []Row
	room, from, used := width, 0, 0
	lastBreak := -1 // after the last space of this row
	for at := 0; at < len(text); {
		n, w := Next(text[at:])
		if used+w > room && at > from {
			next := at
			// A break that leaves most of the row empty, before one long word,
			// makes the text longer and no better to read.
			if text[at] != ' ' && lastBreak > from && Cells(text[from:lastBreak]) > room/3 {
				next = lastBreak
			}
			out = append(out, Row{from, from + len(strings.TrimRight(text[from:next], " "))})
			for next < len(text) && text[next] == ' ' {
				next++
			}
			from, at, used, lastBreak = next, next, 0, -1
			room = width - indent
			continue
		}
		at += n
		used += w
		if text[at-n] == ' ' && n == 1 {
			lastBreak = at
		}
	}
	if from < len(text) || len(out) == 0 {
		out = append(out, Row{from, len(text)})
	}
	return out
}

// Wrap is a sentence in as many lines of a width as it takes.
func Wrap(text string, width int) []string {
	width = max(1, width)
	lines := strings.Split(ansi.Wrap(text, width, ""), "\n")
	for i, l := range lines {
		lines[i] = ansi.Truncate(l, width, "") // The library lets a hyphen stand past the edge.
	}
	return lines
}
