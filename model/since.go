package model

import "time"

// sightings are the problems of the last snapshot. They tell since when a
// problem lasts, which its tasks may not: the engine keeps only the last few.
type sightings struct {
	// begun is set after the first snapshot of a swarm that was read, its tasks too.
	begun bool
	seen  map[FindingID]sighting
}

type sighting struct {
	// since is the earliest time that was ever told, or zero.
	since time.Time
	// at is when the problem was first seen, and came if an earlier snapshot
	// did not have it.
	at   time.Time
	came bool
}

// date gives each problem the earliest time since when it is known to last,
// and forgets the problems that are gone. When a problem was first seen says
// nothing where that was the first look at the swarm and nothing else tells; read is
// whether all was read that they rest on.
func (x *sightings) date(problems []Finding, now time.Time, read bool) {
	seen := make(map[FindingID]sighting, len(problems))
	for i := range problems {
		p := &problems[i]
		key := p.ID()
		s, known := x.seen[key]
		if !known {
			s = sighting{at: now, came: x.begun}
		}
		s.since = earliest(s.since, p.Since)
		seen[key] = s
		if p.Since = s.since; s.came && !p.Undated || !p.Since.IsZero() {
			p.Since = earliest(p.Since, s.at)
		}
	}
	x.seen, x.begun = seen, x.begun || read
}

// Told reports whether the snapshot before this one had a finding. What may pass in a
// moment is to be told steadily.
func (c *Cluster) Told(id FindingID) bool { _, is := c.told[id]; return is }
