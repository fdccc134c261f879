package screen

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
)

// Env is what a screen may use of the console, for the swarm that the screen is
// of. Only Inspect waits, and so belongs into a command; all others are for
// Update.
type Env interface {
	Teller
	// Open goes down to a screen, OpenAt to one with the cursor on an object, and
	// Back up again.
	Open(s Screen) tea.Cmd
	OpenAt(s Mover, at model.Ref) tea.Cmd
	Back()
	// Do does with an object what a key does that changes nothing in the swarm:
	// describes it, follows its log; see package subject.
	Do(cmd keys.Command, o Object) tea.Cmd
	// Connect goes over to the swarm of another docker context.
	Connect(name string) tea.Cmd
	// Act opens the dialog of an action, by its verb, on objects; with values it
	// goes straight to the preview. Refuses is why it cannot be done to them now.
	Act(verb string, values map[string]string, on ...Object) tea.Cmd
	Refuses(verb string, on ...Object) (reason string)
	// Acknowledge takes note of the problem of a mark, and remembers it.
	Acknowledge(mark string) tea.Cmd
	// Lend gives the terminal to another program until that ends. What it is
	// called is for the message where it fails.
	Lend(what, program string, args ...string) tea.Cmd
	// Logs are what logs are read with, until the context ends.
	Logs() (context.Context, logstream.Opener)
	// LogLimits bound what a log takes.
	LogLimits() LogLimits
	// Ask asks for what the screen is to be filtered or searched by.
	Ask(kind keys.Command)
	// Say shows a message for a while.
	Say(role theme.Role, text string)
	// Inspect reads an object as the engine has it.
	Inspect(ref model.Ref) (model.Document, error)
	// Export makes the compose file of a stack as it runs, and counts the values that
	// are hidden in it where that is asked for. It waits for nothing, and takes long.
	Export(c *model.Cluster, stack string, hide bool) (text string, hidden int, err error)
	// Exports reports whether it can.
	Exports() bool
}

// LogLimits bound what a log takes; zero is what is usual.
type LogLimits struct {
	// Bytes is the memory for its lines.
	Bytes int
	// Interval is the least time between two redrawings by new lines.
	Interval time.Duration
}

// Teller tells how things are; it changes nothing.
type Teller interface {
	// Snapshot is the one that is shown; nil before the first.
	Snapshot() *model.Cluster
	// Screen is the one that is shown.
	Screen() Screen
	// ReadOnly is why nothing may be changed; empty where it may.
	ReadOnly() string
	// Demo reports whether the swarm is not a real one.
	Demo() bool
	// Key is the key of a command, as people read it; empty for none.
	Key(cmd keys.Command) string
	// Glyphs are the signs that texts are made with.
	Glyphs() theme.Glyphs
}
