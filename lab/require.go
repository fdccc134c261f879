package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// envLab is the environment variable that decides whether lab tests run.
const envLab = "SKEP_LAB"

// envDockerd names another engine to run than the dockerd on the PATH.
const envDockerd = "SKEP_LAB_DOCKERD"

// Once skips a test that is not about the engine where only those are wanted that are:
// SKEP_LAB=engine, for a further engine after all have run on one.
func Once(t testing.TB) {
	t.Helper()
	if os.Getenv(envLab) == "engine" {
		t.Skipf("lab: %s is not about the engine", t.Name())
	}
}

// Require skips the test with a reason, or fails it where SKEP_LAB is required or
// engine, unless a lab is asked for and can run here.
func Require(t testing.TB, opts ...Option) {
	t.Helper()
	mode := os.Getenv(envLab)
	skip, err := decide(mode, func() error { return missing(configOf(opts)) })
	switch {
	case err != nil:
		t.Fatalf("lab: %s=%s, but %v", envLab, mode, err)
	case skip != "":
		t.Skip("lab: " + skip)
	}
	// The check of a change runs those that say so on further engines.
	t.Logf("lab: %s is on a real swarm", t.Name())
}

// decide says why a test is to be skipped, or fails it; it looks for what is
// missing only when a lab is wanted.
func decide(mode string, look func() error) (skip string, err error) {
	switch mode {
	case "":
		return "needs a real swarm; run with " + envLab + "=1 as root", nil
	case "1":
		if err := look(); err != nil {
			return "a swarm cannot run here: " + err.Error(), nil
		}
		return "", nil
	case "required", "engine":
		return "", look()
	default:
		return "", errors.New("it is neither empty, 1, required nor engine")
	}
}

// missing says what this machine lacks to run a lab.
func missing(c Config) error {
	var lacks []string
	if runtime.GOOS != "linux" {
		return errors.New("a lab needs Linux, this is " + runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		lacks = append(lacks, "root")
	}
	tools := []string{c.dockerd(), "containerd", "docker", "ip", "nsenter", "unshare", "mount", "busybox"}
	if c.Registry {
		tools = append(tools, registryProgram)
	}
	if c.RegistryUser != "" {
		tools = append(tools, "perl")
	}
	for _, tool := range tools {
		if _, err := lookPath(c, tool); err != nil {
			lacks = append(lacks, tool)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("it lacks %s", strings.Join(lacks, ", "))
	}
	return nil
}

func configOf(opts []Option) Config {
	c := Config{Managers: 1, Dockerd: os.Getenv(envDockerd)}
	for _, o := range opts {
		o(&c)
	}
	return c
}

// lookPath finds a program, beside the chosen engine first.
func lookPath(c Config, tool string) (string, error) {
	if dir := c.binDir(); dir != "" {
		if path, err := exec.LookPath(dir + "/" + tool); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(tool)
}
