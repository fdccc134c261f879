package triage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// found are the problems and notes of one rule, or of the habit of that name.
func found(c *model.Cluster, rule string) (out []string) {
	for _, f := range slices.Concat(c.Problems(), c.Notes()) {
		if f.Rule == rule || f.Part == rule {
			out = append(out, fmt.Sprintf("%d %s", f.Status, f))
		}
	}
	return out
}

// times makes a task for each of some nodes.
func times(s *model.Service, nodes ...*model.Node) (out []*model.Task) {
	for i, n := range nodes {
		out = append(out, Task(Of(s), Slot(i+1), On(n)))
	}
	return out
}

func changedNode(ago time.Duration) NodeOption {
	return WithNode(func(n *model.Node) { n.UpdatedAt = Now.Add(-ago) })
}

func issuedBy(key string) NodeOption {
	return WithNode(func(n *model.Node) { n.Description.TLSInfo.CertIssuerPublicKey = []byte(key) })
}

func publishes(port uint32) ServiceOption {
	return WithService(func(s *model.Service) {
		s.Spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{PublishedPort: port, TargetPort: 80, Protocol: "tcp", PublishMode: "ingress"}}}
	})
}

func killedStopping(s *model.Service, slot int, code int) *model.Task {
	return Task(Of(s), Slot(slot), Stopped(), Ago(2*time.Hour), WithTask(func(t *model.Task) { t.Exited, t.ExitCode = true, code }))
}

