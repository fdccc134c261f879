package actions

import (
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// TestUpgrade_TakesNoNodeOutWhileAnotherIsLetBack: it is drained still, and what takes
// that back may need its turn.
func TestUpgrade_TakesNoNodeOutWhileAnotherIsLetBack(t *testing.T) {
	back := model.DrainMark{Phase: model.DrainBack, Began: testkit.Now}
	first := testkit.Node(testkit.Availability("drain"), testkit.NodeLabels(map[string]string{model.LabelDrain: back.String()}))
	second := testkit.Node(testkit.Hostname("worker2"), testkit.NodeLabels(map[string]string{model.LabelUpgrade: model.UpgradeMark{Engine: "29.7.2", Began: testkit.Now}.String()}))
	m := nextUpgrade(testkit.Cluster(testkit.Nodes(first, second), testkit.Services(), testkit.Tasks()))
	if !m.Idle || !strings.Contains(m.Wait, "worker2 is not taken out: the gentle drain of worker1 is being taken back") {
		t.Errorf("it goes on with %+v", m)
	}
}
