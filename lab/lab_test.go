package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service reads what the swarm says about one service.
func replicas(n *Node, service string) (string, error) {
	out, err := n.Docker("service", "ls", "--filter", "name="+service, "--format", "{{.Replicas}}")
	return strings.TrimSpace(out), err
}

func wantReplicas(n *Node, service, want string) func() error {
	return func() error {
		got, err := replicas(n, service)
		if err == nil && got != want {
			err = fmt.Errorf("%s has %s replicas, want %s", service, got, want)
		}
		return err
	}
}

func TestLab_LosesAndRegainsNodes(t *testing.T) {
	Once(t)
	t.Parallel()
	l := Up(t, Managers(3), Workers(1))
	l.Image(t, "app:1")
	if _, err := l.Manager(0).Docker("service", "create", "--detach", "--name", "web", "--replicas", "2", "app:1"); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantReplicas(l.Manager(0), "web", "2/2"))

	old := l.Leader(t)
	if err := old.Kill(); err != nil {
		t.Fatal(err)
	}
	if old.Running() {
		t.Error("a killed node still runs")
	}
	now := l.Leader(t)
	if now == old {
		t.Fatal("the killed node leads")
	}
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	worker := l.Worker(0)
	if err := worker.Stop(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantState(now, worker.Name, "Down"))
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantState(now, worker.Name, "Ready"))
	if err := worker.Unplug(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantState(now, worker.Name, "Down"))
	if err := worker.Plug(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantState(now, worker.Name, "Ready"))
}

func wantState(asked *Node, name, want string) func() error {
	return func() error {
		out, err := asked.Docker("node", "ls", "--filter", "name="+name, "--format", "{{.Status}}")
		if got := strings.TrimSpace(out); err == nil && got != want {
			err = fmt.Errorf("%s is %s, want %s", name, got, want)
		}
		return err
	}
}

func TestLab_PausedEngineHangs(t *testing.T) {
	t.Parallel()
	l := Up(t)
	n := l.Manager(0)
	if err := n.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := n.API(ctx, "GET", "/info", nil, nil); ctx.Err() == nil {
		t.Errorf("a paused engine answered: %v", err)
	}
	// The docker command has no time limit of its own: it ends with the context.
	ctx, cancel = context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := n.docker(ctx, l.cliConfig(), "info"); ctx.Err() == nil {
		t.Errorf("a paused engine answered the docker command: %v", err)
	}
	if err := l.StageIncident(context.Background(), "constraint"); err == nil || !strings.Contains(err.Error(), "no manager answers") {
		t.Errorf("staging something through a paused engine: %v, want that no manager answers", err)
	}
	if err := n.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := n.API(context.Background(), "GET", "/info", nil, nil); err != nil {
		t.Error(err)
	}
}

