package actions_test

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
	"golang.org/x/sync/errgroup"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
)

// typed is one verb whose docker commands are typed into a shell.
type typed struct {
	verb   string
	values map[string]string
	// create are further arguments of the service, and then what is done to it.
	create string
	then   []string
	// undoes is what the commands that take it back leave different; "-" where there
	// are none.
	undoes string
}

// typedVerbs are the verbs on one service that have docker commands.
var typedVerbs = []typed{
	{verb: "scale", values: map[string]string{"replicas": "3"}},
	{verb: "image", values: map[string]string{"image": "app:2"}},
	{verb: "restart", undoes: "-"},
	{verb: "rollback", then: []string{"--env-add A=2"}},
	{verb: "resources", values: map[string]string{"memory-limit": "64m", "cpu-reserve": "0.1", "pids-limit": "50"}, create: "--limit-cpu 0.5"},
	{verb: "label", values: map[string]string{"labels": `team=shop a- "two=a b'c"`}, create: "--label a=1"},
	{verb: "env", values: map[string]string{"env": `A=2 "B=x y'z" C-`}, create: "--env A=1 --env C=3"},
	{verb: "constraint", values: map[string]string{"constraints": "node.labels.a!=b, node.role==worker", "preferences": "node.labels.zone"}, create: "--constraint node.platform.os==linux"},
	{verb: "stop"},
	{verb: "start", create: "--label skep.replicas=2 --replicas 0"},
	{verb: "hold", create: "--update-delay 1h --replicas 3", then: []string{"--detach --image app:2"}, undoes: "-"},
	{verb: "resume", create: "--update-delay 1h --replicas 3 --update-parallelism 2", then: []string{"--detach --image app:2", "hold"}, undoes: "-"},
	{verb: "rebalance", then: []string{"--constraint-add node.hostname==worker1", "--constraint-rm node.hostname==worker1"}, undoes: "-"},
	{verb: "remove", undoes: "-"},
}

func (x typed) service() string { return "typed-" + x.verb }

