package actions_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"skep/internal/simswarm"
)

// TestForecast_OnTheSimulatedSwarm holds the previews, and the simulated swarm,
// to the same as the real engine: what the demo shows is what happens. The time
// of the swarm goes by only where the test waits, so that every run is the same
// however busy the machine is.
func TestForecast_OnTheSimulatedSwarm(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the docker command hundreds of times")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("needs the docker command: " + err.Error())
	}
	clock := simswarm.NewManualClock(time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC))
	swarm := simswarm.New(simswarm.Bare(1, 2), simswarm.WithClock(clock))
	t.Cleanup(swarm.Close)
	host, err := swarm.Listen()
	if err != nil {
		t.Fatal(err)
	}
	conf := t.TempDir()
	s := &stage{
		now: clock.Now, sleep: clock.Advance, changed: swarm.Changed,
		program: strings.NewReplacer("app:1 true", "busybox:1 true", "app:bad", "nginx:1-broken", "app:1", "nginx:1", "app:2", "nginx:2"),
		run: func(args ...string) (string, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, "docker", append([]string{"-H", host}, args...)...)
			cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+conf, "DOCKER_CONTEXT=", "DOCKER_HOST=")
			out, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, out)
			}
			return string(out), err
		},
	}
	s.connect(t, host)
	s.tryAll(t)
}
