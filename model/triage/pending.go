package triage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const (
	// forgottenAfter is how long a task waits although a node would take it
	// before the scheduler has forgotten it: it looks again a second after
	// anything changes (swarmkit manager/scheduler/scheduler.go).
	forgottenAfter = time.Minute
	// matrices bounds for how many tasks a sweep asks every node: what a
	// swarm with many problems lacks is much the same for all.
	matrices = 100
	// nodesNamed is how many nodes a sentence names.
	nodesNamed = 3
)

// matrix is what keeps a waiting task off each node, as the engine counts now.
func (c *sweep) matrix(d model.Demand, t *model.Task) []model.NodeFit {
	key := demandKey(d, t.NodeID)
	if rows, known := c.fits[key]; known {
		return rows
	}
	if len(c.fits) >= matrices {
		return nil
	}
	rows := c.schedule().Matrix(d, t.NodeID)
	c.fits[key] = rows
	return rows
}

// demandKey is the same for tasks that every node judges in the same way.
func demandKey(d model.Demand, bound model.NodeID) string {
	p, service := d.Placement(), model.ServiceID("")
	if p.MaxReplicas > 0 {
		service = d.Service
	}
	key := fmt.Sprint(bound, p.Constraints, p.Platforms, p.MaxReplicas, service)
	if r := d.Spec.TaskTemplate.Resources; r != nil && r.Reservations != nil {
		key += fmt.Sprint(*r.Reservations)
		for _, g := range r.Reservations.GenericResources {
			if g.DiscreteResourceSpec != nil {
				key += fmt.Sprint(*g.DiscreteResourceSpec)
			}
		}
	}
	if e := d.Spec.EndpointSpec; e != nil {
		key += fmt.Sprint(e.Ports)
	}
	if l := d.Spec.TaskTemplate.LogDriver; l != nil {
		key += l.Name
	}
	if spec := d.Spec.TaskTemplate.ContainerSpec; spec != nil {
		for _, m := range spec.Mounts {
			if m.VolumeOptions != nil && m.VolumeOptions.DriverConfig != nil {
				key += m.VolumeOptions.DriverConfig.Name
			}
		}
	}
	return key
}

// whyPending is why a task has no node. It does not take the engine's word for
// it: that counts a node for the first filter that refuses it, names neither the
// node nor what is asked for, and stays as it was when the scheduler last looked.
func (c *sweep) whyPending(s *model.Service, f model.ServiceFacts, t *model.Task) reason {
	told := reason{why: model.Brief(model.Reason(t)), evidence: c.evidenceOf(t)}
	d := s.DemandOf(t)
	rows := c.matrix(d, t)
	switch {
	case rows == nil && len(c.fits) >= matrices:
		told.kin = t.Err
		return told
	case rows == nil && t.NodeID != "" && c.Node(t.NodeID) == nil:
		told.why = "its node no longer exists"
		return told
	case len(rows) == 0:
		return told
	}
	if !c.schedule().Sure() {
		told.confidence = model.Likely
	}
	for _, row := range rows[:min(nodesNamed, len(rows))] {
		for _, m := range row.Misfits {
			told.evidence = append(told.evidence, model.Evidence{Object: c.NodeName(row.Node.Key()), Field: string(m.Filter), Value: m.Detail})
		}
	}
	if more := len(rows) - nodesNamed; more > 0 {
		told.evidence = append(told.evidence, model.Evidence{Object: "other nodes", Field: "as far from taking it, or further", Value: fmt.Sprintf("%d more", more)})
	}
	if rows[0].OK() {
		return c.whyNotPlaced(s, d, t, rows[0].Node, told)
	}
	return c.whyRefused(s, f, rows, told)
}

// whyNotPlaced is why a task waits that a node would take.
func (c *sweep) whyNotPlaced(s *model.Service, d model.Demand, t *model.Task, n *model.Node, told reason) reason {
	for part := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(t.Err, "no suitable node ("), ")"), "; ") {
		if part != "" && !d.MayBeRefused(part) {
			// The engine knows of something that is not known here.
			if told.remedy.Text = "mend what the engine says"; strings.Contains(part, "CSI") {
				told.remedy.Text = "see whether the cluster volume is there and active (docker volume ls --cluster), and whether its driver runs on the nodes"
			}
			return told
		}
	}
	name := c.NodeName(n.Key())
	_, at := c.TasksOf(s.Key())
	if at = c.by(at); at.Sub(t.CreatedAt) < forgottenAfter || at.Sub(c.movedAt(s, n)) < forgottenAfter || told.confidence != model.Certain {
		told.why = name + " would take it: the scheduler is about to place it"
		return told
	}
	told.why = name + " would take it, but the scheduler has forgotten the task"
	told.confidence = model.Likely
	told.remedy = model.Remedy{Text: "restart the service: the scheduler looks at its tasks anew (moby#53722)", Verb: "restart", Target: s.Key().Ref()}
	return told
}

