package ui

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// shop is a small swarm with a bit of everything: a stack in trouble, global
// services and jobs, a dead node, a drained one, two nodes of one name, a name
// of wide characters, and tasks whose service is gone.
func shop(options ...testkit.ClusterOption) *model.Cluster {
	if len(options) > 0 {
		return shopAt(testkit.Now, options...)
	}
	c := *sharedShop()
	return &c
}

// sharedShop is the shop of a thousand tests, which change none of its objects.
var sharedShop = sync.OnceValue(func() *model.Cluster { return shopAt(testkit.Now) })

// sharedDocs are its objects as the engine would give them.
var sharedDocs = sync.OnceValue(func() map[model.Ref]model.Document { return documentsOf(sharedShop()) })

// isShop reports whether a snapshot is one that shop gave.
func isShop(c *model.Cluster) bool {
	return len(c.Services()) > 0 && &c.Services()[0] == &sharedShop().Services()[0]
}

// shopAt is the shop as it was read at some time.
func shopAt(at time.Time, options ...testkit.ClusterOption) *model.Cluster {
	m := map[string]*model.Node{}
	var nodes []*model.Node
	node := func(key string, o ...testkit.NodeOption) {
		n := testkit.Node(append([]testkit.NodeOption{testkit.Hostname(key)}, o...)...)
		m[key] = n
		nodes = append(nodes, n)
	}
	node("manager1", testkit.Leader(), testkit.Offers(8e9, 16<<30))
	node("manager2", testkit.Manager())
	node("manager3", testkit.Manager())
	node("worker1", testkit.NodeLabels(map[string]string{"disk": "ssd", "zone": "a"}))
	node("worker2", testkit.Down())
	node("worker3", testkit.Availability(swarm.NodeAvailabilityDrain))
	node("twin")
	nodes = append(nodes, testkit.Node(testkit.Hostname("twin"), testkit.WithNode(func(n *model.Node) {
		n.ID, n.UpdatedAt = "zzzzz0therwin000000000000z", testkit.Now // It has just come.
	})))
	services, tasks := shopServices(m), []*model.Task{}
	for _, s := range services {
		tasks = append(tasks, shopTasks(s, m)...)
	}
	tasks = append(tasks, testkit.Task(testkit.OfID("gone0service0000000000000"), testkit.Slot(1), testkit.On(m["worker1"])))
	return testkit.Cluster(append(append(shopObjects(), []testkit.ClusterOption{
		testkit.Nodes(nodes...), testkit.Services(services...), testkit.TasksFor(model.TaskQuery{}, at, tasks...), testkit.At(at),
		testkit.Session(model.Session{Context: "prod-eu", Host: "unix:///var/run/docker.sock", Endpoint: "manager1",
			NodeID: m["manager1"].Key(), Engine: "29.7.2", API: "1.55", TaskHistory: 5}),
	}...), options...)...)
}

