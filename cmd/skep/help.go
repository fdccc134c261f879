package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"skep/ui/views"
)

// helpWidth is the width of the help: every terminal has that much, and longer
// lines are harder to read.
const helpWidth = 80

// examples are shown by the help and the manual.
var examples = []struct{ about, command string }{
	{"the services of the current docker context", "skep"},
	{`the tasks that match "web"`, "skep tasks web"},
	{"a docker context, to look at only", "skep -c prod --read-only"},
	{"a manager on another host, through SSH", "skep -H ssh://ops@manager1"},
	{"what is wrong, for a script or a chat", "skep doctor"},
	{"a change from a script, by the console's rules", "skep scale web 5 --yes"},
	{"the last change taken back, with a preview first", "skep undo"},
	{"after a deploy: does it run, and stay up?", "skep wait shop"},
	{"the errors of a stack as they come", "skep logs -f shop --grep error"},
	{"a report, when the output is not a terminal", "skep problems | cat"},
	{"a swarm inside the program, to try it out", "skep --demo"},
}

// changesGroup are the commands that change the swarm.
const changesGroup = "changes"

// describe gives the command and those below it their help.
func describe(root *cobra.Command) {
	root.AddGroup(&cobra.Group{ID: changesGroup, Title: "Commands that change the swarm, each with a preview first:"})
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { help(c.OutOrStdout(), c) })
	root.SetUsageFunc(func(c *cobra.Command) error { help(c.OutOrStderr(), c); return nil })
	root.Version = versionLine(build())
	root.InitDefaultVersionFlag()
	root.InitDefaultHelpFlag()
	root.Flags().Lookup("help").Usage = "show this help"
	root.Flags().Lookup("version").Usage = "show the version"
}

// help writes the help of a command.
func help(w io.Writer, c *cobra.Command) {
	var b strings.Builder
	text := c.Long
	if text == "" {
		text = strings.ToUpper(c.Short[:1]) + c.Short[1:] + "."
	}
	b.WriteString(strings.TrimSpace(text) + "\n\nUsage:\n")
	if c.HasParent() {
		fmt.Fprintf(&b, "  %s %s [FLAGS]\n", c.Parent().CommandPath(), c.Use)
	} else {
		fmt.Fprintf(&b, "  skep [FLAGS] [VIEW [FILTER]]\n  skep COMMAND\n")
		helpViews(&b)
	}
	for _, group := range commandGroups(c) {
		b.WriteString("\n" + group.title + "\n")
		for _, sub := range group.commands {
			b.WriteString(inColumns(sub.Use, sub.Short))
		}
	}
	b.WriteString("\nFlags:\n" + flags(c).FlagUsagesWrapped(helpWidth))
	if !c.HasParent() {
		b.WriteString("\nExamples:\n")
		for _, e := range examples {
			b.WriteString(inColumns(e.command, e.about))
		}
		b.WriteString("\n? inside shows the keys. More: man skep\n")
	}
	_, _ = io.WriteString(w, b.String()) // There is nowhere to say it.
}

// commandGroup are commands that are listed together.
type commandGroup struct {
	title    string
	commands []*cobra.Command
}

// commandGroups are the commands below one, those of no group first.
func commandGroups(c *cobra.Command) []commandGroup {
	var out []commandGroup
	for _, g := range slices.Concat([]*cobra.Group{{Title: "Commands:"}}, c.Groups()) {
		group := commandGroup{title: g.Title}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.GroupID == g.ID {
				group.commands = append(group.commands, sub)
			}
		}
		if len(group.commands) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// inColumns is one entry of a list, in as many lines as it needs.
func inColumns(word, about string) string {
	const width = 28
	next := "\n" + strings.Repeat(" ", width+2)
	if len(word) > width-2 {
		word += next
	}
	about = strings.ReplaceAll(ansi.Wordwrap(about, helpWidth-width-2, ""), "\n", next)
	return fmt.Sprintf("  %-*s%s\n", width, word, about)
}

// flags are those that a command takes, wherever they stand: its own, and those
// that hold for every command, which the console names first.
func flags(c *cobra.Command) *pflag.FlagSet {
	all := pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
	all.SortFlags = false
	own := c.LocalNonPersistentFlags()
	own.SortFlags = false
	if c.HasParent() {
		all.AddFlagSet(own)
		all.AddFlagSet(c.Root().PersistentFlags())
	} else {
		all.AddFlagSet(c.PersistentFlags())
		all.AddFlagSet(own)
	}
	return all
}

func helpViews(b *strings.Builder) {
	b.WriteString("\nViews:\n")
	for _, d := range views.All {
		b.WriteString(inColumns(strings.Join(d.Names(), ", "), d.Summary()))
	}
	b.WriteString("\nA filter is a regular expression; !x leaves out what matches x. Without a view\n" +
		"skep shows the services.\n" +
		"\nskep connects to the first of these that is set: -H, -c, DOCKER_HOST,\n" +
		"DOCKER_CONTEXT, docker's current context, the local socket.\n")
}