// Each rule has a swarm that it is for, and one that is much like it and that it
// is not for.
func TestRules_ForAndNotFor(t *testing.T) {
	old := changedNode(time.Hour)
	n1, n2, n3 := Node(Hostname("n1"), old), Node(Hostname("n2"), old), Node(Hostname("n3"), old)
	fresh, gone := Node(Hostname("n2"), changedNode(5*time.Second)), Node(Hostname("n3"), Down(), issuedBy("a"))
	web, global := Service(Name("web"), Replicas(3), Changed(time.Hour)), Service(Name("agent"), Global(), Changed(time.Hour))
	small := Service(Name("web"), Replicas(3), Changed(time.Hour), reserving(0, 4<<30))
	tiny := Node(Hostname("n2"), old, Offers(1e9, 1<<30))
	large := Node(Hostname("n1"), old, Offers(64e9, 64<<30))
	began := Now.Add(-time.Hour)
	drained := func(phase model.DrainPhase, ago time.Duration) *model.Node {
		return Node(Hostname("n1"), changedNode(ago), Availability(swarm.NodeAvailabilityPause),
			NodeLabels(map[string]string{model.LabelDrain: model.DrainMark{Phase: phase, Began: began}.String()}))
	}
	away := Service(Name("away"), Changed(time.Hour), ServiceLabels(map[string]string{model.AwayLabel(n1.Key()): "drain"}))
	spreading := Service(Name("web"), Replicas(3), Changed(time.Hour), ServiceLabels(map[string]string{model.LabelRebalance: model.RebalanceMark{Replicas: 2, Spread: "1-1", Began: began}.String()}))
	toUpgrade := Node(Hostname("n1"), old, NodeLabels(map[string]string{model.LabelUpgrade: model.UpgradeMark{Engine: "20.10.24", Began: began}.String()}))
	held := func(state swarm.UpdateState, ago time.Duration) *model.Service {
		return Service(Name("web"), Updating(state, ""), ServiceLabels(map[string]string{model.LabelHold: model.HoldMark{Parallelism: 2, Began: Now.Add(-ago)}.String()}))
	}
	zone := func(name, zone string, o ...NodeOption) *model.Node {
		return Node(append(o, Hostname(name), NodeLabels(map[string]string{"zone": zone}))...)
	}
	job := Service(Name("job"), Job(1, 1, 2))
	ran := Task(Of(job), Iteration(1), Slot(0), Ended(), Ago(24*time.Hour), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt.Add(30 * time.Second) }))
	runs := func(ago time.Duration) *model.Task {
		return Task(Of(job), Slot(0), On(n1), Ago(ago))
	}
	secret := Secret("db_password")
	names := func(ref string) ServiceOption {
		return Template(func(s *swarm.TaskSpec) {
			s.ContainerSpec.Secrets = []*swarm.SecretReference{{SecretID: ref, SecretName: "db_password"}}
		})
	}
	aged := func(name, id string) *model.Secret {
		s := Secret(name)
		s.ID, s.CreatedAt = id, Now.Add(-48*time.Hour)
		return s
	}
	versions := func(first, second string) []model.Object {
		return []model.Object{aged(first, "c1"), aged(second, "c2")}
	}
	attached := Template(func(s *swarm.TaskSpec) { s.Networks = []swarm.NetworkAttachmentConfig{{Target: "back"}} })
	with := func(change func(*swarm.ContainerSpec)) *model.Service {
		return Service(Name("web"), Changed(time.Hour), Template(func(s *swarm.TaskSpec) { change(s.ContainerSpec) }))
	}
	at := func(s *model.Service) *model.Cluster {
		return Cluster(Nodes(n1, n2), Services(s), Tasks(times(s, n1)...))
	}
	for _, tt := range []struct {
		rule        string
		is          *model.Cluster
		want        string
		not         *model.Cluster
		notForWhich string
	}{
		{"unfinished", Cluster(Nodes(drained(model.DrainMoving, time.Minute), n2), Services(away)), "0 n1 gentle drain not at its end: 1 service moved so far",
			Cluster(Nodes(drained(model.DrainDone, time.Minute), n2), Services(away)), "it is drained"},
		{"unfinished", Cluster(Nodes(drained(model.DrainMoving, time.Hour), n2), Services(away)), "3 n1 gentle drain not at its end: 1 service moved so far - nothing has moved for 1h",
			Cluster(Nodes(drained(model.DrainLeft, time.Hour), n2), Services(away)), "what is left goes on running there"},
		{"unfinished", Cluster(Nodes(drained(model.DrainBack, time.Hour), n2), Services(away)), "3 n1 gentle drain not taken back yet: 1 service still to let back",
			Cluster(Nodes(drained(model.DrainDone, time.Hour), n2)), "it is drained"},
		{"unfinished", Cluster(Nodes(n1, n2), Services(away)), "3 n1 is active, and a gentle drain still keeps services away: away",
			Cluster(Nodes(n2), Services(away)), "the node has left"},
		{"unfinished", Cluster(Nodes(n1), Services(spreading)), "3 web is being spread anew: 3 replicas, and 2 again in the end",
			Cluster(Nodes(n1), Services(web)), "nothing was begun"},
		{"unfinished", Cluster(Nodes(n2, toUpgrade)), "3 upgrade of the nodes not at its end: 1 node left",
			Cluster(Nodes(n2)), "all are done"},
		{"unfinished", Cluster(Nodes(n1), Services(held(swarm.UpdateStateUpdating, time.Minute))), "0 web update held: both versions run side by side",
			Cluster(Nodes(n1), Services(web)), "nothing is held"},
		{"unfinished", Cluster(Nodes(n1), Services(held(swarm.UpdateStateUpdating, 3*time.Hour))), "3 web update held: both versions run side by side - for 3h",
			Cluster(Nodes(n1), Services(Service(Name("web"), Updating(swarm.UpdateStateUpdating, "")))), "it goes on"},
		{"unfinished", Cluster(Nodes(n1), Services(held(swarm.UpdateStateCompleted, time.Minute))), "3 web is still set to be held - no update of it goes on",
			Cluster(Nodes(n1), Services(Service(Name("web"), Updating(swarm.UpdateStateCompleted, "")))), "it was resumed"},
		{"uneven-spread", Cluster(Nodes(n1, n2), Services(web), Tasks(times(web, n1, n1, n1)...)), "0 web spread unevenly: 3 on n1, 0 on n2 - ",
			Cluster(Nodes(n1, n2), Services(web), Tasks(times(web, n1, n1, n2)...)), "as even as three are"},
		{"uneven-spread", Cluster(Nodes(n1, n2, n3), Services(web), Tasks(times(web, n1, n1, n2)...)), "0 web spread unevenly: 2 on n1, 0 on n3 - ",
			Cluster(Nodes(n1, fresh), Services(web), Tasks(times(web, n1, n1, n1)...)), "the node has just come back"},
		{"uneven-spread", Cluster(Nodes(n1, n2), Services(web), Tasks(times(web, n2, n2, n2)...)), "0 web spread unevenly: 3 on n2, 0 on n1",
			Cluster(Nodes(large, tiny), Services(small), Tasks(times(small, large, large, large)...)), "the other has no room"},
		{"global-misses", Cluster(Nodes(n1, n2), Services(global), Tasks(Task(Of(global), On(n1)))), "3 agent has no task on n2 - ",
			Cluster(Nodes(n1, fresh), Services(global), Tasks(Task(Of(global), On(n1)))), "the node has just come"},
		{"mixed-tasks", Cluster(Nodes(n1, n2, n3), Services(web), Tasks(append(times(web, n1, n2), Task(Of(web), Slot(3), On(n3), FromImage("app:0")))...)), "0 web runs several images at once: 1 of 3 tasks have another - ",
			Cluster(Nodes(n1, n2, n3), Services(web), Tasks(times(web, n1, n2, n3)...)), "all the same"},
		{"slow-stop", Cluster(Nodes(n1), Services(web), Tasks(append(times(web, n1, n1, n1), killedStopping(web, 1, 137), killedStopping(web, 2, 137))...)), "0 web stops only when it is killed, after 10s - ",
			Cluster(Nodes(n1), Services(web), Tasks(append(times(web, n1, n1, n1), killedStopping(web, 1, 0), killedStopping(web, 2, 137))...)), "one of two stopped well"},
		{"slow-job", Cluster(Nodes(n1), Services(job), Tasks(ran, runs(10*time.Minute))), "0 job runs unusually long - job.0 has run for more than 3 times as long as the longest run that ended, which took 30s",
			Cluster(Nodes(n1), Services(job), Tasks(ran, runs(70*time.Second))), "a little longer"},
		{"idle-ports", Cluster(Services(Service(Name("web"), Replicas(0), publishes(8080)))), "0 web port 8080 leads to no task - ",
			Cluster(Services(Service(Name("web"), Replicas(0)))), "it has no port"},
		{"stray-tasks", Cluster(Nodes(n1), Services(web), TasksFor(model.TaskQuery{}, Now.Add(time.Second), append(times(web, n1, n1, n1), Task(OfID("gone"), On(n1)))...)), "0 1 task running although the service is gone",
			Cluster(Nodes(n1), Services(web), TasksFor(model.TaskQuery{}, Now.Add(time.Second), append(times(web, n1, n1, n1), Task(OfID("gone"), On(n1), Ended()))...)), "it has ended"},
		{"references-gone", Cluster(Services(Service(Name("web"), Changed(time.Hour), names("gone"))), Objects(model.KindSecret, secret)), "3 web names a secret that is gone: db_password - ",
			Cluster(Services(Service(Name("web"), Changed(time.Hour), names(secret.ID))), Objects(model.KindSecret, secret)), "it is there"},
		{"ca-rotation", Cluster(Nodes(Node(Hostname("n1"), issuedBy("b")), Node(Hostname("n2"), issuedBy("b")), gone)), "3 swarm CA rotation waits for n3 - ",
			Cluster(Nodes(Node(Hostname("n1"), issuedBy("a")), Node(Hostname("n2"), issuedBy("a")), gone)), "one issuer"},
		{"one-node", Cluster(Nodes(n1, n2), Services(web), Tasks(times(web, n1, n1, n1)...)), "0 1 service on one node only - ",
			Cluster(Nodes(n1), Services(web), Tasks(times(web, n1, n1, n1)...)), "there is one node"},
		{"zone-zone", Cluster(Nodes(zone("m1", "a", Leader()), zone("m2", "a", Manager()), zone("m3", "a", Manager()), zone("w1", "b"))), "0 quorum all managers are in one zone - node.labels.zone is a on all 3",
			Cluster(Nodes(zone("m1", "a", Leader()), zone("m2", "b", Manager()), zone("m3", "a", Manager()))), "in two"},
		{"no-health-check", at(Service(Name("web"), publishes(80))), "0 1 service without a health check - web: ", at(Service(Name("web"))), "nobody asks it anything"},
		{"no-health-check", at(Service(Name("web"), ServiceLabels(map[string]string{"traefik.http.routers.web.rule": "Host(`a.example`)", "traefik.http.services.web.loadbalancer.server.port": "80"}))), "0 1 service without a health check - web: ",
			at(Service(Name("web"), ServiceLabels(map[string]string{"team": "a"}))), "no proxy reads that label"},
		{"stray-tasks", Cluster(Nodes(n1), Services(web), TasksFor(model.TaskQuery{}, Now.Add(time.Second), append(times(web, n1, n1, n1), Task(OfID("gone"), On(n1), Desired(swarm.TaskStateRemove), Ago(2*time.Minute)))...)), "0 1 task running although the service is gone",
			Cluster(Nodes(n1), Services(web), TasksFor(model.TaskQuery{}, Now.Add(time.Second), append(times(web, n1, n1, n1), Task(OfID("gone"), On(n1), Desired(swarm.TaskStateRemove), WithTask(func(x *model.Task) { x.UpdatedAt = Now.Add(-65 * time.Second) })))...)), "it has its grace period to stop"},
		{"no-memory-limit", at(web), "0 1 service without a memory limit - ", at(Service(Name("web"), Template(func(s *swarm.TaskSpec) {
			s.Resources = &swarm.ResourceRequirements{Limits: &swarm.Limit{MemoryBytes: 1 << 20}}
		}))), "it has one"},
		{"local-volume", at(with(func(s *swarm.ContainerSpec) { s.Mounts = []mount.Mount{{Type: "volume", Source: "data"}} })), "0 1 service tied to a local volume - ",
			at(with(func(s *swarm.ContainerSpec) { s.Mounts = []mount.Mount{{Type: "tmpfs"}} })), "nothing is kept"},
		{"secret-in-env", at(with(func(s *swarm.ContainerSpec) { s.Env = []string{"DB_PASSWORD=hunter22"} })), "0 1 service with secrets in the open - ",
			at(with(func(s *swarm.ContainerSpec) { s.Env = []string{"DB_PASSWORD_FILE=/run/secrets/db"} })), "it names a file"},
		{"image-moved", at(Service(Name("web"), ServiceLabels(map[string]string{model.LabelStackImage: "app:0"}))), "0 1 service off the stack file's image - ",
			at(Service(Name("web"), Image("app:1"), ServiceLabels(map[string]string{model.LabelStackImage: "app:1"}))), "it is"},
		{"unused-objects", Cluster(Services(web), Objects(model.KindSecret, aged("db_password", "c1"))), "0 1 secret named by no service - db_password",
			Cluster(Services(Service(Name("web"), names("c1"))), Objects(model.KindSecret, aged("db_password", "c1"))), "one names it"},
		{"superseded", Cluster(Services(Service(Name("web"), names("c1"))), Objects(model.KindSecret, versions("key_v1", "key_v2")...)), "0 secret key_v1 still in use beside key_v2 - named by web",
			Cluster(Services(Service(Name("web"), names("c2"))), Objects(model.KindSecret, versions("key_v1", "key_v2")...)), "the newer one is in use"},
		{"idle-connections", at(Service(Name("db"), Image("postgres:16"), attached)), "0 1 service may lose idle connections - db: ",
			at(Service(Name("web"), Image("app:1"), attached)), "it is no database"},
		{"stop-first-single", at(Service(Name("web"), publishes(80))), "0 1 service updated stop-first - ", at(Service(Name("web"), Replicas(2), publishes(80))), "another serves meanwhile"},
	} {
		if got := found(tt.is, tt.rule); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: got %q, want %q", tt.rule, got, tt.want)
		}
		if got := found(tt.not, tt.rule); len(got) != 0 {
			t.Errorf("%s although %s: %q", tt.rule, tt.notForWhich, got)
		}
	}
}

