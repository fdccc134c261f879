package triage_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
	"skep/model/triage"
)

// all are the problems and the notes of a snapshot, each with its rule. Notes on
// how services are written down are left out: few tests write them down well.
func all(c *model.Cluster) (out []string) {
	for _, f := range slices.Concat(c.Problems(), c.Notes()) {
		if f.Rule != "habit" {
			out = append(out, fmt.Sprintf("%d %s: %s", f.Status, f.Rule, f))
		}
	}
	return out
}

func reserving(cpu, memory int64) ServiceOption {
	return Template(func(t *swarm.TaskSpec) {
		t.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: cpu, MemoryBytes: memory}}
	})
}

func onPort(port uint32) ServiceOption {
	return WithService(func(s *model.Service) {
		s.Spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{PublishedPort: port, TargetPort: 80, PublishMode: "host", Protocol: "tcp"}}}
	})
}

func constrained(all ...string) ServiceOption { return Placed(swarm.Placement{Constraints: all}) }

// A task that waits is explained by what every node has against it now.
func TestPending_SaysWhichNodeLacksWhat(t *testing.T) {
	n1, n2 := Node(Hostname("n1"), Offers(4e9, 8<<30)), Node(Hostname("n2"), Offers(4e9, 8<<30), NodeLabels(map[string]string{"disk": "hdd"}))
	gone := Node(Hostname("n3"), Down(), NodeLabels(map[string]string{"disk": "ssd"}))
	closed := Node(Hostname("n4"), Availability(swarm.NodeAvailabilityDrain), NodeLabels(map[string]string{"rack": "b"}))
	unheard := Node(Hostname("n1"), Is(swarm.NodeStateUnknown))
	holder := Service(Name("db"), onPort(8080), reserving(3e9, 6<<30))
	held := []*model.Task{Task(Of(holder), Slot(1), On(n1)), Task(Of(holder), Slot(2), On(n2))}
	for _, tt := range []struct {
		name  string
		web   *model.Service
		err   string
		nodes []*model.Node
		want  string
	}{
		{"no node has a label", Service(Name("web"), constrained("node.labels.disk==nvme")), "scheduling constraints not satisfied on 2 nodes", []*model.Node{n1, n2}, "no node has node.labels.disk==nvme"},
		{"one of two is missing", Service(Name("web"), constrained("node.labels.disk==hdd", "node.hostname==n1")), "scheduling constraints not satisfied on 2 nodes", []*model.Node{n1, n2}, "n1 lacks only node.labels.disk==hdd"},
		{"all are excluded", Service(Name("web"), constrained("node.role!=worker")), "scheduling constraints not satisfied on 2 nodes", []*model.Node{n1, n2}, "every node is excluded by node.role!=worker"},
		{"the only one is down", Service(Name("web"), constrained("node.labels.disk==ssd")), "scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks", []*model.Node{n1, n2, gone}, "fits on no other node: n3 is down"},
		{"the only one is drained", Service(Name("web"), constrained("node.labels.rack==b")), "scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks", []*model.Node{n1, n2, closed}, "fits on no other node: n4 is drained"},
		{"a port", Service(Name("web"), onPort(8080)), "host-mode port already in use on 2 nodes", []*model.Node{n1, n2}, "port 8080/tcp is taken on n1, n2, by db"},
		{"no room", Service(Name("web"), reserving(0, 4<<30)), "insufficient resources on 2 nodes", []*model.Node{n1, n2}, "n1 has 2GiB of 8GiB memory free, 4GiB needed, and one more node has no room either; most is reserved by db 6GiB"},
		{"too large", Service(Name("web"), reserving(0, 16<<30)), "insufficient resources on 2 nodes", []*model.Node{n1, n2}, "no node is so large: n1 has 2GiB of 8GiB memory free, 16GiB needed"},
		{"forgotten", Service(Name("web")), "", []*model.Node{n1, n2}, "n1 would take it, but the scheduler has forgotten the task"},
		{"nodes that were not heard of yet", Service(Name("web")), "1 node not available for new tasks", []*model.Node{unheard}, "the manager has not heard from the nodes yet, as after an election"},
		{"what is not known here", Service(Name("web")), "cannot fulfill requested CSI volume mounts on 2 nodes", []*model.Node{n1, n2}, "no suitable node: cannot fulfill requested CSI volume mounts on 2 nodes"},
		{"what cannot be", Service(Name("web")), "insufficient resources on 2 nodes", []*model.Node{n1, n2}, "no suitable node: insufficient resources on 2 nodes"},
	} {
		old := WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt })
		waits := Task(Of(tt.web), Slot(1), Ago(10*time.Minute), Pending("no suitable node ("+tt.err+")"), old)
		if tt.err == "" {
			waits = Task(Of(tt.web), Slot(1), Ago(10*time.Minute), Pending(""), old)
		}
		c := Cluster(Nodes(tt.nodes...), Services(tt.web, holder), Tasks(append([]*model.Task{waits}, held...)...))
		f, ok := c.Finding(model.FindingID("replicas/service/" + tt.web.ID))
		if !ok || f.Why != tt.want || len(f.Evidence) == 0 {
			t.Errorf("%s: %q, want %q", tt.name, f.Why, tt.want)
		}
	}
}

