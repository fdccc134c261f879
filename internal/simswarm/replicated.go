package simswarm

import (
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// reconcileReplicated makes or removes slots and hands the rest to the updater.
func (s *Swarm) reconcileReplicated(svc *service) {
	numbers, slots := s.slotsOf(svc)
	want := svc.replicas()
	switch {
	case len(numbers) > want:
		keep := keepSlots(numbers, slots, want)
		for _, t := range slices.Clone(svc.tasks) {
			if !slices.Contains(keep, t.api.Slot) {
				s.setDesired(t, swarm.TaskStateRemove)
			}
		}
		numbers = numbers[:0]
		numbers = append(numbers, keep...)
	case len(numbers) < want:
		// What is left in the slots that are refilled is of an earlier life.
		taken := map[int]bool{}
		for _, n := range numbers {
			taken[n] = true
		}
		for _, t := range slices.Clone(svc.tasks) {
			if !taken[t.api.Slot] {
				s.setDesired(t, swarm.TaskStateRemove)
			}
		}
		for n, missing := 1, want-len(numbers); missing > 0; n++ {
			if !taken[n] {
				s.newTask(svc, n, "", swarm.TaskStateRunning)
				missing--
			}
		}
	}
	list := make([]slot, 0, len(numbers))
	for _, n := range numbers {
		list = append(list, slots[n])
	}
	s.startUpdate(svc, list)
}

// slotsOf groups the tasks that hold a place by slot, the numbers in order.
func (s *Swarm) slotsOf(svc *service) ([]int, map[int]slot) {
	slots := map[int]slot{}
	for _, t := range svc.tasks {
		if t.api.DesiredState == swarm.TaskStateReady || t.api.DesiredState == swarm.TaskStateRunning {
			slots[t.api.Slot] = append(slots[t.api.Slot], t)
		}
	}
	// A slot where nothing is wanted any more still counts if its last task
	// ended and the restart policy leaves it so.
	for _, t := range slices.Backward(svc.tasks) {
		if len(slots[t.api.Slot]) == 0 && s.updatable(t) {
			slots[t.api.Slot] = slot{t}
		}
	}
	var numbers []int
	for n := range slots {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, slots
}

// keepSlots chooses the slots that survive a scale-down: those that run before
// those that do not, and so that the nodes stay even.
func keepSlots(numbers []int, slots map[int]slot, want int) []int {
	type ranked struct {
		number  int
		stopped bool
		nth     int // on its node
	}
	perNode := map[string]int{}
	var list []ranked
	add := func(running bool) {
		for _, n := range numbers {
			var host string
			is := false
			for _, t := range slots[n] {
				if t.state() == swarm.TaskStateRunning && t.wanted() {
					is = true
				}
				host = t.api.NodeID
			}
			if is == running {
				list = append(list, ranked{n, !running, perNode[host]})
				perNode[host]++
			}
		}
	}
	add(true)
	add(false)
	slices.SortStableFunc(list, func(a, b ranked) int {
		if a.stopped != b.stopped {
			if a.stopped {
				return 1
			}
			return -1
		}
		return a.nth - b.nth
	})
	var keep []int
	for _, r := range list[:want] {
		keep = append(keep, r.number)
	}
	slices.Sort(keep)
	return keep
}
