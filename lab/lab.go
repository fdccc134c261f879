package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// dirPrefix begins the name of every lab's directory.
	dirPrefix = "skep-lab-"
	// maxDir is the longest directory whose nodes' sockets still fit into the
	// 107 bytes that the kernel has for the path of a unix socket.
	maxDir = 50
	// firstHost is the last byte of the first node's address.
	firstHost = 10
	// upTimeout is how long a whole lab may take to come up on a busy machine;
	// an idle one needs about three seconds.
	upTimeout = 10 * time.Minute
	// stateFile keeps a lab's state, in its directory, for Open.
	stateFile = "lab.json"
)

// Lab is a running swarm. Its methods may be called from several goroutines,
// but not on the same node at once.
type Lab struct {
	Record
	Config Config
	// UnlockKey opens the managers of a lab with Autolock.
	UnlockKey string

	nodes    []*Node
	children sync.WaitGroup
	// importing is held by who makes an image: containerd refuses to make one
	// of the same name twice at a time.
	importing sync.Mutex
}

// state is what Open needs; the nodes follow from the configuration.
type state struct {
	Record    Record
	Config    Config
	UnlockKey string
}

// Up starts a lab for a test, which removes it when it ends. See [Require] for
// when the test is skipped instead.
func Up(t testing.TB, opts ...Option) *Lab {
	t.Helper()
	Require(t, opts...)
	c := configOf(opts)
	c.Name = t.Name()
	l, err := Start(context.Background(), c)
	if err != nil {
		t.Fatalf("lab: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Down(); err != nil {
			t.Errorf("lab: %v", err)
		}
	})
	return l
}

// Start starts a lab and returns once all its nodes are in the swarm. It first
// removes what crashed labs left behind.
func Start(ctx context.Context, c Config) (*Lab, error) {
	if c.Managers == 0 {
		c.Managers = 1
	}
	if err := missing(c); err != nil {
		return nil, fmt.Errorf("a swarm cannot run here: %w", err)
	}
	if _, err := Sweep(); err != nil {
		return nil, fmt.Errorf("remove what crashed labs left: %w", err)
	}
	l, err := newLab(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, l.Down())
	}
	return l, nil
}

func newLab(c Config) (*Lab, error) {
	if n := c.Managers + c.Workers; n > 200 {
		return nil, fmt.Errorf("%d nodes are more than the 200 that a lab can hold", n)
	}
	dir, err := os.MkdirTemp(parentDir(), dirPrefix)
	if err != nil {
		return nil, err
	}
	var owner Process
	if !c.Keep {
		if owner, err = processOf(os.Getpid()); err != nil {
			return nil, err
		}
	}
	record, err := claim(ownerName(c.Name), dir, owner)
	if err != nil {
		os.Remove(dir)
		return nil, err
	}
	l := &Lab{Record: record, Config: c}
	l.makeNodes()
	return l, nil
}

// parentDir is where labs' directories are made: in the folder for temporary
// files, unless its path is too long or is one that a node does not see.
func parentDir() string {
	dir := os.TempDir()
	if len(dir) > maxDir-len(dirPrefix)-10 {
		return "/tmp"
	}
	real, err := filepath.EvalSymlinks(dir)
	for _, folder := range ownFolders {
		if err != nil || strings.HasPrefix(real+"/", folder+"/") {
			return "/tmp"
		}
	}
	return dir
}

func (l *Lab) makeNodes() {
	add := func(name string, manager bool) {
		l.nodes = append(l.nodes, &Node{Name: name, Manager: manager, lab: l, index: len(l.nodes)})
	}
	for i := range l.Config.Managers {
		add("manager"+strconv.Itoa(i+1), true)
	}
	for i := range l.Config.Workers {
		add("worker"+strconv.Itoa(i+1), false)
	}
}

// Open returns the running lab whose directory this is.
func Open(dir string) (*Lab, error) {
	var s state
	if err := readJSON(filepath.Join(dir, stateFile), &s); err != nil {
		return nil, err
	}
	l := &Lab{Record: s.Record, Config: s.Config, UnlockKey: s.UnlockKey}
	l.makeNodes()
	return l, nil
}

func (l *Lab) save() error {
	return writeJSON(filepath.Join(l.Dir, stateFile),
		state{Record: l.Record, Config: l.Config, UnlockKey: l.UnlockKey})
}

