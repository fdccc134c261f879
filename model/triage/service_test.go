package triage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

func spoken(list []model.Finding) (out []string) {
	for _, p := range list {
		if p.Rule != "habit" {
			out = append(out, fmt.Sprintf("%d %s", p.Status, p))
		}
	}
	return out
}

// What takes its time as it should is no problem, in the verdict as in STATE;
// what takes longer is one in both.
func TestProblems_AStartIsNoOutage(t *testing.T) {
	n := Node(Hostname("n1"))
	check := Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "true"}, StartPeriod: time.Minute, Interval: 20 * time.Second, Timeout: 5 * time.Second, Retries: 2}
	})
	off := Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}}
	})
	for _, tt := range []struct {
		name    string
		service *model.Service
		state   swarm.TaskState
		due     time.Duration
	}{
		{"start period plus retries x (interval + timeout)", Service(check), swarm.TaskStateStarting, 120 * time.Second},
		{"docker's defaults", Service(), swarm.TaskStateStarting, 190 * time.Second},
		{"no check", Service(off), swarm.TaskStateStarting, 10 * time.Second},
		{"pulls", Service(), swarm.TaskStatePreparing, 2 * time.Minute},
		{"without an address", Service(), swarm.TaskStateNew, 30 * time.Second},
		{"waits for its node", Service(), swarm.TaskStateAccepted, time.Minute},
	} {
		for _, late := range []bool{false, true} {
			age := tt.due - time.Second
			if late {
				age = tt.due + time.Second
			}
			task := Task(Of(tt.service), Slot(1), On(n), State(tt.state), Ago(age), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt }))
			c := Cluster(Nodes(n), Services(tt.service), Tasks(task))
			state, status := c.Facts(tt.service.Key()).State(tt.service)
			if (len(c.Problems()) > 0) != late || (state == "converging") == late || (status > model.Moving) != late {
				t.Errorf("%s, %s old: %s, %v", tt.name, age, state, c.Problems())
			}
		}
	}
}

func TestProblems_OfOneShotsAndServicesThatRunNowhere(t *testing.T) {
	n1, drained := Node(Hostname("n1")), Node(Hostname("n2"), NodeLabels(map[string]string{"edge": "true"}), Availability(swarm.NodeAvailabilityDrain))
	once := Service(Name("once"), Replicas(2), RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone }))
	in := func(slot int, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(once), Slot(slot), On(n1)}, o...)...)
	}
	global := func(constraints ...string) *model.Service {
		return Service(Name("agent"), Global(), Placed(swarm.Placement{Constraints: constraints}))
	}
	for _, tt := range []struct {
		name    string
		service *model.Service
		tasks   []*model.Task
		wants   []string
		state   string
	}{
		{"ended well", once, []*model.Task{in(1, Ended()), in(2, Ended())}, nil, "completed"},
		{"one runs on", once, []*model.Task{in(1, Ended()), in(2)}, nil, "1 completed"},
		{"failed", once, []*model.Task{in(1, Failed(1)), in(2, Failed(1))}, []string{"4 once 0/2, failed - exit code 1"}, "failed"},
		{"one failed", once, []*model.Task{in(1, Failed(1)), in(2, Ended())}, []string{"4 once 0/2, 1 failed - exit code 1"}, "failed"},
		{"a label with a typing error", global("node.labels.egde==true"), nil,
			[]string{"3 agent runs on no node - none has node.labels.egde==true"}, "no node"},
		{"two that do not meet", global("node.hostname==n1", "node.hostname==n2"), nil,
			[]string{"3 agent runs on no node - none has all of node.hostname==n1, node.hostname==n2"}, "no node"},
		{"only on a drained node", global("node.labels.edge==true"), nil,
			[]string{"3 n2 drained - agent fits on no other node", "3 agent runs on no node - fits on no other node: n2 is drained"}, "no node"},
	} {
		c := Cluster(Nodes(n1, drained), Services(tt.service), Tasks(tt.tasks...))
		state, _ := c.Facts(tt.service.Key()).State(tt.service)
		if got := spoken(c.Problems()); !slices.Equal(got, tt.wants) || state != tt.state {
			t.Errorf("%s: %s, %q, want %s, %q", tt.name, state, got, tt.state, tt.wants)
		}
	}
}

