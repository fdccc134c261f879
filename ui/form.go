package ui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/actions"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// form is what an action asks for, with what was typed so far.
type form struct {
	*actions.Form
	inputs []textinput.Model
	// selected is set for the fields whose value is replaced by what is typed
	// first, as selected text is everywhere.
	selected []bool
	focus    int
	err      string // what is wrong with it
}

// newForm starts with today's values; nil for an action that asks nothing.
func newForm(f *actions.Form) *form {
	if f == nil {
		return nil
	}
	out := &form{Form: f, selected: make([]bool, len(f.Fields))}
	for _, field := range f.Fields {
		out.inputs = append(out.inputs, newInput(field.Value))
	}
	out.inputs[0].Focus()
	out.selectAll()
	return out
}

func newInput(value string) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.SetValue(value)
	in.CursorEnd()
	return in
}

// selectAll selects the values that are typed anew rather than edited.
func (f *form) selectAll() {
	for i, field := range f.Fields {
		f.selected[i] = field.Replace && f.inputs[i].Value() != ""
	}
}

// update is a key, or a paste, for the field that has the focus.
func (f *form) update(msg tea.Msg) tea.Cmd {
	f.err = ""
	in := &f.inputs[f.focus]
	if f.selected[f.focus] {
		f.selected[f.focus] = false
		key, isKey := msg.(tea.KeyPressMsg)
		erases := isKey && (key.String() == "backspace" || key.String() == "delete")
		if !isKey || key.Text != "" || erases {
			in.SetValue("")
		}
		if erases {
			return nil
		}
	}
	var cmd tea.Cmd
	*in, cmd = in.Update(msg)
	return cmd
}

// move goes to another field.
func (f *form) move(by int) {
	f.inputs[f.focus].Blur()
	f.focus = (f.focus + by + len(f.inputs)) % len(f.inputs)
	f.inputs[f.focus].Focus()
}

// values is what was typed, by the fields' keys.
func (f *form) values() map[string]string {
	out := map[string]string{}
	for i, field := range f.Fields {
		out[field.Key] = strings.TrimSpace(f.inputs[i].Value())
	}
	return out
}

// fill puts values into fields, and reports whether each field got one.
func (f *form) fill(values map[string]string) bool {
	all := true
	for i, field := range f.Fields {
		v, has := values[field.Key]
		if all = all && has; has {
			f.inputs[i].SetValue(v)
			f.inputs[i].CursorEnd()
		}
	}
	return all
}

// render draws the fields, what is wrong with them, and their hints.
func (f *form) render(th *theme.Theme, width int) ([]string, *tea.Cursor) {
	out := []string{"", th.Paint(theme.Title, table.Fit(" "+table.Clean(f.Title), width, th.Glyphs.Ellipsis)), ""}
	var cursor *tea.Cursor
	for i, field := range f.Fields {
		label := " " + field.Label + ": "
		in := f.inputs[i]
		value := table.Clean(in.Value())
		room := max(1, width-ansi.StringWidth(label)-1)
		left := ansi.StringWidth(table.Clean(string([]rune(in.Value())[:in.Position()])))
		if over := left - room; over > 0 {
			value, left = ansi.TruncateLeft(value, over, ""), left-over
		}
		if i == f.focus {
			cursor = tea.NewCursor(min(width-1, ansi.StringWidth(label)+left), len(out))
		}
		value = ansi.Truncate(value, room, "")
		if f.selected[i] {
			value = th.Paint(theme.Selected, value)
		}
		out = append(out, th.Paint(theme.Key, label)+value)
		if field.Hint != "" {
			out = append(out, indented(th, theme.Dim, field.Hint, width)...)
		}
		out = append(out, "")
	}
	if f.err != "" {
		out = append(out, indented(th, theme.Broken, table.Clean(f.err), width)...)
	}
	return out, cursor
}

// indented is a text in as many lines as it takes, with a blank before each.
func indented(th *theme.Theme, role theme.Role, text string, width int) []string {
	lines := viewport.Wrap(text, max(10, width-2))
	for i, l := range lines {
		lines[i] = th.Paint(role, " "+l)
	}
	return lines
}
