package model_test

import (
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

var markedAt = time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC)

func TestMarks_AreReadAsTheyAreWritten(t *testing.T) {
	for _, m := range []model.DrainMark{
		{Phase: model.DrainMoving, Began: markedAt}, {Phase: model.DrainBack, Hard: true, Began: markedAt},
		{Phase: model.DrainLeft, Began: markedAt}, {Phase: model.DrainDone, Hard: true, Began: markedAt},
	} {
		if got, ok := model.ParseDrainMark(m.String()); !ok || got != m {
			t.Errorf("%q is read as %+v, %v", m, got, ok)
		}
	}
	for _, m := range []model.UpgradeMark{{Engine: "20.10.24", Began: markedAt}, {Began: markedAt}, {Engine: "29.7.2", Away: true, Hard: true, Began: markedAt}} {
		if got, ok := model.ParseUpgradeMark(m.String()); !ok || got != m {
			t.Errorf("%q is read as %+v, %v", m, got, ok)
		}
	}
	for _, surplus := range []int{0, 2} { // Former versions wrote none.
		m := model.RebalanceMark{Replicas: 6, Surplus: surplus, Spread: "2-2-2", Began: markedAt}
		s := testkit.Service(testkit.ServiceLabels(map[string]string{model.LabelRebalance: m.String()}))
		if got, ok := s.RebalanceMark(); !ok || got != m {
			t.Errorf("%q is read as %+v, %v", m, got, ok)
		}
		for replicas, gives := range map[int]bool{0: false, 5: false, 6: true, 7: surplus == 0, 8: true, 12: surplus == 0} {
			if m.Gives(replicas) != gives {
				t.Errorf("%q gives %d replicas: %t", m, replicas, !gives)
			}
		}
	}
}

func TestMarks_AreNoneWhereOthersWrote(t *testing.T) {
	for _, text := range []string{"", "moving", "moving yesterday", "later 2026-09-14T09:30:00Z", "2026-09-14T09:30:00Z"} {
		if m, ok := model.ParseDrainMark(text); ok {
			t.Errorf("%q is read as %+v", text, m)
		}
	}
	for _, text := range []string{"6", "6 2-2-2", "x 2-2-2 2026-09-14T09:30:00Z", "-1 2-2 2026-09-14T09:30:00Z", "6+x 2-2-2 2026-09-14T09:30:00Z", "6+-1 2-2-2 2026-09-14T09:30:00Z", "6+7 2-2-2 2026-09-14T09:30:00Z", "99999999999999999999 2 2026-09-14T09:30:00Z"} {
		s := testkit.Service(testkit.ServiceLabels(map[string]string{model.LabelRebalance: text}))
		if m, ok := s.RebalanceMark(); ok {
			t.Errorf("%q is read as %+v", text, m)
		}
	}
}

func TestUpgraded_IsBackWithAnotherEngineOrAfterItWasAway(t *testing.T) {
	marked := func(m model.UpgradeMark, more ...testkit.NodeOption) *model.Node {
		m.Began = markedAt
		return testkit.Node(append(more, testkit.NodeLabels(map[string]string{model.LabelUpgrade: m.String()}))...)
	}
	const has = "29.7.2" // What the builder gives.
	for name, c := range map[string]struct {
		node *model.Node
		want bool
	}{
		"as it was":      {marked(model.UpgradeMark{Engine: has}), false},
		"another engine": {marked(model.UpgradeMark{Engine: "20.10.24"}), true},
		"was away":       {marked(model.UpgradeMark{Engine: has, Away: true}), true},
		"still away":     {marked(model.UpgradeMark{Engine: has, Away: true}, testkit.Down()), false},
		"not marked":     {testkit.Node(), false},
	} {
		if got := c.node.Upgraded(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("moving hard 2026-09-14T09:30:00Z")
	f.Add("20.10.24 away 2026-09-14T09:30:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		if m, ok := model.ParseDrainMark(text); ok {
			if again, ok := model.ParseDrainMark(m.String()); !ok || again.Phase != m.Phase || again.Hard != m.Hard {
				t.Errorf("%q became %q", text, m)
			}
		}
		if m, ok := model.ParseUpgradeMark(text); ok {
			if again, ok := model.ParseUpgradeMark(m.String()); !ok || again.Away != m.Away || again.Hard != m.Hard {
				t.Errorf("%q became %q", text, m)
			}
		}
	})
}