// A constraint is written by whoever deploys, and what mends it is for pasting.
func TestPending_RemedyIsQuoted(t *testing.T) {
	node := Node(Hostname("n1"))
	web := Service(Name("web"), constrained("node.labels.zone==$(reboot)"))
	waits := Task(Of(web), Slot(1), Ago(10*time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 1 node)"))
	c := Cluster(Nodes(node), Services(web), Tasks(waits))
	f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID))
	if !strings.Contains(f.Remedy.Text, "--label-add 'zone=$(reboot)' NODE") || f.Remedy.Verb != "constraint" || f.Remedy.Target != web.Key().Ref() {
		t.Errorf("%+v", f.Remedy)
	}
}

// What a node explains stands below it, and weighs on it.
func TestFold_BelowTheNodeThatExplainsIt(t *testing.T) {
	n1, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	web, pinned := Service(Name("web"), Replicas(2)), Service(Name("pinned"), constrained("node.hostname==n2"))
	c := Cluster(Nodes(n1, lost), Services(web, pinned), Tasks(Task(Of(web), Slot(1), On(n1)),
		Task(Of(web), Slot(2), On(lost), Desired(swarm.TaskStateShutdown)),
		Task(Of(pinned), Slot(1), On(lost), Desired(swarm.TaskStateShutdown)),
		Task(Of(pinned), Slot(1), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))))
	want := []string{"4 node-down: n2 down - heartbeat failure; down with it: pinned", "4 replicas-missing: pinned 0/1 - fits on no other node: n2 is down", "3 replicas-missing: web 1/2 - 1 on n2, which is down"}
	if got := all(c); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	roots := model.Roots(c.Problems())
	if len(roots) != 1 || len(roots[0].Affects) != 2 {
		t.Errorf("%+v", roots)
	}
}

// Where a node died, what it had takes up its room there: that is no reason to have
// fewer, and is told 10 s after the task was made, as nothing stops there any more.
func TestFold_BelowTheNodeWhoseGhostsTakeItsRoom(t *testing.T) {
	n1, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	web := Service(Name("web"), Replicas(2), Placed(swarm.Placement{MaxReplicas: 1}))
	c := Cluster(Nodes(n1, lost), Services(web), Tasks(Task(Of(web), Slot(1), On(n1)),
		Task(Of(web), Slot(2), On(lost), Desired(swarm.TaskStateShutdown)),
		Task(Of(web), Slot(2), Ago(11*time.Second), Pending("no suitable node (max replicas per node limit exceed; 1 node not available for new tasks)"))))
	roots := model.Roots(c.Problems())
	if len(roots) != 1 || roots[0].Rule != "node-down" || !strings.Contains(fmt.Sprint(all(c)), "web 1/2 - at most 1 on a node, and n1 has its") {
		t.Errorf("%q", all(c))
	}
}

