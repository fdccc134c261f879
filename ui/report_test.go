package ui

import (
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/views"
)

func report(t *testing.T, opt Options, c *model.Cluster) string {
	t.Helper()
	r, err := NewReport(opt)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Print(&b, c, testkit.Now.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReport_EveryView(t *testing.T) {
	for _, def := range views.All {
		name := def.Names()[0]
		t.Run(name, func(t *testing.T) {
			text := report(t, Options{View: name, Contexts: &fakeContexts{}, Kept: Kept{Records: shopRecords(), Releases: fakeReleases{}}}, shop())
			golden(t, "report-"+name+".txt", strings.TrimSuffix(text, "\n"))
			if strings.Contains(text, "\x1b") {
				t.Error("it has escape codes")
			}
			for _, l := range strings.Split(text, "\n") {
				if strings.TrimRight(l, " ") != l {
					t.Errorf("blanks at the end of %q", l)
				}
			}
			if !strings.HasPrefix(text, "✖ shop_report 0/2 - no node has node.labels.disk==nvme\n") {
				t.Errorf("the worst problem is not in the first line:\n%s", text)
			}
		})
	}
}

func TestReport_FilterAndASCII(t *testing.T) {
	text := report(t, Options{View: "svc", Pattern: "shop_[cw]", ASCII: true}, shop())
	_, table, _ := strings.Cut(text, "\n\n")
	if n := strings.Count(table, "\n"); n != 3 {
		t.Errorf("%d lines, want a header and two rows:\n%s", n, table)
	}
	if l := asciiOnly(text); l != "" {
		t.Errorf("not ASCII: %q", l)
	}
	if _, err := NewReport(Options{View: "nonsense"}); err == nil || !strings.Contains(err.Error(), `no view called "nonsense"`) {
		t.Errorf("an unknown view gives %v", err)
	}
	if _, err := NewReport(Options{Pattern: "["}); err == nil {
		t.Error("a wrong pattern gives no error")
	}
}

func TestReport_SaysThatItIsOld(t *testing.T) {
	text := report(t, Options{}, scenes[3].make())
	if !strings.HasPrefix(text, "✖ STALE 4m: The swarm has no leader") {
		t.Errorf("begins with %.80q", text)
	}
}

func TestReport_SaysThatNothingIsWrongAndThatItIsADemo(t *testing.T) {
	for opt, want := range map[*Options]string{
		{View: "problems"}: "● no problems\n\nSUBJECT",
		{View: "problems", Backend: Backend{Demo: true}}: "● no problems\nDEMO: a swarm inside the program\n\nSUBJECT",
	} {
		if text := report(t, *opt, idle()); !strings.HasPrefix(text, want) {
			t.Errorf("begins with %.80q, want %q", text, want)
		}
	}
	if text := report(t, Options{}, scenes[3].make()); strings.Contains(text, "no problems") {
		t.Errorf("says that nothing is wrong:\n%s", text)
	}
}

// TestReport_Long is not cut to any window, and costs what it has to.
func TestReport_Long(t *testing.T) {
	text := report(t, Options{View: "tasks"}, testkit.BigCluster(10, 40, 800))
	if n := strings.Count(text, "\n"); n < 640 {
		t.Errorf("%d lines of 640 live tasks", n)
	}
	if !strings.Contains(text, "no suitable node") {
		t.Error("the reasons are missing")
	}
}

func TestReport_Completeness(t *testing.T) {
	r, err := NewReport(Options{View: "tasks"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete(nil) || r.Complete(testkit.Cluster(testkit.Services(testkit.Service()), testkit.Nodes())) {
		t.Error("complete without the tasks")
	}
	if !r.Complete(shop()) || !r.Interest().AllTasks() {
		t.Error("not complete with all tasks, or they are not asked for")
	}
	if !r.Explained(shop()) {
		t.Error("not explained, with all tasks known")
	}
	nodes, err := NewReport(Options{View: "nodes"})
	if err != nil {
		t.Fatal(err)
	}
	if bare := testkit.Cluster(testkit.Nodes(testkit.Node())); !nodes.Complete(bare) || nodes.Explained(bare) {
		t.Error("nodes are explained without the tasks that they are to count")
	}
}
