package ui

import (
	"cmp"
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/table"
)

// title is the window's title: which swarm this is, and how it is. It has no
// ages and no names of what is wrong, so that it changes only when there is
// something to look at.
func (a *App) title() string {
	if a.cluster == nil {
		return "skep"
	}
	s := a.cluster.Session
	name := "skep"
	if where := table.Clean(cmp.Or(s.Context, s.Host)); where != "" {
		name += " " + ansi.Truncate(where, titleContext, a.theme.Glyphs.Ellipsis)
	}
	if how := a.glance(); how != "" {
		return name + ": " + how
	}
	return name
}

// glance is the verdict in two or three words; empty while nothing is known.
func (a *App) glance() string {
	c := a.cluster
	switch o := c.Outage; {
	case o != nil && o.Waiting:
		return "waiting for the leader"
	case o != nil && c.At.IsZero():
		return "not connected"
	case o != nil:
		return "stale"
	case !c.Ready():
		return ""
	}
	switch n := len(c.Problems()); n {
	case 0:
		return "no problems"
	case 1:
		return "1 problem"
	default:
		return fmt.Sprintf("%d problems", n)
	}
}
