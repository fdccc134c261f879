package model

import (
	"slices"
	"time"
)

// Triage finds what is wrong with a swarm, worst first and notes last. It may
// leave [Finding.Since] to those that remember earlier snapshots.
type Triage func(c *Cluster, now time.Time) []Finding

// KindFinding is the kind of what triage found; see [Finding].
const KindFinding Kind = "finding"

var _ = register(KindInfo{Kind: KindFinding, Plural: "findings"})

// FindingID identifies a finding: what it is about, and of which object. It is
// the same in every snapshot, whichever rule says it and in whichever words.
type FindingID string

// Ref names the finding among the objects that a list can hold.
func (id FindingID) Ref() Ref { return Ref{KindFinding, string(id)} }

// Finding is one thing that is wrong, or worth knowing.
type Finding struct {
	// Rule is the code of the rule that found it. Matter is what it is about,
	// where rules share that: a service that is short of replicas is no new
	// finding when it is down. Part tells findings of one matter and one object
	// apart.
	Rule, Matter, Part string
	// Ref is the object that it is wrong with.
	Ref Ref
	// Subject names the object, Claim says what is wrong in a few words, Why
	// gives the reason as the engine has it, whole; it may be empty.
	Subject, Claim, Why string
	// Status is Neutral for a note: something worth knowing that is no problem.
	Status Status
	// Since is when it began, as far as is known; else zero. It does not move
	// forward while the finding lasts.
	Since time.Time
	// Mark names what the operator may acknowledge, after which it is a note;
	// empty where only mending helps.
	Mark string
	// Weight orders what has one status, the heaviest first.
	Weight int
}

// ID identifies it.
func (f Finding) ID() FindingID {
	id := f.Matter + "/" + string(f.Ref.Kind) + "/" + f.Ref.ID
	if f.Part != "" {
		id += "/" + f.Part
	}
	return FindingID(id)
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.Why == "" {
		return f.Subject + " " + f.Claim
	}
	return f.Subject + " " + f.Claim + " - " + f.Why
}

// splitNotes parts what was found into problems and notes.
func splitNotes(found []Finding) (problems, notes []Finding) {
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Status == Neutral })
	if i < 0 {
		return found, nil
	}
	return found[:i:i], found[i:]
}

// Finding is the problem or note of an ID; false if there is none any more.
func (c *Cluster) Finding(id FindingID) (Finding, bool) {
	for _, list := range [][]Finding{c.problems, c.notes} {
		if i := slices.IndexFunc(list, func(f Finding) bool { return f.ID() == id }); i >= 0 {
			return list[i], true
		}
	}
	return Finding{}, false
}
