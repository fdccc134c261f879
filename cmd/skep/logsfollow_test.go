package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/logstream"
	"skep/internal/testkit"
	"skep/model"
)

// openLogs is an opener made of a function.
type openLogs func(ctx context.Context, q logstream.Query) (io.ReadCloser, error)

func (f openLogs) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	return f(ctx, q)
}

// sayNothing is a log of which nothing comes until its reader goes.
func sayNothing(ctx context.Context, _ logstream.Query) (io.ReadCloser, error) {
	body, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	return body, nil
}

// following follows a log from a first snapshot on.
func following(t *testing.T, of model.LogSource, first *model.Cluster) (*follower, *[]model.Interest) {
	t.Helper()
	var looked []model.Interest
	p := &printer{request: &logsRequest{follow: true, target: "shop"}}
	f := &follower{
		p: p, of: of, plan: planned(of, openLogs(sayNothing)), watch: model.WatchLog(of),
		stream: logstream.Follow(t.Context(), openLogs(sayNothing), nil, logstream.Limits{}),
		look:   func(at model.Interest) { looked = append(looked, at) },
	}
	t.Cleanup(f.stream.Close)
	f.startIn(first)
	if err := f.see(first); err != nil {
		t.Fatal(err)
	}
	return f, &looked
}

// TestLogs_FollowsOnWhileAServiceJoins: what is followed stays until the tasks of the
// new service are read, which somebody has to ask for.
func TestLogs_FollowsOnWhileAServiceJoins(t *testing.T) {
	web := testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"))
	api := testkit.Service(testkit.Name("shop_api"), testkit.Stack("shop"))
	n := testkit.Node()
	a, b := testkit.Task(testkit.Of(web), testkit.On(n), testkit.Slot(1)), testkit.Task(testkit.Of(api), testkit.On(n), testkit.Slot(1))
	ofWeb := testkit.TasksFor(model.TaskQuery{Services: []model.ServiceID{web.Key()}}, testkit.Now, a)
	f, looked := following(t, model.LogSource{Stacks: []model.StackName{"shop"}},
		testkit.Cluster(testkit.Nodes(n), testkit.Services(web), ofWeb))
	see := func(streams int, o ...testkit.ClusterOption) {
		t.Helper()
		if err := f.see(testkit.Cluster(append(o, testkit.Nodes(n), testkit.Services(web, api), ofWeb)...)); err != nil {
			t.Error(err)
		}
		if got := f.stream.Stats().Streams; got != streams {
			t.Errorf("%d streams, want %d", got, streams)
		}
	}
	see(1)
	see(2, testkit.TasksFor(model.TaskQuery{Services: []model.ServiceID{api.Key()}}, testkit.Now, b))
	if len(*looked) != 2 || !(*looked)[1].Has(web.Key().Ref()) || !(*looked)[1].Has(api.Key().Ref()) {
		t.Errorf("looked at %v", *looked)
	}
}

// TestLogs_EndsWhenNothingIsLeft: a task or a node that has left the swarm is not waited
// for, and a task that was not read has not left.
func TestLogs_EndsWhenNothingIsLeft(t *testing.T) {
	web, n, m := testkit.Service(testkit.Name("web")), testkit.Node(testkit.Hostname("w1")), testkit.Node(testkit.Hostname("w2"))
	task := testkit.Task(testkit.Of(web), testkit.On(n), testkit.Slot(1))
	first := testkit.Cluster(testkit.Nodes(n, m), testkit.Services(web), testkit.Tasks(task))
	unread := testkit.Cluster(testkit.Nodes(n), testkit.Services(web))
	for name, tc := range map[string]struct {
		of         model.LogSource
		then       *model.Cluster
		ends       bool
		interested model.Ref
	}{
		"task":              {model.LogSource{Tasks: []model.TaskID{task.ID}}, testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks()), true, web.Key().Ref()},
		"task, not read":    {model.LogSource{Tasks: []model.TaskID{task.ID}}, unread, false, web.Key().Ref()},
		"task, no service":  {model.LogSource{Tasks: []model.TaskID{task.ID}}, testkit.Cluster(testkit.Nodes(n)), true, web.Key().Ref()},
		"node":              {model.LogSource{Nodes: []model.NodeID{m.Key()}}, unread, true, m.Key().Ref()},
		"node that is left": {model.LogSource{Nodes: []model.NodeID{n.Key()}}, unread, false, n.Key().Ref()},
	} {
		f, looked := following(t, tc.of, first)
		err := f.see(tc.then)
		if (err != nil) != tc.ends {
			t.Errorf("%s: %v", name, err)
		}
		if last := (*looked)[len(*looked)-1]; !last.Has(tc.interested) {
			t.Errorf("%s: looks at %v", name, last)
		}
		var said bytes.Buffer
		if code := tell(&said, failed(err)); tc.ends && (code != exitFailure || said.String() != "skep: shop no longer exists\n") {
			t.Errorf("%s: %d, %q", name, code, said.String())
		}
	}
}