// slowContainerd is the engine with a containerd that takes its time.
func slowContainerd(t *testing.T) Option {
	t.Helper()
	dir := t.TempDir()
	c := configOf(nil)
	find := func(tool string) string {
		path, err := lookPath(c, tool)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, program := range map[string]string{
		"dockerd": c.dockerd(), "docker-proxy": "docker-proxy", "containerd-shim-runc-v2": "containerd-shim-runc-v2",
	} {
		if err := os.Symlink(find(program), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	script := "#!/bin/sh\nsleep 3\nexec " + find("containerd") + ` "$@"` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "containerd"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(c *Config) { c.Dockerd = filepath.Join(dir, "dockerd") }
}

func TestUp_AwaitsContainerd(t *testing.T) {
	t.Parallel()
	Require(t)
	l := Up(t, slowContainerd(t), ContainerdImages())
	l.Image(t, "app:1")
	if out, err := l.Manager(0).Docker("run", "--rm", "app:1", "echo", "ran"); out != "ran\n" || err != nil {
		t.Errorf("the first container says %q, %v", out, err)
	}
}

// traces lists what engines leave in places of the machine's that no setting
// moves, or that they use unless told otherwise.
func traces(t *testing.T) (found []string) {
	t.Helper()
	for _, pattern := range []string{
		"/etc/docker", "/etc/docker/key.json", "/opt/containerd", "/run/containerd/s/*", "/run/docker/plugins",
		"/run/docker/plugins/*", "/var/lib/docker/network/files/*", filepath.Join(os.TempDir(), "runc-process*"),
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, paths...)
	}
	return found
}

func TestLab_TwoAtOnceLeaveNothingBehind(t *testing.T) {
	before := traces(t)
	a, b := Up(t), Up(t)
	if a.Index == b.Index || a.Dir == b.Dir || a.Manager(0).IP() == b.Manager(0).IP() {
		t.Fatalf("two labs share something: %+v and %+v", a.Record, b.Record)
	}
	// The shop has networks, volumes, secrets and health checks.
	a.Stage(t, "shop")
	if out, err := b.Manager(0).Docker("service", "ls", "-q"); err != nil || out != "" {
		t.Errorf("the second lab lists %q, %v", out, err)
	}
	// A killed node leaves containers behind that nobody looks after.
	if err := a.Manager(0).Kill(); err != nil {
		t.Fatal(err)
	}
	if len(a.processes(a.namespaces())) == 0 {
		t.Fatal("the killed node left nothing: the test proves nothing")
	}
	if err := a.Down(); err != nil {
		t.Fatal(err)
	}
	// Another test's lab may have its number by now, and so its names.
	taken := func() bool {
		_, err := os.Stat(a.file())
		return err == nil
	}
	if left := a.processes(a.namespaces()); len(left) > 0 && !taken() {
		t.Errorf("processes left: %v", left)
	}
	if left := a.namespaces(); len(left) > 0 && !taken() {
		t.Errorf("namespaces left: %v", left)
	}
	if left := a.cgroups(); len(left) > 0 && !taken() {
		t.Errorf("cgroups left: %v", left)
	}
	if _, err := os.Stat(a.Dir); !os.IsNotExist(err) {
		t.Errorf("the directory is left: %v", err)
	}
	// Another's engine may take its own away meanwhile.
	left := slices.DeleteFunc(traces(t), func(path string) bool { return slices.Contains(before, path) })
	if len(left) > 0 {
		t.Errorf("left on the machine: %q", left)
	}
	if err := b.Manager(0).API(context.Background(), "GET", "/info", nil, nil); err != nil {
		t.Errorf("the second lab does not answer any more: %v", err)
	}
}

func TestRemove_TouchesNothingWithoutALabsDirectory(t *testing.T) {
	t.Parallel()
	l := Up(t)
	// Not the empty name: without the check that would be every process.
	r := l.Record
	r.Dir = t.TempDir()
	if err := remove(r); err == nil {
		t.Error("removed a lab with the directory of another")
	}
	if !l.Manager(0).Running() {
		t.Error("the engine was killed")
	}
	if _, err := os.Stat(r.Dir); err != nil {
		t.Error(err)
	}
}

func TestAutolock_LocksARestartedManager(t *testing.T) {
	t.Parallel()
	l := Up(t, Autolock())
	n := l.Manager(0)
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := n.API(ctx, "GET", "/nodes", nil, nil); err == nil || !strings.Contains(err.Error(), "needs to be unlocked") {
		t.Errorf("a restarted manager says %v, want that it is locked", err)
	}
	if err := n.Unlock(); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, func() error { return n.API(ctx, "GET", "/nodes", nil, nil) })
}

func TestSweep_RemovesTheLabOfADeadProcess(t *testing.T) {
	l := Up(t)
	reopened, err := Open(l.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := reopened.Manager(0).Host(), l.Manager(0).Host(); got != want {
		t.Errorf("reopened at %s, want %s", got, want)
	}
	// The PID of this very process, but of another start: the owner is dead.
	l.Owner.Start--
	if err := writeJSON(l.file(), l.Record); err != nil {
		t.Fatal(err)
	}
	if _, err := Sweep(); err != nil {
		t.Fatal(err)
	}
	// Another process may have swept first, and its number be taken again.
	var now Record
	if err := readJSON(l.file(), &now); err == nil && now.Dir == l.Dir {
		t.Errorf("the lab in %s is still listed", l.Dir)
	}
	if l.Manager(0).Running() {
		t.Error("the engine still runs")
	}
}