// One reason of many services is one line.
func TestFold_OneReasonOfManyServices(t *testing.T) {
	n := Node(Hostname("n1"))
	var services []*model.Service
	var tasks []*model.Task
	for i := range 20 {
		s := Service(Name(fmt.Sprint("job-", i)), constrained("node.labels.gpu==a100"))
		services = append(services, s)
		tasks = append(tasks, Task(Of(s), Slot(1), Pending("no suitable node (scheduling constraints not satisfied on 1 node)")))
	}
	c := Cluster(Nodes(n), Services(services...), Tasks(tasks...))
	roots := model.Roots(c.Problems())
	if len(roots) != 1 || roots[0].String() != "20 services short of tasks for one reason, 20 of them down - no node has node.labels.gpu==a100" || len(c.Problems()) != 21 {
		t.Errorf("%d of %d: %v", len(roots), len(c.Problems()), roots)
	}
}

func TestRules_OfNodes(t *testing.T) {
	ready := Node(Hostname("n1"))
	for name, tt := range map[string]struct {
		nodes []*model.Node
		want  []string
	}{
		"left and joined again": {[]*model.Node{Node(Hostname("n1"), Down(), WithNode(func(n *model.Node) { n.CreatedAt = Now.Add(-time.Hour) })),
			Node(Hostname("n1"), WithNode(func(n *model.Node) { n.CreatedAt = Now.Add(-time.Minute) }))},
			[]string{"0 node-stale: n1(", "0 engine"}[:1]},
		"promoted long ago": {[]*model.Node{ready, Node(Hostname("n2"), WithNode(func(n *model.Node) {
			n.Spec.Role, n.UpdatedAt = swarm.NodeRoleManager, Now.Add(-2*time.Minute)
		}))}, []string{"3 role-stuck: n2 promoted, and no manager yet"}},
		"just promoted": {[]*model.Node{ready, Node(Hostname("n2"), WithNode(func(n *model.Node) {
			n.Spec.Role, n.UpdatedAt = swarm.NodeRoleManager, Now.Add(-10*time.Second)
		}))}, nil},
		"engines of two releases": {[]*model.Node{ready, Node(Hostname("n2"), WithNode(func(n *model.Node) { n.Description.Engine.EngineVersion = "29.1.0" }))},
			[]string{"0 engine-versions: engine 29.1.0 encrypted networks do not reach engines of other releases", "0 engine-versions: engines of 2 releases - 29.1.0, "}},
		"an engine from before 29": {[]*model.Node{ready, Node(Hostname("n2"), WithNode(func(n *model.Node) { n.Description.Engine.EngineVersion = "28.5.2" }))},
			[]string{"0 engine-versions: engine 29.7.2 containers may open 1024 files, where those of older engines may open far more - known since release 29.0.0 (moby#51485)", "0 engine-versions: engines of 2 releases - 28.5.2, "}},
	} {
		got := all(Cluster(Nodes(tt.nodes...)))
		same := slices.EqualFunc(got, tt.want, strings.HasPrefix)
		if !same {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestNeverStops(t *testing.T) {
	n, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	back := Node(Hostname("n3"), WithNode(func(n *model.Node) { n.UpdatedAt = Now.Add(-time.Second) }))
	web := Service(Name("web"))
	stopping := func(on *model.Node, ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(on), Desired(swarm.TaskStateShutdown), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-ago) }))
	}
	for _, tt := range []struct {
		task *model.Task
		want bool
	}{{stopping(n, 75*time.Second), true}, {stopping(n, time.Minute), false}, {stopping(lost, time.Hour), false}, {stopping(back, time.Hour), false}} {
		c := Cluster(Nodes(n, lost, back), Services(web), Tasks(tt.task, Task(Of(web), Slot(1), On(n), Ago(time.Minute))))
		if got := strings.Contains(fmt.Sprint(all(c)), "never-stops: web 1 task is not stopping on n"); got != tt.want {
			t.Errorf("%v, want %t", all(c), tt.want)
		}
	}
}

