package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// away are the services that keep away from the node that is drained.
func (k killing) away(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range drainedServices {
		if strings.Contains(k.docker(t, "service inspect "+name+" --format {{.Spec.Labels}}"), "skep.away.") {
			out = append(out, name)
		}
	}
	return out
}

var drainedServices = []string{"alone", "api", "web"}

// spec is what a service is, but for an empty list that a constraint leaves behind.
func (k killing) spec(t *testing.T, name string) string {
	t.Helper()
	spec, err := k.Manager(0).Docker("service", "inspect", name, "--format", "{{json .Spec}}")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`"Labels":{},`, "", `"Placement":{},`, "").Replace(spec)
}

// tasks are the tasks of all services that are meant to run, and where.
func (k killing) tasks(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range drainedServices {
		lines := k.docker(t, "service ps "+name+" --no-trunc --filter desired-state=running --format {{.ID}}@{{.Node}}@{{.CurrentState}}")
		for line := range strings.Lines(lines + "\n") {
			id, rest, _ := strings.Cut(strings.TrimSpace(line), "@")
			on, state, _ := strings.Cut(rest, "@")
			if strings.HasPrefix(state, "Running") {
				out = append(out, name+" "+id+" on "+on)
			}
		}
	}
	slices.Sort(out)
	return out
}

// killInADrain begins a gentle drain, and kills skep once the first service moves.
func (k killing) killInADrain(t *testing.T, node string) {
	t.Helper()
	cmd := k.skep(t, "first", "drain", "--gentle", node)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(lab.Busy * time.Minute); len(k.away(t)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Error("nothing ever moved")
			break
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if moved := k.away(t); len(moved) == len(drainedServices) {
		t.Fatalf("it was not in the middle: %v", moved)
	}
	if mark := k.docker(t, "node inspect "+node+" --format {{.Spec.Labels}}{{.Spec.Availability}}"); !strings.Contains(mark, "skep.drain:moving") || !strings.HasSuffix(mark, "pause") {
		t.Fatalf("the node says %s", mark)
	}
}

// TestDrainLab_KilledInTheMiddle kills skep while it drains a node gently. Another
// one, which has never heard of it, takes it back, or goes on.
func TestDrainLab_KilledInTheMiddle(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	k := killing{Lab: lab.Up(t, lab.Managers(1), lab.Workers(2)), program: filepath.Join(t.TempDir(), "skep")}
	k.Image(t, "app:1")
	if out, err := exec.Command("go", "build", "-o", k.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	node, other := k.Worker(0).Name, k.Worker(1).Name
	k.docker(t, "node update --availability pause "+other)
	const create = "service create --no-resolve-image --stop-grace-period 1s --update-monitor 1s --constraint node.role==worker "
	k.docker(t, create+"--name web --replicas 2 --update-order start-first app:1")
	k.docker(t, create+"--name api --replicas 2 app:1")
	k.docker(t, create+"--name alone app:1")
	k.docker(t, "node update --availability active "+other)
	specs := map[string]string{}
	for _, name := range drainedServices {
		specs[name] = k.spec(t, name)
	}
	asBefore := func() {
		t.Helper()
		for name, was := range specs {
			if is := k.spec(t, name); is != was {
				t.Errorf("%s is not what it was:\n got %s\nwant %s", name, is, was)
			}
		}
		if says := k.docker(t, "node inspect "+node+" --format {{.Spec.Labels}}{{.Spec.Availability}}"); says != "map[]active" {
			t.Errorf("the node is left as %s", says)
		}
	}

	k.killInADrain(t, node)
	t.Logf("killed when %v had begun to move", k.away(t))
	if out := k.run(t, "second", "activate", node); !strings.Contains(out, "take its gentle drain back") {
		t.Errorf("it is activated without a word of its drain: %s", out)
	}
	asBefore()
	time.Sleep(2 * time.Second) // What had begun to move comes to its end.
	back := k.tasks(t)
	if len(back) != 5 {
		t.Errorf("%d tasks run: %v", len(back), back)
	}

	// What moved stayed where it went: it is brought back, to be drained once more.
	k.docker(t, "node update --availability drain "+other)
	for _, name := range drainedServices {
		k.docker(t, "service update --force --no-resolve-image "+name)
		specs[name] = k.spec(t, name)
	}
	k.docker(t, "node update --availability active "+other)
	k.killInADrain(t, node)
	out := k.run(t, "third", "drain", "--gentle", node)
	if !strings.Contains(out, "drained and empty") {
		t.Errorf("it does not go on: %s", out)
	}
	drained := k.tasks(t)
	if len(drained) != 5 {
		t.Errorf("%d tasks run: %v", len(drained), drained)
	}
	for _, task := range drained {
		if !strings.HasSuffix(task, " on "+other) {
			t.Errorf("%s is left", task)
		}
	}
	if says := k.docker(t, "node inspect "+node+" --format {{.Spec.Labels}}{{.Spec.Availability}}"); !strings.Contains(says, "skep.drain:drained") || !strings.HasSuffix(says, "drain") {
		t.Errorf("the node says %s", says)
	}
	k.run(t, "third", "activate", node)
	asBefore()
	if now := k.tasks(t); fmt.Sprint(now) != fmt.Sprint(drained) {
		t.Errorf("tasks were replaced when it was taken back:\n%v\n%v", drained, now)
	}
}
