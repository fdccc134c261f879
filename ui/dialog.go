package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/actions"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// phase is how far a dialog has come.
type phase int

const (
	asking     phase = iota // the form
	drafting                // a text is made for the editor, or is in it
	preparing               // reading the targets
	previewing              // what it will do; waits for the confirmation
	running                 // writing
	failed                  // what went wrong; nothing more to confirm
)

// dialog leads through one action: a form where a value is needed, a preview,
// the confirmation, and the result. The targets are those of the key press.
type dialog struct {
	action  actions.Action
	begun   actions.Action // what it was opened for; a file may make another of it
	targets []actions.Target
	form    *form  // nil for an action that asks nothing
	draft   *draft // nil for an action that is not done in an editor
	esc     string // the key that leaves it, as people read it
	tab     string // the key that chooses whether an error stops, likewise
	ctrlO   string // the key that previews what is better done first, likewise

	phase  phase
	openAt time.Time       // of the phase; a confirmation right after it is not for it
	ctx    context.Context // of what the phase waits for
	cancel func()

	proposal
	plans   []actions.Plan
	plan    actions.Plan // all of them in one
	preview *preview     // how it is shown
	sight   sight        // whether the terminal shows that
	renewed bool         // since it was opened
	due     bool         // to be renewed
	goOn    bool         // with the others, after one that failed
	at      int          // which of the plans is being carried out
	wrote   bool         // there is no way back
	typed   textinput.Model
	body    *detail.Pager
	offline bool // the swarm could not be reached when a snapshot came last
	dropped bool // the last key was a confirmation that came too soon
	unread  bool // a preview depended on what every node holds, which was not read then
	// conflict is what somebody else has changed, while that is asked about.
	conflict *actions.DriftError
	// cramped is set while what was drawn last had no room for the preview.
	cramped bool
}

// A preview that shows less than this in lines and columns tells nobody what
// will happen, so it cannot be confirmed.
const (
	previewLines = 3
	previewWidth = 20
)

// tooSmall stands in place of such a preview.
const tooSmall = "the window is too small to show what will happen"

// cramps reports whether a room is too small to confirm in what it shows.
func (d *dialog) cramps(width, height int) bool {
	return d.phase == previewing && d.plan.Confirm.Gate != actions.GateNone &&
		(height-gateLines < previewLines || width < previewWidth)
}

// gateLines are those of a dialog below its text.
const gateLines = 2

// beginsMsg says which of a dialog's plans is begun.
type beginsMsg struct {
	dialog *dialog
	next   <-chan int
	at     int
}

// waitBegins waits for the next plan to begin.
func waitBegins(d *dialog, next <-chan int) tea.Cmd {
	return func() tea.Msg {
		at, more := <-next
		if !more {
			return nil
		}
		return beginsMsg{d, next, at}
	}
}

// resultMsg brings what became of a dialog's plans.
type resultMsg struct {
	from    *workspace
	dialog  *dialog
	title   string
	plans   []actions.Plan
	results []actions.Result
	journal error // why the journal does not have them
}

func (d *dialog) title() string {
	if len(d.targets) == 1 {
		return d.action.Verb + " " + table.Clean(d.targets[0].Name)
	}
	return d.action.Verb + " " + model.Plural(len(d.targets), string(d.action.Kind))
}

// enter starts a phase.
func (d *dialog) enter(p phase, now time.Time) {
	d.phase, d.openAt = p, now
	d.body = detail.NewPager()
	d.body.SetWrap(true)
}

// Scroll implements screen.Scroller.
func (d *dialog) Scroll(rows int) { d.body.Scroll(rows) }

func (d *dialog) draw(a *App, height int) ([]string, *tea.Cursor) {
	return d.render(a.theme, a.now, a.width, height)
}

func (d *dialog) crumb() (title, info string) { return d.title(), d.position() }

// close ends what it waits for.
func (d *dialog) close() { d.cancel() }

