package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// stage is a service with its tasks on two nodes, that changes under the eyes
// of a console.
type stage struct {
	d *desk
}

var stageNodes = []*model.Node{
	testkit.Node(testkit.Leader(), testkit.Hostname("manager1")), testkit.Node(testkit.Hostname("worker1")),
}

// webAt is the service at a version; its tasks are as told, the rest of those
// wanted is missing.
func (s *stage) webAt(version uint64, want int, tasks []testkit.TaskOption, options ...testkit.ServiceOption) *model.Cluster {
	options = append([]testkit.ServiceOption{testkit.Name("web"), testkit.Replicas(want), testkit.Version(version)}, options...)
	web := testkit.Service(options...)
	var list []*model.Task
	for i, t := range tasks {
		list = append(list, testkit.Task(testkit.Of(web), testkit.Slot(i+1), testkit.On(stageNodes[1]), t))
	}
	return testkit.Cluster(testkit.Services(testkit.Counted([]*model.Service{web}, list)...), testkit.Nodes(stageNodes...), testkit.Tasks(list...))
}

func (s *stage) show(c *model.Cluster) {
	s.d.feed.push(c)
	s.d.rest()
}

func runs(n int, more ...testkit.TaskOption) []testkit.TaskOption {
	var out []testkit.TaskOption
	for range n {
		out = append(out, testkit.State(swarm.TaskStateRunning))
	}
	return append(out, more...)
}

// onStage has an action on web accepted, which had six tasks, at version 10.
func onStage(t *testing.T, keys []string, test func(t *testing.T, s *stage)) {
	t.Helper()
	s := &stage{}
	onDesk(t, Options{}, s.webAt(10, 6, runs(6)), 80, 24, func(t *testing.T, d *desk) {
		s.d = d
		d.press(keys...)
		d.apply()
		test(t, s)
	})
}

// TestAccepted_IsFollowedToItsEnd: what the engine has accepted is not called
// done before it is.
func TestAccepted_IsFollowedToItsEnd(t *testing.T) {
	onStage(t, []string{"s", "8", "enter"}, func(t *testing.T, s *stage) {
		d := s.d
		d.sees("accepted: scale web from 6 to 8 replicas\n")
		s.show(s.webAt(10, 6, runs(6))) // A snapshot from before.
		d.misses("6/8", "done")
		s.show(s.webAt(11, 8, runs(6, testkit.State(swarm.TaskStatePreparing), testkit.State(swarm.TaskStatePreparing))))
		d.sees("accepted: scale web from 6 to 8 replicas, 6/8\n")
		d.misses("done")
		if got := d.feed.looked[len(d.feed.looked)-1]; len(got.Services()) != 1 {
			t.Errorf("the feed looks at %+v", got)
		}
		d.press("j", "k") // Keys do not take it away.
		d.sees("replicas, 6/8\n")
		d.wait(12 * time.Second)
		s.show(s.webAt(11, 8, runs(8)))
		d.sees("done: scale web from 6 to 8 replicas, 8/8 after 12s")
		d.misses("accepted")
		if got := d.feed.looked[len(d.feed.looked)-1]; len(got.Services()) != 0 {
			t.Errorf("the feed goes on looking at %+v", got)
		}
		d.wait(noticeStays + time.Second)
		d.misses("done")
	})
}

// TestAccepted_SaysWhatHoldsItUp, and that it is at its end after a while.
func TestAccepted_SaysWhatHoldsItUp(t *testing.T) {
	onStage(t, []string{"s", "8", "enter"}, func(t *testing.T, s *stage) {
		d := s.d
		full := testkit.Pending("no suitable node (insufficient resources on 2 nodes)")
		stuck := s.webAt(11, 8, runs(6, full, full))
		s.show(stuck)
		d.sees("accepted: scale web from 6 to 8 replicas, 6/8 - web.", "no suitable node: insufficient")
		d.wait(stuckAfter + time.Second)
		d.press("s") // A dialog does not hide how it ends.
		s.show(stuck)
		d.misses("done")
		d.press("esc")
		d.sees("not done: scale web from 6 to 8 replicas, 6/8 after 31s: web.", "no suitable node: insufficient resources on 2 nodes")
		d.wait(time.Minute)
		d.sees("not done")
		d.press("j")
		d.misses("not done", "accepted")
	})
}

