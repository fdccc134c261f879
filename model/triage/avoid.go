package triage

import (
	"fmt"
	"slices"
	"time"

	"skep/model"
)

// The scheduler avoids a node for a service of which so many tasks failed there
// within so long (swarmkit manager/scheduler/scheduler.go).
const (
	avoidedFrom = 5
	avoidedFor  = 5 * time.Minute
)

// nodeAvoided notes nodes that the scheduler avoids for a service without saying
// so, and until when.
func nodeAvoided(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		if c.Facts(s.Key()).Restarts.Count < avoidedFrom {
			continue
		}
		failed := c.FailuresOf(s)
		for _, n := range c.Nodes() {
			at := slices.DeleteFunc(failed[n.Key()], func(ended time.Time) bool { return c.now.Sub(ended) >= avoidedFor })
			if len(at) < avoidedFrom {
				continue
			}
			slices.SortFunc(at, time.Time.Compare)
			until := at[len(at)-avoidedFrom].Add(avoidedFor)
			report(model.Finding{Ref: s.Key().Ref(), Part: n.ID, Subject: s.Name(), Status: model.Neutral, Since: at[0], Confidence: model.Likely,
				Claim: "avoids " + c.NodeName(n.Key()),
				Why:   fmt.Sprintf("until %s UTC the scheduler prefers other nodes: %d of its tasks failed there", until.UTC().Format("15:04:05"), len(at))})
		}
	}
}