// testTyped: the docker commands of a preview, typed into a shell, change what the
// preview says that skep changes, and those of its undo take that back.
func (s *stage) testTyped(t *testing.T) {
	var g errgroup.Group
	for _, x := range typedVerbs {
		g.Go(func() error {
			_, err := s.run(strings.Fields("service create --detach --no-resolve-image --name " + x.service() +
				" --replicas 2 --update-monitor 100ms --stop-grace-period 1s --constraint node.hostname!=" + s.Worker(1).Name + " " + x.create + " app:1")...)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, x := range typedVerbs {
		s.comesUp(t, x.service())
	}
	defer func() {
		for _, x := range typedVerbs {
			_, _ = s.run("service", "rm", x.service())
		}
	}()
	testkit.Together(t, typedVerbs, func(x typed) string { return x.verb }, s.tryTyped)
}

// comesUp waits until a service has all its tasks.
func (s *stage) comesUp(t *testing.T, name string) {
	t.Helper()
	s.settle(t, name, int(service(t, s.snapshot(t), name).Replicas()), nil)
}

func (s *stage) tryTyped(t *testing.T, x typed) {
	name := x.service()
	for _, then := range x.then {
		switch then {
		case "hold":
			s.do(t, "hold", s.target(t, name), nil)
		default:
			s.docker(t, append(append([]string{"service", "update", "--no-resolve-image"}, strings.Fields(then)...), name)...)
		}
	}
	target := s.target(t, name)
	before := s.inspect(t, target.Ref)
	p := s.plan(t, x.verb, target, x.values)
	if len(p.Commands) == 0 {
		t.Fatalf("it has no docker command: %+v", p)
	}
	s.types(t, p.Commands)
	if x.verb == "remove" {
		if _, err := s.eng.Inspect(t.Context(), target.Ref); err == nil {
			t.Error("it is still there")
		}
		return
	}
	now := s.inspect(t, target.Ref)
	got, want := ordered(model.Diff(before.Spec, now.Spec)), p.Changes
	if p.Goes { // What only begins a procedure is gone in the end.
		want = nil
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the preview says\n  %v, and\n  %s\nmade\n  %v", want, strings.Join(p.Commands, "\n  "), got)
	}
	if x.undoes == "-" {
		return
	}
	s.types(t, p.Undo.Commands)
	if left := fmt.Sprint(ordered(model.Diff(before.Spec, s.inspect(t, target.Ref).Spec))); left != "["+x.undoes+"]" {
		t.Errorf("%s\nleft %s", strings.Join(p.Undo.Commands, "\n"), left)
	}
}

// ordered leaves out that variables are in another order: docker keeps them in a map,
// and so writes them in any.
func ordered(changes []model.Change) []model.Change {
	return slices.DeleteFunc(changes, func(c model.Change) bool {
		return strings.HasPrefix(c.String(), "TaskTemplate.ContainerSpec.Env (order)")
	})
}

// types has a shell run docker commands, as one who copies them would: once more where
// a busy manager did not answer in time.
func (s *stage) types(t *testing.T, commands []string) {
	t.Helper()
	for _, line := range commands {
		for try := 0; ; try++ {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			cmd := exec.CommandContext(ctx, "sh", "-c", line)
			cmd.Env = append(s.Manager(0).Command().Env, "DOCKER_HOST="+s.Manager(0).Host())
			cmd.WaitDelay = time.Second // The shell's own child may hold on to the pipe.
			out, err := cmd.CombinedOutput()
			cancel()
			if err == nil {
				break
			}
			if try == 3 || !strings.Contains(string(out), "code = DeadlineExceeded") {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	}
}

// testTypedOfNodes does the same with the verbs of a node, and holds that a gentle
// drain whose commands are typed leaves what skep leaves, and is taken for one by it.
func (s *stage) testTypedOfNodes(t *testing.T) {
	target := s.nodeTarget(t, s.Worker(0))
	for _, x := range []typed{
		{verb: "pause"}, {verb: "drain"}, {verb: "label", values: map[string]string{"labels": "zone=a"}},
		{verb: "upgrade", undoes: "-"}, {verb: "end-upgrade", undoes: "-"},
		{verb: "promote"},
	} {
		before := s.inspect(t, target.Ref)
		p := s.plan(t, x.verb, target, x.values)
		s.types(t, p.Commands)
		if got := model.Diff(before.Spec, s.inspect(t, target.Ref).Spec); fmt.Sprint(got) != fmt.Sprint(p.Changes) {
			t.Errorf("%s: the preview says %v, and\n  %s\nmade %v", x.verb, p.Changes, strings.Join(p.Commands, "\n  "), got)
		}
		if x.undoes == "-" {
			continue
		}
		if x.verb == "promote" { // The other way needs a manager that others reach.
			s.eventually(t, patience, func() error {
				if n := s.snapshot(t).Node(model.NodeID(target.Ref.ID)); !n.Manages() || n.ManagerStatus.Reachability != swarm.ReachabilityReachable {
					return fmt.Errorf("it is no manager yet")
				}
				return nil
			})
		}
		s.types(t, p.Undo.Commands)
		if left := model.Diff(before.Spec, s.inspect(t, target.Ref).Spec); len(left) > 0 {
			t.Errorf("%s: %s\nleft %v", x.verb, strings.Join(p.Undo.Commands, "\n"), left)
		}
	}
	s.testTypedGentleDrain(t, target)
}

func (s *stage) testTypedGentleDrain(t *testing.T, node actions.Target) {
	on := []string{"service", "create", "--detach", "--no-resolve-image", "--stop-grace-period", "1s", "--constraint", "node.role==worker", "--name"}
	other := s.nodeTarget(t, s.Worker(1))
	s.do(t, "pause", other, nil) // All of them begin on the one.
	s.docker(t, append(slices.Clone(on), "drained", "--replicas", "3", "--update-monitor", "100ms", "--update-order", "start-first", "app:1")...)
	s.docker(t, append(slices.Clone(on), "drained-alone", "--update-monitor", "100ms", "--update-order", "stop-first", "app:1")...)
	s.docker(t, append(slices.Clone(on), "drained-unset", "app:1")...)
	for _, name := range []string{"drained", "drained-alone", "drained-unset"} {
		s.comesUp(t, name)
	}
	s.do(t, "activate", other, nil)
	before := s.specs(t)

	p := s.plan(t, "gentle-drain", node, nil)
	s.types(t, p.Commands[:1])
	if again := actions.Unfinished(s.snapshot(t)); len(again) != 1 || !strings.Contains(again[0].Title(), "gentle drain of "+node.Name) {
		t.Errorf("after the first command skep knows of %v", again)
	}
	s.types(t, p.Commands[1:])
	byHand, handNode := s.specs(t), s.inspect(t, node.Ref)
	if left := actions.Unfinished(s.snapshot(t)); len(left) > 0 {
		t.Errorf("after all commands skep takes it for begun: %v", left)
	}
	undo := s.plan(t, "activate", node, nil)
	s.types(t, undo.Commands)
	holdTyped(t, "taken back by hand", s.specs(t), before)

	// All of them are on the other node now.
	if end, _ := s.walk(t, s.plan(t, "gentle-drain", other, nil)); !strings.Contains(end.Done, "drained and empty") {
		t.Fatalf("it ended with %s", end)
	}
	for name, spec := range byHand {
		byHand[name] = strings.ReplaceAll(spec, node.Ref.ID, other.Ref.ID)
	}
	holdTyped(t, "drained by skep", s.specs(t), byHand)
	for _, c := range model.Diff(handNode.Spec, s.inspect(t, other.Ref).Spec) {
		if c.Path != "Labels["+model.LabelDrain+"]" || !strings.HasPrefix(c.Before, "drained ") || !strings.HasPrefix(c.After, "drained ") { // The times differ.
			t.Errorf("the node differs: %s", c)
		}
	}
	s.walk(t, s.plan(t, "activate", other, nil))
	for name := range before {
		if strings.HasPrefix(name, "drained") {
			s.docker(t, "service", "rm", name)
		}
	}
}

// holdTyped compares specifications, but for the configuration of updates that no
// docker command takes away: it says what the engine does without it. Docker sorts
// constraints.
func holdTyped(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name, spec := range want {
		for _, c := range model.Diff([]byte(spec), []byte(got[name])) {
			if sortedWords(c.Before) == sortedWords(c.After) {
				continue
			}
			if strings.HasPrefix(name, "drained") && !(name == "drained-unset" && strings.HasPrefix(c.Path, "UpdateConfig")) {
				t.Errorf("%s: %s: %s", what, name, c)
			}
		}
	}
}

// sortedWords is a list as it is in JSON, whatever its order.
func sortedWords(list string) string {
	words := strings.Split(strings.Trim(list, "[]"), ",")
	slices.Sort(words)
	return strings.Join(words, ",")
}
