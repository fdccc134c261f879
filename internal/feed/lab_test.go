package feed_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/feed"
	"skep/lab"
	"skep/model"
)

// watcher reads a feed on a real swarm.
type watcher struct {
	*feed.Feed
	t    testing.TB
	ctx  context.Context
	seen uint64
	last *model.Cluster
}

// watch runs a feed over the nodes' sockets, in their order.
func watch(t *testing.T, nodes ...*lab.Node) *watcher {
	t.Helper()
	var hosts []string
	for _, n := range nodes {
		hosts = append(hosts, n.Host())
	}
	pool, err := engine.Open(engine.Options{Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{Feed: feed.New(pool, feed.Options{}), t: t, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		pool.Close()
	})
	w.until(10*time.Second, "the first snapshot", (*model.Cluster).Ready)
	// What only /info tells comes later.
	w.until(30*time.Second, "the node that it is connected to", func(c *model.Cluster) bool { return c.Session.Endpoint != "" })
	return w
}

// until waits for a snapshot that fits and returns how long that took. It may take
// longer than it is given on a busy machine.
func (w *watcher) until(within time.Duration, what string, fits func(*model.Cluster) bool) time.Duration {
	w.t.Helper()
	within *= lab.Busy
	start := time.Now()
	ctx, cancel := context.WithTimeout(w.ctx, within)
	defer cancel()
	for {
		c, n, err := w.Next(ctx, w.seen)
		if err != nil {
			if w.last != nil {
				w.t.Logf("outage: %+v, problems: %v", w.last.Outage, w.last.Problems())
			}
			w.t.Fatalf("%s: not within %v", what, within)
		}
		w.last, w.seen = c, n
		if fits(c) {
			d := time.Since(start)
			w.t.Logf("%-45s %6.2fs", what, d.Seconds())
			return d
		}
	}
}

// facts are what the snapshot says of the service of that name.
func facts(c *model.Cluster, name string) model.ServiceFacts {
	for _, s := range c.Services() {
		if s.Name() == name {
			return c.Facts(s.Key())
		}
	}
	return model.ServiceFacts{}
}

func docker(t testing.TB, n *lab.Node, args ...string) string {
	t.Helper()
	out, err := n.Docker(args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func live(c *model.Cluster) bool  { return c.Outage == nil }
func stale(c *model.Cluster) bool { return c.Outage != nil }

func TestLab_WorkerKilled(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, "app:1")
	m, victim := l.Manager(0), l.Worker(0)
	docker(t, m, "service", "create", "-d", "--name", "pinned", "--replicas", "2", "--constraint", "node.hostname=="+victim.Name, "app:1")
	docker(t, m, "service", "create", "-d", "--name", "web", "--replicas", "6", "app:1")
	w := watch(t, m)
	w.until(time.Minute, "services up", func(c *model.Cluster) bool { return facts(c, "pinned").Up == 2 && facts(c, "web").Up == 6 })
	time.Sleep(10 * time.Second)

	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	d := w.until(time.Minute, "worker killed: true count 0/2", func(c *model.Cluster) bool {
		f := facts(c, "pinned")
		return f.Up == 0 && f.Want == 2 && f.Sure
	})
	if d > 20*time.Second {
		t.Errorf("the truth took %v", d)
	}
	t.Logf("docker service ls claims %s for it", docker(t, m, "service", "ls", "--filter", "name=pinned", "--format", "{{.Replicas}}"))
	w.until(time.Minute, "moved: 6/6 with ghosts", func(c *model.Cluster) bool {
		f := facts(c, "web")
		return f.Up == 6 && f.Ghosts > 0 && f.Sure
	})
	t.Logf("docker service ls claims %s for it", docker(t, m, "service", "ls", "--filter", "name=web", "--format", "{{.Replicas}}"))
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		w.until(30*time.Second, "still", func(*model.Cluster) bool { return true })
		if f := facts(w.last, "pinned"); f.Up != 0 || facts(w.last, "web").Up > 6 {
			t.Fatalf("the truth did not last: %+v", f)
		}
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	w.until(2*time.Minute, "worker back: 2/2", func(c *model.Cluster) bool {
		return facts(c, "pinned").Up == 2 && facts(c, "web").Up == 6 && facts(c, "web").Ghosts == 0
	})
}

func TestLab_LeaderKilled(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	l.Image(t, "app:1")
	leader := l.Leader(t)
	docker(t, leader, "service", "create", "-d", "--name", "web", "--replicas", "2", "app:1")
	hosts := []*lab.Node{leader}
	for _, n := range l.Nodes() {
		if n != leader {
			hosts = append(hosts, n)
		}
	}
	w := watch(t, hosts...)
	w.until(time.Minute, "service up", func(c *model.Cluster) bool { return facts(c, "web").Up == 2 })
	old := w.last.Session.Endpoint
	if old != leader.Name {
		t.Errorf("connected to %s, want %s", old, leader.Name)
	}
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	w.until(5*time.Second, "leader killed: snapshot marked stale", stale)
	if len(w.last.Services()) != 1 || facts(w.last, "web").Want != 2 {
		t.Error("the last snapshot is lost")
	}
	w.until(time.Minute, "live again", live)
	if w.last.Session.Endpoint == old {
		t.Errorf("still on %s", old)
	}
	w.until(time.Minute, "the dead manager is down", func(c *model.Cluster) bool {
		for _, n := range c.Nodes() {
			if n.Hostname() == old {
				return !n.Ready()
			}
		}
		return false
	})
	w.until(time.Minute, "replicas moved: 2/2 sure", func(c *model.Cluster) bool {
		f := facts(c, "web")
		return f.Up == 2 && f.Sure
	})
}

func TestLab_LeaderKilledBehindAFollower(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	leader := l.Leader(t)
	var follower *lab.Node
	for _, n := range l.Nodes() {
		if n != leader {
			follower = n
		}
	}
	w := watch(t, follower)
	time.Sleep(6 * time.Second)
	killed := time.Now()
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	w.until(time.Minute, "leader killed: snapshot marked stale", stale)
	t.Logf("%+v", w.last.Outage)
	w.until(time.Minute, "live again", live)
	w.until(time.Minute, "another leads", func(c *model.Cluster) bool {
		for _, n := range c.Nodes() {
			if n.Leads() && n.Hostname() != leader.Name {
				return c.Outage == nil
			}
		}
		return false
	})
	t.Logf("%.1fs after the kill", time.Since(killed).Seconds())
}

func TestLab_DaemonStoppedAndStarted(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1")
	m := l.Manager(0)
	docker(t, m, "service", "create", "-d", "--name", "web", "--replicas", "2", "app:1")
	w := watch(t, m)
	w.until(time.Minute, "service up", func(c *model.Cluster) bool { return facts(c, "web").Up == 2 })
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	w.until(10*time.Second, "daemon stopped: snapshot marked stale", func(c *model.Cluster) bool {
		return c.Outage != nil && !c.Outage.Waiting
	})
	var trouble *model.Trouble
	if !errors.As(w.last.Outage.Err, &trouble) {
		t.Errorf("outage without a trouble: %v", w.last.Outage.Err)
	}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	w.until(time.Minute, "daemon started: live again", live)
	w.until(time.Minute, "service up", func(c *model.Cluster) bool { return facts(c, "web").Up == 2 })
}

func TestLab_QuorumLostAndRegained(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	leader := l.Leader(t)
	w := watch(t, l.Nodes()...)
	time.Sleep(6 * time.Second)
	var dead []*lab.Node
	for _, n := range l.Nodes() {
		if n != leader {
			dead = append(dead, n)
			if err := n.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.until(2*time.Minute, "two of three managers killed: stale", stale)
	w.until(2*time.Minute, "told apart: no leader", func(c *model.Cluster) bool {
		var trouble *model.Trouble
		return c.Outage != nil && errors.As(c.Outage.Err, &trouble) && trouble.Situation == model.NoLeader
	})
	t.Log(w.last.Outage.Err)
	if len(w.last.Nodes()) != 3 {
		t.Error("the last snapshot is lost")
	}
	for _, n := range dead {
		if err := n.Start(); err != nil {
			t.Fatal(err)
		}
	}
	w.until(2*time.Minute, "managers back: live again", live)
}

func TestLab_FrozenManagerIsLeftForTheNext(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	leader := l.Leader(t)
	var followers []*lab.Node
	for _, n := range l.Nodes() {
		if n != leader {
			followers = append(followers, n)
		}
	}
	w := watch(t, append(followers, leader)...)
	frozen := followers[0]
	if w.last.Session.Endpoint != frozen.Name {
		t.Fatalf("connected to %s", w.last.Session.Endpoint)
	}
	if err := frozen.Pause(); err != nil {
		t.Fatal(err)
	}
	defer frozen.Resume()
	w.until(15*time.Second, "manager frozen: waiting", func(c *model.Cluster) bool { return c.Outage != nil && c.Outage.Waiting })
	w.until(90*time.Second, "live again on another", func(c *model.Cluster) bool {
		return c.Outage == nil && c.Session.Endpoint != frozen.Name
	})
}
