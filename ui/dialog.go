package ui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/actions"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// phase is how far a dialog has come.
type phase int

const (
	asking    phase = iota // the form
	preparing              // reading the targets, asking the registry
	preview                // what it will do; waits for the confirmation
	running                // writing
	failed                 // what went wrong; nothing more to confirm
)

// dialog leads through one action: a form where a value is needed, a preview,
// the confirmation, and the result. The targets are those of the key press.
type dialog struct {
	id      int
	action  actions.Action
	targets []actions.Target
	form    *actions.Form
	inputs  []textinput.Model
	focus   int
	err     string // what is wrong with the form

	phase  phase
	openAt time.Time // of the phase; keys right after it are not for it
	cancel func()    // ends what the phase waits for

	plans []actions.Plan
	plan  actions.Plan // all of them in one
	typed textinput.Model
	body  *detail.Pager
	// cramped is set while what was drawn last had no room for the preview.
	cramped bool
}

// A preview that shows less than this in lines and columns tells nobody what
// will happen, so it can not be confirmed.
const (
	previewLines = 3
	previewWidth = 20
)

// tooSmall stands in place of such a preview.
const tooSmall = "the window is too small to show what will happen"

// cramps tells whether a room is too small to confirm in what it shows.
func (d *dialog) cramps(width, height int) bool {
	return d.phase == preview && d.plan.Confirm.Gate != actions.GateNone &&
		(height-gateLines < previewLines || width < previewWidth)
}

// gateLines are those of a dialog below its text.
const gateLines = 2

// dialogMsg is the answer to a dialog's command.
type dialogMsg struct {
	id        int
	proposals []actions.Proposal
	results   []actions.Result
	journal   error // why the journal does not have them
}

func (d *dialog) title() string {
	if len(d.targets) == 1 {
		return d.action.Verb + " " + table.Clean(d.targets[0].Name)
	}
	return fmt.Sprintf("%s %d %ss", d.action.Verb, len(d.targets), d.action.Kind)
}

func newInput(value string) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.SetValue(value)
	in.CursorEnd()
	return in
}

// enter starts a phase.
func (d *dialog) enter(p phase, now time.Time) {
	d.phase, d.openAt = p, now
	d.body = detail.NewPager()
	d.body.SetWrap(true)
}

// input is what is being typed into; nil for nothing.
func (d *dialog) input() *textinput.Model {
	switch {
	case d.phase == asking && len(d.inputs) > 0:
		return &d.inputs[d.focus]
	case d.phase == preview && d.plan.Confirm.Gate == actions.GateName:
		return &d.typed
	}
	return nil
}

func (d *dialog) values() map[string]string {
	out := map[string]string{}
	for i, f := range d.form.Fields {
		out[f.Key] = strings.TrimSpace(d.inputs[i].Value())
	}
	return out
}

func (d *dialog) paste(msg tea.PasteMsg) tea.Cmd {
	in := d.input()
	if in == nil {
		return nil
	}
	var cmd tea.Cmd
	*in, cmd = in.Update(msg)
	return cmd
}

// named tells whether the name was typed that a destructive plan asks for.
func (d *dialog) named() bool { return d.typed.Value() == d.plan.Confirm.Name }

// hints are the keys of the footer.
func (d *dialog) hints() [][2]string {
	switch d.phase {
	case asking:
		h := [][2]string{{"enter", "preview"}, {"esc", "cancel"}}
		if len(d.inputs) > 1 {
			h = append(h, [2]string{"tab", "next field"})
		}
		return h
	case preview:
		if d.cramped {
			return [][2]string{{"esc", "cancel"}}
		}
		switch d.plan.Confirm.Gate {
		case actions.GateNone:
			return [][2]string{{"esc", "close"}}
		case actions.GateName:
			if !d.named() {
				return [][2]string{{"type the name", ""}, {"esc", "cancel"}}
			}
		}
		return [][2]string{{"y", "do it"}, {"esc", "cancel"}}
	case running:
		return [][2]string{{"", "writing"}}
	}
	return [][2]string{{"esc", "close"}}
}

// position says which part of the text is shown.
func (d *dialog) position() string {
	if d.phase == preview || d.phase == failed {
		return d.body.Position()
	}
	return ""
}

// dialogMoves are the keys that scroll a dialog's text. Those that are no
// letters do it while a name is typed, too.
var dialogMoves = map[string]keys.Command{
	"j": keys.Down, "down": keys.Down, "k": keys.Up, "up": keys.Up, "pgdown": keys.PageDown, "pgup": keys.PageUp,
	"ctrl+f": keys.PageDown, "ctrl+b": keys.PageUp, "g": keys.Top, "G": keys.Bottom,
}