func TestProblems_OrderedByWhatIsDown(t *testing.T) {
	n1, gone := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	stuck := Pending("no suitable node")
	small, large, short, shorter := Service(Name("a"), Replicas(1)), Service(Name("z"), Replicas(3)), Service(Name("b"), Replicas(3)), Service(Name("c"), Replicas(9))
	var tasks []*model.Task
	add := func(s *model.Service, up, missing int) {
		for i := range up + missing {
			o := []TaskOption{Of(s), Slot(i + 1), On(n1)}
			if i >= up {
				o = append(o, stuck)
			}
			tasks = append(tasks, Task(o...))
		}
	}
	add(small, 0, 1)
	add(large, 0, 3)
	add(short, 2, 1)
	add(shorter, 4, 5)
	c := Cluster(Nodes(n1, gone), Services(small, large, short, shorter), Tasks(tasks...))
	var got []string
	for _, p := range c.Problems() {
		got = append(got, p.Subject)
	}
	if want := []string{"z", "a", "n2", "c", "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A rollout explains as many tasks as it replaces at once.
func TestProblems_FarFewerThanTheRolloutExplains(t *testing.T) {
	n, drained := Node(), Node(Hostname("n2"), Availability(swarm.NodeAvailabilityDrain))
	for _, tt := range []struct {
		want, replaced int
		parallelism    uint64
		from           *model.Node
		problem        bool
	}{{7, 1, 1, n, false}, {7, 5, 1, n, true}, {7, 5, 1, drained, false}, {7, 5, 5, n, false}, {7, 7, 0, n, false}, {2, 2, 1, n, true}, {1, 1, 1, n, false}} {
		web := Service(Name("web"), Replicas(tt.want), Updating(swarm.UpdateStateUpdating, ""), WithService(func(s *model.Service) {
			s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: tt.parallelism}
		}))
		var tasks []*model.Task
		for i := range tt.want {
			if i >= tt.replaced {
				tasks = append(tasks, Task(Of(web), Slot(i+1), On(n)))
				continue
			}
			tasks = append(tasks, Task(Of(web), Slot(i+1), On(n), State(swarm.TaskStatePreparing)),
				Task(Of(web), Slot(i+1), On(tt.from), Stopped(), FromImage("app:0"), Ago(2*time.Hour)))
		}
		if c := Cluster(Nodes(n, drained), Services(web), Tasks(tasks...)); (len(c.Problems()) > 0) != tt.problem {
			t.Errorf("%+v: %v", tt, c.Problems())
		}
	}
}

func TestProblems_AnUpdateThatWaitsBesideTheOldTask(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Updating(swarm.UpdateStateUpdating, ""), Placed(swarm.Placement{MaxReplicas: 1}), WithService(func(s *model.Service) {
		s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Order: swarm.UpdateOrderStartFirst}
	}))
	c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), FromImage("app:0")),
		Task(Of(web), Slot(1), Ago(time.Minute), Pending("no suitable node (max replicas per node limit exceed)"))))
	if p := c.Problems(); len(p) != 1 || !strings.HasPrefix(p[0].String(), "web update can never finish 0/1 - web.1 ") {
		t.Errorf("%v", p)
	}
}

func TestProblems_AcknowledgedRollback(t *testing.T) {
	n := Node()
	web := Service(Name("web"), Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), Reports(1, 1))
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	p := b.Build(Now).Problems()
	if len(p) != 1 || p[0].Mark == "" {
		t.Fatalf("%+v", p)
	}
	b.Acknowledge(p[0].Mark)
	c := b.Build(Now)
	state, _ := c.Facts(web.Key()).State(web)
	if len(c.Problems()) != 0 || state != "ok" || !slices.Equal(spoken(c.Notes()), []string{"0 web update rolled back (acknowledged)"}) {
		t.Errorf("%s, %v, notes %v", state, c.Problems(), c.Notes())
	}
	again := Service(Name("web"), Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), Reports(1, 1), WithService(func(s *model.Service) {
		at := Now.Add(-time.Second)
		s.UpdateStatus.StartedAt = &at
	}))
	b.SetServices([]*model.Service{again}, Now)
	if p := b.Build(Now).Problems(); len(p) != 1 {
		t.Errorf("another update that was rolled back: %v", p)
	}
}

func TestProblems_DrainedIsANoteUnlessItIsMissed(t *testing.T) {
	n1, off := Node(Hostname("n1")), Node(Hostname("n2"), Availability(swarm.NodeAvailabilityDrain))
	c := Cluster(Nodes(n1, off))
	if got := spoken(c.Notes()); len(c.Problems()) != 0 || !slices.Equal(got, []string{"0 n2 drained"}) {
		t.Errorf("%v, notes %q", c.Problems(), got)
	}
}

