package model

import "slices"

// diagnosed are the kinds that rules read beside services and nodes.
var diagnosed = []Kind{KindTask, KindNetwork, KindSecret, KindConfig}

// Diagnosis is the interest of who judges the whole swarm once.
func Diagnosis() Interest { return DiagnosisLists().With(KindTask.All()) }

// DiagnosisLists is the same without the tasks, which the feed reads in turn: the
// lists that rules need and nothing else reads.
func DiagnosisLists() Interest {
	var refs []Ref
	for _, k := range diagnosed[1:] {
		refs = append(refs, k.All())
	}
	return InterestIn(refs...)
}

// Diagnosed reports whether a snapshot has all that a verdict on the whole swarm
// rests on.
func (c *Cluster) Diagnosed() bool {
	return c.Explained() && !slices.ContainsFunc(diagnosed[1:], func(k Kind) bool { return !c.Set(k).Known() })
}

// ListsUnread are the plurals of the kinds that rules read beside services, nodes and
// tasks and of which nothing is known here: not yet, or because the engine refuses.
func (c *Cluster) ListsUnread() (out []string) {
	for _, k := range diagnosed[1:] {
		if c.Set(k).At.IsZero() {
			out = append(out, k.Info().Plural)
		}
	}
	return out
}

// TasksUnread counts the services whose tasks were not read. Those that were, and
// are not kept, have left what they say of restarts.
func (c *Cluster) TasksUnread() (n int) {
	for _, s := range c.Services() {
		if f := c.Facts(s.Key()); f.TasksAt.IsZero() && f.Restarts.At.IsZero() {
			n++
		}
	}
	return n
}

// Explained reports whether a snapshot has all tasks that a verdict on the whole
// swarm rests on. That can take longer than the lists of what there is, and on a
// swarm full of problems for ever.
func (c *Cluster) Explained() bool {
	for _, s := range c.Services() {
		if !c.Facts(s.Key()).Sure {
			return false
		}
	}
	return c.TasksUnread() == 0
}