// render draws the dialog into exactly height lines, and says where the cursor
// is.
func (d *dialog) render(th *theme.Theme, width, height int) ([]string, *tea.Cursor) {
	var top []string
	var cursor *tea.Cursor
	rule := th.Paint(theme.Dim, strings.Repeat(th.Glyphs.Rule, width))
	d.cramped = d.cramps(width, height)
	switch {
	case d.cramped:
		top = wrapped(th, theme.Warning, tooSmall, width)
	case d.phase == asking:
		top, cursor = d.renderForm(th, width)
	case d.phase == preparing:
		top = []string{"", th.Paint(theme.Dim, table.Fit(" "+d.waitsFor()+th.Glyphs.Ellipsis, width, ""))}
	case d.phase == running:
		top = []string{"", th.Paint(theme.Moving, " writing"+th.Glyphs.Ellipsis)}
	default:
		gate, x := d.gate(th, width)
		room := max(0, height-gateLines)
		out := append(d.body.Render(th, width, room), rule, gate)
		out = out[max(0, len(out)-height):]
		if x >= 0 && len(out) > 0 {
			cursor = tea.NewCursor(min(x, width-1), len(out)-1)
		}
		return out, cursor
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

// wrapped is a sentence in as many lines as it takes.
func wrapped(th *theme.Theme, role theme.Role, text string, width int) []string {
	lines := strings.Split(ansi.Wrap(text, max(1, width), ""), "\n")
	for i, l := range lines {
		lines[i] = th.Paint(role, l)
	}
	return lines
}

// waitsFor is what a dialog is busy with before its preview.
func (d *dialog) waitsFor() string {
	if d.action.Image != nil {
		return "reading " + d.targetNames() + ", and asking the registry for the digest"
	}
	return "reading " + d.targetNames()
}

func (d *dialog) targetNames() string {
	names := make([]string, len(d.targets))
	for i, t := range d.targets {
		names[i] = table.Clean(t.Name)
	}
	return strings.Join(names, ", ")
}

// renderForm draws the fields, what is wrong with them, and their hints.
func (d *dialog) renderForm(th *theme.Theme, width int) ([]string, *tea.Cursor) {
	out := []string{"", th.Paint(theme.Title, table.Fit(" "+table.Clean(d.form.Title), width, th.Glyphs.Ellipsis)), ""}
	var cursor *tea.Cursor
	for i, f := range d.form.Fields {
		label := " " + f.Label + ": "
		in := d.inputs[i]
		value := table.Clean(in.Value())
		room := max(1, width-ansi.StringWidth(label)-1)
		left := ansi.StringWidth(table.Clean(string([]rune(in.Value())[:in.Position()])))
		if over := left - room; over > 0 {
			value, left = ansi.TruncateLeft(value, over, ""), left-over
		}
		if i == d.focus {
			cursor = tea.NewCursor(min(width-1, ansi.StringWidth(label)+left), len(out))
		}
		out = append(out, th.Paint(theme.Key, label)+ansi.Truncate(value, room, ""))
		if f.Hint != "" {
			for _, l := range strings.Split(ansi.Wrap(f.Hint, max(10, width-2), ""), "\n") {
				out = append(out, th.Paint(theme.Dim, " "+l))
			}
		}
		out = append(out, "")
	}
	if d.err != "" {
		for _, l := range strings.Split(ansi.Wrap(table.Clean(d.err), max(10, width-2), ""), "\n") {
			out = append(out, th.Paint(theme.Broken, " "+l))
		}
	}
	return out, cursor
}

// gate is the line that asks for the confirmation, and where its cursor is; -1
// for none.
func (d *dialog) gate(th *theme.Theme, width int) (string, int) {
	if d.phase == failed {
		return th.Paint(theme.Dim, table.Fit(" esc closes", width, "")), -1
	}
	switch d.plan.Confirm.Gate {
	case actions.GateNone:
		return th.Paint(theme.Broken, table.Fit(" refused: "+table.Clean(d.plan.Confirm.Why), width, th.Glyphs.Ellipsis)), -1
	case actions.GateName:
		ask := " type " + table.Clean(d.plan.Confirm.Name) + " to confirm: "
		line := ask + table.Clean(d.typed.Value())
		if d.named() {
			return th.Paint(theme.Warning, table.Fit(line+"   now y does it, esc cancels", width, th.Glyphs.Ellipsis)), -1
		}
		return th.Paint(theme.Warning, table.Fit(line, width, "")), ansi.StringWidth(line)
	}
	return th.Paint(theme.Warning, table.Fit(" y does it, esc cancels", width, "")), -1
}