// No note gives away the secret that it is about.
func TestHabits_NameNoSecret(t *testing.T) {
	web := Service(Name("web"), Template(func(s *swarm.TaskSpec) { s.ContainerSpec.Env = []string{"DB_PASSWORD=hunter22"} }))
	for _, f := range Cluster(Services(web)).Notes() {
		if strings.Contains(fmt.Sprint(f, f.Remedy, f.Evidence), "hunter22") {
			t.Errorf("%+v", f)
		}
	}
}

func TestLeaderFlaps(t *testing.T) {
	b := Builder()
	b.SetServices(nil, Now)
	at := Now
	for i := range 4 {
		m1, m2 := Leader(), Manager()
		if i%2 == 1 {
			m1, m2 = m2, m1
		}
		at = at.Add(time.Minute)
		b.SetNodes([]*model.Node{Node(Hostname("m1"), m1), Node(Hostname("m2"), m2), Node(Hostname("m3"), Manager())}, at)
		want := 0
		if i == 3 {
			want = 1
		}
		if got := found(b.Build(at), "leader-flapping"); len(got) != want {
			t.Errorf("after %d changes: %q", i, got)
		}
	}
	if got := found(b.Build(at.Add(time.Hour)), "leader-flapping"); len(got) != 0 {
		t.Errorf("an hour later: %q", got)
	}
}