// movedAt is when something last changed that bears on whether a node takes a
// task of a service.
func (c *sweep) movedAt(s *model.Service, n *model.Node) time.Time {
	at := s.UpdatedAt
	if n.UpdatedAt.After(at) {
		at = n.UpdatedAt
	}
	tasks, _ := c.TasksOn(n.Key())
	for _, t := range tasks {
		if t.UpdatedAt.After(at) {
			at = t.UpdatedAt
		}
	}
	return at
}

// whyRefused is why every node refuses a task.
func (c *sweep) whyRefused(s *model.Service, f model.ServiceFacts, rows []model.NodeFit, told reason) reason {
	var closed, full []model.NodeFit
	for _, row := range rows {
		switch {
		case row.Only(model.FilterReady):
			closed = append(closed, row)
		case row.Only(model.Capacity...):
			full = append(full, row)
		case heldByGhosts(row):
			closed = append(closed, row)
		}
	}
	heard := func(row model.NodeFit) bool { return row.Node.Status.State != swarm.NodeStateUnknown }
	switch {
	case len(closed) > 0 && !slices.ContainsFunc(closed, heard):
		told.why = "the manager has not heard from the nodes yet, as after an election"
	case len(full) > 0:
		// A manager that is drained for good is no cause; a node that went is, also
		// where what it had in its last moment takes up its room.
		for _, row := range rows {
			if heldByGhosts(row) {
				told.nodes = append(told.nodes, row.Node.Key())
			}
		}
		c.whyFull(s, f, full, &told)
		orOpen(c, closed, &told)
	case len(closed) > 0:
		c.whyClosed(closed, &told)
	default:
		c.whyUnfit(s, rows, &told)
	}
	return told
}

// heldByGhosts reports whether a node would take a task if it had not gone with what
// holds its room and its ports there.
func heldByGhosts(row model.NodeFit) bool {
	return row.Node.Lost() && !row.Never() && row.Only(append(slices.Clone(model.Capacity), model.FilterReady)...)
}

// closedWord is why a node takes nothing.
func closedWord(n *model.Node) string {
	if !n.Ready() {
		return string(n.Status.State)
	}
	return availabilityWord[n.Spec.Availability]
}

// whyClosed is said where the nodes that would take a task are gone or closed: those
// that went come first, and managers that are drained, as many are for good, are to
// blame only where there is no other.
func (c *sweep) whyClosed(rows []model.NodeFit, told *reason) {
	if others := slices.DeleteFunc(slices.Clone(rows), func(row model.NodeFit) bool { return row.Node.Ready() && row.Node.Manages() }); len(others) > 0 {
		rows = others
	}
	lost, open := []model.NodeFit{}, []model.NodeFit{}
	for _, row := range rows {
		if row.Node.Lost() {
			lost = append(lost, row)
		} else {
			open = append(open, row)
		}
	}
	rows = slices.Concat(lost, open)
	var words []string
	for _, row := range rows {
		told.nodes = append(told.nodes, row.Node.Key())
		words = append(words, c.NodeName(row.Node.Key())+" is "+closedWord(row.Node))
		if told.remedy.Verb == "" && row.Node.Ready() {
			told.remedy = model.Remedy{Text: "activate " + c.NodeName(row.Node.Key()), Verb: "activate", Target: row.Node.Key().Ref()}
		}
	}
	lead := "fits on no other node: "
	if len(rows) > 1 {
		lead = "fits on no other nodes: "
	}
	told.why = lead + some(words)
	told.kin = told.why
}

// orOpen offers to open a worker that would take a task, where nothing better is known.
// Managers are drained for good.
func orOpen(c *sweep, closed []model.NodeFit, told *reason) {
	i := slices.IndexFunc(closed, func(row model.NodeFit) bool { return row.Node.Ready() && !row.Node.Manages() })
	if i < 0 || told.remedy.Verb == "scale" {
		return
	}
	id := closed[i].Node.Key()
	told.remedy = model.Remedy{Text: "activate " + c.NodeName(id) + ", or " + told.remedy.Text, Verb: "activate", Target: id.Ref()}
}

