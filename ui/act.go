package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/subject"
	"skep/ui/theme"
	"skep/ui/views"
)

// targets are the objects that an action goes to, as they are now: the marked
// rows, or the subject of its binding.
func (w *workspace) targets(b keys.Binding) []actions.Target {
	var chosen []screen.Object
	if s, ok := w.top().(screen.Selector); ok {
		chosen = s.Chosen()
	}
	if len(chosen) == 0 || views.KeysOf(chosen[0].Ref.Kind) != b.Scope {
		o, ok := w.subject(b)
		if !ok {
			return nil
		}
		chosen = []screen.Object{o}
	}
	return targetsOf(chosen)
}

func targetsOf(objects []screen.Object) []actions.Target {
	var out []actions.Target
	for _, o := range objects {
		out = append(out, actions.Target{Ref: o.Ref, Name: o.Name})
	}
	return out
}

// actionReason is why the action of a binding cannot be done now.
func (a *App) actionReason(b keys.Binding) string { return a.writeReason(b.Verb, a.targets(b)) }

// writeReason is why an action cannot be done to its targets now.
func (a *App) writeReason(verb string, targets []actions.Target) string {
	if len(targets) == 0 {
		return "no row is selected"
	}
	action, ok := actions.Find(targets[0].Ref.Kind, verb)
	switch why := a.cannotWrite(); {
	case why != "":
		return why
	case !ok:
		return fmt.Sprintf("there is no %s for a %s", verb, targets[0].Ref.Kind)
	}
	return action.Disabled(a.cluster, targets)
}

// cannotWrite is why nothing can be written now, whatever it is; empty where it can.
func (a *App) cannotWrite() string {
	switch {
	case a.readOnly() != "":
		return a.readOnly()
	case a.otherSwarm() != nil:
		return "another swarm answers"
	case a.offline():
		return "the swarm cannot be reached"
	}
	return ""
}

// readOnly is why nothing may be changed at all; empty where it may.
func (a *App) readOnly() string {
	switch {
	case a.opt.ReadOnly:
		return "skep was started with --read-only"
	case a.cluster != nil && a.cluster.Session.ReadOnly:
		return "skep's configuration makes this context read-only"
	}
	return ""
}

// act opens the dialog of a binding's action.
func (a *App) act(p press) tea.Cmd { return a.openDialog(p.Verb, a.targets(p.Binding), nil) }

// openDialog opens the dialog of an action: with its form, or where nothing is
// left to be said with the preview. Values that are known already fill the form.
func (a *App) openDialog(verb string, targets []actions.Target, values map[string]string) tea.Cmd {
	action, _ := actions.Find(targets[0].Ref.Kind, verb)
	return a.openFor(action, targets, values)
}

// openFor opens the dialog of an action that is at hand.
func (a *App) openFor(action actions.Action, targets []actions.Target, values map[string]string) tea.Cmd {
	d := &dialog{action: action, begun: action, targets: targets, cancel: func() {},
		esc: a.keyOver(keys.Leave), tab: a.keyOver(keys.GoOn), ctrlO: a.keyOver(keys.Instead)}
	lay(a.workspace, d)
	if action.Form != nil {
		d.form = newForm(action.Form(a.cluster, d.targets))
	}
	switch {
	case action.Text != nil:
		return a.beginDraft(d)
	case d.form == nil:
		return a.propose(nil)
	case values != nil && d.form.fill(values):
		return a.proposeForm(d, d.form.values())
	}
	d.enter(asking, a.now)
	return nil
}

// keyOver is the key of a command over a preview, as people read it.
func (a *App) keyOver(cmd keys.Command) string {
	return a.keyName(a.opt.Keys.Of([]keys.Scope{keys.Previews}, cmd).Keys[0])
}

// key implements overlay: a dialog takes every key.
func (d *dialog) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	a.notice, d.dropped = notice{}, false
	return a.dialogKey(d, msg), true
}

func (a *App) dialogKey(d *dialog, msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	cmd := a.opt.Keys.Over(d.scope(), name)
	switch {
	case cmd == keys.Quit:
		return a.quit()
	case d.phase == running && cmd == keys.Leave && d.action.Rolling:
		a.closeDialog()
		a.say(theme.Moving, "it goes on: "+d.plan.Title+"; what becomes of it is said here")
		return nil
	case d.phase == running:
		return nil // A write that was sent cannot be called back.
	case cmd == keys.Leave:
		return a.stepBack()
	}
	switch d.phase {
	case asking:
		return a.formKey(d, cmd, msg)
	case previewing:
		return a.previewKey(d, cmd, msg)
	default:
		return a.readKey(d, cmd, name)
	}
}

// stepBack goes from a preview, or what went wrong, back to the form, or to the
// editor, with what was typed; and from there closes.
func (a *App) stepBack() tea.Cmd {
	switch d := a.dialog(); {
	case d.leave() != back || d.phase == asking:
		a.closeDialog()
	case d.draft != nil:
		if d.conflict != nil {
			d.draft.wrong = d.conflict
		}
		return a.edit()
	default:
		a.toForm()
	}
	return nil
}

