package actions

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// partly are tasks of which some are of the version before: those of the slots
// up to old run, the others are in another state.
func partly(t testing.TB, s *model.Service, n *model.Node, old int, others ...testkit.TaskOption) []*model.Task {
	t.Helper()
	before := *s
	if s.PreviousSpec != nil {
		before.Spec = *s.PreviousSpec
	}
	before.Print = model.FingerprintOf(&before.Spec.TaskTemplate)
	var out []*model.Task
	for slot := 1; slot <= int(s.Replicas()); slot++ {
		if slot <= old {
			out = append(out, testkit.Task(testkit.Of(&before), testkit.Slot(slot), testkit.On(n)))
			continue
		}
		out = append(out, testkit.Task(append([]testkit.TaskOption{testkit.Of(s), testkit.Slot(slot), testkit.On(n)}, others...)...))
	}
	return out
}

// TestForecast_OfAnUpdateUnderWay: any write resumes it, and takes what a
// rollback restores.
func TestForecast_OfAnUpdateUnderWay(t *testing.T) {
	n := testkit.Node()
	nope := testkit.Service(testkit.Replicas(6), testkit.Image("app:nope"), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, "update paused"))
	goesOn := testkit.Service(testkit.Replicas(6), testkit.Image("app:2"), previous(oldImage), testkit.Updating(swarm.UpdateStateUpdating, "update in progress"))
	back := testkit.Service(testkit.Replicas(6), testkit.Image("app:1"), previous(oldImage), testkit.Updating(swarm.UpdateStateRollbackPaused, "rollback paused"))
	rejected := []testkit.TaskOption{testkit.State(swarm.TaskStatePreparing)}
	tests := []struct {
		name    string
		action  Action
		service *model.Service
		old     int
		values  map[string]string
		facts   string // restarts, starts, stops, lowest, risk
		says    []string
		silent  []string
	}{
		{"scale", scale, nope, 5, map[string]string{"replicas": "7"}, "5 1 0 4 3",
			[]string{"resumes the update to app:nope: up to 5 more healthy tasks are replaced", "roll back first, if that is not what you want: it restarts 1 task, 5 stay",
				"5 of 6 tasks restart, 1 at a time, the other stays", "a rollback after this undoes the scaling only; the version it restores now (example/app:0) is lost"},
			[]string{"stay as they are", "the 6 there"}},
		{"scale down", scale, nope, 5, map[string]string{"replicas": "4"}, "4 0 2 3 3", []string{"resumes the update to app:nope: up to 4 more healthy tasks", "2 tasks stop, 4 stay"}, nil},
		{"restart", restart, nope, 5, nil, "6 0 0 4 3", []string{"resumes the update to app:nope: up to 5 healthy tasks are replaced", "cannot be undone"}, nil},
		{"put the old image back", image, nope, 5, map[string]string{"image": "example/app:0"}, "1 0 0 5 3",
			[]string{"takes the place of the update to app:nope: 1 task is replaced, none of which is running now", "1 of 6 tasks restarts, the other 5 stay"}, nil},
		{"roll back", rollback, nope, 5, nil, "1 0 0 5 2", []string{"the image goes back to example/app:0", "1 of 6 tasks restarts, the other 5 stay"}, []string{"resumes", "all 6"}},
		{"scale while it goes on", scale, goesOn, 2, map[string]string{"replicas": "7"}, "2 1 0 1 2",
			[]string{"continues the update to app:2 and counts its failures from zero: up to 2 more healthy tasks are replaced"}, nil},
		{"scale a paused rollback", scale, back, 6, map[string]string{"replicas": "7"}, "6 1 0 5 3", []string{"resumes the rollback to app:1: up to 6 more healthy tasks"}, []string{"roll back first"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := inputFor(t, tt.service, tt.values, testkit.Nodes(n), testkit.Tasks(partly(t, tt.service, n, tt.old, rejected...)...))
			p := mustPlan(t, tt.action, in)
			i := p.Impact
			if got := fmt.Sprint(i.Restarts, i.Starts, i.Stops, i.Lowest, p.Risk); got != tt.facts || !i.Known || len(i.Replaced) != i.Restarts {
				t.Errorf("restarts, starts, stops, lowest, risk: %s, want %s; %+v", got, tt.facts, i)
			}
			if offered := p.Instead == "rollback"; offered != (tt.action.Verb != "rollback" && tt.service != back) {
				t.Errorf("in its place: %q", p.Instead)
			}
			wantSays(t, p, tt.says...)
			wantSilent(t, p, tt.silent...)
		})
	}
}

