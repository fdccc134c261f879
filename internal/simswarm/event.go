package simswarm

import (
	"strconv"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/api/types/swarm"
)

const (
	// eventHistory is how many events the daemon keeps for "since". The
	// engine's.
	eventHistory = 256
	// eventBacklog is how many events wait for a slow reader before they are
	// dropped without a word.
	eventBacklog = 1024
)

// bus hands the events to those who listen.
type bus struct {
	past      []events.Message
	listeners []chan events.Message
}

// forget empties the history.
func (b *bus) forget() { b.past = nil }

func (b *bus) listen() chan events.Message {
	c := make(chan events.Message, eventBacklog)
	b.listeners = append(b.listeners, c)
	return c
}

func (b *bus) unlisten(c chan events.Message) { b.listeners = remove(b.listeners, c) }

// emit publishes an event of the swarm. There are none for tasks, and a worker
// hears of none.
func (s *Swarm) emit(kind, action, id string, attributes map[string]string) {
	if s.me != nil && !s.me.manager {
		return
	}
	m := events.Message{
		Type: events.Type(kind), Action: events.Action(action),
		Actor: events.Actor{ID: id, Attributes: attributes},
		Scope: "swarm", Time: s.now.Unix(), TimeNano: s.now.UnixNano(),
	}
	s.past = append(s.past, m)
	if len(s.past) > eventHistory {
		s.past = s.past[len(s.past)-eventHistory:]
	}
	for _, c := range s.listeners {
		select {
		case c <- m:
		default:
		}
	}
}

// changes collects the attributes of an event that say what is different.
type changes map[string]string

func (c changes) diff(name, old, now string) {
	if old == now {
		return
	}
	if now != "" {
		c[name+".new"] = now
	}
	if old != "" {
		c[name+".old"] = old
	}
}

func (s *Swarm) emitNode(action string, n *node, old *swarm.Node) {
	c := changes{"name": n.hostname()}
	if old != nil {
		c.diff("availability", string(old.Spec.Availability), string(n.api.Spec.Availability))
		c.diff("role", string(old.Spec.Role), string(n.api.Spec.Role))
		c.diff("state", string(old.Status.State), string(n.api.Status.State))
	}
	s.emit("node", action, n.id(), c)
}

func (s *Swarm) emitService(action string, svc *service, old *swarm.Service) {
	c := changes{"name": svc.name()}
	if old != nil {
		was, is := old.Spec.TaskTemplate.ContainerSpec, svc.api.Spec.TaskTemplate.ContainerSpec
		if was != nil && is != nil {
			c.diff("image", was.Image, is.Image)
		}
		c.diff("replicas", replicasText(old), replicasText(&svc.api))
		c.diff("updatestate", updateState(old), updateState(&svc.api))
	}
	s.emit("service", action, svc.id(), c)
}

func replicasText(svc *swarm.Service) string {
	if r := svc.Spec.Mode.Replicated; r != nil && r.Replicas != nil {
		return strconv.FormatUint(*r.Replicas, 10)
	}
	return ""
}

func updateState(svc *swarm.Service) string {
	if svc.UpdateStatus == nil {
		return ""
	}
	return string(svc.UpdateStatus.State)
}