// A drain stops many tasks at once, which takes the engine longer; what then hangs is
// the node, and told once.
func TestNeverStops_ManyOnOneNode(t *testing.T) {
	n := Node(Hostname("n1"))
	for _, tt := range []struct {
		services int
		ago      time.Duration
		want     string
	}{
		{8, 100 * time.Second, ""},
		{8, 110 * time.Second, "[never-stops: n1 8 tasks are not stopping, of 8 services - the grace period of 10s of s0.1 is over: the engine on n1 hangs]"},
		{1, 75 * time.Second, "[never-stops: s0 1 task is not stopping on n1 - its grace period of 10s is over: the engine or the container on n1 hangs]"},
	} {
		var services []*model.Service
		var tasks []*model.Task
		for i := range tt.services {
			s := Service(Name(fmt.Sprint("s", i)))
			services = append(services, s)
			tasks = append(tasks, Task(Of(s), Slot(1), On(n), Ago(time.Minute)),
				Task(Of(s), Slot(1), On(n), Desired(swarm.TaskStateShutdown), Ago(time.Hour), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-tt.ago) })))
		}
		var got []string
		for _, f := range Cluster(Nodes(n), Services(services...), Tasks(tasks...)).Problems() {
			got = append(got, f.Rule+": "+f.String())
		}
		if text := fmt.Sprint(got); text != tt.want && (tt.want != "" || len(got) > 0) {
			t.Errorf("%d after %s: %s, want %s", tt.services, tt.ago, text, tt.want)
		}
	}
}

// A network that is full is told of before its tasks are late.
func TestNetworkFull(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Replicas(5), Changed(10*time.Second), WithService(func(s *model.Service) {
		s.Endpoint.VirtualIPs = []swarm.EndpointVirtualIP{{NetworkID: "x", Addr: netip.MustParsePrefix("10.9.0.2/29")}}
	}))
	var tasks []*model.Task
	for i := range 3 {
		tasks = append(tasks, Task(Of(web), Slot(i+1), On(n), WithTask(func(t *model.Task) { t.Addresses = fmt.Sprint("10.9.0.", i+3) })))
	}
	waits := WithTask(func(t *model.Task) { t.State, t.NodeID, t.Message = swarm.TaskStateNew, "", "created" })
	tasks = append(tasks, Task(Of(web), Slot(4), waits, Ago(8*time.Second)), Task(Of(web), Slot(5), waits, Ago(8*time.Second)))
	// Where the addresses went to tasks first, a node gets none for itself: its tasks are rejected, and counted it is more than there is.
	unbalanced := append(slices.Clone(tasks[:3]), Task(Of(web), Slot(4), On(Node(Hostname("n2"))), State(swarm.TaskStateRejected), Desired(swarm.TaskStateShutdown), Ago(time.Minute),
		Err("node is missing network attachments, ip addresses may be exhausted")), Task(Of(web), Slot(4), waits, Ago(8*time.Second)), Task(Of(web), Slot(5), waits, Ago(8*time.Second)))
	tasks[0].NodeID = Node(Hostname("n2")).Key()
	if got := Cluster(Nodes(n, Node(Hostname("n2"))), Services(web), Tasks(unbalanced...)).Problems(); len(got) != 1 || !strings.HasPrefix(got[0].Why, "its network 10.9.0.0/29 is full: 5 of 5 addresses are in use") {
		t.Errorf("%q", got)
	}
	tasks[0].NodeID = n.Key()
	c := Cluster(Nodes(n), Services(web), Tasks(tasks...))
	if got := all(c); len(got) != 1 || got[0] != "3 network-full: web 3/5 - its network 10.9.0.0/29 is full: 5 of 5 addresses are in use" {
		t.Errorf("%q", got)
	}
}

func BenchmarkFind(b *testing.B) {
	c := BigCluster(20, 60, 10_000)
	b.Run("big", func(b *testing.B) {
		for b.Loop() {
			_ = triage.Find(c, Now)
		}
	})
	pending := pendingCluster()
	b.Run("pending", func(b *testing.B) {
		for b.Loop() {
			_ = triage.Find(pending, Now)
		}
	})
}

