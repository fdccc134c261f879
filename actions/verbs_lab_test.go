package actions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

// TestVerbs_OnARealSwarm tries what needs a swarm of its own: a paused update, and
// a node that is lost.
func TestVerbs_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(2)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	s.Image(t, "app:2")
	s.Image(t, "app:bad", lab.Command("false"))
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "web", "--replicas", "2", "--stop-grace-period", "1s", "--update-monitor", "2s",
		"--restart-delay", "100ms", "--constraint", "node.hostname!="+s.Worker(1).Name, "app:1")
	s.settle(t, "web", 2, nil)
	t.Run("resources", func(t *testing.T) {
		before := s.inspect(t, s.target(t, "web").Ref)
		p := s.do(t, "resources", s.target(t, "web"), map[string]string{"memory-limit": "64m", "cpu-reserve": "0.1"})
		if p.Impact.Restarts != 2 {
			t.Errorf("planned %+v", p.Impact)
		}
		s.settle(t, "web", 2, func(task *model.Task) bool {
			r := task.Spec.Resources
			return r != nil && r.Limits != nil && r.Limits.MemoryBytes == 64<<20 && r.Reservations != nil && r.Reservations.NanoCPUs == 1e8
		})
		if got, want := fmt.Sprint(model.Diff(before.Spec, s.inspect(t, p.Target.Ref).Spec)), fmt.Sprint(p.Changes); got != want {
			t.Errorf("shown %s, made %s", want, got)
		}
	})
	t.Run("resume", func(t *testing.T) {
		s.docker(t, "service", "update", "--detach", "--no-resolve-image", "--image", "app:bad", "--update-failure-action", "pause", "web")
		s.eventually(t, patience, func() error {
			if u := service(t, s.snapshot(t), "web").UpdateStatus; u == nil || u.State != swarm.UpdateStatePaused {
				return fmt.Errorf("update status %+v", u)
			}
			return nil
		})
		before := s.inspect(t, s.target(t, "web").Ref)
		began := service(t, s.snapshot(t), "web").UpdateStatus.StartedAt
		p := s.do(t, "resume", s.target(t, "web"), nil)
		if after := s.inspect(t, p.Target.Ref); string(after.Spec) != string(before.Spec) {
			t.Errorf("it changed the spec: %v", model.Diff(before.Spec, after.Spec))
		}
		// Whether it pauses again is the engine's affair: it may leave the status empty.
		if u := service(t, s.snapshot(t), "web").UpdateStatus; u != nil && u.StartedAt.Equal(*began) {
			t.Errorf("the update has not gone on: %+v", u)
		}
		s.docker(t, "service", "rm", "web") // It fails for ever, and docker would wait for that.
	})
	t.Run("demote the last manager", func(t *testing.T) {
		p := s.plan(t, "demote", s.nodeTarget(t, s.Manager(0)), nil)
		if p.Confirm.Gate != actions.GateNone || !strings.Contains(p.Confirm.Why, "last manager") || !strings.Contains(strings.Join(p.Impact.Sentences, " "), "1 of 1 managers reachable") {
			t.Errorf("%+v", p)
		}
	})
	t.Run("docker commands, typed", s.testTyped)
	t.Run("docker commands of nodes, typed", s.testTypedOfNodes)
	t.Run("remove a dead node", func(t *testing.T) {
		target := s.nodeTarget(t, s.Worker(1))
		a, _ := actions.Find(model.KindNode, "remove")
		if reason := a.Disabled(s.snapshot(t), []actions.Target{target}); !strings.Contains(reason, "it is ready") {
			t.Errorf("%q", reason)
		}
		s.Worker(1).Kill()
		s.eventually(t, patience, func() error {
			if n := node(t, s.snapshot(t), s.Worker(1).Name); !n.Lost() {
				return fmt.Errorf("it is %s", n.Status.State)
			}
			return nil
		})
		s.do(t, "remove", target, nil)
		if _, there := s.snapshot(t).Find(target.Ref); there {
			t.Error("it is still there")
		}
	})
}