// A node that is away is told how long its certificate lets it come back.
func TestNodeDown_OutlivesItsCertificate(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		away, life time.Duration
		want       string
	}{
		{day, 0, "remove the node only if it is gone for good"},
		{91 * day, 0, "let it join anew"},
		{80 * day, 100 * day, "remove the node only if it is gone for good"},
		{3 * time.Hour, 2 * time.Hour, "let it join anew"},
		{85 * day, 0, "its certificate runs out within 121 hours"},
	} {
		c := Cluster(Session(model.Session{CertLife: tt.life}), Nodes(Node(Hostname("n1")), Node(Hostname("n2"), Down(), changedNode(tt.away))))
		if p := c.Problems(); len(p) != 1 || !strings.Contains(p[0].Remedy.Text, tt.want) {
			t.Errorf("away for %s: %+v", tt.away, p)
		}
	}
}

// FuzzSuperseded gives secrets any names: a version is a number behind a stem, and no
// name is a version of itself.
func FuzzSuperseded(f *testing.F) {
	for _, pair := range [][2]string{{"a_v1", "a_v2"}, {"1", "2"}, {"", "_"}, {"a-18446744073709551616", "a-2"}, {"a.1", "a.01"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := Secret(one), Secret(other)
		a.ID, b.ID, a.CreatedAt, b.CreatedAt = "a", "b", Now.Add(-time.Hour), Now.Add(-time.Hour)
		web := Service(Name("web"), Template(func(s *swarm.TaskSpec) {
			s.ContainerSpec.Secrets = []*swarm.SecretReference{{SecretID: "a", SecretName: one}, {SecretID: "b", SecretName: other}}
		}))
		told := 0
		for _, n := range Cluster(Services(web), Objects(model.KindSecret, a, b)).Notes() {
			if n.Rule == "superseded" {
				told++
			}
		}
		if told > 1 || told > 0 && one == other {
			t.Errorf("%q and %q: each is newer than the other", one, other)
		}
	})
}

