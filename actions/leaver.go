package actions

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// leaver is a service that a node is to be emptied of.
type leaver struct {
	*model.Service
	facts model.ServiceFacts
	// here are its tasks on the node that are meant to run there.
	here []*model.Task
	// away is set once it keeps away from the node.
	away bool
	rolling
	// startFirst is set where its update order is changed for the move, because
	// by its own none of its tasks would run for a while.
	trick bool
	// why it cannot go gently; empty where it can. passes is set where that ends
	// by itself.
	why    string
	passes bool
	// to is where its tasks are likely to go.
	to tally
}

// leaversOf are the services with replicas on a node, and those that keep away
// from it already, by name. The nodes of closed take no tasks meanwhile.
func leaversOf(c *model.Cluster, n *model.Node, closed []model.NodeID) []leaver {
	placer := c.Placer()
	for _, id := range append(closed, n.Key()) {
		placer.Set(id, swarm.NodeAvailabilityPause)
	}
	here := map[model.ServiceID][]*model.Task{}
	live, _ := liveTasks(c, n.Key())
	for _, t := range live {
		here[t.ServiceID] = append(here[t.ServiceID], t)
	}
	var out []leaver
	for _, s := range c.Services() {
		l := leaver{Service: s, facts: c.Facts(s.Key()), here: here[s.Key()], away: s.AwayFrom(n.Key()), to: tally{}}
		switch s.Mode() {
		case model.ModeGlobal, model.ModeGlobalJob:
			continue // Their tasks are of this node, and go with it.
		case model.ModeReplicated, model.ModeReplicatedJob:
		}
		if len(l.here) == 0 && !l.away {
			continue
		}
		l.rolling = readRolling(asJSON(struct{ UpdateConfig *swarm.UpdateConfig }{s.Spec.UpdateConfig}), "UpdateConfig", len(l.here))
		l.judge(c, placer)
		out = append(out, l)
	}
	return out
}

// judge says whether a service can go gently, how, and where to.
func (l *leaver) judge(c *model.Cluster, placer *model.Placer) {
	l.trick = !l.startFirst && l.lowest() <= 0
	switch {
	case l.IsJob():
		l.why = "a job cannot be moved: it runs to its end, or begins anew elsewhere"
	case l.away:
		return
	case held(l.Service): // A move is an update: it would end in a day, also of one task.
		l.why = isHeld
	case l.facts.Rollout.Active():
		l.why, l.passes = "it is being updated", true
	case l.MidUpdate():
		l.why = isHalted
	case l.facts.Short(false) && !l.facts.Restarts.Loop: // One that loops is short from death to death; elsewhere it may stay up.
		l.why = fmt.Sprintf("only %d of %d run now", l.facts.Up, l.facts.Want)
	case l.unreadable():
		l.why = "the engine cannot read its constraints, and asks none of them"
	case l.trick && len(localVolumes(&l.Spec)) > 0:
		l.why = fmt.Sprintf("no other task of it runs, and its data is on this node (%s)", strings.Join(localVolumes(&l.Spec), ", "))
	case l.trick && len(sharedVolumes(&l.Spec)) > 0:
		l.why = fmt.Sprintf("no other task of it runs, and by its order no two of them write to %s", strings.Join(sharedVolumes(&l.Spec), ", "))
	}
	if d := l.Demand(); l.why == "" && placer.TotalRoom(d) < len(l.here) {
		l.why = "it does not fit on other nodes: " + full(placer, d)
	}
	if l.why != "" {
		return
	}
	for range l.here {
		l.to[c.NodeName(placer.Place(l.Demand()))]++
	}
}

// full is why a node has no room for as many tasks as one would like.
func full(placer *model.Placer, d model.Demand) string {
	for range placer.TotalRoom(d) {
		placer.Place(d)
	}
	return placer.Explain(d)
}

func (l *leaver) unreadable() bool {
	_, err := model.ParseConstraints(l.Demand().Placement().Constraints)
	return err != nil
}

// lowest is the smallest number of its tasks that run on the way.
func (l *leaver) lowest() int {
	if l.startFirst || l.trick {
		return l.facts.Up
	}
	return l.facts.Up - min(l.together(), model.Running(l.here))
}

// settled reports whether a service that keeps away from a node has moved.
func (l *leaver) settled() bool {
	return len(l.here) == 0 && !l.MidUpdate() && l.facts.Sure && !l.facts.TasksAt.IsZero() && l.facts.Up >= l.facts.Want
}

// sharedVolumes are the volumes that tasks on several nodes write to: those of a
// driver of their own, and those that are mounted from elsewhere.
func sharedVolumes(spec *swarm.ServiceSpec) []string {
	c := spec.TaskTemplate.ContainerSpec
	if c == nil {
		return nil
	}
	var out []string
	for _, m := range c.Mounts {
		if (m.Type == mount.TypeVolume || m.Type == mount.TypeCluster) && m.Source != "" && !m.ReadOnly {
			out = append(out, m.Source)
		}
	}
	return out
}
