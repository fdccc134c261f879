package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
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

// lifeFor is how long the healthy life on real engines lasts, unless SKEP_LAB_LIFE
// says otherwise.
const lifeFor = 90 * time.Second

// updateRest is how long an update of the longest service may take before nothing is
// drained for it.
const updateRest = 2 * time.Minute

// operator does to a swarm what is done to one that is well.
type operator struct {
	*rand.Rand
	t        *testing.T
	l        *lab.Lab
	m        *lab.Node
	drainee  string
	services []string
	made     int
	done     map[string]int
}

func (o *operator) docker(what string, args ...string) {
	o.t.Helper()
	for try := 0; ; try++ {
		out, err := o.m.Docker(args...)
		switch {
		case err == nil:
			o.done[what]++
			return
		case try == 3 || !strings.Contains(err.Error()+out, "update out of sequence"): // docker read it before somebody else wrote it.
			o.t.Fatalf("%s: %v: %s", what, err, out)
		}
	}
}

// rested waits until no service is being updated, and reports whether that came to be.
func (o *operator) rested() bool {
	moves := func(name string) bool { return !atRest(o.l, name) }
	for began := time.Now(); time.Since(began) < updateRest; time.Sleep(time.Second) {
		if !slices.ContainsFunc(o.services, moves) {
			return true
		}
	}
	return false
}

// slowStart is a program that is healthy some seconds after it was started, and
// ends when it is told to.
const slowStart = "rm -f /tmp/well; trap 'exit 0' TERM; sleep 8 & wait; touch /tmp/well; while :; do sleep 1 & wait; done"

func (o *operator) create() {
	o.made++
	name := fmt.Sprint("life-", o.made)
	args := []string{"service", "create", "-d", "--no-resolve-image", "--name", name, "--replicas", fmt.Sprint(1 + o.IntN(4)),
		"--update-monitor", "1s", "--update-order", []string{"start-first", "stop-first"}[o.IntN(2)]}
	if o.IntN(2) == 0 {
		args = append(args, "--health-cmd", "test -e /tmp/well", "--health-interval", "2s", "--health-start-period", "20s", "app:1", "sh", "-c", slowStart)
	} else {
		args = append(args, "app:1")
	}
	o.docker("create", args...)
	o.services = append(o.services, name)
}

// act does one thing.
func (o *operator) act() {
	if len(o.services) < 3 {
		o.create()
		return
	}
	i := o.IntN(len(o.services))
	name := o.services[i]
	switch o.IntN(8) {
	case 0:
		o.create()
	case 1, 2:
		o.docker("scale", "service", "scale", "-d", fmt.Sprintf("%s=%d", name, 1+o.IntN(6)))
	case 3, 4:
		o.docker("update", "service", "update", "-d", "--no-resolve-image", "--force", "--image", fmt.Sprint("app:", 1+o.IntN(2)), name)
	case 5:
		// An update that watches a task which a drain takes away is paused by it, and
		// that is a problem.
		if !o.rested() {
			return
		}
		o.docker("drain", "node", "update", "--availability", "drain", o.drainee)
		time.Sleep(12 * time.Second)
		o.docker("activate", "node", "update", "--availability", "active", o.drainee)
	case 6:
		o.made++
		o.docker("job", "service", "create", "-d", "--no-resolve-image", "--name", fmt.Sprint("job-", o.made), "--mode", "replicated-job",
			"--replicas", fmt.Sprint(1+o.IntN(3)), "--max-concurrent", "1", "app:1", "sh", "-c", "sleep 3")
	case 7:
		if len(o.services) > 5 {
			o.docker("remove", "service", "rm", name)
			o.services = slices.Delete(o.services, i, i+1)
		}
	}
}

// TestLab_HealthyLife does to real engines what is done to a swarm that is well:
// nothing of it is a problem.
func TestLab_HealthyLife(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	length := lifeFor
	if text := os.Getenv("SKEP_LAB_LIFE"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, "app:1")
	l.Image(t, "app:2")
	fmt.Fprintln(os.Stderr, "looking at", l.Manager(0).Host()) // Others may look on.
	b, err := backend.Open(t.Context(), engine.Options{Hosts: []string{l.Manager(0).Host()}, Env: func(string) string { return "" }}, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	looked := make(chan error)
	go func() {
		var w doctor.Watcher
		looked <- b.Feed.Follow(ctx, model.Diagnosis(), func(c *model.Cluster) error {
			if !c.Ready() {
				return nil
			}
			for _, change := range w.Changes(doctor.NewReport(c, time.Now())) {
				if change.Finding != nil && change.Finding.Severity != "note" {
					t.Error(change.Text())
				} else {
					t.Log(change.Text())
				}
			}
			return nil
		})
	}()
	o := operator{Rand: rand.New(rand.NewPCG(uint64(time.Now().Unix()), 1)), t: t, l: l, m: l.Manager(0), drainee: l.Worker(1).Name, done: map[string]int{}}
	for ctx.Err() == nil {
		o.act()
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(5+o.IntN(10)) * time.Second):
		}
	}
	if err := <-looked; !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	t.Logf("%s of %v", length, o.done)
}
