package ui

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/theme"
)

// proposal is what a dialog has asked for and what came of it so far. Its round
// counts the requests of the dialog, so that answers to a former one, from which
// one went back to the form, are dropped.
type proposal struct {
	actions.Request
	round int
	docs  []actions.Reading
	// busy is set while a plan is being made. hurried is set when the first
	// was older than the snapshot, and so was made again.
	busy, hurried bool
	// early is set if it was confirmed before there was a preview.
	early bool
	// asked is when the registry was asked about which images; answers is what
	// it said.
	asked   time.Time
	images  []string
	answers map[string]actions.Answer
	shown   int // how many of them are in the preview
}

// waits reports whether the registry was asked and has not answered.
func (p *proposal) waits() bool { return !p.asked.IsZero() && len(p.answers) < len(p.images) }

// planMsg brings the plans of a dialog, made from a snapshot and what the
// registry had answered.
type planMsg struct {
	dialog    *dialog
	round     int
	seen      uint64
	answers   map[string]actions.Answer
	docs      []actions.Reading
	proposals []actions.Proposal
}

// registryMsg brings what the registry said of an image.
type registryMsg struct {
	dialog *dialog
	round  int
	image  string
	answer actions.Answer
}

// propose starts to plan what was asked for.
func (a *App) propose(values map[string]string) tea.Cmd {
	d := a.dialog()
	d.cancel()
	d.ctx, d.cancel = context.WithCancel(a.ctx)
	d.proposal = proposal{
		Request: actions.Request{Action: d.action, Targets: d.targets, Values: values},
		round:   d.round + 1, answers: map[string]actions.Answer{},
	}
	d.enter(preparing, a.now)
	return a.plan()
}

// plan reads the targets, unless they are known in the version of the snapshot,
// and plans, in the background. The registry is not waited for.
func (a *App) plan() tea.Cmd {
	d := a.dialog()
	d.busy = true
	msg := planMsg{dialog: d, round: d.round, seen: a.seen, answers: maps.Clone(d.answers)}
	ctx, engine, request, cluster := d.ctx, withKeepers{a.backend.Engine, a.keepers}, d.Request, a.cluster
	known := d.docs
	return func() tea.Msg {
		msg.docs = request.Read(ctx, engine, cluster, known)
		msg.proposals = request.Propose(cluster, msg.docs, msg.answers)
		return msg
	}
}

// renewPreview plans again from a new snapshot.
func (a *App) renewPreview() tea.Cmd {
	d := a.dialog()
	if d == nil {
		return nil
	}
	d.offline = a.offline()
	if !d.planning() || d.busy {
		return nil
	}
	if d.due = d.phase == previewing && a.now.Before(d.sight.until()); d.due {
		return nil
	}
	return a.plan()
}

// renewDue renews a preview that had to stay as it was for a while.
func (a *App) renewDue() tea.Cmd {
	if d := a.dialog(); d != nil && d.due && !a.now.Before(d.sight.until()) {
		return a.renewPreview()
	}
	return nil
}

// takePlan shows what was planned. What came meanwhile is planned in again; the
// first preview waits for that once.
func (a *App) takePlan(msg planMsg) tea.Cmd {
	d := a.dialog()
	if d != msg.dialog || d.round != msg.round || !d.planning() {
		return nil // It was closed meanwhile; nothing was written.
	}
	d.busy = false
	stale := a.seen != msg.seen || len(d.answers) != len(msg.answers)
	if d.phase == previewing && a.unrenewed(msg) {
		return nil // The next snapshot tries again.
	}
	d.docs = msg.docs
	if slices.ContainsFunc(msg.docs, func(r actions.Reading) bool { return model.AsOtherSwarm(r.Err) != nil }) {
		a.backend.Feed.Refresh() // It finds the same, and that is a screen of its own.
	}
	if d.phase == preparing && stale && !d.hurried {
		d.hurried = true
		return a.plan()
	}
	cmd := tea.Batch(a.askRegistry(), a.showPlan(msg.proposals, msg.answers))
	if stale {
		cmd = tea.Batch(cmd, a.renewPreview())
	}
	return cmd
}

// unrenewed reports whether the targets could not be read again. The preview
// stands; what it changes is checked once more before it is written.
func (a *App) unrenewed(msg planMsg) bool {
	for _, r := range msg.docs {
		if r.Err != nil && !errors.Is(r.Err, model.ErrGone) {
			a.sayOfPreview("the preview could not be renewed: " + model.MaskError(r.Err))
			return true
		}
	}
	return false
}

// askRegistry asks for the digests that the plans need, once.
func (a *App) askRegistry() tea.Cmd {
	d := a.dialog()
	if !d.asked.IsZero() {
		return nil
	}
	d.images = d.Images(a.cluster, d.docs)
	if len(d.images) == 0 {
		return nil
	}
	d.asked = a.now
	ctx, engine := d.ctx, a.backend.Engine
	cmds := make([]tea.Cmd, len(d.images))
	slots := make(chan struct{}, actions.RegistriesAtOnce)
	for i, image := range d.images {
		msg := registryMsg{dialog: d, round: d.round, image: image}
		cmds[i] = func() tea.Msg {
			slots <- struct{}{}
			defer func() { <-slots }()
			msg.answer = actions.Resolve(ctx, engine, msg.image)
			return msg
		}
	}
	return tea.Batch(cmds...)
}

