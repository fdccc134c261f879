package simswarm_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// checkSecrets covers configs too.
func checkSecrets(e *engine) {
	for _, kind := range []string{"secret", "config"} {
		name := e.name(kind)
		var made struct{ ID string }
		e.must("POST", "/"+kind+"s/create", map[string]any{"Name": name, "Data": "aGVsbG8="}, &made)
		e.t.Cleanup(func() { e.do("DELETE", "/"+kind+"s/"+made.ID, nil) })
		status, data := e.do("POST", "/"+kind+"s/create", map[string]any{"Name": name, "Data": "aGVsbG8="})
		e.refused("a second "+kind, status, message(data), 409, "^rpc error: code = AlreadyExists desc = "+kind+" "+name+" already exists$")

		var got struct {
			Version swarm.Version
			Spec    struct {
				Name   string
				Labels map[string]string
				Data   *string
			}
		}
		e.must("GET", "/"+kind+"s/"+name, nil, &got)
		if (got.Spec.Data != nil) != (kind == "config") {
			e.t.Errorf("%s: the content is shown, or is not: %+v", kind, got.Spec)
		}
		update := fmt.Sprintf("/%ss/%s/update?version=%d", kind, made.ID, got.Version.Index)
		status, data = e.do("POST", update, map[string]any{"Name": name + "x"})
		e.refused("a renamed "+kind, status, message(data), 400, "^rpc error: code = InvalidArgument desc = only updates to Labels are allowed$")
		e.must("POST", update, map[string]any{"Name": name, "Labels": map[string]string{"a": "b"}}, nil)
		status, data = e.do("POST", update, map[string]any{"Name": name, "Labels": map[string]string{"a": "c"}})
		e.refused("an old version of a "+kind, status, message(data), 500, "^rpc error: code = Unknown desc = update out of sequence$")

		service := e.name("user-" + kind)
		id := e.create(service, func(s *swarm.ServiceSpec) {
			c := s.TaskTemplate.ContainerSpec
			if kind == "secret" {
				c.Secrets = []*swarm.SecretReference{{SecretID: made.ID, SecretName: name, File: &swarm.SecretReferenceFileTarget{Name: "f", UID: "0", GID: "0", Mode: 0o444}}}
			} else {
				c.Configs = []*swarm.ConfigReference{{ConfigID: made.ID, ConfigName: name, File: &swarm.ConfigReferenceFileTarget{Name: "f", UID: "0", GID: "0", Mode: 0o444}}}
			}
		})
		status, data = e.do("DELETE", "/"+kind+"s/"+made.ID, nil)
		e.refused("a used "+kind, status, message(data), 400,
			"^rpc error: code = InvalidArgument desc = "+kind+" '"+name+"' is in use by the following service: "+service+"$")
		e.must("DELETE", "/services/"+id, nil, nil)
		e.must("DELETE", "/"+kind+"s/"+made.ID, nil, nil)
	}
}

func checkNetworks(e *engine) {
	name := e.name("net")
	var made struct{ ID string }
	e.must("POST", "/networks/create", map[string]any{"Name": name, "Driver": "overlay"}, &made)
	e.t.Cleanup(func() { e.do("DELETE", "/networks/"+name, nil) })
	status, data := e.do("POST", "/networks/create", map[string]any{"Name": name, "Driver": "overlay"})
	e.refused("a second network", status, message(data), 409, "^network with name "+name+" already exists$")

	id := e.create(e.name("a"), replicas(2), func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Networks = []swarm.NetworkAttachmentConfig{{Target: name}}
		s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{Protocol: network.TCP, TargetPort: 80, PublishedPort: 18482}}}
	})
	up := e.want(id, "two tasks run", 2, running)
	s := e.service(id)
	equal(e, "the name in the spec became an ID", s.Spec.TaskTemplate.Networks[0].Target, made.ID)
	equal(e, "virtual addresses", len(s.Endpoint.VirtualIPs), 2)
	equal(e, "ports", len(s.Endpoint.Ports), 1)
	equal(e, "mode of the port", s.Endpoint.Ports[0].PublishMode, swarm.PortConfigPublishModeIngress)
	for _, t := range up {
		equal(e, "networks of the task", len(t.NetworksAttachments), 2)
		equal(e, "the first is the ingress", t.NetworksAttachments[0].Network.Spec.Ingress, true)
		equal(e, "the second", t.NetworksAttachments[1].Network.ID, made.ID)
		equal(e, "addresses", len(t.NetworksAttachments[1].Addresses), 1)
	}
	status, data = e.do("DELETE", "/networks/"+name, nil)
	e.refused("a used network", status, message(data), 400,
		"^rpc error: code = FailedPrecondition desc = network "+made.ID+" is in use by service "+id+"$")
	status, data = e.do("POST", "/services/create", map[string]any{
		"Name": e.name("b"), "TaskTemplate": map[string]any{"ContainerSpec": map[string]any{"Image": Image1}},
		"EndpointSpec": map[string]any{"Ports": []any{map[string]any{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 18482}}},
	})
	e.refused("a used port", status, message(data), 400,
		"^rpc error: code = InvalidArgument desc = port '18482' is already in use by service '"+s.Spec.Name+`' \(`+id+`\) as an ingress port$`)
}

