package main

import (
	"fmt"
	"strings"
)

// Glyphs that fonts lack, draw too wide or turn into emoji are drawn as shapes,
// so that they look the same and stay in their cells everywhere. The shapes are
// the data of a path in a cell whose upper left corner is 0,0.

// midX and midY are the middle of a cell, and where lines meet.
const midX, midY = cellWidth / 2, cellHeight / 2

// rule is the horizontal line. It lies on a whole pixel, to be crisp.
const rule = '─'

// signs are the shapes of the signs that the themes use, and of arrows.
var signs = map[rune]string{
	'●':  disc(3.5),
	'·':  disc(1.1),
	'◐':  disc(3.5) + fmt.Sprintf("M%.2f %.2fa2.5 2.5 0 0 1 0 5z", midX, midY-2.5),
	'▲':  polygon(midX, 4.8, midX+4, 12.4, midX-4, 12.4),
	'✖':  polygon(0.7, 6.9, 2.1, 5.5, midX, 7.6, 6.33, 5.5, 7.73, 6.9, 5.63, midY, 7.73, 11.1, 6.33, 12.5, midX, 10.4, 2.1, 12.5, 0.7, 11.1, 2.8, midY),
	'✓':  polygon(0.9, 9.4, 2, 8.3, 3.6, 10, 6.8, 5.4, 7.9, 6.3, 3.7, 12.3),
	'›':  polygon(2.9, 5.8, 3.8, 5, 6.6, midY, 3.8, 13, 2.9, 12.2, 5, midY),
	'↑':  polygon(midX, 4.4, 7.2, 8, 6.3, 8.9, 4.8, 7.4, 4.8, 13.4, 3.6, 13.4, 3.6, 7.4, 2.1, 8.9, 1.2, 8),
	'↓':  polygon(midX, 13.6, 7.2, 10, 6.3, 9.1, 4.8, 10.6, 4.8, 4.6, 3.6, 4.6, 3.6, 10.6, 2.1, 9.1, 1.2, 10),
	'→':  polygon(8, midY, 4.6, 5.8, 3.8, 6.6, 5.6, 8.4, 0.6, 8.4, 0.6, 9.6, 5.6, 9.6, 3.8, 11.4, 4.6, 12.2),
	'←':  polygon(0.4, midY, 3.8, 5.8, 4.6, 6.6, 2.8, 8.4, 7.8, 8.4, 7.8, 9.6, 2.8, 9.6, 4.6, 11.4, 3.8, 12.2),
	rule: polygon(0, midY, cellWidth, midY, cellWidth, midY+1, 0, midY+1),
	'│':  polygon(midX-0.5, 0, midX+0.5, 0, midX+0.5, cellHeight, midX-0.5, cellHeight),
	'…':  dot(1.4, 12.6) + dot(midX, 12.6) + dot(7, 12.6),
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
