package doctor_test

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
	"golang.org/x/sync/errgroup"

	"skep/internal/backend"
	"skep/internal/doctor"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/lab"
	"skep/model"
)

// incident is one that the lab stages, as the doctor is to tell it.
type incident struct {
	name string
	// says is what the first finding about it has to say, as a regular expression;
	// empty where there is nothing wrong. about is what the finding is about, if
	// that is not the service of the incident's name.
	says, about string
	// mend are docker commands, or else it is done by mendIn.
	mend   []string
	mendIn func(*lab.Lab) error
	// beside is what else is told of, as a consequence.
	beside []string
	// with are further services of the fixture. There is none of what is unrecorded: it
	// would be too large.
	with       []string
	unrecorded bool
	// large is set where the engine takes a second for each list, which is then asked
	// for once a minute at the least.
	large bool
}

// The bounds are wide: the machine has other things to do. What is aimed at is 15
// seconds for either, and what it took is told. The engine itself gets restWithin to
// do what mends.
const (
	restWithin  = lab.Busy * 2 * time.Minute
	foundWithin = 45 * time.Second
	goneWithin  = 45 * time.Second
)

// stays is what the tasks of incidents run once they are mended.
const stays = `--args "sh -c 'trap exit TERM; while :; do sleep 1; done'"`

// serviceIncidents are those of services, in groups that are staged at once.
var serviceIncidents = [][]incident{{
	{name: "shop"},
	{name: "in-use"},
	{name: "constraint", says: `0/2 - no node has node\.labels\.disk==ssd$`, mend: []string{"service update -d --constraint-rm node.labels.disk==ssd constraint"}},
	{name: "reservation", says: `0/2 - .*memory.*4T`, mend: []string{"service update -d --reserve-memory 8m reservation"}},
	{name: "host-port", says: `3/4 - .*8080.*its own tasks`, mend: []string{"service scale -d host-port=3"}},
	{name: "max-replicas", says: `3/4 - at most 1 on a node, and manager1, worker1, worker2 have theirs$`, mend: []string{"service scale -d max-replicas=3"}},
	{name: "addresses", says: `/10 - its network addresses \(10\.201\.7\.0/29\) is full: 5 of 5 addresses are in use$`, mend: []string{"service scale -d addresses=2"}},
}, {
	{name: "missing-image", says: `0/2 - the node cannot get the image shop/never-built:9`, mend: []string{"service update -d --no-resolve-image --image app:1 missing-image"}},
	{name: "registry-login", says: `0/1 - (the node cannot get the image .*/app:1 \(No such image\)|the registry wants a login)`, mendIn: loginAndUpdate},
	{name: "restart-loop", says: `(restart loop.*|0/\d( while updating)?|\d of \d tasks? restarted and not proved yet) - (only on \w+: )?exit code 1`, mend: []string{"service update -d " + stays + " restart-loop"}},
	{name: "exit-zero", says: `(restart loop.*|0/\d( while updating)?|\d of \d tasks? restarted and not proved yet) - the container ended by itself \(exit 0\)`, mend: []string{"service update -d " + stays + " exit-zero"}},
	{name: "gave-up", says: `0/1, gave up - exit code 3$`, mend: []string{"service update -d " + stays + " gave-up"}},
	{name: "oom", says: `(restart loop.*|0/\d( while updating)?|\d of \d tasks? restarted and not proved yet) - killed \(exit 137\), likely out of memory: its limit is 16MiB`, mend: []string{"service update -d " + stays + " oom"}},
}, {
	{name: "never-healthy", says: `killed: health check never passed`, mend: []string{"service update -d --no-healthcheck never-healthy"}},
	{name: "turns-unhealthy", says: `killed: health check failed after it had passed`, mend: []string{"service update -d --no-healthcheck turns-unhealthy"}},
	{name: "update-paused", says: `update paused, \d/3 up, 0 new - exit code 1`, mend: []string{"service update -d --no-resolve-image --image app:1 update-paused"}},
	{name: "update-continued", says: `(restart loop.*|0/\d( while updating)?|\d of \d tasks? restarted and not proved yet) - (only on \w+: )?exit code 1`, mend: []string{"service update -d --no-resolve-image --image app:1 update-continued"}},
	{name: "update-rolled-back", says: `update rolled back - exit code 1`, mend: []string{"service update -d --no-resolve-image --env-add A=1 update-rolled-back"}},
	{name: "update-wedged", says: `/3 while updating, which can never finish - no node has node\.labels\.disk==ssd(; the service was changed to ask for that, which took it off \w+)?$`, mend: []string{"service update -d --constraint-rm node.labels.disk==ssd update-wedged"}},
}}