// TestLogs_ReadsAllThatHasEnded: what is left out would be missing without a word.
func TestLogs_ReadsAllThatHasEnded(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web")), testkit.Node()
	var tasks []*model.Task
	for i := range 200 {
		tasks = append(tasks, testkit.Task(testkit.ID(fmt.Sprint("t", i)), testkit.Of(web), testkit.On(n), testkit.Slot(1), testkit.Failed(1)))
	}
	plan := planned(model.LogSource{Services: []model.ServiceID{web.Key()}}, openLogs(sayNothing))
	if got, _ := plan.Targets(testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks...))); len(got) != len(tasks) {
		t.Errorf("%d of %d are read", len(got), len(tasks))
	}
}

// TestLogs_SaysWhatIsLeftOut of tasks that have ended.
func TestLogs_SaysWhatIsLeftOut(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web")), testkit.Node()
	var tasks []*model.Task
	for i := range pastTasks + 7 {
		tasks = append(tasks, testkit.Task(testkit.ID(fmt.Sprint("t", i)), testkit.Of(web), testkit.On(n), testkit.Slot(1), testkit.Failed(1)))
	}
	plan := planned(model.LogSource{Services: []model.ServiceID{web.Key()}}, openLogs(sayNothing))
	got, _ := plan.Targets(testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks...)))
	if len(got) != pastTasks || plan.Passed() != 7 {
		t.Errorf("%d are read, %d are not", len(got), plan.Passed())
	}
}

// TestLogs_EndsWhereSomethingIsRefused: it is said why, and what can be read is printed.
func TestLogs_EndsWhereSomethingIsRefused(t *testing.T) {
	for _, refused := range []error{errors.New("no leader"), fmt.Errorf("task two not found: %w", logstream.ErrGone)} {
		for _, tasks := range [][]string{{"two"}, {"one", "two"}} {
			synctest.Test(t, func(t *testing.T) {
				open := openLogs(func(_ context.Context, q logstream.Query) (io.ReadCloser, error) {
					if q.Task == "one" {
						return io.NopCloser(strings.NewReader("2026-05-04T03:02:01.000000000Z  hello\r\n")), nil
					}
					return nil, refused
				})
				var targets []logstream.Target
				for _, task := range tasks {
					targets = append(targets, logstream.Target{Task: task, TTY: true, Once: true})
				}
				var out, errs bytes.Buffer
				p := &printer{request: &logsRequest{}, out: bufio.NewWriter(&out), err: bufio.NewWriter(&errs)}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				stream := logstream.Follow(ctx, open, targets, printed(open, 10))
				defer stream.Close()
				missing := len(tasks) == 1 || !errors.Is(refused, logstream.ErrGone) // One of several may be forgotten.
				if err := p.print(ctx, stream); err != nil || p.missing.Load() != missing {
					t.Errorf("%v of %q: %v, missing %v", refused, tasks, err, p.missing.Load())
				}
				if said := errs.String(); strings.Count(said, "skep: "+refused.Error()+"\n") != 1 || strings.Contains(out.String(), "hello") != (len(tasks) == 2) {
					t.Errorf("%v of %q: %q, %q", refused, tasks, said, out.String())
				}
			})
		}
	}
}
