// Package screen is what the root asks of a screen, and what screens tell the
// root. A screen is drawn into lines; only the root talks to the terminal.
package screen

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// Screen is one screen of the stack that the operator walks down and up. It is a
// pointer: screens are told apart by ==.
type Screen interface {
	// Crumb is the screen's name in the path.
	Crumb() string
	// Scopes are where the screen's own keys are looked up, the narrowest first.
	// Those of its subjects and those that work everywhere come behind them.
	Scopes() []keys.Scope
	// Subjects are what the screen is about, the narrowest first: the object
	// under the cursor, or the one that is described or followed, then what it is
	// listed under. The first is zero where the cursor is on no row.
	Subjects() []Object
	// Interest is what the engine has to be asked for meanwhile.
	Interest() model.Interest
	// Show takes in a snapshot and the time. The screen keeps both. What it has to
	// read or to make for that, away from Update, is the command.
	Show(f table.Data) tea.Cmd
	// Resize says how much room there is.
	Resize(width, height int)
	// Do does what a key asks for, if it is for the screen itself.
	Do(e Env, cmd keys.Command) tea.Cmd
	// Render draws the screen: exactly the lines it was resized to.
	Render(th *theme.Theme) []string
	// Info is the right end of the path: a count, a filter, a position.
	Info() string
	// NextChange is how long the screen stays as it is while nothing happens;
	// 0 for as long as nothing does.
	NextChange() time.Duration
}

// Object is an object as it was when the operator chose it.
type Object struct {
	Ref  model.Ref
	Name string
	// Row is the row that it was chosen by: the object itself, or a finding about
	// it.
	Row model.Ref
}

// Selector is a screen with a row under a cursor.
type Selector interface {
	// Current is the object under the cursor.
	Current() (Object, bool)
	// Chosen are the marked objects, or the one under the cursor.
	Chosen() []Object
	// RowError is the error of the object under the cursor, whole.
	RowError() string
	// Unmark takes the marks of objects away.
	Unmark(refs ...model.Ref)
	// Clear takes marks or a filter away; it reports whether there were any.
	Clear() bool
}

// Preparer is a screen whose rows can be made ahead, away from Update: with ten
// thousand of them that takes longer than a key may wait.
type Preparer interface {
	// Prepare gives a function that makes the rows of the data as the screen wants
	// them now. It may be called from any goroutine.
	Prepare() func(f table.Data) any
	// Adopt takes in what that function made, for the next Show.
	Adopt(rows any)
	// Behind reports whether the screen shows rows that it made before, until it
	// is given those that it wants.
	Behind() bool
}

// Sleeper is a screen that lets go of the snapshot, and of what it made of it,
// while it is only remembered as one to return to. The next Show wakes it.
type Sleeper interface{ Sleep() }

// Sourced is a screen of something else than the snapshot of the swarm.
type Sourced interface {
	// Source names what it shows; empty for the snapshot. See [table.Source].
	Source() string
}

// Searcher is a screen that can be filtered or searched.
type Searcher interface {
	// SetPattern filters or searches; an error says what is wrong with the
	// pattern, and then nothing changed. Empty shows everything.
	SetPattern(pattern string) error
	Pattern() string
}

// Finder is a screen that can be searched besides being filtered.
type Finder interface{ Finder() Searcher }

// Asker is a screen with keys that ask for a text, such as a path or a time.
type Asker interface {
	// Asks is what a key asks for, and what is there to begin with; empty for one
	// that asks for nothing.
	Asks(cmd keys.Command) (label, value string)
	// Answer takes what was typed; an error says what is wrong with it.
	Answer(cmd keys.Command, text string) (tea.Cmd, error)
}

// Scroller is a screen that the wheel of a mouse scrolls.
type Scroller interface {
	// Scroll moves what is shown by so many rows, down for positive ones.
	Scroll(rows int)
}

// Mover is a screen whose cursor can be put on an object.
type Mover interface {
	Screen
	// MoveTo puts the cursor on it; false if it is not there.
	MoveTo(model.Ref) bool
}

// Pointed is a screen with cells that can be pointed at.
type Pointed interface {
	Mover
	Selector
	// At is what Render drew last at a cell of a line.
	At(x, y int) (table.Point, bool)
	// SortOn sorts by a column, and turns the order round if that sorts already.
	SortOn(column int)
}

// Texter is a screen whose text can be copied.
type Texter interface{ Text() string }

// TextNamer is a screen that says what its text is, for a sentence.
type TextNamer interface{ TextName() string }

// Reasoner is a screen that cannot always do what its keys ask for.
type Reasoner interface {
	// Reason is why it cannot do it now; empty if it can.
	Reason(cmd keys.Command) string
}

// Narrowed is a screen that can be narrowed to a stack.
type Narrowed interface {
	// Stack is the one that it is narrowed to; empty for none.
	Stack() model.StackName
	SetStack(model.StackName)
}

// Refresher is a screen that can be read anew.
type Refresher interface{ Refresh() tea.Cmd }

// Updater is a screen that handles messages of its own. Each message says which
// screen it is for.
type Updater interface {
	// Update handles a message that is none of the root's.
	Update(msg tea.Msg) tea.Cmd
}

// Live is a screen with a stream, which ends when it is left.
type Live interface {
	Updater
	// Init starts it.
	Init() tea.Cmd
	// Close ends what it started.
	Close()
}
