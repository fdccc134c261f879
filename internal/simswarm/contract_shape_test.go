package simswarm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// shapes gathers the answers about one object of each kind.
type shapes struct {
	*engine
	answers
	began string
}

// checkShapes compares the answers about every kind of object with those of a
// real swarm.
func checkShapes(e *engine, g Golden) {
	s := shapes{e, answers{}, e.clock()}
	s.cluster()
	s.blobs()
	s.services()
	s.tasks()
	s.nodes()
	s.refusals()
	g.check(e, s.answers)
}

// clock is the engine's own time, as the events are asked for by.
func (e *engine) clock() string {
	e.t.Helper()
	var info struct{ SystemTime time.Time }
	e.must("GET", "/info", nil, &info)
	return fmt.Sprintf("%d.%09d", info.SystemTime.Unix(), info.SystemTime.Nanosecond())
}

// keep notes an answer under a name.
func (s shapes) keep(name string, v any) {
	for _, f := range chance {
		if f.of(name) {
			v = without(v, "", f.path)
		}
	}
	s.answers[name] = blank("", v)
}

// ask notes what a path is answered.
func (s shapes) ask(name, path string) {
	s.t.Helper()
	var v any
	s.must("GET", path, nil, &v)
	s.keep(name, v)
}

// told notes the events about the objects of that kind and name, once the last
// of them has come.
func (s shapes) told(kind, name, last string) {
	s.t.Helper()
	var list []any
	s.until("the last event", func() error {
		status, data := s.do("GET", "/events?since="+s.began+"&until="+s.clock()+"&"+filters("scope", "swarm", kind, name), nil)
		equal(s.engine, "status of the events", status, 200)
		if lines := strings.Split(strings.TrimSpace(string(data)), "\n"); !strings.Contains(lines[len(lines)-1], last) {
			return fmt.Errorf("the events are %s", data)
		}
		list = nil
		for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
			var v any
			if err := d.Decode(&v); err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	s.keep("events of a "+kind, list)
}

func (s shapes) cluster() {
	s.ask("swarm", "/swarm")
	var info struct{ Swarm any }
	s.must("GET", "/info", nil, &info)
	s.keep("info, the swarm's part", info.Swarm)
	s.ask("ingress network", "/networks/ingress")
	net := s.name("subnet")
	s.must("POST", "/networks/create", map[string]any{"Name": net, "Driver": "overlay", "Internal": true, "IPAM": map[string]any{
		"Driver": "default", "Config": []any{map[string]any{"Subnet": "10.77.0.0/24"}},
	}}, nil)
	s.until("the network is allocated", func() error {
		var n network.Inspect
		if s.must("GET", "/networks/"+net, nil, &n); n.Driver == "" {
			return fmt.Errorf("%+v", n)
		}
		return nil
	})
	s.ask("network with a subnet", "/networks/"+net)
	s.removeNetwork(net)
}

func (s shapes) blobs() {
	for _, kind := range []string{"secret", "config"} {
		path := "/" + kind + "s/"
		name := s.name(kind)
		var made struct{ ID string }
		s.must("POST", path+"create", map[string]any{"Name": name, "Data": "aGVsbG8=", "Labels": map[string]string{"a": "b"}}, &made)
		s.t.Cleanup(func() { s.do("DELETE", path+made.ID, nil) })
		s.ask(kind, path+made.ID)
		s.must("POST", path+made.ID+"/update?version="+s.version(path+made.ID), map[string]any{"Name": name}, nil)
		s.ask(kind+" without its labels", path+made.ID)
		s.must("DELETE", path+made.ID, nil, nil)
		s.told(kind, name, "remove")
	}
}

func (s shapes) version(path string) string {
	s.t.Helper()
	var v struct{ Version swarm.Version }
	s.must("GET", path, nil, &v)
	return v.Version.String()
}

func (s shapes) services() {
	net := s.name("net")
	var made struct{ ID string }
	s.must("POST", "/networks/create", map[string]any{
		"Name": net, "Driver": "overlay", "Attachable": true, "Labels": map[string]string{"a": "b"}, "Options": map[string]string{"encrypted": ""},
	}, &made)
	s.t.Cleanup(func() { s.do("DELETE", "/networks/"+net, nil) })
	name := s.name("service")
	id := s.create(name, full(net), rolling(swarm.UpdateFailureActionPause, 300*time.Millisecond))
	path := "/services/" + id
	s.want(id, "the task runs", 1, running)
	s.ask("service", path)
	s.ask("network", "/networks/"+net)
	s.update(id, image(Image2))
	s.settled(id, swarm.UpdateStateCompleted)
	s.want(id, "the task runs", 1, runs(Image2))
	s.ask("service after an update", path)
	s.ask("service with its counts", "/services?status=true&"+filters("id", id))
	for _, t := range s.engine.tasks(id) {
		s.ask("task "+string(t.Status.State), "/tasks/"+t.ID)
	}
	s.must("DELETE", path, nil, nil)
	s.told("service", name, "remove")
	s.removeNetwork(net)
	s.told("network", net, "remove")

	id = s.plain()
	s.ask("service that says little", "/services/"+id)
	s.ask("service with the defaults", "/services/"+id+"?insertDefaults=true")
	s.ask("tasks of a service that says little", "/tasks?"+filters("service", id))

	id = s.create(s.name("global"), global)
	s.want(id, "all run", s.engine.nodes(), running)
	s.ask("global service", "/services/"+id)
	s.ask("task of a global service", "/tasks/"+s.engine.tasks(id)[0].ID)

	id = s.create(s.name("job"), command("true"), job)
	t := s.want(id, "the job is done", 1, func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateComplete })[0]
	s.ask("job with its counts", "/services?status=true&"+filters("id", id))
	s.ask("task of a job", "/tasks/"+t.ID)
}

// plain makes a service with nothing but what it needs.
func (s shapes) plain() string {
	s.t.Helper()
	var made struct{ ID string }
	s.must("POST", "/services/create",
		`{"Name":"`+s.name("plain")+`","TaskTemplate":{"ContainerSpec":{"Image":"`+Image1+`","Args":["sleep","1000"]}}}`, &made)
	s.t.Cleanup(func() { s.do("DELETE", "/services/"+made.ID, nil) })
	s.want(made.ID, "the task runs", 1, running)
	return made.ID
}

// removeNetwork removes a network once its last task has gone.
func (s shapes) removeNetwork(name string) {
	s.t.Helper()
	s.until("the network goes", func() error {
		if status, data := s.do("DELETE", "/networks/"+name, nil); status/100 != 2 {
			return fmt.Errorf("%d %s", status, data)
		}
		return nil
	})
}

// full fills as many fields of a specification as one service can have.
func full(net string) change {
	return func(s *swarm.ServiceSpec) {
		s.Labels = map[string]string{"com.example": "yes"}
		c := s.TaskTemplate.ContainerSpec
		c.Env = []string{"A=b"}
		c.Labels = map[string]string{"in": "container"}
		c.Hostname, c.Dir, c.User = "h", "/tmp", "0"
		c.Mounts = []mount.Mount{{Type: mount.TypeTmpfs, Target: "/scratch"}}
		c.CapabilityAdd = []string{"CAP_NET_ADMIN"}
		s.TaskTemplate.Resources = &swarm.ResourceRequirements{
			Limits:       &swarm.Limit{NanoCPUs: 500_000_000, MemoryBytes: 64 << 20, Pids: 100},
			Reservations: &swarm.Resources{NanoCPUs: 1_000_000, MemoryBytes: 4 << 20},
		}
		s.TaskTemplate.Placement = &swarm.Placement{
			Constraints: []string{"node.role!=nothing"}, MaxReplicas: 2,
			Preferences: []swarm.PlacementPreference{{Spread: &swarm.SpreadOver{SpreadDescriptor: "node.labels.zone"}}},
		}
		s.TaskTemplate.LogDriver = &swarm.Driver{Name: "json-file", Options: map[string]string{"max-size": "1m"}}
		s.TaskTemplate.Networks = []swarm.NetworkAttachmentConfig{{Target: net, Aliases: []string{"alias"}}}
		s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{
			{TargetPort: 80, PublishedPort: 18483},
			{Name: "host", Protocol: network.UDP, TargetPort: 81, PublishedPort: 18484, PublishMode: swarm.PortConfigPublishModeHost},
		}}
	}
}

