package ui

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"skep/ui/keys"
)

// readmeParts are the parts of the README that are made from tables of the
// program, each between two comments of its name.
var readmeParts = []struct {
	name string
	make func() string
}{
	{"keys", keyTables},
	{"commands", commandTable},
}

// keyTables are the keys, a table for each place where they work.
func keyTables() string {
	var b strings.Builder
	for _, scope := range keys.Standard().Scopes() {
		fmt.Fprintf(&b, "\n**%s%s**\n\n| key | does |\n| --- | --- |\n", strings.ToUpper(string(scope[:1])), scope[1:])
		for _, k := range keys.Standard() {
			if k.Scope == scope {
				fmt.Fprintf(&b, "| %s | %s |\n", k.Names("`", " "), strings.ReplaceAll(keys.Standard().Spell(k.Help, nil, keys.Show), "|", "\\|"))
			}
		}
		if also := keys.Standard().AlsoIn(scope, "`"); also != "" {
			fmt.Fprintf(&b, "\n%s%s.\n", strings.ToUpper(also[:1]), also[1:])
		}
	}
	return b.String() + "\n"
}

// commandTable is what may be typed after the colon.
func commandTable() string {
	var b strings.Builder
	b.WriteString("\n| command | does |\n| --- | --- |\n")
	for _, c := range allCommands() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(c.usage(), "|", "\\|"), c.sentence())
	}
	return b.String() + "\n"
}

// TestREADME_SaysWhatTheProgramSays compares those parts, and with -update
// writes them.
func TestREADME_SaysWhatTheProgramSays(t *testing.T) {
	const path = "../README.md"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, part := range readmeParts {
		begin, end := "<!-- "+part.name+": written by go test ./ui -run README -update -->\n", "<!-- /"+part.name+" -->"
		head, rest, ok := strings.Cut(text, begin)
		old, tail, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("the README has no lines %q and %q", begin, end)
		}
		if old != part.make() && !*update {
			t.Errorf("the README's %s are not those of the program; go test ./ui -run README -update writes them", part.name)
		}
		text = head + begin + part.make() + end + tail
	}
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
