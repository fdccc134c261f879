package actions

import (
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// TestRebalance_SaysWhatIsUpOfWhatIsWanted: the replicas that are there for a while
// are none that anybody misses.
func TestRebalance_SaysWhatIsUpOfWhatIsWanted(t *testing.T) {
	for _, tt := range []struct {
		up, want, all int
		says          string
	}{
		{4, 4, 5, "4/4 up, and 0 of 1 more"}, {5, 4, 5, "4/4 up, and 1 of 1 more"}, {3, 4, 6, "3/4 up, and 0 of 2 more"},
		{5, 4, 4, "4/4 up, and 1 more"}, {4, 4, 4, "4/4 up"}, {3, 4, 4, "3/4 up"},
	} {
		if got := upBeside(tt.up, tt.want, tt.all); got != tt.says {
			t.Errorf("%d of %d, %d for a while: %q, want %q", tt.up, tt.want, tt.all, got, tt.says)
		}
	}
	n, mark := testkit.Node(), model.RebalanceMark{Replicas: 4, Spread: "2-2", Began: testkit.Now}
	s := testkit.Service(testkit.Replicas(5), testkit.ServiceLabels(map[string]string{model.LabelRebalance: mark.String()}))
	var tasks []*model.Task
	for slot := 1; slot <= 4; slot++ {
		tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.Slot(slot), testkit.On(n)))
	}
	tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.Slot(5), testkit.On(n), testkit.State(swarm.TaskStateStarting)))
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(s), testkit.Tasks(tasks...))
	if m := nextRebalance(c, Target{Ref: s.Key().Ref(), Name: s.Name()}); m.Said != "4/4 up, and 0 of 1 more" {
		t.Errorf("it says %q: %+v", m.Said, m)
	}
}
