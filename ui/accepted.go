package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

// accepted is an action that the engine has accepted and that is not done yet: the
// engine answers as soon as it has written down what is wanted. The line under
// the list says how far it is, until it is done or the reason is known why it
// does not get there.
type accepted struct {
	verb, title string
	warnings    []string // of the engine, to be said again at the end
	undo        string   // how it is taken back
	began       time.Time
	parts       []*part
	// now is how far all parts are, and moved when that last changed.
	now   progress
	moved time.Time
}

// part is one target of an action.
type part struct {
	target  actions.Target
	version uint64 // that it has since the write; 0 where it is not known
	// want is how many tasks the service asked for when the write was first
	// seen; -1 before.
	want int
	// pausedAt is when the snapshot was read that told of a pause first.
	pausedAt time.Time
	// services are those with tasks on a node that is drained.
	services []model.ServiceID
}

// progress is how far something is.
type progress struct {
	text string // such as "6/8"
	done bool
	// ended is set where it will not get any further, for the reason. While it
	// goes on, the reason is what holds it up.
	ended  bool
	reason string
}

// followed are the verbs after which something is still to happen.
var followed = map[string]bool{"scale": true, "image": true, "restart": true, "newest": true, "rollback": true, "drain": true,
	"resume": true, "stop": true, "start": true, "undo": true, "resources": true}

// accept begins to follow what was accepted; false where there is nothing
// to follow, because the write was all.
func (a *App) accept(d *dialog, results []actions.Result, warnings []string) bool {
	f := &accepted{verb: d.action.Verb, title: d.plan.Title, warnings: warnings, undo: a.undoHint(), began: a.now, moved: a.now}
	if !followed[f.verb] {
		return false
	}
	for _, r := range results {
		if r.Err != nil || r.Target.Ref.Service() == "" && f.verb != "drain" {
			continue
		}
		p := &part{target: r.Target, version: r.Version, want: -1}
		if id := r.Target.Ref.Node(); id != "" {
			p.services = servicesOn(a.cluster, id)
		}
		f.parts = append(f.parts, p)
	}
	if len(f.parts) == 0 {
		return false
	}
	a.accepted = f
	a.stepAccepted()
	return true
}

// servicesOn are the services whose replicas are on a node: others take their
// tasks elsewhere, or have none there.
func servicesOn(c *model.Cluster, id model.NodeID) []model.ServiceID {
	var out []model.ServiceID
	tasks, _ := c.TasksOn(id)
	for _, t := range tasks {
		s := c.Service(t.ServiceID)
		if s != nil && s.Mode() == model.ModeReplicated && t.Wanted() && !t.Terminal() && !slices.Contains(out, t.ServiceID) {
			out = append(out, t.ServiceID)
		}
	}
	return out
}

// interest adds what is followed to what is on the screen.
func (f *accepted) interest(i *model.Interest) {
	if f == nil {
		return
	}
	for _, p := range f.parts {
		watch(i, p.target.Ref)
		for _, id := range p.services {
			watch(i, id.Ref())
		}
	}
}

// watch adds the tasks of an object to what is on the screen.
func watch(i *model.Interest, ref model.Ref) {
	if len(i.Refs()) < followedObjects {
		*i = i.With(ref)
	}
}

// stepAccepted takes in a snapshot.
func (a *App) stepAccepted() {
	f := a.accepted
	if f == nil || !a.cluster.Ready() || a.offline() {
		return
	}
	next := f.progress(a.cluster, a.stuck)
	if next.text != f.now.text {
		f.moved = a.now
	}
	f.now = next
	if next.reason != "" && a.now.Sub(f.moved) > stuckAfter {
		f.now.ended = true
	}
}

