package safetext

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// styled cleans as the log does, and shows sequences as ^[.
func styled(s string) string {
	c := Cleaner{Max: maxText, Tab: 8, Styles: true}
	text, _ := c.Clean([]byte(s))
	return strings.ReplaceAll(c.Style().Styled(string(text)), "\x1b", "^")
}

func TestStyle(t *testing.T) {
	many := strings.Repeat("1;", 40)
	for name, tc := range map[string]struct{ in, want string }{
		"plain":                 {"hello", "hello"},
		"colour":                {"\x1b[31mred\x1b[0m x", "^[31mred^[m x"},
		"short reset":           {"\x1b[31mred\x1b[m x", "^[31mred^[m x"},
		"left open":             {"a \x1b[31mred", "a ^[31mred^[m"},
		"bold and colour":       {"\x1b[1;31mE\x1b[22mW\x1b[39m.", "^[1;31mE^[m^[31mW^[m."},
		"added up":              {"\x1b[1m\x1b[32mok\x1b[0m", "^[1;32mok^[m"},
		"256":                   {"\x1b[38;5;208mo\x1b[0m", "^[38;5;208mo^[m"},
		"true colour":           {"\x1b[38;2;1;2;3mo\x1b[48:2::4:5:6mb", "^[38;2;1;2;3mo^[m^[38;2;1;2;3;48;2;4;5;6mb^[m"},
		"bright":                {"\x1b[91;104mo", "^[91;104mo^[m"},
		"nothing in it":         {"\x1b[31m\x1b[0mo", "o"},
		"the same again":        {"\x1b[31ma\x1b[31mb", "^[31mab^[m"},
		"only at the end":       {"a\x1b[31m", "a"},
		"curly underline":       {"\x1b[4:3mu", "^[4mu^[m"},
		"blinking":              {"\x1b[5;6mx", "x"},
		"concealed":             {"\x1b[8msecret", "secret"},
		"black on black":        {"\x1b[30;40msecret", "^[30msecret^[m"},
		"modifyOtherKeys":       {"\x1b[>4;1mx", "x"},
		"private":               {"\x1b[?31mx", "x"},
		"with an intermediate":  {"\x1b[31 mx", "x"},
		"other sequences":       {"\x1b[2J\x1b]0;t\x07\x1b[31mx\x1b[5A\x1bcy", "^[31mxy^[m"},
		"a string in between":   {"\x1b[31ma\x1bPq\x1b\\b", "^[31mab^[m"},
		"number beyond number":  {"\x1b[99999999999999999999mx", "x"},
		"too many numbers":      {"\x1b[" + many + "31mx", "x"},
		"without an end":        {"abc\x1b[31", "abc"},
		"ended by something":    {"\x1b[31\x1b[32mx", "^[32mx^[m"},
		"cut short in a colour": {"\x1b[38;2;1mx", "^[1;2mx^[m"},
		"after wide":            {"中\x1b[31m文\x1b[0m", "中^[31m文^[m"},
		"tab":                   {"\x1b[31mab\x1b[0m\tx", "^[31mab^[m      x"},
	} {
		if got := styled(tc.in); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestStyle_TextIsTheSameWithoutIt(t *testing.T) {
	for _, in := range []string{"\x1b[31mred\x1b[0m", "a\x1b[31m\u0301b", "\x1b[1;31mé\t\x1b[m\xff"} {
		c := Cleaner{Max: maxText, Tab: 8, Styles: true}
		if text, _ := c.Clean([]byte(in)); string(text) != wide(in) {
			t.Errorf("%q becomes %q, without styles %q", in, text, wide(in))
		}
	}
}

// A line may have only so many, and behind the last of them it is plain.
func TestStyle_IsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "\x1b[38;5;%dmx", i%256)
	}
	c := Cleaner{Max: maxText, Tab: 8, Styles: true}
	c.Clean([]byte(b.String()))
	spans := c.Style().Spans()
	if len(spans) != maxSpans || spans[len(spans)-1].SGR != "" {
		t.Errorf("%d spans, the last %q", len(spans), spans[len(spans)-1].SGR)
	}
	if cost := c.Style().Cost(); cost > 64*maxSpans {
		t.Errorf("it costs %d bytes", cost)
	}
}

// The style of one line is not that of the next.
func TestStyle_EndsWithItsLine(t *testing.T) {
	c := Cleaner{Max: 5, Styles: true}
	c.Clean([]byte("\x1b[31mred"))
	for _, in := range []string{"plain", "plain é", "a line that is cut"} {
		if c.Clean([]byte(in)); c.Style() != nil {
			t.Errorf("%q is in %v", in, c.Style().Spans())
		}
	}
	if c.Clean([]byte("abcdefg\x1b[31mred")); c.Style() != nil {
		t.Errorf("what was cut off has left %v", c.Style().Spans())
	}
}

func FuzzStyle(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31mé\x1b[0m", "\x1b[38:2::1:2:3m中\x1b[", "\x1b[;;m\x1b[4:mx\x1b[58;5;1my", "\x1b[>1m\x1b[48;5m\x1b[38;5;300mz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		c := Cleaner{Max: maxText, Tab: 8, Styles: true}
		b, _ := c.Clean([]byte(in))
		text := string(b)
		if text != wide(in) {
			t.Fatalf("%q is %q, without styles %q", in, text, wide(in))
		}
		last := -1
		for _, span := range c.Style().Spans() {
			if span.At <= last || span.At >= len(text) || !utf8.RuneStart(text[span.At]) {
				t.Fatalf("%q: a span at %d of %q", in, span.At, text)
			}
			last = span.At
			if !sane(span.SGR) {
				t.Fatalf("%q: %q", in, span.SGR)
			}
		}
		out := c.Style().Styled(text)
		if ansi.Strip(out) != text {
			t.Fatalf("%q is drawn as %q", text, out)
		}
		if c.Style() != nil && strings.Contains(out, "\x1b") {
			open := strings.LastIndex(out, "\x1b[")
			if !strings.HasPrefix(out[open:], ansi.ResetStyle) {
				t.Fatalf("%q is left open", out)
			}
		}
	})
}

// sane reports whether a text is one sequence of colours and emphasis, or none.
func sane(sgr string) bool {
	if sgr == "" {
		return true
	}
	params, ok := graphics(nil, []byte(sgr))
	var p pen
	p.read(params)
	return ok && p.sgr() == sgr
}
