package ui

import (
	"slices"

	"skep/model"
	"skep/ui/screen"
)

// path is the way down to a screen; the last is shown.
type path []screen.Screen

// lasting is a path without streams, which end when they are left.
func (p path) lasting() path {
	return slices.DeleteFunc(slices.Clone(p), func(s screen.Screen) bool {
		_, live := s.(screen.Live)
		return live
	})
}

// leadsTo reports whether a path goes on to be the other.
func (p path) leadsTo(other path) bool {
	return len(p) <= len(other) && slices.Equal(p, other[:len(p)])
}

// trail is what was shown before the path that is shown now.
type trail struct {
	// below are the paths that a command left, the last one last: what "q" and
	// "esc" return to from the top of a path.
	below []path
	// shown are the last paths that were shown, for "-".
	shown []path
}

// lastOf keeps the last elements of a list.
func lastOf(list []path, n int) []path { return slices.Clone(list[max(0, len(list)-n):]) }

func (t *trail) descend(from path) { t.below = lastOf(append(t.below, from), trailBelow) }

// ascend gives the path below back; nil for none.
func (t *trail) ascend() path {
	n := len(t.below) - 1
	if n < 0 {
		return nil
	}
	p := t.below[n]
	t.below = t.below[:n]
	return p
}

// note remembers a path that is left.
func (t *trail) note(p path) {
	t.shown = slices.DeleteFunc(t.shown, func(s path) bool { return slices.Equal(s, p) })
	t.shown = lastOf(append(t.shown, p), trailShown)
}

// before is the path that was shown last and is not the one given; nil for none.
func (t *trail) before(now path) path {
	for _, p := range slices.Backward(t.shown) {
		if !slices.Equal(p, now) {
			return p
		}
	}
	return nil
}

// setStack narrows all that one can return to.
func (t *trail) setStack(n model.StackName) {
	for _, p := range slices.Concat(t.below, t.shown) {
		p.setStack(n)
	}
}

func (p path) setStack(n model.StackName) {
	for _, s := range p {
		if l, ok := s.(screen.Narrowed); ok {
			l.SetStack(n)
		}
	}
}
