// Package safetext makes text of others safe to show, to copy, to write down and
// to print: engines, containers and whoever names things may have written it.
// All that leaves the program passes here, so that it means the same everywhere.
package safetext

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxCluster is how many code points of one character are kept. The longest
// emoji has ten or so; a hundred accents on one letter are an attack on
// whoever has to draw them.
const maxCluster = 16

// plain reports whether b is printable ASCII, as almost all log lines are.
func plain(b []byte) bool {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	for len(b) >= 8 {
		v := binary.LittleEndian.Uint64(b)
		// Per byte: below a space, or from 127 on. While no byte is above 127
		// nothing carries into the next one.
		if v&high != 0 || (v-ones*0x20)&high != 0 || (v+ones)&high != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// Cleaner makes many texts safe, each for one row.
//
// Sequences and control characters are taken out, and so are the invisible
// marks that change the order of what follows, or hide in it. Whatever
// separates (a carriage return within the line, a form feed) becomes a space: a
// progress bar stays readable, and nothing can hide what was written before it.
// A string sequence without an end loses only its introducer, for the same
// reason. What is not UTF-8 becomes U+FFFD.
type Cleaner struct {
	// Max is the longest text in bytes; 0 for no bound.
	Max int
	// Tab is the distance of tab stops in cells; with 0 a tab is a space.
	Tab int
	// Styles keeps the colours and the emphasis of a text apart from it: see Style.
	Styles  bool
	buf     []byte
	run     int // code points since one that takes room
	stylist *stylist
	last    int // how long the last text was
}

// Style is how the last text was written; nil where all of it is plain.
func (s *Cleaner) Style() *Style {
	if s.stylist == nil {
		return nil
	}
	return s.stylist.style(s.last)
}

// Clean returns the safe text of b, which is b itself where nothing has to
// change; it is valid until the next call. cut is set when the text was cut at
// Max bytes.
func (s *Cleaner) Clean(b []byte) (text []byte, cut bool) {
	text, cut = s.clean(b)
	s.last = len(text)
	return text, cut
}

func (s *Cleaner) clean(b []byte) (text []byte, cut bool) {
	b = bytes.TrimRight(b, "\r\n")
	most := s.most()
	if s.stylist != nil {
		s.stylist.begin()
	}
	if plain(b) {
		if len(b) > most {
			return b[:most], true
		}
		return b, false
	}
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	s.buf = s.buf[:0]
	rest := s.decode(b)
	if len(s.buf) > most {
		return cutText(s.buf, most), true
	}
	return s.buf, len(rest) > 0
}

func (s *Cleaner) most() int {
	if s.Max == 0 {
		return math.MaxInt
	}
	return s.Max
}

// Line is the safe text of s, in one line. It is stable: what it gave stays as
// it is.
func Line(s string) string {
	if isPlain(s) {
		return s
	}
	for range 8 { // What was taken out may have kept two parts of something apart.
		var c Cleaner
		b, _ := c.Clean([]byte(s))
		if string(b) == s {
			return s
		}
		s = string(b)
	}
	return s
}

// Lines is the safe text of s, line by line.
func Lines(s string) string {
	if !strings.Contains(s, "\n") {
		return Line(s)
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Line(l)
	}
	return strings.Join(lines, "\n")
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// decode appends the safe text of b to s.buf until that is longer than
// Max, and returns what is left of b.
func (s *Cleaner) decode(b []byte) (rest []byte) {
	col, most := 0, s.most()
	s.run = 0
	for len(b) > 0 && len(s.buf) <= most {
		if n := printable(b); n > 0 {
			s.buf = append(s.buf, b[:n]...) // The decoder would say the same, later.
			s.run = 0
			col += n
			b = b[n:]
			continue
		}
		seq, width, n, state := ansi.DecodeSequence(b, ansi.NormalState, nil)
		switch {
		case state == ansi.StringState:
			n = introducer(b) // It never ends: keep what it would swallow.
		case s.Styles && b[0] == ansi.ESC:
			s.takeStyle(seq)
		case b[0] == '\t':
			tab := max(s.Tab, 1)
			for stop := col + tab - col%tab; col < stop; col++ {
				s.buf = append(s.buf, ' ')
			}
		case separates(seq):
			if k := len(s.buf); k == 0 || s.buf[k-1] != ' ' {
				s.buf = append(s.buf, ' ')
				col++
			}
		case b[0] != ansi.ESC && b[0] >= 0x20 && b[0] != 0x7f:
			was := len(s.buf)
			if width > 0 {
				s.run = 0 // Marks that come by themselves sit on what was there.
			}
			if s.appendCluster(seq); len(s.buf) > was {
				col += width
			}
		}
		b = b[max(n, 1):]
	}
	return b
}

func (s *Cleaner) takeStyle(seq []byte) {
	if s.stylist == nil {
		s.stylist = &stylist{known: map[pen]string{}}
	}
	s.stylist.take(seq, len(s.buf))
}

// printable is how many bytes of printable ASCII b begins with.
func printable(b []byte) int {
	for i, c := range b {
		if c < 0x20 || c > 0x7e {
			return i
		}
	}
	return len(b)
}

// cutText cuts at n bytes, not within a character.
func cutText(b []byte, n int) []byte {
	b = b[:n]
	for range utf8.UTFMax {
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	return b
}

// introducer returns the length of what begins a string sequence in b.
func introducer(b []byte) int {
	if b[0] == ansi.ESC && len(b) > 1 {
		return 2
	}
	return 1
}

// separates reports whether seq is a character that moves on to another row
// or back to the first column.
func separates(seq []byte) bool {
	switch seq[0] {
	case '\r', '\n', '\v', '\f':
		return true
	}
	r, _ := utf8.DecodeRune(seq)
	return r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// appendCluster appends one character, without the code points in it that
// control instead of showing something.
func (s *Cleaner) appendCluster(seq []byte) {
	flag := bytes.HasPrefix(seq, []byte("\U0001F3F4")) // Of England, Scotland or Wales: tags say which.
	begin := len(s.buf)
	for ; len(seq) > 0 && s.run < maxCluster; s.run++ {
		r, size := utf8.DecodeRune(seq)
		seq = seq[size:]
		switch {
		case r < 0x3000 && unicode.Is(unicode.Zs, r):
			s.buf = append(s.buf, ' ')
		case joins(r):
			// Between letters that change by it, and not where it only hides.
			if len(s.buf) > begin && s.buf[len(s.buf)-1] >= utf8.RuneSelf {
				s.buf = utf8.AppendRune(s.buf, r)
			}
		case Hidden(r) && (!flag || !tag(r)):
		case len(s.buf) == 0 && unicode.Is(unicode.M, r):
			// A mark without a letter would sit on whatever stands before the line.
		default:
			s.buf = utf8.AppendRune(s.buf, r)
		}
	}
}

func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }
func tag(r rune) bool   { return r >= 0xE0020 && r <= 0xE007F }

// Hidden reports whether r controls instead of showing something: the control
// characters of both sets, and what reorders text, what is empty and yet a
// letter, and what terminals disagree about.
func Hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0xa0, r > 0x3040 && r < 0xd800 && r != '\u3164': // All of these show something.
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) ||
		r >= 0xE0100 && r <= 0xE01EF // Variants of characters, of which no terminal shows one.
}