func loginAndUpdate(l *lab.Lab) error {
	if err := l.Login(); err != nil {
		return err
	}
	_, err := l.Manager(0).Docker("service", "update", "-d", "--with-registry-auth", "--force", "registry-login")
	return err
}

// witness looks at a swarm as the doctor does, and keeps what it said last.
type witness struct {
	t    *testing.T
	mu   sync.Mutex
	last doctor.Report
	said map[string]string
	// lost is why the swarm cannot be read.
	lost string
}

func watch(t *testing.T, l *lab.Lab) *witness {
	t.Helper()
	var hosts []string
	for i := range l.Config.Managers {
		hosts = append(hosts, l.Manager(i).Host())
	}
	b, err := backend.Open(t.Context(), engine.Options{Hosts: hosts, Env: func(string) string { return "" }}, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	w := &witness{t: t, said: map[string]string{}}
	var done sync.WaitGroup
	done.Go(func() {
		_ = b.Feed.Follow(ctx, model.Diagnosis(), func(c *model.Cluster) error { w.see(c); return nil })
	})
	t.Cleanup(func() { stop(); done.Wait(); b.Close() })
	return w
}

func (w *witness) see(c *model.Cluster) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lost = ""; c.Outage != nil && !c.Outage.Waiting {
		w.lost = c.Outage.Err.Error()
		return
	}
	if !c.Ready() {
		return
	}
	w.last = doctor.NewReport(c, time.Now())
	now := map[string]string{}
	for _, p := range w.problems() {
		now[p.ID] = sentence(p)
		if w.said[p.ID] != now[p.ID] {
			w.t.Logf("%s %s", w.last.At.Format("15:04:05.0"), now[p.ID])
		}
	}
	w.said = now
}

// problems are what is wrong and has no cause among the findings, the worst first.
func (w *witness) problems() []doctor.Finding {
	return slices.DeleteFunc(slices.Clone(w.last.Findings), func(f doctor.Finding) bool { return f.Severity == "note" || f.Cause != "" })
}

// about is what is said of one object first.
func (w *witness) about(name string) (doctor.Finding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.problems() {
		if f.Subject.Name == name || strings.HasPrefix(f.Subject.Name, name+"_") {
			return f, true
		}
	}
	return doctor.Finding{}, false
}

// strangers are the problems that are about none of the names.
func (w *witness) strangers(names []string) (out []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.problems() {
		if !slices.Contains(names, f.Subject.Name) {
			out = append(out, sentence(f))
		}
	}
	return out
}

// until waits for something, and returns how long that took.
func (w *witness) until(patience time.Duration, ok func() bool) (time.Duration, bool) {
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if took := time.Since(began); ok() || took > patience {
			return took, took <= patience
		}
	}
}

// found waits until an incident is told as it is to be.
func (w *witness) found(i incident) error {
	if i.says == "" {
		return nil
	}
	says, about, said := regexp.MustCompile(i.says), cmp.Or(i.about, i.name), ""
	within := foundWithin
	if i.large {
		within += time.Minute
	}
	took, ok := w.until(within, func() bool {
		f, is := w.about(about)
		said = sentence(f)
		return is && says.MatchString(said)
	})
	if !ok {
		return fmt.Errorf("%s: %q is said, not %s", i.name, said, i.says)
	}
	w.t.Logf("%-20s found %4.1f s after it shows", i.name, took.Seconds())
	return nil
}

