package simswarm

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

func TestDemo_Troubles(t *testing.T) {
	s := New(Demo(), WithClock(NewManualClock(time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC))))
	defer s.Close()

	api, err := s.getService("shop_api")
	if err != nil {
		t.Fatal(err)
	}
	if st := api.api.UpdateStatus; st == nil || st.State != swarm.UpdateStatePaused {
		t.Errorf("shop_api: update status %+v, want paused", st)
	}
	if st := api.status(); st.RunningTasks != 5 || st.DesiredTasks != 6 {
		t.Errorf("shop_api: %d of %d run, want 5 of 6", st.RunningTasks, st.DesiredTasks)
	}
	search, _ := s.getService("shop_search")
	last := search.tasks[len(search.tasks)-1]
	const why = "no suitable node (scheduling constraints not satisfied on 7 nodes; 1 node not available for new tasks)"
	if last.state() != swarm.TaskStatePending || last.api.Status.Err != why {
		t.Errorf("shop_search: %s, %q", last.state(), last.api.Status.Err)
	}
	payments, _ := s.getService("shop_payments")
	failed := 0
	for _, x := range payments.tasks {
		if x.state() == swarm.TaskStateFailed && x.api.Status.Err == "task: non-zero exit (1)" {
			failed++
		}
	}
	if failed < 6 {
		t.Errorf("shop_payments: %d failed tasks in the history, want at least 6", failed)
	}
	if n := s.findNode("fra1-wrk4"); n == nil || !n.drained() || len(n.tasks) != 0 {
		t.Error("fra1-wrk4 is not drained and empty")
	}
}
