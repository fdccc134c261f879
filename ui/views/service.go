package views

import (
	"fmt"
	"slices"
	"strings"

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
		{Title: "NAME", Min: 12, Cut: table.CutMiddle,
			Cell: func(f table.Data, s *model.Service) table.Cell { return name(f, s.Name()) }},
		{Title: "MODE", Drop: 9,
			Cell:    func(_ table.Data, s *model.Service) table.Cell { return table.Cell{Text: modeWord(s)} },
			Compare: by(func(_ table.Data, s *model.Service) string { return string(s.Mode()) })},
		{Title: "UP/WANT",
			Cell: func(f table.Data, s *model.Service) table.Cell {
				return count(f.Cluster.Facts(s.Key()).Replicas, s.IsJob())
			},
			Compare: by(func(f table.Data, s *model.Service) int {
				r := f.Cluster.Facts(s.Key()).Replicas
				return r.Up - r.Want
			})},
		{Title: "STATE", Min: 14, Max: 24,
			Cell: func(f table.Data, s *model.Service) table.Cell {
				word, status := f.Cluster.Facts(s.Key()).State(s)
				return table.Cell{Text: word, Status: status, Sign: true}
			},
			Compare: by(func(f table.Data, s *model.Service) model.Status {
				_, status := f.Cluster.Facts(s.Key()).State(s)
				return -status
			})},
		{Title: "IMAGE", Cut: cutImage, Min: 20, Spare: 14, Max: 50, Drop: 6,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return image(s.Image()) }},
		{Title: "RESTARTS", Right: true, Drop: 5,
			Cell:    func(f table.Data, s *model.Service) table.Cell { return restarts(f.Cluster.Facts(s.Key()).Restarts) },
			Compare: by(func(f table.Data, s *model.Service) int { return -f.Cluster.Facts(s.Key()).Restarts.Count })},
		{Title: "PORTS", Min: 9, Max: 24, Drop: 7,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(ports(s.Ports())) }},
		{Title: "UPDATED", Right: true, Drop: 8,
			Cell:    func(_ table.Data, s *model.Service) table.Cell { return table.Cell{Since: s.UpdatedAt} },
			Compare: by(func(_ table.Data, s *model.Service) int64 { return -s.UpdatedAt.UnixNano() })},
		{Title: "LIMITS", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(limits(s.Spec.TaskTemplate.Resources)) }},
		{Title: "RESERVATIONS", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell {
				return text(reservations(s.Spec.TaskTemplate.Resources))
			}},
		{Title: "CONSTRAINTS", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(constraints(s)) }},
		{Title: "DIGEST", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(model.Digest(s.Image())) }},
		{Title: "CREATED", Right: true, Wide: true,
			Cell:    func(_ table.Data, s *model.Service) table.Cell { return since(s.CreatedAt) },
			Compare: by(func(_ table.Data, s *model.Service) int64 { return -s.CreatedAt.UnixNano() })},
		{Title: "ID", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(s.ID) }},
		{Title: "LABELS", Wide: true,
			Cell: func(_ table.Data, s *model.Service) table.Cell { return text(labels(s.Spec.Labels)) }},
	},
	Rows: func(f table.Data, s Scope) []*model.Service {
		if s.Of != (model.Ref{}) {
			return users(f.Cluster, s.Of)
		}
		return slices.DeleteFunc(slices.Clone(f.Cluster.Services()), func(svc *model.Service) bool { return !s.holds(svc) })
	},
	Known:  func(f table.Data, _ Scope) bool { return !f.Cluster.ServicesAt.IsZero() },
	ID:     func(s *model.Service) model.Ref { return s.Key().Ref() },
	Title:  func(_ *model.Cluster, s *model.Service) string { return s.Name() },
	Labels: func(_ *model.Cluster, s *model.Service) map[string]string { return s.Spec.Labels },
	Attention: func(c *model.Cluster, s *model.Service) model.Status {
		_, status := c.Facts(s.Key()).State(s)
		return status
	},
	Error: func(c *model.Cluster, s *model.Service) string {
		if found := c.FindingsAbout(s.Key().Ref()); len(found) > 0 && found[0].Status > model.Neutral && found[0].Why != "" {
			return found[0].Why
		}
		f := c.Facts(s.Key())
		switch {
		case f.Worst != nil && (f.Short(s.IsJob()) || f.Restarts.Loop || f.Rollout.Active()):
			return c.Reason(f.Worst)
		case f.Rollout.State == swarm.UpdateStatePaused || f.Rollout.State == swarm.UpdateStateRollbackPaused:
			return f.Rollout.Message
		case s.Damage != "":
			return s.Damage
		}
		return ""
	},
	Interest: func(s Scope) model.Interest {
		if s.Of != (model.Ref{}) {
			return model.InterestIn(s.Of)
		}
		return model.Interest{}
	},
	Enter: func(_ *model.Cluster, s *model.Service) Link {
		return Link{View: "tasks", Scope: Scope{Of: s.Key().Ref()}}
	},
	Empty: noServices,
}

// users are the services that use an object now.
func users(c *model.Cluster, r model.Ref) []*model.Service {
	var out []*model.Service
	for _, u := range c.Users(r) {
		if !u.Former {
			out = append(out, u.Service)
		}
	}
	return out
}

// modeWord is the mode in a word. UP/WANT and STATE say the rest of a job, so
// the room is left to the image.
func modeWord(s *model.Service) string {
	if s.Mode() == model.ModeReplicatedJob {
		return "job"
	}
	return string(s.Mode())
}

// restarts is the count of restarts, as model.Restarts tells it.
func restarts(r model.Restarts) table.Cell {
	c := table.Cell{Text: r.String()}
	switch {
	case c.Text == none.Text:
		return none
	case r.Loop:
		c.Status = model.Broken
	}
	return c
}

// ports are published ports in one line.
func ports(list []model.PortRange) string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.String()
	}
	return strings.Join(out, " ")
}

func limits(r *swarm.ResourceRequirements) string {
	if r == nil || r.Limits == nil {
		return ""
	}
	out := amounts(r.Limits.NanoCPUs, r.Limits.MemoryBytes)
	if n := r.Limits.Pids; n > 0 {
		out = append(out, fmt.Sprintf("%d pids", n))
	}
	return strings.Join(out, " ")
}

func reservations(r *swarm.ResourceRequirements) string {
	if r == nil || r.Reservations == nil {
		return ""
	}
	out := amounts(r.Reservations.NanoCPUs, r.Reservations.MemoryBytes)
	return strings.Join(append(out, model.GenericWords(r.Reservations.GenericResources)...), " ")
}

func amounts(nano, memory int64) []string {
	var out []string
	if nano > 0 {
		out = append(out, model.BriefCores(nano)+" cpu")
	}
	if memory > 0 {
		out = append(out, model.BriefBytes(memory))
	}
	return out
}

func constraints(s *model.Service) string {
	if p := s.Spec.TaskTemplate.Placement; p != nil {
		return strings.Join(p.Constraints, " ")
	}
	return ""
}
