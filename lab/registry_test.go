package lab

import (
	"strings"
	"testing"
	"time"
)

func TestRegistry_ServesPullsWithDigest(t *testing.T) {
	t.Parallel()
	l := Up(t, Registry(), Workers(1))
	l.Image(t, "app:1")
	ref, err := l.Push("app:1")
	if err != nil {
		t.Fatal(err)
	}
	m := l.Manager(0)
	if _, err := m.Docker("service", "create", "--detach", "--name", "web", "--replicas", "2", ref); err != nil {
		t.Fatal(err)
	}
	Eventually(t, time.Minute, wantReplicas(m, "web", "2/2"))
	out, err := m.Docker("service", "inspect", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}", "web")
	if err != nil || !strings.HasPrefix(out, ref+"@sha256:") {
		t.Errorf("the service runs %q, %v, want %s with its digest", out, err, ref)
	}
}

func TestRegistry_WantsItsLogin(t *testing.T) {
	t.Parallel()
	l := Up(t, RegistryLogin("ada", "open sesame"))
	l.Image(t, "app:1")
	ref, err := l.Push("app:1")
	if err != nil {
		t.Fatal(err)
	}
	m := l.Manager(0)
	if out, err := m.Docker("pull", ref); err == nil {
		t.Errorf("pulled without a login: %s", out)
	} else if !strings.Contains(err.Error(), "no basic auth credentials") {
		t.Errorf("refused with %v, want the lack of credentials", err)
	}
	if err := l.Login(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Docker("pull", ref); err != nil {
		t.Error(err)
	}
}
