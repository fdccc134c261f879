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

// proof is how long a task has to run that follows it.
func (d death) proof() time.Duration { return min(d.life*5/4+proofMargin, proofMost) }

// provenAt is when the running task of a slot has proved that it lasts, if
// nothing changes; zero where there is nothing to prove. What its specification
// was changed to is no proof, and nor is a task in between that did not last:
// neither mended anything for certain.
func (s slotDeaths) provenAt(head *Task) time.Time {
	need, next := time.Duration(0), head.CreatedAt
	for _, d := range s.kept {
		if next.Sub(d.ended) > d.proof()+head.restartDelay() {
			break
		}
		need, next = max(need, d.proof()), d.created
	}
	if need == 0 {
		return time.Time{}
	}
	return head.endedAt().Add(need) // It changed last when it came to run.
}

// proof is when a task that is up has proved that it lasts.
type proof struct {
	at time.Time
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
	at := deathsIn(slot, seen).provenAt(head)
	switch {
	case at.IsZero():
	case head.State != swarm.TaskStateRunning:
		y.restarting++ // The count may have it running already.
	default:
		y.proofs = append(y.proofs, proof{at, s.UpToDate(head)})
	}
}

// unproved counts the tasks that are up and have not proved yet that they last,
// and those of them that are of the present specification.
func (y *tally) unproved(now time.Time) (all, fresh int) {
	for _, p := range y.proofs {
		if now.Before(p.at) {
			all++
			if p.fresh {
				fresh++
			}
		}
	}
	return all, fresh
}
