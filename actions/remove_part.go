package actions

import (
	"fmt"
	"time"

	"skep/model"
)

// What services use is removed alike.
var (
	removeNetwork = removePart(model.KindNetwork)
	removeConfig  = removePart(model.KindConfig)
	removeSecret  = removePart(model.KindSecret)
)

func removePart(kind model.Kind) Action {
	return Action{
		Verb: "remove", Title: "Remove", Kind: kind, Tier: Destructive,
		Enabled: func(c *model.Cluster, t Target) string {
			n, network := model.Lookup[*model.Network](c, t.Ref)
			switch {
			case network && !n.InSwarm():
				return "it belongs to this engine alone, and not to the swarm"
			case network && n.Ingress:
				return "it carries the published ports of all services"
			}
			return ""
		},
		Plan: planRemovePart,
	}
}

// tasksLinger is how long the tasks of a network's last service may take until
// they are gone, besides the time that they have to stop.
const tasksLinger = 10 * time.Second

// planRemovePart removes what no service uses, or none but those that are removed
// with it.
func planRemovePart(in Input) (Plan, error) {
	kind, name := in.Target.Ref.Kind, in.Target.Name
	var others, along, former []string
	grace := time.Duration(0)
	for _, u := range in.Cluster.Users(in.Target.Ref) {
		switch with := in.inBatch(u.Service.Key().Ref()); {
		case with && !u.Former:
			along = append(along, u.Service.Name())
			grace = max(grace, stopGrace(u.Service), goneWithin)
		case with:
		case u.Former:
			former = append(former, u.Service.Name())
		default:
			others = append(others, u.Service.Name())
		}
	}
	if len(others) > 0 {
		return Plan{}, fmt.Errorf("%s %s it: the engine keeps what a service uses", list(others), verb(len(others), "uses", "use"))
	}
	arg := name
	if !typeable(name) {
		arg = in.Target.Ref.ID
	}
	p := Plan{
		Verb: "remove", Title: fmt.Sprintf("remove the %s %s", kind, name), Target: in.Target, Risk: Destructive,
		Steps:    []Step{{Op: OpRemove, Ref: in.Target.Ref, Name: name, Seen: in.Doc, Patience: grace + tasksLinger}},
		Commands: []string{command(string(kind), "rm", arg)},
		Undo:     Undo{Sentence: comesBack(kind)},
	}
	if len(along) > 0 {
		p.Impact.say("used by %s, which %s first; waits until %s gone", list(along), verb(len(along), "goes", "go"), verb(len(along), "it is", "they are"))
	} else {
		p.Impact.say("no service uses it")
	}
	if len(former) > 0 {
		p.warn("the version of %s before needs it: to roll back then starts no task", list(former))
	}
	if stack := stackOf(in); stack != "" && !in.InGroup {
		p.warn("it belongs to the stack %s: the next docker stack deploy creates it again", stack)
	}
	p.confirm()
	return p, nil
}

// comesBack is how what is removed can be had again.
func comesBack(kind model.Kind) string {
	info := kind.Info()
	switch {
	case info.Unmade != "":
		return "cannot be undone: " + info.Unmade
	case len(info.Lost) > 0:
		return "skep undo makes it again as it was, without " + list(info.Lost)
	}
	return "skep undo makes it again as it was"
}

// stopGrace is how long the tasks of a service have to stop.
func stopGrace(s *model.Service) time.Duration {
	if c := s.Spec.TaskTemplate.ContainerSpec; c != nil && c.StopGracePeriod != nil {
		return *c.StopGracePeriod
	}
	return 0
}
