package theme

import (
	"strconv"
	"strings"
)

// Background is what is behind the text.
type Background int

// The backgrounds.
const (
	Unknown Background = iota // The terminal has not told yet.
	Dark
	Light
)

// Hint is the background that COLORFGBG tells of, which some terminals set to
// the numbers of their colours, as in "15;0": the last is the background's.
// What it says may be out of date, so it holds until the terminal answers.
func Hint(colorfgbg string) Background {
	n, err := strconv.Atoi(colorfgbg[strings.LastIndexByte(colorfgbg, ';')+1:])
	switch {
	case err != nil || n < 0 || n > 15:
		return Unknown
	case n == 7 || n > 8: // White, and the bright ones but for grey.
		return Light
	default:
		return Dark
	}
}
