package detail

import (
	"fmt"
	"strings"
	"unicode"
)

// scalar writes a string so that YAML reads the same string back: plain where
// that is beyond doubt, else in double quotes.
func scalar(text string) string {
	if plainSafe(text) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printable reports whether a character may stand for itself: one that is seen,
// takes room of its own, and does not turn the text around it.
func printable(r rune) bool {
	return r == ' ' || r < 0x7f && r > ' ' || r > 0xa0 && r != 0xfeff && r != unicode.ReplacementChar && unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

// reserved are words that some version of YAML takes for something else than
// a string.
var reserved = map[string]bool{
	"": true, "null": true, "true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true,
	".inf": true, ".nan": true, "inf": true, "nan": true, "infinity": true,
}

// plainSafe reports whether a string needs no quotes. It errs on the side of
// quotes.
func plainSafe(text string) bool {
	if reserved[strings.ToLower(text)] || !plainStart(text) {
		return false
	}
	for i, r := range text {
		switch {
		case !printable(r):
			return false
		case r == '#' && i > 0 && text[i-1] == ' ':
			return false
		case r == ':' && (i+1 == len(text) || text[i+1] == ' '):
			return false
		case strings.ContainsRune("{}[],", r) && (i == 0 || text[0] == '['):
			return false
		}
	}
	return text[len(text)-1] != ' '
}

// plainStart reports whether a string begins like one: with a letter, a slash or
// an underscore, or with a digit if it can be no number.
func plainStart(text string) bool {
	c := text[0]
	switch {
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '/' || c == '_':
		return true
	case c < '0' || c > '9':
		return false
	}
	// No way to write a number or a time uses these letters or a slash.
	return strings.ContainsAny(text, "ghijklmnpqrsuvwyz/GHIJKLMNPQRSUVWY") && !strings.ContainsAny(text, ": ,")
}

// blockStyle reports whether a string of several lines can be written as a
// block, and how the block says what stands at its end.
func blockStyle(text string) (chomp string, ok bool) {
	body, ended := strings.CutSuffix(text, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") || strings.HasPrefix(body, "\n") || strings.HasPrefix(body, " ") {
		return "", false
	}
	for _, l := range strings.Split(body, "\n") {
		if l != "" && strings.TrimRight(l, " ") == "" {
			return "", false
		}
		for _, r := range l {
			if !printable(r) {
				return "", false
			}
		}
	}
	if ended {
		return "", true
	}
	return "-", true
}
