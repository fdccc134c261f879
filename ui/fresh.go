package ui

import (
	"time"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

// shownAt is when what an interest is in was read, and what that is. The parts
// of a picture are not read together: all tasks of a large swarm, which are
// megabytes, much less often than the services. What was not read is as good as
// the picture, because nothing is shown of it.
func shownAt(c *model.Cluster, i model.Interest) (what string, at time.Time) {
	what, at = "tasks", c.At
	older := func(read time.Time) {
		if !read.IsZero() && read.Before(at) {
			at = read
		}
	}
	switch {
	case len(i.Services) > 0:
		for _, id := range i.Services {
			_, read := c.TasksOf(id)
			older(read)
		}
	case i.Node != "":
		older(c.Load(i.Node).At)
	case i.AllTasks:
		for _, n := range c.Nodes() {
			older(c.Load(n.Key()).At)
		}
	default:
		what = "services"
		older(c.ServicesAt)
	}
	return what, at
}

// freshness says how old the data on the screen is.
func (a *App) freshness() string {
	c := a.cluster
	g := a.theme.Glyphs
	if c == nil || c.At.IsZero() && (c.Outage == nil || c.Outage.Waiting) {
		return a.theme.Paint(theme.Dim, "connecting"+g.Ellipsis)
	}
	what, at := shownAt(c, a.top().Interest())
	age := a.now.Sub(at)
	switch live := a.now.Sub(c.At) <= liveFor; {
	case c.Outage != nil && c.Outage.Waiting:
		return a.theme.Paint(theme.Warning, g.Warning+" waiting for an answer, data "+table.Age(age)+" old")
	case c.Outage != nil && c.At.IsZero():
		return a.theme.Paint(theme.Broken, g.Broken+" not connected")
	case c.Outage != nil:
		return a.theme.Paint(theme.Broken, g.Broken+" STALE "+table.Age(age))
	case live && age <= liveFor:
		return a.theme.Paint(theme.Good, g.Good+" live")
	case live:
		return a.theme.Paint(theme.Good, g.Good+" live") + a.theme.Paint(theme.Dim, ", "+what+" "+table.Age(age)+" old")
	default:
		return a.theme.Paint(theme.Dim, table.Age(age)+" old")
	}
}

// freshFor is how long what freshness says stays true.
func (a *App) freshFor() time.Duration {
	_, at := shownAt(a.cluster, a.top().Interest())
	return min(dataAgeChange(a.now.Sub(at)), dataAgeChange(a.now.Sub(a.cluster.At)))
}

// dataAgeChange is how long what is said of an age stays true.
func dataAgeChange(age time.Duration) time.Duration {
	if age <= liveFor {
		return liveFor - age + time.Millisecond
	}
	return table.Until(age)
}