// whyFull is said where there is no room on any node that would take a task.
func (c *sweep) whyFull(s *model.Service, f model.ServiceFacts, rows []model.NodeFit, told *reason) {
	room, nodes := f.Up, c.nodesOf(rows)
	lead := model.Remedy{Verb: "edit", Target: s.Key().Ref()}
	switch m := rows[0].First(); m.Filter {
	case model.FilterHostPort:
		holders := c.holdersOf(s, m.Wants, rows)
		lead.Text = "free the port there, publish another one, or add a node"
		if holders == itsOwn {
			room, lead.Text = max(room, len(rows)), "add a node, or publish another port"
		}
		told.why, told.remedy = fmt.Sprintf("port %s is taken on %s, by %s", m.Wants, nodes, holders), lead
	case model.FilterMaxReplicas:
		lead.Text = "raise the limit (docker service update --replicas-max-per-node), or add a node"
		room = max(room, int(s.Demand().Placement().MaxReplicas)*len(rows))
		told.why, told.remedy = fmt.Sprintf("at most %s on a node, and %s %s", m.Wants, nodes, number(len(rows), "has its", "have theirs")), lead
	default:
		if c.whyTooLarge(s, rows, m, told) {
			return
		}
	}
	// While an update is at work a change of the number takes away what it can be rolled
	// back to.
	if !s.IsJob() && s.Mode() == model.ModeReplicated && room > 0 && room < f.Want && !f.Rollout.Active() {
		told.remedy = model.Remedy{Text: fmt.Sprintf("scale to %d, or make room", room), Verb: "scale", Target: s.Key().Ref(),
			Values: map[string]string{"replicas": fmt.Sprint(room)}}
	}
}

// whyTooLarge is said where reservations leave no room. It reports whether none of the
// nodes would have it if it were empty.
func (c *sweep) whyTooLarge(s *model.Service, rows []model.NodeFit, m model.Misfit, told *reason) (never bool) {
	name := c.NodeName(rows[0].Node.Key())
	never = true
	for _, row := range rows {
		never = never && row.Never()
	}
	told.why = name + " has " + m.Detail
	switch {
	case never:
		told.why = "no node is so large: " + told.why
	case len(rows) > 1:
		told.why += fmt.Sprintf(", and %s no room either", number(len(rows)-1, "one more node has", fmt.Sprintf("%d more nodes have", len(rows)-1)))
	}
	if who := c.largest(rows[0].Node, m.Wants); who != "" {
		told.evidence = append(told.evidence, model.Evidence{Object: name, Field: "largest reservations of " + m.Wants, Value: who})
		if !never {
			told.why += "; most is reserved by " + who
		}
	}
	told.remedy = model.Remedy{Text: "lower what it reserves, or make room on a node", Verb: "resources", Target: s.Key().Ref()}
	if never {
		told.remedy.Text = "lower what it reserves, or add a larger node"
	}
	if m.Wants != model.ResourceCPU && m.Wants != model.ResourceMemory {
		told.remedy.Verb = "edit" // The form of resources asks for no others.
	}
	told.kin = told.why
	return never
}

// whyUnfit is said where nodes are not what a task asks for. The nearest is the
// one that lacks least.
func (c *sweep) whyUnfit(s *model.Service, rows []model.NodeFit, told *reason) {
	near := rows[0]
	var wants []string
	for _, m := range near.Misfits {
		if m.Filter != model.FilterReady {
			wants = append(wants, m.Wants)
		}
	}
	everywhere := true
	for _, row := range rows {
		everywhere = everywhere && slices.ContainsFunc(row.Misfits, func(m model.Misfit) bool { return len(wants) == 1 && m.Wants == wants[0] })
	}
	what := strings.Join(wants, " and ")
	switch m := near.Misfits[len(near.Misfits)-1]; {
	case everywhere && m.Filter == model.FilterPlatform:
		told.why = "no node is " + what
	case everywhere && strings.Contains(what, "!="):
		told.why = "every node is excluded by " + what
	case everywhere:
		told.why = "no node has " + what
	case len(wants) == 1:
		told.why = c.NodeName(near.Node.Key()) + " lacks only " + what
	default:
		told.why = "nearest is " + c.NodeName(near.Node.Key()) + ", which lacks " + what
	}
	told.kin = told.why
	lost := model.NodeID("")
	if had := c.movedOff(s); had != nil && had.NodeID != "" {
		if suits(had, c.Node(had.NodeID)) {
			told.why += fmt.Sprintf("; the service was changed to ask for that, which took it off %s", c.NodeName(had.NodeID))
		} else {
			told.why += fmt.Sprintf("; %s had it until it was changed at %s", c.NodeName(had.NodeID), had.StateAt.UTC().Format("15:04:05 UTC"))
			lost = had.NodeID
		}
		told.evidence = append(told.evidence, c.evidenceOf(had)...)
	}
	told.remedy = unfitRemedy(s, near, wants)
	if key, value, is := labelOf(wants); is && lost != "" {
		pair := model.Quote(key + "=" + value)
		told.remedy = model.Remedy{Verb: "label", Target: lost.Ref(), Values: map[string]string{"labels": pair},
			Text: fmt.Sprintf("give %s the label back (docker node update --label-add %s %s), or change the constraint", c.NodeName(lost), pair, c.nodeArg(lost))}
	}
}

