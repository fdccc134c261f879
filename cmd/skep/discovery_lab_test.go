package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// TestDiscoveryLab holds what a manager resolves on a network against the tasks that
// run there, while a worker is cut off and after it is back.
func TestDiscoveryLab(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1))
	l.Image(t, "app:1")
	docker := func(line string) {
		t.Helper()
		if out, err := l.Manager(0).Docker(strings.Fields(line)...); err != nil {
			t.Fatalf("docker %s: %v: %s", line, err, out)
		}
	}
	docker("network create -d overlay front")
	docker("network create -d overlay back")
	docker("service create -d --no-resolve-image --name web --mode global --network front --stop-grace-period 1s app:1")
	docker("service create -d --no-resolve-image --name db --network back app:1")
	until := func(what string, code int, want string, args ...string) {
		t.Helper()
		last := ""
		lab.Eventually(t, 120*time.Second, func() error {
			out, errs, got := skep(t, append(args, "-H", l.Manager(0).Host())...)
			if last = out + errs; got != code || !strings.Contains(last, want) {
				time.Sleep(300 * time.Millisecond)
				return fmt.Errorf("%s: exit code %d: %s", what, got, last)
			}
			return nil
		})
		t.Logf("%s: %s", what, last)
	}
	until("up", 0, "web: converged", "wait", "web", "db", "--timeout", "60s") // On both nodes.
	until("whole", 0, "resolves exactly the tasks that run", "discovery", "network/front")
	until("apart", exitApart, "no network in common: web is on front, db on back", "discovery", "web", "db")
	if err := l.Worker(0).Unplug(); err != nil {
		t.Fatal(err)
	}
	until("cut off", exitApart, "missing: ", "discovery", "network/front")
	if err := l.Worker(0).Plug(); err != nil {
		t.Fatal(err)
	}
	until("back", 0, "resolves exactly the tasks that run", "discovery", "network/front")
}
