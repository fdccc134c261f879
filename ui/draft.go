package ui

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/internal/editor"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// draft is the text of an action that is done in an editor. It is in a file only
// while that is open.
type draft struct {
	base  json.RawMessage // the specification that it was made from
	body  string          // the text, as it came back last
	wrong error           // why it goes back into the editor
	// wrongs counts how often it went back, one time after the other, and asks is
	// set while the operator is asked whether it is to do so again.
	wrongs int
	asks   bool
}

// mostWrong is how often in a row a text goes back into the editor without a
// question: an editor may be a program that always writes what is wrong.
const mostWrong = 3

// draftMsg brings the text of a dialog, before it is edited.
type draftMsg struct {
	dialog *dialog
	draft  *draft
	err    error
}

// openedMsg says that the file is there, and what edits it.
type openedMsg struct {
	dialog *dialog
	file   *editor.Draft
	cmd    *exec.Cmd
	err    error
}

// editedMsg brings the text back.
type editedMsg struct {
	dialog  *dialog
	text    string
	changed bool
	err     error // of the editor, or of the file
}

// keptMsg says where a text is kept that could not be used.
type keptMsg struct {
	dialog *dialog
	lines  []detail.Line // what is shown
	path   string
	err    error
}

// beginDraft reads the target and makes a text of it.
func (a *App) beginDraft(d *dialog) tea.Cmd {
	d.ctx, d.cancel = context.WithCancel(a.ctx)
	d.enter(drafting, a.now)
	ctx, engine, c, target, text := d.ctx, a.backend.Engine, a.cluster, d.targets[0], d.action.Text
	return func() tea.Msg {
		doc, err := engine.Inspect(ctx, target.Ref)
		if err != nil {
			return draftMsg{dialog: d, err: err}
		}
		body, err := detail.YAMLText(text.Of(doc.Spec), actions.Note(c))
		return draftMsg{d, &draft{base: doc.Spec, body: body}, err}
	}
}

func (a *App) takeDraft(msg draftMsg) tea.Cmd {
	d := a.dialog()
	switch {
	case d != msg.dialog:
		return nil
	case msg.err != nil:
		return a.planFailed(d, msg.err)
	}
	d.draft = msg.draft
	return a.edit()
}

// edit puts the text into a file, for the editor.
func (a *App) edit() tea.Cmd {
	d := a.dialog()
	d.cancel()
	d.round++
	d.wrote, d.conflict, d.draft.asks = false, nil, false
	if d.draft.wrong == nil {
		d.draft.wrongs = 0
	}
	d.enter(drafting, a.now)
	ctx, target, text, body, wrong := a.ctx, d.targets[0], d.action.Text, d.draft.body, d.draft.wrong
	return func() tea.Msg {
		file, err := editor.New(target.Name, text.File(target, body, wrong))
		if err != nil {
			return openedMsg{dialog: d, err: err}
		}
		cmd, err := file.Command(ctx, os.Getenv)
		if err != nil {
			err = errors.Join(err, file.Remove())
		}
		return openedMsg{d, file, cmd, err}
	}
}

// takeOpened gives the terminal to the editor.
func (a *App) takeOpened(msg openedMsg) tea.Cmd {
	d := a.dialog()
	switch {
	case d != msg.dialog && msg.file != nil:
		return func() tea.Msg { _ = msg.file.Remove(); return nil }
	case d != msg.dialog:
		return nil
	case msg.err != nil:
		return a.planFailed(d, msg.err)
	}
	if waits := a.answered(msg); waits != nil {
		return waits // Until then it can be left.
	}
	return a.lend(a.workspace, msg.cmd, func(err error, said string) tea.Msg {
		out := editedMsg{dialog: d}
		out.text, out.changed, out.err = msg.file.Taken()
		if err != nil {
			out.err = errors.Join(editorError(err, said), out.err)
		}
		if gone := msg.file.Remove(); gone != nil {
			out.err = errors.Join(out.err, gone)
		}
		return out
	})
}

// editorError is why an editor did not end as usual.
func editorError(err error, said string) error {
	if said != "" {
		return errors.New("the editor ended: " + said)
	}
	return errors.Join(errors.New("the editor ended"), err)
}

