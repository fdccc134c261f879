package actions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

func TestHold_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 2)
	s.create(t, "web", `{"Replicated":{"Replicas":5}}`, "", `,"UpdateConfig":{"Parallelism":2,"Delay":3000000000,"Monitor":1000000000,"Order":"start-first"}`)
	s.create(t, "bare", `{"Replicated":{"Replicas":6}}`, "", "")
	s.testHold(t, "web", 5, "nginx:2")
	s.testHold(t, "bare", 6, "nginx:2")
}

// TestHold_OnARealSwarm holds updates after a batch, lets one task more go, and goes
// on; and reverts one that is held.
func TestHold_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newWalkStage(t, 1, 1)
	s.Image(t, "app:2")
	s.serve(t, "web", 5, "--update-delay", "3s", "--update-parallelism", "2")
	s.testHold(t, "web", 5, "app:2")
}

// TestHold_IsInheritedAndSaid: what is written to a service that is held is held as
// well, whatever it is; but not what replaces no task, nor what lets it go.
func TestHold_IsInheritedAndSaid(t *testing.T) {
	s := newSim(t, 1, 2)
	s.create(t, "web", `{"Replicated":{"Replicas":5}}`, "", `,"UpdateConfig":{"Parallelism":2,"Monitor":1000000000,"Order":"start-first"}`)
	s.settle(t, "web", 5, nil)
	const said = "its update is held, and so is this: one task is replaced now, and one more every 24h; resume it first"
	for _, held := range []bool{false, true} {
		if held {
			s.do(t, "image", s.target(t, "web"), map[string]string{"image": "nginx:2"})
			s.sleep(2 * time.Second)
			s.do(t, "hold", s.target(t, "web"), nil)
			s.sleep(5 * time.Second)
		}
		for verb, values := range map[string]map[string]string{
			"restart": nil, "image": {"image": "nginx:3"}, "env": {"env": "A=b"}, "label": {"labels": "a=b"}, "scale": {"replicas": "6"},
		} {
			p := s.plan(t, verb, s.target(t, "web"), values)
			if got := strings.Contains(strings.Join(p.Warnings, "\n"), said); got != (held && p.Impact.Restarts > 1) || held && verb != "label" && verb != "scale" && !got {
				t.Errorf("held %t, %s restarts %d: %q", held, verb, p.Impact.Restarts, p.Warnings)
			}
		}
	}
	if p := s.plan(t, "resume", s.target(t, "web"), nil); strings.Contains(strings.Join(p.Warnings, "\n"), said) {
		t.Errorf("what lets it go is said to be held: %q", p.Warnings)
	}
}

// testHold holds an update to an image, and goes on with it: nothing else of the
// service has changed in the end.
func (s *stage) testHold(t *testing.T, name string, replicas int, image string) {
	t.Helper()
	s.settle(t, name, replicas, nil)
	before := s.specs(t)[name]
	s.do(t, "image", s.target(t, name), map[string]string{"image": image})
	fresh := func() (n int) {
		c := s.snapshot(t)
		tasks, _ := c.TasksOf(service(t, c, name).Key())
		for _, task := range tasks {
			if task.Wanted() && task.State == "running" && strings.Contains(task.Image(), image) {
				n++
			}
		}
		return n
	}
	atLeast := func(n int) {
		t.Helper()
		s.eventually(t, patience, func() error {
			if got := fresh(); got < n {
				return fmt.Errorf("%d are new, want %d", got, n)
			}
			return nil
		})
	}
	atLeast(1)
	p := s.do(t, "hold", s.target(t, name), nil)
	atLeast(2)
	s.sleep(8 * time.Second)
	held := fresh()
	if sv := service(t, s.snapshot(t), name); held >= replicas || sv.UpdateStatus == nil || sv.UpdateStatus.State != "updating" {
		t.Fatalf("%s: %d of %d are new, %+v", name, held, replicas, sv.UpdateStatus)
	}
	s.sleep(time.Second)
	s.do(t, "hold", s.target(t, name), nil)
	atLeast(held + 1)
	s.sleep(8 * time.Second)
	step := fresh()
	t.Logf("%s: %s | %d of %d new while it is held, %d after one more", name, p.Title, held, replicas, step)
	if step != held+1 {
		t.Errorf("%s: %d are new after one more, want %d", name, step, held+1)
	}
	a, _ := actions.Find(model.KindService, "rollback")
	if step < replicas && a.Disabled(s.snapshot(t), []actions.Target{s.target(t, name)}) == "" {
		t.Errorf("%s: a rollback is offered, which would go on", name)
	}
	s.do(t, "resume", s.target(t, name), nil)
	s.settle(t, name, replicas, func(task *model.Task) bool { return strings.Contains(task.Image(), image) })
	after := s.specs(t)[name]
	for _, c := range model.Diff([]byte(before), []byte(after)) {
		if c.Path != "TaskTemplate.ContainerSpec.Image" && !strings.HasPrefix(c.Path, "TaskTemplate.Placement.Platforms") {
			t.Errorf("%s: changed as well: %s", name, c)
		}
	}
}

// FuzzHoldMark: what is read is what was written.
func FuzzHoldMark(f *testing.F) {
	f.Add("2 3s 2026-09-14T09:30:00Z")
	f.Add("none 2026-09-14T09:30:00.5Z")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := model.ParseHoldMark(text)
		if !ok {
			return
		}
		if again, ok := model.ParseHoldMark(m.String()); !ok || again.Parallelism != m.Parallelism || again.Delay != m.Delay || again.None != m.None {
			t.Errorf("%q became %q", text, m)
		}
	})
}
