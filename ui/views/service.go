package views

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Services is the start screen.
var Services = View[*model.Service]{
	Name: "services", Aliases: []string{"svc", "s", "service"},
	About: "what should run, and how much of it does",
	Kind:  model.KindService, Keys: keys.Services, Narrows: true,
	Columns: []table.Column[*model.Service]{
		{Title: "NAME", Min: 24, Max: 48, Flex: true,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return table.Cell{Text: s.Name()} }},
		{Title: "MODE", Drop: 4,
			Cell:    func(_ table.Frame, s *model.Service) table.Cell { return table.Cell{Text: modeWord(s)} },
			Compare: by(func(_ table.Frame, s *model.Service) string { return string(s.Mode()) })},
		{Title: "UP/WANT",
			Cell: func(f table.Frame, s *model.Service) table.Cell {
				return count(f.Cluster.Facts(s.Key()).Replicas, s.IsJob())
			},
			Compare: by(func(f table.Frame, s *model.Service) int {
				r := f.Cluster.Facts(s.Key()).Replicas
				return r.Up - r.Want
			})},
		{Title: "STATE", Max: 24,
			Cell: func(f table.Frame, s *model.Service) table.Cell {
				word, status := f.Cluster.Facts(s.Key()).State(s)
				return table.Cell{Text: word, Status: status, Sign: true}
			},
			Compare: by(func(f table.Frame, s *model.Service) model.Status {
				_, status := f.Cluster.Facts(s.Key()).State(s)
				return -status
			})},
		{Title: "IMAGE", CutLeft: true, Min: 14, Max: 50, Drop: 3,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return text(shortImage(s.Image())) }},
		{Title: "RESTARTS", Right: true, Drop: 6,
			Cell:    func(f table.Frame, s *model.Service) table.Cell { return restarts(f.Cluster.Facts(s.Key()).Restarts) },
			Compare: by(func(f table.Frame, s *model.Service) int { return -f.Cluster.Facts(s.Key()).Restarts.Count })},
		{Title: "PORTS", Max: 24, Drop: 7,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return text(ports(s)) }},
		{Title: "UPDATED", Right: true, Drop: 8,
			Cell:    func(_ table.Frame, s *model.Service) table.Cell { return table.Cell{Since: s.UpdatedAt} },
			Compare: by(func(_ table.Frame, s *model.Service) int64 { return -s.UpdatedAt.UnixNano() })},
		{Title: "LIMITS", Wide: true, Drop: 9,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return text(limits(s.Spec.TaskTemplate.Resources)) }},
		{Title: "CONSTRAINTS", Wide: true, Min: 20, Drop: 10,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return text(constraints(s)) }},
		{Title: "LABELS", Wide: true, Min: 20, Drop: 11,
			Cell: func(_ table.Frame, s *model.Service) table.Cell { return text(labels(s.Spec.Labels)) }},
	},
	Rows: func(c *model.Cluster, s Scope) []*model.Service {
		return slices.DeleteFunc(slices.Clone(c.Services()), func(svc *model.Service) bool { return !s.holds(svc) })
	},
	Known:  func(c *model.Cluster, _ Scope) bool { return !c.ServicesAt.IsZero() },
	ID:     func(s *model.Service) model.Ref { return s.Key().Ref() },
	Title:  func(_ *model.Cluster, s *model.Service) string { return s.Name() },
	Labels: func(_ *model.Cluster, s *model.Service) map[string]string { return s.Spec.Labels },
	Match: func(dst []string, c *model.Cluster, s *model.Service) []string {
		word, _ := c.Facts(s.Key()).State(s)
		return append(dst, s.Name(), string(s.Mode()), word, shortImage(s.Image()))
	},
	Error: func(c *model.Cluster, s *model.Service) string {
		f := c.Facts(s.Key())
		switch {
		case f.Worst != nil && (f.Short(s.IsJob()) || f.Restarts.Loop || f.Rollout.Active()):
			return model.Reason(f.Worst)
		case f.Rollout.State == swarm.UpdateStatePaused || f.Rollout.State == swarm.UpdateStateRollbackPaused:
			return f.Rollout.Message
		case s.Damage != "":
			return s.Damage
		}
		return ""
	},
	Interest: func(Scope) model.Interest { return model.Interest{} },
	Enter: func(_ *model.Cluster, s *model.Service) Link {
		return Link{View: "tasks", Scope: Scope{Service: s.Key()}}
	},
	Empty: noServices,
}

// modeWord is the mode in a word. UP/WANT and STATE say the rest of a job, so
// the room is left to the image.
func modeWord(s *model.Service) string {
	if s.Mode() == model.ModeReplicatedJob {
		return "job"
	}
	return string(s.Mode())
}

// restarts is the count of restarts; a plus where the engine has forgotten
// older ones.
func restarts(r model.Restarts) table.Cell {
	if !r.Known {
		return none
	}
	c := table.Cell{Text: fmt.Sprint(r.Count)}
	if r.More {
		c.Text += "+"
	}
	if r.Loop {
		c.Status = model.Broken
	}
	return c
}

// ports are the published ports of a service.
func ports(s *model.Service) string {
	list := s.Endpoint.Ports
	if len(list) == 0 && s.Spec.EndpointSpec != nil {
		list = s.Spec.EndpointSpec.Ports
	}
	var out []string
	for _, p := range list {
		t := fmt.Sprintf("%d:%d", p.PublishedPort, p.TargetPort)
		if p.PublishedPort == 0 {
			t = fmt.Sprint(p.TargetPort)
		}
		if p.Protocol != network.TCP && p.Protocol != "" {
			t += "/" + string(p.Protocol)
		}
		if p.PublishMode == swarm.PortConfigPublishModeHost {
			t += " host"
		}
		out = append(out, t)
	}
	return strings.Join(out, " ")
}

func limits(r *swarm.ResourceRequirements) string {
	if r == nil || r.Limits == nil {
		return ""
	}
	var out []string
	if n := r.Limits.NanoCPUs; n > 0 {
		out = append(out, cores(n)+" cpu")
	}
	if n := r.Limits.MemoryBytes; n > 0 {
		out = append(out, bytes(n))
	}
	if n := r.Limits.Pids; n > 0 {
		out = append(out, fmt.Sprintf("%d pids", n))
	}
	return strings.Join(out, " ")
}

func constraints(s *model.Service) string {
	if p := s.Spec.TaskTemplate.Placement; p != nil {
		return strings.Join(p.Constraints, " ")
	}
	return ""
}
