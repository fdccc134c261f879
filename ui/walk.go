package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/actions"
	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

// walking is a procedure that this console carries out, one step with each
// snapshot, whatever is on the screen. How far it is stands in the swarm: left in
// the middle, any console can go on with it.
type walking struct {
	*actions.Walk
	at actions.Move
}

// walkMsg brings where a procedure is after a step.
type walkMsg struct {
	from *workspace
	walk *walking
	at   actions.Move
}

// beginWalks begins what goes on after the plans that were carried out, where they were;
// false where nothing does.
func (a *App) beginWalks(msg resultMsg) bool {
	begun := false
	for i, p := range msg.plans {
		procedure, goes := p.Procedure()
		if !goes || i >= len(msg.results) || msg.results[i].Err != nil {
			continue
		}
		begun = true
		for _, w := range append(a.left, msg.from) { // It takes the place of one that was left there.
			if w.cluster.Session.Swarm == msg.from.cluster.Session.Swarm {
				w.walks = slices.DeleteFunc(w.walks, func(w *walking) bool { return w.Is(procedure) })
			}
		}
		msg.from.walks = append(msg.from.walks, &walking{Walk: actions.NewWalk(procedure, msg.results[i])})
	}
	return begun
}

// turn is the procedure whose turn it is: the first that has something under way, or
// else the first. The others wait for it: what moves at the same time would be in each
// other's way.
func (w *workspace) turn() *walking {
	if i := slices.IndexFunc(w.walks, func(one *walking) bool { return !one.at.Idle }); i >= 0 {
		return w.walks[i]
	}
	return w.walks[0] // An upgrade, and there is one of it.
}

// stepWalk makes the next step of the procedure whose turn it is, away from Update.
func (a *App) stepWalk() tea.Cmd {
	if len(a.walks) == 0 || a.stepping || a.offline() || !a.cluster.Ready() {
		return nil
	}
	a.stepping = true
	msg := walkMsg{from: a.workspace, walk: a.turn()}
	ctx, engine, cluster, journal, session := a.ctx, a.backend.Engine, a.cluster, a.kept.Journal, a.cluster.Session
	from := a.workspace
	a.writes.running.Add(1)
	from.writing.Add(1)
	return func() tea.Msg {
		defer a.writes.running.Done()
		defer from.writing.Done()
		msg.at = msg.walk.Step(ctx, engine, cluster, func(e actions.Entry) {
			if journal != nil {
				_ = journal(session, e) // A journal that cannot be written keeps nobody from acting.
			}
		})
		return msg
	}
}

// takeStep takes in where a procedure is.
func (a *App) takeStep(msg walkMsg) {
	w := msg.from
	w.stepping = false
	msg.walk.at = msg.at
	if msg.at.Now != nil && w == a.workspace {
		a.backend.Feed.Refresh() // What was written is to be seen.
	}
	if !msg.at.Ended() {
		return
	}
	i := slices.Index(w.walks, msg.walk)
	if i < 0 {
		return // Another has taken its place.
	}
	w.walks = slices.Delete(w.walks, i, i+1)
	text := msg.walk.Title() + ": " + msg.at.String()
	if w != a.workspace {
		text = "on " + w.name() + ": " + text
	}
	if msg.at.Stop != "" {
		a.say(theme.Broken, "stopped: "+text)
		return
	}
	a.say(theme.Good, text)
	a.notice.until = a.notice.until.Add(noticeStays)
}

// walkInterest adds what procedures go by to what is on the screen.
func (w *workspace) walkInterest(i *model.Interest) {
	for _, one := range w.walks {
		watch(i, one.Target.Ref)
		for _, ref := range one.at.Refs {
			watch(i, ref)
		}
	}
}

