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
	s := New(Size{Nodes: 100, Services: 500, Tasks: 10000}, WithClock(clock))
	defer s.Close()
	if len(s.nodes) != 100 || len(s.services) != 500 {
		t.Fatalf("%d nodes and %d services, want 100 and 500", len(s.nodes), len(s.services))
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
	if wanted != 10000 {
		t.Errorf("%d tasks are wanted, want 10000", wanted)
	}
	if running < 9000 {
		t.Errorf("%d tasks run, want most of 10000", running)
	}
	t.Log(len(s.taskByID), wanted, running)
}
