package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/internal/backend"
	"skep/internal/doctor"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/lab"
	"skep/model"
)

// failedOn is what the doctor says of an engine that cannot tell of the swarm.
func failedOn(t *testing.T, n *lab.Node) (r doctor.Report, err error) {
	t.Helper()
	b, err := backend.Open(t.Context(), engine.Options{Hosts: []string{n.Host()}, Env: func(string) string { return "" }}, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("no answer"))
	defer cancel()
	_, err = b.Feed.Await(ctx, feed.Want{Interest: model.Diagnosis(), Known: (*model.Cluster).Ready})
	if err == nil {
		return r, fmt.Errorf("%s shows the swarm", n.Name)
	}
	var trouble *model.Trouble
	errors.As(err, &trouble)
	r, tells := doctor.Failed(err, trouble, time.Now())
	if !tells {
		return r, fmt.Errorf("nothing is told of %w", err)
	}
	own, err := b.Engine.OwnTasks(t.Context())
	r.Own(own)
	return r, err
}

// TestLab_WhereTheSwarmIsNotTold asks a worker, and a manager without a quorum: both
// say what is so, how much was looked at, and where to ask.
func TestLab_WhereTheSwarmIsNotTold(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(2), lab.Workers(1))
	// An engine that is busy may not answer each question in time at first.
	check := func(n *lab.Node, verdict doctor.Verdict, wants ...string) {
		t.Helper()
		lab.Eventually(t, time.Minute, func() error {
			r, err := failedOn(t, n)
			text := r.Text()
			for _, want := range append(wants, "looked at nothing in the swarm") {
				if !strings.Contains(text, want) {
					err = errors.Join(err, fmt.Errorf("no %q in %s", want, text))
				}
			}
			if r.Verdict != verdict {
				err = errors.Join(err, fmt.Errorf("it is %s, want %s", r.Verdict, verdict))
			}
			return err
		})
	}
	l.Image(t, "app:1")
	if out, err := l.Manager(0).Docker("service", "create", "--no-resolve-image", "--name", "web", "--mode", "global", "app:1"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const own = "on this engine itself: 1 container of 1 service running, 0 not"
	check(l.Worker(0), doctor.Unknown, "is a worker", l.Manager(0).IP(), own)
	if err := l.Manager(1).Kill(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, func() error {
		err := l.Manager(0).API(t.Context(), "GET", "/nodes", nil, nil)
		if err == nil {
			return errors.New("there is a leader still")
		}
		return nil
	})
	check(l.Manager(0), doctor.Outage, "has no leader", "Bring them back", own)
}