// nodeArg is how a command names a node: by its name, where no other has the same.
func (c *sweep) nodeArg(id model.NodeID) string {
	if n := c.Node(id); n != nil && n.Hostname() == c.NodeName(id) {
		return model.Quote(n.Hostname())
	}
	return string(id)
}

// unfitRemedy is what helps where not even the nearest node is what a task asks for.
func unfitRemedy(s *model.Service, near model.NodeFit, wants []string) model.Remedy {
	constraints := model.Remedy{Text: "change the constraint, or add such a node", Verb: "constraint", Target: s.Key().Ref()}
	key, value, isLabel := labelOf(wants)
	switch f := near.Misfits[len(near.Misfits)-1].Filter; {
	case isLabel:
		constraints.Text = fmt.Sprintf("give a node the label (docker node update --label-add %s NODE), or change the constraint", model.Quote(key+"="+value))
	case f == model.FilterPlugin:
		return model.Remedy{Text: "install the plugin on a node (docker plugin install), or let the service do without it"}
	case f == model.FilterPlatform:
		return model.Remedy{Text: "use an image that is made for the nodes as well, or add such a node"}
	}
	return constraints
}

// suits reports whether a node is what a task asked for when it was made: the
// engine takes it off there as well once its service asks for something else.
func suits(t *model.Task, n *model.Node) bool {
	if n == nil || t.Spec == nil {
		return false
	}
	asked := t.Spec.Placement
	if asked == nil {
		return true
	}
	constraints, err := model.ParseConstraints(asked.Constraints)
	return err == nil && !slices.ContainsFunc(constraints, func(k model.Constraint) bool { return !k.Matches(n) })
}

// movedOff is the newest task of a service that was taken off its node because
// that no longer was what is asked for; nil for none.
func (c *sweep) movedOff(s *model.Service) (last *model.Task) {
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		if strings.Contains(t.Err, "no longer meets constraints") && (last == nil || t.CreatedAt.After(last.CreatedAt)) {
			last = t
		}
	}
	return last
}

// labelOf reads the label of a node that is all that is asked for.
func labelOf(wants []string) (key, value string, is bool) {
	if len(wants) != 1 {
		return "", "", false
	}
	name, value, found := strings.Cut(wants[0], "==")
	key, is = strings.CutPrefix(name, "node.labels.")
	return key, value, found && is
}

func number(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// some are the first of some names, and how many more there are.
func some(names []string) string {
	if len(names) > nodesNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:nodesNamed], ", "), len(names)-nodesNamed)
	}
	return strings.Join(names, ", ")
}

func (c *sweep) nodesOf(rows []model.NodeFit) string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = c.NodeName(row.Node.Key())
	}
	return some(names)
}

// holdersOf names the services whose tasks hold a port on nodes where one of a
// service is to go.
func (c *sweep) holdersOf(waits *model.Service, port string, rows []model.NodeFit) string {
	var names []string
	for _, s := range c.Services() {
		if !slices.Contains(s.Demand().HostPorts(), port) {
			continue
		}
		tasks, _ := c.TasksOf(s.Key())
		holds := slices.ContainsFunc(tasks, func(t *model.Task) bool {
			return !t.Terminal() && slices.ContainsFunc(rows, func(row model.NodeFit) bool { return row.Node.Key() == t.NodeID })
		})
		if holds {
			names = append(names, s.Name())
		}
	}
	switch {
	case len(names) == 0:
		return "a task that is not known"
	case len(names) == 1 && names[0] == waits.Name():
		return itsOwn
	}
	return some(names)
}

// itsOwn are the holders of a port where the service that waits for it holds it.
const itsOwn = "its own tasks"

// largest names the services that reserve most of a resource on a node.
func (c *sweep) largest(n *model.Node, resource string) string {
	sums := map[model.ServiceID]int64{}
	tasks, _ := c.TasksOn(n.Key())
	for _, t := range tasks {
		if t.Terminal() {
			continue
		}
		switch r := t.Reserved(); resource {
		case model.ResourceCPU:
			sums[t.ServiceID] += r.NanoCPUs
		case model.ResourceMemory:
			sums[t.ServiceID] += r.MemoryBytes
		}
	}
	var ids []model.ServiceID
	for id, sum := range sums {
		if sum > 0 && c.Service(id) != nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b model.ServiceID) int {
		if sums[a] != sums[b] {
			return int(min(max(sums[b]-sums[a], -1), 1))
		}
		return strings.Compare(string(a), string(b))
	})
	var words []string
	for _, id := range ids {
		words = append(words, c.Service(id).Name()+" "+model.Amount(resource, sums[id]))
	}
	return some(words)
}
