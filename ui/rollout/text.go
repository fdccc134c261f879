package rollout

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// stage is how a place at a stage is shown: a sign, a word and a colour.
type stage struct {
	stage model.Stage
	word  string
	glyph func(theme.Glyphs) string
	role  theme.Role
}

// stages are in the order in which they are counted out.
var stages = []stage{
	{model.StageNew, "new", func(g theme.Glyphs) string { return g.Good }, theme.Good},
	{model.StageDone, "completed", func(g theme.Glyphs) string { return g.Mark }, theme.Good},
	{model.StageWaiting, "on the way", func(g theme.Glyphs) string { return g.Moving }, theme.Moving},
	{model.StageOld, "old", func(g theme.Glyphs) string { return g.Neutral }, theme.Plain},
	{model.StageStopping, "stopping", func(g theme.Glyphs) string { return g.Down }, theme.Dim},
	{model.StageFailed, "failed", func(g theme.Glyphs) string { return g.Broken }, theme.Broken},
	{model.StageMissing, "missing", func(g theme.Glyphs) string { return g.Rule }, theme.Warning},
}

func stageOf(g model.Stage) stage {
	for _, s := range stages {
		if s.stage == g {
			return s
		}
	}
	return stages[0]
}

// lines are the whole text.
func (r *Screen) lines() []detail.Line {
	c := r.data.Cluster
	s := c.Service(r.object.Ref.Service())
	if s == nil {
		return detail.Plain(theme.Broken, "the service no longer exists")
	}
	out := []detail.Line{r.headline(c, s), imageLine(s, r.env.Glyphs())}
	if t := r.timing(c, s); t != "" {
		out = append(out, detail.Line{{Text: t}})
	}
	if !s.IsJob() {
		out = append(out, detail.Line{{Text: strings.Join(detail.UpdateWords(s.RollingConfig()), ", "), Role: theme.Dim}})
	}
	if u := s.UpdateStatus; u != nil && r.tells(u.Message) {
		out = append(out, detail.Line{{Text: "the engine: ", Role: theme.Dim}, {Text: model.MaskText(c.WithTaskName(u.Message)), Hang: true}})
	}
	if offer := r.offer(c, s); offer != nil {
		out = append(out, offer)
	}
	if t := r.verdict.Standing; t != nil {
		out = append(append(out, nil, r.legend(t)), r.grid(c, t)...)
	}
	return append(out, r.blame(c)...)
}

// tells reports whether a message of the engine says more than the state that
// comes with it, and than what is to blame.
func (r *Screen) tells(message string) bool {
	switch message {
	case "", "update in progress", "update completed", "rollback in progress", "rollback completed":
		return false
	}
	return !strings.HasPrefix(r.verdict.Why, message[:strings.LastIndexByte(message, ' ')+1])
}

// offer are the keys that change how it goes on.
func (r *Screen) offer(c *model.Cluster, s *model.Service) detail.Line {
	var verbs []keys.Command
	_, held := s.HoldMark()
	rollout := c.Facts(s.Key()).Rollout
	switch {
	case r.env.ReadOnly() != "":
		return nil
	case held:
		verbs = []keys.Command{keys.Hold, keys.Resume, keys.Revert}
	case rollout.State == swarm.UpdateStateRollbackStarted: // A hold is refused then.
		verbs = []keys.Command{keys.Rollback}
	case rollout.Active():
		verbs = []keys.Command{keys.Hold, keys.Rollback}
	case rollout.State == swarm.UpdateStateRollbackPaused:
		verbs = []keys.Command{keys.Resume, keys.Rollback}
	case s.MidUpdate():
		verbs = []keys.Command{keys.Resume, keys.Rollback, keys.Revert}
	case r.verdict.Suspect != model.OutcomeMoving && r.verdict.Suspect != model.OutcomeConverged && s.PreviousSpec != nil:
		verbs = []keys.Command{keys.Rollback}
	}
	back := rollout.State == swarm.UpdateStateRollbackStarted || rollout.State == swarm.UpdateStateRollbackPaused
	var line detail.Line
	for _, cmd := range verbs {
		does := offers[cmd]
		if cmd == keys.Rollback && back {
			does = "goes forward again"
		}
		if key := r.env.Key(cmd); key != "" {
			line = append(line, detail.Span{Text: key, Role: theme.Key}, detail.Span{Text: " " + does + "   "})
		}
	}
	return line
}

