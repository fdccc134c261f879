package terminal

import (
	"time"
	"unicode/utf8"
)

const (
	esc   = 0x1b
	ctrlC = 0x03

	// escKey is the escape key as a sequence that nothing can be added to,
	// where esc followed by another key would be alt and that key.
	escKey    = "\x1b[27u"
	pasteEnd  = "\x1b[201~"
	stringEnd = "\x1b\\"
	// nothing makes of an esc before it a sequence without a meaning.
	nothing = "[z"

	// maxParams is how many parameters a sequence may have. Keys and answers of
	// terminals have six at most; the decoder panics at 33.
	maxParams = 16
	// maxSequence and maxString are the longest head and the longest string of
	// a sequence, in bytes; the answers that are asked for are shorter.
	maxSequence = 64
	maxString   = 1 << 10
	// maxPaste is how much of a paste is kept, in bytes: nothing that is typed
	// here is as long.
	maxPaste = 256 << 10

	// decoderGivesUp is for how long the decoder certainly waits for what
	// follows an esc; it waits for 50 ms.
	decoderGivesUp = 40 * time.Millisecond
	// giveUp is how long the rest of a sequence may be in coming. Over a slow
	// line it comes in pieces.
	giveUp = 500 * time.Millisecond
	// pasteGivesUp is after which silence a single key ends a paste. A terminal
	// sends a paste in one go, and a line that stood still goes on with more
	// than a key.
	pasteGivesUp = 2 * time.Second
	// maxKey is the longest key in bytes that ends such a paste.
	maxKey = 8
)

// mode is what the filter is in the middle of.
type mode uint8

const (
	ground mode = iota
	escape      // after an esc
	csi         // in the head of a control sequence
	dcs         // in that of a device control string
	osc         // in that of an operating system command
	str         // in a string
	strEsc      // after an esc in a string
	paste
)

// Filter makes the bytes of a terminal harmless to Bubble Tea's decoder. The
// zero value is ready for use.
//
//   - What is no UTF-8 goes, and with it the 8-bit control characters: every
//     sequence begins with an esc.
//   - A sequence is handed on when it is complete, so that over a slow link its
//     rest is not taken for keys, and only if it has few parameters; within a
//     paste nothing but its end is one. (charmbracelet/x/ansi v0.11.9 panics at
//     esc, [, 32 semicolons and a 1, where Bubble Tea does not recover.)
//   - ctrl+c ends whatever it comes in, and is a key.
//   - A paste whose end does not come ends with a key after a pause.
type Filter struct {
	mode mode
	now  time.Time
	// more is set where the chunk goes on.
	more bool
	// sent is when the esc of the present sequence was handed on because its
	// chunk ended there: it may have been the escape key. It is zero where the
	// esc was not handed on.
	sent time.Time

	// held is the present sequence without its esc. bad is set where it is none
	// to hand on.
	held   []byte
	params int
	bad    bool

	// pasted is the size of the present paste, matched how much of its end has
	// come.
	pasted, matched int
	// char are the bytes of a character that is not complete.
	char []byte
}

// Feed appends what a chunk of input becomes to dst. The time is when it came.
func (f *Filter) Feed(dst, chunk []byte, now time.Time) []byte {
	if len(chunk) == 0 {
		return dst
	}
	pause := now.Sub(f.now)
	f.now = now
	switch {
	case f.mode == paste:
		if pause > pasteGivesUp && isKey(chunk) {
			dst = f.endPaste(dst)
		}
	case f.mode != escape && pause > giveUp:
		f.mode = ground
	}
	for i, b := range chunk {
		f.more = i+1 < len(chunk)
		if b >= utf8.RuneSelf {
			dst = f.highByte(dst, b)
			continue
		}
		f.char = f.char[:0]
		dst = f.ascii(dst, b)
	}
	if f.mode == escape && f.sent.IsZero() {
		dst = append(dst, esc)
		f.sent = now
	}
	return dst
}

// isKey reports whether a chunk is what one key sends, and no part of the end
// of a paste.
func isKey(chunk []byte) bool {
	if chunk[0] != esc {
		return len(chunk) == 1 || utf8.RuneCount(chunk) == 1
	}
	return len(chunk) == 1 || len(chunk) <= maxKey && string(chunk) != pasteEnd[:min(len(chunk), len(pasteEnd))]
}

// highByte takes in a byte of a character of several.
func (f *Filter) highByte(dst []byte, b byte) []byte {
	f.char = append(f.char, b)
	for len(f.char) > 0 && utf8.FullRune(f.char) {
		r, size := utf8.DecodeRune(f.char)
		if r != utf8.RuneError && r > 0x9f { // The 8-bit control characters end there.
			dst = f.text(dst, f.char[:size])
		}
		f.char = append(f.char[:0], f.char[size:]...)
	}
	return dst
}

// text takes in a character that is not ASCII.
func (f *Filter) text(dst, char []byte) []byte {
	switch f.mode {
	case str, strEsc:
		return dst // No answer of a terminal has one.
	case paste:
		dst = f.endMatch(dst)
		if f.pasted += len(char); f.pasted > maxPaste {
			return dst
		}
		return append(dst, char...)
	case csi, dcs, osc:
		dst = f.drop(dst)
	case escape:
		if f.sent.IsZero() {
			dst = append(dst, esc)
		}
	case ground: // Text as it should be.
	}
	f.mode = ground
	return append(dst, char...)
}

// ascii takes in any other byte.
func (f *Filter) ascii(dst []byte, b byte) []byte {
	switch f.mode {
	case escape:
		return f.afterEscape(dst, b)
	case csi, dcs, osc:
		return f.head(dst, b)
	case str, strEsc:
		return f.inString(dst, b)
	case paste:
		return f.inPaste(dst, b)
	case ground:
	}
	if b == esc {
		f.mode, f.sent = escape, time.Time{}
		return dst
	}
	return append(dst, b)
}

