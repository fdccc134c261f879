package theme

import "skep/model"

// Glyphs are the signs that go with words. Each is one cell wide, and each has
// a twin in ASCII. Those of statuses, of marks and of what is cut off are used
// for nothing else, and none is a star, which is the node that one is connected
// to.
type Glyphs struct {
	Good, Moving, Warning, Broken, Neutral string
	Mark                                   string
	Cursor                                 string
	Up, Down                               string // sort order
	Crumb                                  string
	Ellipsis                               string
	Rule                                   string
	Bar                                    string
	Arrow                                  string
	More                                   string // there is text below
}

var unicode = Glyphs{
	Good: "●", Moving: "◐", Warning: "▲", Broken: "✖", Neutral: "·", Mark: "✓", Cursor: "›",
	Up: "↑", Down: "↓", Crumb: "›", Ellipsis: "…", Rule: "─", Bar: "│", Arrow: "→", More: "▼",
}

var plain = Glyphs{
	Good: "o", Moving: "%", Warning: "!", Broken: "x", Neutral: ".", Mark: "+", Cursor: ">",
	Up: "^", Down: "v", Crumb: ">", Ellipsis: "~", Rule: "-", Bar: "|", Arrow: ">", More: "v",
}

// Of is the sign of a status.
func (g Glyphs) Of(s model.Status) string {
	switch s {
	case model.Good:
		return g.Good
	case model.Moving:
		return g.Moving
	case model.Warning:
		return g.Warning
	case model.Broken:
		return g.Broken
	default:
		return g.Neutral
	}
}

// ASCII are the signs for a text that is not drawn on a screen.
func ASCII() Glyphs { return plain }
