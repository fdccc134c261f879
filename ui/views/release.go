package views

import (
	"slices"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
)

// ReleaseSource is what the list of releases is made from.
type ReleaseSource interface {
	table.Source
	// Releases are those of a service or of all services of a stack, the newest
	// first, without secrets. They are shared.
	Releases() []ListedRelease
}

// ListedRelease is a release as the list shows it.
type ListedRelease struct {
	model.Release
	Swarm string
	// Image is its image, with the digest, and What says what it has changed.
	Image string
	What  string
	// By is who wrote it, or what its service is managed by.
	By string
	// Now is set for the one that the service is by the ledger.
	Now bool
}

// Ref names the release.
func (r ListedRelease) Ref() model.Ref { return model.ReleaseRef(r.Swarm, r.Service, r.N) }

// Releases are the specifications that a service had, or the services of a stack.
var Releases = View[ListedRelease]{
	Name: "releases", Aliases: []string{"rel", "versions"},
	About: "what services ran, and when",
	Kind:  model.KindRelease, Keys: keys.Releases, Source: model.KindRelease.Info().Plural, Sourced: true,
	Columns: []table.Column[ListedRelease]{
		{Title: "RELEASE",
			Cell: func(_ table.Data, r ListedRelease) table.Cell {
				c := table.Cell{Text: r.String()}
				if r.Now {
					c.Text, c.Status = c.Text+" *", model.Good
				}
				return c
			},
			Compare: by(func(_ table.Data, r ListedRelease) int { return r.N })},
		{Title: "WHEN", Right: true,
			Cell: func(_ table.Data, r ListedRelease) table.Cell {
				c := since(r.At)
				c.Dim = r.About
				return c
			},
			Compare: by(func(_ table.Data, r ListedRelease) int64 { return -r.At.UnixNano() })},
		{Title: "IMAGE", Min: 12, Max: 40, Drop: 1,
			Cell: func(_ table.Data, r ListedRelease) table.Cell { return text(model.BriefImage(r.Image)) }},
		{Title: "CHANGED", Min: 20, Flex: true,
			Cell: func(_ table.Data, r ListedRelease) table.Cell { return text(r.What) }},
		{Title: "BY", Max: 24, Drop: 2, Sparse: true,
			Cell: func(_ table.Data, r ListedRelease) table.Cell { return table.Cell{Text: r.By} }},
		{Title: "DIGEST", Wide: true,
			Cell: func(_ table.Data, r ListedRelease) table.Cell { return text(model.Digest(r.Image)) }},
		{Title: "SOURCE", Wide: true,
			Cell: func(_ table.Data, r ListedRelease) table.Cell { return text(r.From.String()) }},
	},
	Rows: func(d table.Data, _ Scope) []ListedRelease {
		src, ok := d.Source.(ReleaseSource)
		if !ok {
			return nil
		}
		return slices.Clone(src.Releases())
	},
	Known:  func(table.Data, Scope) bool { return true },
	ID:     ListedRelease.Ref,
	Title:  func(_ *model.Cluster, r ListedRelease) string { return r.String() },
	Labels: func(*model.Cluster, ListedRelease) map[string]string { return nil },
	Match: func(dst []string, _ *model.Cluster, r ListedRelease) []string {
		return append(dst, r.Image, r.By)
	},
	Error: func(_ *model.Cluster, r ListedRelease) string { return r.Lacks },
	Interest: func(s Scope) model.Interest {
		if s.Of.Service() == "" {
			return model.Interest{}
		}
		return model.InterestIn(s.Of) // Its tasks tell of former releases.
	},
	Enter: func(*model.Cluster, ListedRelease) Link { return Link{Describe: true} },
	Empty: func(*model.Cluster, Scope) Nothing {
		return Nothing{What: "nothing was written down yet: that is done once its tasks have been read"}
	},
}

// ReleaseSet are the releases that the services of a list were when one of them was
// the newest, without those that are so still. What was not there then is left out.
func ReleaseSet(source table.Source, at model.Ref) []screen.Object {
	src, ok := source.(ReleaseSource)
	if !ok {
		return nil
	}
	all := src.Releases()
	from := slices.IndexFunc(all, func(r ListedRelease) bool { return r.Ref() == at })
	if from < 0 {
		return nil
	}
	var out []screen.Object
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.Service] || r.At.After(all[from].At) || r.Service == all[from].Service && r.Ref() != at {
			continue
		}
		if seen[r.Service] = true; !r.Now {
			out = append(out, screen.Object{Ref: r.Ref(), Row: r.Ref(), Name: r.String()})
		}
	}
	return out
}