// pendingCluster has ten thousand tasks of twenty services that wait for a node.
func pendingCluster() *model.Cluster {
	var nodes []*model.Node
	for i := range 50 {
		nodes = append(nodes, Node(Hostname(fmt.Sprint("n", i)), Offers(4e9, 8<<30)))
	}
	var services []*model.Service
	var tasks []*model.Task
	for i := range 20 {
		s := Service(Name(fmt.Sprint("s", i)), Replicas(500), reserving(8e9, int64(i+1)<<30))
		services = append(services, s)
		for slot := range 500 {
			tasks = append(tasks, Task(Of(s), Slot(slot+1), Pending("no suitable node (insufficient resources on 50 nodes)")))
		}
	}
	return Cluster(Nodes(nodes...), Services(services...), Tasks(tasks...))
}

// A start-first update that waits for what the old task has is not mended by
// making room.
func TestUpdateStuck_BesideTheOldTask(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Updating(swarm.UpdateStateUpdating, ""), onPort(8080), WithService(func(s *model.Service) {
		s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Order: swarm.UpdateOrderStartFirst}
		s.PreviousSpec = &s.Spec
	}))
	c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), FromImage("app:0")),
		Task(Of(web), Slot(1), Ago(time.Minute), Pending("no suitable node (host-mode port already in use on 1 node)"))))
	p := c.Problems()
	if len(p) != 1 || !strings.Contains(p[0].Claim, "can never finish") || p[0].Remedy.Verb != "rollback" || !strings.Contains(p[0].Remedy.Text, "stop-first") {
		t.Errorf("%+v", p)
	}
}

func TestReasons_NameWhatTheEngineDoesNot(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web := Service(Name("web"), Replicas(2), Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Configs = []*swarm.ConfigReference{{ConfigID: "abcdefghijklmnop", ConfigName: "web_conf"}}
	}))
	failed := Task(Of(web), Slot(1), On(n1), State(swarm.TaskStateRejected), Desired(swarm.TaskStateShutdown), Err("the config abcdefghijklmnop could not be used"))
	next := Task(Of(web), Slot(1), On(n1), State(swarm.TaskStateReady), Desired(swarm.TaskStateReady), Ago(time.Second))
	c := Cluster(Nodes(n1, n2), Services(web), Tasks(failed, next, Task(Of(web), Slot(2), On(n2))))
	if p := c.Problems(); len(p) != 1 || p[0].Why != "the config web_conf could not be used; the next task is ready" {
		t.Errorf("%v", p)
	}
}