// checkEvents sees what is told of a service and what is not: nothing of its
// tasks.
func checkEvents(e *engine) {
	name := e.name("a")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/events?"+filters("scope", "swarm", "service", name), nil)
	if err != nil {
		e.t.Fatal(err)
	}
	resp, err := e.http.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	id := e.create(name, rolling(swarm.UpdateFailureActionPause, 200*time.Millisecond))
	e.want(id, "the task runs", 1, running)
	e.update(id, replicas(2))
	e.want(id, "two tasks run", 2, running)
	e.update(id, image(Image2))
	e.settled(id, swarm.UpdateStateCompleted)
	e.must("DELETE", "/services/"+id, nil, nil)

	want := []string{
		"create map[name:NAME]",
		"update map[name:NAME replicas.new:2 replicas.old:1]",
		"update map[image.new:" + Image2 + " image.old:" + Image1 + " name:NAME]",
		"update map[name:NAME updatestate.new:updating]",
		"update map[name:NAME updatestate.new:completed updatestate.old:updating]",
		"remove map[name:NAME]",
	}
	lines := bufio.NewScanner(resp.Body)
	for _, w := range want {
		if !lines.Scan() {
			e.t.Fatalf("the events end before %q: %v", w, lines.Err())
		}
		var m events.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			e.t.Fatal(err)
		}
		attributes := map[string]string{}
		for k, v := range m.Actor.Attributes {
			if v == name {
				v = "NAME"
			}
			attributes[k] = v
		}
		equal(e, "event", fmt.Sprintf("%s %v", m.Action, attributes), w)
		equal(e, "scope", m.Scope, "swarm")
		equal(e, "actor", m.Actor.ID, id)
		if m.TimeNano/1e9 != m.Time || m.Time == 0 {
			e.t.Errorf("times %d and %d", m.Time, m.TimeNano)
		}
	}
}

func checkFilters(e *engine) {
	id := e.create(e.name("a"), replicas(2), func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"contract": "filters"} })
	other := e.create(e.name("b"))
	up := e.want(id, "two tasks run", 2, running)
	e.want(other, "the other runs", 1, running)
	services := func(n int, pairs ...string) {
		e.t.Helper()
		var list []swarm.Service
		e.must("GET", "/services?"+filters(pairs...), nil, &list)
		equal(e, fmt.Sprint("services by ", pairs), len(list), n)
	}
	services(1, "id", id)
	services(2, "id", id, "id", other)
	services(1, "label", "contract=filters")
	services(0, "label", "contract=other")
	services(2, "name", e.name(""))
	services(1, "name", e.name("a"), "mode", "replicated")
	services(0, "name", e.name("a"), "mode", "global")
	tasks := func(n int, pairs ...string) {
		e.t.Helper()
		var list []swarm.Task
		e.must("GET", "/tasks?"+filters(pairs...), nil, &list)
		equal(e, fmt.Sprint("tasks by ", pairs), len(list), n)
	}
	tasks(3, "service", id, "service", e.name("b"))
	tasks(1, "id", up[0].ID)
	tasks(2, "label", "contract=filters")
	tasks(2, "service", id, "desired-state", "running")
	tasks(0, "service", id, "desired-state", "shutdown")
	tasks(2, "service", id, "runtime", "container")
	onNode := 0
	for _, t := range up {
		if t.NodeID == up[0].NodeID {
			onNode++
		}
	}
	tasks(onNode, "service", id, "node", up[0].NodeID)
	var one swarm.Task
	e.must("GET", "/tasks/"+up[0].ID, nil, &one)
	equal(e, "task", one.ID, up[0].ID)
}
