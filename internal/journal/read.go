package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"skep/actions"
	"skep/internal/ownfile"
	"skep/model"
)

// History is what the journal held when it was read. It does not change.
type History struct {
	records  []actions.Record
	revision uint64
	// ids are the objects that were created again, from what they were called to
	// what they are.
	ids map[string]string
}

// Revision is higher for what was read later and differs.
func (h *History) Revision() uint64 { return h.revision }

// Records are the records, the newest first. They are shared.
func (h *History) Records() []actions.Record { return h.records }

// reader keeps what was read of the files, so that only what is new is read again.
type reader struct {
	mu    sync.Mutex
	parts []part
	last  *History
}

// part is one file as far as it was read.
type part struct {
	info    os.FileInfo
	offset  int64
	entries []Entry // without their steps
}

// Read reads what there is. A line that makes no sense costs only itself.
func (j *Journal) Read(context.Context) (*History, error) {
	r := &j.reader
	r.mu.Lock()
	defer r.mu.Unlock()
	var parts []part
	changed := r.last == nil
	for _, path := range files(j.path) {
		p, news, err := r.readPart(path)
		if err != nil {
			return nil, err
		}
		if p.info != nil {
			parts = append(parts, p)
		}
		changed = changed || news
	}
	changed = changed || len(parts) != len(r.parts)
	if r.parts = parts; !changed {
		return r.last, nil
	}
	h := &History{revision: 1}
	if r.last != nil {
		h.revision = r.last.revision + 1
	}
	var all []Entry
	for _, p := range parts {
		all = append(all, p.entries...)
	}
	h.records, h.ids = merge(all)
	r.last = h
	return h, nil
}

// readPart reads what is new in a file, by whatever name it was read before.
func (r *reader) readPart(path string) (p part, news bool, err error) {
	f, err := ownfile.OpenToRead(path)
	if f == nil || err != nil {
		return part{}, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return part{}, false, err
	}
	p = part{info: info}
	if i := slices.IndexFunc(r.parts, func(o part) bool { return os.SameFile(o.info, info) && info.Size() >= o.offset }); i >= 0 {
		p.offset, p.entries = r.parts[i].offset, r.parts[i].entries
	}
	if _, err := f.Seek(p.offset, io.SeekStart); err != nil {
		return part{}, false, err
	}
	err = ownfile.EachLine(f, func(line []byte) {
		p.offset += int64(len(line))
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.ID != "" {
			e.trim()
			p.entries, news = append(p.entries, e), true
		}
	})
	return p, news, err
}

// trim leaves of the steps no more than what was made of what.
func (e *Entry) trim() {
	var out []actions.Did
	for _, d := range e.Did {
		if d.Was != "" && d.Made != "" {
			out = append(out, actions.Did{Was: d.Was, Made: d.Made})
		}
	}
	e.Did, e.Writes = out, nil
}

// merge makes records of entries, the newest first, and says which objects were
// created again.
func merge(entries []Entry) ([]actions.Record, map[string]string) {
	var out []actions.Record
	at, ids := map[string]int{}, map[string]string{}
	for _, e := range entries {
		i, known := at[e.ID]
		if !known {
			i = len(out)
			at[e.ID] = i
			out = append(out, e.record())
		}
		if e.Phase != phaseIntent { // Those of the first versions had no phase.
			out[i].Ended, out[i].Outcome, out[i].Error, out[i].Asked = e.Time, e.Outcome, e.Error, e.Asked
		}
		for _, d := range e.Did {
			ids[d.Was] = d.Made
		}
	}
	// What was undone, and what then was not after all, is told from the newest on.
	for i, r := range slices.Backward(out) {
		for _, id := range actions.IDs(r.Undoes) {
			k, known := at[id]
			if known && out[i].Outcome == actions.Done && out[i].Undone == "" && k < i {
				out[k].Undone = r.ID
			}
		}
	}
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b actions.Record) int { return b.Began.Compare(a.Began) })
	return out, ids
}

// record is what an entry tells of the whole.
func (e *Entry) record() actions.Record {
	return actions.Record{
		ID: e.ID, Began: e.Time, User: e.User, From: e.SSH, Context: e.Context, Swarm: e.Swarm, Verb: e.Verb,
		Target: actions.Target{Ref: model.Ref{Kind: e.Kind, ID: e.Object}, Name: e.Name}, Stack: e.Stack, Title: e.Title,
		Changes: e.Changes, Commands: e.Command, Back: e.Undo, Undoes: e.Undoes,
	}
}

// Record is one record with its steps, by its ID or the beginning of it; or several
// as one, see [actions.Join].
func (j *Journal) Record(ctx context.Context, id string) (actions.Record, error) {
	ids := actions.IDs(id)
	records := make([]actions.Record, len(ids))
	for i, one := range ids {
		var err error
		if records[i], err = j.single(ctx, one); err != nil || len(ids) == 1 {
			return records[i], err
		}
	}
	slices.SortStableFunc(records, func(a, b actions.Record) int { return a.Began.Compare(b.Began) })
	return actions.Join(records), nil
}

