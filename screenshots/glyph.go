package main

import (
	"fmt"
	"strings"
)

// Glyphs that fonts lack, draw too wide or turn into emoji are drawn as shapes,
// so that they look the same and stay in their cells everywhere. The shapes are
// the data of a path in a cell whose upper left corner is 0,0; all but the
// boxes' arms are filled.

// midX and midY are the middle of a cell, and where the lines of boxes meet.
const midX, midY = cellWidth / 2, cellHeight / 2

// signs are the shapes of the signs that the themes use and their relatives.
var signs = map[rune]string{
	'●': disc(3.5),
	'○': disc(3.5) + disc(2.4), // The inner one is a hole.
	'•': disc(1.8),
	'·': disc(1.1),
	'◐': disc(3.5) + fmt.Sprintf("M%.2f %.2fa2.5 2.5 0 0 1 0 5z", midX, midY-2.5),
	'◑': disc(3.5) + fmt.Sprintf("M%.2f %.2fa2.5 2.5 0 0 0 0 5z", midX, midY-2.5),
	'▲': polygon(midX, 4.8, midX+4, 12.4, midX-4, 12.4),
	'△': polygon(midX, 4.8, midX+4, 12.4, midX-4, 12.4) + polygon(midX, 7.1, midX+2.3, 11.4, midX-2.3, 11.4),
	'▼': polygon(midX, 13.2, midX+4, 5.6, midX-4, 5.6),
	'■': polygon(midX-3.2, 5.8, midX+3.2, 5.8, midX+3.2, 12.2, midX-3.2, 12.2),
	'◆': polygon(midX, 4.8, midX+3.8, midY, midX, 13.2, midX-3.8, midY),
	'▶': polygon(midX-3, 5, midX+4, midY, midX-3, 13),
	'◀': polygon(midX+3, 5, midX-4, midY, midX+3, 13),
	'✖': polygon(0.7, 6.9, 2.1, 5.5, midX, 7.6, 6.33, 5.5, 7.73, 6.9, 5.63, midY, 7.73, 11.1, 6.33, 12.5, midX, 10.4, 2.1, 12.5, 0.7, 11.1, 2.8, midY),
	'✗': polygon(1.2, 6.3, 2, 5.5, midX, 8.1, 6.43, 5.5, 7.23, 6.3, 5, midY, 7.23, 11.7, 6.43, 12.5, midX, 9.9, 2, 12.5, 1.2, 11.7, 3.43, midY),
	'✓': polygon(0.9, 9.4, 2, 8.3, 3.6, 10, 6.8, 5.4, 7.9, 6.3, 3.7, 12.3),
	'✔': polygon(0.6, 9.3, 2, 7.9, 3.6, 9.6, 6.6, 5.2, 8, 6.3, 3.7, 12.6),
	'›': polygon(2.9, 5.8, 3.8, 5, 6.6, midY, 3.8, 13, 2.9, 12.2, 5, midY),
	'‹': polygon(5.5, 5.8, 4.6, 5, 1.8, midY, 4.6, 13, 5.5, 12.2, 3.4, midY),
	'❯': polygon(2.2, 5.4, 3.6, 4.2, 7, midY, 3.6, 13.8, 2.2, 12.6, 4.8, midY),
	'↑': polygon(midX, 4.4, 7.2, 8, 6.3, 8.9, 4.8, 7.4, 4.8, 13.4, 3.6, 13.4, 3.6, 7.4, 2.1, 8.9, 1.2, 8),
	'↓': polygon(midX, 13.6, 7.2, 10, 6.3, 9.1, 4.8, 10.6, 4.8, 4.6, 3.6, 4.6, 3.6, 10.6, 2.1, 9.1, 1.2, 10),
	'→': polygon(8, midY, 4.6, 5.8, 3.8, 6.6, 5.6, 8.4, 0.6, 8.4, 0.6, 9.6, 5.6, 9.6, 3.8, 11.4, 4.6, 12.2),
	'←': polygon(0.4, midY, 3.8, 5.8, 4.6, 6.6, 2.8, 8.4, 7.8, 8.4, 7.8, 9.6, 2.8, 9.6, 4.6, 11.4, 3.8, 12.2),
	'…': dot(1.4, 12.6) + dot(midX, 12.6) + dot(7, 12.6),
	'⋯': dot(1.4, midY) + dot(midX, midY) + dot(7, midY),
}

func disc(r float64) string {
	return fmt.Sprintf("M%.2f %da%g %g 0 1 0 %g 0a%g %g 0 1 0 %g 0z", midX-r, int(midY), r, r, 2*r, r, r, -2*r)
}

