package detail

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

func ptr[T any](v T) *T { return &v }

func TestUpdateWords(t *testing.T) {
	for _, c := range []struct {
		in   *swarm.UpdateConfig
		want string
	}{
		{nil, "1 at a time, stop-first, pause on failure (default)|monitor 5s (default)"},
		{&swarm.UpdateConfig{}, "all at once, stop-first (default), pause on failure|monitor 5s (default)"},
		{&swarm.UpdateConfig{Parallelism: 2, Delay: 90 * time.Second, FailureAction: swarm.UpdateFailureActionRollback, Monitor: 10 * time.Minute,
			MaxFailureRatio: 0.25, Order: swarm.UpdateOrderStartFirst}, "2 at a time, delay 1m30s, start-first, rollback on failure|monitor 10m, max failure ratio 0.25"},
	} {
		if got := strings.Join(UpdateWords(c.in), "|"); got != c.want {
			t.Errorf("%+v: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRestartWords(t *testing.T) {
	for _, c := range []struct {
		in   *swarm.RestartPolicy
		job  bool
		want string
	}{
		{nil, false, "any, delay 5s (default)"},
		{nil, true, "on-failure, delay 5s (default)"},
		{&swarm.RestartPolicy{}, false, "any (default), delay 5s (default)"},
		{&swarm.RestartPolicy{Condition: "none", Delay: ptr(time.Second)}, false, "none: a task that ended is not replaced"},
		{&swarm.RestartPolicy{Condition: "on-failure", Delay: ptr(time.Duration(0)), MaxAttempts: ptr(uint64(3)), Window: ptr(time.Minute)}, false,
			"on-failure, delay 0s, max attempts 3, window 1m"},
		{&swarm.RestartPolicy{Condition: "any", Delay: ptr(time.Hour), MaxAttempts: ptr(uint64(0)), Window: ptr(time.Minute)}, false, "any, delay 1h"},
	} {
		if got := restartWords(c.in, c.job); got != c.want {
			t.Errorf("%+v: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestExitMeaning(t *testing.T) {
	for code, want := range map[int]string{0: "ended by itself", 126: "cannot be executed", 127: "not found", 137: "SIGKILL", 143: "SIGTERM", 130: "signal 2", 3: "", 255: "", -1: ""} {
		if got := exitMeaning(code); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("exit %d: %q, want %q", code, got, want)
		}
	}
}

func TestShellWords(t *testing.T) {
	if got, want := shellWords([]string{"sh", "-c", "echo it's $X", "", "a=b"}), `sh -c 'echo it'\''s $X' '' a=b`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
