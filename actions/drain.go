package actions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func planDrain(in Input) (Plan, error) {
	p, n, err := planAvailability(in, "drain", Disruptive, swarm.NodeAvailabilityDrain)
	if err != nil {
		return Plan{}, err
	}
	if len(otherOpen(in)) == 0 {
		p.refuse("no other node takes tasks: everything on %s would stop and start nowhere; activate another node first", in.Target.Name)
	}
	e := foreseeDrain(in, n)
	e.describe(&p, in, n)
	p.Undo.Sentence += "; what has moved does not come back by itself"
	p.confirm()
	return p, nil
}

// evacuation is what becomes of the tasks of a node that is drained.
type evacuation struct {
	known, sure bool
	// to counts the tasks by the nodes they are likely to go to.
	to tally
	// moving, stopping and stuck count tasks by service: those that find
	// another node, those of global services, and those that find none.
	moving, stopping map[*model.Service]int
	stuck            map[*model.Service]string
	stuckTasks       int
	// lost are tasks whose service is gone.
	lost int
	// down are the services that have no other task running.
	down []string
	// volumes are those whose data stays behind, by service.
	volumes []string
}

// foreseeDrain plays the drain through. Targets of the same key press that come
// before this one are drained first, because their tasks take room as well.
func foreseeDrain(in Input, n *model.Node) evacuation {
	c := in.Cluster
	placer := c.Placer()
	for _, other := range c.Nodes() {
		if in.inBatch(other.Key()) {
			placer.Set(other.Key(), swarm.NodeAvailabilityDrain)
		}
	}
	for _, t := range in.Batch {
		if t.Ref == in.Target.Ref {
			break
		}
		if other := nodeOf(c, t); other != nil {
			evacuate(c, placer, other)
		}
	}
	e := evacuate(c, placer, n)
	e.sure = placer.Sure()
	for s := range e.all() {
		if up := c.Facts(s.Key()).Up; up > 0 && up <= runningOn(in, s) {
			e.down = append(e.down, s.Name())
		}
	}
	slices.Sort(e.down)
	return e
}

func evacuate(c *model.Cluster, placer *model.Placer, n *model.Node) evacuation {
	e := evacuation{to: tally{}, moving: map[*model.Service]int{}, stopping: map[*model.Service]int{}, stuck: map[*model.Service]string{}}
	live, known := liveTasks(c, n.Key())
	e.known = known
	for _, t := range live {
		placer.Vacate(t)
	}
	for _, t := range live {
		s := c.Service(t.ServiceID)
		if s == nil {
			e.lost++
			continue
		}
		switch s.Mode() {
		case model.ModeGlobal, model.ModeGlobalJob:
			e.stopping[s]++
			continue
		}
		d := s.Demand()
		to := placer.Place(d)
		if to == "" {
			e.stuckTasks++
			e.stuck[s] = placer.Explain(d)
			continue
		}
		e.moving[s]++
		e.to[c.NodeName(to)]++
		if names := localVolumes(d.Spec); e.moving[s] == 1 && len(names) > 0 {
			e.volumes = append(e.volumes, fmt.Sprintf("%s (%s)", s.Name(), strings.Join(names, ", ")))
		}
	}
	return e
}

// all are the services whose tasks have to leave or stay pending.
func (e evacuation) all() map[*model.Service]bool {
	out := map[*model.Service]bool{}
	for s := range e.moving {
		out[s] = true
	}
	for s := range e.stuck {
		out[s] = true
	}
	return out
}

// runningOn counts the running tasks of a service on the nodes to be drained.
func runningOn(in Input, s *model.Service) int {
	tasks, _ := in.Cluster.TasksOf(s.Key())
	count := 0
	for _, t := range tasks {
		if t.State == swarm.TaskStateRunning && t.Wanted() && in.inBatch(t.NodeID) {
			count++
		}
	}
	return count
}

func (e evacuation) describe(p *Plan, in Input, n *model.Node) {
	moves, stops := 0, 0
	for _, k := range e.moving {
		moves += k
	}
	for _, k := range e.stopping {
		stops += k
	}
	p.Impact.Moves = moves
	p.Impact.Stops = stops + e.stuckTasks + e.lost
	if !e.known {
		p.warn("the tasks of %s were not read yet: there may be more of them", in.Target.Name)
	}
	if moves > 0 {
		p.Impact.say("%s, all at once, and start again elsewhere: likely %s", act(moves, "task", "stop"), e.to)
	}
	if stops > 0 {
		p.Impact.say("%s: %s", act(stops, "global task", "stop"), list(sortedNames(e.stopping)))
	}
	if moves+stops+e.stuckTasks+e.lost == 0 {
		p.Impact.say("no task runs here")
	}
	p.Impact.say("%s", quorumUntouched(in.Cluster, n))
	if p.Risk != Refused {
		for _, name := range sortedNames(e.stuck) {
			for s, why := range e.stuck {
				if s.Name() == name {
					p.warn("%s finds no other node and stays pending: %s", name, why)
				}
			}
		}
	}
	if len(e.down) > 0 {
		p.warn("goes to 0 meanwhile, as all its replicas are here: %s", list(e.down))
	}
	if len(e.volumes) > 0 {
		p.warn("data stays behind in volumes of this node: %s", list(e.volumes))
	}
	if !e.sure && moves > 0 {
		p.warn("not all tasks of the other nodes are known: there may be less room than it seems")
	}
	if !n.Ready() {
		p.warn("%s is %s: the engine has given up its tasks already", in.Target.Name, n.Status.State)
	}
}

func sortedNames[V any](of map[*model.Service]V) []string {
	out := make([]string, 0, len(of))
	for s := range of {
		out = append(out, s.Name())
	}
	slices.Sort(out)
	return out
}

// quorumUntouched says that a drained manager goes on managing.
func quorumUntouched(c *model.Cluster, n *model.Node) string {
	if !n.Manages() {
		return "the quorum is not affected"
	}
	q := c.Quorum()
	return fmt.Sprintf("it stays a manager: the quorum is not affected (%d of %d reachable, %d needed)",
		q.Reachable, q.Managers, majority(q.Managers))
}
