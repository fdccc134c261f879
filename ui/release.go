package ui

import (
	"context"
	"slices"

	"skep/model"
	"skep/ui/table"
	"skep/ui/views"
)

// Releases reads the ledger of releases.
type Releases interface {
	// ReadAll gives the releases of the services of some names, each's oldest first, and
	// a number that is another one once there may be more.
	ReadAll(ctx context.Context, swarm string, services []string) (releases [][]model.Release, revision uint64, err error)
	// Changed waits until that number is another one.
	Changed(ctx context.Context, swarm string, services []string, revision uint64) error
	// Inspect reads one release whole, or two to be compared.
	Inspect(ctx context.Context, ref model.Ref) (model.Document, error)
}

// releaseSource is the source of the releases; of an object it is a longer name.
var releaseSource = views.Releases.Source

// releaseList are the releases of some services.
type releaseList struct {
	list     []views.ListedRelease
	revision uint64
}

// Revision implements table.Source.
func (r releaseList) Revision() uint64 { return r.revision }

// Releases implements views.ReleaseSource.
func (r releaseList) Releases() []views.ListedRelease { return r.list }

// prepareReleases makes the source of the releases of an object, or of all services,
// one that can be read, as the snapshot knows them. What was read of others goes.
// False as long as nothing is known of the swarm.
func (a *App) prepareReleases(name string) bool {
	of, narrowed := views.SourceOf(name, releaseSource)
	switch {
	case !narrowed && name != releaseSource || a.kept.Releases == nil:
		return true
	case a.cluster == nil || a.cluster.Session.Swarm == "" || !a.cluster.Ready():
		return false
	}
	for other := range a.sources.readers {
		if _, is := views.SourceOf(other, releaseSource); is && other != name {
			delete(a.sources.readers, other)
			delete(a.sources.changed, other)
			delete(a.sources.read, other)
		}
	}
	ledger, swarm, services := a.kept.Releases, a.cluster.Session.Swarm, servicesIn(a.cluster, of)
	a.sources.readers[name] = func(ctx context.Context) (table.Source, error) {
		all, revision, err := ledger.ReadAll(ctx, swarm, services)
		if err != nil {
			return nil, err
		}
		return listReleases(swarm, all, revision), nil
	}
	a.sources.changed[name] = func(ctx context.Context, revision uint64) error {
		return ledger.Changed(ctx, swarm, services, revision)
	}
	return true
}

// servicesIn are the names of the services that an object is, or has; of all for
// none.
func servicesIn(c *model.Cluster, of model.Ref) []string {
	var out []string
	for _, s := range c.Services() {
		if of == (model.Ref{}) || s.Key().Ref() == of || s.Stack() != "" && s.Stack().Ref() == of {
			out = append(out, s.Name())
		}
	}
	return out
}

// listReleases are the releases of services as the list shows them: the newest
// first, and nothing of them that is secret.
func listReleases(swarm string, all [][]model.Release, revision uint64) releaseList {
	out := releaseList{revision: revision}
	for _, releases := range all {
		for i := range releases {
			r := views.ListedRelease{Release: releases[i], Swarm: swarm, Now: i == len(releases)-1}
			var before *model.Release
			if i > 0 {
				before = &releases[i-1]
			}
			r.What = model.MaskText(r.Summary(before))
			r.By = r.Release.By(before)
			r.Image, r.Release.Spec = r.Release.Image(), nil
			out.list = append(out.list, r)
		}
	}
	slices.SortStableFunc(out.list, func(a, b views.ListedRelease) int { return b.At.Compare(a.At) })
	return out
}
