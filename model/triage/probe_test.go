package triage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "skep/internal/testkit"
	"skep/model"
	"skep/model/triage"
)

// TestExamine_SaysWhatAProbeFound holds each of its rules, and that it says nothing of
// what is well.
func TestExamine_SaysWhatAProbeFound(t *testing.T) {
	n, other := Node(Hostname("n1")), Node(Hostname("n2"))
	web := Service(Name("web"), Replicas(2))
	one, two := Task(Of(web), Slot(1), On(n), Ago(9*time.Hour)), Task(Of(web), Slot(2), On(other), Ago(9*time.Hour))
	one.UpdatedAt, two.UpdatedAt = one.CreatedAt, two.CreatedAt
	c := Cluster(Nodes(n, other), Services(web), Tasks(one, two))
	var every []time.Time
	for i := range 100 {
		every = append(every, Now.Add(-2*time.Hour-time.Duration(100-i)*10*time.Second))
	}
	well := []time.Time{Now.Add(-time.Second)}
	front := Network("front")
	for _, tt := range []struct {
		name  string
		probe model.Probe
		wants []string
	}{
		{"all is well", model.Probe{Logs: []model.LogProbe{{Task: one, Times: well}, {Task: two, Times: well}}}, nil},
		{"names", model.Probe{Names: []model.NamesProbe{{Network: front, Stale: []model.Stale{{Service: "web", What: model.StaleMissing, Address: "10.0.1.5", Task: "web.1", Text: "web.1 is not found"}}}}},
			[]string{"3 web is not found as it runs on the network front - web.1 is not found (likely) restart"}},
		{"a silent task", model.Probe{Logs: []model.LogProbe{{Task: one, Times: every}}},
			[]string{"0 web.1 may hang: it has written nothing for 2h - before that it wrote at least every 10s, and it has no health check that would tell (hint)"}},
		{"a node that does not answer", model.Probe{Logs: []model.LogProbe{{Task: one, Times: well}, {Task: two, Unanswered: true}}},
			[]string{"0 n2 does not answer for its logs - 1 log asked for, none came, though it is ready: its engine may hang (hint)"}},
	} {
		var got []string
		for _, f := range triage.Examine(c, tt.probe, Now) {
			got = append(got, strings.TrimSpace(string('0'+rune(f.Status))+" "+f.String()+" ("+f.Confidence.String()+") "+f.Remedy.Verb))
			if len(f.Evidence) == 0 || f.Remedy.Text == "" || f.Ref == (model.Ref{}) {
				t.Errorf("%s: %+v", tt.name, f)
			}
		}
		if !slices.Equal(got, tt.wants) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.wants)
		}
	}
}
