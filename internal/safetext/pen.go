package safetext

import (
	"bytes"
	"image/color"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/parser"
)

// pen is how a text is being written. What blinks or is concealed is not how a log
// is read, and has no place in it; of underlines there is one, which every terminal
// has.
type pen struct {
	fg, bg color.Color
	// emphasis has a bit for each of emphases, by its number.
	emphasis uint16
}

// emphases are those that are kept.
var emphases = []ansi.Attr{ansi.AttrBold, ansi.AttrFaint, ansi.AttrItalic, ansi.AttrUnderline, ansi.AttrReverse, ansi.AttrStrikethrough}

// ends says which emphases a number takes away.
var ends = map[int]uint16{
	ansi.AttrNormalIntensity: 1<<ansi.AttrBold | 1<<ansi.AttrFaint, ansi.AttrNoItalic: 1 << ansi.AttrItalic,
	ansi.AttrNoUnderline: 1 << ansi.AttrUnderline, ansi.AttrNoReverse: 1 << ansi.AttrReverse,
	ansi.AttrNoStrikethrough: 1 << ansi.AttrStrikethrough,
}

// read takes in the numbers of a sequence.
func (p *pen) read(params ansi.Params) {
	if len(params) == 0 {
		*p = pen{}
	}
	for i := 0; i < len(params); i++ {
		n, more, _ := params.Param(i, 0)
		switch {
		case n == 0:
			*p = pen{}
		case n == ansi.AttrUnderline && more:
			i++
			p.emphasis |= 1 << ansi.AttrUnderline
			if kind, _, _ := params.Param(i, 0); kind == 0 {
				p.emphasis &^= 1 << ansi.AttrUnderline
			}
		case n < 10:
			for _, e := range emphases {
				if e == n {
					p.emphasis |= 1 << n
				}
			}
		case n < 30:
			p.emphasis &^= ends[n]
		case n < 38:
			p.fg = ansi.BasicColor(n - 30)
		case n == 39:
			p.fg = nil
		case n >= 40 && n < 48:
			p.bg = ansi.BasicColor(n - 40)
		case n == 49:
			p.bg = nil
		case n >= 90 && n < 98:
			p.fg = ansi.BrightBlack + ansi.BasicColor(n-90)
		case n >= 100 && n < 108:
			p.bg = ansi.BrightBlack + ansi.BasicColor(n-100)
		case n == 38 || n == 48 || n == 58:
			var c color.Color
			i += max(0, ansi.ReadStyleColor(params[i:], &c)-1)
			if c != nil && n == 38 {
				p.fg = c
			} else if c != nil && n == 48 {
				p.bg = c
			}
		}
	}
	if p.bg != nil && p.bg == p.fg {
		p.bg = nil // Nothing is written so that it cannot be read.
	}
}

// sgr is the sequence that begins it.
func (p *pen) sgr() string {
	s := ansi.NewStyle()
	for _, e := range emphases {
		if p.emphasis&(1<<e) != 0 {
			s = append(s, ansi.NewStyle(e)...)
		}
	}
	if p.fg != nil {
		s = s.ForegroundColor(p.fg)
	}
	if p.bg != nil {
		s = s.BackgroundColor(p.bg)
	}
	return s.String()
}

// graphics appends the numbers of a sequence that sets colours and emphasis (SGR);
// false for any other. The parser of the library is not made for numbers beyond
// number, or for more of them than it has room for.
func graphics(dst ansi.Params, seq []byte) (ansi.Params, bool) {
	body, ok := bytes.CutPrefix(seq, []byte("\x1b["))
	if !ok || len(body) == 0 || body[len(body)-1] != 'm' {
		return dst, false
	}
	n, flag := -1, 0
	put := func() {
		if n < 0 {
			n = parser.MissingParam
		}
		dst = append(dst, ansi.Param(n|flag))
		n, flag = -1, 0
	}
	for _, c := range body[:len(body)-1] {
		switch {
		case c >= '0' && c <= '9' && n < 1000:
			n = max(n, 0)*10 + int(c-'0')
		case (c == ';' || c == ':') && len(dst) < maxParams:
			if c == ':' {
				flag = parser.HasMoreFlag
			}
			put()
		default:
			return dst, false
		}
	}
	if len(body) > 1 {
		put()
	}
	return dst, true
}
