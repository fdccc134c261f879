package actions

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestPlanScale(t *testing.T) {
	node := testkit.Node()
	tests := []struct {
		name     string
		service  *model.Service
		value    string
		risk     Tier
		gate     Gate
		impact   Impact
		says     []string
		command  string
		silent   []string
		wantPath string
	}{
		{name: "up", service: testkit.Service(testkit.Replicas(3)), value: "5", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 2}, says: []string{"scale web from 3 to 5", "2 tasks start, the 3 there stay", "scale back to 3"},
			command: "docker service scale web=5", silent: []string{"rollback", "job"}, wantPath: "Mode.Replicated.Replicas"},
		{name: "by a sum", service: testkit.Service(testkit.Replicas(3)), value: " +1 ", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 1}, command: "docker service scale web=4", wantPath: "Mode.Replicated.Replicas"},
		{name: "down", service: testkit.Service(testkit.Replicas(3)), value: "-2", risk: Disruptive, gate: GateKey,
			impact: Impact{Stops: 2}, says: []string{"2 tasks stop, 1 stays;"}, command: "docker service scale web=1", wantPath: "Mode.Replicated.Replicas"},
		{name: "to nothing", service: testkit.Service(testkit.Replicas(3)), value: "0", risk: Destructive, gate: GateName,
			impact: Impact{Stops: 3}, says: []string{"web goes to 0"}, command: "docker service scale web=0", wantPath: "Mode.Replicated.Replicas"},
		{name: "a job", service: testkit.Service(testkit.Job(2, 4, 1)), value: "6", risk: Disruptive, gate: GateKey,
			impact: Impact{Starts: 6, Stops: 2}, says: []string{"the job again from the beginning", "6 completions"}, command: "docker service scale web=6",
			wantPath: "Mode.ReplicatedJob.TotalCompletions"},
		{name: "without a number in the spec", service: testkit.Service(testkit.WithService(func(s *model.Service) {
			s.Spec.Mode = swarm.ServiceMode{Replicated: &swarm.ReplicatedService{}}
		})), value: "2", risk: Reversible, gate: GateKey, impact: Impact{Starts: 1}, command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "loses the earlier version", service: testkit.Service(previous(oldImage)), value: "2", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 1}, says: []string{"a rollback after this undoes the scaling only", "(example/app:0) is lost"},
			command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "resumes a paused update", service: testkit.Service(testkit.Updating(swarm.UpdateStatePaused, "")), value: "2",
			risk: Disruptive, gate: GateKey, impact: Impact{Starts: 1}, says: []string{"resumes the update to example/app:1: no task of an older version is left"},
			command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "beyond the room", service: testkit.Service(reserve(3e9, 0)), value: "9", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 8}, silent: []string{"tasks start"}, says: []string{"8 more tasks are wanted, 1 of them fits now, the one there stays", "at most 1 more fit", "7 will stay pending (insufficient resources on 2 nodes: worker1: 1 of 4 cores free, 3 needed)"},
			command: "docker service scale web=9", wantPath: "Mode.Replicated.Replicas"},
		{name: "without room", service: testkit.Service(reserve(9e9, 0)), value: "2", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 1}, silent: []string{"task starts"}, says: []string{"1 more task is wanted, none fits now", "there is no room for more"},
			command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "one with room", service: testkit.Service(), value: "2", risk: Reversible, gate: GateKey, impact: Impact{Starts: 1}, silent: []string{"they fit", "its own"},
			says: []string{"it fits: nothing limits their number"}, command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "with a local volume", service: testkit.Service(testkit.Template(func(t *swarm.TaskSpec) {
			t.ContainerSpec.Mounts = []mount.Mount{{Type: mount.TypeVolume, Source: "dbdata", Target: "/data"}}
		})), value: "2", risk: Reversible, gate: GateKey, impact: Impact{Starts: 1}, says: []string{"each node has its own dbdata: a new task finds what is on its node"},
			command: "docker service scale web=2", wantPath: "Mode.Replicated.Replicas"},
		{name: "within the room", service: testkit.Service(reserve(1e9, 0)), value: "8", risk: Reversible, gate: GateKey,
			impact: Impact{Starts: 7}, says: []string{"they fit: there is room for 7 more"}, command: "docker service scale web=8", wantPath: "Mode.Replicated.Replicas"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := inputFor(t, tt.service, map[string]string{"replicas": tt.value}, testkit.Nodes(node, testkit.Node(testkit.Hostname("worker2"))), testkit.Tasks(allOf(tt.service, node)...))
			p := mustPlan(t, scale, in)
			if p.Risk != tt.risk || p.Confirm.Gate != tt.gate {
				t.Errorf("risk %d, gate %s; want %d, %s", p.Risk, p.Confirm.Gate, tt.risk, tt.gate)
			}
			if got, want := fmt.Sprint(p.Impact.Starts, p.Impact.Stops), fmt.Sprint(tt.impact.Starts, tt.impact.Stops); got != want {
				t.Errorf("starts and stops: %s, want %s", got, want)
			}
			if p.Commands[0] != tt.command {
				t.Errorf("command %s, want %s", p.Commands[0], tt.command)
			}
			if len(p.Changes) != 1 || p.Changes[0].Path != tt.wantPath {
				t.Errorf("changes %v, want %s only", p.Changes, tt.wantPath)
			}
			wantSays(t, p, tt.says...)
			wantSilent(t, p, tt.silent...)
		})
	}
}

