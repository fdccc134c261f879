package doctor_test

import (
	"strings"
	"testing"

	"skep/internal/doctor"
	"skep/internal/testkit"
	"skep/model"
)

// TestReport_WhatWasNotRead: nothing is healthy that was not looked at.
func TestReport_WhatWasNotRead(t *testing.T) {
	n, web := testkit.Node(testkit.Hostname("n1")), testkit.Service(testkit.Name("web"))
	task := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(n))
	lists := []testkit.ClusterOption{testkit.Nodes(n), testkit.Services(web)}
	objects := []testkit.ClusterOption{testkit.Objects(model.KindNetwork), testkit.Objects(model.KindSecret), testkit.Objects(model.KindConfig)}
	all := append(append([]testkit.ClusterOption{testkit.Tasks(task)}, lists...), objects...)
	if r := doctor.NewReport(testkit.Cluster(all...), testkit.Now); r.Verdict != doctor.Healthy || len(r.Coverage.Lists) > 0 {
		t.Fatalf("all was read: %+v", r)
	}
	r := doctor.NewReport(testkit.Cluster(append([]testkit.ClusterOption{testkit.Tasks(task), objects[0]}, lists...)...), testkit.Now)
	if r.Verdict != doctor.Unknown || !strings.Contains(r.Text(), "not at the secrets, not at the configs") {
		t.Errorf("without secrets and configs: %s\n%s", r.Verdict, r.Text())
	}
	if e, err := doctor.Explain(testkit.Cluster(append(lists, objects...)...), n.Key().Ref(), testkit.Now); err != nil || e.Verdict != doctor.Unknown {
		t.Errorf("a node without tasks: %+v, %v", e, err)
	}
}
