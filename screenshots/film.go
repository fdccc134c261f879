package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// moment is one frame of a film: a screen with a caption, for a while.
type moment struct {
	screen screen
	key    string // that was pressed; empty for none
	words  string
	lasts  time.Duration
}

// film is screens one after the other.
type film struct {
	title, desc string
	moments     []moment
}

// shoot films what is on the screen. What does not differ from the moment
// before makes that last longer.
func (f *film) shoot(s *stage, lasts time.Duration, key, words string) {
	m := moment{screen: s.screen(), key: key, words: words, lasts: lasts}
	if n := len(f.moments); n > 0 && f.moments[n-1].still(f) == m.still(f) {
		f.moments[n-1].lasts += lasts
		return
	}
	f.moments = append(f.moments, m)
}

// press presses a key and films what it does.
func (f *film) press(s *stage, lasts time.Duration, key, words string) {
	s.press(key)
	f.shoot(s, lasts, key, words)
}

// The strip below the screen, in pixels.
const (
	stripHeight = 40
	capHeight   = 20
	capColour   = "#2a303a"
	wordColour  = "#aeb4be"
	keyColour   = "#e8ebf0"
)

// document is an empty document with room for the caption.
func (m moment) document() *document {
	d := newDocument(m.screen)
	d.height += stripHeight
	return d
}

// caption is the strip below the screen.
func (m moment) caption(d *document) string {
	y := float64(2*margin + m.screen.height*cellHeight)
	var b strings.Builder
	x := float64(margin)
	text := func(words, colour string) {
		width := float64(len(words)) * cellWidth
		fmt.Fprintf(&b, `<text x="%s" y="%s" textLength="%s" class="%s">%s</text>`, number(x), number(y+baseline+2), number(width),
			d.class("color:"+colour), escape(words))
		x += width
	}
	if m.key != "" {
		fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%d" rx="4" class="%s"/>`, number(x), number(y),
			number(float64(len(m.key))*cellWidth+12), capHeight, d.class("color:"+capColour))
		x += 6
		text(m.key, keyColour)
		x += 6 + cellWidth
	}
	text(m.words, wordColour)
	b.WriteByte('\n')
	return b.String()
}

// rule is the line above the strip, which stands in every moment.
func (m moment) rule(d *document) string {
	return fmt.Sprintf(`<rect x="1" y="%d" width="%s" height="1" class="%s"/>`+"\n",
		2*margin+m.screen.height*cellHeight-10, number(d.width-2), d.class("color:"+border))
}

// still is the moment as a picture of its own.
func (m moment) still(f *film) string {
	d := m.document()
	for y := range m.screen.height {
		d.body.WriteString(d.row(m.screen, y))
	}
	d.body.WriteString(m.rule(d) + m.caption(d))
	return d.String(f.title, f.desc)
}

// writeStills writes all moments as pictures into a folder, to be looked at.
func (f *film) writeStills(t *testing.T, folder string) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, m := range f.moments {
		path := filepath.Join(folder, fmt.Sprintf("tour-%02d.svg", i))
		if err := os.WriteFile(path, []byte(m.still(f)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// part is a line of some moments, and in which of them it stands.
type part struct {
	svg string
	in  []bool
}

// animated is the film as one SVG that plays for ever. Each line is written
// once for all moments that have it; a rule of the style sheet says when it is
// seen. Where nothing moves, the first moment is shown.
func (f *film) animated() string {
	d := f.moments[0].document()
	lines := f.moments[0].screen.height
	var parts []part
	for y := range lines + 1 { // The last one is the caption.
		first := len(parts)
		for i, m := range f.moments {
			svg := ""
			if y < lines {
				svg = d.row(m.screen, y)
			} else {
				svg = m.caption(d)
			}
			if svg == "" {
				continue
			}
			k := slices.IndexFunc(parts[first:], func(p part) bool { return p.svg == svg })
			if k < 0 {
				k = len(parts) - first
				parts = append(parts, part{svg, make([]bool, len(f.moments))})
			}
			parts[first+k].in[i] = true
		}
	}
	d.body.WriteString(f.moments[0].rule(d))
	f.assemble(d, parts)
	return d.String(f.title, f.desc)
}

// assemble writes the parts, those that are seen at the same times together.
func (f *film) assemble(d *document, parts []part) {
	var groups [][]bool
	bodies := map[int]*strings.Builder{}
	for _, p := range parts {
		g := slices.IndexFunc(groups, func(in []bool) bool { return slices.Equal(in, p.in) })
		if g < 0 {
			g = len(groups)
			groups = append(groups, p.in)
			bodies[g] = &strings.Builder{}
		}
		bodies[g].WriteString(p.svg)
	}
	total := time.Duration(0)
	for _, m := range f.moments {
		total += m.lasts
	}
	d.extra = append(d.extra,
		fmt.Sprintf("g{animation:%ss step-end infinite}", number(total.Seconds())),
		"@media(prefers-reduced-motion:reduce){g{animation:none!important}}")
	for g, in := range groups {
		if !slices.Contains(in, false) {
			d.body.WriteString(bodies[g].String())
			continue
		}
		style := fmt.Sprintf("animation-name:k%d", g)
		if !in[0] {
			style += ";visibility:hidden"
		}
		d.extra = append(d.extra, fmt.Sprintf(".g%d{%s}", g, style), f.keyframes(g, in, total))
		fmt.Fprintf(&d.body, "<g class=\"g%d\">\n%s</g>\n", g, bodies[g])
	}
}

// keyframes is the rule that shows a group in its moments.
func (f *film) keyframes(g int, in []bool, total time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "@keyframes k%d{", g)
	at := time.Duration(0)
	for i, m := range f.moments {
		if i == 0 || in[i] != in[i-1] {
			fmt.Fprintf(&b, "%s%%{visibility:%s}", number(100*at.Seconds()/total.Seconds()), map[bool]string{true: "visible", false: "hidden"}[in[i]])
		}
		at += m.lasts
	}
	return b.String() + "}"
}
