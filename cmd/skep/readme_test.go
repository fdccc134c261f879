package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"skep/internal/testkit"
)

var update = flag.Bool("update", false, "write the README's part anew")

// TestREADME_ListsTheCommands compares the list of commands, and with -update
// writes it.
func TestREADME_ListsTheCommands(t *testing.T) {
	var b strings.Builder
	escape := strings.NewReplacer("|", `\|`)
	for _, group := range commandGroups(command()) {
		fmt.Fprintf(&b, "\n| %s | |\n| --- | --- |\n", strings.TrimSuffix(group.title, ":"))
		for _, c := range group.commands {
			fmt.Fprintf(&b, "| `skep %s` | %s |\n", escape.Replace(c.Use), escape.Replace(c.Short))
		}
	}
	b.WriteString("\n")
	testkit.README(t, "../../README.md", "shell", "go test ./cmd/skep -run README -update", b.String(), *update)
}
