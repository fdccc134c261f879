package e2e_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/testkit/vterm"
	"skep/lab"
	"skep/ui"
)

// onLab runs the console on the managers of a lab, the one given first.
func onLab(t *testing.T, l *lab.Lab, first int, opt ui.Options, width, height int) *vterm.Terminal {
	t.Helper()
	var hosts []string
	for i := range l.Config.Managers {
		hosts = append(hosts, l.Manager((first+i)%l.Config.Managers).Host())
	}
	opt.Backend = connect(t, engine.Options{Hosts: hosts, ReadOnly: opt.ReadOnly})
	app, err := ui.New(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return vterm.Start(t, app, width, height)
}

// docker runs the docker command on a manager.
func docker(t *testing.T, n *lab.Node, args ...string) string {
	t.Helper()
	out, err := n.Docker(args...)
	if err != nil {
		t.Fatalf("docker %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(out)
}

// wantDocker waits until a docker command prints a text.
func wantDocker(t *testing.T, n *lab.Node, want string, args ...string) {
	t.Helper()
	lab.Eventually(t, time.Minute, func() error {
		out, err := n.Docker(args...)
		if err == nil && strings.TrimSpace(out) != want {
			err = fmt.Errorf("docker %v prints %q, want %q", args, out, want)
		}
		return err
	})
}

// clear empties the field that is being typed into.
const clear = "\x15"

// TestLab_EveryActionHasItsEffect does each action in the console and asks the
// docker command for what it did.
func TestLab_EveryActionHasItsEffect(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	for _, image := range []string{"app:1", "app:2"} {
		l.Image(t, image, lab.Command("sleep", "100000"))
	}
	m := l.Manager(0)
	docker(t, m, "service", "create", "--detach", "--name", "web", "--replicas", "2", "--no-resolve-image",
		"--update-monitor", "1s", "--rollback-monitor", "1s", "--stop-grace-period", "1s", "app:1")
	docker(t, m, "service", "create", "--detach", "--name", "other", "--no-resolve-image", "app:1")
	term := onLab(t, l, 0, ui.Options{}, 100, 30)
	term.Wait("web", "2/2", "other", "1/1", "live")

	// on selects a row by a filter and does an action there.
	on := func(view, row, key string, typed ...string) {
		t.Helper()
		term.Type(":", view+" "+row, vterm.Enter)
		term.Wait("/"+row, "1 of ")
		term.Type(key)
		if len(typed) > 0 {
			term.Wait("<enter>preview")
			calm()
			term.Type(append(append([]string{clear}, typed...), vterm.Enter)...)
		}
		term.Wait("Y apply")
		apply(term)
		term.Until("it is accepted", func(s string) bool {
			return strings.Contains(s, "accepted: ") || strings.Contains(s, "done: ")
		})
	}
	// ends waits for the console to say how it ended.
	ends := func(want string) {
		t.Helper()
		lab.Eventually(t, 2*time.Minute, func() error {
			if screen := term.Screen(); !strings.Contains(screen, want) {
				return fmt.Errorf("the screen has no %q:\n%s", want, screen)
			}
			return nil
		})
	}
	spec := func(field string) []string {
		return []string{"service", "inspect", "--format", "{{" + field + "}}", "web"}
	}

	on("services", "web", "s", "4")
	ends("done: scale web from 2 to 4 replicas, 4/4 after ")
	wantDocker(t, m, "4", spec(".Spec.Mode.Replicated.Replicas")...)
	term.Wait("4/4")
	on("services", "web", "i", "app:2")
	ends("done: update the image of web to app:2, 4/4 new after ")
	wantDocker(t, m, "app:2", spec(".Spec.TaskTemplate.ContainerSpec.Image")...)
	wantDocker(t, m, "completed", spec(".UpdateStatus.State")...)
	term.Wait("4/4", "app:2")
	on("services", "web", "r")
	wantDocker(t, m, "1", spec(".Spec.TaskTemplate.ForceUpdate")...)
	wantDocker(t, m, "completed", spec(".UpdateStatus.State")...)
	on("services", "web", "b")
	wantDocker(t, m, "0", spec(".Spec.TaskTemplate.ForceUpdate")...)
	wantDocker(t, m, "rollback_completed", spec(".UpdateStatus.State")...)

	node := l.Worker(1)
	availability := []string{"node", "inspect", "--format", "{{.Spec.Availability}}", node.Name}
	on("nodes", node.Name, "r")
	ends("done: drain " + node.Name + ", it is empty after ")
	wantDocker(t, m, "drain", availability...)
	wantDocker(t, m, "", "node", "ps", "--filter", "desired-state=running", "--quiet", node.Name)
	term.Wait("ready drain") // The snapshot has it.
	on("nodes", node.Name, "u")
	wantDocker(t, m, "active", availability...)
	term.Wait("no problems")
	on("nodes", node.Name, "c")
	wantDocker(t, m, "pause", availability...)
	term.Wait("ready pause")
	on("nodes", node.Name, "u")
	wantDocker(t, m, "active", availability...)
	if got := docker(t, m, "service", "inspect", "--format", "{{.Spec.Mode.Replicated.Replicas}} {{.Spec.TaskTemplate.ForceUpdate}}", "other"); got != "1 0" {
		t.Errorf("the other service was touched: %s", got)
	}
}

// TestLab_RefusesToDrainTheLastNode has nothing left to place tasks on.
func TestLab_RefusesToDrainTheLastNode(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	term := onLab(t, l, 0, ui.Options{View: "nodes"}, 100, 30)
	term.Wait(l.Manager(0).Name, "live")
	term.Type("r")
	term.Wait("refused")
	calm()
	term.Type("Y")
	time.Sleep(200 * time.Millisecond)
	term.Wait("refused")
	if got := docker(t, l.Manager(0), "node", "inspect", "--format", "{{.Spec.Availability}}", "self"); got != "active" {
		t.Errorf("the last node is %s", got)
	}
}

var upOf = regexp.MustCompile(`web +replicated +(\d+)\??/6`)

// TestLab_TrueCountsAfterAWorkerIsKilled looks at the screen while the engine's
// own count stays wrong.
func TestLab_TrueCountsAfterAWorkerIsKilled(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(3))
	l.Image(t, "app:1", lab.Command("sleep", "100000"))
	m := l.Manager(0)
	docker(t, m, "service", "create", "--detach", "--name", "web", "--replicas", "6", "--no-resolve-image",
		"--constraint", "node.role==worker", "--replicas-max-per-node", "2", "app:1")
	term := onLab(t, l, 0, ui.Options{}, 100, 30)
	term.Wait("web", "6/6", "● ok")
	killed := time.Now()
	if err := l.Worker(2).Kill(); err != nil {
		t.Fatal(err)
	}
	term.Until("4/6", func(s string) bool {
		found := upOf.FindStringSubmatch(s)
		return found != nil && found[1] == "4"
	})
	took := time.Since(killed)
	t.Logf("true count on the screen %v after the worker was killed; docker service ls says %s", took.Round(100*time.Millisecond),
		docker(t, m, "service", "ls", "--format", "{{.Replicas}}"))
	if took > 20*time.Second {
		t.Errorf("the true count took %v, want 20s at the most", took)
	}
	term.Wait("down", l.Worker(2).Name)
}

// TestLab_GoesOnWithTheNextManager kills the manager that the console is
// connected to, which is the leader.
func TestLab_GoesOnWithTheNextManager(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	l.Image(t, "app:1", lab.Command("sleep", "100000"))
	docker(t, l.Manager(0), "service", "create", "--detach", "--name", "web", "--replicas", "2", "--no-resolve-image",
		"--constraint", "node.hostname!="+l.Manager(0).Name, "app:1")
	term := onLab(t, l, 0, ui.Options{}, 100, 30)
	term.Wait("web", "2/2", "live", l.Manager(0).Name+"  leader")
	killed := time.Now()
	if err := l.Manager(0).Kill(); err != nil {
		t.Fatal(err)
	}
	screen := term.Until("a mark that the data is old", func(s string) bool {
		return strings.Contains(s, "STALE") || strings.Contains(s, "▲ waiting ")
	})
	stale := time.Since(killed)
	if !strings.Contains(screen, "web") {
		t.Errorf("the last snapshot is gone:\n%s", screen)
	}
	term.Until("live on another manager", func(s string) bool {
		return strings.Contains(s, "● live") && !strings.Contains(strings.SplitN(s, "\n", 2)[0], l.Manager(0).Name)
	})
	t.Logf("marked %v after the leader was killed, live again after %v", stale.Round(100*time.Millisecond), time.Since(killed).Round(100*time.Millisecond))
	term.Wait("2/2")
}

// TestLab_SurvivesTheDaemon stops and starts the only engine.
func TestLab_SurvivesTheDaemon(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1", lab.Command("sleep", "100000"))
	m := l.Manager(0)
	docker(t, m, "service", "create", "--detach", "--name", "web", "--no-resolve-image", "app:1")
	term := onLab(t, l, 0, ui.Options{}, 80, 24)
	term.Wait("web", "1/1", "live")
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	term.Wait("STALE", "web", "No Docker engine answers")
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	term.WaitGone("STALE")
	term.Wait("live", "web", "1/1")
}

// TestLab_EveryErrorHasItsScreen starts the console where there is no swarm to
// show.
func TestLab_EveryErrorHasItsScreen(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1))
	start := func(t *testing.T, host string) *vterm.Terminal {
		backend := connect(t, engine.Options{Hosts: []string{host}})
		app, err := ui.New(context.Background(), ui.Options{Backend: backend})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(app.Close)
		return vterm.Start(t, app, 80, 24)
	}
	t.Run("worker", func(t *testing.T) {
		start(t, l.Worker(0).Host()).Wait("is a worker", l.Manager(0).IP())
	})
	t.Run("no docker", func(t *testing.T) {
		start(t, "unix:///nonexistent/docker.sock").Wait("No Docker engine answers", "systemctl status docker")
	})
	t.Run("no swarm, and then one", func(t *testing.T) {
		docker(t, l.Worker(0), "swarm", "leave")
		term := start(t, l.Worker(0).Host())
		term.Wait("is not part of", "docker swarm init")
		docker(t, l.Worker(0), "swarm", "init", "--advertise-addr", l.Worker(0).IP())
		term.Wait("live", "no services")
	})
}
