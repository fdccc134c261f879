package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// rolloutCluster is a service of nine replicas in the middle of an update, read at
// a time.
func rolloutCluster(at time.Time, options ...testkit.ServiceOption) *model.Cluster {
	now := testkit.WithTask(func(task *model.Task) {
		task.CreatedAt, task.UpdatedAt, task.StateAt = testkit.Now.Add(-40*time.Second), testkit.Now.Add(-35*time.Second), testkit.Now.Add(-35*time.Second)
	})
	web := testkit.Service(append([]testkit.ServiceOption{testkit.Name("web"), testkit.Replicas(9), testkit.Image("example/app:2"),
		testkit.WithService(func(s *model.Service) {
			s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 2, Delay: 10 * time.Second, Order: swarm.UpdateOrderStartFirst}
			s.PreviousSpec = &swarm.ServiceSpec{TaskTemplate: swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Image: "example/app:1"}}}
		})}, options...)...)
	var tasks []*model.Task
	for slot := 1; slot <= 9; slot++ {
		on := []testkit.TaskOption{testkit.Of(web), testkit.Slot(slot), testkit.On(stageNodes[1])}
		switch {
		case slot <= 3:
			tasks = append(tasks, testkit.Task(append(on, now)...))
		case slot == 4:
			tasks = append(tasks, testkit.Task(append(on, now, testkit.State(swarm.TaskStateStarting))...))
		case slot == 5:
			tasks = append(tasks, testkit.Task(append(on, now, testkit.State(swarm.TaskStateReady), testkit.Desired(swarm.TaskStateReady), testkit.ID("task5b"))...),
				testkit.Task(append(on, now, testkit.Failed(3), testkit.ID("task5a"), testkit.WithTask(func(task *model.Task) {
					task.CreatedAt, task.UpdatedAt, task.StateAt = testkit.Now.Add(-50*time.Second), testkit.Now.Add(-41*time.Second), testkit.Now.Add(-41*time.Second)
					task.ContainerID = "c5"
				}))...))
		default:
			tasks = append(tasks, testkit.Task(append(on, testkit.FromImage("example/app:1"))...))
		}
	}
	return testkit.Cluster(testkit.At(at), testkit.Services(web), testkit.Nodes(stageNodes...), testkit.TasksFor(model.TaskQuery{}, at.Add(time.Millisecond), tasks...))
}

func TestRollout_ShowsEachPlaceAndTheCulprit(t *testing.T) {
	updating := testkit.Updating(swarm.UpdateStateUpdating, "update in progress")
	for _, size := range [][2]int{{80, 24}, {120, 36}} {
		onDesk(t, Options{}, rolloutCluster(testkit.Now, updating), size[0], size[1], func(t *testing.T, d *desk) {
			d.press("o")
			d.sees("web rollout", "updating", "example/app:1 → example/app:2", "2 at a time, delay 10s, start-first", "at least", "9 places", "● 3 new", "◐ 1 on the way", "· 4 old", "✖ 1 failed", "b rolls back")
			d.wait(6 * time.Second) // The log of the task is read for as long as that.
			d.sees("web.5 on worker1", "LAST LINES of web.5")
			golden(t, "rollout-"+sizeName(size)+".txt", d.text())
			paused := rolloutCluster(testkit.Now.Add(time.Second), testkit.Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task task5a"))
			d.engine.show(paused)
			d.feed.push(paused)
			d.rest()
			d.sees("✖ update paused", "u resumes it", "b rolls back", "B reverts it", "early termination of task web.5", "non-zero exit (3)")
			d.press("u")
			d.sees("resume the paused update of web")
		})
	}
}

// A held update is not said to end by itself.
func TestRollout_SaysThatItIsHeld(t *testing.T) {
	held := testkit.WithService(func(s *model.Service) {
		s.Spec.Labels = map[string]string{model.LabelHold: model.HoldMark{Parallelism: 2, Delay: 10 * time.Second, Began: testkit.Now}.String()}
	})
	c := rolloutCluster(testkit.Now, testkit.Updating(swarm.UpdateStateUpdating, "update in progress"), held)
	onDesk(t, Options{}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("o")
		d.sees("held: it waits before the next task")
		d.misses("to go if all goes well")
	})
}

// A key is offered for what it does while the service is being rolled back: that is
// not held, and the engine's rollback goes forward then.
func TestRollout_OffersNoHoldOfARollback(t *testing.T) {
	for state, offered := range map[swarm.UpdateState]string{swarm.UpdateStateRollbackStarted: "b goes forward again", swarm.UpdateStateRollbackPaused: "u resumes it   b goes forward again"} {
		onDesk(t, Options{}, rolloutCluster(testkit.Now, testkit.Updating(state, "manually requested rollback")), 80, 24, func(t *testing.T, d *desk) {
			d.press("o")
			d.sees(offered)
			d.misses("H holds it", "b rolls back")
		})
	}
}

func TestRollout_SaysHowLongItTook(t *testing.T) {
	began, ended := testkit.Now.Add(-5*time.Minute), testkit.Now.Add(-3*time.Minute)
	done := testkit.WithService(func(s *model.Service) {
		s.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateStateCompleted, StartedAt: &began, CompletedAt: &ended}
	})
	node := stageNodes[1]
	web := testkit.Service(testkit.Name("web"), done)
	task := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node))
	at := func(seconds int) *model.Cluster {
		now := testkit.Now.Add(time.Duration(seconds) * time.Second)
		return testkit.Cluster(testkit.At(now), testkit.Services(web), testkit.Nodes(stageNodes...), testkit.TasksFor(model.TaskQuery{}, now.Add(time.Millisecond), task))
	}
	onDesk(t, Options{ReadOnly: true, ASCII: true}, at(0), 80, 24, func(t *testing.T, d *desk) {
		d.press("o")
		for second := 1; second <= 7; second++ {
			d.feed.push(at(second))
			d.rest()
		}
		d.sees("update completed, converged", "took 2m, ended", "1 place", "o 1 new", "1 of 1 are up")
		if text := d.text(); strings.Contains(text, "rolls back") {
			t.Errorf("a key is offered that does nothing here:\n%s", text)
		}
		d.press("esc")
		d.misses("web rollout")
	})
}

// TestRollout_OpensAfterWhatReplacesTasks: whoever has restarted a service sees how
// it goes, from what is known after the write on, and esc leads back.
func TestRollout_OpensAfterWhatReplacesTasks(t *testing.T) {
	onStage(t, []string{"r"}, func(t *testing.T, s *stage) {
		d := s.d
		d.sees("web rollout", "in progress", "accepted: restart the tasks of web")
		s.show(s.webAt(10, 6, runs(6))) // A snapshot from before.
		d.misses("6 new")
		s.show(s.webAt(11, 6, runs(6)))
		d.sees("6 new")
		d.press("esc")
		d.misses("web rollout")
		d.sees("services")
	})
	onStage(t, []string{"o", "r"}, func(t *testing.T, s *stage) { // It is open already.
		s.d.press("esc")
		s.d.misses("web rollout")
	})
	onStage(t, []string{"s", "8", "enter"}, func(t *testing.T, s *stage) { s.d.misses("web rollout") })
}
