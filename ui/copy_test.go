package ui

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/ui/detail"
	"skep/ui/theme"
)

// clipboard is the text that a message puts into the terminal's clipboard, as a
// terminal understands it.
func clipboard(m tea.Msg) (string, bool) {
	raw, ok := m.(tea.RawMsg)
	if !ok {
		return "", false
	}
	coded, ok := strings.CutPrefix(fmt.Sprint(raw.Msg), "\x1b]52;c;")
	if !ok {
		return "", false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(coded, "\x07"))
	return string(text), err == nil
}

// lastRaw is the sequence that was sent to the terminal last.
func (d *desk) lastRaw() string {
	for i := len(d.got) - 1; i >= 0; i-- {
		if raw, ok := d.got[i].(tea.RawMsg); ok {
			return fmt.Sprint(raw.Msg)
		}
	}
	return ""
}

func TestCopy_TheBytesThatAreSent(t *testing.T) {
	name := "shop_cart"
	plain := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(name)) + "\x07"
	for _, tt := range []struct {
		through Multiplexer
		want    string
	}{
		{"", plain},
		{Tmux, plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"},
		{Screen, "\x1bP" + plain + "\x1b\\"},
	} {
		onDesk(t, Options{Pattern: name, Multiplexer: tt.through}, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.press("c")
			if got := d.lastRaw(); got != tt.want {
				t.Errorf("through %q: %q, want %q", tt.through, got, tt.want)
			}
			d.sees("sent " + name)
		})
	}
}

// TestCopy_ScreenGetsChunks puts the parts together as GNU screen does.
func TestCopy_ScreenGetsChunks(t *testing.T) {
	text := strings.Repeat("日本 line\n", 3000)
	rest := Screen.clipboard(text)
	var whole strings.Builder
	for rest != "" {
		part, after, ok := strings.Cut(rest, "\x1b\\")
		inner, dcs := strings.CutPrefix(part, "\x1bP")
		if !ok || !dcs || len(inner) > 255 || inner == "" {
			t.Fatalf("a part of %d bytes: %.40q", len(inner), part)
		}
		whole.WriteString(inner)
		rest = after
	}
	if whole.String() != ansi.SetSystemClipboard(text) {
		t.Error("the parts do not add up to the whole")
	}
}

func TestCopy_LongTextIsCutToWhatTerminalsTake(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("?")
		over[*page](d.workspace).SetLines(detail.Plain(theme.Plain, strings.Repeat(strings.Repeat("é", 50)+"\n", 2000)+"the end"))
		d.press("c")
		got, ok := clipboard(d.got[len(d.got)-1])
		if !ok || len(got) > copyLimit || len(got) < copyLimit-3 || !strings.HasSuffix(got, "the end\n") {
			t.Errorf("%d bytes, %v, ending in %q", len(got), ok, got[max(0, len(got)-10):])
		}
		if len(d.lastRaw()) > 100_000+len("\x1b]52;c;\x07") {
			t.Errorf("a sequence of %d bytes", len(d.lastRaw()))
		}
	})
}

func TestCopy_BufferFirst(t *testing.T) {
	for _, fails := range []error{nil, errors.New("no server")} {
		var kept string
		opt := Options{Pattern: "shop_cart", Multiplexer: Tmux, Buffer: func(_ context.Context, text string) error {
			kept = text
			return fails
		}}
		onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.press("c")
			if kept != "shop_cart" {
				t.Errorf("the buffer has %q", kept)
			}
			if sent := d.lastRaw() != ""; sent != (fails != nil) {
				t.Errorf("the buffer says %v, and a sequence is sent: %v", fails, sent)
			}
		})
	}
}

func TestCopy_TheTerminalSaysThatItIsTmux(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart", Multiplexer: Screen}, shop(), 80, 24, func(t *testing.T, d *desk) {
		if !d.handled("tea.terminalVersion") {
			t.Error("the terminal was not asked")
		}
		d.send(tea.TerminalVersionMsg{Name: "tmux 3.3a"})
		d.press("c")
		if !strings.Contains(d.lastRaw(), "\x1bPtmux;") {
			t.Errorf("%q", d.lastRaw())
		}
	})
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		if d.handled("tea.terminalVersion") {
			t.Error("a plain terminal was asked what it is")
		}
	})
}
