package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Moment is something that happened: as the lists of the swarm tell it, or as it
// was seen in this session.
type Moment struct {
	At time.Time
	// Ref is the object that it happened to, Name what that is called.
	Ref  Ref
	Name string
	// What happened, in a few words, and why, if that is known.
	What, Why string
	Status    Status
}

// KindMoment is the kind of the rows of the timeline.
const KindMoment Kind = "moment"

var _ = register(KindInfo{Kind: KindMoment, Plural: "moments"})

// ID names the moment: it is the same in every snapshot that tells of it.
func (m Moment) ID() Ref {
	return Ref{KindMoment, strconv.FormatInt(m.At.UnixNano(), 36) + "/" + string(m.Ref.Kind) + "/" + m.Ref.ID + "/" + m.What}
}

// together is how close two times lie that tell of one thing: the engine writes an
// object once more for what it does by itself.
const together = 2 * time.Second

// Timeline is what happened lately, the newest first and so many at the most: what
// the lists tell, of which the engine announces no change of a task, and what
// was seen in this session and no list tells any more.
func (c *Cluster) Timeline(most int) []Moment { return c.TimelineOf("", most) }

// TimelineOf is the timeline of a stack; of the whole swarm where that is empty.
func (c *Cluster) TimelineOf(stack StackName, most int) []Moment {
	out := c.taskMoments(stack, most)
	out = append(out, c.chronicle...)
	for _, s := range c.services {
		out = append(out, c.serviceMoments(s)...)
	}
	for _, n := range c.nodes {
		out = append(out, c.nodeMoments(n)...)
	}
	for _, info := range Kinds() {
		for _, o := range c.Set(info.Kind).objects {
			if m := o.Meta(); !m.Local { // It is the engine's, not the swarm's.
				out = append(out, setMoments(m)...)
			}
		}
	}
	for _, at := range c.elections {
		out = append(out, Moment{At: at, Ref: c.leader(), Name: "quorum", What: "has another leader", Status: Warning})
	}
	out = slices.DeleteFunc(untold(out), func(m Moment) bool { return m.At.IsZero() || stack != "" && !c.inStack(m, stack) })
	slices.SortStableFunc(out, func(a, b Moment) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Name, b.Name)) })
	return slices.Clip(out[:min(most, len(out))])
}

// leader is the manager that leads, if one does.
func (c *Cluster) leader() Ref {
	if i := slices.IndexFunc(c.nodes, (*Node).Leads); i >= 0 {
		return c.nodes[i].Key().Ref()
	}
	return Ref{}
}

// taskMoments are when the tasks that changed last came into their states, and the
// deaths of those that the engine no longer keeps. There may be very many tasks,
// so the others are not told at all. With a stack, only its own count.
func (c *Cluster) taskMoments(stack StackName, most int) []Moment {
	tasks := c.tasks
	if stack != "" {
		tasks = maps.Clone(tasks)
		maps.DeleteFunc(tasks, func(id ServiceID, _ []*Task) bool {
			s := c.Service(id)
			return s != nil && !c.inStack(Moment{Ref: id.Ref(), Name: s.Name()}, stack)
		})
	}
	var times []int64
	for _, list := range tasks {
		for _, t := range list {
			times = append(times, t.endedAt().UnixNano())
		}
	}
	from := int64(0)
	if slices.Sort(times); len(times) > most {
		from = times[len(times)-most]
	}
	var out []Moment
	for _, list := range tasks {
		for _, t := range list {
			if t.endedAt().UnixNano() >= from {
				out = append(out, c.taskMoment(t))
			}
		}
	}
	for id, slots := range c.deaths {
		for at, d := range slots {
			out = append(out, c.deathMoments(id, at, d)...)
		}
	}
	return out
}

func (c *Cluster) taskMoment(t *Task) Moment {
	word, status := t.Status(c.Node(t.NodeID))
	m := Moment{At: t.endedAt(), Ref: t.ID.Ref(), Name: c.TaskName(t), What: word, Status: status}
	if status == Good {
		m.Status = Neutral
	}
	if t.NodeID != "" {
		m.What += " on " + c.NodeName(t.NodeID)
	}
	if t.Err != "" || t.Bad() {
		m.Why = c.Plain(t)
	}
	return m
}