// single is one record with its steps.
func (j *Journal) single(ctx context.Context, id string) (actions.Record, error) {
	h, err := j.Read(ctx)
	if err != nil {
		return actions.Record{}, err
	}
	r, err := h.Find(id)
	if err != nil {
		return r, err
	}
	var did []actions.Did
	for _, path := range files(j.path) {
		err := j.linesOf(path, r.ID, func(line []byte) {
			var e Entry
			if json.Unmarshal(line, &e) == nil && e.ID == r.ID && (len(e.Did) > 0 || e.Phase == phaseOutcome && !e.Asked) {
				did, r.Lacks = e.Did, e.Lacks
			}
		})
		if err != nil {
			return r, err
		}
	}
	values := map[string]string{}
	for _, path := range files(j.apartPath()) {
		err := j.linesOf(path, r.ID, func(line []byte) {
			var a apartLine
			if json.Unmarshal(line, &a) == nil && a.ID == r.ID {
				for mark, value := range a.Values {
					values[mark] = value
				}
			}
		})
		if err != nil && r.Lacks == "" {
			r.Lacks = model.MaskError(err)
		}
	}
	if err := reveal(did, values); err != nil {
		r.Lacks = err.Error()
		return r, nil
	}
	r.Did = did
	r.Renew(h.ids)
	return r, nil
}

// linesOf are the lines of a file that name an entry.
func (j *Journal) linesOf(path, id string, take func(line []byte)) error {
	return j.each(path, func(line []byte) {
		if bytes.Contains(line, []byte(id)) {
			take(line)
		}
	})
}

// Find finds a record by its ID or the beginning of it.
func (h *History) Find(id string) (actions.Record, error) {
	var found []actions.Record
	for _, r := range h.records {
		if r.ID == id {
			return r, nil
		}
		if id != "" && len(id) <= len(r.ID) && r.ID[:len(id)] == id {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return actions.Record{}, fmt.Errorf("the journal has no entry %q", id)
	case 1:
		return found[0], nil
	}
	return actions.Record{}, fmt.Errorf("%d entries of the journal begin with %q", len(found), id)
}

// Inspect gives a record as planners and descriptions read it.
func (j *Journal) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	r, err := j.lookUp(ctx, ref)
	if err != nil {
		return model.Document{Ref: ref}, fmt.Errorf("%w: %w", model.ErrGone, err)
	}
	doc, err := r.Document()
	doc.ReadAt = time.Now()
	for _, path := range files(j.path) {
		err = errors.Join(err, j.linesOf(path, r.ID, func(line []byte) { doc.Raw = withLine(doc.Raw, line) }))
	}
	return doc, err
}

// lookedAt is how many of the newest records of a service are looked at for its
// last update.
const lookedAt = 30

// lookUp is a record by its ID, or the one of the last update of a service.
func (j *Journal) lookUp(ctx context.Context, ref model.Ref) (actions.Record, error) {
	service, ok := actions.UpdatedBy(ref)
	if !ok {
		return j.Record(ctx, ref.ID)
	}
	h, err := j.Read(ctx)
	if err != nil {
		return actions.Record{}, err
	}
	looked := 0
	for _, known := range h.Records() {
		if known.Outcome != actions.Done && known.Outcome != actions.InPart || known.Target.Ref.Kind == service.Kind && known.Target.Ref != service {
			continue
		}
		if looked++; looked > lookedAt {
			break
		}
		if r, err := j.Record(ctx, known.ID); err == nil {
			if _, did := r.Updated(service); did {
				return r, nil
			}
		}
	}
	return actions.Record{}, errors.New("the journal has no update of it")
}

// Over is an engine beside which the records of the journal are read.
func (j *Journal) Over(eng actions.Engine) actions.Engine { return withRecords{eng, j} }

type withRecords struct {
	actions.Engine
	journal *Journal
}

// Inspect implements actions.Engine.
func (w withRecords) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if ref.Kind.Info().Elsewhere {
		return w.journal.Inspect(ctx, ref)
	}
	return w.Engine.Inspect(ctx, ref)
}

// withLine adds a line of the journal to those that there are, as a list.
func withLine(raw json.RawMessage, line []byte) json.RawMessage {
	if line = bytes.TrimSpace(line); !json.Valid(line) {
		return raw
	}
	if len(raw) == 0 {
		return slices.Concat([]byte("["), line, []byte("]"))
	}
	return slices.Concat(raw[:len(raw)-1], []byte(","), line, []byte("]"))
}

// look is how often it is asked whether another console has written.
const look = time.Second

// Changed waits until the journal may hold something else than what was read as
// that revision.
func (j *Journal) Changed(ctx context.Context, revision uint64) error {
	for {
		if j.changed(revision) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
}

func (j *Journal) changed(revision uint64) bool {
	r := &j.reader
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || r.last.revision != revision {
		return true
	}
	info, err := os.Lstat(j.path)
	if err != nil {
		return false // It will be made, or cannot be read anyway.
	}
	if len(r.parts) == 0 {
		return true
	}
	newest := r.parts[len(r.parts)-1].info
	return !os.SameFile(newest, info) || newest.Size() != info.Size()
}