// offers are what those keys do.
var offers = map[keys.Command]string{keys.Resume: "resumes it", keys.Rollback: "rolls back", keys.Revert: "reverts it",
	keys.Hold: "holds it after one task more"}

// words are the states of the engine for an update.
var words = map[swarm.UpdateState]string{
	swarm.UpdateStateUpdating: "updating", swarm.UpdateStatePaused: "update paused", swarm.UpdateStateCompleted: "update completed",
	swarm.UpdateStateRollbackStarted: "rolling back", swarm.UpdateStateRollbackPaused: "rollback paused", swarm.UpdateStateRollbackCompleted: "rolled back",
}

// headline says what the engine is at, and what that comes to.
func (r *Screen) headline(c *model.Cluster, s *model.Service) detail.Line {
	v := r.verdict
	word := string(v.Outcome)
	state := c.Facts(s.Key()).Rollout.State
	if state != "" {
		word = words[state]
	}
	status := model.Moving
	switch {
	case v.Outcome == model.OutcomeConverged:
		status = model.Good
		if state == "" || state == swarm.UpdateStateCompleted {
			word = cmp.Or(words[state], "no update under way")
		}
		word += ", converged"
	case v.Outcome == model.OutcomeRolledBack:
		status = model.Warning
	case v.Settled():
		status = model.Broken
		if state != swarm.UpdateStatePaused && state != swarm.UpdateStateRollbackPaused {
			word += ": " + string(v.Outcome)
		}
	case v.Suspect != model.OutcomeMoving && v.Suspect != model.OutcomeUnknown:
		status = model.Warning
		word += ", but so far " + string(v.Suspect)
	case v.Held > 0:
		word += fmt.Sprintf("; all as it should be, watched for %s of %s", table.Age(v.Held), model.Span(v.Window.Round(time.Second)))
	}
	return detail.Line{{Text: r.env.Glyphs().Of(status) + " " + word, Role: theme.RoleOf(status)}}
}

// imageLine is the image, and the one before.
func imageLine(s *model.Service, g theme.Glyphs) detail.Line {
	is := model.ShortImage(s.Image())
	line := detail.Line{{Text: "image ", Role: theme.Dim}}
	if p := s.PreviousSpec; p != nil && p.TaskTemplate.ContainerSpec != nil {
		if was := model.ShortImage(p.TaskTemplate.ContainerSpec.Image); was != is && was != "" {
			line = append(line, detail.Span{Text: was + " " + g.Arrow + " "})
		}
	}
	return append(line, detail.Span{Text: is})
}

// timing is how long it has taken, and how long it takes yet at the least.
func (r *Screen) timing(c *model.Cluster, s *model.Service) string {
	u := s.UpdateStatus
	switch {
	case u == nil || u.StartedAt == nil:
		return ""
	case c.Facts(s.Key()).Rollout.Active():
		text := "for " + table.Age(r.data.Now.Sub(*u.StartedAt))
		if _, held := s.HoldMark(); held {
			return text + ", held: it waits before the next task"
		}
		if t := r.verdict.Standing; t != nil {
			if least := s.LeastRemaining(*t); least > 0 {
				text += ", at least " + model.Span(least.Round(time.Second)) + " to go if all goes well"
			}
		}
		return text
	case u.CompletedAt != nil && !u.CompletedAt.Before(*u.StartedAt):
		return fmt.Sprintf("took %s, ended %s ago", model.Span(u.CompletedAt.Sub(*u.StartedAt).Round(time.Second)), table.Age(r.data.Now.Sub(*u.CompletedAt)))
	}
	return "began " + table.Age(r.data.Now.Sub(*u.StartedAt)) + " ago"
}