func shopServices(m map[string]*model.Node) []*model.Service {
	stack := func(name string, o ...testkit.ServiceOption) *model.Service {
		return testkit.Service(append([]testkit.ServiceOption{testkit.Name("shop_" + name), testkit.Stack("shop")}, o...)...)
	}
	published := func(s *model.Service) {
		s.Endpoint.Ports = []swarm.PortConfig{{PublishedPort: 8080, TargetPort: 80, Protocol: network.TCP}}
		s.PreviousSpec = new(swarm.ServiceSpec)
		*s.PreviousSpec = s.Spec
	}
	return []*model.Service{
		stack("api", testkit.Replicas(10), testkit.Image("registry.example.org/shop/api:2.14.0"),
			testkit.Updating(swarm.UpdateStateUpdating, "update in progress"),
			testkit.WithService(func(s *model.Service) { s.UpdatedAt = testkit.Now.Add(-time.Minute) })),
		stack("cart", testkit.Replicas(3), testkit.Image("registry.example.org/shop/cart:1.8.2"), onNetworks("shop_front", "shop_small"), testkit.WithService(published)),
		stack("report", testkit.Replicas(2), testkit.Image("registry.example.org/shop/report:0.3.1"),
			testkit.Template(func(t *swarm.TaskSpec) {
				t.Placement = &swarm.Placement{Constraints: []string{"node.labels.disk == nvme"}}
				t.ContainerSpec.Env = []string{"DB_PASSWORD=hunter2",
					"JAVA_OPTS=-Xms256m -Xmx512m -XX:+UseG1GC -XX:MaxGCPauseMillis=200 -Dfile.encoding=UTF-8 -Duser.timezone=UTC"}
				t.Resources = &swarm.ResourceRequirements{Limits: &swarm.Limit{NanoCPUs: 5e8, MemoryBytes: 256 << 20},
					Reservations: &swarm.Resources{NanoCPUs: 25e7, MemoryBytes: 128 << 20}}
			})),
		stack("web", testkit.Replicas(6), testkit.Image("nginx:1.27"), onNetworks("shop_front")),
		stack("mail", testkit.Image("registry.example.org/shop/mail:4")),
		testkit.Service(testkit.Name("monitoring_agent"), testkit.Stack("monitoring"), testkit.Global(), testkit.Image("agent:3")),
		testkit.Service(testkit.Name("tools_backup"), testkit.Stack("tools"), testkit.Job(2, 5, 1), testkit.Image("backup:1")),
		testkit.Service(testkit.Name("migrate"), testkit.GlobalJob(1), testkit.Image("migrate:7")),
		testkit.Service(testkit.Name("日本語サービス"), testkit.Image("app:1"), onFiles("shop_database_url", "shop_nginx_r12", "shop_nginx_r11")),
	}
}

// shopTasks are the tasks of one of the shop's services.
func shopTasks(s *model.Service, m map[string]*model.Node) []*model.Task {
	var out []*model.Task
	task := func(o ...testkit.TaskOption) {
		out = append(out, testkit.Task(append([]testkit.TaskOption{testkit.Of(s)}, o...)...))
	}
	at := func(slot int, node string, o ...testkit.TaskOption) {
		task(append([]testkit.TaskOption{testkit.Slot(slot), testkit.On(m[node])}, o...)...)
	}
	around := []string{"worker1", "twin", "manager2", "manager3", "manager1"}
	switch s.Name() {
	case "shop_api":
		for i := range 10 {
			if i < 3 {
				at(i+1, around[i], testkit.Ago(time.Duration(50-i*10)*time.Second))
				at(i+1, around[i], testkit.Ago(5*time.Hour), testkit.Stopped(), testkit.FromImage("registry.example.org/shop/api:2.13.9"))
				continue
			}
			at(i+1, around[i%5], testkit.Ago(5*time.Hour), testkit.FromImage("registry.example.org/shop/api:2.13.9"))
		}
	case "shop_cart":
		for i := range 3 {
			at(i+1, around[i], testkit.Ago(26*time.Hour))
		}
	case "shop_report":
		for i := range 2 {
			task(testkit.Slot(i+1), testkit.Ago(12*time.Minute), testkit.Pending(
				"no suitable node (scheduling constraints not satisfied on 5 nodes; 1 node not available for new tasks; 2 nodes are down, and this sentence goes on for so long that three lines of eighty cells cannot hold the whole of it, which is why its end is cut)"))
		}
	case "shop_web":
		for i, n := range []string{"worker1", "worker2", "worker2", "twin", "manager2", "manager3"} {
			at(i+1, n, testkit.Ago(72*time.Hour))
		}
	case "shop_mail":
		for i := range 5 {
			at(1, "worker1", testkit.Ago(time.Duration(20+i*15)*time.Second), testkit.Failed(1))
		}
		at(1, "worker1", testkit.Ago(4*time.Second), testkit.State(swarm.TaskStateStarting))
	case "monitoring_agent":
		for _, n := range []string{"manager1", "manager2", "manager3", "worker1", "twin"} {
			at(0, n, testkit.Ago(200*time.Hour))
		}
	case "tools_backup":
		for i := range 4 {
			if i < 2 {
				at(i+1, "worker1", testkit.Iteration(1), testkit.Ended())
				continue
			}
			at(i+1, "worker1", testkit.Iteration(1))
		}
	case "migrate":
		at(0, "worker1", testkit.Iteration(1), testkit.Ended())
		at(0, "manager1", testkit.Iteration(1), testkit.Ended())
	default:
		at(1, "worker1")
	}
	return out
}

