package actions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	moving, stopping, stuck map[*model.Service]int
	// why says what keeps the stuck ones out.
	why map[*model.Service]string
	// newer counts the moving tasks by service that are of an older version
	// than the one whose update is paused, and come back as that one.
	newer map[*model.Service]int
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
		if in.inBatch(other.Key().Ref()) {
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
	e := evacuation{to: tally{}, moving: map[*model.Service]int{}, stopping: map[*model.Service]int{},
		stuck: map[*model.Service]int{}, why: map[*model.Service]string{}, newer: map[*model.Service]int{}}
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
		case model.ModeReplicated, model.ModeReplicatedJob: // Its tasks move.
		}
		d := s.Demand()
		to := placer.Place(d)
		if to == "" {
			e.stuck[s]++
			e.why[s] = placer.Explain(d)
			continue
		}
		e.moving[s]++
		if u := s.UpdateStatus; u != nil && u.State == swarm.UpdateStatePaused && !s.UpToDate(t) {
			e.newer[s]++
		}
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
		if t.State == swarm.TaskStateRunning && t.Wanted() && in.inBatch(t.NodeID.Ref()) {
			count++
		}
	}
	return count
}

// sum counts the tasks of some services.
func sum(of map[*model.Service]int) int {
	n := 0
	for _, k := range of {
		n += k
	}
	return n
}

// tasks are all that leave the node.
func (e evacuation) tasks() int { return sum(e.moving) + sum(e.stopping) + sum(e.stuck) + e.lost }

// String counts what becomes of all tasks that the node has, so that the
// numbers add up to those that are seen there.
func (e evacuation) String() string {
	total, one := e.tasks(), e.tasks() == 1
	if total == 0 {
		return "no task runs here"
	}
	say := func(n int, single, many string) string {
		if n == 1 {
			many = single
		}
		if one {
			return many
		}
		return strconv.Itoa(n) + " " + many
	}
	var parts []string
	if n := sum(e.moving); n == total {
		if one {
			return fmt.Sprintf("1 task stops and starts again elsewhere: likely %s", e.to)
		}
		return fmt.Sprintf("%s, all at once, and start again elsewhere: likely %s", tasksDo(n, "stop"), e.to)
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("%s (likely %s)", say(n, "starts elsewhere", "start elsewhere"), e.to))
	}
	if n := sum(e.stuck); n > 0 {
		parts = append(parts, fmt.Sprintf("%s (%s)",
			say(n, "fits on no other node and stays pending", "fit on no other node and stay pending"), listCounted(e.stuck)))
	}
	if n := sum(e.stopping); n > 0 {
		parts = append(parts, fmt.Sprintf("%s (%s)", say(n, "is global", "are global"), listCounted(e.stopping)))
	}
	if e.lost > 0 {
		parts = append(parts, say(e.lost, "belongs to no service", "belong to no service"))
	}
	if one {
		return "1 task stops: it " + parts[0]
	}
	return fmt.Sprintf("%s, all at once: %s", tasksDo(total, "stop"), strings.Join(parts, ", "))
}

// listCounted names services with the numbers of their tasks, those with most
// of them first. The numbers are left out where each has one.
func listCounted(of map[*model.Service]int) string {
	services := slices.SortedFunc(maps.Keys(of), func(a, b *model.Service) int {
		return cmp.Or(of[b]-of[a], strings.Compare(a.Name(), b.Name()))
	})
	out := make([]string, len(services))
	for i, s := range services {
		out[i] = s.Name()
		if len(of) < sum(of) {
			out[i] = fmt.Sprintf("%s %d", s.Name(), of[s])
		}
	}
	return list(out)
}

// byName orders services by their names.
func byName[V any](of map[*model.Service]V) []*model.Service {
	return slices.SortedFunc(maps.Keys(of), func(a, b *model.Service) int { return strings.Compare(a.Name(), b.Name()) })
}

func (e evacuation) describe(p *Plan, in Input, n *model.Node) {
	p.Impact.Moves = sum(e.moving)
	p.Impact.Stops = e.tasks() - p.Impact.Moves
	if !e.known {
		p.warn("the tasks of %s have not been read yet: there may be more of them", in.Target.Name)
	}
	p.Impact.say("%s", e)
	p.Impact.say("%s", quorumUntouched(in.Cluster, n))
	if p.Risk != Refused {
		for _, s := range byName(e.why) {
			p.warn("%s fits on no other node and stays pending: %s", s.Name(), e.why[s])
		}
	}
	for _, s := range byName(e.newer) {
		p.warn("%s of %s %s back as %s, the version of its paused update: tasks that move are created from the current spec",
			model.Plural(e.newer[s], "task"), s.Name(), verb(e.newer[s], "comes", "come"), withoutDigest(s.Image()))
	}
	if len(e.down) > 0 {
		where := "this node"
		if len(in.Batch) > 1 {
			where = "these nodes"
		}
		p.warn("outage: all replicas of %s are on %s", list(e.down), where)
	}
	if len(e.volumes) > 0 {
		p.warn("data stays behind in volumes of this node: %s", list(e.volumes))
	}
	if !e.sure && p.Impact.Moves > 0 {
		p.warnUnread()
	}
	if !n.Ready() {
		p.warn("%s is %s: the engine has already given up its tasks", in.Target.Name, n.Status.State)
	}
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