// A drain takes a task away that an update watches, which pauses it although nothing failed.
func TestUpdatePaused_ByADrain(t *testing.T) {
	n1 := Node(Hostname("n1"))
	for _, tt := range []struct {
		name, want, verb string
		at               *model.Node
		ended            TaskOption
	}{
		{"drained", "nothing failed: web.2 was stopped on n2, which is drained", "resume", Node(Hostname("n2"), Availability(swarm.NodeAvailabilityDrain)), State(swarm.TaskStateShutdown)},
		{"dead", "nothing failed: web.2 was stopped on n2, which is down", "resume", Node(Hostname("n2"), Down()), State(swarm.TaskStateShutdown)},
		{"failed", "update paused due to failure or early termination of task web.2", "resume", Node(Hostname("n2")), State(swarm.TaskStateRejected)},
	} {
		web := Service(Name("web"), Replicas(2), Changed(time.Hour))
		ended := Task(Of(web), Slot(2), On(tt.at), tt.ended, Desired(swarm.TaskStateShutdown), Ago(50*time.Minute))
		web.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateStatePaused, Message: "update paused due to failure or early termination of task " + string(ended.ID)}
		c := Cluster(Nodes(n1, tt.at), Services(web), Tasks(ended, Task(Of(web), Slot(1), On(n1), Ago(50*time.Minute)), Task(Of(web), Slot(2), On(n1), Ago(40*time.Minute))))
		f, _ := c.Finding(model.FindingID("update-paused/service/" + web.ID))
		if f.Why != tt.want || f.Remedy.Verb != tt.verb {
			t.Errorf("%s: %q %+v", tt.name, f.Why, f.Remedy)
		}
	}
}

func TestProblems_QuorumLost(t *testing.T) {
	nodes := []*model.Node{Node(Hostname("m1"), Leader())}
	for i := 2; i <= 6; i++ {
		kind := Manager()
		if i > 3 {
			kind = LostManager()
		}
		nodes = append(nodes, Node(Hostname(fmt.Sprint("m", i)), kind))
	}
	problems := Cluster(Nodes(nodes...)).Problems()
	got := spoken(problems)
	if len(got) != 4 || got[0] != "4 quorum lost: 3 of 6 managers reachable, 4 needed; nothing can be changed - m4, m5, m6 are not reachable" || len(problems[0].Evidence) != 3 {
		t.Errorf("%q", got)
	}
	if roots := model.Roots(problems); len(roots) != 1 || roots[0].Subject != "quorum" {
		t.Errorf("not below the quorum: %v", roots)
	}
}

// A node that came and went is remembered when it is back.
func TestProblems_ANodeThatComesAndGoes(t *testing.T) {
	b := Builder()
	b.SetServices(nil, Now)
	at := Now
	for range 3 {
		for _, n := range []*model.Node{Node(Hostname("n1")), Node(Hostname("n1"), Down()), Node(Hostname("n1"))} {
			at = at.Add(15 * time.Second)
			b.SetNodes([]*model.Node{n}, at)
		}
	}
	if got := spoken(b.Build(at).Problems()); !slices.Equal(got, []string{"3 n1 was down 3 times in 10m and is back"}) {
		t.Errorf("%q", got)
	}
	if c := b.Build(at.Add(11 * time.Minute)); len(c.Problems()) != 0 || len(c.Notes()) != 0 {
		t.Errorf("%v, %v", c.Problems(), c.Notes())
	}
}

// TestShort_IsNeverWithoutAReason takes tasks away from a service in the ways in
// which none that is left tells why.
func TestShort_IsNeverWithoutAReason(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Replicas(2), Changed(time.Hour))
	stopping := Task(Of(web), Slot(2), On(n), Desired(swarm.TaskStateShutdown))
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  string
	}{
		{"one is missing", []*model.Task{Task(Of(web), Slot(1), On(n))}, "the manager has started none in its place yet"},
		{"one is stopping", []*model.Task{Task(Of(web), Slot(1), On(n)), stopping}, "1 task being stopped, and none started in its place yet"},
	} {
		p := Cluster(Nodes(n), Services(web), Tasks(tt.tasks...)).Problems()
		if len(p) != 1 || !strings.HasPrefix(p[0].Why, tt.want) {
			t.Errorf("%s: %v", tt.name, p)
		}
	}
}

