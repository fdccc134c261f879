package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
)

// overlay lies over the screen. Overlays are a stack: the last one gets the keys
// first, and what it does not take goes to what lies below it, at the end to the
// screen. What else one can do it says by the interfaces below.
type overlay interface {
	// key handles a key; false leaves it to what lies below.
	key(a *App, msg tea.KeyPressMsg) (cmd tea.Cmd, taken bool)
}

// cover is an overlay that stands in the screen's place.
type cover interface {
	overlay
	screen.Scroller
	// draw draws it into so many lines, and says where the cursor is.
	draw(a *App, height int) ([]string, *tea.Cursor)
	// crumb is its part of the path, and what the path says of it at its end.
	crumb() (title, info string)
	// hints are the keys to show below it.
	hints(a *App) [][2]string
}

// bar is an overlay in the last lines.
type bar interface {
	overlay
	// more is how many lines it wants besides the last.
	more(a *App) int
	// drawBar draws it into at most so many lines, at least one, and says where
	// the cursor is in the last; -1 for nowhere.
	drawBar(a *App, height int) (lines []string, x int)
}

// scoped is an overlay with keys from the table; they hold instead of those of
// the screen.
type scoped interface {
	scopes(a *App) []keys.Scope
}

// typed is an overlay that takes what is pasted.
type typed interface {
	paste(a *App, msg tea.PasteMsg) tea.Cmd
}

// interested is an overlay for which the feed has to look at something.
type interested interface {
	interest(model.Interest) model.Interest
}

// changing is an overlay that changes while nothing happens; see [App.tick].
type changing interface {
	nextChange(now time.Time) time.Duration
}

// closing is an overlay that waits for something, which is to end with it.
type closing interface{ close() }

// lay puts an overlay on top, in place of another one of its type.
func lay[T interface {
	comparable
	overlay
}](w *workspace, o T) {
	var none T
	if before := over[T](w); before != none {
		w.lift(before)
	}
	w.overlays = append(w.overlays, o)
}

// over is the overlay of a type; nil for none.
func over[T any](w *workspace) T {
	for _, o := range slices.Backward(w.overlays) {
		if t, ok := o.(T); ok {
			return t
		}
	}
	var none T
	return none
}

// lift takes an overlay away, if it is there.
func (w *workspace) lift(o overlay) {
	i := slices.Index(w.overlays, o)
	if i < 0 {
		return
	}
	w.overlays = slices.Delete(slices.Clone(w.overlays), i, i+1)
	if c, ok := o.(closing); ok {
		c.close()
	}
}

// liftAll takes all overlays away.
func (w *workspace) liftAll() {
	for _, o := range slices.Clone(w.overlays) {
		w.lift(o)
	}
}

func (w *workspace) dialog() *dialog         { return over[*dialog](w) }
func (w *workspace) prompt() *prompt         { return over[*prompt](w) }
func (w *workspace) trouble() *trouble       { return over[*trouble](w) }
func (w *workspace) connecting() *connecting { return over[*connecting](w) }

// cover is what stands in the screen's place; nil for the screen itself.
func (w *workspace) cover() cover { return over[cover](w) }

// overlaid reports whether something else stands in the screen's place.
func (w *workspace) overlaid() bool { return w.cover() != nil }

// key routes a key: to the overlays from the top, and then to the screen.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	for _, o := range slices.Backward(a.overlays) {
		if cmd, taken := o.key(a, msg); taken {
			return cmd
		}
	}
	a.notice = notice{}
	name, scopes := msg.String(), a.scopes()
	b, ok := a.opt.Keys.Find(scopes, name)
	if !ok {
		a.stray(name, scopes)
		return nil
	}
	if reason := a.reason(b); reason != "" {
		a.say(theme.Warning, a.keyName(name)+" "+b.Title+": "+reason)
		return nil
	}
	return a.dispatch(b, name)
}