// noLeader is an outage that began some minutes ago.
func noLeader() *model.Outage {
	return &model.Outage{Since: testkit.Now.Add(-4 * time.Minute), RetryAt: testkit.Now.Add(5 * time.Second),
		Err: &model.Trouble{Situation: model.NoLeader, Host: "unix:///var/run/docker.sock",
			Managers: []model.Manager{{Hostname: "manager1", Address: "10.0.0.1"}, {Hostname: "manager2", Address: "10.0.0.2"}},
			Cause:    errors.New("rpc error: code = Unknown desc = The swarm does not have a leader")}}
}

// troubled is a snapshot of a swarm that was never read.
func troubled(situation model.Situation) *model.Cluster {
	b := testkit.Builder()
	b.SetSession(model.Session{Context: "prod-eu", Host: "unix:///var/run/docker.sock"})
	b.SetOutage(&model.Outage{Since: testkit.Now, Err: &model.Trouble{Situation: situation, Host: "unix:///var/run/docker.sock",
		Managers: []model.Manager{{Address: "10.0.0.1"}}, Cause: errors.New("dial unix /var/run/docker.sock: connect: no such file or directory")}})
	return b.Build(testkit.Now)
}

// idle is a swarm in which nothing is wrong and nothing runs, paused one whose
// worker takes no tasks.
func idle() *model.Cluster   { return idleSwarm(swarm.NodeAvailabilityActive) }
func paused() *model.Cluster { return idleSwarm(swarm.NodeAvailabilityPause) }

func idleSwarm(worker swarm.NodeAvailability) *model.Cluster {
	return testkit.Cluster(
		testkit.Nodes(testkit.Node(testkit.Leader(), testkit.Hostname("manager1")),
			testkit.Node(testkit.Hostname("worker1"), testkit.Availability(worker))),
		testkit.Services(testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"), testkit.Replicas(0))), testkit.Tasks())
}

// unread is a snapshot of a swarm whose manager has not answered yet.
func unread() *model.Cluster {
	b := testkit.Builder()
	b.SetSession(model.Session{Context: "prod-eu", Endpoint: "manager1"})
	b.SetOutage(&model.Outage{Since: testkit.Now, Waiting: true, For: "the engine"})
	return b.Build(testkit.Now)
}

// scene is a state of the swarm, and of what is known of it.
type scene struct {
	name string
	make func() *model.Cluster
}

// scenes are the states that every view is drawn in.
var scenes = []scene{
	{"small", func() *model.Cluster { return shop() }},
	{"empty", func() *model.Cluster { return testkit.Cluster(testkit.Nodes(), testkit.Services(), testkit.Tasks()) }},
	{"big", func() *model.Cluster { return testkit.BigCluster(100, 500, 10_000) }},
	{"stale", func() *model.Cluster { return shopAt(testkit.Now.Add(-4*time.Minute), testkit.Outage(noLeader())) }},
	{"waiting", func() *model.Cluster {
		return shop(testkit.Outage(&model.Outage{Since: testkit.Now, Waiting: true, For: "the tasks"}))
	}},
	{"error", func() *model.Cluster { return troubled(model.NoDocker) }},
	{"loading", func() *model.Cluster { return nil }},
	{"services first", func() *model.Cluster {
		b := testkit.Builder()
		b.SetSession(model.Session{Context: "prod-eu", Endpoint: "manager1"})
		b.SetServices(shop().Services(), testkit.Now)
		return b.Build(testkit.Now)
	}},
}

// sizes are the windows that every view is drawn in.
var sizes = [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 12}}

// sizes are those that the scene is drawn in: fewer where no file is kept of it.
func (s scene) sizes() [][2]int {
	if s.name == "small" {
		return sizes
	}
	return fewer(sizes)
}

// fewer are the last of some windows, unless tests are wanted in full.
func fewer(sizes [][2]int) [][2]int {
	return sizes[len(sizes)-min(len(sizes), testkit.Rounds(2*len(sizes))):]
}

func sizeName(s [2]int) string { return fmt.Sprintf("%dx%d", s[0], s[1]) }
