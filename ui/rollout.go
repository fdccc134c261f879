package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
)

// rollout is the text over the tasks of a service while its update goes on or is
// paused. It is made once for each snapshot.
type rollout struct {
	seen   uint64
	screen screen.Screen
	text   string
	status model.Status
}

// stuckUpdates are the updates that cannot end, of the services that are
// watched, with the reason. Whether there is room is a sum over all tasks, so it
// is made away from Update.
type stuckUpdates map[model.ServiceID]string

func stuckIn(c *model.Cluster, services []model.ServiceID) stuckUpdates {
	out := stuckUpdates{}
	for _, id := range services {
		if s := c.Service(id); s != nil {
			if why, stuck := c.StuckUpdate(s); stuck {
				out[id] = why
			}
		}
	}
	return out
}

// showRollout brings the text up to date.
func (w *workspace) showRollout() {
	if w.rollout.screen == w.top() && w.rollout.seen == w.seen {
		return
	}
	w.rollout = rollout{seen: w.seen, screen: w.top()}
	if !slices.Contains(w.top().Scopes(), keys.TaskList) || !w.cluster.Ready() {
		return
	}
	for _, o := range w.top().Subjects() {
		if s := w.cluster.Service(o.Ref.Service()); s != nil {
			w.rollout.text, w.rollout.status = rolloutText(w.cluster, s, w.stuck)
		}
	}
}

// rolloutText is how an update goes; empty where none goes on.
func rolloutText(c *model.Cluster, s *model.Service, stuck stuckUpdates) (string, model.Status) {
	r := c.Facts(s.Key())
	var word string
	config := s.Spec.UpdateConfig
	switch r.Rollout.State {
	case swarm.UpdateStateUpdating:
		word = "updating"
	case swarm.UpdateStatePaused:
		word = "update paused"
	case swarm.UpdateStateRollbackStarted:
		word, config = "rolling back", s.Spec.RollbackConfig
	case swarm.UpdateStateRollbackPaused:
		word, config = "rollback paused", s.Spec.RollbackConfig
	default:
		return "", model.Neutral
	}
	status := model.Broken
	if r.Rollout.Active() {
		_, status = r.State(s)
	}
	parts := []string{word}
	if r.Rollout.Known {
		old, failed := versions(c, s)
		parts[0] += fmt.Sprintf(": %d/%d new, %d old, %d failed", min(r.Rollout.New, r.Rollout.Total), r.Rollout.Total, old, failed)
	}
	parts = append(parts, rolloutConfig(config))
	if why := stuck[s.Key()]; why != "" {
		parts = append(parts, "cannot finish: "+why)
	} else if text := rolloutMessage(c, s); text != "" {
		parts = append(parts, strings.TrimPrefix(text, word+" "))
	}
	return table.Clean(strings.Join(parts, "; ")), status
}

// versions counts the tasks of former versions that are up, and those of the
// present version that failed since the update began.
func versions(c *model.Cluster, s *model.Service) (old, failed int) {
	tasks, _ := c.TasksOf(s.Key())
	since := c.Facts(s.Key()).Rollout.Started
	for _, t := range tasks {
		switch fresh := s.UpToDate(t); {
		case fresh && t.Bad() && !t.CreatedAt.Before(since):
			failed++
		case !fresh && t.Wanted() && t.State == swarm.TaskStateRunning:
			old++
		}
	}
	return old, failed
}

// rolloutConfig is how tasks are replaced, in a few words.
func rolloutConfig(c *swarm.UpdateConfig) string {
	if c == nil {
		c = &swarm.UpdateConfig{Parallelism: 1}
	}
	out := "all at once"
	if c.Parallelism > 0 {
		out = fmt.Sprintf("%d at a time", c.Parallelism)
	}
	if c.Order == swarm.UpdateOrderStartFirst {
		out += ", start-first"
	}
	return out
}

// rolloutMessage is what the engine says of an update. It names a task by its
// ID; who reads that wants to know which it is, and what was wrong with it.
func rolloutMessage(c *model.Cluster, s *model.Service) string {
	text := c.Facts(s.Key()).Rollout.Message
	switch text {
	case "update in progress", "rollback in progress":
		return ""
	}
	i := strings.LastIndexByte(text, ' ') + 1
	if t := c.Task(model.TaskID(text[i:])); t != nil {
		text = text[:i] + c.TaskName(t)
		if why := model.Brief(model.Reason(t)); t.Bad() {
			text += " (" + why + ")"
		}
	}
	return text
}

// rolloutLines are the lines of the text over the tasks.
func (a *App) rolloutLines() []string {
	if a.rollout.text == "" || a.rollout.screen != a.top() || a.overlaid() || a.width < 20 {
		return nil
	}
	lines := wrapped(a.theme, theme.RoleOf(a.rollout.status), a.theme.Glyphs.Of(a.rollout.status)+" "+a.rollout.text, a.width)
	if len(lines) > rolloutRows {
		lines = lines[:rolloutRows]
	}
	return lines
}