// takeRegistry fills in what the registry said.
func (a *App) takeRegistry(msg registryMsg) tea.Cmd {
	d := a.dialog()
	if d != msg.dialog || d.round != msg.round || !d.planning() {
		return nil
	}
	d.answers[msg.image] = msg.answer
	return a.renewPreview()
}

// showPlan opens the preview, or renews it.
func (a *App) showPlan(proposals []actions.Proposal, answers map[string]actions.Answer) (cmd tea.Cmd) {
	d := a.dialog()
	plans, left := actions.Split(proposals)
	switch {
	case slices.ContainsFunc(left, func(err error) bool { return errors.Is(err, actions.ErrUnread) }):
		return nil // It is being read, and what comes makes the next one.
	case d.action.Patient && d.phase == preparing && d.waits():
		return nil // What is newer is known when all have answered.
	case len(left) > 0 && d.phase == preparing && d.waits() && !slices.ContainsFunc(proposals, wrongAlready):
		return nil // The same tag may have another digest now.
	case len(plans) == 0:
		return a.planFailed(d, left...)
	}
	d.unread = d.unread || slices.ContainsFunc(plans, func(p actions.Plan) bool { return p.Impact.Unread })
	plan := d.Combine(plans, left)
	view := newPreview(plan, a.theme.Glyphs)
	switch {
	case d.phase == preparing:
		d.enter(previewing, a.now)
		d.renewed, d.due = false, false
		d.sight, cmd = a.askSight()
		d.typed = textinput.Model{}
		a.notice = notice{}
		if d.early {
			d.dropped = true
			a.say(theme.Warning, a.tooSoon(d, true))
		}
	case !d.preview.same(view):
		a.sayRenewed(plan, answers)
		d.sight, cmd = a.askSight()
		view.seen = d.preview.seen // What says the same was read.
	default:
		view = d.preview
	}
	if gate := plan.Confirm; gate.Gate == actions.GateName && (d.typed.Value() == "" || gate.Name != d.plan.Confirm.Name) {
		d.typed = newInput("")
		d.typed.Focus()
	}
	d.plans, d.plan, d.preview, d.shown = plans, plan, view, len(answers)
	d.body.SetLines(view.lines)
	return cmd
}

// wrongAlready reports whether there is no plan for a reason that no digest mends.
func wrongAlready(p actions.Proposal) bool {
	return p.Err != nil && !(errors.Is(p.Err, actions.ErrNoChange) && errors.Is(p.Input.ImageErr, actions.ErrAsked))
}

// sayRenewed says what changed in a preview. What comes as soon as it was opened
// belongs to its opening.
func (a *App) sayRenewed(plan actions.Plan, answers map[string]actions.Answer) {
	d := a.dialog()
	if since, shown := d.sight.since(a.now); !d.renewed && (!shown || a.now.Sub(since) < dialogGuard) {
		return
	}
	d.renewed = true
	why := "the preview was renewed: "
	if len(answers) > d.shown {
		why = "the registry has answered: "
		for _, answer := range answers {
			if answer.Err != nil {
				why = "could not resolve the digest: "
			}
		}
	}
	a.sayOfPreview(why + strings.Join(renewed(d.plan, plan), ", ") + " changed")
}

// sayOfPreview says what became of the preview. That a confirmation did not
// count is not lost in it.
func (a *App) sayOfPreview(text string) {
	if a.dialog().dropped {
		text = pressAgain + ": " + text
	}
	a.say(theme.Warning, text)
}

// renewed are the sections of a preview that changed.
func renewed(before, after actions.Plan) []string {
	var out []string
	note := func(section string, same bool) {
		if !same {
			out = append(out, section)
		}
	}
	note("REFUSED", before.Confirm.Why == after.Confirm.Why)
	note("IMPACT", slices.Equal(before.Impact.Sentences, after.Impact.Sentences))
	note("WARNINGS", slices.Equal(before.Warnings, after.Warnings))
	note(after.ChangesTitle(), before.Title == after.Title && slices.Equal(before.Changes, after.Changes))
	note("UNDO", before.Undo.Sentence == after.Undo.Sentence && slices.Equal(before.Undo.Commands, after.Undo.Commands))
	note("DOCKER COMMAND", slices.Equal(before.Commands, after.Commands))
	return out
}

// planFailed shows why there is no plan, or no longer: in the form, where
// another value may mend it, or else by itself.
func (a *App) planFailed(d *dialog, errs ...error) tea.Cmd {
	d.cancel()
	err := errors.Join(errs...)
	title := d.title() + " is not possible"
	switch {
	case d.phase == previewing:
		title = d.title() + " is no longer possible"
	case !slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, actions.ErrNoChange) }):
		title = d.title() + " changes nothing"
	}
	var drift *actions.DriftError
	switch {
	case errors.As(err, &drift):
		a.askOver(d, drift, nil)
		return nil
	case d.draft != nil:
		return a.draftWrong(d, title, err)
	}
	if d.form != nil && d.phase == preparing {
		a.toForm()
		d.form.err = model.MaskError(err)
		return nil
	}
	d.enter(failed, a.now)
	d.body.SetLines(errorText(title, err))
	return nil
}
