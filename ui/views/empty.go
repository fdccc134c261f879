package views

import (
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// Nothing stands in the place of the rows where there are none.
type Nothing struct {
	// What is missing, and What to Do about it; the latter may be empty.
	What, Do string
	// Good is set where none is as it should be.
	Good bool
}

// nothing says why there are no rows.
func (l *list[R]) nothing() Nothing {
	name := l.view.Name
	switch c := l.data.Cluster; {
	case l.unread():
		n := Nothing{What: name + " not read: too many"}
		if l.scope.Of == (model.Ref{}) {
			n.Do = "those of one service or node are fewer: {enter} on it lists them"
		}
		return n
	case !l.known():
		return Nothing{What: "reading " + name}
	case l.pattern != "" && l.wrong && l.total > 0:
		return Nothing{What: fmt.Sprintf("none of %d %s has a problem and matches /%s", l.total, name, table.Clean(l.pattern)), Do: "{escape} shows all"}
	case l.pattern != "" && l.total > 0:
		return Nothing{What: fmt.Sprintf("none of %d %s match /%s", l.total, name, table.Clean(l.pattern)), Do: "{escape} shows all, {filter} changes the pattern"}
	case l.wrong && l.total > 0:
		return Nothing{What: fmt.Sprintf("none of %d %s has a problem", l.total, name), Do: "{only-problems} shows all", Good: true}
	case l.scope.Stack != "":
		return Nothing{What: "no " + name + " in the stack " + table.Clean(string(l.scope.Stack)), Do: "{all-stacks} shows those of all stacks"}
	default:
		return l.view.Empty(c, l.scope)
	}
}

// unread reports whether there are no rows because their list is too large.
func (l *list[R]) unread() bool {
	return !l.known() && errors.Is(l.data.Cluster.Set(l.view.Kind).Err, model.ErrTooLarge)
}

// render draws it into lines, below the header of a table.
func (n Nothing) render(th *theme.Theme, lines []string, width int, known bool) {
	lead, what, role := " ", n.What, theme.Plain
	switch {
	case !known:
		what, role = what+th.Glyphs.Ellipsis, theme.Dim
	case n.Good:
		lead, role = " "+th.Glyphs.Good+" ", theme.Good
	}
	at := 1
	put := func(role theme.Role, lead, text string) {
		for _, l := range viewport.Wrap(text, width-len(blank)) {
			if at < len(lines) {
				lines[at] = th.Paint(role, table.Fit(lead+l, width, ""))
			}
			at, lead = at+1, blank[:ansi.StringWidth(lead)]
		}
	}
	put(role, lead, what)
	if n.Do != "" {
		put(theme.Dim, blank[:ansi.StringWidth(lead)], n.Do)
	}
}

const blank = "   " // as wide as the widest lead

// noServices says how to get some.
func noServices(c *model.Cluster, s Scope) Nothing {
	if s.Of != (model.Ref{}) {
		n := Nothing{What: fmt.Sprintf("no service uses the %s %s", s.Of.Kind, table.Clean(c.NameOf(s.Of))), Do: "{back} goes back"}
		if _, former := model.UserNames(c.Users(s.Of)); len(former) > 0 {
			n.Do = "a rollback would use it again: of " + table.Clean(strings.Join(former, ", "))
		}
		return n
	}
	return Nothing{What: "no services: nothing is deployed in this swarm", Do: "docker stack deploy -c FILE NAME deploys some"}
}

func noStacks(c *model.Cluster, _ Scope) Nothing {
	n := Nothing{What: "no stacks: no service has the label " + model.LabelStack}
	if len(c.Services()) > 0 {
		n.Do = ":services shows those without a stack"
	}
	return n
}

func noNodes(*model.Cluster, Scope) Nothing { return Nothing{What: "no nodes"} }

// noTasks says why a service or a node has none.
func noTasks(c *model.Cluster, s Scope) Nothing {
	if svc := c.Service(s.Of.Service()); svc != nil {
		name := table.Clean(svc.Name())
		switch {
		case !svc.IsJob() && svc.Mode() == model.ModeReplicated && svc.Replicas() == 0:
			return Nothing{What: name + " has no tasks: it is scaled to 0", Do: "{scale} scales it"}
		case svc.Mode() == model.ModeGlobal:
			return Nothing{What: name + " has no tasks: no node meets its constraints", Do: "{back} goes back to the services, where {describe} describes it"}
		}
		return Nothing{What: name + " has no tasks yet", Do: "they appear here as the swarm makes them"}
	}
	if node := c.Node(s.Of.Node()); node != nil {
		name := table.Clean(c.NodeName(s.Of.Node()))
		if node.Spec.Availability != swarm.NodeAvailabilityActive {
			return Nothing{What: name + " has no tasks: its availability is " + table.Clean(string(node.Spec.Availability)), Do: "{activate} activates it"}
		}
		return Nothing{What: name + " has no tasks", Do: "{back} goes back"}
	}
	if s.gone(c) {
		return Nothing{What: "the " + string(s.Of.Kind) + " no longer exists", Do: "{back} goes back"}
	}
	return Nothing{What: "no tasks", Do: "they appear here as services are deployed"}
}

func noProblems(c *model.Cluster, _ Scope) Nothing {
	return Nothing{What: fmt.Sprintf("all is well: %s on %s", model.Plural(len(c.Services()), "service"), model.Plural(len(c.Nodes()), "node")), Good: true, Do: "{back} goes back"}
}