// mended undoes an incident, and waits until nothing is said of it any more.
func (w *witness) mended(l *lab.Lab, i incident) error {
	for _, command := range i.mend {
		if out, err := l.Manager(0).Docker(words(command)...); err != nil {
			return fmt.Errorf("%s: %w: %s", i.name, err, out)
		}
	}
	if i.mendIn != nil {
		if err := i.mendIn(l); err != nil {
			return fmt.Errorf("%s: %w", i.name, err)
		}
	}
	if i.says == "" {
		return nil
	}
	idle := time.Now()
	w.until(restWithin, func() bool { return atRest(l, i.name) })
	rested := time.Since(idle)
	about, said := cmp.Or(i.about, i.name), ""
	took, ok := w.until(goneWithin, func() bool {
		f, is := w.about(about)
		said = sentence(f)
		return !is
	})
	if !ok {
		tasks, _ := l.Manager(0).Docker("service", "ps", "--no-trunc", "--format", "{{.Name}} {{.Image}} {{.DesiredState}} {{.CurrentState}} {{.Error}}", i.name)
		return fmt.Errorf("%s: mended, and still said is %q\n%s", i.name, said, tasks)
	}
	w.t.Logf("%-20s gone  %4.1f s after the engine had done what mends it, which took %.1f s", i.name, took.Seconds(), rested.Seconds())
	return nil
}

// atRest reports whether the engine says that a service has the tasks that it wants,
// and has replaced those that it had to; so it does of what is no service.
func atRest(l *lab.Lab, service string) bool {
	var all []swarm.Service
	name := url.QueryEscape(fmt.Sprintf(`{"name":[%q]}`, service))
	if err := l.Manager(0).API(context.Background(), "GET", "/services?status=true&filters="+name, nil, &all); err != nil {
		return false
	}
	for _, s := range all {
		u := s.UpdateStatus
		moves := u != nil && (u.State == swarm.UpdateStateUpdating || u.State == swarm.UpdateStateRollbackStarted)
		if s.Spec.Name == service && (moves || s.ServiceStatus.RunningTasks != s.ServiceStatus.DesiredTasks) {
			return false
		}
	}
	return true
}

// words splits a command at blanks outside of double quotes.
func words(command string) (out []string) {
	for n, part := range strings.Split(command, `"`) {
		if n%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// together does something with every incident at once.
func together(t *testing.T, group []incident, do func(incident) error) {
	t.Helper()
	var g errgroup.Group
	for _, i := range group {
		g.Go(func() error {
			if err := do(i); err != nil {
				t.Error(err)
			}
			return nil
		})
	}
	_ = g.Wait()
}

// attend stages a group of incidents, which are to be told and nothing else, and
// mends them, after which nothing is to be told.
func (w *witness) attend(l *lab.Lab, group []incident) {
	t, names := w.t, []string(nil)
	for _, i := range group {
		names = append(append(names, cmp.Or(i.about, i.name)), i.beside...)
	}
	together(t, group, func(i incident) error {
		if l.Shows(t.Context(), i.name) == nil {
			return fmt.Errorf("%s shows before it was staged", i.name)
		}
		if err := l.StageIncident(t.Context(), i.name); err != nil {
			return err
		}
		if err := w.found(i); err != nil || i.unrecorded {
			return err
		}
		return record(t, l.Leader(t), i.name, fixture{}, append([]string{i.name}, i.with...), i.says)
	})
	if more := w.strangers(names); len(more) > 0 {
		t.Errorf("beside %s this is said: %s", names, more)
	}
	for _, i := range group {
		if f, is := w.about(i.name); is && i.says == "" {
			t.Errorf("%s is no problem, but this is said: %s", i.name, sentence(f))
		}
	}
	together(t, group, func(i incident) error { return w.mended(l, i) })
	if _, ok := w.until(goneWithin, func() bool { return len(w.strangers(nil)) == 0 }); !ok {
		t.Errorf("all is mended, and still said is %q", w.strangers(nil))
	}
}

// reset brings a swarm to rest, in which none of the incidents shows any more.
func reset(t *testing.T, l *lab.Lab, group ...incident) {
	t.Helper()
	if err := l.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, i := range group {
		if l.Shows(t.Context(), i.name) == nil {
			t.Errorf("%s still shows after a reset", i.name)
		}
	}
}

// TestLab_ServiceIncidents stages what goes wrong with services: each is told with
// its cause, several at once, and nothing is once it was mended.
func TestLab_ServiceIncidents(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(2), lab.RegistryLogin("ada", "open sesame"))
	l.Image(t, "app:1")
	for n, group := range serviceIncidents {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			watch(t, l).attend(l, group)
			reset(t, l, group...)
		})
	}
}
