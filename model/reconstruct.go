package model

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// SpecUpdate is one update of a service that is known from a journal, or that it was
// made.
type SpecUpdate struct {
	At  time.Time
	Who string
	// Before is empty where it was made.
	Before, After json.RawMessage
}

// Past is what tells of the specifications that a service had.
type Past struct {
	// Service is the service as it is, and Tasks are those of it that are known.
	Service *Service
	Tasks   []*Task
	// Updates are those of a journal, the oldest first.
	Updates []SpecUpdate
	// Live is set where the service was seen before it was changed.
	Live bool
}

// Reconstruct tells which releases a service had after the last one that is known,
// the oldest first and without numbers, from what the engine and a journal still
// have: nil where the last one is the present one. Without a last one it tells all
// that there are.
func Reconstruct(last *Release, p Past) []Release {
	r := reconstruction{Past: p}
	now, err := PlainSpecOf(&p.Service.Spec)
	if err != nil || last != nil && SameJSON(last.Spec, now) && !last.Partial() {
		return nil
	}
	r.journal()
	r.present(now)
	r.former()
	slices.SortStableFunc(r.out, func(a, b Release) int { return a.At.Compare(b.At) })
	r.latest(now)
	return after(r.out, last)
}

type reconstruction struct {
	Past
	out []Release
}

// journal takes the updates of the journal, and what the first of them found.
func (r *reconstruction) journal() {
	for _, u := range r.Updates {
		after, err := PlainSpec(u.After)
		if err != nil {
			continue
		}
		if len(u.Before) == 0 {
			r.add(after, u.At, false, u.Who, ReleaseJournal)
			continue
		}
		before, err := PlainSpec(u.Before)
		if err != nil {
			continue
		}
		if len(r.out) == 0 || !SameJSON(r.out[len(r.out)-1].Spec, before) {
			at, found := r.born(before)
			if n := len(r.out); !found || at.After(u.At) || n > 0 && !at.After(r.out[n-1].At) {
				at = u.At.Add(-time.Nanosecond)
			}
			r.add(before, at, true, "", ReleaseJournal)
		}
		r.add(after, u.At, false, u.Who, ReleaseJournal)
	}
}

// present takes the specification as it is, and the one that a rollback restores.
func (r *reconstruction) present(now json.RawMessage) {
	at, about := r.Service.UpdatedAt, !r.Live
	if born, found := r.born(now); found && !r.Live && born.Before(at) {
		at = born // Whatever else was written since, its tasks are from then.
	}
	if r.Service.PreviousSpec != nil {
		if before, err := PlainSpecOf(r.Service.PreviousSpec); err == nil && !r.has(before) && !SameJSON(before, now) {
			born, found := r.born(before)
			if !found || !born.Before(at) {
				born = at.Add(-time.Nanosecond)
			}
			r.add(before, born, true, "", ReleasePrevious)
		}
	}
	if n := len(r.out); n == 0 || !r.has(now) || !SameJSON(r.newest().Spec, now) {
		if n > 0 && !at.After(r.newest().At) {
			at = r.newest().At.Add(time.Nanosecond)
		}
		r.add(now, at, about, "", ReleaseSeen)
	}
}

// former takes what only former tasks were made of.
func (r *reconstruction) former() {
	known := map[Fingerprint]bool{}
	for i := range r.out {
		known[FingerprintOf(r.out[i].Template())] = true
	}
	for _, t := range r.Tasks {
		if t.Spec == nil || t.ServiceID != r.Service.Key() || known[t.Spec.Print] {
			continue
		}
		known[t.Spec.Print] = true
		spec, err := json.Marshal(struct{ TaskTemplate *swarm.TaskSpec }{&t.Spec.TaskSpec})
		if err == nil {
			at, _ := r.bornAs(t.Spec.Print)
			r.add(spec, at, true, "", ReleaseTasks)
		}
	}
}

// latest puts what the service is now behind all others.
func (r *reconstruction) latest(now json.RawMessage) {
	for i, x := range slices.Backward(r.out) {
		if !x.Partial() && SameJSON(x.Spec, now) {
			r.out = append(slices.Delete(r.out, i, i+1), x)
			return
		}
	}
}

func (r *reconstruction) add(spec json.RawMessage, at time.Time, about bool, who string, from ReleaseSource) {
	if n := len(r.out); n > 0 && from == ReleaseJournal && SameJSON(r.out[n-1].Spec, spec) {
		return
	}
	r.out = append(r.out, Release{Service: r.Service.Name(), ID: r.Service.Key(), At: at, About: about, Who: who, From: from, Spec: spec})
}

func (r *reconstruction) has(spec json.RawMessage) bool {
	return slices.ContainsFunc(r.out, func(x Release) bool { return SameJSON(x.Spec, spec) })
}

func (r *reconstruction) newest() *Release {
	newest := &r.out[0]
	for i := range r.out {
		if !r.out[i].At.Before(newest.At) {
			newest = &r.out[i]
		}
	}
	return newest
}

// born is when the first known task was made of a specification.
func (r *reconstruction) born(spec json.RawMessage) (time.Time, bool) {
	var s swarm.ServiceSpec
	if json.Unmarshal(spec, &s) != nil {
		return time.Time{}, false
	}
	return r.bornAs(FingerprintOf(&s.TaskTemplate))
}

func (r *reconstruction) bornAs(print Fingerprint) (time.Time, bool) {
	var first time.Time
	for _, t := range r.Tasks {
		if t.Spec != nil && t.Spec.Print == print && (first.IsZero() || t.CreatedAt.Before(first)) {
			first = t.CreatedAt
		}
	}
	return first, !first.IsZero()
}

// after are the releases behind the last one that is known.
func after(all []Release, last *Release) []Release {
	if last == nil {
		return all
	}
	for i, r := range slices.Backward(all) {
		if SameJSON(r.Spec, last.Spec) {
			return all[i+1:]
		}
	}
	i := slices.IndexFunc(all, func(r Release) bool { return r.At.After(last.At) })
	if i < 0 {
		i = len(all) - 1 // The present one is not the last one.
	}
	return all[i:]
}