// deathMoments tell of tasks that died and are not listed any more.
func (c *Cluster) deathMoments(id ServiceID, at slotKey, d slotDeaths) (out []Moment) {
	s := c.Service(id)
	if s == nil {
		return nil
	}
	place := fmt.Sprint(at.slot)
	if at.home != "" {
		place = c.NodeName(at.home)
	}
	for _, x := range d.kept {
		if c.Task(x.id) == nil {
			out = append(out, Moment{At: x.ended, Ref: id.Ref(), Name: s.Name() + "." + place, What: "died", Status: Broken, Why: "the engine no longer keeps the task"})
		}
	}
	return out
}

// updateWords are what has become of an update, and how bad that is.
var updateWords = map[swarm.UpdateState]struct {
	began, ended string
	status       Status
}{
	swarm.UpdateStateUpdating:          {"update began", "", Neutral},
	swarm.UpdateStatePaused:            {"update began", "update paused", Broken},
	swarm.UpdateStateCompleted:         {"update began", "update completed", Neutral},
	swarm.UpdateStateRollbackStarted:   {"rollback began", "", Warning},
	swarm.UpdateStateRollbackPaused:    {"rollback began", "rollback paused", Broken},
	swarm.UpdateStateRollbackCompleted: {"rollback began", "rolled back", Warning},
}

// serviceMoments are when a service was made and changed, and its last update.
func (c *Cluster) serviceMoments(s *Service) []Moment {
	m := Moment{Ref: s.Key().Ref(), Name: s.Name()}
	at := func(when time.Time, what string, status Status) Moment {
		m := m
		m.At, m.What, m.Status = when, what, status
		return m
	}
	out := []Moment{at(s.CreatedAt, "created", Neutral)}
	told := []time.Time{s.CreatedAt}
	if u := s.UpdateStatus; u != nil {
		words := updateWords[u.State]
		if u.StartedAt != nil && words.began != "" {
			out, told = append(out, at(*u.StartedAt, words.began, Neutral)), append(told, *u.StartedAt)
		}
		if u.CompletedAt != nil && words.ended != "" {
			end := at(*u.CompletedAt, words.ended, words.status)
			if words.status > Neutral {
				end.Why = c.WithTaskName(u.Message)
			}
			out, told = append(out, end), append(told, *u.CompletedAt)
		}
	}
	if !slices.ContainsFunc(told, func(t time.Time) bool { return s.UpdatedAt.Sub(t).Abs() < together }) {
		out = append(out, at(s.UpdatedAt, "changed", Neutral))
	}
	return out
}

// nodeMoments are when a node joined, went, and was last changed.
func (c *Cluster) nodeMoments(n *Node) []Moment {
	m := Moment{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())}
	out := []Moment{m, m}
	out[0].At, out[0].What = n.CreatedAt, "joined"
	out[1].At, out[1].What = n.UpdatedAt, "changed: "+string(n.Status.State)+", "+string(n.Spec.Availability)
	if n.Lost() {
		out[1].What, out[1].Why, out[1].Status = "down", n.Status.Message, Broken
	}
	if n.UpdatedAt.Sub(n.CreatedAt) < together {
		out = out[:1]
	}
	for _, at := range c.Falls(n.Key()) {
		if !n.Lost() || at.Sub(n.UpdatedAt).Abs() > together {
			m.At, m.What, m.Status = at, "went down", Broken
			out = append(out, m)
		}
	}
	return out
}

// setMoments are when an object was made and changed.
func setMoments(o Meta) []Moment {
	m := Moment{At: o.Created, Ref: o.Ref, Name: o.Name, What: "created"}
	out := []Moment{m}
	if o.Updated.Sub(o.Created) > together {
		m.At, m.What = o.Updated, "changed"
		out = append(out, m)
	}
	return out
}

// inStack reports whether a moment is of a stack.
func (c *Cluster) inStack(m Moment, stack StackName) bool {
	if meta, found := c.Find(m.Ref); found && meta.Stack != "" {
		return meta.Stack == stack
	}
	return strings.HasPrefix(m.Name, string(stack)+"_")
}