func (l *Lab) start(ctx context.Context) error {
	if err := addSwitch(l.Record); err != nil {
		return err
	}
	if l.Config.TLS {
		if err := l.makeCertificates(); err != nil {
			return err
		}
	}
	if l.Config.Registry {
		if err := l.startRegistry(ctx); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, n := range l.nodes {
		if err := os.MkdirAll(n.dir(), 0o700); err != nil {
			return err
		}
		if err := addPort(l.Record, n); err != nil {
			return err
		}
		g.Go(func() error { return n.startDaemons(gctx) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := l.join(ctx); err != nil {
		return err
	}
	return l.save()
}

// join makes one swarm of the nodes. Managers join one after the other,
// because each changes the members that agree on the next.
func (l *Lab) join(ctx context.Context) error {
	first := l.nodes[0]
	args := []string{"swarm", "init", "--advertise-addr", first.IP(), "--task-history-limit", "5"}
	if l.Config.Autolock {
		args = append(args, "--autolock")
	}
	if _, err := first.docker(ctx, l.cliConfig(), args...); err != nil {
		return err
	}
	var swarm struct {
		JoinTokens struct{ Manager, Worker string }
	}
	if err := first.API(ctx, "GET", "/swarm", nil, &swarm); err != nil {
		return err
	}
	if l.Config.Autolock {
		key, err := first.docker(ctx, l.cliConfig(), "swarm", "unlock-key", "-q")
		if err != nil {
			return err
		}
		l.UnlockKey = strings.TrimSpace(key)
	}
	var g errgroup.Group
	g.Go(func() error {
		for _, n := range l.nodes[1:l.Config.Managers] {
			if err := n.join(ctx, swarm.JoinTokens.Manager); err != nil {
				return err
			}
		}
		return nil
	})
	for _, n := range l.nodes[l.Config.Managers:] {
		g.Go(func() error { return n.join(ctx, swarm.JoinTokens.Worker) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return l.waitReady(ctx)
}

// waitReady waits until the swarm itself calls every node ready.
func (l *Lab) waitReady(ctx context.Context) error {
	for {
		var nodes []struct{ Status struct{ State string } }
		err := l.nodes[0].API(ctx, "GET", "/nodes", nil, &nodes)
		ready := 0
		for _, n := range nodes {
			if n.Status.State == "ready" {
				ready++
			}
		}
		if err == nil && ready == len(l.nodes) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d nodes are ready: %w", ready, len(l.nodes), errors.Join(ctx.Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Down ends everything in the lab and removes every trace of it.
func (l *Lab) Down() error {
	if err := l.Record.Remove(); err != nil {
		return err
	}
	l.children.Wait()
	return nil
}

// Nodes lists the nodes, managers first.
func (l *Lab) Nodes() []*Node { return append([]*Node(nil), l.nodes...) }

// Node returns the node of this name, such as manager1, or nil.
func (l *Lab) Node(name string) *Node {
	for _, n := range l.nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// Manager returns the manager with this index, counted from 0.
func (l *Lab) Manager(i int) *Node { return l.nodes[:l.Config.Managers][i] }

// Worker returns the worker with this index, counted from 0.
func (l *Lab) Worker(i int) *Node { return l.nodes[l.Config.Managers:][i] }

// Leader returns the manager that leads now. It waits for an election and
// fails the test when none comes to an end.
func (l *Lab) Leader(t testing.TB) *Node {
	t.Helper()
	var leader *Node
	Eventually(t, time.Minute, func() (err error) {
		leader, err = l.FindLeader(context.Background())
		return err
	})
	return leader
}

// FindLeader asks the managers which one of them leads, once.
func (l *Lab) FindLeader(ctx context.Context) (*Node, error) {
	errs := []error{errors.New("no manager leads")}
	for _, n := range l.nodes[:l.Config.Managers] {
		if !n.answers() {
			continue
		}
		leads, err := n.leads(ctx)
		if err != nil {
			errs = append(errs, err)
		}
		if leads {
			return n, nil
		}
	}
	return nil, errors.Join(errs...)
}

// Busy is how many times longer than on a machine with nothing else to do anything
// may take that is waited for, where several labs share the processors.
const Busy = 4

// Eventually calls fn until it returns nil, and fails the test with the last
// error when that takes longer than the timeout on a busy machine.
func Eventually(t testing.TB, timeout time.Duration, fn func() error) {
	t.Helper()
	timeout *= Busy
	deadline := time.Now().Add(timeout)
	for {
		err := fn()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %v", timeout, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
