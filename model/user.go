package model

import (
	"fmt"
	"sync"

	"github.com/moby/moby/api/types/swarm"
)

// User is a service that uses an object.
type User struct {
	Service *Service
	// Former is set where only the earlier version of the service uses it: a
	// rollback would bring that back.
	Former bool
}

// Users are the services that use an object, by name. The caller must not change
// the slice.
func (c *Cluster) Users(r Ref) []User { return c.users.of(c, r) }

// UserNames are the names of the services that use an object now, and of those
// of which only the earlier version does.
func UserNames(users []User) (now, former []string) {
	for _, u := range users {
		if u.Former {
			former = append(former, u.Service.Name())
		} else {
			now = append(now, u.Service.Name())
		}
	}
	return now, former
}

// userIndex finds the users of objects. It is filled when it is first asked.
type userIndex struct {
	fill  sync.Once
	users map[Ref][]User
}

func (x *userIndex) of(c *Cluster, r Ref) []User {
	if x == nil {
		return nil // A snapshot that no Builder made.
	}
	x.fill.Do(func() {
		x.users = map[Ref][]User{}
		for _, s := range c.services {
			x.add(c, s)
		}
	})
	return x.users[r]
}

func (x *userIndex) add(c *Cluster, s *Service) {
	seen := map[Ref]bool{}
	for _, version := range []struct {
		spec   *swarm.ServiceSpec
		former bool
	}{{&s.Spec, false}, {s.PreviousSpec, true}} {
		if version.spec == nil {
			continue
		}
		for _, ref := range c.usedBy(version.spec) {
			if !seen[ref] {
				seen[ref] = true
				x.users[ref] = append(x.users[ref], User{Service: s, Former: version.former})
			}
		}
	}
}

// usedBy are the objects that a specification uses, which may have one twice.
func (c *Cluster) usedBy(spec *swarm.ServiceSpec) []Ref {
	var out []Ref
	for _, n := range References(spec) {
		out = append(out, n.Ref)
	}
	for _, info := range Kinds() {
		if info.Implied != nil {
			info.Implied(c, spec, func(id string) { out = append(out, Ref{info.Kind, id}) })
		}
	}
	return out
}

// Reference is how a specification names an object.
type Reference struct {
	Ref  Ref
	Name string // empty where the specification does not tell it
}

// String names the object to people.
func (r Reference) String() string {
	if r.Name == "" {
		return fmt.Sprintf("the %s %s", r.Ref.Kind, ShortID(r.Ref.ID))
	}
	return fmt.Sprintf("the %s %s", r.Ref.Kind, r.Name)
}

// References are the objects that a specification names, which may have one
// twice.
func References(spec *swarm.ServiceSpec) []Reference {
	var out []Reference
	for _, info := range Kinds() {
		if info.Uses != nil {
			info.Uses(spec, func(id, name string) {
				if id != "" {
					out = append(out, Reference{Ref{info.Kind, id}, name})
				}
			})
		}
	}
	return out
}
