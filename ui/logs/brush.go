package logs

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/theme"
)

// brush draws one row and never beyond its room.
type brush struct {
	strings.Builder
	th   *theme.Theme
	room int
}

// put draws text of the given width, or nothing if there is no room for it.
func (b *brush) put(r theme.Role, text string, cells int) {
	if cells > b.room || text == "" {
		return
	}
	b.room -= cells
	b.WriteString(b.th.Paint(r, text))
}

// series draws text in the n-th of the colours that tell sources apart.
func (b *brush) series(n int, text string, cells int) {
	if cells > b.room || text == "" {
		return
	}
	b.room -= cells
	b.WriteString(b.th.Series(n, text))
}

// clipped draws as much of text as there is room for.
func (b *brush) clipped(r theme.Role, text string) {
	text = ansi.Truncate(text, b.room, b.th.Glyphs.Ellipsis)
	b.put(r, text, ansi.StringWidth(text))
}

const spaces = "                                                                "

func (b *brush) blanks(n int) {
	n = min(n, b.room)
	b.room -= max(0, n)
	for ; n > 0; n -= len(spaces) {
		b.WriteString(spaces[:min(n, len(spaces))])
	}
}

// text draws the bytes from to to of a line, the matches in their own look.
func (b *brush) text(plain, hit theme.Role, line string, from, to int, matches [][]int) {
	for _, m := range matches {
		start, end := max(m[0], from), min(m[1], to)
		if start >= end {
			continue
		}
		b.piece(plain, line[from:start])
		b.piece(hit, line[start:end])
		from = end
	}
	b.piece(plain, line[from:to])
}

// piece draws text that was measured to fit. A match may end within a
// character of several code points, so what does not fit is clipped.
func (b *brush) piece(r theme.Role, text string) {
	if text == "" {
		return
	}
	cells := len(text)
	if !isASCII(text) {
		cells = ansi.StringWidth(text)
	}
	if cells > b.room {
		b.clipped(r, text)
		return
	}
	b.put(r, text, cells)
}
