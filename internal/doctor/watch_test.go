package doctor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/internal/doctor"
	"skep/internal/testkit"
)

func TestWatcher_TellsWhatComesAndGoes(t *testing.T) {
	since := testkit.Now.Add(-time.Minute)
	down := doctor.Finding{ID: "down", Severity: "outage", Subject: doctor.Object{Name: "web"}, Confidence: "certain", Claim: "0/1", Since: &since}
	short := down
	short.Severity = "degraded"
	thin := doctor.Finding{ID: "thin", Severity: "degraded", Subject: doctor.Object{Name: "quorum"}, Claim: "thin", Confidence: "certain", Why: "m2 is\x1b[2J away"}
	report := func(found ...doctor.Finding) doctor.Report { return doctor.Report{At: testkit.Now, Findings: found} }
	lost := errors.New("no leader")
	var w doctor.Watcher
	for i, step := range []struct {
		changes func() []doctor.Change
		want    []string
	}{
		{func() []doctor.Change { return w.Changes(report()) }, nil},
		{func() []doctor.Change { return w.Changes(report(down, thin)) }, []string{"came    outage    web 0/1", "came    degraded  quorum thin - m2 is"}},
		{func() []doctor.Change { return w.Changes(report(down, thin)) }, nil},
		{func() []doctor.Change { return w.Changes(report(short)) }, []string{"changed degraded  web 0/1", "gone    degraded  quorum thin"}},
		{func() []doctor.Change { return w.Failed(lost, testkit.Now) }, []string{"lost    unknown   no leader"}},
		{func() []doctor.Change { return w.Failed(lost, testkit.Now) }, nil},
		{func() []doctor.Change { return w.Changes(report()) }, []string{"back    ", "gone    degraded  web 0/1, after 1m0s"}},
	} {
		var got []string
		for _, c := range step.changes() {
			if strings.Contains(c.Text(), "\x1b") || strings.Count(c.Text(), "\n") != 1 {
				t.Errorf("%q", c.Text())
			}
			got = append(got, strings.TrimPrefix(c.Text(), testkit.Now.UTC().Format("2006-01-02 15:04:05 UTC")+"  "))
		}
		if !slices.EqualFunc(got, step.want, strings.HasPrefix) {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
}