// takeEdited plans what the text says.
func (a *App) takeEdited(msg editedMsg) tea.Cmd {
	d := a.dialog()
	if d != msg.dialog {
		return nil
	}
	before := d.draft.wrong
	if msg.changed {
		d.draft.body, d.draft.wrong = d.action.Text.Body(msg.text), nil
	}
	switch {
	case msg.err != nil && msg.changed:
		return a.draftFailed(d, d.title()+" is not possible", msg.err)
	case msg.err != nil:
		d.enter(failed, a.now)
		d.body.SetLines(errorText(d.title()+" is not possible", msg.err))
		return nil
	case !msg.changed && before != nil:
		return a.draftFailed(d, d.title()+": nothing was written", before)
	case !msg.changed:
		a.closeDialog()
		a.say(theme.Dim, "nothing was changed")
		return nil
	}
	return a.propose(map[string]string{actions.TextValue: d.draft.body, actions.BaseValue: string(d.draft.base)})
}

// draftWrong is a text that gives no plan, or none that the engine takes: it goes
// back into the editor with the reason, where another text would help.
func (a *App) draftWrong(d *dialog, title string, err error) tea.Cmd {
	switch {
	case errors.Is(err, actions.ErrNoChange):
		a.closeDialog()
		a.say(theme.Dim, model.MaskError(err))
		return nil
	case errors.As(err, new(*actions.TextError)), errors.Is(err, actions.ErrSpec), d.wrote && refusal(err):
		d.draft.wrong = err
		if d.draft.wrongs++; d.draft.wrongs < mostWrong {
			return a.edit()
		}
		d.draft.wrongs, d.draft.asks = 0, true
	}
	return a.draftFailed(d, title, err)
}

// refusal reports whether an engine that refused a write would take another one.
func refusal(err error) bool {
	for _, other := range []error{model.ErrGone, model.ErrConflict, model.ErrReadOnly, model.ErrNotSent, actions.ErrUnsure, actions.ErrNotBegun} {
		if errors.Is(err, other) {
			return false
		}
	}
	return model.AsOtherSwarm(err) == nil
}

// draftFailed shows why a text could not be used, and keeps it.
func (a *App) draftFailed(d *dialog, title string, err error) tea.Cmd {
	d.cancel()
	d.enter(failed, a.now)
	lines := errorText(title, err)
	d.body.SetLines(lines)
	target, text, body := d.targets[0], d.action.Text, d.draft.body
	return func() tea.Msg {
		file, failed := editor.New(target.Name, text.File(target, body, err))
		if failed != nil {
			return keptMsg{dialog: d, lines: lines, err: failed}
		}
		return keptMsg{dialog: d, lines: lines, path: file.Keep()}
	}
}

// takeKept says where the text is.
func (a *App) takeKept(msg keptMsg) {
	text := "the text is kept in " + msg.path
	if msg.err != nil {
		text = "the text could not be kept: " + model.MaskError(msg.err)
	}
	if d := a.dialog(); d != msg.dialog || d.phase != failed {
		a.say(theme.Warning, text)
		return
	}
	msg.dialog.body.SetLines(slices.Concat(msg.lines, []detail.Line{nil}, detail.Plain(theme.Plain, table.Clean(text))))
}

// askOver shows what somebody else has made of the same fields meanwhile, beside
// what was to be made of them, and asks.
func (a *App) askOver(d *dialog, drift *actions.DriftError, warnings []string) {
	d.cancel()
	d.enter(failed, a.now)
	d.conflict = drift
	var out pageText
	out.add(detail.Span{Text: table.Clean(drift.Target.Name + " was changed by somebody else meanwhile: nothing was written to it"), Role: theme.Broken})
	out.section("BOTH HAVE CHANGED")
	for _, c := range drift.Conflicts() {
		for i, l := range c.Text() {
			role := []theme.Role{theme.Plain, theme.Dim, theme.Removed, theme.Added}[i]
			indent := "  "
			if i > 0 {
				indent = "    "
			}
			out.add(detail.Span{Text: indent + table.Clean(shortDigests(a.theme.Glyphs, l)[0]), Role: role})
		}
	}
	out.list("WARNINGS", theme.Warning, warnings)
	d.body.SetLines(out)
}

// overTheirs plans again, on what is there now. Nothing is written before that
// was seen.
func (a *App) overTheirs(d *dialog) tea.Cmd {
	values := maps.Clone(d.Values)
	if values == nil {
		values = map[string]string{}
	}
	values[actions.OverValue] = keys.Yes
	d.wrote, d.conflict = false, nil
	return a.propose(values)
}
