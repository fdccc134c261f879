package ui

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/table"
)

// title is the window's title: which swarm this is, and how it is. It has no
// ages and no names of what is wrong, so that it changes only when there is
// something to look at.
func (a *App) title() string {
	if a.cluster == nil {
		return "skep"
	}
	name := "skep"
	if where := sessionName(a.cluster.Session); where != "" {
		name += " " + ansi.Truncate(where, titleContext, a.theme.Glyphs.Ellipsis)
	}
	if how := a.glance(); how != "" {
		return name + ": " + how
	}
	return name
}

// sessionName is what a swarm is called: by its context, or who answers there.
func sessionName(s model.Session) string {
	if named(s) {
		return table.Clean(model.MaskText(cmp.Or(s.Context, s.Host)))
	}
	return table.Clean(s.Endpoint)
}

// named reports whether a connection has a name of its own. An address says less
// than the name of who answers there.
func named(s model.Session) bool {
	return s.Endpoint == "" || s.Context != "" && s.Context != s.Host && s.Context != "default"
}

// glance is the verdict in two or three words; empty while nothing is known.
func (w *workspace) glance() string {
	c := w.cluster
	switch o := c.Outage; {
	case o != nil && o.Waiting && c.At.IsZero():
		return "connecting"
	case o != nil && o.Waiting:
		return "waiting for " + o.For
	case w.otherSwarm() != nil:
		return "another swarm"
	case o != nil && !c.Ready():
		return "not connected"
	case o != nil:
		return "stale"
	case !c.Ready():
		return ""
	}
	switch n := len(model.Roots(c.Problems())); n {
	case 0:
		if c.TasksUnread() > 0 {
			return "no problems so far"
		}
		return strings.TrimSuffix(noProblems(c), " (!)")
	case 1:
		return "1 problem"
	default:
		return fmt.Sprintf("%d problems", n)
	}
}