// endAccepted says how it ended, where that can be seen.
func (a *App) endAccepted() {
	f := a.accepted
	if f == nil || !f.now.done && !f.now.ended || a.dialog() != nil || a.prompt() != nil {
		return
	}
	a.accepted = nil
	after := " after " + model.Span(a.now.Sub(f.began).Round(time.Second)) + f.undo
	switch text := join("done: "+f.title, f.now.text) + after; {
	case !f.now.done:
		a.say(theme.Broken, "not "+text+": "+f.now.reason)
	case len(f.warnings) > 0:
		a.say(theme.Warning, text+" - "+strings.Join(f.warnings, "; "))
	default:
		a.say(theme.Good, text)
	}
}

// openTold is how many parts that are not done are named.
const openTold = 3

// progress is how far all parts are.
func (f *accepted) progress(c *model.Cluster, stuck stuckUpdates) progress {
	if len(f.parts) == 1 {
		return f.parts[0].progress(c, f, stuck)
	}
	all := progress{done: true}
	done, ended := 0, 0
	var open []string
	for _, p := range f.parts {
		one := p.progress(c, f, stuck)
		switch {
		case one.done:
			done++
			continue
		case one.ended:
			ended++
		}
		all.done = false
		open = append(open, strings.TrimSpace(p.target.Name+" "+one.text))
		if one.reason != "" && all.reason == "" {
			all.reason = p.target.Name + ": " + one.reason
		}
	}
	all.text = fmt.Sprintf("all %d", len(f.parts))
	if len(open) > 0 {
		all.text = fmt.Sprintf("%d of %d done: %s", done, len(f.parts), strings.Join(open[:min(openTold, len(open))], ", "))
		if more := len(open) - openTold; more > 0 {
			all.text += fmt.Sprintf(" and %d more", more)
		}
	}
	all.ended = ended > 0 && done+ended == len(f.parts)
	return all
}

func (p *part) progress(c *model.Cluster, f *accepted, stuck stuckUpdates) progress {
	if p.target.Ref.Node() != "" {
		return p.drained(c, f.began, stuck)
	}
	s := c.Service(model.ServiceID(p.target.Ref.ID))
	switch {
	case s == nil:
		return progress{ended: true, reason: "the service no longer exists"}
	case s.Version.Index < p.version, p.version == 0 && !c.ServicesAt.After(f.began):
		return progress{} // The snapshot is from before.
	case s.IsJob():
		return jobProgress(c, s, stuck)
	}
	return p.converged(c, s, f.verb, stuck)
}

// jobProgress is how far the run of a job is.
func jobProgress(c *model.Cluster, s *model.Service, stuck stuckUpdates) progress {
	r := c.Facts(s.Key())
	out := progress{text: fmt.Sprintf("%d/%d complete", r.Completed, r.Total), reason: holdUp(c, s, r, stuck)}
	out.done = r.Counted() && r.Total > 0 && r.Completed >= r.Total
	out.ended = !out.done && r.GaveUp > 0 && r.Up == 0 && r.Starting == 0
	return out
}

// converged is how far a service is: as many tasks up as it asks for, all of
// them of the present version where tasks are replaced, and no update going on.
func (p *part) converged(c *model.Cluster, s *model.Service, verb string, stuck stuckUpdates) progress {
	r := c.Facts(s.Key())
	up, word := r.Up, ""
	replaces := verb != "scale"
	if replaces && r.Rollout.Known {
		up, word = min(r.Rollout.New, r.Want), " new"
	}
	out := progress{text: fmt.Sprintf("%d/%d%s", up, r.Want, word)}
	if p.want < 0 {
		p.want = r.Want
	}
	settled := r.Sure && r.Up == r.Want && !r.Rollout.Active()
	switch state := r.Rollout.State; {
	case state == swarm.UpdateStatePaused, state == swarm.UpdateStateRollbackPaused:
		if p.pausedAt.IsZero() {
			p.pausedAt = c.ServicesAt
		}
		// What the task died of, that the message names, is told by the tasks.
		out.ended, out.reason = !r.TasksAt.Before(p.pausedAt), rolloutMessage(c, s)
	case verb != "rollback" && state == swarm.UpdateStateRollbackCompleted:
		out.text, out.ended, out.reason = "", settled, "rolled back to the previous version: "+rolloutMessage(c, s)
	case verb != "rollback" && state == swarm.UpdateStateRollbackStarted:
		out.text, out.reason = "rolling back "+out.text, rolloutMessage(c, s)
	case s.Mode() == model.ModeReplicated && r.Want != p.want:
		out.ended, out.reason = true, fmt.Sprintf("somebody else scaled it to %d", r.Want)
	case settled && (!replaces || r.Rollout.Known && r.Rollout.New >= r.Want):
		out.done = true
	case r.Rollout.Active() && r.Up == r.Want && r.Rollout.Known && r.Rollout.New >= r.Want:
		out.text += ", watched for failures"
	default:
		out.reason = holdUp(c, s, r, stuck)
	}
	return out
}

