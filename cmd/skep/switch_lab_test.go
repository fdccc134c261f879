package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// killing is a swarm, and a skep that is killed on it in the middle.
type killing struct {
	*lab.Lab
	program string
}

// skep runs a console of somebody with a state of their own.
func (k killing) skep(t *testing.T, who string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(k.program, append(args, "-H", k.Manager(0).Host(), "--yes")...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(t.TempDir(), who))
	return cmd
}

func (k killing) run(t *testing.T, who string, args ...string) string {
	t.Helper()
	out, err := k.skep(t, who, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("skep %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (k killing) docker(t *testing.T, line string) string {
	t.Helper()
	out, err := k.Manager(0).Docker(strings.Fields(line)...)
	if err != nil {
		t.Fatalf("docker %s: %v: %s", line, err, out)
	}
	return strings.TrimSpace(out)
}

// killAt runs skep, and kills it once the mark of the new service begins so after the
// ID of the old one.
func (k killing) killAt(t *testing.T, mark string, args ...string) {
	t.Helper()
	cmd := k.skep(t, "first", args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	for end := time.Now().Add(lab.Busy * 3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_, at, _ := strings.Cut(k.mark(t), " ")
		if strings.HasPrefix(at, mark) {
			_ = cmd.Process.Kill()
			return
		}
	}
	_ = cmd.Process.Kill()
	t.Fatalf("it never came to %s: %s", mark, k.mark(t))
}

// mark is how far it is.
func (k killing) mark(t *testing.T) string {
	t.Helper()
	out, err := k.Manager(0).Docker("service", "inspect", "web-green", "--format", `{{index .Spec.Labels "skep.green"}}`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// TestSwitchLab_AnotherConsoleGoesOn kills a console in the middle of a switch in
// steps, of one back, of one by an alias, and of its end; another one, which has
// never heard of it, goes on.
func TestSwitchLab_AnotherConsoleGoesOn(t *testing.T) {
	lab.Once(t)
	k := killing{Lab: lab.Up(t, lab.Managers(1)), program: filepath.Join(t.TempDir(), "skep")}
	k.Image(t, "app:1")
	k.Image(t, "app:2")
	if out, err := exec.Command("go", "build", "-o", k.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k.docker(t, "network create --driver overlay inside")
	for _, way := range []struct{ name, create, steps, mid string }{
		{"labels", "--label traefik.http.routers.web.rule=Path(`/`) --label traefik.http.services.web.loadbalancer.server.port=80", "--steps=25", "stepping pause"},
		{"alias", "--network name=inside,alias=api", "", "naming"},
	} {
		k.docker(t, "service create -d --no-resolve-image --name web --replicas 3 --stop-grace-period 1s --update-monitor 1s "+way.create+" app:1")
		k.run(t, "first", "green", "web", "app:2")
		begin := []string{"switch", "web", "--pause", "2s"}
		if way.steps != "" {
			begin = append(begin, way.steps)
		}
		k.killAt(t, way.mid, begin...)
		t.Log(way.name, "killed at", k.mark(t))
		t.Log(k.run(t, "second", "switch", "web-green"))
		if at := k.mark(t); !strings.Contains(at, " over ") {
			t.Fatalf("%s: it is at %s", way.name, at)
		}
		k.docker(t, "service update -d --replicas 0 web")
		k.killAt(t, "back", "switch", "--back", "web")
		k.run(t, "second", "switch", "--back", "web")
		if at := k.mark(t); !strings.Contains(at, " beside ") {
			t.Fatalf("%s: on the way back it is at %s", way.name, at)
		}
		k.killAt(t, "renewed", "finish", "web", "--pause", "1s")
		t.Log(k.run(t, "second", "finish", "web"))
		if got := k.docker(t, "service ls --format {{.Name}}={{.Image}}={{.Replicas}}"); got != "web=app:2=3/3" {
			t.Errorf("%s: in the end there is %s", way.name, got)
		}
		if labels := k.docker(t, "service inspect web --format {{.Spec.Labels}}"); strings.Contains(labels, "skep.") || strings.Contains(labels, "traefik") != (way.name == "labels") {
			t.Errorf("%s: web has %s", way.name, labels)
		}
		k.docker(t, "service rm web")
	}
}