// TestReasons_WhatTookATaskOffItsNode tells a label that was lost from a
// constraint that was added: the engine says the same of both.
func TestReasons_WhatTookATaskOffItsNode(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	lab := Service(Name("lab"), constrained("node.labels.disk==ssd"))
	for _, tt := range []struct {
		name string
		had  *model.Service
		want string
	}{
		{"the label", lab, "n1 had it until it was changed at " + Now.Add(-time.Hour+4*time.Second).UTC().Format("15:04:05 UTC")},
		{"the constraint", Service(Name("lab")), "the service was changed to ask for that, which took it off n1"},
	} {
		off := Task(Of(tt.had), Slot(1), On(n1), State(swarm.TaskStateRejected), Desired(swarm.TaskStateShutdown), Err("assigned node no longer meets constraints"), Ago(time.Hour))
		off.ServiceID = lab.Key()
		c := Cluster(Nodes(n1, n2), Services(lab), Tasks(off,
			Task(Of(lab), Slot(1), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 2 nodes)"))))
		if p := c.Problems(); len(p) != 1 || p[0].Why != "no node has node.labels.disk==ssd; "+tt.want {
			t.Errorf("%s: %v", tt.name, p)
		} else if r := p[0].Remedy; tt.had == lab && (r.Verb != "label" || r.Target != n1.Key().Ref() || r.Values["labels"] != "disk=ssd" || !strings.Contains(r.Text, "--label-add disk=ssd n1)")) {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

// Where nothing is up there is nothing to scale down to, and yet something to do: with a
// key, and a node that is closed by name.
func TestPending_RemedyWhileNothingIsUp(t *testing.T) {
	n1, db := Node(Hostname("n1")), Service(Name("db"), onPort(8080))
	closed := Node(Hostname("n2"), Availability(swarm.NodeAvailabilityDrain))
	manager := Node(Hostname("n3"), Manager(), Availability(swarm.NodeAvailabilityDrain))
	const port, most = "host-mode port already in use on 1 node", "max replicas per node limit exceed"
	limited := Placed(swarm.Placement{MaxReplicas: 1})
	held := Task(Of(db), Slot(1), On(n1))
	for _, tt := range []struct {
		name, err  string
		web        ServiceOption
		nodes      []*model.Node
		held       bool // by another service
		want, verb string
	}{
		{"another has the port", port, onPort(8080), []*model.Node{n1}, true, "free the port", "edit"},
		{"a worker is closed", port, onPort(8080), []*model.Node{n1, closed}, true, "activate n2, or free the port", "activate"},
		{"a manager is closed", port, onPort(8080), []*model.Node{n1, manager}, true, "free the port", "edit"},
		{"its own has the port", port, onPort(8080), []*model.Node{n1}, false, "scale to 1", "scale"},
		{"as many as may be", most, limited, []*model.Node{n1}, false, "scale to 1", "scale"},
	} {
		web := Service(Name("web"), Replicas(2), tt.web)
		tasks := []*model.Task{Task(Of(web), Slot(1), Ago(10*time.Minute), Pending("no suitable node ("+tt.err+")"))}
		if tt.held {
			tasks = append(tasks, held)
		} else {
			tasks = append(tasks, Task(Of(web), Slot(2), On(n1), State(swarm.TaskStateStarting)))
		}
		c := Cluster(Nodes(tt.nodes...), Services(web, db), Tasks(tasks...))
		f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID))
		if !strings.HasPrefix(f.Remedy.Text, tt.want) || f.Remedy.Verb != tt.verb {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}

// What the engine's error means is cured at its cause, not by looking for it.
func TestRemedy_OfErrors(t *testing.T) {
	n := Node(Hostname("n1"))
	for err, want := range map[string]string{
		"failed to create task for container: mkdir /var/lib/x: no space left on device":                  "make room on the disk of n1",
		"driver failed programming external connectivity: Bind for 0.0.0.0:80: port is already allocated": "see on n1 what has the port",
		"toomanyrequests: You have reached your pull rate limit.":                                         "let it pull with a login (docker login, then docker service update --with-registry-auth web)",
		`Get "https://reg/v2/": x509: certificate signed by unknown authority`:                            "have each node trust the registry",
		`Get "https://reg:5000/v2/": dial tcp 10.0.0.9:5000: connect: connection refused`:                 "see on n1 whether it reaches the registry",
		"error while mounting volume: mount :/x: connection refused":                                      "mend what the error says",
		"starting container failed: exec user process caused: exec format error":                          "set an image that is made for the processor of n1",
		"pull access denied for app, repository does not exist or may require 'docker login'":             "give it the registry's login",
		"No such image: app:nope": "set an image that the registry has",
		`invalid mount config for type "bind": bind source path does not exist: /srv/data`: "make the folder",
	} {
		web := Service(Name("web"), Replicas(1))
		for _, state := range []TaskOption{State(swarm.TaskStateRejected), State(swarm.TaskStatePreparing)} {
			c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), state, Err(err), Ago(10*time.Minute))))
			f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID))
			if !strings.HasPrefix(f.Remedy.Text, want) {
				t.Errorf("%s: %s - %+v", err, f, f.Remedy)
			}
		}
	}
}

// An update that never ends for a port says which, not in the engine's words.
func TestUpdateStuck_NamesThePort(t *testing.T) {
	n, db := Node(Hostname("n1")), Service(Name("db"), onPort(8080))
	web := Service(Name("web"), Replicas(1), Updating(swarm.UpdateStateUpdating, ""), onPort(8080))
	c := Cluster(Nodes(n), Services(web, db), Tasks(Task(Of(db), Slot(1), On(n)),
		Task(Of(web), Slot(1), Ago(10*time.Minute), Pending("no suitable node (host-mode port already in use on 1 node)"))))
	f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID))
	if f.Why != "port 8080/tcp is taken on n1, by db" || !strings.Contains(f.Claim, "can never finish") {
		t.Errorf("%+v", f)
	}
}