// TestMendEnd_NoRollbackOfARollback has a service whose tasks die: the update before is
// what to take back, unless it took something back itself.
func TestMendEnd_NoRollbackOfARollback(t *testing.T) {
	n := Node()
	for state, want := range map[swarm.UpdateState]bool{swarm.UpdateStateCompleted: true, swarm.UpdateStateRollbackCompleted: false} {
		began := Now.Add(-2 * time.Minute)
		web := Service(Name("web"), Updating(state, ""), WithService(func(s *model.Service) {
			former := s.Spec
			spec := *former.TaskTemplate.ContainerSpec
			spec.Image = "nosuch:1"
			former.TaskTemplate.ContainerSpec = &spec
			s.PreviousSpec, s.UpdateStatus.StartedAt = &former, &began
		}))
		var tasks []ClusterOption
		for i := range 4 {
			tasks = append(tasks, Tasks(Task(Of(web), Slot(1), On(n), Failed(1), Ago(time.Duration(5+10*i)*time.Second))))
		}
		c := Cluster(append(tasks, Nodes(n), Services(web))...)
		if p := c.Problems(); len(p) != 1 || (p[0].Remedy.Verb == "rollback") != want {
			t.Errorf("%s: %+v", state, p)
		}
	}
}

// TestEvidence_SaysWhatItLeavesOut has a habit of more services than are told one by one.
func TestEvidence_SaysWhatItLeavesOut(t *testing.T) {
	var all []*model.Service
	for i := range 25 {
		all = append(all, Service(Name(fmt.Sprint("s", i))))
	}
	c := Cluster(Nodes(Node()), Services(all...))
	for _, f := range c.Notes() {
		if f.Subject != "25 services" {
			continue
		}
		if last := f.Evidence[len(f.Evidence)-1]; len(f.Evidence) != 21 || last.Value != "and 5 more" {
			t.Errorf("%s: %d, %+v", f.Claim, len(f.Evidence), last)
		}
		return
	}
	t.Errorf("no such note: %v", c.Notes())
}

// A node that is drained is told since when only where that was seen: each label and
// each election writes the node as well, and it may have been down in between.
func TestDrained_SinceItWasSeen(t *testing.T) {
	closed := func(ago time.Duration, more ...NodeOption) *model.Node {
		return Node(append(more, Hostname("n2"), Availability(swarm.NodeAvailabilityDrain), changedNode(ago))...)
	}
	open := Node(Hostname("n2"), changedNode(time.Hour))
	gently := NodeLabels(map[string]string{model.LabelDrain: model.DrainMark{Phase: model.DrainDone, Began: Now.Add(-time.Hour)}.String()})
	for name, tt := range map[string]struct {
		lists []*model.Node
		ago   time.Duration // negative for no date
	}{
		"before the first look":  {[]*model.Node{closed(time.Minute)}, -1},
		"written since":          {[]*model.Node{closed(time.Hour), closed(time.Minute, NodeLabels(map[string]string{"a": "b"}))}, -1},
		"was down in between":    {[]*model.Node{closed(time.Hour), closed(2*time.Minute, Down()), closed(time.Minute)}, -1},
		"seen, and down since":   {[]*model.Node{open, closed(10 * time.Minute), closed(2*time.Minute, Down()), closed(time.Minute)}, 10 * time.Minute},
		"drained gently, and so": {[]*model.Node{closed(time.Minute, gently)}, time.Hour},
	} {
		b := Builder()
		b.SetServices(nil, Now)
		var c *model.Cluster
		for _, n := range tt.lists {
			b.SetNodes([]*model.Node{Node(Hostname("n1")), n}, Now)
			c = b.Build(Now)
		}
		want := time.Time{}
		if tt.ago >= 0 {
			want = Now.Add(-tt.ago)
		}
		f, told := c.Finding(model.FindingID("node-closed/node/" + tt.lists[0].ID))
		if !told || !f.Since.Equal(want) {
			t.Errorf("%s: told %v, since %s, want %s", name, told, f.Since, want)
		}
	}
}