// interest implements interested: the preview counts on the tasks of the targets.
func (d *dialog) interest(i model.Interest) model.Interest {
	for _, t := range d.targets {
		watch(&i, t.Ref)
	}
	for _, p := range d.plans { // An undo is of something else than the row.
		watch(&i, p.Target.Ref)
	}
	i = i.With(d.action.Lists().Refs()...)
	for _, part := range d.docs {
		watch(&i, part.Target.Ref)
		for ref := range part.Others {
			if ref.Service() != "" { // Its tasks may count as well.
				watch(&i, ref)
			}
		}
	}
	if d.form != nil && d.form.AllTasks || d.unread {
		i = i.With(model.KindTask.All())
	}
	return i
}

// planning reports whether a plan is being made, or renewed while it is shown.
func (d *dialog) planning() bool { return d.phase == preparing || d.phase == previewing }

// input is what is being typed into; nil for nothing.
func (d *dialog) input() *textinput.Model {
	if d.phase == previewing && d.plan.Confirm.Gate == actions.GateName {
		return &d.typed
	}
	return nil
}

// takePaste puts it into what is being typed.
func (d *dialog) takePaste(msg tea.PasteMsg) tea.Cmd {
	if d.phase == asking {
		return d.form.update(msg)
	}
	in := d.input()
	if in == nil {
		return nil
	}
	var cmd tea.Cmd
	*in, cmd = in.Update(msg)
	return cmd
}

// typedName reports whether the name was typed that a destructive plan asks for.
func (d *dialog) typedName() bool { return d.plan.Confirm.Takes(d.typed.Value()) }

// wrongName answers what was typed that is not what is asked for.
func (d *dialog) wrongName() string {
	typed, word := table.Clean(d.typed.Value()), table.Clean(d.plan.Confirm.Word())
	if d.plan.Confirm.Begins(d.typed.Value()) {
		return fmt.Sprintf("nothing is confirmed: %s is only the beginning of %s", typed, word)
	}
	return fmt.Sprintf("nothing is confirmed: %s is not %s (backspace deletes)", typed, word)
}

// back is what leads to the form again, or into the editor.
const back = "back"

// offers is what the key that confirms does where something went wrong, in few
// words and in full; empty for nothing.
func (d *dialog) offers() (brief, whole string) {
	switch {
	case d.conflict != nil:
		return "plan mine again", "plan mine again on top of theirs"
	case d.draft != nil && d.draft.asks && d.phase == failed:
		return "edit it again", "edit it again"
	}
	return "", ""
}

// leave is what esc does after the form: what was typed there is not lost.
func (d *dialog) leave() string {
	switch {
	case d.form != nil && !d.wrote, d.draft != nil && (d.phase == previewing || d.conflict != nil):
		return back
	case d.phase == failed, d.phase == previewing && d.plan.Confirm.Gate == actions.GateNone:
		return "close"
	}
	return "cancel"
}

// takes says which keys do something.
func (d *dialog) takes() string {
	leave := d.esc + map[string]string{"back": " goes back", "close": " closes", "cancel": " cancels"}[d.leave()]
	_, offer := d.offers()
	switch gate := d.plan.Confirm.Gate; {
	case offer != "":
		return keys.Yes + " is for: " + offer + "; " + leave
	case d.phase != previewing || d.cramped || gate == actions.GateNone:
		return leave
	case gate == actions.GateName && !d.typedName():
		return "type the name, " + leave
	}
	return keys.Yes + " applies, " + leave
}

// hints are the keys of the footer.
func (d *dialog) hints(a *App) [][2]string {
	switch d.phase {
	case asking:
		hints := a.hintsOf(keys.Forms)
		if len(d.form.inputs) == 1 {
			hints = hints[:2] // There is no next field.
		}
		return hints
	case previewing:
		if d.cramped {
			return [][2]string{{d.esc, d.leave()}}
		}
		hints := [][2]string{{keys.Yes, "apply"}, {d.esc, d.leave()}}
		switch gate := d.plan.Confirm.Gate; {
		case gate == actions.GateNone:
			hints = hints[1:]
		case gate == actions.GateName && !d.typedName():
			hints[0] = [2]string{"type the name", ""}
		}
		if verb := d.instead(a); verb != "" {
			hints = append(hints, [2]string{d.ctrlO, verb + " instead"})
		}
		return hints
	case running:
		if d.action.Rolling {
			return [][2]string{{d.esc, "leave it to go on"}}
		}
		return [][2]string{{"", "writing"}}
	case failed:
		if offer, _ := d.offers(); offer != "" {
			return [][2]string{{keys.Yes, offer}, {d.esc, d.leave()}}
		}
	case drafting, preparing:
	}
	return [][2]string{{d.esc, d.leave()}}
}

