package simswarm_test

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

// refusals are requests that are refused, whatever is in the swarm.
var refusals = []struct{ method, path, body string }{
	{"GET", "/nothing/here", ""},
	{"PUT", "/services", ""},
	{"GET", "/v1.99/services", ""},
	{"GET", "/services/nope", ""},
	{"DELETE", "/services/nope", ""},
	{"GET", "/tasks/nope", ""},
	{"GET", "/nodes/nope", ""},
	{"DELETE", "/nodes/nope", ""},
	{"GET", "/secrets/nope", ""},
	{"DELETE", "/configs/nope", ""},
	{"GET", "/networks/nope", ""},
	{"GET", `/tasks?filters={"service":["nope"]}`, ""},
	{"GET", `/tasks?filters={"node":["nope"]}`, ""},
	{"GET", `/tasks?filters={"foo":["x"]}`, ""},
	{"GET", `/services?filters={"foo":["x"]}`, ""},
	{"GET", `/nodes?filters={"role":["x"]}`, ""},
	{"GET", "/services/nope/logs?stdout=1", ""},
	{"POST", "/services/create", `{bad`},
	{"POST", "/services/create", ``},
	{"POST", "/services/create", `{"Name":"x"}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{}}}`},
	{"POST", "/services/create", `{"Name":"x y","TaskTemplate":{"ContainerSpec":{"Image":"a"}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"::"}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Placement":{"Constraints":["node.role=manager"]}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Resources":{"Reservations":{"NanoCPUs":100}}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Resources":{"Limits":{"MemoryBytes":100}}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Networks":[{"Target":"nope"}]}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a","Secrets":[{"SecretID":"abc","SecretName":"n","File":{"Name":"n"}}]}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"RestartPolicy":{"Delay":-1}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"UpdateConfig":{"Monitor":-1}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"UpdateConfig":{"FailureAction":"x"}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"RestartPolicy":{"Condition":"foo"}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"Mode":{"Global":{},"Replicated":{}}}`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":8097},{"TargetPort":81,"PublishedPort":8097}]}}`},
	{"POST", "/secrets/create", `{"Name":"a b","Data":"aGVsbG8="}`},
	{"POST", "/secrets/create", `{"Name":"ab"}`},
	{"POST", "/configs/create", `{"Name":"ab"}`},
}

// refusals notes what is said to the requests of the table, and to those that
// need a service or a node.
func (s shapes) refusals() {
	escape := strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", "[", "%5B", "]", "%5D")
	for _, r := range refusals {
		var body any
		if r.method == "POST" {
			body = r.body
		}
		s.refuse(r.method, escape.Replace(r.path), body, strings.TrimSpace(r.method+" "+r.path+" "+r.body), nil)
	}
	name := s.name("refused")
	id := s.create(name)
	service := s.service(id)
	ids := strings.NewReplacer(id, "<id>")
	try := func(query, what string, c change) {
		s.t.Helper()
		spec := service.Spec
		container := *spec.TaskTemplate.ContainerSpec
		spec.TaskTemplate.ContainerSpec = &container
		if c != nil {
			c(&spec)
		}
		s.refuse("POST", "/services/"+id+"/update?"+query, spec, what, ids)
	}
	now := fmt.Sprintf("version=%d", service.Version.Index)
	try("version=1", "update on an old version", nil)
	try("", "update on no version", nil)
	try(now+"&rollback=previous", "rollback without a previous spec", nil)
	try(now, "rename", func(s *swarm.ServiceSpec) { s.Name += "x" })
	try(now, "change of the mode", func(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}} })
	s.refuse("GET", "/services/"+id+"/logs", nil, "logs of no stream", ids)
	s.refuse("GET", "/services/"+id+"/logs?stdout=1&tail=x", nil, "logs with a tail that is no number", ids)
	s.refuse("POST", "/services/create", service.Spec, "create with the name of another", ids)

	var nodes []swarm.Node
	s.must("GET", "/nodes", nil, &nodes)
	path := "/nodes/" + nodes[0].ID + "/update"
	for what, r := range map[string]struct{ query, body string }{
		"node update on an old version":  {"?version=1", `{"Role":"` + string(nodes[0].Spec.Role) + `","Availability":"active"}`},
		"node update to no role":         {"?version=1", `{"Role":"x","Availability":"active"}`},
		"node update to no availability": {"?version=1", `{"Role":"worker","Availability":"x"}`},
		"node update on no version":      {"", `{"Role":"worker","Availability":"active"}`},
	} {
		s.refuse("POST", path+r.query, r.body, what, nil)
	}
}

// refuse notes the answer to a request that has to be refused.
func (s shapes) refuse(method, path string, body any, what string, ids *strings.Replacer) {
	s.t.Helper()
	status, data := s.do(method, path, body)
	if status < 400 {
		s.t.Errorf("%s is not refused: %d %s", what, status, data)
	}
	text := strings.TrimSpace(message(data))
	if ids != nil {
		text = ids.Replace(text)
	}
	s.keep("refused: "+what, map[string]any{"Status": float64(status), "Text": text})
}
