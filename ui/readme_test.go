package ui

import (
	"fmt"
	"strings"
	"testing"

	"skep/internal/testkit"
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
	for _, part := range readmeParts {
		testkit.README(t, "../README.md", part.name, "go test ./ui -run README -update", part.make(), *update)
	}
}