// position says which part of the text is shown.
func (d *dialog) position() string {
	if d.phase == previewing || d.phase == failed {
		return d.body.Position()
	}
	return ""
}

// scope is where its keys are looked up.
func (d *dialog) scope() keys.Scope {
	if d.phase == asking {
		return keys.Forms
	}
	return keys.Previews
}

// textMoves scroll a dialog's text. Keys for them that are no letters do it while
// a name is typed, too.
var textMoves = map[keys.Command]bool{
	keys.Down: true, keys.Up: true, keys.PageDown: true, keys.PageUp: true, keys.Top: true, keys.Bottom: true,
}

// render draws the dialog into exactly height lines, and says where the cursor
// is.
func (d *dialog) render(th *theme.Theme, now time.Time, width, height int) ([]string, *tea.Cursor) {
	var top []string
	var cursor *tea.Cursor
	d.cramped = d.cramps(width, height)
	switch {
	case d.cramped:
		top = wrapped(th, theme.Warning, tooSmall, width)
	case d.phase == asking:
		top, cursor = d.form.render(th, width)
	case d.phase == drafting, d.phase == preparing:
		top = append([]string{""}, indented(th, theme.Dim, d.waitsFor(now)+th.Glyphs.Ellipsis, width)...)
	case d.phase == running:
		top = []string{"", th.Paint(theme.Moving, table.Fit(" "+d.doing()+elapsed(now.Sub(d.openAt))+th.Glyphs.Ellipsis, width, th.Glyphs.Ellipsis))}
	default:
		return d.renderText(th, now, width, height)
	}
	for i, l := range top {
		top[i] = ansi.Truncate(l, width, "") // A label can be wider than a narrow window.
	}
	for len(top) < height {
		top = append(top, "")
	}
	// In a low window the field that is typed into stays in sight.
	if cursor != nil && cursor.Y >= height {
		top = top[min(len(top)-height, cursor.Y-height+1):]
		cursor.Y = height - 1
		if height == 0 {
			cursor = nil
		}
	}
	return top[:height], cursor
}

// renderText draws a preview, or what went wrong, with what there is to know
// and to press below it.
func (d *dialog) renderText(th *theme.Theme, now time.Time, width, height int) ([]string, *tea.Cursor) {
	gate, x := d.gate(th, width)
	status := d.status(th, now, width)
	room := max(0, height-gateLines)
	if room-len(status) < previewLines {
		status = nil
	}
	out := d.body.Render(th, width, room-len(status))
	if d.phase == previewing {
		d.preview.saw(d.body)
	}
	out = append(append(out, moreBelow(th, width, d.body.Below())), status...)
	out = append(out, gate)
	out = out[max(0, len(out)-height):]
	if x >= 0 && len(out) > 0 {
		return out, tea.NewCursor(min(x, width-1), len(out)-1)
	}
	return out, nil
}

// wrapped is a sentence in as many lines as it takes.
func wrapped(th *theme.Theme, role theme.Role, text string, width int) []string {
	lines := viewport.Wrap(text, width)
	for i, l := range lines {
		lines[i] = th.Paint(role, l)
	}
	return lines
}

// waitsFor is what a dialog is busy with before its preview.
func (d *dialog) waitsFor(now time.Time) string {
	if d.waits() {
		return d.asks() + elapsed(now.Sub(d.asked))
	}
	return "reading " + d.targetNames() + elapsed(now.Sub(d.openAt))
}

// asks is what the registry is asked.
func (d *dialog) asks() string {
	if n := len(d.images); n > 3 {
		return fmt.Sprintf("asking the registries for the digests of %d images, %d answered", n, len(d.answers))
	}
	return "asking the registry for the digest of " + table.Clean(strings.Join(d.images, ", "))
}

