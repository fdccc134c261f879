package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/lab"
	"skep/model"
)

// TestLab_Situations stages every error situation of one manager and worker.
func TestLab_Situations(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1), lab.TLS())
	m, w := l.Manager(0), l.Worker(0)
	trouble := wantSituation(t, connectError(t, w.Host(), nil), model.WorkerNode)
	if len(trouble.Managers) != 1 || trouble.Managers[0].Address != m.IP() {
		t.Errorf("got managers %v, want %s", trouble.Managers, m.IP())
	}
	tls := "tcp://" + m.Forward(t)
	stranger := t.TempDir()
	newAuthority(t).writeClient(t, stranger)
	wantSituation(t, connectError(t, tls, nil), model.CertificateError)
	wantSituation(t, connectError(t, tls, map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": stranger}), model.CertificateError)
	wantSituation(t, connectError(t, tls, map[string]string{"DOCKER_TLS": "1", "DOCKER_CERT_PATH": stranger}), model.CertificateError)
	wantSituation(t, connectError(t, "tcp://"+plain(t, m.Sock()), map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": l.CertPath()}), model.CertificateError)
	if got := connectAsNobody(t, m.Host()); !strings.HasPrefix(got, string(model.PermissionDenied)+"|") {
		t.Errorf("as nobody: %s", got)
	}

	p := labPool(t, Options{Hosts: []string{m.Host()}})
	if err := m.Pause(); err != nil {
		t.Fatal(err)
	}
	_, err := p.Connect(within(t, time.Minute))
	wantSituation(t, err, model.Timeout)
	if err := errors.Join(m.Resume(), m.Stop()); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.Nodes(within(t, time.Minute))
	wantSituation(t, err, model.NoDocker)
	_, err = p.Connect(within(t, time.Minute))
	wantSituation(t, err, model.NoDocker)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, func() error { _, err := p.Connect(within(t, time.Minute)); return err })
	if _, _, err := p.Nodes(within(t, time.Minute)); err != nil {
		t.Errorf("after the engine came back: %v", err)
	}

	dockerCLI(t, w, "swarm", "leave")
	wantSituation(t, connectError(t, w.Host(), nil), model.NotSwarm)
	dockerCLI(t, m, "swarm", "leave", "--force")
	_, _, err = p.Nodes(within(t, time.Minute))
	wantSituation(t, err, model.NotSwarm)
	_, err = p.Connect(within(t, time.Minute))
	wantSituation(t, err, model.NotSwarm)
}

// TestLab_Locked restarts a manager of a swarm with autolock.
func TestLab_Locked(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Autolock())
	m := l.Manager(0)
	p := labPool(t, Options{Hosts: []string{m.Host()}})
	if err := errors.Join(m.Stop(), m.Start()); err != nil {
		t.Fatal(err)
	}
	_, err := p.Connect(within(t, time.Minute))
	wantSituation(t, err, model.Locked)
	_, _, err = p.Nodes(within(t, time.Minute))
	wantSituation(t, err, model.Locked)
	if err := m.Unlock(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, func() error { _, err := p.Connect(within(t, time.Minute)); return err })
}

// TestLab_NoLeader kills two of three managers, and brings them back.
func TestLab_NoLeader(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	var hosts []string
	for i := range 3 {
		hosts = append(hosts, l.Manager(i).Host())
	}
	p := labPool(t, Options{Hosts: hosts})
	leader := l.Leader(t)
	// A killed leader: another manager answers, without a new pool.
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, 2*time.Minute, func() error {
		if _, err := p.Connect(within(t, time.Minute)); err != nil {
			return err
		}
		_, _, err := p.Nodes(within(t, time.Minute))
		return err
	})
	second := l.Leader(t)
	if err := second.Kill(); err != nil {
		t.Fatal(err)
	}
	var seen []string
	deadline := time.Now().Add(3 * time.Minute)
	for {
		_, _, err := p.Nodes(within(t, time.Minute))
		if _, fresh := p.Connect(within(t, time.Minute)); fresh != nil {
			err = fresh
		}
		seen = append(seen, describe(err))
		var trouble *model.Trouble
		if errors.As(err, &trouble) && trouble.Situation == model.NoLeader {
			// The list of nodes names all three, what an engine says of itself the others.
			if len(trouble.Managers) < 2 {
				t.Errorf("got managers %v, want those that were known", trouble.Managers)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("never without a leader:\n%s", strings.Join(seen, "\n"))
		}
		time.Sleep(time.Second)
	}
	t.Logf("on the way:\n%s", strings.Join(slices.Compact(seen), "\n"))
	// The last one restarts and finds nobody: it is no manager that starts.
	for i := range 3 {
		if last := l.Manager(i); last != leader && last != second {
			if err := errors.Join(last.Stop(), last.Start()); err != nil {
				t.Fatal(err)
			}
			lab.Eventually(t, time.Minute, func() error {
				var trouble *model.Trouble
				if _, err := p.Connect(within(t, time.Minute)); !errors.As(err, &trouble) || trouble.Situation != model.NoLeader {
					return fmt.Errorf("got %s", describe(err))
				}
				return nil
			})
		}
	}
	if err := errors.Join(leader.Start(), second.Start()); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, 2*time.Minute, func() error {
		if _, err := p.Connect(within(t, time.Minute)); err != nil {
			return err
		}
		_, _, err := p.Nodes(within(t, time.Minute))
		return err
	})
}
