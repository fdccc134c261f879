package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// chunks is a terminal whose input comes in pieces, a moment apart.
type chunks struct {
	filter Filter
	rest   [][]byte
	pause  time.Duration
	out    bytes.Buffer // all that was handed on
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	time.Sleep(c.pause)
	out := c.filter.Feed(nil, c.rest[0], time.Now())
	c.rest = c.rest[1:]
	c.out.Write(out)
	return copy(p, out), nil
}

// heard is what Bubble Tea's own reader makes of the input, in a time of its
// own.
func heard(t *testing.T, in *chunks) (out []string) {
	synctest.Test(t, func(*testing.T) { out = events(in) })
	return out
}

func events(in *chunks) []string {
	ev := make(chan uv.Event)
	var out []string
	read := make(chan struct{})
	go func() {
		defer close(read)
		for e := range ev {
			switch e := e.(type) {
			case uv.KeyPressEvent:
				out = append(out, e.String())
			case uv.PasteEvent:
				out = append(out, fmt.Sprintf("paste(%s)", e.Content))
			case uv.PasteStartEvent, uv.PasteEndEvent, uv.UnknownEvent, uv.UnknownCsiEvent, uv.UnknownOscEvent, uv.UnknownDcsEvent:
			default:
				out = append(out, strings.TrimPrefix(fmt.Sprintf("%T", e), "uv."))
			}
		}
	}()
	r := uv.NewTerminalReader(in, "xterm-256color")
	err := r.StreamEvents(context.Background(), ev)
	close(ev)
	<-read
	if err != nil {
		out = append(out, err.Error())
	}
	return out
}