// TestAccepted_Ends in ways that are not what was asked for.
func TestAccepted_Ends(t *testing.T) {
	for name, c := range map[string]struct {
		keys  []string
		after func(s *stage) *model.Cluster
		says  []string
	}{
		"paused": {[]string{"r"}, func(s *stage) *model.Cluster {
			return s.webAt(12, 6, runs(5, testkit.Failed(1)), testkit.Updating(swarm.UpdateStatePaused, "update paused due to failure"))
		}, []string{"not done: restart the tasks of web, 5/6 new after 0s: update paused due to\nfailure"}},
		"rolled back": {[]string{"r"}, func(s *stage) *model.Cluster {
			return s.webAt(12, 6, runs(6), testkit.Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"))
		}, []string{"not done: restart the tasks of web after 0s: rolled back to the previous"}},
		"removed": {[]string{"r"}, func(*stage) *model.Cluster {
			return testkit.Cluster(testkit.Nodes(stageNodes...), testkit.Tasks())
		}, []string{"not done: restart the tasks of web after 0s: the service no longer exists"}},
		"replaced": {[]string{"r"}, func(s *stage) *model.Cluster {
			return s.webAt(12, 6, runs(6), testkit.Updating(swarm.UpdateStateCompleted, "update completed"))
		}, []string{"done: restart the tasks of web, 6/6 new after 0s"}},
		"watched": {[]string{"r"}, func(s *stage) *model.Cluster {
			return s.webAt(12, 6, runs(6), testkit.Updating(swarm.UpdateStateUpdating, "update in progress"))
		}, []string{"accepted: restart the tasks of web, 6/6 new, watched for failures"}},
		"not yet replaced": {[]string{"r"}, func(s *stage) *model.Cluster {
			old := s.webAt(10, 6, runs(6))
			web := *old.Services()[0]
			web.Version.Index, web.Print = 12, web.Print+1 // Its tasks were made from the former specification.
			tasks, _ := old.Tasks()
			return testkit.Cluster(testkit.Services(&web), testkit.Nodes(stageNodes...), testkit.Tasks(tasks...))
		}, []string{"accepted: restart the tasks of web, 0/6 new\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, c.keys, func(t *testing.T, s *stage) {
				s.show(c.after(s))
				s.d.sees(c.says...)
			})
		})
	}
}

// TestAccepted_SomebodyElse changes the number meanwhile.
func TestAccepted_SomebodyElse(t *testing.T) {
	onStage(t, []string{"s", "8", "enter"}, func(t *testing.T, s *stage) {
		s.show(s.webAt(11, 8, runs(6)))
		s.show(s.webAt(13, 3, runs(6)))
		s.d.sees("not done: scale web", "somebody else scaled it\nto 3")
	})
}

// TestAccepted_OutageIsNoEnd: the last that is known stays, and is called that.
func TestAccepted_OutageIsNoEnd(t *testing.T) {
	onStage(t, []string{"s", "8", "enter"}, func(t *testing.T, s *stage) {
		c := s.webAt(11, 8, runs(6))
		s.show(c)
		lost := *c
		lost.Outage = &model.Outage{Since: testkit.Now, Err: errors.New("connection refused")}
		s.d.wait(2 * stuckAfter)
		s.show(&lost)
		s.d.sees("accepted: scale web from 6 to 8 replicas, 6/8 (not connected)")
		s.show(s.webAt(11, 8, runs(8)))
		s.d.sees("done: scale web from 6 to 8 replicas, 8/8 after 1m")
	})
}