// afterEscape takes in what follows an esc.
func (f *Filter) afterEscape(dst []byte, b byte) []byte {
	handed := !f.sent.IsZero()
	awaited := f.awaited()
	f.mode = ground
	switch {
	case handed && !awaited && !f.more && b != esc:
		return append(dst, b) // A key that was typed after the escape key.
	case b == '[':
		return f.begin(dst, csi, b)
	case b == 'P':
		return f.begin(dst, dcs, b)
	case b == ']':
		return f.begin(dst, osc, b)
	case b == '\\': // The end of a string that has ended before.
		return f.drop(dst)
	case b == 'X', b == '^', b == '_': // No terminal sends the strings that these begin.
		switch {
		case awaited:
			return append(dst, nothing...)
		case !handed:
			dst = append(dst, escKey...)
		}
		return append(dst, b)
	case b == esc:
		f.mode, f.sent = escape, time.Time{}
		if !handed {
			dst = append(dst, escKey...)
		}
		return dst
	case handed && (awaited || b != 'O'): // Keys of an application's pad begin with O.
		return append(dst, b)
	case b == ctrlC:
		return append(append(dst, escKey...), b)
	}
	return append(dst, esc, b)
}

func (f *Filter) begin(dst []byte, m mode, b byte) []byte {
	f.mode, f.held, f.params, f.bad = m, append(f.held[:0], b), 0, false
	return dst
}

// head takes in a byte of the head of a sequence.
func (f *Filter) head(dst []byte, b byte) []byte {
	switch {
	case b >= 0x20 && b < 0x40 && f.mode != osc || f.mode == osc && b >= '0' && b <= '9':
		if b == ';' || b == ':' {
			f.params++
		}
		f.hold(b, maxSequence)
		f.bad = f.bad || f.params >= maxParams
		return dst
	case f.mode == osc && b == ';' && len(f.held) > 1, f.mode == dcs && b >= 0x40 && b < 0x7f:
		f.hold(b, maxSequence)
		f.mode = str
		return dst
	case f.mode == csi && b >= 0x40 && b < 0x7f:
		return f.final(dst, b)
	}
	f.mode = ground
	return f.ascii(f.drop(dst), b)
}

// hold adds to the present sequence, up to a bound.
func (f *Filter) hold(b byte, bound int) {
	if f.bad = f.bad || len(f.held) >= bound; !f.bad {
		f.held = append(f.held, b)
	}
}

// final takes in the byte that ends a control sequence.
func (f *Filter) final(dst []byte, b byte) []byte {
	f.mode = ground
	params := string(f.held[1:])
	switch {
	case b == '~' && params == "200":
		f.mode, f.pasted, f.matched = paste, 0, 0
	case b == '~' && params == "201", // The end of what did not begin.
		b == 'M' && (params == "" || params[0] != '<'), // A mouse that was not asked for: three bytes of any kind follow.
		b == '_', // Keys of another system.
		b == 't': // Sizes that nobody asked for.
		return f.drop(dst)
	}
	f.hold(b, maxSequence+1)
	return f.handOn(dst, "")
}

// handOn hands the present sequence on.
func (f *Filter) handOn(dst []byte, end string) []byte {
	if f.bad {
		return f.drop(dst)
	}
	if !f.awaited() {
		dst = append(dst, esc) // One that was handed on has become the escape key.
	}
	return append(append(dst, f.held...), end...)
}

// drop leaves the present sequence out. An esc of it that the decoder has
// already gets an end that means nothing.
func (f *Filter) drop(dst []byte) []byte {
	if f.awaited() {
		return append(dst, nothing...)
	}
	return dst
}

// awaited reports whether the decoder waits for what follows the esc of the
// present sequence.
func (f *Filter) awaited() bool { return !f.sent.IsZero() && f.now.Sub(f.sent) < decoderGivesUp }

// inString takes in a byte of a string.
func (f *Filter) inString(dst []byte, b byte) []byte {
	switch {
	case b == '\a' && f.held[0] == ']', f.mode == strEsc && b == '\\':
		f.mode = ground
		return f.handOn(dst, stringEnd)
	case f.mode == strEsc: // It was broken off.
		dst = f.drop(dst)
		f.mode, f.sent = escape, time.Time{}
		return f.afterEscape(dst, b)
	case b == esc:
		f.mode = strEsc
	case b == ctrlC:
		f.mode = ground
		return append(f.drop(dst), b)
	case b >= 0x20:
		f.hold(b, maxString)
	}
	return dst
}

// inPaste takes in a byte of a paste.
func (f *Filter) inPaste(dst []byte, b byte) []byte {
	switch b {
	case pasteEnd[f.matched]:
		if f.matched++; f.matched == len(pasteEnd) {
			return f.endPaste(dst)
		}
		return dst
	case ctrlC:
		return append(f.endPaste(dst), b)
	}
	dst = f.endMatch(dst)
	if b == esc {
		f.matched = 1
		return dst
	}
	if f.pasted++; f.pasted > maxPaste || b < 0x20 && b != '\t' && b != '\n' && b != '\r' || b == 0x7f {
		return dst
	}
	return append(dst, b)
}

// endMatch hands on what looked like the end of a paste, without its esc.
func (f *Filter) endMatch(dst []byte) []byte {
	if f.matched > 1 {
		dst = append(dst, pasteEnd[1:f.matched]...)
	}
	f.matched = 0
	return dst
}

func (f *Filter) endPaste(dst []byte) []byte {
	f.mode, f.matched = ground, 0
	return append(dst, pasteEnd...)
}
