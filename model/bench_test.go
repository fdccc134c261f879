package model_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	. "skep/internal/testkit"
	"skep/model"
)

// bigBuilder knows all of a swarm of 100 nodes, 500 services and 10,000 tasks.
func bigBuilder() (*model.Builder, Swarm) {
	s := BigSwarm(100, 500, 10_000)
	b := Builder()
	b.SetNodes(s.Nodes, Now)
	b.SetServices(s.Services, Now)
	b.SetTasks(model.TaskQuery{}, s.Tasks, Now)
	b.Build(Now)
	return b, s
}

func BenchmarkBuilder_AllTasks(b *testing.B) {
	x, s := bigBuilder()
	b.ReportAllocs()
	for b.Loop() {
		x.SetTasks(model.TaskQuery{}, s.Tasks, Now)
		x.Build(Now)
	}
}

// The most frequent of all: each poll of the services, most of them unchanged.
func BenchmarkBuilder_Services(b *testing.B) {
	for _, changed := range []int{0, 5, 500} {
		b.Run(fmt.Sprintf("%d changed", changed), func(b *testing.B) {
			x, s := bigBuilder()
			at := Now
			b.ReportAllocs()
			for b.Loop() {
				list := make([]*model.Service, len(s.Services))
				for i, service := range s.Services {
					c := *service
					list[i] = &c
					if i < changed {
						c.Version.Index++
						s.Services[i] = &c
					}
				}
				at = at.Add(time.Second)
				x.SetServices(list, at)
				x.Build(at)
			}
		})
	}
}

func BenchmarkBuilder_OneService(b *testing.B) {
	x, s := bigBuilder()
	id := s.Services[7].Key()
	var tasks []*model.Task
	for _, t := range s.Tasks {
		if t.ServiceID == id {
			tasks = append(tasks, t)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		x.SetTasks(model.TaskQuery{Services: []model.ServiceID{id}}, tasks, Now)
		x.Build(Now)
	}
}

func BenchmarkBuilder_Nodes(b *testing.B) {
	x, s := bigBuilder()
	b.ReportAllocs()
	for b.Loop() {
		x.SetNodes(s.Nodes, Now)
		x.Build(Now)
	}
}

func BenchmarkCluster_Task(b *testing.B) {
	x, s := bigBuilder()
	b.Run("first after a change", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.SetTasks(model.TaskQuery{Services: []model.ServiceID{s.Services[0].Key()}}, nil, Now)
			x.Build(Now).Task(s.Tasks[5000].ID)
		}
	})
	b.Run("next", func(b *testing.B) {
		c := x.Build(Now)
		for b.Loop() {
			c.Task(s.Tasks[5000].ID)
		}
	})
}

func BenchmarkCluster_Tasks(b *testing.B) {
	x, s := bigBuilder()
	c := x.Build(Now)
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Tasks()
		}
	})
	b.Run("of a node", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.TasksOn(s.Nodes[50].Key())
		}
	})
}

func BenchmarkFingerprint(b *testing.B) {
	s := BigSwarm(1, 1, 1).Services[0]
	b.ReportAllocs()
	for b.Loop() {
		model.FingerprintOf(&s.Spec.TaskTemplate)
	}
}

// BenchmarkMemory tells what a snapshot of 10,000 tasks holds, and what is held
// beside the tasks themselves.
func BenchmarkMemory(b *testing.B) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		start := heap()
		s := BigSwarm(100, 500, 10_000)
		made := heap()
		x := Builder()
		x.SetNodes(s.Nodes, Now)
		x.SetServices(s.Services, Now)
		x.SetTasks(model.TaskQuery{}, s.Tasks, Now)
		c := x.Build(Now)
		built := heap()
		c.Task("none")
		indexed := heap()
		b.ReportMetric(float64(made-start)/1e6, "MB-objects")
		b.ReportMetric(float64(built-made)/1e6, "MB-snapshot")
		b.ReportMetric(float64(indexed-built)/1e6, "MB-index")
		runtime.KeepAlive(s)
		runtime.KeepAlive(x)
	}
}