func dot(x, y float64) string {
	return fmt.Sprintf("M%.2f %gh1.3v1.3h-1.3z", x-0.65, y-0.65)
}

func polygon(xy ...float64) string {
	var b strings.Builder
	for i := 0; i < len(xy); i += 2 {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(number(xy[i]) + " " + number(xy[i+1]))
	}
	return b.String() + "z"
}

// arms are the lines of the box-drawing characters: which of up, right, down
// and left they have. Capitals are the heavy ones.
var arms = map[rune]string{
	'─': "rl", '│': "ud", '┌': "rd", '┐': "dl", '└': "ur", '┘': "ul", '├': "urd", '┤': "udl", '┬': "rdl", '┴': "url", '┼': "urdl",
	'╴': "l", '╵': "u", '╶': "r", '╷': "d",
	'━': "RL", '┃': "UD", '┏': "RD", '┓': "DL", '┗': "UR", '┛': "UL", '┣': "URD", '┫': "UDL", '┳': "RDL", '┻': "URL", '╋': "URDL",
	'╸': "L", '╹': "U", '╺': "R", '╻': "D",
}

// arcs are the rounded corners, as lines.
var arcs = map[rune]string{
	'╭': fmt.Sprintf("M%.2f %dv-4.5q0 -4 %.2f -4h.5", midX, cellHeight, midX-0.5),
	'╮': fmt.Sprintf("M%.2f %dv-4.5q0 -4 %.2f -4h-.5", midX, cellHeight, 0.5-midX),
	'╰': fmt.Sprintf("M%.2f 0v5.5q0 4 %.2f 4h.5", midX, midX-0.5),
	'╯': fmt.Sprintf("M%.2f 0v5.5q0 4 %.2f 4h-.5", midX, 0.5-midX),
}

// blocks are the parts of a cell that block elements fill: x, y, width and
// height in eighths.
var blocks = map[rune][4]int{
	'█': {0, 0, 8, 8}, '▀': {0, 0, 8, 4}, '▐': {4, 0, 4, 8}, '▔': {0, 0, 8, 1}, '▕': {7, 0, 1, 8},
	'▁': {0, 7, 8, 1}, '▂': {0, 6, 8, 2}, '▃': {0, 5, 8, 3}, '▄': {0, 4, 8, 4}, '▅': {0, 3, 8, 5}, '▆': {0, 2, 8, 6}, '▇': {0, 1, 8, 7},
	'▏': {0, 0, 1, 8}, '▎': {0, 0, 2, 8}, '▍': {0, 0, 3, 8}, '▌': {0, 0, 4, 8}, '▋': {0, 0, 5, 8}, '▊': {0, 0, 6, 8}, '▉': {0, 0, 7, 8},
}

// shape is the path of a glyph, and whether it is a line rather than an area;
// empty for a glyph that is left to the font.
func shape(r rune) (path string, line bool) {
	if s, ok := signs[r]; ok {
		return s, false
	}
	if s, ok := arcs[r]; ok {
		return s, true
	}
	if b, ok := blocks[r]; ok {
		return fmt.Sprintf("M%s %sh%sv%sh-%sz", eighths(b[0], cellWidth), eighths(b[1], cellHeight),
			eighths(b[2], cellWidth), eighths(b[3], cellHeight), eighths(b[2], cellWidth)), false
	}
	for _, arm := range arms[r] {
		path += armPath(arm)
	}
	return path, false
}

func eighths(n int, of float64) string { return number(float64(n) * of / 8) }

// lineTop is where a horizontal line begins: on a whole pixel, to be crisp.
func lineTop(thick float64) float64 { return midY + 1 - thick }

// armPath is one line of a box, from the middle of the cell to its side.
func armPath(arm rune) string {
	thick := 1.0
	if arm < 'a' {
		thick = 2
	}
	x, y, over := midX-thick/2, lineTop(thick), thick // Lines meet in a full corner.
	switch arm | 0x20 {
	case 'u':
		return fmt.Sprintf("M%s 0h%sv%sh-%sz", number(x), number(thick), number(y+over), number(thick))
	case 'd':
		return fmt.Sprintf("M%s %sh%sV%dh-%sz", number(x), number(y), number(thick), cellHeight, number(thick))
	case 'l':
		return fmt.Sprintf("M0 %sh%sv%sH0z", number(y), number(x+over), number(thick))
	default:
		return fmt.Sprintf("M%s %sH%sv%sH%sz", number(x), number(y), number(cellWidth), number(thick), number(x))
	}
}
