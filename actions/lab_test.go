package actions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/engine"
	"skep/lab"
	"skep/model"
)

// fullSpec names nearly all that a service can have, in an order that docker's
// own commands would sort, and sits on the workers.
const fullSpec = `{
	"Name": "full", "Labels": {"z": "<&>", "a": "1", "com.docker.stack.image": "app:0"},
	"TaskTemplate": {
		"ContainerSpec": {
			"Image": "app:1", "Labels": {"y": "2", "b": "3"}, "Env": ["Z=1", "A=2", "M=<&>", "EMPTY="], "Dir": "/", "User": "0",
			"Hostname": "{{.Task.Slot}}", "Groups": ["7", "3"], "StopSignal": "SIGTERM", "StopGracePeriod": 1000000000, "Init": true, "TTY": true,
			"Mounts": [{"Type": "tmpfs", "Target": "/zz", "TmpfsOptions": {"SizeBytes": 1048576, "Mode": 448}},
				{"Type": "volume", "Source": "data", "Target": "/aa", "VolumeOptions": {"NoCopy": true, "Labels": {"k": "v"}}},
				{"Type": "bind", "Source": "/tmp", "Target": "/mm", "ReadOnly": true}],
			"Hosts": ["10.0.0.2 z", "10.0.0.1 a"], "DNSConfig": {"Nameservers": ["10.9.9.9", "10.1.1.1"], "Search": ["z.test", "a.test"], "Options": ["timeout:3", "attempts:1"]},
			"Healthcheck": {"Test": ["CMD", "true"], "Interval": 1000000000, "Timeout": 3000000000, "Retries": 9, "StartPeriod": 1000000},
			"Sysctls": {"net.ipv4.ip_unprivileged_port_start": "0", "net.core.somaxconn": "512"}, "CapabilityAdd": ["CAP_SYS_TIME", "CAP_NET_ADMIN"],
			"CapabilityDrop": ["CAP_MKNOD"], "Ulimits": [{"Name": "nofile", "Soft": 1000, "Hard": 2000}], "Isolation": "default"
		},
		"Resources": {"Limits": {"NanoCPUs": 500000000, "MemoryBytes": 67108864, "Pids": 100}, "Reservations": {"NanoCPUs": 10000000, "MemoryBytes": 8388608}},
		"RestartPolicy": {"Condition": "on-failure", "Delay": 1000000000, "MaxAttempts": 9, "Window": 60000000000},
		"Placement": {"Constraints": ["node.role==worker", "node.labels.nothing!=here"], "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}], "MaxReplicas": 7},
		"LogDriver": {"Name": "json-file", "Options": {"max-size": "1m", "max-file": "2"}}, "ForceUpdate": 3
	},
	"Mode": {"Replicated": {"Replicas": 2}},
	"UpdateConfig": {"Parallelism": 0, "Delay": 100000000, "FailureAction": "continue", "Monitor": 100000000, "MaxFailureRatio": 0.5, "Order": "start-first"},
	"RollbackConfig": {"Parallelism": 2, "FailureAction": "pause", "Monitor": 100000000, "MaxFailureRatio": 0, "Order": "stop-first"},
	"EndpointSpec": {"Mode": "vip", "Ports": [{"Protocol": "udp", "TargetPort": 99, "PublishedPort": 9099, "PublishMode": "ingress"},
		{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 9080, "PublishMode": "ingress"}]}
}`

// TestActions_OnARealSwarm runs one swarm through all actions, because to
// start one takes longer than most of them.
func TestActions_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if err := s.Manager(0).API(t.Context(), "POST", "/services/create", json.RawMessage(fullSpec), nil); err != nil {
		t.Fatal(err)
	}
	s.docker(t, "service", "create", "--detach", "--name", "web", "--replicas", "2", "--update-monitor", "100ms", "--update-delay", "10ms",
		"--rollback-monitor", "100ms", "--stop-grace-period", "1s", "--constraint", "node.role==worker", "--no-resolve-image", "app:1")
	s.settle(t, "full", 2, nil)
	s.settle(t, "web", 2, nil)

	t.Run("scale", s.testScale)
	t.Run("image", s.testImage)
	t.Run("rollback", s.testRollback)
	t.Run("restart", s.testRestart)
	t.Run("conflict", s.testConflict)
	t.Run("drift", s.testDrift)
	t.Run("jobs", s.testJob)
	t.Run("availability", s.testAvailability)
	t.Run("roles", s.testRoles)
	t.Run("labels", s.testLabels)
	t.Run("stop and start", s.testStop)
	t.Run("steps", s.testSteps)
	t.Run("remove", s.testRemove)
}

