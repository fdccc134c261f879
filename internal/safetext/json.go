package safetext

import (
	"fmt"
	"unicode/utf8"
)

// JSON writes what does something to a terminal as JSON does control characters,
// so that an answer or a journal can be looked at, and still says the same.
func JSON(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded)+64)
	for len(encoded) > 0 {
		r, size := utf8.DecodeRune(encoded)
		switch {
		case r == '\n' || !Hidden(r): // Within a string a new line is escaped already.
			out = append(out, encoded[:size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		encoded = encoded[size:]
	}
	return out
}
