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
	// Undated is set where it was so before it could be seen: that it was not told in the
	// snapshot before does not date it.
	Undated bool
	// Mark names what the operator may acknowledge, after which it is a note, or
	// what takes this back where Noted says that it was; empty where there is
	// nothing to acknowledge.
	Mark  string
	Noted bool
	// Weight orders what has one status, the heaviest first.
	Weight int
	// Confidence is how sure it is; the zero value is certain.
	Confidence Confidence
	// Evidence is what the claim rests on.
	Evidence []Evidence
	// Affects are the objects that it does harm to, beside the one that it is
	// about, and Cause is the finding that explains this one; empty for none.
	Affects []Ref
	Cause   FindingID
	// Remedy is what would mend it.
	Remedy Remedy
}

// Confidence is how sure a finding is.
type Confidence int

// The confidences, in falling order.
const (
	Certain Confidence = iota
	Likely
	Hint
)

// String is the confidence in a word.
func (c Confidence) String() string { return [...]string{"certain", "likely", "hint"}[c] }

// Evidence is one thing that the engine says: the field of an object, and its
// value.
type Evidence struct {
	Object, Field, Value string
}

// Remedy is what would mend a finding.
type Remedy struct {
	// Text says it in a sentence; empty where nothing is known to help.
	Text string
	// Verb is the action that does it, on Target and with the values that its
	// form asks for; empty where it is none of the console's actions.
	Verb   string
	Target Ref
	Values map[string]string
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

// Roots are the findings that no other one explains.
func Roots(list []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f Finding) bool { return f.Cause != "" })
}

// splitNotes parts what was found into problems and notes.
func splitNotes(found []Finding) (problems, notes []Finding) {
	i := slices.IndexFunc(found, func(f Finding) bool { return f.Status == Neutral })
	if i < 0 {
		return found, nil
	}
	return found[:i:i], found[i:]
}

// FindingsAbout are the problems and notes about one object, the worst first. The
// caller must not change the slice.
func (c *Cluster) FindingsAbout(r Ref) []Finding { return c.about[r] }

// byObject sorts findings by what they are about.
func byObject(found []Finding) map[Ref][]Finding {
	out := make(map[Ref][]Finding, len(found))
	for _, f := range found {
		out[f.Ref] = append(out[f.Ref], f)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Finding) int { return int(b.Status) - int(a.Status) })
	}
	return out
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

var _ = register(KindInfo{
	Kind: KindFinding, Plural: "findings",
	Find: func(c *Cluster, id string) (Meta, bool) {
		f, ok := c.Finding(FindingID(id))
		return Meta{Ref: f.ID().Ref(), Name: f.Subject, Moved: f.Since}, ok
	},
	Names: func(*Cluster) []string { return nil },
	About: func(c *Cluster, id string) (Ref, bool) {
		f, ok := c.Finding(FindingID(id))
		return f.Ref, ok && f.Ref.Kind.Info().About == nil
	},
	Shown: func(c *Cluster, id string) []Ref {
		f, _ := c.Finding(FindingID(id))
		if f.Ref.Kind.Info().About != nil {
			return nil
		}
		return c.InterestIn(f.Ref).Refs()
	},
})
