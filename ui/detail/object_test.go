package detail

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// TestDescribe_WhatIsNoLongerThere says so, where a list is newer than what was read.
func TestDescribe_WhatIsNoLongerThere(t *testing.T) {
	node, network := testkit.Node(testkit.Hostname("n2")), testkit.Network("front")
	for name, tt := range map[string]struct {
		ref model.Ref
		of  any
	}{"node": {node.Key().Ref(), node.Node}, "network": {network.Meta().Ref, network.Network}} {
		raw, err := json.Marshal(tt.of)
		if err != nil {
			t.Fatal(err)
		}
		c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Hostname("n1"))), testkit.Services(), testkit.Objects(model.KindNetwork))
		in := Input{Cluster: c, Ref: tt.ref, Now: testkit.Now, Glyphs: dark.Glyphs, Doc: model.Document{Raw: raw, ReadAt: testkit.Now.Add(-time.Minute)}}
		contains(t, in, "It no longer exists; this is what it was 1m ago.")
		in.Doc.ReadAt = testkit.Now.Add(time.Minute) // The list is older.
		if text := textOf(Describe(in)); strings.Contains(text, "no longer") {
			t.Errorf("%s: by an older list:\n%s", name, text)
		}
	}
}
