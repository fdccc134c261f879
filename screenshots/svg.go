package main

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// The grid in pixels. The width of a cell is that of the usual monospace fonts
// at this size; every run of text is told how wide it is, so that others keep
// the columns as well.
const (
	fontSize   = 14
	cellWidth  = 8.43
	cellHeight = 18
	baseline   = 13.5
	margin     = 12
)

// The terminal's own colours. The block stands out from a light page by its
// darkness and from a dark one by its border.
const (
	ground    = "#14171c"
	ink       = "#d5d9e0"
	border    = "#3a404b"
	cursorInk = "#aeb4be"
)

const fonts = `ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace`

// screen is what stands on a terminal.
type screen struct {
	width, height    int
	cell             func(x, y int) *uv.Cell
	cursorX, cursorY int // -1 for no cursor
}

// style is how a cell is drawn.
type style struct {
	ink, ground                     string
	bold, italic, underline, strike bool
}

// document is an SVG that is being written. Styles and shapes are gathered
// while the screens are drawn.
type document struct {
	width, height float64
	classes       []string // the declarations; the index names the class
	shapes        []rune
	extra         []string // further rules of the style sheet
	body          strings.Builder
}

// class is the name of the class with these declarations.
func (d *document) class(declarations string) string {
	i := slices.Index(d.classes, declarations)
	if i < 0 {
		i = len(d.classes)
		d.classes = append(d.classes, declarations)
	}
	return className(i)
}

// className counts a, b, ..., z, a1, b1, ...
func className(i int) string {
	name := string(rune('a' + i%26))
	if i >= 26 {
		name += strconv.Itoa(i / 26)
	}
	return name
}

// textClass is the class of text in a look.
func (d *document) textClass(l style) string {
	rule := "color:" + l.ink
	if l.bold {
		rule += ";font-weight:700"
	}
	if l.italic {
		rule += ";font-style:italic"
	}
	return d.class(rule)
}

// shape is the ID of a glyph that is drawn as a shape.
func (d *document) shape(r rune) string {
	i := slices.Index(d.shapes, r)
	if i < 0 {
		i = len(d.shapes)
		d.shapes = append(d.shapes, r)
	}
	return "s" + strconv.Itoa(i)
}

