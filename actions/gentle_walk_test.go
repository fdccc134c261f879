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