// toForm goes back to the form. What the dialog waits for is of no use any more.
func (a *App) toForm() {
	d := a.dialog()
	d.cancel()
	d.round++
	d.enter(asking, a.now)
	d.form.selectAll()
}

// previewKey is a key while a plan waits for its confirmation.
func (a *App) previewKey(d *dialog, cmd keys.Command, msg tea.KeyPressMsg) tea.Cmd {
	name := msg.String()
	gate := d.plan.Confirm.Gate
	confirms := name == keys.Yes && (gate == actions.GateKey || gate == actions.GateName && d.typedName())
	types := gate == actions.GateName && name != "enter" && (len(name) == 1 || !textMoves[cmd])
	if cmd == keys.GoOn && len(d.plans) > 1 {
		d.goOn = !d.goOn
		return nil
	}
	if cmd == keys.Instead && d.instead(a) != "" {
		return a.doInstead(d)
	}
	if gate == actions.GateName && name == "enter" && d.typed.Value() != "" && !d.typedName() {
		a.say(theme.Warning, d.wrongName())
		return nil
	}
	if !confirms && !types {
		return a.readKey(d, cmd, name)
	}
	if reason := a.tooSoon(d, confirms); reason != "" {
		d.dropped = confirms
		a.say(theme.Warning, reason)
		return nil
	}
	if confirms {
		return a.confirm()
	}
	var typing tea.Cmd
	d.typed, typing = d.typed.Update(msg)
	a.answerTyped(d)
	return typing
}

// answerTyped says as soon as what is typed can no longer become what is asked
// for.
func (a *App) answerTyped(d *dialog) {
	if d.input() != nil && !d.plan.Confirm.Begins(d.typed.Value()) {
		a.say(theme.Warning, d.wrongName())
	}
}

// paste implements typed.
func (d *dialog) paste(a *App, msg tea.PasteMsg) tea.Cmd {
	if reason := a.tooSoon(d, false); d.input() != nil && reason != "" {
		a.say(theme.Warning, reason)
		return nil
	}
	cmd := d.takePaste(msg)
	a.answerTyped(d)
	return cmd
}

// pressAgain is said where a confirmation came too soon.
const pressAgain = "press " + keys.Yes + " again"

// tooSoon is why a confirmation, or the typing of a name for one, does not count
// now; empty if it does. What was shown last counts as well as what there is room
// for now: nobody confirms what was not to be read.
func (a *App) tooSoon(d *dialog, confirms bool) string {
	again := "type again"
	if confirms {
		again = pressAgain
	}
	since, shown := d.sight.since(a.now)
	switch {
	case d.cramped || d.cramps(a.width, a.layout().body):
		return tooSmall
	case !confirms && d.renewed:
		return ""
	case !shown:
		return "the terminal has not shown the preview yet: read it, then " + again
	case !d.renewed && a.now.Sub(since) < dialogGuard:
		return "the preview has only just been shown: read it, then " + again
	case !confirms:
		return ""
	case a.offline():
		return keys.Yes + " does nothing now: the swarm cannot be reached"
	case d.renewed && a.now.Sub(since) < changeGuard:
		return "the preview has changed just now: read it, then " + again
	}
	if n := d.preview.unread(); n > 0 {
		return fmt.Sprintf(keys.Yes+" does nothing yet: %s of IMPACT and WARNINGS not shown yet (%s)", model.Plural(n, "line"), a.spell("{page-down}, {page-up}"))
	}
	return ""
}

// readKey is a key that moves about in a dialog's text, or closes it.
func (a *App) readKey(d *dialog, cmd keys.Command, name string) tea.Cmd {
	switch {
	case cmd == keys.Cancel:
		a.closeDialog()
	case textMoves[cmd]:
		d.body.Do(cmd)
		return a.askMoved()
	case (d.phase == drafting || d.phase == preparing) && name == keys.Yes:
		d.early = true
		a.say(theme.Warning, keys.Yes+" does nothing yet: there is no preview yet")
	case d.conflict != nil && name == keys.Yes:
		return a.overTheirs(d)
	case d.draft != nil && d.draft.asks && name == keys.Yes:
		return a.edit()
	default:
		a.say(theme.Warning, a.keyName(name)+" does nothing here: "+d.takes())
	}
	return nil
}

func (a *App) closeDialog() { a.lift(a.dialog()) }

// formKey is a key in the form.
func (a *App) formKey(d *dialog, cmd keys.Command, msg tea.KeyPressMsg) tea.Cmd {
	switch cmd {
	case keys.Preview:
		values := d.form.values()
		if err := d.form.Check(values); err != nil {
			d.form.err = model.MaskError(err)
			return nil
		}
		return a.proposeForm(d, values)
	case keys.NextField:
		d.form.move(1)
		return nil
	case keys.PrevField:
		d.form.move(-1)
		return nil
	}
	return d.form.update(msg)
}

