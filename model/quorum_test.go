package model_test

import (
	"fmt"
	"testing"

	. "skep/internal/testkit"
	"skep/model"
)

func TestQuorum(t *testing.T) {
	for _, tt := range []struct{ managers, lost, tolerance int }{
		{1, 0, 0}, {2, 0, 0}, {3, 0, 1}, {3, 1, 0}, {3, 2, 0}, {4, 0, 1}, {5, 0, 2}, {5, 1, 1}, {5, 3, 0}, {7, 2, 1},
	} {
		nodes := []*model.Node{Node(Hostname("worker"))}
		for i := range tt.managers {
			kind := Manager()
			if i < tt.lost {
				kind = LostManager()
			}
			nodes = append(nodes, Node(Hostname(fmt.Sprint("m", i)), kind))
		}
		q := Cluster(Nodes(nodes...)).Quorum()
		if q != (model.Quorum{Managers: tt.managers, Reachable: tt.managers - tt.lost, Workers: 1}) || q.Tolerance() != tt.tolerance {
			t.Errorf("%+v: %+v, tolerance %d", tt, q, q.Tolerance())
		}
	}
}
