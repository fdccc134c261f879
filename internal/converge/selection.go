package converge

import (
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// Selection is what is waited for.
type Selection struct {
	// All takes every service, Stacks take all of theirs, those too that are
	// added meanwhile.
	All    bool
	Stacks []model.StackName
	// Services are single ones, each with the version from which on it is the one
	// that is waited for; 0 for any.
	Services map[model.ServiceID]uint64
	// Names are what those are called that no snapshot may show yet.
	Names map[model.ServiceID]string
	// Roles are nodes that are to become managers, or workers again.
	Roles map[model.NodeID]bool
}

// Select finds what names mean: services, by name or ID, and stacks. Where a
// service and a stack share a name, service/NAME and stack/NAME tell them apart.
func Select(c *model.Cluster, names []string) (Selection, error) {
	out := Selection{Services: map[model.ServiceID]uint64{}}
	for _, name := range names {
		kind, bare := split(name)
		var services []model.ServiceID
		stack := false
		for _, s := range c.Services() {
			if s.Name() == bare || s.ID == bare {
				services = append(services, s.Key())
			}
			stack = stack || string(s.Stack()) == bare
		}
		if kind == "stack" {
			services = nil
		}
		stack = stack && kind != "service"
		switch {
		case stack && len(services) > 0:
			return out, fmt.Errorf("there are a service and a stack called %q: say service/%s or stack/%s", bare, bare, bare)
		case len(services) > 1:
			return out, fmt.Errorf("%d services are called %s: give the ID of one", len(services), bare)
		case stack:
			out.Stacks = append(out.Stacks, model.StackName(bare))
		case len(services) == 1:
			out.Services[services[0]] = 0
		case kind != "":
			return out, fmt.Errorf("there is no %s %q", kind, bare)
		default:
			return out, fmt.Errorf("there is no service or stack %q", bare)
		}
	}
	return out, nil
}

// split takes the kind off a name that begins with one.
func split(name string) (kind, bare string) {
	for _, kind := range []string{"service", "stack"} {
		if bare, ok := strings.CutPrefix(name, kind+"/"); ok {
			return kind, bare
		}
	}
	return "", name
}

// Members are the services that are waited for now, by name.
func (s Selection) Members(c *model.Cluster) []model.ServiceID {
	var out []model.ServiceID
	for _, one := range c.Services() {
		_, named := s.Services[one.Key()]
		if named || s.All || one.Stack() != "" && slices.Contains(s.Stacks, one.Stack()) {
			out = append(out, one.Key())
		}
	}
	for id := range s.Services {
		if c.Service(id) == nil {
			out = append(out, id) // It was removed; that is told.
		}
	}
	return out
}

// manyServices is from how many services on one list of all tasks is asked for.
const manyServices = 50

// Interest is what has to be read.
func (s Selection) Interest(c *model.Cluster) model.Interest {
	members := s.Members(c)
	if len(members) > manyServices {
		return model.InterestIn(model.KindTask.All())
	}
	refs := make([]model.Ref, len(members))
	for i, id := range members {
		refs[i] = id.Ref()
	}
	return model.InterestIn(refs...)
}
