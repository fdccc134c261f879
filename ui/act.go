package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
)

// verbs are the actions behind the keys.
var verbs = map[keys.Command]string{
	keys.Scale: "scale", keys.Image: "image", keys.Restart: "restart", keys.Rollback: "rollback",
	keys.Drain: "drain", keys.Pause: "pause", keys.Activate: "activate", keys.Remove: "remove",
}

// actionOf is the action behind a binding.
func actionOf(b keys.Binding) (actions.Action, bool) {
	return actions.Find(verbs[b.Command])
}

// targets are the objects that an action goes to, as they are now.
func (a *App) targets() []actions.Target {
	s, ok := a.top().(screen.Selector)
	if !ok {
		return nil
	}
	var out []actions.Target
	for _, o := range s.Chosen() {
		out = append(out, actions.Target{Ref: o.Ref, Name: o.Name})
	}
	return out
}

// actionReason is why an action can not be done now.
func (a *App) actionReason(b keys.Binding) string {
	action, ok := actionOf(b)
	switch {
	case !ok:
		return "not possible yet"
	case a.cluster != nil && a.cluster.Outage != nil && !a.cluster.Outage.Waiting:
		return "the swarm can not be reached"
	}
	return action.Disabled(a.cluster, a.targets())
}

// act opens the dialog of an action.
func (a *App) act(b keys.Binding) tea.Cmd {
	action, _ := actionOf(b)
	a.dialogs++
	d := &dialog{id: a.dialogs, action: action, targets: a.targets(), cancel: func() {}}
	a.dialog = d
	if action.Form != nil {
		d.form = action.Form(a.cluster, d.targets)
	}
	if d.form == nil {
		return a.prepare(nil)
	}
	for _, f := range d.form.Fields {
		d.inputs = append(d.inputs, newInput(f.Value))
	}
	d.inputs[0].Focus()
	d.enter(asking, a.now)
	return nil
}

// dialogKey is a key while a dialog is open.
func (a *App) dialogKey(msg tea.KeyPressMsg) tea.Cmd {
	d, name := a.dialog, msg.String()
	if name == "ctrl+c" {
		return a.quit()
	}
	if d.phase == running {
		return nil // A write that was sent can not be called back.
	}
	if name == "esc" {
		a.closeDialog()
		return nil
	}
	if a.now.Sub(d.openAt) < dialogDeaf {
		return nil
	}
	switch d.phase {
	case asking:
		return a.formKey(d, msg)
	case preview:
		return a.previewKey(d, msg)
	}
	return a.readKey(d, name)
}

// previewKey is a key while a plan waits for its confirmation.
func (a *App) previewKey(d *dialog, msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	// What was shown last counts as well as what there is room for now: nobody
	// confirms what was not to be read.
	if d.cramped || d.cramps(a.width, a.layout().body) {
		if name == "y" {
			return nil
		}
		return a.readKey(d, name)
	}
	switch gate := d.plan.Confirm.Gate; {
	case name == "y" && (gate == actions.GateKey || gate == actions.GateName && d.named()):
		return a.confirm()
	case gate == actions.GateName && (len(name) == 1 || dialogMoves[name] == ""):
		var cmd tea.Cmd
		d.typed, cmd = d.typed.Update(msg)
		return cmd
	}
	return a.readKey(d, name)
}

// readKey is a key that moves about in a dialog's text, or closes it.
func (a *App) readKey(d *dialog, name string) tea.Cmd {
	if name == "q" || name == "n" {
		a.closeDialog()
		return nil
	}
	if move, ok := dialogMoves[name]; ok {
		d.body.Run(move)
	}
	return nil
}

func (a *App) closeDialog() {
	a.dialog.cancel()
	a.dialog = nil
}

// formKey is a key in the form.
func (a *App) formKey(d *dialog, msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		values := d.values()
		if err := d.form.Check(values); err != nil {
			d.err = err.Error()
			return nil
		}
		return a.prepare(values)
	case "tab", "down":
		d.move(1)
		return nil
	case "shift+tab", "up":
		d.move(-1)
		return nil
	}
	d.err = ""
	var cmd tea.Cmd
	d.inputs[d.focus], cmd = d.inputs[d.focus].Update(msg)
	return cmd
}

// move goes to another field.
func (d *dialog) move(by int) {
	d.inputs[d.focus].Blur()
	d.focus = (d.focus + by + len(d.inputs)) % len(d.inputs)
	d.inputs[d.focus].Focus()
}