// A note on how tasks are spread stands until they are spread: not only while nothing
// moves.
func TestUnevenSpread_IsToldSteadily(t *testing.T) {
	n1, n2, web := Node(Hostname("n1")), Node(Hostname("n2")), Service(Name("web"), Replicas(2))
	on := func(nodes ...*model.Node) (out []*model.Task) {
		for i, n := range nodes {
			out = append(out, Task(Of(web), Slot(i+1), On(n), Ago(time.Hour)))
		}
		return out
	}
	touched := Node(Hostname("n2"), WithNode(func(n *model.Node) { n.ID, n.UpdatedAt = n2.ID, Now }))
	b := Builder()
	for i, step := range []struct {
		what  string
		nodes []*model.Node
		tasks []*model.Task
		told  bool
	}{
		{"a node was changed just now", []*model.Node{n1, touched}, on(n1, n1), false},
		{"at rest", []*model.Node{n1, n2}, on(n1, n1), true},
		{"a node is changed", []*model.Node{n1, touched}, on(n1, n1), true},
		{"one more comes", []*model.Node{n1, touched}, append(on(n1, n1), Task(Of(web), Slot(3), On(n1), State(swarm.TaskStatePreparing), Ago(time.Second))), true},
		{"spread", []*model.Node{n1, n2}, on(n1, n2), false},
		{"a node is changed again", []*model.Node{n1, touched}, on(n1, n1), false},
	} {
		b.SetNodes(step.nodes, Now)
		b.SetServices(Counted([]*model.Service{web}, step.tasks), Now)
		b.SetTasks(model.TaskQuery{}, step.tasks, Now)
		c := b.Build(Now)
		if _, told := c.Finding(model.FindingID("uneven-spread/service/" + web.ID)); told != step.told {
			t.Errorf("%d, %s: %v", i, step.what, all(c))
		}
	}
}