// An even number of managers is told with whom it was seen to lose.
func TestQuorumThin_SaysWhoWasDemoted(t *testing.T) {
	m1, m2 := Node(Hostname("m1"), Leader()), Node(Hostname("m2"), Manager())
	m3, m4, m5 := Node(Hostname("m3"), Manager()), Node(Hostname("m4"), Manager()), Node(Hostname("m5"), Manager())
	worker := Node(Hostname("m3"), changedNode(time.Minute))
	for name, tt := range map[string]struct {
		lists [][]*model.Node
		want  string
		verb  string
	}{
		"two, always":         {[][]*model.Node{{m1, m2}}, "3 quorum 2 of 2 managers up, losing one more loses quorum", ""},
		"two of three":        {[][]*model.Node{{m1, m2, m3}, {m1, m2, worker}}, "3 quorum 2 of 2 managers up, losing one more loses quorum - m3 was demoted at 15:08:26 UTC", "promote"},
		"and it is gone":      {[][]*model.Node{{m1, m2, m3}, {m1, m2, worker}, {m1, m2}}, "3 quorum 2 of 2 managers up, losing one more loses quorum - m3 was demoted at 15:08:26 UTC", ""},
		"four of five":        {[][]*model.Node{{m1, m2, m3, m4, m5}, {m1, m2, worker, m4, m5}}, "0 quorum 4 managers, an even number - they can lose no more than 3 could; m3 was demoted at 15:08:26 UTC", "promote"},
		"promoted once more":  {[][]*model.Node{{m1, m2, m3, m4}, {m1, m2, worker, m4}, {m1, m2, m3, m4}}, "0 quorum 4 managers, an even number - they can lose no more than 3 could", ""},
		"an odd number again": {[][]*model.Node{{m1, m2, m3, m4}, {m1, m2, worker, m4}}, "", ""},
	} {
		b := Builder()
		b.SetServices(nil, Now)
		var c *model.Cluster
		for _, list := range tt.lists {
			b.SetNodes(list, Now)
			c = b.Build(Now)
		}
		var got string
		f, told := c.Finding(model.FindingID("quorum/node/" + m1.ID))
		if told {
			got = fmt.Sprintf("%d %s", f.Status, f)
		}
		if got != tt.want || f.Remedy.Verb != tt.verb {
			t.Errorf("%s: %q %+v, want %q %q", name, got, f.Remedy, tt.want, tt.verb)
		}
	}
}

// Of every problem it is said what helps, also where little is known of it.
func TestProblems_SayWhatHelps(t *testing.T) {
	n1, gone := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	web := Service(Name("web"), Replicas(2), Reports(1, 2))
	paused := Service(Name("web"), Replicas(1), Changed(time.Hour), Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"))
	former := paused.Spec
	image := *former.TaskTemplate.ContainerSpec
	image.Image = "app:0"
	former.TaskTemplate.ContainerSpec = &image
	revertible := Service(Name("web"), Replicas(1), Changed(time.Hour), Updating(swarm.UpdateStatePaused, "update paused"), WithService(func(s *model.Service) { s.PreviousSpec = &former }))
	for name, tt := range map[string]struct {
		c    *model.Cluster
		verb string
	}{
		"a paused update":           {Cluster(Nodes(n1), Services(paused), Tasks(Task(Of(paused), Slot(1), On(n1), Ago(time.Hour)))), "resume"},
		"one that can go back":      {Cluster(Nodes(n1), Services(revertible), Tasks(Task(Of(revertible), Slot(1), On(n1), Ago(time.Hour)))), "rollback"},
		"a task without an address": {Cluster(Nodes(n1), Services(web), Tasks(Task(Of(web), Slot(1), On(n1), Ago(time.Hour)), Task(Of(web), Slot(2), Ago(10*time.Minute), State(swarm.TaskStateNew), WithTask(func(t *model.Task) { t.NodeID = "" })))), ""},
		"a task that went":          {Cluster(Nodes(n1, gone), Services(web), Tasks(Task(Of(web), Slot(1), On(n1), Ago(time.Hour)), Task(Of(web), Slot(2), On(gone), Desired(swarm.TaskStateShutdown), Ago(time.Hour)))), ""},
	} {
		told := false
		for _, f := range tt.c.Problems() {
			told = told || f.Subject == "web"
			if f.Remedy.Text == "" || f.Subject == "web" && f.Remedy.Verb != tt.verb {
				t.Errorf("%s: %s: %+v", name, f, f.Remedy)
			}
		}
		if !told {
			t.Errorf("%s: nothing is told of it: %v", name, tt.c.Problems())
		}
	}
}
