package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// TestPropose_GoesOnWithoutTheRegistry: there is a plan before the registry has
// answered, it says what going on means, and the answer pins it.
func TestPropose_GoesOnWithoutTheRegistry(t *testing.T) {
	s := testkit.Service()
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	r := Request{Action: image, Targets: []Target{ServiceTarget(s)}, Values: map[string]string{"image": "app:2"}}
	docs := r.Read(t.Context(), newFake(docOf(t, s)), c, nil)
	if got := r.Images(c, docs); !slices.Equal(got, []string{"app:2"}) {
		t.Fatalf("the registry is asked about %v", got)
	}
	p := r.Propose(c, docs, nil)[0]
	if p.Err != nil || p.Plan.Changes[0].After != "app:2" || !errors.Is(p.Input.ImageErr, ErrAsked) ||
		!strings.Contains(fmt.Sprint(p.Plan.Warnings), ErrAsked.Error()) {
		t.Errorf("before: %v, %+v", p.Err, p.Plan)
	}
	pinned := "app:2@sha256:" + strings.Repeat("a", 64)
	p = r.Propose(c, docs, map[string]Answer{"app:2": {Image: &model.ResolvedImage{Pinned: pinned}}})[0]
	if p.Err != nil || p.Plan.Changes[0].After != pinned {
		t.Errorf("after: %v, %+v", p.Err, p.Plan)
	}
}

// TestPropose_WarnsOfOldTasks: a plan counts on tasks that a slow manager may
// have told of long ago.
func TestPropose_WarnsOfOldTasks(t *testing.T) {
	s, n := testkit.Service(testkit.Replicas(2)), testkit.Node()
	r := Request{Action: restart, Targets: []Target{ServiceTarget(s)}}
	for age, warns := range map[time.Duration]bool{10 * time.Second: false, time.Minute: true} {
		c := testkit.Cluster(testkit.Services(s), testkit.Nodes(n),
			testkit.TasksFor(model.TaskQuery{}, testkit.Now.Add(-age), allOf(s, n)...))
		p := r.Propose(c, r.Read(t.Context(), newFake(docOf(t, s)), c, nil), nil)[0]
		if got := strings.Contains(fmt.Sprint(p.Plan.Warnings), "last read more than 15s ago"); p.Err != nil || got != warns {
			t.Errorf("read %s ago: %v, %q", age, p.Err, p.Plan.Warnings)
		}
	}
}

// TestRead_AgainIfTheSnapshotIsNewer reads nothing that is known in the version
// of the snapshot.
func TestRead_AgainIfTheSnapshotIsNewer(t *testing.T) {
	a, b := testkit.Service(testkit.Name("a")), testkit.Service(testkit.Name("b"))
	r := Request{Targets: []Target{ServiceTarget(a), ServiceTarget(b)}}
	eng := newFake(docOf(t, a), docOf(t, b))
	known := r.Read(t.Context(), eng, testkit.Cluster(testkit.Services(a, b)), nil)
	newer := *b
	newer.Version.Index++
	doc := known[1].Doc
	doc.Version++
	eng = newFake(doc) // The first would be gone.
	got := r.Read(t.Context(), eng, testkit.Cluster(testkit.Services(a, &newer)), known)
	if got[0].Err != nil || got[0].Doc.Version != a.Version.Index || got[1].Doc.Version != newer.Version.Index {
		t.Errorf("%+v", got)
	}
}
