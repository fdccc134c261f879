package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
)

func TestPrompt_Completes(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"no", "nodes"}, {"svc shop_c", "svc shop_cart"}, {"tasks shop_w", "tasks shop_web"}, {"st mon", "st monitoring"},
		{"n worker", "n worker1"}, {"ctx st", "ctx staging"}, {"nonsense x", "nonsense x"},
	} {
		onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 100, 30, func(t *testing.T, d *desk) {
			d.press(":")
			d.typed(tt.typed)
			d.press("tab")
			if got := d.prompt().input.Value(); got != tt.want {
				t.Errorf("%q completes to %q, want %q", tt.typed, got, tt.want)
			}
			d.press("esc")
			if d.prompt() != nil || d.quit {
				t.Error("esc does not just leave the prompt")
			}
		})
	}
}

// TestPrompt_TabCycles through all that begins as typed, and back.
func TestPrompt_TabCycles(t *testing.T) {
	onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 100, 30, func(t *testing.T, d *desk) {
		value := func(want string) {
			t.Helper()
			if got := d.prompt().input.Value(); got != want {
				t.Fatalf("the prompt has %q, want %q", got, want)
			}
		}
		d.press(":")
		d.typed("S")
		for _, want := range []string{"secrets", "services", "stacks", "suspend", "secrets", "services"} {
			d.press("tab")
			value(want)
		}
		d.sees("services stacks suspend")
		d.press("shift+tab")
		value("secrets")
		d.press("shift+tab")
		value("suspend")
		d.press("backspace", "backspace", "tab") // What is typed begins anew.
		value("suspend")
		d.press("ctrl+u")
		d.typed("ctx")
		d.press("tab") // There is nothing more to it, so what may follow.
		value("ctx prod")
		d.press("tab", "tab", "tab")
		value("ctx prod")
		d.press("shift+tab")
		value("ctx slow")
		d.press("ctrl+u", "tab")
		value("configs")
		d.press("esc", "/", "tab", "up", "down")
		value("")
	})
}

// TestPrompt_TabGoesOnWhateverComesIn meanwhile: names of contexts, or messages
// for others.
func TestPrompt_TabGoesOnWhateverComesIn(t *testing.T) {
	onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press(":", "s", "tab")
		d.send(SourceMsg{of: d.workspace, name: contextSource, source: contextList{list: []model.Context{{Name: "prod"}}}})
		d.send(struct{}{})
		d.press("tab")
		if got := d.prompt().input.Value(); got != "services" {
			t.Errorf("tab leads to %q", got)
		}
	})
}

func TestPrompt_NamesTheNearest(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"nodse", "unknown command nodse; did you mean nodes, node, mouse?"},
		{"serv web", "unknown command serv; did you mean services, service, sec?"},
		{"porblems", "did you mean problems, problem?"},
		{"xyzzy", "unknown command xyzzy; :help lists all"},
		{"ctx stagin", "unknown context stagin; did you mean staging?"},
		{"ctx production", "unknown context production; there are prod, staging, slow"},
		{"theme dark", "dark"},
		{"mouse of", ":mouse takes on or off"},
		{"svc [", "missing"},
	} {
		onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.command(tt.line)
			d.sees(tt.want, ":"+tt.line)
			if d.prompt() == nil || d.prompt().input.Value() != tt.line || d.depth() != 1 {
				t.Fatal("what was typed is gone")
			}
			d.press("backspace")
			d.misses(tt.want)
		})
	}
}

// TestPrompt_AnErrorHasItsRoom is longer than what is left of the line.
func TestPrompt_AnErrorHasItsRoom(t *testing.T) {
	onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 40, 24, func(t *testing.T, d *desk) {
		d.command("ctx production")
		d.sees("unknown context production;")
		for _, s := range oddSizes {
			d.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
			d.frame()
		}
	})
}

func TestPrompt_Recalls(t *testing.T) {
	written := map[keys.Command][]string{}
	opt := Options{
		History:  map[keys.Command][]string{keys.CommandLine: {"stacks", "nodes worker"}},
		Remember: func(kind keys.Command, line string) error { written[kind] = append(written[kind], line); return nil },
	}
	onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
		value := func(want string) {
			t.Helper()
			if got := d.prompt().input.Value(); got != want {
				t.Fatalf("the prompt has %q, want %q", got, want)
			}
		}
		d.press(":")
		d.typed("ta")
		d.press("up")
		value("nodes worker")
		d.press("up", "up")
		value("stacks")
		d.press("down", "down", "down")
		value("ta")
		d.press("up", "enter")
		d.sees("nodes", "/worker")
		d.command("svc") // These two are one.
		d.command("nonsense")
		d.press("ctrl+u")
		d.typed("svc")
		d.press("enter", "/")
		d.typed("cart")
		d.press("enter", "/", "ctrl+u", "enter", "/", "up")
		value("cart")
		d.sees("1 of 9") // The rows follow.
		d.press("esc")
		d.misses("1 of 9")
		d.press("d", "/", "up")
		value("") // A search is no filter.
		d.typed("Image")
		d.press("enter", "/", "up")
		value("Image")
		if got, want := fmt.Sprint(written), "map[command:[nodes worker svc svc] filter:[cart] search:[Image]]"; got != want {
			t.Errorf("kept for later: %s, want %s", got, want)
		}
		if got := d.history[keys.CommandLine]; strings.Join(got, "|") != "stacks|nodes worker|svc" {
			t.Errorf("kept: %q", got)
		}
	})
	if len(opt.History[keys.CommandLine]) != 2 {
		t.Error("what the caller gave was changed")
	}
}

func TestPrompt_HistoryIsBounded(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		for i := range 2 * historyLines {
			d.remember(keys.Filter, fmt.Sprint(i))
		}
		if n := len(d.history[keys.Filter]); n != historyLines {
			t.Errorf("%d lines", n)
		}
	})
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"abc", "acb", 1}, {"nodes", "node", 1}, {"kitten", "sitting", 3}, {"größe", "grosse", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want || distance(tt.b, tt.a) != tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	names := commandNames()
	for _, n := range names {
		if list := nearest(n, names); !slices.Contains(list, n) && len(n) > 1 {
			t.Errorf("%q is not near to itself: %q", n, list)
		}
	}
}
