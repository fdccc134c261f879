package model

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Object is an object of a kind that the console keeps as the engine lists it.
type Object interface {
	// Meta is what objects of all kinds have in common.
	Meta() Meta
}

// Set is what is known of the objects of one kind. It is immutable.
type Set struct {
	// At is when they were last read whole; zero while they were not.
	At time.Time
	// Err is why they could not be read again, at which what was known stays;
	// nil for no such thing.
	Err     error
	objects []Object // by name, what only the connected engine has last
	byID    map[string]Object
}

// metaOf is the Meta of what the swarm's store keeps.
func metaOf(k Kind, id string, m swarm.Meta, a swarm.Annotations, damage string) Meta {
	return Meta{Ref: Ref{k, id}, Name: a.Name, Stack: StackName(a.Labels[LabelStack]), Labels: a.Labels,
		Version: m.Version.Index, Created: m.CreatedAt, Updated: m.UpdatedAt, Moved: m.UpdatedAt, Damage: damage}
}

// nothing is the set of a kind that was not read.
var nothing = &Set{}

// Set is what is known of the objects of a kind; never nil.
func (c *Cluster) Set(k Kind) *Set {
	if c == nil || c.sets[k] == nil {
		return nothing
	}
	return c.sets[k]
}

// Len is how many objects there are.
func (s *Set) Len() int { return len(s.objects) }

// Known reports whether the objects were read, or cannot be.
func (s *Set) Known() bool { return !s.At.IsZero() || s.Err != nil }

// Listed are the objects of a kind, in a slice of its own: by name, with what
// only the connected engine has last. T is the type
// that the kind decodes them into.
func Listed[T Object](c *Cluster, k Kind) []T {
	set := c.Set(k)
	out := make([]T, 0, len(set.objects))
	for _, o := range set.objects {
		if t, ok := o.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

// Lookup finds an object of a kind that is kept as a set.
func Lookup[T Object](c *Cluster, r Ref) (T, bool) {
	t, ok := c.Set(r.Kind).byID[r.ID].(T)
	return t, ok
}

// findListed is KindInfo.Find of the kinds that are kept as sets.
func findListed(c *Cluster, r Ref) (Meta, bool) {
	if o := c.Set(r.Kind).byID[r.ID]; o != nil {
		return o.Meta(), true
	}
	return Meta{}, false
}

// shownWithUsers is KindInfo.Shown of an object whose users' tasks matter. There
// are so many that are read at once.
func shownWithUsers(c *Cluster, r Ref) []Ref {
	const most = 50
	out := []Ref{r}
	for _, u := range c.Users(r) {
		if !u.Former && len(out) <= most {
			out = append(out, u.Service.Key().Ref())
		}
	}
	return out
}

// namesListed is KindInfo.Names of the kinds that are kept as sets.
func namesListed(c *Cluster, k Kind) []string {
	var out []string
	for _, o := range c.Set(k).objects {
		out = append(out, o.Meta().Name)
	}
	return out
}

// SetObjects takes in the list of all objects of a kind.
func (b *Builder) SetObjects(k Kind, objects []Object, at time.Time) {
	s := &Set{At: at, byID: make(map[string]Object, len(objects))}
	s.objects = slices.SortedFunc(slices.Values(objects), func(x, y Object) int {
		a, b := x.Meta(), y.Meta()
		return cmp.Or(compareBool(a.Local, b.Local), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref.ID, b.Ref.ID))
	})
	for _, o := range s.objects {
		s.byID[o.Meta().Ref.ID] = o
	}
	b.at = later(b.at, at)
	b.putSet(k, s)
}

// SetUnread says that the objects of a kind could not be read. Those that are
// known stay.
func (b *Builder) SetUnread(k Kind, err error) {
	s := &Set{}
	if known := b.sets[k]; known != nil {
		*s = *known
	}
	s.Err = err
	b.putSet(k, s)
}

// Unread is why the objects of a kind could not be read; nil for no such thing.
func (b *Builder) Unread(k Kind) error {
	if s := b.sets[k]; s != nil {
		return s.Err
	}
	return nil
}

// putSet replaces the sets, which snapshots share.
func (b *Builder) putSet(k Kind, s *Set) {
	sets := maps.Clone(b.sets)
	if sets == nil {
		sets = map[Kind]*Set{}
	}
	sets[k] = s
	b.sets = sets
}
