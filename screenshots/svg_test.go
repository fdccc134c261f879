package main

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
)

// view is a screen of what a program draws.
func view(width, height int, lines ...string) screen {
	return drawn(tea.View{Content: strings.Join(lines, "\n")}, width, height)
}

// run is one element of a picture that stands in a cell.
type run struct {
	name    string
	x, y    float64
	length  float64 // -1 for none
	text    string
	squeeze bool
}

// runs are the texts and shapes of a picture, in their order.
func runs(t *testing.T, svg string) []run {
	t.Helper()
	var out []run
	d := xml.NewDecoder(strings.NewReader(svg[strings.Index(svg, "</style>"):][len("</style>"):]))
	d.Strict = false
	for {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Local != "text" && tok.Name.Local != "use" {
				continue
			}
			r := run{name: tok.Name.Local, length: -1}
			for _, a := range tok.Attr {
				f, _ := strconv.ParseFloat(a.Value, 64)
				switch a.Name.Local {
				case "x":
					r.x = f
				case "y":
					r.y = f
				case "textLength":
					r.length = f
				case "lengthAdjust":
					r.squeeze = true
				}
			}
			out = append(out, r)
		case xml.CharData:
			if n := len(out); n > 0 && out[n-1].name == "text" && out[n-1].text == "" {
				out[n-1].text = string(tok)
			}
		}
	}
}

// TestPicture_KeepsTheColumns: what begins a column, and everything behind a
// glyph that a font may draw too wide, begins at its own cell.
func TestPicture_KeepsTheColumns(t *testing.T) {
	svg := picture(view(40, 2, "NAME  STATE", "a b   ● ok é 日本 x"), "title", "desc")
	want := []struct {
		text    string
		column  int
		cells   int // of textLength; 0 for none
		squeeze bool
	}{
		{"NAME", 0, 4, false}, {"STATE", 6, 5, false},
		{"a b", 0, 3, false}, {"", 6, 0, false}, {"ok", 8, 2, false}, {"é", 11, 1, true}, {"日", 13, 2, true}, {"本", 15, 2, true}, {"x", 18, 0, false},
	}
	got := runs(t, svg)
	if len(got) != len(want) {
		t.Fatalf("%d runs, want %d:\n%s", len(got), len(want), svg)
	}
	for i, w := range want {
		g := got[i]
		if g.text != w.text || number(g.x) != left(w.column) || g.squeeze != w.squeeze {
			t.Errorf("run %d is %+v, want %+v at %s", i, g, w, left(w.column))
		}
		if w.cells > 0 != (g.length >= 0) || w.cells > 0 && number(g.length) != span(w.cells) {
			t.Errorf("run %d has the length %v, want %d cells", i, g.length, w.cells)
		}
	}
}

func TestPicture_Styles(t *testing.T) {
	for _, tt := range []struct {
		name, codes string
		want        []string
	}{
		{"plain", "x", []string{".a{color:" + ink + "}", `class="a">x<`}},
		{"colour", "\x1b[38;2;1;2;3mx", []string{".a{color:#010203}"}},
		{"bold and italic", "\x1b[1;3mx", []string{"font-weight:700;font-style:italic"}},
		{"reverse", "\x1b[7mx", []string{".a{color:" + ink + "}", ".b{color:" + ground + "}", `<rect x="12" y="12" width="8.43" height="18" class="a"/>`}},
		{"reverse of colours", "\x1b[7;38;2;1;2;3;48;2;4;5;6mx", []string{".a{color:#010203}", ".b{color:#040506}"}},
		{"faint", "\x1b[2;38;2;0;0;0;48;2;128;128;128mx", []string{".b{color:#404040}"}},
		{"underlined", "\x1b[4mx y", []string{`width="25.29" height="1"`}},
		{"hidden", "\x1b[8mx", nil},
		{"basic colour", "\x1b[31mx", []string{".a{color:" + palette[1] + "}"}},
		{"indexed colour", "\x1b[38;5;9mx\x1b[38;5;196my", []string{".a{color:" + palette[9] + "}", ".b{color:#ff0000}"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			svg := picture(view(5, 1, tt.codes+"\x1b[0m"), "t", "d")
			for _, w := range tt.want {
				if !strings.Contains(svg, w) {
					t.Errorf("no %q in\n%s", w, svg)
				}
			}
			if tt.want == nil && strings.Contains(svg, "<text") {
				t.Errorf("something is drawn:\n%s", svg)
			}
		})
	}
}

func TestPicture_Cursor(t *testing.T) {
	s := drawn(tea.View{Content: "/p", Cursor: tea.NewCursor(2, 0)}, 5, 1)
	if svg := picture(s, "t", "d"); !strings.Contains(svg, fmt.Sprintf(`<rect x="%s" y="12" width="8.43"`, left(2))) {
		t.Errorf("no cursor:\n%s", svg)
	}
}

// TestPicture_Lines: a row of horizontal lines is one shape.
func TestPicture_Lines(t *testing.T) {
	svg := picture(view(10, 2, "│────────│", "────────"), "t", "d")
	if n := strings.Count(svg, `h67.44v1h-67.44z`); n != 2 {
		t.Errorf("%d long lines, want 2:\n%s", n, svg)
	}
	if n := strings.Count(svg, "<use "); n != 2 {
		t.Errorf("%d other shapes, want 2", n)
	}
	if strings.Contains(svg, "<text") {
		t.Error("a line is left to the font")
	}
}

// TestShape_StaysInItsCell reads the numbers of absolute commands.
func TestShape_StaysInItsCell(t *testing.T) {
	point := regexp.MustCompile(`[ML]([-\d.]+) ([-\d.]+)`)
	for r, path := range signs {
		for _, m := range point.FindAllStringSubmatch(path, -1) {
			x, _ := strconv.ParseFloat(m[1], 64)
			y, _ := strconv.ParseFloat(m[2], 64)
			if x < 0 || x > cellWidth || y < 0 || y > cellHeight {
				t.Errorf("%c leaves its cell at %g,%g", r, x, y)
			}
		}
	}
}

// FuzzPicture: whatever stands in the cells, the picture is XML and does nothing.
func FuzzPicture(f *testing.F) {
	for _, s := range []string{"", "a<b>&\"'", "\x00\x01\x7f", "\xff\xfe", "日本\u0301語", "👩‍👩‍👧", "\ufffe\uffff", "]]>", "●─╭▇", "\x1b[7mx\x1b[0m", "\x1b]8;;http://x\x07l\x1b]8;;\x07"} {
		f.Add(s, 3, uint8(0xff))
	}
	f.Fuzz(func(t *testing.T, text string, width int, attrs uint8) {
		width = max(1, min(width, 200))
		whole := uv.Cell{Content: text, Width: width % 4, Style: uv.Style{Attrs: attrs, Underline: uv.UnderlineCurly, Fg: color.White}}
		cells := screen{width: width, height: 1, cell: func(int, int) *uv.Cell { return &whole }, cursorX: -1}
		for _, s := range []screen{view(width, 2, text), cells} {
			if svg := picture(s, text, text); inspect(svg, harmless) != nil {
				t.Errorf("%v:\n%s", inspect(svg, harmless), svg)
			}
		}
		film := film{title: text, moments: []moment{{view(width, 2, text), text, text, time.Second}, {view(width, 2, "other"), "", "", time.Second}}}
		if svg := film.animated(); inspect(svg, harmless) != nil {
			t.Errorf("%v:\n%s", inspect(svg, harmless), svg)
		}
	})
}
