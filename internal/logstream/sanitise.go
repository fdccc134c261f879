package logstream

import (
	"bytes"
	"encoding/binary"
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

// sanitiser makes text safe to print on one row.
//
// Sequences and control characters are taken out, and so are the invisible
// marks that change the order of what follows. Whatever separates (a carriage
// return within the line, a form feed) becomes a space: a progress bar stays
// readable, and nothing can hide what was written before it. A string sequence
// without an end loses only its introducer, for the same reason. Tabs go to
// the next stop. What is not UTF-8 becomes U+FFFD.
type sanitiser struct{ buf []byte }

// clean returns the safe text of b, which is b itself where nothing has to
// change; it is valid until the next call. cut is set when the text was cut at
// maxText bytes.
func (s *sanitiser) clean(b []byte) (text []byte, cut bool) {
	b = bytes.TrimRight(b, "\r\n")
	if plain(b) {
		if len(b) > maxText {
			return b[:maxText], true
		}
		return b, false
	}
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	s.buf = s.buf[:0]
	rest := s.decode(b)
	if len(s.buf) > maxText {
		return cutText(s.buf), true
	}
	return s.buf, len(rest) > 0
}

// decode appends the safe text of b to s.buf until that is longer than
// maxText, and returns what is left of b.
func (s *sanitiser) decode(b []byte) (rest []byte) {
	col := 0
	for len(b) > 0 && len(s.buf) <= maxText {
		if c := b[0]; c >= 0x20 && c < 0x7f {
			s.buf = append(s.buf, c) // The decoder would say the same, later.
			col++
			b = b[1:]
			continue
		}
		seq, width, n, state := ansi.DecodeSequence(b, ansi.NormalState, nil)
		switch {
		case state == ansi.StringState:
			n = introducer(b) // It never ends: keep what it would swallow.
		case b[0] == '\t':
			for stop := col + tabWidth - col%tabWidth; col < stop; col++ {
				s.buf = append(s.buf, ' ')
			}
		case separates(seq):
			if k := len(s.buf); k == 0 || s.buf[k-1] != ' ' {
				s.buf = append(s.buf, ' ')
				col++
			}
		case b[0] != ansi.ESC && b[0] >= 0x20 && b[0] != 0x7f:
			was := len(s.buf)
			if s.appendCluster(seq); len(s.buf) > was {
				col += width
			}
		}
		b = b[max(n, 1):]
	}
	return b
}

// cutText cuts at maxText bytes, not within a character.
func cutText(b []byte) []byte {
	b = b[:maxText]
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
func (s *sanitiser) appendCluster(seq []byte) {
	for i := 0; len(seq) > 0 && i < maxCluster; i++ {
		r, size := utf8.DecodeRune(seq)
		// A mark without a letter would sit on whatever stands before the line.
		if !controls(r) && (len(s.buf) > 0 || !unicode.In(r, unicode.M, unicode.Cf)) {
			s.buf = utf8.AppendRune(s.buf, r)
		}
		seq = seq[size:]
	}
}

// controls reports whether r must not reach the terminal: control characters
// of both sets, and the format characters that reorder text or that terminals
// disagree about. The joiners that emoji and scripts are made with stay.
func controls(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return false
	case r >= 0xE0020 && r <= 0xE007F: // Tags: the flags of England, Scotland and Wales.
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// sanitiseString makes the few strings safe that are not log text.
func sanitiseString(s string) string {
	var c sanitiser
	text, _ := c.clean([]byte(s))
	return string(text)
}
