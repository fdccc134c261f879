package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"skep/lab"
)

// run runs the command as a person would and returns what it printed.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	err := cmd.Execute()
	return out.String(), err
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(t, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestSwarm_LifeOfALab(t *testing.T) {
	lab.Require(t)
	name := fmt.Sprintf("%s-%d", t.Name(), os.Getpid())
	t.Cleanup(func() { _, _ = run(t, "--name", name, "down") })
	if out := mustRun(t, "--name", name, "up", "1", "1"); !strings.HasPrefix(out, "2 nodes in ") {
		t.Errorf("up says %q", out)
	}
	if _, err := run(t, "--name", name, "up"); err == nil {
		t.Error("a second lab of the name came up")
	}
	if out := mustRun(t, "--name", name, "stage", "constraint"); !strings.HasPrefix(out, "constraint shows after ") {
		t.Errorf("stage says %q", out)
	}
	if _, err := run(t, "--name", name, "stage", "quorum-lost"); err == nil {
		t.Error("lost the quorum of a lab of one manager")
	}
	mustRun(t, "--name", name, "kill", "worker1")
	state := func() string {
		for line := range strings.Lines(mustRun(t, "ls")) {
			if f := strings.Fields(line); f[0] == name && f[1] == "worker1" {
				return f[2]
			}
		}
		return ""
	}
	if got := state(); got != "ended" {
		t.Errorf("the killed worker is %q, want ended", got)
	}
	mustRun(t, "--name", name, "start", "worker1")
	if got := state(); got != "runs" {
		t.Errorf("the started worker is %q, want runs", got)
	}
	mustRun(t, "--name", name, "docker", "worker1", "version", "--format", "{{.Server.Version}}")
	_, err := run(t, "--name", name, "docker", "manager1", "service", "rm", "no-such")
	if exit := (*exitError)(nil); !errors.As(err, &exit) || exit.code != 1 {
		t.Errorf("a failed docker command returned %v, want its exit code", err)
	}
	mustRun(t, "--name", name, "down")
	if got := state(); got != "" {
		t.Errorf("the worker is %q after down", got)
	}
}

func TestSwarm_RefusesWhatItDoesNotKnow(t *testing.T) {
	const name = "no-lab-of-this-name"
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"up", "many"}, `"many" is not a number of nodes`},
		{[]string{"up", "--login", "ada"}, "--login wants USER:PASSWORD"},
		{[]string{"kill"}, "requires at least 1 arg"},
		{[]string{"--name", name, "kill", "manager1"}, "there is no lab"},
		{[]string{"--name", name, "down"}, "there is no lab"},
		{[]string{"--name", name, "stage", "oom"}, "there is no lab"},
	}
	for _, tt := range tests {
		if _, err := run(t, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestSwarm_ListsEveryIncident(t *testing.T) {
	out := mustRun(t, "incidents")
	for _, i := range lab.Incidents() {
		if !strings.Contains(out, i.Name) || !strings.Contains(out, i.About) {
			t.Errorf("%s is not listed", i.Name)
		}
	}
}
