package actions

import (
	"fmt"
	"testing"
	"time"

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

// TestRebalance_LeavesWhatSomebodyElseScaled: neither a scale nor a stop in the middle is
// taken back, and the rebalancing can be ended then.
func TestRebalance_LeavesWhatSomebodyElseScaled(t *testing.T) {
	n, mark := testkit.Node(), model.RebalanceMark{Replicas: 6, Surplus: 2, Spread: "6", Began: testkit.Now.Add(-time.Minute)}
	for replicas, stops := range map[int]bool{0: true, 5: true, 6: false, 8: false, 12: true} {
		s := testkit.Service(testkit.Replicas(replicas), testkit.ServiceLabels(map[string]string{model.LabelRebalance: mark.String()}))
		tasks := allOf(s, n)
		in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(tasks...), testkit.Services(testkit.Counted([]*model.Service{s}, tasks)...))
		m := nextRebalance(in.Cluster, in.Target)
		if got := m.Stop == fmt.Sprintf("somebody has scaled it to %d meanwhile", replicas); got != stops || stops == (m.Now != nil) {
			t.Errorf("%d replicas: it goes on with %+v", replicas, m)
		}
		if _, err := planScaleBack(in, mark); (err != nil) != stops {
			t.Errorf("%d replicas: back to what it was: %v", replicas, err)
		}
		p := mustPlan(t, rebalance, in)
		if after, err := Apply(in.Doc.Spec, p.Steps[0].Edits); p.Goes == stops || err != nil || (field(after, pathRebalance...) == nil) != stops {
			t.Errorf("%d replicas: once more: %q, %v", replicas, p.Title, err)
		}
	}
}
