package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// A task that follows one that died proves that the trouble is over when it has
// outlived it by a quarter and by proofMargin, but has to run no longer than
// proofMost for it. Until then a slot that is up is so between two deaths, as
// far as anybody knows.
const (
	proofMargin = 5 * time.Second
	proofMost   = 10 * time.Minute
)

// proof is how long a task has to run that follows it. Where the health check never
// passed, one that runs has got further already.
func (d death) proof() time.Duration {
	if d.neverWell {
		return proofMargin
	}
	return d.outlived()
}

// outlived is how long it takes to see that the task after it lasts longer.
func (d death) outlived() time.Duration { return min(d.life*5/4+proofMargin, proofMost) }

// provenAt is when the running task of a slot has proved that it lasts, if
// nothing changes; zero where there is nothing to prove. What its specification
// was changed to is no proof, and nor is a task in between that did not last:
// neither mended anything for certain.
func (s slotDeaths) provenAt(head *Task) time.Time {
	need, next := time.Duration(0), head.CreatedAt
	for _, d := range s.kept {
		if next.Sub(d.ended) > d.outlived()+head.restartDelay() {
			break
		}
		need, next = max(need, d.proof()), d.created
	}
	if need == 0 {
		return time.Time{}
	}
	return head.endedAt().Add(need) // It changed last when it came to run.
}

// calmAt is when the running task of a slot has run for as long as an update
// watches it, where somebody changed the specification after the last death, so that
// it may be mended; zero where nobody did. A restart changes nothing.
func (s slotDeaths) calmAt(service *Service, head *Task) time.Time {
	if len(s.kept) == 0 || head.Spec == nil || s.kept[0].spec == 0 || samePrint(head.print(), s.kept[0].spec) {
		return time.Time{}
	}
	if last := s.kept[0]; head.Spec.ForceUpdate != last.forced {
		only := head.Spec.TaskSpec
		if only.ForceUpdate = last.forced; FingerprintOf(&only) == last.spec {
			return time.Time{}
		}
	}
	return head.endedAt().Add(service.window())
}

// proof is when a task that is up has proved that it lasts.
type proof struct {
	at time.Time
	// calm is when it is only watched any more, see calmAt.
	calm time.Time
	// fresh is set if it is of the present specification.
	fresh bool
}

// prove notes the task of a slot that follows one that died.
func (y *tally) prove(s *Service, slot []*Task, seen slotDeaths, nodes map[NodeID]*Node) {
	head := slot[0]
	if s.IsJob() || !head.Wanted() || head.Terminal() {
		return
	}
	if n := nodes[head.NodeID]; head.State == swarm.TaskStateRunning && (n == nil || n.Lost()) {
		return
	}
	deaths := deathsIn(slot, seen).ofTasks(nodes)
	at := deaths.provenAt(head)
	switch {
	case at.IsZero():
	case head.State != swarm.TaskStateRunning:
		y.restarting++ // The count may have it running already.
	default:
		y.proofs = append(y.proofs, proof{at, deaths.calmAt(s, head), s.UpToDate(head)})
	}
}

// unproven counts tasks that have not proved yet that they last.
type unproven struct {
	// all are those that are up, fresh those of them that are of the present
	// specification, and watched those that were changed after the last death and
	// have run well since, for a while.
	all, fresh, watched int
	// until is when the last of them has proved it, if nothing changes.
	until time.Time
}

func (y *tally) unproved(now time.Time) (u unproven) {
	for _, p := range y.proofs {
		if !now.Before(p.at) {
			continue
		}
		u.all++
		u.until = later(u.until, p.at)
		if p.fresh {
			u.fresh++
		}
		if !p.calm.IsZero() && !now.Before(p.calm) {
			u.watched++
		}
	}
	return u
}
