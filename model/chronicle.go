package model

import (
	"strings"
	"time"
)

// chronicleKept bounds what is kept of a session.
const chronicleKept = 500

// chronicle is what was seen to happen in this session and no list tells: problems
// that came and went, services and nodes that were removed. It is for the timeline.
type chronicle struct {
	at       []Moment // shared with snapshots: appended to in a copy
	begun    bool
	problems map[FindingID]Finding
	objects  map[Ref]string
}

// add keeps a moment.
func (x *chronicle) add(m Moment) {
	kept := x.at[max(0, len(x.at)-chronicleKept+1):]
	x.at = append(append(make([]Moment, 0, len(kept)+1), kept...), m)
}

// observe takes in the problems and objects of a snapshot. It begins with one that
// was read whole, and tells of what another problem explains by that one. One that was
// acknowledged is still there.
func (x *chronicle) observe(c *Cluster, found []Finding, now time.Time) {
	if !x.begun && !c.Explained() {
		return
	}
	problems := make(map[FindingID]Finding, len(x.problems))
	for _, f := range found {
		if claim, noted := strings.CutSuffix(f.Claim, NotedSuffix); noted {
			f.Claim = claim
			problems[f.ID()] = f
			continue
		}
		if f.Status <= Neutral {
			continue
		}
		problems[f.ID()] = f
		if _, known := x.problems[f.ID()]; !known && x.begun && f.Cause == "" {
			x.add(Moment{At: now, Ref: f.Ref, Name: f.Subject, What: "problem: " + f.Claim, Why: f.Why, Status: f.Status})
		}
	}
	for id, f := range x.problems {
		if _, still := problems[id]; !still && f.Cause == "" {
			x.add(Moment{At: now, Ref: f.Ref, Name: f.Subject, What: "no longer: " + f.Claim, Why: f.Why, Status: Good})
		}
	}
	objects := make(map[Ref]string, len(x.objects))
	for _, s := range c.services {
		objects[s.Key().Ref()] = s.Name()
	}
	for _, n := range c.nodes {
		objects[n.Key().Ref()] = c.NodeName(n.Key())
	}
	for ref, name := range x.objects {
		if _, still := objects[ref]; !still {
			x.add(Moment{At: now, Ref: ref, Name: name, What: "removed"})
		}
	}
	x.problems, x.objects, x.begun = problems, objects, true
}
