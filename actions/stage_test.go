package actions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/engine"
	"skep/lab"
	"skep/model"
)

// patience is how long a swarm on a busy machine may take to settle.
const patience = 3 * time.Minute

// stage is a real swarm of one manager and two workers, and a console's engine.
type stage struct {
	*lab.Lab
	session model.Session
	eng     *engine.Pool
	// app2 is an image that only the registry has.
	app2 string
	// run is the docker command against the swarm.
	run func(args ...string) (string, error)
	// now is the swarm's time, and sleep lets it go by.
	now   func() time.Time
	sleep func(time.Duration)
	// record is the journal of what procedures write; nil for none.
	record actions.Journal
	// program is what stands for the images of the lab; nil where they are there.
	program *strings.Replacer
	// changed is closed once the swarm is otherwise than when it is asked, and last what
	// was read then; nil where that cannot be known, so that all is read each time.
	changed func() <-chan struct{}
	last    lists
}

// lists are what a snapshot is made from.
type lists struct {
	services []*model.Service
	nodes    []*model.Node
	tasks    []*model.Task
	until    <-chan struct{}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(2), lab.Registry()), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	s.Image(t, "app:2")
	var err error
	if s.app2, err = s.Push("app:2"); err != nil {
		t.Fatal(err)
	}
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	return s
}

// connect opens the console's engine.
func (s *stage) connect(t *testing.T, host string) {
	t.Helper()
	var err error
	if s.eng, err = engine.Open(engine.Options{Hosts: []string{host}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.eng.Close)
	if s.session, err = s.eng.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.run(args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// eventually waits, in the swarm's time, until fn gives no error.
func (s *stage) eventually(t *testing.T, within time.Duration, fn func() error) {
	t.Helper()
	for deadline := s.now().Add(within); ; s.sleep(200 * time.Millisecond) {
		err := fn()
		if err == nil {
			return
		}
		if s.now().After(deadline) {
			t.Fatalf("not within %v: %v", within, err)
		}
	}
}

// snapshot reads everything, as the feed would.
func (s *stage) snapshot(t *testing.T) *model.Cluster {
	t.Helper()
	return s.read(t).Build(s.now())
}

func (s *stage) read(t *testing.T) *model.Builder {
	t.Helper()
	b, now, l := model.NewBuilder(nil), s.now(), s.lists(t)
	b.SetSession(s.session)
	b.SetServices(l.services, now)
	b.SetNodes(l.nodes, now)
	b.SetTasks(model.TaskQuery{}, l.tasks, now)
	return b
}

// lists reads what there is, unless it is known to be what it was.
func (s *stage) lists(t *testing.T) lists {
	t.Helper()
	var l lists
	if s.changed != nil {
		if l.until = s.changed(); l.until == s.last.until {
			return s.last
		}
	}
	var errs [3]error
	l.services, _, errs[0] = s.eng.Services(t.Context())
	l.nodes, _, errs[1] = s.eng.Nodes(t.Context())
	l.tasks, _, errs[2] = s.eng.Tasks(t.Context(), model.TaskQuery{})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if s.changed != nil { // Else subtests beside each other may be reading.
		s.last = l
	}
	return l
}

func service(t *testing.T, c *model.Cluster, name string) *model.Service {
	t.Helper()
	for _, s := range c.Services() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("there is no service %s", name)
	return nil
}

func node(t *testing.T, c *model.Cluster, name string) *model.Node {
	t.Helper()
	for _, n := range c.Nodes() {
		if n.Hostname() == name {
			return n
		}
	}
	t.Fatalf("there is no node %s", name)
	return nil
}

// running are the IDs of the tasks of a service that are up, and where.
func (s *stage) running(t *testing.T, name string) map[model.TaskID]model.NodeID {
	t.Helper()
	c := s.snapshot(t)
	out := map[model.TaskID]model.NodeID{}
	tasks, _ := c.TasksOf(service(t, c, name).Key())
	for _, task := range tasks {
		if task.State == swarm.TaskStateRunning && task.Desired == swarm.TaskStateRunning {
			out[task.ID] = task.NodeID
		}
	}
	return out
}

// settle waits until so many tasks of a service run and no other is left over
// or on its way, and gives them.
func (s *stage) settle(t *testing.T, name string, want int, match func(*model.Task) bool) map[model.TaskID]model.NodeID {
	t.Helper()
	s.eventually(t, patience, func() error {
		c := s.snapshot(t)
		sv := service(t, c, name)
		if r := c.Facts(sv.Key()).Rollout; r.Active() {
			return fmt.Errorf("%s: %s", name, r.State)
		}
		up := 0
		tasks, _ := c.TasksOf(sv.Key())
		for _, task := range tasks {
			switch {
			case task.State == swarm.TaskStateRunning && task.Desired == swarm.TaskStateRunning && (match == nil || match(task)):
				up++
			case !task.Terminal():
				return fmt.Errorf("%s: a task is %s, meant to be %s: %s", name, task.State, task.Desired, task.Err)
			}
		}
		if up != want {
			return fmt.Errorf("%s: %d of %d run", name, up, want)
		}
		return nil
	})
	return s.running(t, name)
}

func (s *stage) inspect(t *testing.T, ref model.Ref) model.Document {
	t.Helper()
	d, err := s.eng.Inspect(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plan prepares an action as the console does after the key and the form.
func (s *stage) plan(t *testing.T, verb string, target actions.Target, values map[string]string) actions.Plan {
	t.Helper()
	a, ok := actions.Find(target.Ref.Kind, verb)
	if !ok {
		t.Fatalf("there is no action %s", verb)
	}
	p := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{target}, values)[0]
	if p.Err != nil {
		t.Fatalf("%s %s: %v", verb, target.Name, p.Err)
	}
	return p.Plan
}

// do plans and runs an action.
func (s *stage) do(t *testing.T, verb string, target actions.Target, values map[string]string) actions.Plan {
	t.Helper()
	p := s.plan(t, verb, target, values)
	r := actions.Run(t.Context(), s.eng, p, nil)
	if r.Err != nil {
		t.Fatalf("%s: %v", p.Title, r.Err)
	}
	if p.Steps[0].Op != actions.OpRemove && r.Version <= p.Steps[0].Seen.Version {
		t.Errorf("%s: version %d after %d", p.Title, r.Version, p.Steps[0].Seen.Version)
	}
	return p
}

func (s *stage) target(t *testing.T, name string) actions.Target {
	t.Helper()
	return actions.ServiceTarget(service(t, s.snapshot(t), name))
}

func (s *stage) nodeTarget(t *testing.T, n *lab.Node) actions.Target {
	t.Helper()
	c := s.snapshot(t)
	return actions.NodeTarget(c, node(t, c, n.Name))
}
