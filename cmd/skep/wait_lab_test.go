package main

import (
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/lab"
)

// TestWaitLab compares what a wait says with what was done to a service of a real
// swarm, for each of the exit codes. All services are waited for at once.
func TestWaitLab(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, "app:1")
	l.Image(t, "app:bad", lab.Command("sh", "-c", "exit 1"))
	docker := func(t *testing.T, line string) {
		if out, err := l.Manager(0).Docker(strings.Fields(line)...); err != nil {
			t.Errorf("docker %s: %v %s", line, err, out)
		}
	}
	const create, update = "service create -d --no-resolve-image --restart-delay 1s --stop-grace-period 1s --update-monitor 4s --rollback-monitor 4s ", "service update -d --no-resolve-image "
	type waited struct {
		name, create string
		// update follows once what was created runs.
		update string
		code   int
		why    string
	}
	tests := []waited{
		{"fresh", "--replicas 3 app:1", "", 0, "3 of 3 are up"},
		{"updated", "--replicas 2 app:1", "--env-add A=1", 0, "2 of 2 are up"},
		{"ports", "app:1", "--publish-add target=80,published=9001", 0, "1 of 1 are up"},
		{"global", "--mode global app:1", "--env-add A=1", 0, "3 of 3 are up"},
		{"stopped", "app:1", "--replicas 0", 0, "nothing of it runs"},
		{"job", "--mode replicated-job app:1 true", "", 0, "the job is complete"},
		{"back", "--replicas 2 app:1", "--image app:bad --update-monitor 30s --update-failure-action rollback", 3, "non-zero exit (1)"},
		{"paused", "--replicas 2 app:1", "--image app:bad --update-monitor 30s --update-failure-action pause", 4, "non-zero exit (1)"},
		{"nowhere", "--constraint node.labels.x==y app:1", "", 5, "no suitable node"},
		{"loops", "app:bad", "", 6, "non-zero exit (1)"},
		{"lasts-a-while", "app:1 sleep 6", "", 6, ""},
		{"no-image", "nosuch:1", "", 6, "o such image"},
		{"slow", "--health-cmd false --health-interval 60s --health-retries 9 app:1", "", 7, ""},
	}
	testkit.Together(t, tests, func(tt waited) string { return tt.name }, func(t *testing.T, tt waited) {
		from := create
		if strings.Contains(tt.create, "-job") {
			from = "service create -d --no-resolve-image "
		}
		docker(t, from+"--name "+tt.name+" "+tt.create)
		args := []string{"wait", tt.name, "--timeout", "150s", "-H", l.Manager(0).Host()}
		if tt.update != "" {
			if _, errs, code := skep(t, args...); code != 0 {
				t.Fatalf("at first: %d, %s", code, errs)
			}
			docker(t, update+tt.update+" "+tt.name)
		}
		if tt.code == 7 {
			args[3] = "20s"
		}
		out, errs, code := skep(t, args...)
		if code != tt.code || !strings.Contains(out+errs, tt.why) {
			t.Errorf("exit code %d, want %d: %s%s", code, tt.code, out, errs)
		}
	})
}

// TestWaitLab_CannotTell: an engine that hangs ends a wait with no word of
// success.
func TestWaitLab_CannotTell(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1")
	if out, err := l.Manager(0).Docker("service", "create", "-d", "--no-resolve-image", "--name", "web", "--update-monitor", "60s", "app:1"); err != nil {
		t.Fatal(err, out)
	}
	hung := time.AfterFunc(8*time.Second, func() { _ = l.Manager(0).Pause() })
	defer func() { hung.Stop(); _ = l.Manager(0).Resume() }()
	if out, errs, code := skep(t, "wait", "web", "--timeout", "60s", "-H", l.Manager(0).Host()); code != 8 {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}