// status is what there is to know about a preview: that it is old, or that the
// registry has not answered. Of that at first that it is asked, then for how
// long and what going on without an answer means.
func (d *dialog) status(th *theme.Theme, now time.Time, width int) []string {
	switch {
	case d.phase != previewing:
		return nil
	case d.offline:
		return indented(th, theme.Broken, "the swarm cannot be reached: this is from the last known state, and "+keys.Yes+" does nothing", width)
	case d.tellsWait(now):
		return indented(th, theme.Warning, "waiting for the terminal to show this", width)
	case !d.waits():
		return d.batchStatus(th, width)
	}
	waited := now.Sub(d.asked)
	text := d.asks() + elapsed(waited)
	if waited < tellWait {
		return []string{th.Paint(theme.Dim, table.Fit(" "+text+th.Glyphs.Ellipsis, width, th.Glyphs.Ellipsis))}
	}
	return indented(th, theme.Warning, text+"; applied now, nodes may run different versions of it", width)
}

// doing is what is being done, while it is.
func (d *dialog) doing() string {
	if len(d.plans) < 2 {
		return "writing"
	}
	text := fmt.Sprintf("%d of %d: %s", d.at+1, len(d.plans), table.Clean(d.plans[d.at].Title))
	if d.action.Rolling {
		text += "; the next one begins when its update is over"
	}
	return text
}

// batchStatus says what an error does to the plans after it; nothing for one.
func (d *dialog) batchStatus(th *theme.Theme, width int) []string {
	if len(d.plans) < 2 || d.plan.Confirm.Gate == actions.GateNone {
		return nil
	}
	text := "stops at the first error (" + d.tab + " goes on)"
	if d.goOn {
		text = "goes on after an error (" + d.tab + " stops)"
	}
	return []string{th.Paint(theme.Dim, table.Fit(" "+text, width, th.Glyphs.Ellipsis))}
}

// elapsed is for how long something was waited for, once it is worth saying.
func elapsed(waited time.Duration) string {
	if waited < tellWait {
		return ""
	}
	return ", " + table.Age(waited)
}

// nextChange is when what the dialog says of its waiting changes; 0 for while
// nothing happens.
func (d *dialog) nextChange(now time.Time) time.Duration {
	next := d.waitChanges(now)
	if d.phase == previewing {
		for _, at := range d.sightChanges() {
			if left := at.Sub(now); left > 0 && (next == 0 || left < next) {
				next = left
			}
		}
	}
	return next
}

// waitChanges is when what it says of what it is busy with changes.
func (d *dialog) waitChanges(now time.Time) time.Duration {
	var since time.Time
	switch {
	case d.planning() && d.waits():
		since = d.asked
	case d.phase == drafting, d.phase == preparing, d.phase == running:
		since = d.openAt
	default:
		return 0
	}
	waited := now.Sub(since)
	if waited < tellWait {
		return tellWait - waited
	}
	return table.Until(waited)
}

func (d *dialog) targetNames() string {
	names := make([]string, len(d.targets))
	for i, t := range d.targets {
		names[i] = table.Clean(t.Name)
	}
	return strings.Join(names, ", ")
}

// gate is the line that asks for the confirmation, and where its cursor is; -1
// for none.
func (d *dialog) gate(th *theme.Theme, width int) (string, int) {
	if _, offer := d.offers(); offer != "" {
		return th.Paint(theme.Warning, table.Fit(" "+keys.Yes+" "+offer+", "+d.esc+" "+d.leave(), width, th.Glyphs.Ellipsis)), -1
	}
	if d.phase == failed {
		return th.Paint(theme.Dim, table.Fit(" "+d.esc+" "+d.leave(), width, "")), -1
	}
	apply := keys.Yes + " apply, " + d.esc + " "
	switch d.plan.Confirm.Gate {
	case actions.GateNone:
		return th.Paint(theme.Broken, table.Fit(" refused: "+table.Clean(d.plan.Confirm.Why), width, th.Glyphs.Ellipsis)), -1
	case actions.GateName:
		ask := " type " + table.Clean(d.plan.Confirm.Word()) + " to confirm: "
		line := ask + table.Clean(d.typed.Value())
		if d.typedName() {
			return th.Paint(theme.Warning, table.Fit(line+"   "+apply+d.leave(), width, th.Glyphs.Ellipsis)), -1
		}
		return th.Paint(theme.Warning, table.Fit(line, width, "")), ansi.StringWidth(line)
	case actions.GateKey:
	}
	return th.Paint(theme.Warning, table.Fit(" "+apply+d.leave(), width, "")), -1
}
