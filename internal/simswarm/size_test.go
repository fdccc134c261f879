package simswarm

import (
	"testing"
	"time"
)

func BenchmarkNew_Demo(b *testing.B) {
	for b.Loop() {
		New(Demo()).Close()
	}
}

func BenchmarkNew_Size(b *testing.B) {
	for b.Loop() {
		New(Size{Nodes: 100, Services: 500, Tasks: 10000}).Close()
	}
}

func TestSize_Counts(t *testing.T) {
	clock := NewManualClock(time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC))
	size := Size{Nodes: 100, Services: 500, Tasks: 10000}
	if testing.Short() {
		size = Size{Nodes: 30, Services: 100, Tasks: 1000}
	}
	s := New(size, WithClock(clock))
	defer s.Close()
	if len(s.nodes) != size.Nodes || len(s.services) != size.Services {
		t.Fatalf("%d nodes and %d services, want %+v", len(s.nodes), len(s.services), size)
	}
	wanted, running := 0, 0
	for _, x := range s.allTasks() {
		if x.wanted() {
			wanted++
		}
		if x.state() == "running" {
			running++
		}
	}
	if wanted != size.Tasks {
		t.Errorf("%d tasks are wanted, want %d", wanted, size.Tasks)
	}
	if running < size.Tasks*9/10 {
		t.Errorf("%d tasks run, want most of %d", running, size.Tasks)
	}
	t.Log(len(s.taskByID), wanted, running)
}