func (s *stage) testScale(t *testing.T) {
	before, tasks := s.inspect(t, s.target(t, "full").Ref), s.running(t, "full")
	p := s.do(t, "scale", s.target(t, "full"), map[string]string{"replicas": "+1"})
	if p.Risk != actions.Reversible || p.Impact.Starts != 1 {
		t.Errorf("planned %+v", p.Impact)
	}
	after := s.inspect(t, p.Target.Ref)
	want := strings.Replace(string(before.Spec), `"Replicas":2`, `"Replicas":3`, 1)
	if want == string(before.Spec) || string(after.Spec) != want {
		t.Errorf("more than the replicas changed:\n got %s\nwant %s", after.Spec, want)
	}
	now := s.settle(t, "full", 3, nil)
	for id := range tasks {
		if _, still := now[id]; !still {
			t.Errorf("task %s was replaced by a scale", id)
		}
	}
	s.do(t, "scale", p.Target, map[string]string{"replicas": "1"})
	s.settle(t, "full", 1, nil)
	p = s.plan(t, "scale", p.Target, map[string]string{"replicas": "20"})
	if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, "at most 13 more fit: 6 will stay pending") {
		t.Errorf("max. 7 on each of two workers, but the plan says %q", got)
	}
}

func (s *stage) testImage(t *testing.T) {
	before := s.inspect(t, s.target(t, "full").Ref)
	old := s.running(t, "full")
	p := s.do(t, "image", s.target(t, "full"), map[string]string{"image": s.app2})
	pinned := s.app2 + "@sha256:"
	now := s.settle(t, "full", 1, func(task *model.Task) bool { return strings.HasPrefix(task.Image(), pinned) })
	for id := range now {
		if _, same := old[id]; same {
			t.Error("the task was not replaced")
		}
	}
	if p.Impact.Restarts != 1 || !strings.Contains(strings.Join(p.Warnings, "\n"), "the stack's file says app:0") {
		t.Errorf("planned %+v, %q", p.Impact, p.Warnings)
	}
	after := s.inspect(t, p.Target.Ref)
	for _, c := range model.Diff(before.Spec, after.Spec) {
		if c.Path != "TaskTemplate.ContainerSpec.Image" && !strings.HasPrefix(c.Path, "TaskTemplate.Placement.Platforms") {
			t.Errorf("changed as well: %s", c)
		}
	}
	// What the preview showed is what there is.
	if got, want := fmt.Sprint(model.Diff(before.Spec, after.Spec)), fmt.Sprint(p.Changes); got != want {
		t.Errorf("shown %s, made %s", want, got)
	}

	// An image that no registry has is written as it is, with a warning.
	p = s.plan(t, "image", s.target(t, "web"), map[string]string{"image": s.RegistryHost() + "/nothing:1"})
	if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, "could not resolve the digest") {
		t.Errorf("warned %q", got)
	}
}