func TestNodeAvoided_UntilWhen(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web := Service(Name("web"))
	tasks := []*model.Task{Task(Of(web), Slot(1), On(n2), Ago(30*time.Second))}
	for i := range 5 {
		at := time.Duration(40+10*i) * time.Second
		tasks = append(tasks, Task(Of(web), Slot(1), On(n1), Failed(1), Ago(at), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(5*time.Second - at) })))
	}
	c := Cluster(Nodes(n1, n2), Services(web), Tasks(tasks...))
	if got := fmt.Sprint(all(c)); !strings.Contains(got, "node-avoided: web avoids n1 - until "+Now.Add(-75*time.Second+5*time.Minute).Format("15:04:05")) {
		t.Error(got)
	}
}

// The engine keeps five tasks of a slot: the oldest failure goes when the next task is there.
func TestNodeAvoided_AlsoOnceTheEngineForgets(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web := Service(Name("web"))
	var tasks []*model.Task
	for i := range 5 {
		at := time.Duration(40+10*i) * time.Second
		tasks = append(tasks, Task(Of(web), Slot(1), On(n1), Failed(1), Ago(at), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(5*time.Second - at) })))
	}
	b := Builder()
	b.SetNodes([]*model.Node{n1, n2}, Now)
	b.SetServices([]*model.Service{web}, Now)
	b.SetTasks(model.TaskQuery{}, tasks, Now)
	_ = b.Build(Now)
	later := Now.Add(time.Second)
	b.SetTasks(model.TaskQuery{}, append([]*model.Task{Task(Of(web), Slot(1), On(n2), Ago(30*time.Second))}, tasks[:4]...), later)
	if got := found(b.Build(later), "node-avoided"); len(got) != 1 || !strings.Contains(got[0], "5 of its tasks failed there") {
		t.Error(got)
	}
}

// A failure since an update is told with what the update changed, and with no
// secret that is in it.
func TestReasons_WhatTheUpdateChanged(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"), Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Image, s.ContainerSpec.Env = "app:2", []string{"DB_PASSWORD=hunter22"}
	}), WithService(func(s *model.Service) {
		former := s.Spec
		former.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "app:1"}
		s.PreviousSpec = &former
	}))
	started := *web.UpdateStatus.StartedAt
	failed := Task(Of(web), Slot(1), On(n), Failed(1), WithTask(func(t *model.Task) { t.CreatedAt = started.Add(time.Second) }))
	p := Cluster(Nodes(n), Services(web), Tasks(failed)).Problems()
	if len(p) != 1 {
		t.Fatal(p)
	}
	told := fmt.Sprint(p[0].Remedy, p[0].Evidence)
	if !strings.Contains(told, "TaskTemplate.ContainerSpec.Image: app:1 -> app:2") || strings.Contains(told, "hunter22") {
		t.Error(told)
	}
}