// prepare reads the targets and plans, in the background.
func (a *App) prepare(values map[string]string) tea.Cmd {
	d := a.dialog
	ctx, cancel := context.WithCancel(a.ctx)
	d.cancel = cancel
	d.enter(preparing, a.now)
	id, engine, action, cluster, targets := d.id, a.backend.Engine, d.action, a.cluster, slices.Clone(d.targets)
	return func() tea.Msg {
		return dialogMsg{id: id, proposals: actions.Prepare(ctx, engine, action, cluster, targets, values)}
	}
}

// dialogUpdate takes in what a dialog waited for.
func (a *App) dialogUpdate(msg dialogMsg) {
	d := a.dialog
	if msg.results != nil {
		a.finish(d, msg)
		return
	}
	if d == nil || d.id != msg.id {
		return // It was closed meanwhile; nothing was written.
	}
	var errs []error
	d.plans = nil
	for _, p := range msg.proposals {
		if p.Err != nil {
			err := p.Err
			// An error about the target itself begins with its name.
			if name := p.Input.Target.Name; len(msg.proposals) > 1 && !strings.HasPrefix(err.Error(), name+" ") {
				err = fmt.Errorf("%s: %w", name, err)
			}
			errs = append(errs, err)
			continue
		}
		d.plans = append(d.plans, p.Plan)
	}
	if len(errs) > 0 {
		a.planFailed(d, errors.Join(errs...))
		return
	}
	d.plan = actions.Combine(d.plans)
	d.enter(preview, a.now)
	d.typed = textinput.Model{}
	if d.plan.Confirm.Gate == actions.GateName {
		d.typed = newInput("")
		d.typed.Focus()
	}
	d.body.SetLines(previewText(d.plan, a.theme.Glyphs))
}

// planFailed shows why there is no plan: in the form, where another value may
// mend it, or else by itself.
func (a *App) planFailed(d *dialog, err error) {
	if d.form != nil {
		d.enter(asking, a.now)
		d.err = err.Error()
		return
	}
	d.enter(failed, a.now)
	d.body.SetLines(errorText(d.title()+" is not possible", err))
}

func errorText(title string, err error) []detail.Line {
	return append([]detail.Line{{{Text: title, Role: theme.Title}}, nil}, plainLines(theme.Broken, err.Error())...)
}

// confirm writes what was previewed.
func (a *App) confirm() tea.Cmd {
	d := a.dialog
	d.enter(running, a.now)
	ctx, id, engine, plans := a.ctx, d.id, a.backend.Engine, d.plans
	journal, name := a.opt.Journal, a.cluster.Session.Context
	if a.backend.Demo {
		journal = nil // Nothing was done to anything real.
	}
	a.writes.Add(1)
	return func() tea.Msg {
		defer a.writes.Done()
		msg := dialogMsg{id: id}
		msg.results = actions.RunAll(ctx, engine, plans, func(e actions.Entry) {
			if journal != nil && msg.journal == nil {
				msg.journal = journal(name, e)
			}
		})
		return msg
	}
}

// endWrites waits for what is being written, so that it comes into the journal,
// but not for ever: the journal may be on a disk that does not answer.
func (a *App) endWrites() {
	ended := make(chan struct{})
	go func() {
		a.writes.Wait()
		close(ended)
	}()
	timer := time.NewTimer(writePatience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// finish shows what became of an action. A success closes the dialog: the
// result is seen in the table.
func (a *App) finish(d *dialog, msg dialogMsg) {
	a.backend.Feed.Refresh()
	var warnings []string
	if msg.journal != nil {
		warnings = append(warnings, "not in the journal: "+msg.journal.Error())
	}
	for _, r := range msg.results {
		warnings = append(warnings, r.Warnings...)
		if s, ok := a.top().(screen.Selector); ok && r.Err == nil {
			s.Unmark(r.Target.Ref) // What is left can be tried again.
		}
	}
	open := d != nil && d.id == msg.id
	var plans []actions.Plan
	if open {
		plans = d.plans
	}
	o := actions.Sum(plans, msg.results)
	switch {
	case o.Complete():
		a.succeed(d, open, warnings)
	case !open:
		a.say(theme.Broken, strings.Join(append(o.Unsure, o.NotDone...), "; "))
	case len(msg.results) == 1: // The title names it.
		d.enter(failed, a.now)
		d.body.SetLines(errorText(d.title()+" failed", msg.results[0].Err))
	default:
		d.enter(failed, a.now)
		d.body.SetLines(outcomeText(d.title(), o, warnings))
	}
}

// succeed says that all was done.
func (a *App) succeed(d *dialog, open bool, warnings []string) {
	text := "done"
	if open {
		text = "done: " + d.plan.Title
		a.dialog = nil
	}
	role := theme.Good
	if len(warnings) > 0 {
		text, role = text+" - "+strings.Join(warnings, "; "), theme.Warning
	}
	a.say(role, text)
}