// confirm writes what was previewed.
func (a *App) confirm() tea.Cmd {
	d := a.dialog()
	if !a.planned(d.plans) {
		a.closeDialog()
		a.say(theme.Broken, "nothing was written: this was planned for another swarm than the one on the screen")
		return nil
	}
	d.cancel()
	d.wrote = true
	d.enter(running, a.now)
	ctx, engine, plans := a.ctx, a.backend.Engine, d.plans
	begins := make(chan int, len(plans)) // With room for all: nothing waits for the screen.
	batch := actions.Batch{GoOn: d.goOn, Rolling: d.action.Rolling, Begins: func(i int) { begins <- i }, Settle: a.backend.settle}
	journal, session := a.kept.Journal, a.cluster.Session
	msg := resultMsg{from: a.workspace, dialog: d, plans: plans, title: d.plan.Title}
	a.writes.begin(msg)
	msg.from.writing.Add(1)
	batch.Journal = func(e actions.Entry) {
		if journal == nil {
			return
		}
		if err := journal(session, e); msg.journal == nil {
			msg.journal = err
		}
	}
	return tea.Batch(waitBegins(d, begins), func() tea.Msg {
		defer msg.from.writing.Done()
		defer func() { a.writes.end(msg) }()
		defer close(begins)
		msg.results = actions.RunAll(ctx, engine, plans, batch)
		return msg
	})
}

// finish shows what became of an action. Where all was accepted the dialog
// closes, and what comes of it is followed.
func (a *App) finish(msg resultMsg) tea.Cmd {
	if a.ctx.Err() == nil { // Else nobody sees it any more.
		a.writes.told(msg)
	}
	if msg.from != a.workspace {
		a.tellLeft(msg)
		return nil
	}
	d := a.dialog()
	a.backend.Feed.Refresh()
	a.keepLast(msg)
	var warnings []string
	if msg.journal != nil {
		warnings = append(warnings, "not in the journal: "+model.MaskError(msg.journal))
	}
	for _, r := range msg.results {
		warnings = append(warnings, r.Warnings...)
		if s, ok := a.top().(screen.Selector); ok && r.Err == nil {
			s.Unmark(r.Target.Ref) // What is left can be tried again.
		}
	}
	open := d == msg.dialog
	o := actions.Sum(msg.plans, msg.results)
	follows := open && a.accept(d, msg.results, warnings)
	follows = a.beginWalks(msg) || follows
	switch {
	case o.Complete():
		if open {
			a.lift(d)
		}
		a.succeed(msg.title, follows, warnings)
		if open {
			return a.watchReplaced(msg)
		}
	case !open:
		a.say(theme.Broken, strings.Join(slices.Concat(o.Unsure, o.NotDone, o.NotBegun), "; "))
	case len(msg.results) == 1: // The title names it.
		return a.notDone(d, msg.results[0], warnings)
	default:
		d.enter(failed, a.now)
		d.body.SetLines(outcomeText(d.title(), o, warnings))
	}
	return nil
}

// watchReplaced opens the rollout of the service whose tasks are being replaced.
func (a *App) watchReplaced(msg resultMsg) tea.Cmd {
	if len(msg.plans) != 1 || len(msg.results) != 1 {
		return nil
	}
	t := msg.plans[0].Target
	if msg.plans[0].Impact.Restarts == 0 || t.Ref.Service() == "" {
		return nil
	}
	return subject.WatchSince(a.env(), screen.Object{Ref: t.Ref, Name: t.Name}, msg.results[0].Version)
}

// notDone shows why a plan for one object was not carried out.
func (a *App) notDone(d *dialog, r actions.Result, warnings []string) tea.Cmd {
	var drift *actions.DriftError
	switch {
	case errors.As(r.Err, &drift) && r.Verdict() == actions.NotDone:
		a.askOver(d, drift, warnings)
		return nil
	case d.draft != nil && r.Verdict() != actions.InPart:
		return a.draftWrong(d, d.title()+verdictTitles[r.Verdict()], r.Err)
	}
	d.enter(failed, a.now)
	d.body.SetLines(verdictText(d, r, warnings))
	return nil
}

// tellLeft says what became of an action in a swarm that was left meanwhile, by
// the name of that swarm.
func (a *App) tellLeft(msg resultMsg) {
	role := theme.Good
	if msg.journal != nil || !actions.Sum(msg.plans, msg.results).Complete() {
		role = theme.Broken
	}
	text := "on " + msg.from.name() + ": " + msg.line()
	if a.beginWalks(msg) {
		if role == theme.Good {
			role = theme.Warning
		}
		text += "; and nothing goes on with it"
		a.keepLeft(msg.from)
	}
	a.say(role, text)
}

// succeed says that all was accepted. That is no more than the engine's word for
// it, unless there is nothing left to happen.
func (a *App) succeed(title string, follows bool, warnings []string) {
	text := "done: " + title + a.undoHint()
	if follows {
		text = "accepted: " + title
	}
	role := theme.Good
	switch {
	case len(warnings) > 0 && follows && a.layout().accepted > 0:
		text, role = strings.Join(warnings, "; "), theme.Warning
	case len(warnings) > 0:
		text, role = text+" - "+strings.Join(warnings, "; "), theme.Warning
	case follows && a.layout().accepted > 0:
		return // Its own line says so.
	case follows:
		role = theme.Moving
	}
	a.say(role, text)
}
