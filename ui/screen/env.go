package screen

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
)

// Env is what a screen may use of the console, for the swarm that the screen is
// of. Only Inspect waits, and so belongs into a command; all others are for
// Update.
type Env interface {
	// Open goes down to a screen, Back up again.
	Open(s Screen) tea.Cmd
	Back()
	// Describe goes down to the description of an object, or to its YAML, and
	// Follow to its log.
	Describe(o Object, yaml bool) tea.Cmd
	Follow(o Object) tea.Cmd
	// Connect goes over to the swarm of another docker context.
	Connect(name string) tea.Cmd
	// Act opens the dialog of an action, by its verb, on objects. The reason is
	// why it cannot be done to them now.
	Act(verb string, on ...Object) (cmd tea.Cmd, reason string)
	// Ask asks for what the screen is to be filtered or searched by.
	Ask(kind keys.Command)
	// Say shows a message for a while.
	Say(role theme.Role, text string)
	// Inspect reads an object as the engine has it.
	Inspect(ref model.Ref) (model.Document, error)
	// Key is the key of a command, as people read it; empty for none.
	Key(cmd keys.Command) string
	// Glyphs are the signs that texts are made with.
	Glyphs() theme.Glyphs
}
