package actions

import (
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// TestGentleDrain_BlamesNoFailureOfBefore: a service that failed again and again
// before it was moved may stay up elsewhere.
func TestGentleDrain_BlamesNoFailureOfBefore(t *testing.T) {
	s := testkit.Service(testkit.Replicas(1))
	here, there := testkit.Node(testkit.Hostname("a")), testkit.Node(testkit.Hostname("b"))
	failed := testkit.Task(testkit.Of(s), testkit.On(there), testkit.Failed(1))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(here, there), testkit.Tasks(failed))
	d := drainWalk{c: c, n: here, name: "a"}
	l := &leaver{Service: s, facts: model.ServiceFacts{Restarts: model.Restarts{Loop: true}}}
	if d.mark.Began = failed.CreatedAt.Add(time.Second); d.stopped(l) != "" {
		t.Error(d.stopped(l))
	}
	if d.mark.Began = failed.CreatedAt; !strings.Contains(d.stopped(l), "does not stay up elsewhere: web.0 on b") {
		t.Error(d.stopped(l))
	}
}

// TestGentleDrain_ALoopGoesGently: a service that fails over and over is short between
// two deaths and not in between; that it can go must not change with that.
func TestGentleDrain_ALoopGoesGently(t *testing.T) {
	s := testkit.Service(testkit.Replicas(2))
	here, there := testkit.Node(testkit.Hostname("a")), testkit.Node(testkit.Hostname("b"))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(here, there), testkit.Tasks())
	for _, loops := range []bool{false, true} {
		l := &leaver{Service: s, rolling: rolling{startFirst: true}, to: tally{}, facts: model.ServiceFacts{Replicas: model.Replicas{Want: 2, Up: 1}, Restarts: model.Restarts{Loop: loops}}}
		if l.judge(c, c.Placer()); (l.why == "") != loops {
			t.Errorf("loops %t: cannot go gently: %q", loops, l.why)
		}
	}
}