// legend counts the places by stage, with the sign of each.
func (r *Screen) legend(t *model.Standing) detail.Line {
	word := model.Plural(t.Want, "place")
	line := detail.Line{{Text: "PLACES ", Role: theme.Title}, {Text: word + "  ", Role: theme.Dim}}
	for _, g := range stages {
		n := t.Count(g.stage)
		always := g.stage == model.StageNew || g.stage == model.StageOld || g.stage == model.StageFailed || g.stage == model.StageWaiting
		if n == 0 && (!always || t.Job) {
			continue
		}
		role := g.role
		if n == 0 {
			role = theme.Dim
		}
		line = append(line, detail.Span{Text: fmt.Sprintf("%s %d %s", g.glyph(r.env.Glyphs()), n, g.word), Role: role}, detail.Span{Text: "   "})
	}
	return line
}

// gridRows is how many rows of places are drawn. What is not new comes first where
// there are more.
const gridRows = 12

// grid draws each place with the sign of its stage.
func (r *Screen) grid(c *model.Cluster, t *model.Standing) (out []detail.Line) {
	type cell struct {
		label string
		stage stage
	}
	var cells, later []cell
	widest := 1
	for _, p := range t.Places {
		one := cell{placeName(c, p.Task), stageOf(p.Stage)}
		widest = max(widest, viewport.Cells(one.label))
		if p.Stage == model.StageNew || p.Stage == model.StageDone {
			later = append(later, one)
		} else {
			cells = append(cells, one)
		}
	}
	widest = min(widest, 20)
	perRow := max(1, (max(20, r.width)-2)/(widest+4))
	room := perRow * gridRows
	if len(t.Places) <= room {
		cells, later = nil, nil
		for _, p := range t.Places {
			cells = append(cells, cell{placeName(c, p.Task), stageOf(p.Stage)})
		}
	}
	cells = append(cells, later...)
	shown := cells[:min(len(cells), room)]
	for from := 0; from < len(shown); from += perRow {
		line := detail.Line{{Text: "  "}}
		for _, one := range shown[from:min(from+perRow, len(shown))] {
			label := table.CutMiddle(one.label, widest, r.env.Glyphs().Ellipsis)
			pad := strings.Repeat(" ", max(0, widest-viewport.Cells(label)))
			line = append(line, detail.Span{Text: pad + label + " ", Role: theme.Dim}, detail.Span{Text: one.stage.glyph(r.env.Glyphs()), Role: one.stage.role}, detail.Span{Text: "  "})
		}
		out = append(out, line)
	}
	if more := len(cells) - len(shown); more > 0 {
		out = append(out, detail.Line{{Text: fmt.Sprintf("  and %d more", more), Role: theme.Dim}})
	}
	return out
}

// placeName is what a place is called within its service: the slot, or the node.
func placeName(c *model.Cluster, t *model.Task) string {
	if t.Slot > 0 || t.Job && t.NodeID == "" {
		return strconv.Itoa(t.Slot)
	}
	return table.Clean(c.NodeName(t.NodeID))
}

// blame is what it waits for or what is wrong, whole, with the end of its log.
func (r *Screen) blame(c *model.Cluster) []detail.Line {
	v := r.verdict
	if v.Why == "" {
		return nil
	}
	role, title := theme.Plain, "NOW"
	if v.Suspect != model.OutcomeMoving && v.Outcome != model.OutcomeConverged && v.Suspect != model.OutcomeUnknown {
		role, title = theme.Fault, "TO BLAME"
	}
	out := []detail.Line{nil, {{Text: title, Role: theme.Title}}, {{Text: "  "}, {Text: model.MaskText(v.Why), Role: role, Hang: true}}}
	if t := v.Culprit; t != nil && t.ID == r.tail.task && r.tail.read {
		out = append(out, nil, detail.Line{{Text: "LAST LINES ", Role: theme.Title}, {Text: "of " + c.TaskName(t), Role: theme.Dim}})
		for _, l := range r.tail.lines {
			out = append(out, detail.Line{{Text: "  "}, {Text: l, Hang: true}})
		}
		if len(r.tail.lines) == 0 {
			out = append(out, detail.Line{{Text: "  it wrote nothing, or its log cannot be read", Role: theme.Dim}})
		}
	}
	return out
}
