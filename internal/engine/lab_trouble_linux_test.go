package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/lab"
	"skep/model"
)

// awaitSituation asks until the trouble is of a situation: an engine that is busy may
// not answer in time at first.
func awaitSituation(t *testing.T, want model.Situation, ask func() error) (trouble *model.Trouble) {
	t.Helper()
	lab.Eventually(t, time.Minute, func() error {
		if err := ask(); !errors.As(err, &trouble) || trouble.Situation != want {
			return fmt.Errorf("got %s, want %s", describe(err), want)
		}
		return nil
	})
	return trouble
}

// asks are the two ways to ask a pool: by a connection of its own, and on the one
// that there is.
func asks(t *testing.T, p *Pool) (connects, reads func() error) {
	connects = func() error { _, err := p.Connect(within(t, time.Minute)); return err }
	reads = func() error { _, _, err := p.Nodes(within(t, time.Minute)); return err }
	return connects, reads
}

// TestLab_Situations stages every error situation of one manager and worker.
func TestLab_Situations(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(1), lab.TLS())
	m, w := l.Manager(0), l.Worker(0)
	trouble := awaitSituation(t, model.WorkerNode, func() error { return connectError(t, w.Host(), nil) })
	if len(trouble.Managers) != 1 || trouble.Managers[0].Address != m.IP() {
		t.Errorf("got managers %v, want %s", trouble.Managers, m.IP())
	}
	tls := "tcp://" + m.Forward(t)
	stranger := t.TempDir()
	newAuthority(t).writeClient(t, stranger)
	awaitSituation(t, model.CertificateError, func() error { return connectError(t, tls, nil) })
	awaitSituation(t, model.CertificateError, func() error {
		return connectError(t, tls, map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": stranger})
	})
	awaitSituation(t, model.CertificateError, func() error {
		return connectError(t, tls, map[string]string{"DOCKER_TLS": "1", "DOCKER_CERT_PATH": stranger})
	})
	awaitSituation(t, model.CertificateError, func() error {
		return connectError(t, "tcp://"+plain(t, m.Sock()), map[string]string{"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": l.CertPath()})
	})
	if got := connectAsNobody(t, m.Host()); !strings.HasPrefix(got, string(model.PermissionDenied)+"|") {
		t.Errorf("as nobody: %s", got)
	}

	p := labPool(t, Options{Hosts: []string{m.Host()}})
	connects, reads := asks(t, p)
	if err := m.Pause(); err != nil {
		t.Fatal(err)
	}
	awaitSituation(t, model.Timeout, connects)
	if err := errors.Join(m.Resume(), m.Stop()); err != nil {
		t.Fatal(err)
	}
	awaitSituation(t, model.NoDocker, reads)
	awaitSituation(t, model.NoDocker, connects)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, connects)
	lab.Eventually(t, time.Minute, reads)

	dockerCLI(t, w, "swarm", "leave")
	awaitSituation(t, model.NotSwarm, func() error { return connectError(t, w.Host(), nil) })
	dockerCLI(t, m, "swarm", "leave", "--force")
	awaitSituation(t, model.NotSwarm, reads)
	awaitSituation(t, model.NotSwarm, connects)
}

// TestLab_Locked restarts a manager of a swarm with autolock.
func TestLab_Locked(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Autolock())
	m := l.Manager(0)
	p := labPool(t, Options{Hosts: []string{m.Host()}})
	connects, reads := asks(t, p)
	if err := errors.Join(m.Stop(), m.Start()); err != nil {
		t.Fatal(err)
	}
	awaitSituation(t, model.Locked, connects)
	awaitSituation(t, model.Locked, reads)
	if err := m.Unlock(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, connects)
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
	connects, reads := asks(t, p)
	leader := l.Leader(t)
	// A killed leader: another manager answers, without a new pool.
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, 2*time.Minute, func() error { return errors.Join(connects(), reads()) })
	second := l.Leader(t)
	if err := second.Kill(); err != nil {
		t.Fatal(err)
	}
	var seen []string
	trouble := awaitSituation(t, model.NoLeader, func() error {
		err := cmp.Or(connects(), reads())
		seen = append(seen, describe(err))
		return err
	})
	// The list of nodes names all three, what an engine says of itself the others.
	if len(trouble.Managers) < 2 {
		t.Errorf("got managers %v, want those that were known", trouble.Managers)
	}
	t.Logf("on the way:\n%s", strings.Join(slices.Compact(seen), "\n"))
	// The last one restarts and finds nobody: it is no manager that starts.
	for i := range 3 {
		if last := l.Manager(i); last != leader && last != second {
			if err := errors.Join(last.Stop(), last.Start()); err != nil {
				t.Fatal(err)
			}
			awaitSituation(t, model.NoLeader, connects)
		}
	}
	if err := errors.Join(leader.Start(), second.Start()); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, 2*time.Minute, func() error { return errors.Join(connects(), reads()) })
}
