package ui

import (
	"slices"
	"testing"

	"skep/actions"
	"skep/model"
)

// TestDialog_KeepsWhatItReadsInSight: what a plan goes by besides its target, such as
// the service beside it, is read for as long as the preview is open.
func TestDialog_KeepsWhatItReadsInSight(t *testing.T) {
	blue, green := model.Ref{Kind: model.KindService, ID: "blue"}, model.Ref{Kind: model.KindService, ID: "green"}
	d := &dialog{targets: []actions.Target{{Ref: blue}}}
	d.docs = []actions.Reading{{Target: d.targets[0], Others: map[model.Ref]actions.Reading{green: {}, {Kind: model.KindNetwork, ID: "front"}: {}}}}
	got := d.interest(model.Interest{})
	if refs := got.Refs(); !slices.Contains(refs, blue) || !slices.Contains(refs, green) || len(refs) != 2 {
		t.Errorf("it looks at %v", refs)
	}
}
