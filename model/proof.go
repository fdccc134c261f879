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

// What dies once after a long life most likely runs again as before, and is only watched
// once it has run for onceWindow, as long as an update is watched at the least. A second
// death within onceWithin tells otherwise, and so does one after a life for which proof
// can be waited.
const (
	onceWindow = 30 * time.Second
	onceWithin = 24 * time.Hour
)

// onceAt is when the running task of a slot is only watched, where the one before it was
// the only one that died, after a long life; zero where it was not.
func (s slotDeaths) onceAt(service *Service, head *Task) time.Time {
	for i, d := range s.kept {
		switch {
		case i == 0 && (d.life < proofMost || d.neverWell):
			return time.Time{}
		case i > 0 && s.kept[0].ended.Sub(d.ended) < onceWithin:
			return time.Time{}
		}
	}
	if len(s.kept) == 0 || s.older > 0 && s.kept[0].ended.Sub(s.floor) < onceWithin {
		return time.Time{}
	}
	return head.endedAt().Add(max(onceWindow, service.window()))
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
	// calm is when it is only watched any more, see calmAt and onceAt; once tells the
	// two apart.
	calm time.Time
	once bool
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
	deaths := deathsIn(slot, seen).unmeant().ofTasks(nodes)
	at := deaths.provenAt(head)
	switch {
	case at.IsZero():
	case head.State != swarm.TaskStateRunning:
		y.restarting++ // The count may have it running already.
	default:
		p := proof{at: at, calm: deaths.calmAt(s, head), fresh: s.UpToDate(head)}
		if p.calm.IsZero() {
			p.calm = deaths.onceAt(s, head)
			p.once = !p.calm.IsZero()
		}
		y.proofs = append(y.proofs, p)
	}
}

// unproven counts tasks that have not proved yet that they last.
type unproven struct {
	// all are those that are up, fresh those of them that are of the present
	// specification, and watched those that were changed after the last death and
	// have run well since, for a while, or follow one that died once after a long
	// life; once are the latter.
	all, fresh, watched, once int
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
			if p.once {
				u.once++
			}
		}
	}
	return u
}