// A manager that is up and knows none of its peers is down for good; one whose
// engine has just started is soon back.
func TestNodeDown_WhoseManagerAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		node *model.Node
		want bool
	}{
		"its manager answers": {Node(Hostname("m3"), Manager(), Down()), true},
		"just started":        {Node(Hostname("m3"), Manager(), Down(), WithNode(func(n *model.Node) { n.UpdatedAt = Now.Add(-20 * time.Second) })), false},
		"gone altogether":     {Node(Hostname("m3"), LostManager(), Down()), false},
		"a worker":            {Node(Hostname("m3"), Down()), false},
	} {
		said := strings.Join(all(Cluster(Nodes(Node(Hostname("m1"), Leader()), Node(Hostname("m2"), Manager()), tt.node))), "\n")
		if strings.Contains(said, "though its manager answers") != tt.want {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestRolledBack_SaysWhatWasTried tells what the update had changed: only the tasks
// that failed have it any more.
func TestRolledBack_SaysWhatWasTried(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Replicas(1), Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"))
	failed := Task(Of(web), Slot(1), On(n), FromImage("app:broken"), Failed(7), Ago(time.Minute))
	c := Cluster(Nodes(n), Services(web), Tasks(failed, Task(Of(web), Slot(1), On(n), Ago(50*time.Second))))
	for _, f := range c.Problems() {
		if f.Rule == "update-rolled-back" && slices.ContainsFunc(f.Evidence, func(e model.Evidence) bool {
			return e.Field == "changed by the update that failed" && strings.Contains(e.Value, "app:broken")
		}) {
			return
		}
	}
	t.Errorf("%+v", c.Problems())
}

// TestNoAddress_NamesTheNetworks has a node without an address on a network that does
// not count as full: which it may be is said all the same.
func TestNoAddress_NamesTheNetworks(t *testing.T) {
	n, front := Node(Hostname("n1")), Network("front")
	web := Service(Name("web"), Replicas(1), Template(func(s *swarm.TaskSpec) {
		s.Networks = []swarm.NetworkAttachmentConfig{{Target: front.ID}}
	}))
	c := Cluster(Nodes(n), Services(web), Objects(model.KindNetwork, front), Tasks(Task(Of(web), Slot(1), On(n), State(swarm.TaskStateRejected),
		Err("node is missing network attachments, ip addresses may be exhausted"))))
	if p := c.Problems(); len(p) != 1 || !strings.HasPrefix(p[0].Why, "its node has got no address on a network, which may be full: front") {
		t.Errorf("%v", p)
	}
}

// What never ran has no log to look at: what helps is in the service.
func TestRemedy_OfWhatNeverRan(t *testing.T) {
	n, web := Node(Hostname("n1")), Service(Name("web"))
	for want, failed := range map[string]TaskOption{
		"edit": Failed(127),
		"mounts": WithTask(func(t *model.Task) {
			t.State, t.Desired = swarm.TaskStateRejected, swarm.TaskStateShutdown
			t.Err = `invalid mount config for type "bind": bind source path does not exist: /srv/data`
		}),
	} {
		task := Task(Of(web), Slot(1), On(n), failed)
		if want == "edit" {
			task.Err = `starting container failed: exec: "/bin/nothere": stat /bin/nothere: no such file or directory: unknown`
		}
		c := Cluster(Nodes(n), Services(web), Tasks(task))
		if f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID)); f.Remedy.Verb != want {
			t.Errorf("%s: %+v", want, f.Remedy)
		}
	}
}

// Of two nodes with one obstacle each, that one is nearer that lacks only room.
func TestPending_NearestLacksOnlyRoom(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"), NodeLabels(map[string]string{"pair": "y"}))
	web := Service(Name("web"), Replicas(2), Placed(swarm.Placement{MaxReplicas: 1, Constraints: []string{"node.labels.pair==y"}}))
	c := Cluster(Nodes(n1, n2), Services(web), Tasks(Task(Of(web), Slot(1), On(n2)),
		Task(Of(web), Slot(2), Pending("no suitable node (scheduling constraints not satisfied on 1 node; max replicas per node limit exceed)"))))
	f, _ := c.Finding(model.FindingID("replicas/service/" + web.ID))
	if i := slices.IndexFunc(f.Evidence, func(e model.Evidence) bool { return e.Object == "n1" || e.Object == "n2" }); i < 0 || f.Evidence[i].Object != "n2" {
		t.Errorf("%+v", f.Evidence)
	}
}

// A promotion that fails lets the node join again and again, each of which writes it: it
// is stuck for as long as its role was seen to be asked for.
func TestRoleStuck_WhileTheNodeJoinsAnew(t *testing.T) {
	asked := func(ago time.Duration) *model.Node {
		return Node(Hostname("n2"), changedNode(ago), WithNode(func(n *model.Node) { n.Spec.Role = swarm.NodeRoleManager }))
	}
	for name, tt := range map[string]struct {
		first time.Duration
		want  int
	}{"for two minutes": {2 * time.Minute, 1}, "for half a minute": {30 * time.Second, 0}} {
		b := Builder()
		b.SetServices(nil, Now)
		for _, n := range []*model.Node{Node(Hostname("n2"), changedNode(time.Hour)), asked(tt.first), asked(time.Second)} {
			b.SetNodes([]*model.Node{Node(Hostname("n1")), n}, Now)
		}
		if got := found(b.Build(Now), "role-stuck"); len(got) != tt.want {
			t.Errorf("asked %s: %q", name, got)
		}
	}
}
