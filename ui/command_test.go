package ui

import (
	"slices"
	"strings"
	"testing"
)

func TestCommands_NoTwoOfOneName(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCommands() {
		if c.help == "" || c.run == nil {
			t.Errorf("incomplete: %v", c.names)
		}
		for _, n := range c.names {
			if seen[n] {
				t.Errorf("%q is two commands", n)
			}
			seen[n] = true
		}
	}
}

// TestCommands_EachDoesSomething types each command by each of its names.
func TestCommands_EachDoesSomething(t *testing.T) {
	for _, c := range allCommands() {
		for _, name := range c.names {
			onDesk(t, Options{View: "nodes", Contexts: &fakeContexts{}}, shop(), 80, 24, func(t *testing.T, d *desk) {
				d.press("w", "!", "w") // No view is as it opens.
				before := d.trace()
				d.press(":")
				d.typed(name)
				d.press("enter")
				if after := d.trace(); after.frame == before.frame && !after.quit {
					t.Errorf(":%s does nothing", name)
				}
			})
		}
	}
}

func TestCommands_CompleteThemselvesAndWhatFollows(t *testing.T) {
	onDesk(t, Options{Contexts: &fakeContexts{}}, shop(), 80, 24, func(t *testing.T, d *desk) {
		all := d.completions("")
		for _, c := range allCommands() {
			if !slices.Contains(all, c.names[0]) {
				t.Errorf("%s is not completed", c.names[0])
			}
			for _, line := range d.completions(c.names[0] + " ") {
				if !strings.HasPrefix(line, c.names[0]+" ") {
					t.Errorf("%s completes to %q", c.names[0], line)
				}
			}
		}
		d.press(":")
		d.typed("mouse o")
		d.sees("off on")
	})
}

func TestCommands_AreInTheHelp(t *testing.T) {
	onDesk(t, Options{}, shop(), 120, 140, func(t *testing.T, d *desk) {
		d.press("?")
		for _, c := range allCommands() {
			d.sees(c.usage() + " ")
		}
		d.sees("COMMANDS", "shift+drag")
	})
}

// TestCommands_ContextsAreReadBesideUpdate: their names are in files, which may
// be on a slow disk.
func TestCommands_ContextsAreReadBesideUpdate(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, shop(), 80, 24, func(t *testing.T, d *desk) {
		contexts.names = make(chan []string)
		d.press(":")
		d.typed("ctx s")
		d.misses("staging")
		contexts.names <- []string{"prod", "staging"}
		d.rest()
		d.sees("ctx staging")
		d.press("backspace", "p", "tab", "enter") // One reading serves all keys.
		if !slices.Equal(contexts.opened, []string{"prod"}) {
			t.Errorf("opened: %v", contexts.opened)
		}
	})
}
