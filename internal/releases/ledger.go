package releases

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"time"

	"skep/model"
)

// look is how often it is asked whether another console has written.
const look = time.Second

// ReadAll gives the releases of several names, and a number that is another one once
// there may be more.
func (s *Store) ReadAll(ctx context.Context, swarm string, services []string) ([][]model.Release, uint64, error) {
	revision := s.revision(swarm, services)
	out := make([][]model.Release, len(services))
	for i, name := range services {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		var err error
		if out[i], err = s.Read(swarm, name); err != nil {
			return nil, 0, err
		}
	}
	return out, revision, nil
}

// Changed waits until that number is another one.
func (s *Store) Changed(ctx context.Context, swarm string, services []string, revision uint64) error {
	for s.revision(swarm, services) == revision {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
	return nil
}

// revision tells files from the same ones later.
func (s *Store) revision(swarm string, services []string) uint64 {
	h := fnv.New64a()
	for _, name := range services {
		if info, err := os.Stat(s.path(swarm, name)); err == nil {
			_, _ = fmt.Fprintln(h, name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return h.Sum64() | 1
}

// Inspect reads a release, or two to be compared, as planners and descriptions read
// it; or what all of them name.
func (s *Store) Inspect(_ context.Context, ref model.Ref) (model.Document, error) {
	swarm, service, from, to, err := ref.ParseRelease()
	if err != nil {
		return model.Document{Ref: ref}, err
	}
	if to == model.AllReleases {
		return s.uses(ref, swarm, service)
	}
	found, err := s.Find(swarm, service, to)
	if err != nil {
		return model.Document{Ref: ref}, err
	}
	if from != 0 {
		other, err := s.Find(swarm, service, from)
		if err != nil {
			return model.Document{Ref: ref}, err
		}
		found.Before = &other.Release
	}
	doc, err := found.Document()
	doc.Ref, doc.ReadAt = ref, time.Now()
	if hidden, err := masked(found); err == nil {
		doc.Raw = hidden // It is what is shown as YAML.
	}
	return doc, err
}

// uses are what all releases of a service name.
func (s *Store) uses(ref model.Ref, swarm, service string) (model.Document, error) {
	doc := model.Document{Ref: ref, Name: service, ReadAt: time.Now()}
	all, err := s.Read(swarm, service)
	if err == nil {
		doc.Spec, err = json.Marshal(model.ReleaseUses(all))
	}
	return doc, err
}

// masked is a release as it is shown, without the one before it.
func masked(d model.ReleaseDocument) (json.RawMessage, error) {
	d.Before = nil
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return model.Hide(raw, func(shown, _ string) string { return shown })
}