// sayUnfinished says once, when a swarm comes up, what was begun in it by another
// console, or another run of this one, and is not at its end.
func (a *App) sayUnfinished() {
	if a.walksSaid || !a.cluster.Ready() || a.offline() {
		return
	}
	a.walksSaid = true
	found := actions.Unfinished(a.cluster)
	if len(found) == 0 {
		return
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = p.Title()
	}
	a.say(theme.Warning, fmt.Sprintf("begun and not at its end: %s; ! says how to go on or take it back", strings.Join(names, ", ")))
	a.notice.until = a.notice.until.Add(2 * noticeStays)
}

// walkLines are the lines of what is under way.
func (a *App) walkLines() []string {
	if len(a.walks) == 0 || a.width < 20 || a.overlaid() {
		return nil
	}
	w := a.turn()
	text := w.Title() + ": "
	if said := w.at.String(); said != "" {
		text += said
	} else {
		text += "begins"
	}
	if n := len(a.walks) - 1; n > 0 {
		text += fmt.Sprintf(" (%d more after it)", n)
	}
	if a.offline() {
		text += " (not connected)"
	}
	role := theme.Moving
	if w.at.Held != "" {
		role = theme.Warning
	}
	text = ansi.Truncate(table.Clean(model.MaskText(text)), a.width*acceptedRows, a.theme.Glyphs.Ellipsis)
	lines := wrapped(a.theme, role, text, a.width)
	return lines[:min(len(lines), acceptedRows)]
}

// leftWalks is what of the procedures was not brought to an end, a line each.
func (w *workspace) leftWalks() []string {
	var out []string
	for _, one := range w.walks {
		said := ""
		if one.at.Said != "" {
			said = " (" + one.at.Said + ")"
		}
		out = append(out, fmt.Sprintf("%s: not at its end%s; skep goes on with it when it is begun again, and taking it back undoes it", one.Title(), said))
	}
	return out
}

// sayLeft says that the procedures of a workspace were left in the middle: nothing goes on
// with them where another swarm is shown. At the end of the console it is told again.
func (a *App) sayLeft(w *workspace) {
	if len(w.walks) == 0 {
		return
	}
	a.keepLeft(w)
	text := strings.Join(w.leftThere(), "; ")
	if said := a.notice.text; said != "" {
		text += "; here: " + said // What is unfinished in the swarm that is shown.
	}
	a.say(theme.Warning, text)
	a.notice.until = a.notice.until.Add(2 * noticeStays)
}

// endLeft forgets procedures that were left in the swarm that is shown and are at their
// ends by now: somebody else went on with them, or took them back.
func (a *App) endLeft() {
	if len(a.left) == 0 || !a.cluster.Ready() || a.offline() {
		return
	}
	goOn := actions.Unfinished(a.cluster)
	a.left = slices.DeleteFunc(a.left, func(w *workspace) bool {
		if w.cluster.Session.Swarm != a.cluster.Session.Swarm {
			return false
		}
		w.walks = slices.DeleteFunc(w.walks, func(one *walking) bool { return !slices.ContainsFunc(goOn, one.Is) })
		return len(w.walks) == 0
	})
}

func (a *App) keepLeft(w *workspace) {
	if !slices.Contains(a.left, w) {
		a.left = append(a.left, w)
	}
}

// leftThere are the procedures of a swarm that is no longer shown, a line each.
func (w *workspace) leftThere() []string {
	out := w.leftWalks()
	for i := range out {
		out[i] = "on " + w.name() + ": " + out[i]
	}
	return out
}

// upgradeCommand begins to upgrade all nodes, goes on with it, or ends it.
func (a *App) upgradeCommand(arg string) (tea.Cmd, error) {
	verb := map[string]string{"": "upgrade", "end": "end-upgrade"}[arg]
	if verb == "" {
		return nil, errors.New(":upgrade takes end, or nothing")
	}
	if !a.cluster.Ready() {
		return nil, errors.New("the swarm has not been read yet")
	}
	targets, err := actions.AllNodes(a.cluster, verb)
	if err != nil {
		return nil, err
	}
	if reason := a.writeReason(verb, targets); reason != "" {
		return nil, errors.New(reason)
	}
	return a.openDialog(verb, targets, nil), nil
}
