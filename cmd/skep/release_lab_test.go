package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// TestReleaseLab runs a release of three changes ago again, which the task history
// of the swarm has forgotten. Two consoles see the changes, and one of them is
// killed while they come.
func TestReleaseLab(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1")
	state := t.TempDir()
	built := filepath.Join(t.TempDir(), "skep")
	if out, err := exec.Command("go", "build", "-o", built, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(built, append(args, "-H", l.Manager(0).Host())...)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("skep %s: %v: %s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	docker := func(line string) string {
		t.Helper()
		out, err := l.Manager(0).Docker(strings.Fields(line)...)
		if err != nil {
			t.Fatalf("docker %s: %v: %s", line, err, out)
		}
		return strings.TrimSpace(out)
	}
	docker("swarm update --task-history-limit 2")
	docker("service create -d --no-resolve-image --name web --stop-grace-period 1s --update-monitor 1s --env DB_PASSWORD=hunter0 app:1")
	run("wait", "web", "--timeout", "150s")
	run("releases", "web")
	for i := 1; i <= 4; i++ {
		docker(fmt.Sprintf("service update -d --no-resolve-image --env-add DB_PASSWORD=hunter%d --label-add n=%d web", i, i))
		run("wait", "web", "--timeout", "150s")
		killed := exec.Command(built, "releases", "web", "-H", l.Manager(0).Host())
		killed.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(i)*40*time.Millisecond, func() { _ = killed.Process.Kill() })
		run("releases", "web")
		_ = killed.Wait()
	}
	list := run("releases", "web", "-o", "json")
	var told []struct {
		N    int
		What string
	}
	if err := json.Unmarshal([]byte(list), &told); err != nil || len(told) != 5 || told[4].N != 5 || strings.Contains(list, "hunter") {
		t.Fatalf("%v: %s", err, list)
	}
	if tasks := docker("service ps -q --no-trunc web"); len(strings.Fields(tasks)) > 2 {
		t.Fatalf("the swarm has forgotten nothing: %s", tasks)
	}
	if out := run("release", "web@2", "--yes"); !strings.Contains(out, "run release 2 of web again") || strings.Contains(out, "hunter") {
		t.Error(out)
	}
	if got := docker("service inspect web --format {{.Spec.TaskTemplate.ContainerSpec.Env}}{{.Spec.Labels.n}}"); got != "[DB_PASSWORD=hunter1]1" {
		t.Errorf("it is %s", got)
	}
	run("wait", "web", "--timeout", "150s")
	run("releases", "web")
	// It went by skep, so the journal says by whom; and the spec came back as it was.
	if out := run("releases", "web", "2", "6"); !strings.Contains(out, "(release)") || strings.Contains(strings.SplitAfter(out, "CHANGED SINCE 2")[1], ":") {
		t.Errorf("the two differ: %s", out)
	}
}