// holdUp is what keeps a service from getting further; empty for nothing.
func holdUp(c *model.Cluster, s *model.Service, r model.ServiceFacts, stuck stuckUpdates) string {
	if why := stuck[s.Key()]; why != "" {
		return why
	}
	if r.Worst == nil {
		return ""
	}
	return c.TaskName(r.Worst) + ": " + model.Brief(c.Reason(r.Worst))
}

// drained is how far a node is: nothing runs on it any more, and what ran there
// runs elsewhere.
func (p *part) drained(c *model.Cluster, began time.Time, stuck stuckUpdates) progress {
	id := model.NodeID(p.target.Ref.ID)
	n := c.Node(id)
	switch {
	case n == nil:
		return progress{ended: true, reason: "the node is no longer in the swarm"}
	case n.Version.Index < p.version:
		return progress{}
	case n.Spec.Availability != swarm.NodeAvailabilityDrain:
		return progress{ended: true, reason: "somebody else set it to " + string(n.Spec.Availability)}
	}
	tasks, at := c.TasksOn(id)
	if !at.After(began) {
		return progress{}
	}
	left := 0
	for _, t := range tasks {
		if !t.Terminal() && t.State != swarm.TaskStateRemove {
			left++
		}
	}
	if left > 0 {
		return progress{text: model.Plural(left, "task") + " left on it"}
	}
	for _, id := range p.services {
		s, r := c.Service(id), c.Facts(id)
		if s != nil && !(r.Sure && r.Up >= r.Want) {
			return progress{text: fmt.Sprintf("it is empty, %s %d/%d", s.Name(), r.Up, r.Want), reason: holdUp(c, s, r, stuck)}
		}
	}
	return progress{text: "it is empty", done: true}
}

// acceptedText is the line of what is followed; empty for nothing.
func (w *workspace) acceptedText() (head, tail string) {
	f := w.accepted
	if f == nil {
		return "", ""
	}
	if f.now.text != "" {
		tail = ", " + f.now.text
	}
	if f.now.reason != "" {
		tail += " - " + f.now.reason
	}
	if w.offline() {
		tail += " (not connected)"
	}
	return table.Clean("accepted: " + f.title), table.Clean(tail)
}

// acceptedLines are the lines of what is followed, and of what is under way. What
// is cut is the title first.
func (a *App) acceptedLines() []string {
	head, tail := a.acceptedText()
	if head == "" || a.width < 20 || a.overlaid() {
		return a.walkLines()
	}
	role := theme.Moving
	if a.accepted.now.reason != "" {
		role = theme.Warning
	}
	room := a.width * acceptedRows
	if ansi.StringWidth(head)+ansi.StringWidth(tail) > room {
		head = ansi.Truncate(head, max(a.width/2, room-ansi.StringWidth(tail)), a.theme.Glyphs.Ellipsis)
	}
	lines := wrapped(a.theme, role, head+tail, a.width)
	return append(lines[:min(len(lines), acceptedRows)], a.walkLines()...)
}

// join puts a word for how far something is behind its title.
func join(title, text string) string {
	if text == "" {
		return title
	}
	return title + ", " + text
}