func (s *stage) testRollback(t *testing.T) {
	target := s.target(t, "full")
	p := s.plan(t, "rollback", target, nil)
	if got := strings.Join(p.Impact.Sentences, "\n"); !strings.Contains(got, "the image goes back to app:1") || p.Impact.Restarts != 1 {
		t.Errorf("planned %q", got)
	}
	before := s.inspect(t, target.Ref)
	s.do(t, "rollback", target, nil)
	s.settle(t, "full", 1, func(task *model.Task) bool { return task.Image() == "app:1" })
	after := s.inspect(t, target.Ref)
	if string(after.Spec) != string(before.Previous) {
		t.Errorf("it restored\n%s\nand not\n%s", after.Spec, before.Previous)
	}
	// After a scale, a rollback undoes the scale, and says so.
	s.do(t, "scale", target, map[string]string{"replicas": "2"})
	tasks := s.settle(t, "full", 2, nil)
	p = s.do(t, "rollback", target, nil)
	if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, "only a scale") || p.Impact.Restarts != 0 || p.Impact.Stops != 1 {
		t.Errorf("planned %q, %+v", got, p.Impact)
	}
	for id := range s.settle(t, "full", 1, nil) {
		if _, same := tasks[id]; !same {
			t.Error("the scale back replaced a task")
		}
	}
}

func (s *stage) testRestart(t *testing.T) {
	before, old := s.inspect(t, s.target(t, "full").Ref), s.running(t, "full")
	p := s.do(t, "restart", s.target(t, "full"), nil)
	after := s.inspect(t, p.Target.Ref)
	if want := strings.Replace(string(before.Spec), `"ForceUpdate":3`, `"ForceUpdate":4`, 1); string(after.Spec) != want {
		t.Errorf("more than the counter changed:\n got %s\nwant %s", after.Spec, want)
	}
	now := s.settle(t, "full", 1, func(task *model.Task) bool { _, same := old[task.ID]; return !same })
	if p.Impact.Restarts != len(now) {
		t.Errorf("planned %d restarts, %d happened", p.Impact.Restarts, len(now))
	}
}

// meddler does something between the read and the write of an action.
type meddler struct {
	*engine.Pool
	times  int
	before func()
}

func (m *meddler) Update(ctx context.Context, w model.Write) ([]string, error) {
	if m.times > 0 {
		m.times--
		m.before()
	}
	return m.Pool.Update(ctx, w)
}

func (s *stage) testConflict(t *testing.T) {
	p := s.plan(t, "scale", s.target(t, "web"), map[string]string{"replicas": "3"})
	m := &meddler{s.eng, 2, func() {
		s.docker(t, "service", "update", "--detach", "--label-add", fmt.Sprintf("n%d=x", time.Now().UnixNano()), "web")
	}}
	if r := actions.Run(t.Context(), m, p, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	sv := service(t, s.snapshot(t), "web")
	if sv.Replicas() != 3 || len(sv.Spec.Labels) != 2 {
		t.Errorf("replicas %d, labels %v", sv.Replicas(), sv.Spec.Labels)
	}
	s.settle(t, "web", 3, nil)
}

func (s *stage) testDrift(t *testing.T) {
	p := s.plan(t, "scale", s.target(t, "web"), map[string]string{"replicas": "5"})
	m := &meddler{s.eng, 1, func() { s.docker(t, "service", "scale", "--detach", "web=2") }}
	r := actions.Run(t.Context(), m, p, nil)
	var drift *actions.DriftError
	if !errors.As(r.Err, &drift) {
		t.Fatalf("got %v", r.Err)
	}
	if sv := service(t, s.snapshot(t), "web"); sv.Replicas() != 2 {
		t.Errorf("replicas %d", sv.Replicas())
	}
	s.settle(t, "web", 2, nil)
}

func (s *stage) testJob(t *testing.T) {
	s.docker(t, "service", "create", "--detach", "--name", "job", "--mode", "replicated-job", "--replicas", "1", "--no-resolve-image",
		"--restart-condition", "none", "app:1", "true")
	completed := func(want int) {
		lab.Eventually(t, patience, func() error {
			c := s.snapshot(t)
			if f := c.Facts(service(t, c, "job").Key()); f.Completed != want {
				return fmt.Errorf("%d of %d completed", f.Completed, want)
			}
			return nil
		})
	}
	completed(1)
	p := s.do(t, "scale", s.target(t, "job"), map[string]string{"replicas": "3"})
	if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, "any change to it runs the job again") {
		t.Errorf("warned %q", got)
	}
	completed(3)
}

