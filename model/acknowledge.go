package model

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SeenMark is what the marks of problems begin with that their operator has taken
// note of for a time; see [Finding.Mark].
const SeenMark = "seen-"

// NotedSuffix stands behind the claim of what was acknowledged.
const NotedSuffix = " (acknowledged)"

// seenFor is how long such a problem is a note: as long as a shift. It ends on
// the hour, so that the mark is the same from one snapshot to the next.
const seenFor = 8 * time.Hour

// swarmKey is what the keys of one swarm begin with: what is remembered on a machine
// is of all that its operator looks at. It is as long for each.
func swarmKey(swarm string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(swarm))
	return fmt.Sprintf("%08x", h.Sum32())
}

// seenKeys are the same as long as a finding does not change: in which words it is
// told does not matter, how bad it is does, and so do what it explains and how
// bad that is.
func seenKeys(swarm string, found []Finding) []string {
	told := make([]string, len(found))
	effects := map[FindingID][]string{}
	for i, f := range found {
		told[i] = string(f.ID()) + "\x00" + f.Rule + "\x00" + strconv.Itoa(int(f.Status))
		if f.Cause != "" {
			effects[f.Cause] = append(effects[f.Cause], told[i])
		}
	}
	for i, f := range found {
		all := effects[f.ID()]
		slices.Sort(all)
		h := fnv.New64a()
		_, _ = h.Write([]byte(told[i] + "\x01" + strings.Join(all, "\x01")))
		told[i] = swarmKey(swarm) + strconv.FormatUint(h.Sum64(), 36)
	}
	return told
}

// seenMark names a problem, in a form that can be the name of a file, until when
// it is a note once it was acknowledged.
func seenMark(key string, now time.Time) string {
	until := now.Add(seenFor + time.Hour).Truncate(time.Hour)
	return SeenMark + key + "-" + strconv.FormatInt(until.Unix(), 36)
}

// unseenMark takes the acknowledgement of a problem back.
func unseenMark(key string) string { return SeenMark + key + "-0" }

// Unseen reports whether a mark takes back what others of its key say.
func Unseen(mark string) bool {
	_, until, ok := SeenUntil(mark)
	return ok && until.Unix() <= 0
}

// SeenUntil is the problem of a mark, and until when it is a note; false for a
// mark that is none of these.
func SeenUntil(mark string) (key string, until time.Time, ok bool) {
	rest, ok := strings.CutPrefix(mark, SeenMark)
	key, end, found := strings.Cut(rest, "-")
	seconds, err := strconv.ParseInt(end, 36, 64)
	return key, time.Unix(seconds, 0), ok && found && err == nil
}

// seen are the problems that an operator has taken note of, until when each is a
// note.
type seen map[string]time.Time

// with adds those that marks name.
func (x seen) with(marks []string) seen {
	out := seen{}
	for key, until := range x {
		out[key] = until
	}
	for _, m := range marks {
		switch key, until, ok := SeenUntil(m); {
		case Unseen(m):
			delete(out, key)
		case ok:
			out[key] = later(out[key], until)
		}
	}
	return out
}

// settle makes notes of the problems that were acknowledged, with what they
// explain, and gives each the mark that it can be acknowledged with, or that takes
// this back. What is mended is forgotten: it is a problem when it comes again; the
// marks that take it back are given too.
func (x seen) settle(swarm string, found []Finding, now time.Time, whole bool) (out []Finding, mended []string) {
	here, noted, keys := map[string]bool{}, map[FindingID]string{}, seenKeys(swarm, found)
	for i := range found {
		f := &found[i]
		if f.Status == Neutral {
			continue
		}
		key := keys[i]
		here[key] = true
		switch {
		case now.Before(x[key]):
			noted[f.ID()] = unseenMark(key)
		case f.Mark == "":
			f.Mark = seenMark(key, now)
		}
	}
	for key := range x {
		if whole && !here[key] && strings.HasPrefix(key, swarmKey(swarm)) {
			delete(x, key)
			mended = append(mended, unseenMark(key))
		}
	}
	for i := range found {
		f := &found[i]
		mark, own := noted[f.ID()]
		if _, explained := noted[f.Cause]; own || explained {
			f.Status, f.Mark, f.Noted, f.Claim = Neutral, mark, own, f.Claim+NotedSuffix
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return compareBool(a.Status == Neutral, b.Status == Neutral) })
	return found, mended
}
