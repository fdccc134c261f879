package model

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SeenMark is what the marks of problems begin with that their operator has taken
// note of for a time; see [Finding.Mark].
const SeenMark = "seen-"

// seenFor is how long such a problem is a note: as long as a shift. It ends on
// the hour, so that the mark is the same from one snapshot to the next.
const seenFor = 8 * time.Hour

// seenKeys are the same as long as a finding does not change: in which words it is
// told does not matter, how bad it is does, and so do what it explains and how
// bad that is.
func seenKeys(found []Finding) []string {
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
		told[i] = strconv.FormatUint(h.Sum64(), 36)
	}
	return told
}

// seenMark names a problem, in a form that can be the name of a file, until when
// it is a note once it was acknowledged.
func seenMark(key string, now time.Time) string {
	until := now.Add(seenFor + time.Hour).Truncate(time.Hour)
	return SeenMark + key + "-" + strconv.FormatInt(until.Unix(), 36)
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
		if key, until, ok := SeenUntil(m); ok {
			out[key] = later(out[key], until)
		}
	}
	return out
}

// settle makes notes of the problems that were acknowledged, with what they
// explain, and gives the others their marks. What is mended is forgotten: it is
// a problem when it comes again.
func (x seen) settle(found []Finding, now time.Time, whole bool) []Finding {
	here, noted, keys := map[string]bool{}, map[FindingID]bool{}, seenKeys(found)
	for i := range found {
		f := &found[i]
		if f.Status == Neutral {
			continue
		}
		key := keys[i]
		here[key] = true
		switch {
		case now.Before(x[key]):
			noted[f.ID()] = true
		case f.Mark == "":
			f.Mark = seenMark(key, now)
		}
	}
	for key := range x {
		if whole && !here[key] {
			delete(x, key)
		}
	}
	if len(noted) == 0 {
		return found
	}
	for i := range found {
		if f := &found[i]; noted[f.ID()] || noted[f.Cause] {
			f.Status, f.Mark, f.Claim = Neutral, "", f.Claim+" (acknowledged)"
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return compareBool(a.Status == Neutral, b.Status == Neutral) })
	return found
}