func job(s *swarm.ServiceSpec) {
	one := uint64(1)
	s.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &one, TotalCompletions: &one}}
}

// tasks has one task in each of the states that a service can be brought to.
func (s shapes) tasks() {
	never := restart(swarm.RestartPolicyConditionNone, 0, 0)
	for _, c := range []struct {
		name   string
		change change
	}{
		{"pending", constraint("node.labels.nobody==here")},
		{"failed", script("exit 3")},
		{"failed to start", command("/no/such/command")},
		{"rejected", image("contract-missing:9")},
		{"complete", command("true")},
	} {
		id := s.create(s.name(strings.ReplaceAll(c.name, " ", "-")), c.change, never)
		state := swarm.TaskState(strings.Fields(c.name)[0])
		t := s.want(id, "the task is "+c.name, 1, func(t swarm.Task) bool {
			return t.Status.State == state && (isPending(t) || t.DesiredState == swarm.TaskStateShutdown)
		})[0]
		s.ask("task "+c.name, "/tasks/"+t.ID)
	}
}

// nodes changes a worker, and takes it the label that a task needs.
func (s shapes) nodes() {
	var self struct{ Swarm swarm.Info }
	s.must("GET", "/info", nil, &self)
	s.ask("node that leads", "/nodes/"+self.Swarm.NodeID)
	w := s.workers()[0]
	path := "/nodes/" + w.ID
	s.ask("node", path)
	s.began = s.clock() // before, its networks came and went
	label := func(v string) func(*swarm.NodeSpec) {
		return func(n *swarm.NodeSpec) { n.Labels = map[string]string{"contract": v} }
	}
	s.setNode(w.ID, label("yes"))
	id := s.create(s.name("labelled"), constraint("node.labels.contract==yes"), restart(swarm.RestartPolicyConditionNone, 0, 0))
	s.want(id, "the task runs", 1, running)
	s.writeNode(w.ID, label("no"))
	t := s.want(id, "the task is rejected", 1, func(t swarm.Task) bool {
		return t.Status.State == swarm.TaskStateRejected && t.DesiredState == swarm.TaskStateShutdown
	})[0]
	s.ask("task rejected by its node's label", "/tasks/"+t.ID)
	s.writeNode(w.ID, availability(swarm.NodeAvailabilityDrain))
	s.ask("node that is changed", path)
	s.writeNode(w.ID, availability(swarm.NodeAvailabilityActive))
	s.told("node", w.ID, `"availability.new":"active"`)
}