// String is the whole file. The titles are for those who do not see it.
func (d *document) String(title, description string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img" aria-labelledby="title desc">`+"\n",
		number(d.width), number(d.height))
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>\n", escape(title), escape(description))
	fmt.Fprintf(&b, "text{font:%dpx %s;fill:currentColor;white-space:pre}\npath,use,rect{fill:currentColor}\n", fontSize, fonts)
	for i, c := range d.classes {
		fmt.Fprintf(&b, ".%s{%s}\n", className(i), c)
	}
	for _, rule := range d.extra {
		b.WriteString(rule + "\n")
	}
	b.WriteString("</style>\n")
	if len(d.shapes) > 0 {
		b.WriteString("<defs>\n")
		for i, r := range d.shapes {
			fmt.Fprintf(&b, "<path id=\"s%d\" d=\"%s\" fill-rule=\"evenodd\"/>\n", i, signs[r])
		}
		b.WriteString("</defs>\n")
	}
	fmt.Fprintf(&b, `<rect x=".5" y=".5" width="%s" height="%s" rx="8" style="fill:%s;stroke:%s"/>`+"\n",
		number(d.width-1), number(d.height-1), ground, border)
	b.WriteString(d.body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// picture is a screen as an SVG.
func picture(s screen, title, description string) string {
	d := newDocument(s)
	for y := range s.height {
		d.body.WriteString(d.row(s, y))
	}
	return d.String(title, description)
}

// newDocument is an empty document of the size for a screen.
func newDocument(s screen) *document {
	return &document{width: math.Ceil(float64(s.width)*cellWidth + 2*margin), height: float64(s.height*cellHeight + 2*margin)}
}

// row is one line of a screen: the backgrounds, then what stands on them.
func (d *document) row(s screen, y int) string {
	styles, texts := make([]style, s.width), make([]string, s.width)
	for x := range s.width {
		styles[x], texts[x] = s.at(x, y)
	}
	var b strings.Builder
	d.stretches(s.width, func(x int) string { return styles[x].ground }, func(from, to int, ground string) {
		fmt.Fprintf(&b, `<rect x="%s" y="%d" width="%s" height="%d" class="%s"/>`,
			left(from), top(y), span(to-from), cellHeight, d.class("color:"+ground))
	})
	for _, l := range []struct {
		at   float64
		have func(style) bool
	}{{baseline + 2, func(l style) bool { return l.underline }}, {9, func(l style) bool { return l.strike }}} {
		d.stretches(s.width, func(x int) string {
			if !l.have(styles[x]) {
				return ""
			}
			return styles[x].ink
		}, func(from, to int, ink string) {
			fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="1" class="%s"/>`,
				left(from), number(float64(top(y))+l.at), span(to-from), d.class("color:"+ink))
		})
	}
	d.texts(&b, y, styles, texts)
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// stretches calls draw for each run of cells with one value; cells with an
// empty value are left out.
func (d *document) stretches(width int, value func(x int) string, draw func(from, to int, value string)) {
	for from := 0; from < width; {
		v, to := value(from), from+1
		for to < width && value(to) == v {
			to++
		}
		if v != "" {
			draw(from, to, v)
		}
		from = to
	}
}

// texts draws what stands in the cells of a row. A run ends where the look
// changes, before two blanks, and at what is no plain letter, so that no font
// can push anything out of its column.
func (d *document) texts(b *strings.Builder, y int, styles []style, texts []string) {
	inked := func(x int) style { l := styles[x]; l.ground, l.underline, l.strike = "", false, false; return l }
	for x := 0; x < len(texts); {
		text := texts[x]
		switch {
		case text == "" || text == " ":
			x++
		case isShape(text):
			x = d.shapeRun(b, x, y, inked(x), texts, inked)
		case !plain(text):
			end := x + 1
			for end < len(texts) && texts[end] == "" {
				end++ // The second half of a wide cell.
			}
			d.text(b, x, y, end-x, inked(x), text, ` lengthAdjust="spacingAndGlyphs"`)
			x = end
		default:
			end, run := x, ""
			for end < len(texts) && inked(end) == inked(x) && (plain(texts[end]) ||
				texts[end] == " " && end+1 < len(texts) && plain(texts[end+1]) && inked(end+1) == inked(x)) {
				run += texts[end]
				end++
			}
			d.text(b, x, y, end-x, inked(x), run, "")
			x = end
		}
	}
}

// text draws a run of cells. One cell has nothing to be kept in line but its
// beginning.
func (d *document) text(b *strings.Builder, x, y, cells int, l style, text, adjust string) {
	length := ""
	if cells > 1 || adjust != "" {
		length = fmt.Sprintf(` textLength="%s"%s`, span(cells), adjust)
	}
	fmt.Fprintf(b, `<text x="%s" y="%s"%s class="%s">%s</text>`,
		left(x), number(float64(top(y))+baseline), length, d.textClass(l), escape(text))
}

// shapeRun draws a glyph that is a shape; a row of horizontal lines in one.
func (d *document) shapeRun(b *strings.Builder, x, y int, l style, texts []string, inked func(int) style) int {
	r, _ := utf8.DecodeRuneInString(texts[x])
	if r == rule {
		end := x + 1
		for end < len(texts) && texts[end] == texts[x] && inked(end) == l {
			end++
		}
		fmt.Fprintf(b, `<path d="M%s %sh%sv1h-%[3]sz" class="%[4]s"/>`, left(x), number(float64(top(y))+midY), span(end-x), d.textClass(l))
		return end
	}
	fmt.Fprintf(b, `<use href="#%s" x="%s" y="%d" class="%s"/>`, d.shape(r), left(x), top(y), d.textClass(l))
	return x + 1
}

func isShape(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size == len(text) && signs[r] != ""
}

// plain reports whether every monospace font has the text in one cell.
func plain(text string) bool { return len(text) == 1 && text[0] > ' ' && text[0] < 0x7f }

// at is how a cell styles and what stands in it; empty for the second half of a
// wide cell.
func (s screen) at(x, y int) (style, string) {
	c := s.cell(x, y)
	if c == nil {
		c = &uv.EmptyCell
	}
	st := c.Style
	l := style{
		ink: hex(st.Fg), ground: hex(st.Bg), bold: st.Attrs&uv.AttrBold != 0, italic: st.Attrs&uv.AttrItalic != 0,
		underline: st.Underline != uv.UnderlineNone, strike: st.Attrs&uv.AttrStrikethrough != 0,
	}
	l.ink = cmp.Or(l.ink, ink)
	if st.Attrs&uv.AttrReverse != 0 {
		l.ink, l.ground = cmp.Or(l.ground, ground), l.ink
	}
	if st.Attrs&uv.AttrFaint != 0 {
		l.ink = mix(l.ink, cmp.Or(l.ground, ground))
	}
	if x == s.cursorX && y == s.cursorY {
		l.ink, l.ground = ground, cursorInk
	}
	text := c.Content
	switch {
	case st.Attrs&uv.AttrConceal != 0, c.Width > 0 && text == "":
		text = " "
	case c.Width == 0:
		text = ""
	}
	return l, text
}

// palette are the sixteen colours that a terminal chooses itself; those of this
// one can be read on its ground.
var palette = [16]string{
	"#3a404b", "#f07178", "#8fc98f", "#e6b450", "#7fb4e6", "#c39be6", "#6fc7c0", "#c6cbd3",
	"#8a8f98", "#ff8b92", "#a8e0a8", "#ffd075", "#9fcbf5", "#d8b6f5", "#8ce0d9", "#f2f4f8",
}

// hex is a colour as CSS has it; empty for the terminal's own.
func hex(c color.Color) string {
	switch c := c.(type) {
	case nil:
		return ""
	case ansi.BasicColor:
		return palette[c%16]
	case ansi.IndexedColor:
		if c < 16 {
			return palette[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// mix is the colour half-way between two.
func mix(a, b string) string {
	var out strings.Builder
	out.WriteByte('#')
	for i := 1; i < 7; i += 2 {
		m, _ := strconv.ParseUint(a[i:i+2], 16, 8) // Both are made by hex.
		n, _ := strconv.ParseUint(b[i:i+2], 16, 8)
		fmt.Fprintf(&out, "%02x", (m+n)/2)
	}
	return out.String()
}

func left(x int) string     { return number(margin + float64(x)*cellWidth) }
func top(y int) int         { return margin + y*cellHeight }
func span(cells int) string { return number(float64(cells) * cellWidth) }

// number is a coordinate with at most two decimals.
func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}

// escape makes a text safe to stand in XML. What XML cannot hold at all
// becomes the replacement character.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // A builder takes everything.
	return b.String()
}
