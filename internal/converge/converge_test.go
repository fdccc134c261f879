package converge_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/converge"
	"skep/internal/testkit"
	"skep/model"
)

var node = testkit.Node(testkit.Hostname("worker1"))

// running is a service with one task that is up.
func running(name string, options ...testkit.ServiceOption) (*model.Service, *model.Task) {
	s := testkit.Service(append([]testkit.ServiceOption{testkit.Name(name)}, options...)...)
	return s, testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(node))
}

// reel is a source that makes a snapshot each second.
type reel struct {
	at   time.Time
	make func(at time.Time) *model.Cluster
}

func (r *reel) SetInterest(model.Interest) {}
func (r *reel) Refresh()                   {}
func (r *reel) Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case <-time.After(time.Second):
	}
	r.at = r.at.Add(time.Second)
	return r.make(r.at), seen + 1, nil
}

func shown(services []*model.Service, tasks ...*model.Task) func(time.Time) *model.Cluster {
	return func(at time.Time) *model.Cluster {
		return testkit.Cluster(testkit.At(at), testkit.Nodes(node), testkit.Services(services...),
			testkit.TasksFor(model.TaskQuery{}, at.Add(time.Millisecond), tasks...))
	}
}

func TestSelect(t *testing.T) {
	web, one := running("shop_web", testkit.Stack("shop"))
	shop, two := running("shop")
	api, three := running("api")
	c := shown([]*model.Service{web, shop, api}, one, two, three)(testkit.Now)
	for _, tt := range []struct{ names, want string }{
		{"api", "api"}, {"api service/shop", "api shop"}, {"stack/shop", "shop_web"}, {"shop_web api", "api shop_web"}, {api.ID, "api"},
		{"shop", `error: there are a service and a stack called "shop": say service/shop or stack/shop`},
		{"stack/api", `error: there is no stack "api"`}, {"nothing", `error: there is no service or stack "nothing"`},
	} {
		sel, err := converge.Select(c, strings.Fields(tt.names))
		var got []string
		for _, id := range sel.Members(c) {
			got = append(got, c.Service(id).Name())
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = "error: " + err.Error()
		}
		if text != tt.want {
			t.Errorf("%s: %s, want %s", tt.names, text, tt.want)
		}
	}
	if got := (converge.Selection{All: true}).Members(c); len(got) != 3 {
		t.Errorf("all are %v", got)
	}
}

// TestWait goes through what becomes of a wait: the worst of several services
// counts, and what one suffers from where the time is up.
func TestWait(t *testing.T) {
	web, one := running("web")
	paused, two := running("paused", testkit.Updating(swarm.UpdateStatePaused, "update paused"))
	back, three := running("back", testkit.Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"))
	slow, _ := running("slow")
	starting := testkit.Task(testkit.Of(slow), testkit.Slot(1), testkit.On(node), testkit.State("starting"))
	pulls, _ := running("pulls")
	again := testkit.Task(testkit.Of(pulls), testkit.Slot(1), testkit.Pending("no suitable node (scheduling constraints not satisfied on 1 node)"))
	for _, tt := range []struct {
		name     string
		services []*model.Service
		tasks    []*model.Task
		limit    time.Duration
		code     int
		after    time.Duration
		culprit  string
	}{
		{"all is well", []*model.Service{web}, []*model.Task{one}, time.Minute, 0, 7 * time.Second, ""},
		{"one is paused", []*model.Service{web, paused}, []*model.Task{one, two}, time.Minute, 4, 7 * time.Second, "paused: paused: update paused"},
		{"rolled back and paused", []*model.Service{back, paused}, []*model.Task{three, two}, time.Minute, 4, time.Second, "back: rolled back"},
		{"rolled back", []*model.Service{back}, []*model.Task{three}, 0, 3, time.Second, "back: rolled back"},
		{"starts for long", []*model.Service{web, slow}, []*model.Task{one, starting}, 30 * time.Second, 7, 30 * time.Second, "slow: timeout: 0 of 1 new: 1 on the way; slow.1 on worker1: starting"},
		{"no time to be sure", []*model.Service{pulls}, []*model.Task{again}, 10 * time.Second, 5, 10 * time.Second, "pulls: cannot be placed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			steps := 0
			r := &reel{at: testkit.Now, make: shown(tt.services, tt.tasks...)}
			s, err := converge.Wait(t.Context(), r, converge.Selection{All: true}, tt.limit, func(s converge.State) {
				steps++
				if len(s.Lines()) != len(tt.services) || s.Brief() == "" {
					t.Errorf("%s: %q", tt.name, s.Lines())
				}
			})
			report := converge.NewReport(s)
			failures := strings.Join(report.Failures(), "\n")
			if err != nil || report.ExitCode != tt.code || s.Elapsed != tt.after || steps == 0 || !strings.Contains(failures, tt.culprit) || (failures == "") != (tt.code == 0) {
				t.Errorf("%s: %d after %s (%v): %s%s", tt.name, report.ExitCode, s.Elapsed, err, report.Text(), failures)
			}
			if b, err := json.Marshal(report); err != nil || !strings.Contains(string(b), `"schema":"skep.wait/1"`) {
				t.Errorf("%s: %s (%v)", tt.name, b, err)
			}
		})
	}
}

// TestWait_Ends with its context, and knows nothing of a swarm that never
// answered.
func TestWait_Ends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("left")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(left)
		r := &reel{make: func(time.Time) *model.Cluster { return testkit.Cluster() }}
		if _, err := converge.Wait(ctx, r, converge.Selection{All: true}, 0, func(converge.State) {}); !errors.Is(err, left) {
			t.Error(err)
		}
		sel := converge.Selection{All: true}
		s, err := converge.Wait(t.Context(), r, sel, time.Millisecond, func(converge.State) {})
		if err != nil || s.ExitCode() != 8 {
			t.Errorf("%d, %v", s.ExitCode(), err)
		}
	})
}

// TestWait_StackThatGoes: nothing left to wait for is no success.
func TestWait_StackThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reel{at: testkit.Now, make: shown(nil)}
		s, err := converge.Wait(t.Context(), r, converge.Selection{Stacks: []model.StackName{"shop"}}, time.Minute, func(converge.State) {})
		if err != nil || s.ExitCode() != 8 {
			t.Errorf("%d, %v", s.ExitCode(), err)
		}
	})
}

func TestWait_ForRoles(t *testing.T) {
	manager, worker := testkit.Node(testkit.Hostname("m"), testkit.Manager()), testkit.Node(testkit.Hostname("w"))
	for _, tt := range []struct {
		node    *model.Node
		manager bool
		code    int
	}{{manager, true, 0}, {manager, false, 7}, {worker, true, 7}, {worker, false, 0}} {
		synctest.Test(t, func(t *testing.T) {
			r := &reel{at: testkit.Now, make: func(at time.Time) *model.Cluster {
				return testkit.Cluster(testkit.At(at), testkit.Nodes(tt.node), testkit.Services(), testkit.Tasks())
			}}
			sel := converge.Selection{Roles: map[model.NodeID]bool{tt.node.Key(): tt.manager}}
			if s, err := converge.Wait(t.Context(), r, sel, 5*time.Second, func(converge.State) {}); err != nil || s.ExitCode() != tt.code {
				t.Errorf("%s: %d (%v), want %d", tt.node.Hostname(), s.ExitCode(), err, tt.code)
			}
		})
	}
}
