package model

import (
	"cmp"
	"slices"
)

// Interest is what the screen shows, and so what is worth asking the engine
// for: a set of objects, and whole kinds. A service or a node stands for its
// tasks as well. The zero value is the list of services.
type Interest struct {
	refs []Ref // sorted, each once
	// Blurred is set while the terminal does not have the focus.
	Blurred bool
}

// InterestIn is the interest in some objects; see [Kind.All] for whole kinds.
func InterestIn(refs ...Ref) Interest { return Interest{}.With(refs...) }

// With is the interest with further objects.
func (i Interest) With(refs ...Ref) Interest {
	all := slices.Concat(i.refs, refs)
	slices.SortFunc(all, func(a, b Ref) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	i.refs = slices.Compact(all)
	return i
}

// Refs are what the interest is in, in a fixed order. The caller must not
// change the slice.
func (i Interest) Refs() []Ref { return i.refs }

// Has reports whether the interest names an object, or a kind; it does not name
// an object just because it is in its whole kind.
func (i Interest) Has(r Ref) bool { return slices.Contains(i.refs, r) }

// AllTasks reports whether the screen shows, or sums up, every task.
func (i Interest) AllTasks() bool { return i.Has(KindTask.All()) }

// Services are the services whose tasks are on the screen.
func (i Interest) Services() []ServiceID { return idsIn[ServiceID](i, KindService) }

// Nodes are the nodes whose tasks are on the screen.
func (i Interest) Nodes() []NodeID { return idsIn[NodeID](i, KindNode) }

// In reports whether the interest is in anything of a kind.
func (i Interest) In(k Kind) bool {
	return slices.ContainsFunc(i.refs, func(r Ref) bool { return r.Kind == k })
}

// Equal reports whether two interests are the same.
func (i Interest) Equal(o Interest) bool {
	return i.Blurred == o.Blurred && slices.Equal(i.refs, o.refs)
}

func idsIn[ID ~string](i Interest, k Kind) []ID {
	var out []ID
	for _, r := range i.refs {
		if r.Kind == k && r.ID != "" {
			out = append(out, ID(r.ID))
		}
	}
	return out
}