// TestForecast_Sentences: what is said of all holds for one, and for none.
func TestForecast_Sentences(t *testing.T) {
	n := testkit.Node(testkit.Hostname("worker1"))
	slow := updates(swarm.UpdateConfig{Parallelism: 1, Delay: time.Minute})
	job := testkit.Service(testkit.Name("job"), testkit.Job(1, 2, 1))
	limited := func(order swarm.UpdateOrder) []testkit.ServiceOption {
		return []testkit.ServiceOption{testkit.Replicas(1), updates(swarm.UpdateConfig{Parallelism: 1, Order: order}), testkit.Template(func(s *swarm.TaskSpec) {
			s.Placement = &swarm.Placement{MaxReplicas: 1, Constraints: []string{"node.hostname==worker1"}}
		})}
	}
	stuck := testkit.Service(append(limited("start-first"), previous(oldImage), testkit.Updating(swarm.UpdateStateUpdating, "update in progress"))...)
	tests := []struct {
		name    string
		action  Action
		service *model.Service
		value   string
		tasks   func(s *model.Service) []*model.Task
		says    []string
		silent  []string
	}{
		{"one batch has nothing between batches", restart, testkit.Service(slow), "", nil, []string{"its only task restarts", "takes at least 2m"}, []string{"between batches"}},
		{"two batches have", restart, testkit.Service(testkit.Replicas(2), slow), "", nil, []string{"both tasks restart, 1 at a time", "(1m between batches)"}, nil},
		{"one stays", scale, testkit.Service(testkit.Replicas(3)), "1", nil, []string{"2 tasks stop, 1 stays;"}, nil},
		{"none of those there runs", scale, testkit.Service(testkit.Replicas(2)), "3", func(s *model.Service) []*model.Task {
			return allOf(s, n, testkit.Pending("no suitable node"))
		}, []string{"none of the 2 there is running now"}, []string{"stay as they are"}},
		{"some of those there run", scale, testkit.Service(testkit.Replicas(3)), "4", func(s *model.Service) []*model.Task {
			return append(allOf(s, n)[:2], testkit.Task(testkit.Of(s), testkit.Slot(3), testkit.Pending("no suitable node")))
		}, []string{"of the 3 there 2 run now"}, nil},
		{"nothing runs that stops", scale, testkit.Service(testkit.Replicas(2)), "0", func(s *model.Service) []*model.Task {
			return allOf(s, n, testkit.Pending("no suitable node"))
		}, []string{"2 tasks stop: web goes to 0 (none of them is running now)"}, nil},
		{"a job that ran", restart, job, "", func(s *model.Service) []*model.Task {
			return []*model.Task{testkit.Task(testkit.Of(s), testkit.On(n), testkit.Ended()), testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(n))}
		}, []string{"the job runs again from the beginning: 2 tasks", "1 task already completed: what it did is done a second time",
			"1 task stops before the end: it has not completed", "cannot be undone: the job will have run once more"}, []string{"nothing to undo"}},
		{"a job that is scaled", scale, job, "3", nil, []string{"scale back to 2, which runs the job yet again: a run cannot be undone"}, nil},
		{"no room beside the old one", restart, testkit.Service(limited("start-first")...), "", nil,
			[]string{"the update can never finish", "no room beside the task it replaces", "max replicas per node reached on 1 node"}, []string{"takes at least"}},
		{"room once the old one has stopped", restart, testkit.Service(limited("stop-first")...), "", nil, []string{"takes at least 5s"}, []string{"never"}},
		{"a pending one has no room either", restart, testkit.Service(append(limited("stop-first"), testkit.Replicas(2))...), "", func(s *model.Service) []*model.Task {
			return []*model.Task{testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(n)), testkit.Task(testkit.Of(s), testkit.Slot(2), testkit.Pending("max replicas"))}
		}, []string{"never finish"}, nil},
		{"scaled to 0", restart, testkit.Service(testkit.Replicas(0)), "", nil, []string{"no task runs now, so none restarts"}, []string{"takes at least"}},
		{"a new one that waits beside the old one", scale, stuck, "2", func(s *model.Service) []*model.Task {
			return append(partly(t, s, n, 1), testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.Pending("no suitable node")))
		}, []string{"1 task of the older version stops at once, although the new one in its place does not run yet"}, []string{"never finish", "does not run now"}},
		{"it had ended well", restart, testkit.Service(testkit.Template(func(s *swarm.TaskSpec) {
			s.RestartPolicy = &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone}
		})), "", func(s *model.Service) []*model.Task {
			return allOf(s, n, testkit.Ended(), testkit.Desired(swarm.TaskStateShutdown))
		},
			[]string{"1 task ended well already: what it did is done a second time", "if a task ends, even well, within 5s of its start, it pauses", "cannot be undone"}, []string{"nothing to undo"}},
		{"gave up", restart, testkit.Service(), "", func(s *model.Service) []*model.Task { return allOf(s, n, testkit.Failed(1)) },
			[]string{"1 task that had ended for good starts again"}, []string{"its only task"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tasks := allOf(tt.service, n)
			if tt.tasks != nil {
				tasks = tt.tasks(tt.service)
			}
			in := inputFor(t, tt.service, map[string]string{"replicas": tt.value}, testkit.Nodes(n), testkit.Tasks(tasks...))
			p := mustPlan(t, tt.action, in)
			wantSays(t, p, tt.says...)
			wantSilent(t, p, tt.silent...)
		})
	}
}

// The engine replaces the tasks in no order that is known beforehand.
func TestForecast_WhereTheOrderDecides(t *testing.T) {
	open := testkit.Node(testkit.Hostname("worker1"))
	shut := testkit.Node(testkit.Hostname("worker2"), testkit.Availability("pause"))
	for most, want := range map[uint64]string{1: "the update can never finish", 2: "the update may never finish, depending on which task the engine replaces first", 3: ""} {
		s := testkit.Service(testkit.Replicas(2), updates(swarm.UpdateConfig{Parallelism: 1, Order: "start-first"}),
			testkit.Template(func(s *swarm.TaskSpec) { s.Placement = &swarm.Placement{MaxReplicas: most} }))
		for _, nodes := range [][]*model.Node{{open, shut}, {shut, open}} {
			tasks := []*model.Task{testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(nodes[0])), testkit.Task(testkit.Of(s), testkit.Slot(2), testkit.On(nodes[1]))}
			p := mustPlan(t, restart, inputFor(t, s, nil, testkit.Nodes(nodes...), testkit.Tasks(tasks...)))
			if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, want) || want == "" && strings.Contains(got, "never") {
				t.Errorf("at most %d on a node: warned %q, want %q", most, got, want)
			}
		}
	}
}
