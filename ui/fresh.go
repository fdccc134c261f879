package ui

import (
	"time"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
)

// shownAt is when what an interest is in was read, and what that is. The parts
// of a snapshot are not read together: all tasks of a large swarm, which are
// megabytes, much less often than the services. What was not read is as good as
// the snapshot, because nothing is shown of it.
func shownAt(c *model.Cluster, i model.Interest) (what string, at time.Time) {
	what, at = "tasks", c.At
	older := func(read time.Time) {
		if !read.IsZero() && read.Before(at) {
			at = read
		}
	}
	services, nodes := i.Services(), i.Nodes()
	switch {
	case len(services)+len(nodes) > 0:
		for _, id := range services {
			_, read := c.TasksOf(id)
			older(read)
		}
		for _, id := range nodes {
			older(c.Load(id).At)
		}
	case i.AllTasks():
		for _, n := range c.Nodes() {
			older(c.Load(n.Key()).At)
		}
	default:
		for _, r := range i.Refs() {
			if set := c.Set(r.Kind); set.Err != nil && !set.At.IsZero() {
				return r.Kind.Info().Plural, set.At // Events tell of what can be read.
			}
		}
		what = "services"
		if c.At.Sub(c.ServicesAt) <= liveFor {
			older(c.ServicesAt)
			break
		}
		// A list that is dear is read seldom, and what runs is counted by the
		// tasks meanwhile.
		for _, s := range c.Services() {
			counted := c.Facts(s.Key()).At
			if counted.Before(c.ServicesAt) {
				counted = c.ServicesAt
			}
			older(counted)
		}
	}
	return what, at
}

// wall is now by the clock on the wall. The one that Go measures by stands still while
// the machine sleeps, after which data of yesterday would be seconds old.
func (a *App) wall() time.Time { return a.now.Round(0) }

// freshness says how old the data on the screen is, and what it waits for.
func (a *App) freshness() string {
	c := a.cluster
	g := a.theme.Glyphs
	if c == nil || c.At.IsZero() && c.Outage == nil {
		return a.theme.Paint(theme.Dim, "connecting"+g.Ellipsis)
	}
	what, age := a.shownAge()
	switch live := a.wall().Sub(c.At) <= liveFor; {
	case c.Outage != nil && c.Outage.Waiting:
		text := g.Warning + " waiting " + table.Age(a.wall().Sub(c.Outage.Since)) + " for " + c.Outage.For
		if c.Ready() {
			text += ", data " + table.Age(age) + " old"
		}
		return a.theme.Paint(theme.Warning, text)
	case a.otherSwarm() != nil:
		return a.theme.Paint(theme.Broken, g.Broken+" another swarm")
	case c.Outage != nil && !c.Ready():
		return a.theme.Paint(theme.Broken, g.Broken+" not connected")
	case c.Outage != nil:
		return a.theme.Paint(theme.Broken, g.Broken+" STALE "+table.Age(age))
	case a.blurred: // It is read less often, and no age on the screen grows.
		return a.theme.Paint(theme.Dim, "read at "+a.wall().Add(-age).UTC().Format("15:04:05 UTC"))
	case live && age <= liveFor:
		return a.theme.Paint(theme.Good, g.Good+" live")
	case live:
		return a.theme.Paint(theme.Good, g.Good+" live") + a.theme.Paint(theme.Dim, ", "+what+" "+table.Age(age)+" old")
	default:
		return a.theme.Paint(theme.Dim, table.Age(age)+" old")
	}
}

// shownAge is how old what is shown is, and what that is. During an outage it
// only grows: what is read before everything can be read is no news yet.
func (a *App) shownAge() (what string, age time.Duration) {
	what, at := shownAt(a.cluster, a.top().Interest())
	if o := a.cluster.Outage; o != nil && !o.Waiting && o.Since.Before(at) {
		at = o.Since
	}
	return what, a.wall().Sub(at)
}

// freshFor is how long what freshness says stays true; 0 for as long as nothing
// happens.
func (a *App) freshFor() time.Duration {
	c := a.cluster
	if o := c.Outage; o != nil && o.Waiting {
		since := table.Until(a.wall().Sub(o.Since))
		if !c.Ready() {
			return since
		}
		_, age := a.shownAge()
		return min(since, table.Until(age))
	}
	if c.At.IsZero() {
		return 0
	}
	_, age := a.shownAge()
	return min(dataAgeChange(age), dataAgeChange(a.wall().Sub(c.At)))
}

// dataAgeChange is how long what is said of an age stays true.
func dataAgeChange(age time.Duration) time.Duration {
	if age <= liveFor {
		return liveFor - age + time.Millisecond
	}
	return table.Until(age)
}
