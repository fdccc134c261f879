package ui

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// commandTable is the table of commands for the README.
func commandTable() string {
	var b strings.Builder
	b.WriteString("| command | does |\n| --- | --- |\n")
	for _, c := range allCommands() {
		b.WriteString("| `" + strings.ReplaceAll(c.usage(), "|", "\\|") + "` | " + c.sentence() + " |\n")
	}
	return b.String()
}

func TestCommands_AreInTheREADME(t *testing.T) {
	const path, end = "../README.md", "<!-- /commands -->"
	const begin = "<!-- commands: made by go test ./ui -run README -update -->\n"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), begin)
	table, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("the README has no lines %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+commandTable()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != commandTable() {
		t.Error("the README's commands are not those of the table; go test ./ui -run README -update writes them")
	}
}

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
	onDesk(t, Options{}, shop(), 120, 100, func(t *testing.T, d *desk) {
		d.press("?")
		for _, c := range allCommands() {
			d.sees(c.usage() + " ")
		}
		d.sees("COMMANDS", "shift+drag")
	})
}