// The lists of services and of tasks take turns to be the newer one.
func TestStrayTasks_AreToldSteadily(t *testing.T) {
	n1, web := Node(Hostname("n1")), Service(Name("web"))
	b := Builder()
	b.SetNodes([]*model.Node{n1}, Now)
	b.SetTasks(model.TaskQuery{}, []*model.Task{Task(OfID("gone"), On(n1), Ago(time.Hour))}, Now)
	for i, tt := range []struct {
		services bool // which list is read
		want     int
	}{{true, 0}, {false, 1}, {true, 1}, {false, 1}} {
		at := Now.Add(time.Duration(i+1) * time.Second)
		if tt.services {
			b.SetServices([]*model.Service{web}, at)
		} else {
			b.SetTasks(model.TaskQuery{}, []*model.Task{Task(OfID("gone"), On(n1), Ago(time.Hour))}, at)
		}
		if got := found(b.Build(at), "stray-tasks"); len(got) != tt.want {
			t.Errorf("list %d: %q, want %d", i, got, tt.want)
		}
	}
}

// TestRules_WaitUntilTheListsTell reads nothing for a while, as where the engine is
// busy: what has come to be since, or to an end, is not taken for what lasts.
func TestRules_WaitUntilTheListsTell(t *testing.T) {
	const lag = 40 * time.Second
	then, later := Now, Now.Add(lag)
	aged := func(n *model.Node) *model.Node { n.UpdatedAt = then.Add(-time.Hour); return n }
	n1, n2 := aged(Node(Hostname("n1"))), aged(Node(Hostname("n2")))
	changed := func(ago time.Duration, more ...ServiceOption) *model.Service {
		return Service(append([]ServiceOption{Name("web"), Replicas(2), Changed(ago)}, more...)...)
	}
	made := func(ago time.Duration) TaskOption {
		return WithTask(func(x *model.Task) { x.CreatedAt = then.Add(-ago) })
	}
	web, global := changed(time.Hour), changed(lag, Global())
	stopping := append(times(web, n1, n2), Task(Of(web), Slot(1), On(n1), Desired(swarm.TaskStateShutdown), made(2*time.Hour), WithTask(func(x *model.Task) { x.UpdatedAt = then.Add(-lag) })))
	for _, tt := range []struct {
		rule  string
		s     *model.Service
		tasks []*model.Task
		// read is when the tasks were read, the services were before the pause.
		read time.Time
		want bool
	}{
		{"mixed-tasks", web, []*model.Task{Task(Of(web), Slot(1), On(n1)), Task(Of(web), Slot(2), On(n2), FromImage("app:0"), made(2*time.Hour))}, later, true},
		{"mixed-tasks", web, []*model.Task{Task(Of(web), Slot(1), On(n1)), Task(Of(web), Slot(2), On(n2), FromImage("app:2"), made(-lag))}, later, false},
		{"mixed-tasks", changed(lag), []*model.Task{Task(Of(web), Slot(1), On(n1)), Task(Of(web), Slot(2), On(n2), FromImage("app:0"), made(2*time.Hour))}, then, false},
		{"global-misses", global, []*model.Task{Task(Of(global), On(n1))}, then, false},
		{"global-misses", changed(time.Hour, Global()), []*model.Task{Task(Of(global), On(n1))}, then, true},
		{"never-stops", web, stopping, then, false},
		{"never-stops", web, stopping, later, true},
	} {
		b := Builder()
		b.SetNodes([]*model.Node{n1, n2}, then)
		b.SetServices(Counted([]*model.Service{tt.s}, tt.tasks), then)
		b.SetTasks(model.TaskQuery{}, tt.tasks, tt.read)
		if got := found(b.Build(later), tt.rule); len(got) > 0 != tt.want {
			t.Errorf("%s, read %v after: %v", tt.rule, tt.read.Sub(then), got)
		}
	}
}
