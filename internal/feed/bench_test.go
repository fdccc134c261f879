package feed

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// silent is a source that is never asked.
type silent struct{ Source }

var nodes = func() []*model.Node {
	n := &model.Node{}
	n.ID, n.Status.State = "node", swarm.NodeStateReady
	return []*model.Node{n}
}()

// filled is a loop that has read so many services of so many running tasks.
func filled(services, tasks int) (*loop, []*model.Service, map[model.ServiceID][]*model.Task) {
	l := newLoop(New(silent{}, Options{}))
	l.ctx = context.Background()
	now := time.Now()
	l.connected(model.Session{}, now)
	l.finish(answer{call: call{kind: listNodes}, nodes: nodes, ended: now}, now)
	var all []*model.Service
	of := map[model.ServiceID][]*model.Task{}
	for i := range services {
		s := &model.Service{}
		s.ID = fmt.Sprint("service", i)
		s.Spec.Name = s.ID
		want := uint64(tasks)
		s.Spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &want}
		s.ServiceStatus = &swarm.ServiceStatus{RunningTasks: want, DesiredTasks: want}
		all = append(all, s)
		for slot := range tasks {
			of[s.Key()] = append(of[s.Key()], &model.Task{ID: model.TaskID(fmt.Sprint(i, ".", slot)), ServiceID: s.Key(),
				NodeID: "node", Slot: slot + 1, State: swarm.TaskStateRunning, Desired: swarm.TaskStateRunning})
		}
	}
	l.finish(answer{call: call{kind: listServices}, services: all, ended: now}, now)
	return l, all, of
}

// BenchmarkTurn is what one answer costs the loop, from its arrival to the
// snapshot that is published and the decision on what to ask for next.
func BenchmarkTurn(b *testing.B) {
	for _, size := range []struct{ services, tasks int }{{20, 500}, {500, 20}} {
		l, all, of := filled(size.services, size.tasks)
		now := time.Now()
		turn := func(a answer) {
			now = now.Add(publishEvery)
			a.started, a.ended = now, now
			l.finish(a, now)
			l.publish(now)
			l.next(now)
		}
		b.Run(fmt.Sprintf("services/%dx%d", size.services, size.tasks), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				turn(answer{call: call{kind: listServices}, services: all})
			}
		})
		id := all[0].Key()
		b.Run(fmt.Sprintf("tasks of a service/%dx%d", size.services, size.tasks), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				turn(answer{call: call{kind: active, query: model.TaskQuery{Services: []model.ServiceID{id}}}, tasks: of[id]})
			}
		})
		var every []*model.Task
		for _, s := range all {
			every = append(every, of[s.Key()]...)
		}
		b.Run(fmt.Sprintf("all tasks/%dx%d", size.services, size.tasks), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				turn(answer{call: call{kind: screenAll}, tasks: every})
			}
		})
		b.Run(fmt.Sprintf("nothing due/%dx%d", size.services, size.tasks), func(b *testing.B) {
			b.ReportAllocs()
			turn(answer{call: call{kind: listNodes}, nodes: nodes})
			for k := range l.agenda.past {
				l.agenda.past[k].end = now
			}
			l.fastUntil = now
			for b.Loop() {
				if _, at := l.next(now); !at.After(now) {
					b.Fatal("something is due")
				}
			}
		})
	}
}
