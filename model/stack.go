package model

import (
	"cmp"
	"slices"
	"time"
)

// Stack is what bears one stack's label. It is a convention of the docker
// command; the engine knows no stacks.
type Stack struct {
	Name     StackName
	Services []*Service // by name
	// Up, Finished and Want are summed over the services that are not jobs: what a job
	// has completed does not run.
	Up, Finished, Want int
	Sure               bool
	// Jobs is how many of the services are jobs, and Complete how many of
	// those are complete.
	Jobs, Complete int
	Problems       int
	Updated        time.Time
}

// findStacks groups the services by their stack, by name.
func (c *Cluster) findStacks() []Stack {
	byName := map[StackName]*Stack{}
	for _, s := range c.services {
		name := s.Stack()
		if name == "" {
			continue
		}
		st := byName[name]
		if st == nil {
			st = &Stack{Name: name, Sure: true}
			byName[name] = st
		}
		st.Services = append(st.Services, s)
		f := c.Facts(s.Key())
		if s.IsJob() {
			st.Jobs++
			if f.Counted() && !f.Short(true) {
				st.Complete++
			}
		} else {
			st.Up, st.Finished, st.Want = st.Up+f.Up, st.Finished+f.Finished, st.Want+f.Want
			st.Sure = st.Sure && f.Sure
		}
		st.Updated = later(st.Updated, s.UpdatedAt)
	}
	for _, p := range c.problems {
		if s := c.Service(p.Ref.Service()); s != nil && s.Stack() != "" {
			byName[s.Stack()].Problems++
		}
	}
	out := make([]Stack, 0, len(byName))
	for _, st := range byName {
		out = append(out, *st)
	}
	slices.SortFunc(out, func(a, b Stack) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// KindStack is the kind of stacks.
const KindStack Kind = "stack"

// stack finds a stack; nil if there is none of that name.
func (c *Cluster) stack(n StackName) *Stack {
	i, ok := slices.BinarySearchFunc(c.stacks, n, func(st Stack, n StackName) int { return cmp.Compare(st.Name, n) })
	if !ok {
		return nil
	}
	return &c.stacks[i]
}

var _ = register(KindInfo{
	Kind: KindStack, Plural: "stacks",
	Find: func(c *Cluster, id string) (Meta, bool) {
		st := c.stack(StackName(id))
		if st == nil {
			return Meta{}, false
		}
		return Meta{Ref: st.Name.Ref(), Name: string(st.Name), Stack: st.Name, Updated: st.Updated}, true
	},
	Names: func(c *Cluster) []string {
		out := make([]string, len(c.stacks))
		for i, st := range c.stacks {
			out[i] = string(st.Name)
		}
		return out
	},
	Shown: func(*Cluster, string) []Ref { return []Ref{KindNetwork.All()} },
	Logs: func(c *Cluster, id string) LogSource {
		if st := c.stack(StackName(id)); st != nil {
			return LogSource{Stacks: []StackName{st.Name}}
		}
		return LogSource{}
	},
})