func (s *stage) testAvailability(t *testing.T) {
	first, second := s.Worker(0), s.Worker(1)
	s.do(t, "scale", s.target(t, "web"), map[string]string{"replicas": "4"})
	s.settle(t, "web", 4, nil)
	s.docker(t, "service", "create", "--detach", "--name", "agent", "--mode", "global", "--no-resolve-image", "--stop-grace-period", "1s", "app:1")
	s.settle(t, "agent", 3, nil)

	p := s.do(t, "drain", s.nodeTarget(t, first), nil)
	if p.Impact.Moves == 0 || p.Impact.Stops != 1 || !strings.Contains(strings.Join(p.Impact.Sentences, "\n"), "to "+second.Name) {
		t.Errorf("planned %+v", p.Impact)
	}
	id := model.NodeID(p.Target.Ref.ID)
	for name, want := range map[string]int{"web": 4, "full": 1, "agent": 2} {
		now := s.settle(t, name, want, func(task *model.Task) bool { return task.NodeID != id })
		if len(now) != want {
			t.Errorf("%s runs %d times", name, len(now))
		}
	}

	// Only the manager would be left, and both targets at once are too many.
	c := s.snapshot(t)
	a, _ := actions.Find(model.KindNode, "drain")
	var targets []actions.Target
	for _, n := range c.Nodes() {
		if n.Spec.Availability == swarm.NodeAvailabilityActive {
			targets = append(targets, actions.NodeTarget(c, n))
		}
	}
	for _, proposal := range actions.Prepare(t.Context(), s.eng, a, c, targets, nil) {
		if proposal.Err != nil || proposal.Plan.Confirm.Gate != actions.GateNone {
			t.Errorf("%s: %v, %+v", proposal.Input.Target.Name, proposal.Err, proposal.Plan.Confirm)
		}
	}

	p = s.do(t, "activate", s.nodeTarget(t, first), nil)
	if p.Impact.Starts != 1 {
		t.Errorf("planned %+v", p.Impact)
	}
	s.settle(t, "agent", 3, nil)
	for _, on := range s.running(t, "web") {
		if on == id {
			t.Error("a task came back by itself")
		}
	}

	before := s.running(t, "web")
	s.do(t, "pause", s.nodeTarget(t, second), nil)
	s.do(t, "scale", s.target(t, "web"), map[string]string{"replicas": "5"})
	for task, on := range s.settle(t, "web", 5, nil) {
		if _, old := before[task]; !old && on != id {
			t.Error("a task came to the paused node")
		}
	}
	s.do(t, "activate", s.nodeTarget(t, second), nil)
	if got := s.docker(t, "node", "inspect", "--format", "{{.Spec.Availability}}", second.Name); got != "active" {
		t.Errorf("the node is %s", got)
	}
}

func (s *stage) testRoles(t *testing.T) {
	target := s.nodeTarget(t, s.Manager(0))
	p := s.plan(t, "demote", target, nil)
	if p.Confirm.Gate != actions.GateNone || !strings.Contains(p.Confirm.Why, "last manager") {
		t.Errorf("the last manager: %+v", p.Confirm)
	}
	worker := s.nodeTarget(t, s.Worker(0))
	s.do(t, "promote", worker, nil)
	lab.Eventually(t, patience, func() error {
		if n := s.snapshot(t).Node(model.NodeID(worker.Ref.ID)); !n.Manages() || n.ManagerStatus.Reachability != swarm.ReachabilityReachable {
			return errors.New("it is no manager yet")
		}
		return nil
	})
	s.do(t, "demote", worker, nil)
	lab.Eventually(t, patience, func() error {
		if s.snapshot(t).Node(model.NodeID(worker.Ref.ID)).Manages() {
			return errors.New("it is still a manager")
		}
		return nil
	})
}

