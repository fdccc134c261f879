package journal

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"skep/actions"
	"skep/internal/ownfile"
	"skep/model"
)

// Updates are the updates of services that the journal knows, by their IDs, the
// oldest first, with what is secret in them. What was not done is left out, and what
// cannot be read whole any more.
func (j *Journal) Updates(ctx context.Context) (map[model.ServiceID][]model.SpecUpdate, error) {
	entries, values := map[string]Entry{}, map[string]map[string]string{}
	for _, path := range files(j.path) {
		err := j.each(path, func(line []byte) {
			var e Entry
			if json.Unmarshal(line, &e) != nil || e.ID == "" {
				return
			}
			known, again := entries[e.ID]
			if again && len(e.Did) == 0 { // What a later run has found out.
				known.Outcome = e.Outcome
				e = known
			} else if again {
				e.Time = known.Time // It was begun then.
			}
			entries[e.ID] = e
		})
		if err != nil {
			return nil, err
		}
	}
	for _, path := range files(j.apartPath()) {
		err := j.each(path, func(line []byte) {
			var a apartLine
			if json.Unmarshal(line, &a) != nil {
				return
			}
			if values[a.ID] == nil {
				values[a.ID] = map[string]string{}
			}
			for mark, value := range a.Values {
				values[a.ID][mark] = value
			}
		})
		if err != nil {
			return nil, err
		}
	}
	out := map[model.ServiceID][]model.SpecUpdate{}
	for _, e := range entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e.updates(values[e.ID], out)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b model.SpecUpdate) int { return a.At.Compare(b.At) })
	}
	return out, nil
}

// updates adds the updates of services that an entry tells of, as far as it is known that
// they were done: what nobody knows the outcome of may never have been.
func (e *Entry) updates(values map[string]string, to map[model.ServiceID][]model.SpecUpdate) {
	if e.Outcome != actions.Done && e.Outcome != actions.InPart {
		return
	}
	for i, d := range e.Did {
		service := d.Ref.Service()
		switch d.Op {
		case actions.OpUpdate, actions.OpRollback:
			if len(d.Before) == 0 {
				continue
			}
		case actions.OpCreate, actions.OpReplace: // The service that it made was nothing before.
			service, d.Before = model.Ref{Kind: d.Ref.Kind, ID: d.Made}.Service(), nil
		case actions.OpRemove:
			continue
		}
		if service == "" || len(d.After) == 0 {
			continue
		}
		one := []actions.Did{d}
		if reveal(one, values) != nil {
			continue
		}
		to[service] = append(to[service], model.SpecUpdate{At: e.Time.Add(time.Duration(i)), Who: e.who(), Before: one[0].Before, After: one[0].After})
	}
}

// who is who did it, by what, in a few words.
func (e *Entry) who() string { return strings.TrimSpace(e.User + " (" + e.Verb + ")") }

// each gives the lines of a file; none where there is no file.
func (j *Journal) each(path string, take func(line []byte)) error {
	f, err := ownfile.OpenToRead(path)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	return ownfile.EachLine(f, take)
}
