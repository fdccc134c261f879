package doctor_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/doctor"
	. "skep/internal/testkit"
)

// TestExplain_TheNodeWithWhatItExplains asks for a node that is down: what it took
// with it stands below.
func TestExplain_TheNodeWithWhatItExplains(t *testing.T) {
	n1, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	db := Service(Name("db"), Placed(swarm.Placement{Constraints: []string{"node.hostname==n2"}}))
	c := Cluster(Nodes(n1, lost), Services(db), Tasks(Task(Of(db), Slot(1), On(lost), Desired(swarm.TaskStateShutdown)),
		Task(Of(db), Slot(1), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))))
	e, err := doctor.Explain(c, lost.Key().Ref(), Now)
	if err != nil || len(e.Findings) != 2 || e.Findings[1].Subject.Name != "db" || e.Findings[1].Cause != e.Findings[0].ID {
		t.Errorf("%v %+v", err, e.Findings)
	}
}