// testLabels: a label edit restarts nothing, on a service that has nearly all.
func (s *stage) testLabels(t *testing.T) {
	before, tasks := s.inspect(t, s.target(t, "full").Ref), s.running(t, "full")
	p := s.do(t, "label", s.target(t, "full"), map[string]string{"labels": "team=shop a-"})
	if p.Risk != actions.Reversible || p.Impact.Restarts != 0 {
		t.Errorf("planned %+v", p.Impact)
	}
	time.Sleep(2 * time.Second)
	if now := s.settle(t, "full", len(tasks), nil); fmt.Sprint(now) != fmt.Sprint(tasks) {
		t.Errorf("tasks %v became %v", tasks, now)
	}
	for _, c := range model.Diff(before.Spec, s.inspect(t, p.Target.Ref).Spec) {
		if c.Path != "Labels.team" && c.Path != "Labels.a" {
			t.Errorf("changed as well: %s", c)
		}
	}
}

func (s *stage) testStop(t *testing.T) {
	n := int(service(t, s.snapshot(t), "web").Replicas())
	s.do(t, "stop", s.target(t, "web"), nil)
	s.settle(t, "web", 0, nil)
	s.do(t, "start", s.target(t, "web"), nil)
	s.settle(t, "web", n, nil)
}

// testSteps makes a network, a config and a service on both in one plan, removes
// them, the network waiting for the tasks, and makes them again.
func (s *stage) testSteps(t *testing.T) {
	run := func(steps []actions.Step) []actions.Did {
		t.Helper()
		p := actions.Plan{Title: "steps", Swarm: s.session.Swarm, Target: actions.Target{Name: "shop"}, Steps: steps}
		r := actions.Run(t.Context(), s.eng, p, nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		return actions.Dids(p, r)
	}
	create := func(kind model.Kind, name, spec string, uses ...actions.Use) actions.Step {
		return actions.Step{Op: actions.OpCreate, Ref: kind.All(), Name: name, Spec: json.RawMessage(spec), Uses: uses}
	}
	made := run([]actions.Step{
		create(model.KindNetwork, "shop_back", `{"Name":"shop_back","Driver":"overlay","Scope":"swarm"}`),
		create(model.KindConfig, "shop_conf", `{"Name":"shop_conf","Data":"aGk="}`),
		create(model.KindService, "shop_web", `{"Name":"shop_web","TaskTemplate":{"ContainerSpec":{"Image":"app:1","StopGracePeriod":1000000000,
			"Configs":[{"ConfigID":"CONFIG","ConfigName":"shop_conf","File":{"Name":"/c","UID":"0","GID":"0","Mode":292}}]},"Networks":[{"Target":"NETWORK"}]},
			"Mode":{"Replicated":{"Replicas":2}}}`, actions.Use{ID: "NETWORK", Step: 0}, actions.Use{ID: "CONFIG", Step: 1}),
	})
	s.settle(t, "shop_web", 2, nil)
	gone := run(actions.Inverse(made).Steps)
	for _, d := range made {
		if there, err := s.eng.Exists(t.Context(), model.Ref{Kind: d.Ref.Kind, ID: d.Made}); err != nil || there {
			t.Errorf("%s is still there, %v", d.Name, err)
		}
	}
	back := actions.Inverse(gone)
	if len(back.Kept) > 0 {
		t.Fatal(back.Kept)
	}
	again := run(back.Steps)
	s.settle(t, "shop_web", 2, nil)
	run(actions.Inverse(again).Steps)
}

func (s *stage) testRemove(t *testing.T) {
	target := s.target(t, "agent")
	s.do(t, "remove", target, nil)
	names := strings.Fields(s.docker(t, "service", "ls", "--format", "{{.Name}}"))
	if slices.Contains(names, "agent") || !slices.Contains(names, "web") {
		t.Errorf("left: %v", names)
	}
	a, _ := actions.Find(model.KindService, "restart")
	p := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{target}, nil)[0]
	if p.Err == nil || p.Err.Error() != "agent no longer exists" {
		t.Errorf("a removed service: %v", p.Err)
	}
	readOnly, err := engine.Open(engine.Options{Hosts: []string{s.Manager(0).Host()}, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	if _, err := readOnly.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan := s.plan(t, "restart", s.target(t, "web"), nil)
	if r := actions.Run(t.Context(), readOnly, plan, nil); !errors.Is(r.Err, model.ErrReadOnly) {
		t.Errorf("read-only: %v", r.Err)
	}
}