func TestFilter(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
	}{
		{"keys", "aG\r\x1b[A\x1bOB\x1b[1;5C", "a G enter up down ctrl+right"},
		{"esc and ctrl+c in one read", "\x1b\x03", "esc ctrl+c"},
		{"twice esc and a key", "\x1b\x1b[A", "esc up"},
		{"esc at the end", "a\x1b", "a esc"},
		{"alt and a key", "\x1bb", "alt+b"},
		{"ctrl+c in a sequence", "\x1b[1;\x03", "ctrl+c"},
		{"ctrl+c in the begin of a device control string", "\x1bP1\x03", "ctrl+c"},
		{"ctrl+c in a device control string", "\x1bP>|xterm\x03", "ctrl+c"},
		{"ctrl+c in a command of the system", "\x1b]11;rgb:\x03", "ctrl+c"},
		{"ctrl+c where others begin strings", "\x1bXsos\x03", "esc X s o s ctrl+c"},
		{"ctrl+c in a paste", "\x1b[200~ab\x03q", "paste(ab) ctrl+c q"},
		{"a paste", "\x1b[200~a\x1b[31mb\rc\x1b[20\x00\x1b[201~q", "paste(a[31mb\rc[20) q"},
		{"the end of no paste", "\x1b[201~q", "q"},
		{"33 parameters", "\x1b[" + strings.Repeat(";", 32) + "1mq", "q"},
		{"33 parameters of a string", "\x1bP" + strings.Repeat(":", 40) + "1m\x1b\\q", "q"},
		{"33 parameters behind an 8-bit introducer", "\x9b" + strings.Repeat(";", 3) + "q", "; ; ; q"},
		{"33 parameters in a paste", "\x1b[200~\x1b[" + strings.Repeat(";", 33) + "1m\x1b[201~q", "paste([" + strings.Repeat(";", 33) + "1m) q"},
		{"the answers to what is asked", "\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?2026;2$y\x1bP>|tmux 3.4\x1b\\\x1b[?1u",
			"BackgroundColorEvent ModeReportEvent TerminalVersionEvent KeyboardEnhancementsEvent"},
		{"where the cursor is", "\x1b[12;40R\x1b[?1;2R", "CursorPositionEvent CursorPositionEvent"},
		{"focus and mouse", "\x1b[I\x1b[O\x1b[<0;3;4M\x1b[<0;3;4m", "FocusEvent BlurEvent MouseClickEvent MouseReleaseEvent"},
		{"an old mouse", "\x1b[M \x03!", "space ctrl+c !"},
		{"other scripts", "é日本", "é 日 本"},
		{"no UTF-8", "a\xff\xc3b\xe9\x9b", "a b"},
		{"a size from the input", "\x1b[8;65535;65535tq", "q"},
	} {
		whole := &chunks{rest: [][]byte{[]byte(tt.in)}}
		if got := strings.Join(heard(t, whole), " "); got != tt.want {
			t.Errorf("%s: %q became %q, want %q", tt.name, tt.in, got, tt.want)
		}
		if strings.HasPrefix(tt.name, "esc") || strings.Contains(tt.name, "alt") || strings.Contains(tt.name, "twice") || strings.Contains(tt.name, "others begin") {
			continue // The sense of esc is in what comes with it.
		}
		single := &chunks{}
		for _, b := range []byte(tt.in) {
			single.rest = append(single.rest, []byte{b})
		}
		if got := strings.Join(heard(t, single), " "); got != tt.want {
			t.Errorf("%s, in single bytes: %q became %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

// A paste without an end makes nobody deaf.
func TestFilter_PasteWithoutEnd(t *testing.T) {
	for key, want := range map[string]string{"q": "q", "\x1b": "esc", "\x1b[A": "up", "é": "é"} {
		in := &chunks{pause: 3 * time.Second, rest: [][]byte{[]byte("\x1b[200~some text"), []byte(key)}}
		if got := strings.Join(heard(t, in), "|"); got != "paste(some text)|"+want {
			t.Errorf("%q: %q", key, got)
		}
	}
	// What a slow link brings late is still text.
	in := &chunks{pause: 3 * time.Second, rest: [][]byte{[]byte("\x1b[200~some "), []byte("text y"), []byte("\x1b[201~"), []byte("q")}}
	if got := strings.Join(heard(t, in), "|"); got != "paste(some text y)|q" {
		t.Errorf("%q", got)
	}
}

// Over a slow link the rest of a sequence is no text, and a paste is a paste.
func TestFilter_SlowLine(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"\x1b|[A", "esc up"},
		{"\x1b[|A", "up"},
		{"\x1b[1;|5C", "ctrl+right"},
		{"\x1b|OA", "esc up"},
		{"\x1b|[200~y", "esc"},
		{"\x1b[20|0~y|es\x1b[2|01~", "paste(yes)"},
		{"\x1b]11;rgb:00|00/0000/0000\x1b|\\", "BackgroundColorEvent"},
		{"\x1bP>|tmux |3.4\x1b\\", "TerminalVersionEvent"},
		{"\x1b|[|q", "esc [ q"},
		{"\x1b|O", "esc O"},
		{"\x1b|\x03", "esc ctrl+c"},
		{"\x1b]|q", "q"},
	} {
		in := &chunks{pause: 200 * time.Millisecond}
		for _, s := range strings.Split(tt.in, "|") {
			in.rest = append(in.rest, []byte(s))
		}
		if tt.want == "TerminalVersionEvent" {
			in.rest = [][]byte{[]byte("\x1bP>|tmux"), []byte(" 3.4\x1b\\")}
		}
		if got := strings.Join(heard(t, in), " "); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestFilter_Bounds(t *testing.T) {
	var f Filter
	if n := len(f.Feed(nil, []byte("\x1b[200~"+strings.Repeat("x", 1<<20)), time.Now())); n > maxPaste+10 {
		t.Errorf("a paste of %d bytes", n)
	}
	f = Filter{}
	if n := len(f.Feed(nil, []byte("\x1b]52;c;"+strings.Repeat("x", 1<<20)), time.Now())); n > maxString+10 {
		t.Errorf("a string of %d bytes", n)
	}
	f = Filter{}
	if n := len(f.Feed(nil, []byte("\x1b["+strings.Repeat("1", 1<<20)), time.Now())); n > maxSequence+10 {
		t.Errorf("a sequence of %d bytes", n)
	}
}

// FuzzFilter feeds bytes in pieces through the filter and Bubble Tea's reader:
// nothing panics, and a ctrl+c at the end is always heard.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"\x1b[" + strings.Repeat(";", 32) + "1", "\x9b" + strings.Repeat(":", 32) + "1", "\x1b\x03", "\x1b[200~x\x1b[20", "\x1bP1$r\x1b",
		"\x1b]52;c;eA==\x07", "\x1b[M !!", "\x1b[1;2;3;4;5;6_", "\xe9\x9b\x9b;;;;1", "\x1b[27;5;99~", "\x1b[99;5u", "\x1b_Gi=1\x1b\\",
		"\x1b[3$", "\x1bO5P", "\x1bX\x1b[", "\x1b]\x1b[" + strings.Repeat(";", 20) + "\x1b[" + strings.Repeat(";", 20),
	} {
		for _, size := range []uint8{0, 1, 3, 40} {
			f.Add([]byte(seed), size, size%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8, slow bool) {
		in := &chunks{}
		if slow {
			in.pause = 150 * time.Millisecond
		}
		for piece := range slices.Chunk(append(data, ctrlC), int(size)+1) {
			in.rest = append(in.rest, piece)
		}
		got := heard(t, in)
		if !utf8.Valid(in.out.Bytes()) {
			t.Errorf("%q became %q, which is no UTF-8", data, in.out.Bytes())
		}
		if in.out.Len() > growth*len(data)+margin+growth {
			t.Errorf("%d bytes became %d", len(data), in.out.Len())
		}
		// With esc before it in a chunk of its own it is alt and ctrl+c, which
		// the console takes apart.
		if n := len(got); n == 0 || got[n-1] != "ctrl+c" && got[n-1] != "ctrl+alt+c" {
			t.Errorf("%q in pieces of %d became %q, heard as %q", data, size+1, in.out.Bytes(), got)
		}
	})
}