// TestAccepted_Several are done when all are.
func TestAccepted_Several(t *testing.T) {
	build := func(version uint64, up ...int) *model.Cluster {
		var services []*model.Service
		var tasks []*model.Task
		for i, name := range []string{"api", "web"} {
			s := testkit.Service(testkit.Name(name), testkit.Replicas(2), testkit.Version(version))
			services = append(services, s)
			for slot := range up[i] {
				tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.Slot(slot+1), testkit.On(stageNodes[1])))
			}
		}
		return testkit.Cluster(testkit.Services(testkit.Counted(services, tasks)...), testkit.Nodes(stageNodes...), testkit.Tasks(tasks...))
	}
	onDesk(t, Options{}, build(10, 2, 2), 80, 24, func(t *testing.T, d *desk) {
		d.press("space", "space", "r")
		d.apply()
		d.feed.push(build(11, 2, 1))
		d.rest()
		d.sees("accepted: restart 2 services, 1 of 2 done: web 1/2 new")
		d.feed.push(build(11, 2, 2))
		d.rest()
		d.sees("done: restart 2 services, all 2 after")
	})
}

// TestAccepted_ADrainEndsWhenAllRunsElsewhere.
func TestAccepted_ADrainEndsWhenAllRunsElsewhere(t *testing.T) {
	build := func(version uint64, availability swarm.NodeAvailability, at time.Time, place func(slot int) []testkit.TaskOption) *model.Cluster {
		worker := *stageNodes[1]
		worker.Version.Index, worker.Spec.Availability = version, availability
		web := testkit.Service(testkit.Name("web"), testkit.Replicas(2))
		var tasks []*model.Task
		for slot := 1; slot <= 2; slot++ {
			options := append([]testkit.TaskOption{testkit.Of(web), testkit.Slot(slot), testkit.On(&worker)}, place(slot)...)
			tasks = append(tasks, testkit.Task(options...))
		}
		return testkit.Cluster(testkit.At(at), testkit.Services(testkit.Counted([]*model.Service{web}, tasks)...),
			testkit.Nodes(stageNodes[0], &worker), testkit.TasksFor(model.TaskQuery{}, at, tasks...))
	}
	here := func(int) []testkit.TaskOption { return nil }
	before := build(10, swarm.NodeAvailabilityActive, testkit.Now, here)
	onDesk(t, Options{View: "nodes", Pattern: "worker1"}, before, 80, 24, func(t *testing.T, d *desk) {
		show := func(place func(slot int) []testkit.TaskOption) {
			d.wait(time.Second)
			d.feed.push(build(11, swarm.NodeAvailabilityDrain, d.now, place))
			d.rest()
		}
		d.press("r")
		d.apply()
		d.sees("accepted: drain worker1")
		show(here)
		d.sees("accepted: drain worker1, 2 tasks left on it\n")
		show(func(slot int) []testkit.TaskOption {
			if slot == 1 {
				return []testkit.TaskOption{testkit.On(stageNodes[0])}
			}
			return []testkit.TaskOption{testkit.On(stageNodes[0]), testkit.State(swarm.TaskStateStarting)}
		})
		d.sees("accepted: drain worker1, it is empty, web 1/2\n")
		show(func(int) []testkit.TaskOption { return []testkit.TaskOption{testkit.On(stageNodes[0])} })
		d.sees("done: drain worker1, it is empty after 3s")
	})
}

// TestRollout_StandsOverTheTasks while an update goes on or is paused.
func TestRollout_StandsOverTheTasks(t *testing.T) {
	t.Parallel()
	s := &stage{}
	failed := testkit.WithTask(func(t *model.Task) {
		t.ID, t.State, t.Err, t.CreatedAt = "x", swarm.TaskStateFailed, "task: non-zero exit (1)", testkit.Now
	})
	c := s.webAt(10, 6, runs(4, failed), testkit.Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"),
		testkit.WithService(func(s *model.Service) { s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 2} }))
	for _, size := range [][2]int{{80, 24}, {120, 30}, {40, 20}} {
		onDesk(t, Options{}, c, size[0], size[1], func(t *testing.T, d *desk) {
			d.press("enter")
			d.sees("update paused: 4/6 new, 0 old, 1")
			if size[0] >= 80 {
				d.sees("1 failed; 2 at a time; due to failure or early")
			}
			d.feed.push(s.webAt(11, 6, runs(6)))
			d.rest()
			d.misses("paused")
		})
	}
	if text, _ := rolloutText(c, c.Services()[0], nil); !strings.HasSuffix(text, "termination of task web.5 (exit code 1)") {
		t.Error(text)
	}
}
