package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// TestDoctorLab_StaleNames cuts a worker off from what the nodes tell each other of
// their networks: it stays ready, its tasks run, and who asks elsewhere does not find
// them, which docker tells nobody.
func TestDoctorLab_StaleNames(t *testing.T) {
	l := lab.Up(t, lab.Managers(1), lab.Workers(1))
	l.Image(t, "app:1")
	for _, line := range []string{"network create -d overlay front", "service create --no-resolve-image --name web --mode global --network front --stop-grace-period 1s app:1"} {
		if out, err := l.Manager(0).Docker(strings.Fields(line)...); err != nil {
			t.Fatalf("docker %s: %v: %s", line, err, out)
		}
	}
	until := func(code int, want string) {
		t.Helper()
		began := time.Now()
		lab.Eventually(t, 120*time.Second, func() error {
			out, errs, got := skep(t, "doctor", "-H", l.Manager(0).Host())
			if out += errs; got != code || !strings.Contains(out, want) {
				return fmt.Errorf("exit code %d: %s", got, out)
			}
			t.Logf("%.1f s: %s", time.Since(began).Seconds(), out)
			return nil
		})
	}
	until(0, "healthy")
	if err := l.Worker(0).Hush(); err != nil {
		t.Fatal(err)
	}
	until(3, "web is not found as it runs on the network front")
	if err := l.Worker(0).Listen(); err != nil {
		t.Fatal(err)
	}
	until(0, "healthy")
}