// TestPlanScale_UnreadTasks: what nobody has read is not room.
func TestPlanScale_UnreadTasks(t *testing.T) {
	ports := func(t *swarm.ServiceSpec) {
		t.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{PublishMode: "host", PublishedPort: 80, TargetPort: 80, Protocol: "tcp"}}}
	}
	limited := testkit.Template(func(t *swarm.TaskSpec) { t.Placement = &swarm.Placement{MaxReplicas: 2} })
	for _, tt := range []struct {
		name    string
		service *model.Service
		value   string
		says    []string
		silent  []string
	}{
		{"reservations", testkit.Service(reserve(1e9, 0)), "3", []string{"2 more tasks are wanted, the one there is not running now", unreadTasks}, []string{"they fit:", "tasks start"}},
		{"host ports", testkit.Service(testkit.WithService(func(s *model.Service) { ports(&s.Spec) })), "2", []string{unreadTasks}, []string{"they fit:"}},
		{"max replicas", testkit.Service(limited), "3", []string{unreadTasks}, []string{"they fit:"}},
		{"more than can ever fit", testkit.Service(reserve(3e9, 0)), "9",
			[]string{"at most 2 of them fit now", "at most 2 more fit: 6 or more will stay pending"}, []string{unreadTasks}},
		{"nothing limits them", testkit.Service(), "9", []string{"8 tasks start", "they fit: nothing limits their number"}, []string{"not read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := inputFor(t, tt.service, map[string]string{"replicas": tt.value},
				testkit.Nodes(testkit.Node(), testkit.Node(testkit.Hostname("worker2"))))
			p := mustPlan(t, scale, in)
			wantSays(t, p, tt.says...)
			wantSilent(t, p, tt.silent...)
			// They are worth reading where that would tell more.
			limited := tt.name != "nothing limits them"
			if got := scale.Form(in.Cluster, in.Batch).AllTasks; got != limited {
				t.Errorf("the form asks for all tasks: %t, want %t", got, limited)
			}
		})
	}
}

func TestParseReplicas(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "7": 7, "+2": 5, "-3": 0, " 4\n": 4, "007": 7, "100000": 100000} {
		if got, err := parseReplicas(text, 3); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "x", "1.5", "--1", "+-1", "-", "+", "-4", "1e3", "0x10", "100001", "+100000",
		"99999999999999999999999", "-99999999999999999999999", "٣", "1 2"} {
		if got, err := parseReplicas(text, 3); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		} else if strings.Contains(err.Error(), "strconv") {
			t.Errorf("%q: %v is not for people", text, err)
		}
	}
}

func FuzzParseReplicas(f *testing.F) {
	for _, s := range []string{"3", "+1", "-1", "", "x", "99999999999999999999"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, text string, today int) {
		today = max(0, min(today, maxReplicas))
		n, err := parseReplicas(text, today)
		if err == nil && (n < 0 || n > maxReplicas) {
			t.Errorf("%q of %d: %d", text, today, n)
		}
	})
}

func TestScale_DisabledForGlobalServices(t *testing.T) {
	s := testkit.Service(testkit.Global())
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	if got := scale.Disabled(c, []Target{ServiceTarget(s)}); !strings.Contains(got, "global") {
		t.Errorf("got %q", got)
	}
	if _, err := scale.Plan(inputFor(t, s, map[string]string{"replicas": "2"})); err == nil {
		t.Error("planned all the same")
	}
}

func TestScaleForm(t *testing.T) {
	a := testkit.Service(testkit.Name("a"), testkit.Replicas(3))
	b := testkit.Service(testkit.Name("b"), testkit.Replicas(4))
	job := testkit.Service(testkit.Name("j"), testkit.Job(2, 7, 1))
	c := testkit.Cluster(testkit.Services(a, b, job), testkit.Nodes(testkit.Node()))
	one := scaleForm(c, []Target{ServiceTarget(a)})
	if f := one.Fields[0]; f.Value != "3" || one.Title != "Scale a" {
		t.Errorf("one: %+v", one)
	}
	if err := one.Check(map[string]string{"replicas": "-4"}); err == nil {
		t.Error("less than none was let through")
	}
	if f := scaleForm(c, []Target{ServiceTarget(job)}).Fields[0]; f.Value != "7" || f.Label != "Completions" {
		t.Errorf("job: %+v", f)
	}
	if f := scaleForm(c, []Target{ServiceTarget(a), ServiceTarget(job), ServiceTarget(b)}).Fields[0]; f.Label != "Replicas or completions" {
		t.Errorf("of both kinds: %+v", f)
	}
	two := scaleForm(c, []Target{ServiceTarget(a), ServiceTarget(b)})
	if two.Fields[0].Value != "" || two.Check(map[string]string{"replicas": "-1"}) != nil {
		t.Errorf("two: %+v", two)
	}
}

func TestRoughly(t *testing.T) {
	for n, want := range map[int]string{0: "0", 20: "20", 21: "at least 20", 346: "at least 300", 300: "at least 300", 1000: "at least 1000"} {
		if got := roughly(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
