package model

import "fmt"

// replaceAtMost is how many tasks an update is played through with: beyond that
// nothing new comes up, and a preview has to stand at once.
const replaceAtMost = 500

// Replacement is one update to play through.
type Replacement struct {
	// Demand is what the new tasks ask for, Old are the tasks to replace.
	Demand Demand
	Old    []*Task
	// Together is how many are replaced at once, StartFirst whether the new
	// task runs before the old one stops, Bound whether each new task has to
	// go to the old one's node.
	Together          int
	StartFirst, Bound bool
}

// MakesRoom reports whether a new task could be where an old one is, once that
// is gone.
func (p *Placer) MakesRoom(d Demand, old *Task) bool {
	n := p.cluster.Node(old.NodeID)
	if n == nil {
		return false
	}
	p.Vacate(old)
	defer p.count(old, 1)
	return p.Fits(d, n).OK()
}

// Replace plays an update through, batch by batch, and tells how many of the
// old tasks get no successor because that fits nowhere, and why; an update
// waits for it without an end. It takes the tasks in their order. The Placer is of no use afterwards.
func (p *Placer) Replace(r Replacement) (stuck int, why string) {
	if !r.Bound && p.TotalRoom(r.Demand) >= len(r.Old) {
		return 0, "" // There is room for all of them beside the old ones.
	}
	queue := r.Old[:min(len(r.Old), replaceAtMost)]
	together := max(1, r.Together)
	var waiting []*Task
	for len(queue) > 0 || len(waiting) > 0 {
		n := min(len(queue), together-len(waiting))
		waiting = append(waiting, queue[:n]...)
		if !r.StartFirst {
			for _, t := range queue[:n] {
				p.Vacate(t)
			}
		}
		queue = queue[n:]
		var left []*Task
		for _, t := range waiting {
			if !p.succeed(r, t) {
				left = append(left, t)
			}
		}
		if len(left) == together || len(left) > 0 && len(left) == len(waiting) && len(queue) == 0 {
			return len(left) + len(queue), p.whyStuck(r, left[0])
		}
		waiting = left
	}
	return 0, ""
}

// succeed places the successor of a task, if it fits.
func (p *Placer) succeed(r Replacement, old *Task) bool {
	if r.Bound {
		n := p.cluster.Node(old.NodeID)
		if n == nil || !p.Fits(r.Demand, n).OK() {
			return false
		}
		p.Occupy(r.Demand, n)
	} else if p.Place(r.Demand) == "" {
		return false
	}
	if r.StartFirst {
		p.Vacate(old)
	}
	return true
}

// whyStuck is why the successor of a task fits nowhere.
func (p *Placer) whyStuck(r Replacement, old *Task) string {
	at := NodeID("")
	if r.Bound {
		at = old.NodeID
	}
	why := p.ExplainAt(r.Demand, at)
	if r.StartFirst {
		p.Vacate(old)
		if p.ExplainAt(r.Demand, at) == "" {
			return besideOld(why)
		}
	}
	return why
}

// besideOld says that only the task to be replaced is in the way.
func besideOld(why string) string {
	return fmt.Sprintf("no room beside the task it replaces, which runs until the new one does (start-first): %s", why)
}
