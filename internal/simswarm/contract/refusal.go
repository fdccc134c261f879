package contract

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

// refusal is a request that is refused.
type refusal struct {
	method, path, body string
	status             []int // one of them: engines differ
	text               string
}

const grpcInvalid = `^rpc error: code = InvalidArgument desc = `

var refusals = []refusal{
	{"GET", "/nothing/here", "", []int{404}, `^page not found$`},
	{"PUT", "/services", "", []int{404}, `^page not found$`},
	{"GET", "/v1.99/services", "", []int{400}, `^client version 1.99 is too new. Maximum supported API version is `},
	{"GET", "/services/nope", "", []int{404}, `^service nope not found$`},
	{"DELETE", "/services/nope", "", []int{404}, `^service nope not found$`},
	{"GET", "/tasks/nope", "", []int{404}, `^task nope not found$`},
	{"GET", "/nodes/nope", "", []int{404}, `^node nope not found$`},
	{"DELETE", "/nodes/nope", "", []int{404}, `^node nope not found$`},
	{"GET", "/secrets/nope", "", []int{404}, `^secret nope not found$`},
	{"DELETE", "/configs/nope", "", []int{404}, `^config nope not found$`},
	{"GET", "/networks/nope", "", []int{404}, `^network nope not found$`},
	{"GET", `/tasks?filters={"service":["nope"]}`, "", []int{404}, `^service nope not found$`},
	{"GET", `/tasks?filters={"node":["nope"]}`, "", []int{404}, `^node nope not found$`},
	{"GET", `/tasks?filters={"foo":["x"]}`, "", []int{400}, `(?i)^invalid filter 'foo'$`},
	{"GET", `/services?filters={"foo":["x"]}`, "", []int{400}, `(?i)^invalid filter 'foo'$`},
	{"GET", `/nodes?filters={"role":["x"]}`, "", []int{400, 500}, `(?i)^invalid role filter: 'x'$`},
	{"GET", "/services/nope/logs?stdout=1", "", []int{404}, `^service nope not found$`},
	{"POST", "/services/create", `{bad`, []int{400}, `invalid character 'b' looking for beginning of object key string$`},
	{"POST", "/services/create", ``, []int{400}, `EOF|^mismatched Runtime and \*Spec fields$`}, // Newer engines take it for {}.
	{"POST", "/services/create", `{"Name":"x"}`, []int{400}, `^mismatched Runtime and \*Spec fields$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{}}}`, []int{400}, grpcInvalid + `ContainerSpec: image reference must be provided$`},
	{"POST", "/services/create", `{"Name":"x y","TaskTemplate":{"ContainerSpec":{"Image":"a"}}}`, []int{400}, grpcInvalid + `name must be valid as a DNS name component$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"::"}}}`, []int{400}, grpcInvalid + `ContainerSpec: "::" is not a valid repository/tag$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Placement":{"Constraints":["node.role=manager"]}}}`, []int{400, 500}, `constraint expected one operator from ==, !=$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Resources":{"Reservations":{"NanoCPUs":100}}}}`, []int{400}, grpcInvalid + `invalid cpu value 1e-07: Must be at least 0.001$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Resources":{"Limits":{"MemoryBytes":100}}}}`, []int{400}, grpcInvalid + `invalid memory value 100: Must be at least 4MiB$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Networks":[{"Target":"nope"}]}}`, []int{404, 500}, `^network nope not found$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a","Secrets":[{"SecretID":"abc","SecretName":"n","File":{"Name":"n"}}]}}}`, []int{400}, grpcInvalid + `secret not found: n$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"RestartPolicy":{"Delay":-1}}}`, []int{400}, grpcInvalid + `TaskSpec: restart-delay cannot be negative$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"UpdateConfig":{"Monitor":-1}}`, []int{400}, grpcInvalid + `TaskSpec: update-monitor cannot be negative$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"UpdateConfig":{"FailureAction":"x"}}`, []int{400}, `^unrecognized update failure action x$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"},"RestartPolicy":{"Condition":"foo"}}}`, []int{400}, `^invalid RestartCondition: "foo"$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"Mode":{"Global":{},"Replicated":{}}}`, []int{400}, `^must specify only one service mode$`},
	{"POST", "/services/create", `{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"a"}},"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":8097},{"TargetPort":81,"PublishedPort":8097}]}}`, []int{400}, grpcInvalid + `EndpointSpec: duplicate published ports provided$`},
	{"POST", "/secrets/create", `{"Name":"a b","Data":"aGVsbG8="}`, []int{400}, grpcInvalid + `invalid name, only 64 \[a-zA-Z0-9-_.\] characters allowed, and the start and end character must be \[a-zA-Z0-9\]$`},
	{"POST", "/secrets/create", `{"Name":"ab"}`, []int{400}, grpcInvalid + `secret data must be larger than 0 and less than 512000 bytes$`},
	{"POST", "/configs/create", `{"Name":"ab"}`, []int{400}, grpcInvalid + `config data must be larger than 0 and less than 1024000 bytes$`},
}

// checkRefusals goes through the refusals of the table, and those that need a
// service.
func checkRefusals(e *engine) {
	for _, r := range refusals {
		var body any
		if r.method == "POST" {
			body = r.body
		}
		status, data := e.do(r.method, strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", "[", "%5B", "]", "%5D").Replace(r.path), body)
		e.refused(r.method+" "+r.path+" "+r.body, status, message(data), r.status, r.text)
	}
	name := e.name("a")
	id := e.create(name)
	s := e.service(id)
	try := func(query string, status int, text string, c change) {
		e.t.Helper()
		spec := s.Spec
		container := *spec.TaskTemplate.ContainerSpec
		spec.TaskTemplate.ContainerSpec = &container
		if c != nil {
			c(&spec)
		}
		got, data := e.do("POST", "/services/"+id+"/update?"+query, spec)
		e.refused("update?"+query, got, message(data), []int{status}, text)
	}
	now := fmt.Sprintf("version=%d", s.Version.Index)
	try("version=1", 500, `^rpc error: code = Unknown desc = update out of sequence$`, nil)
	try("", 400, `^invalid service version '': strconv.ParseUint: parsing "": invalid syntax$`, nil)
	try(now+"&rollback=previous", 400, `^rpc error: code = FailedPrecondition desc = service `+id+` does not have a previous spec$`, nil)
	try(now, 501, `^rpc error: code = Unimplemented desc = renaming services is not supported$`, func(s *swarm.ServiceSpec) { s.Name += "x" })
	try(now, 501, `^rpc error: code = Unimplemented desc = service mode change is not allowed$`, func(s *swarm.ServiceSpec) {
		s.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}}
	})
	status, data := e.do("POST", "/services/create", s.Spec)
	e.refused("the same name again", status, message(data), []int{409},
		`^rpc error: code = AlreadyExists desc = name conflicts with an existing object: service `+name+` already exists$`)

	var nodes []swarm.Node
	e.must("GET", "/nodes", nil, &nodes)
	node := nodes[0].ID
	for _, r := range []refusal{
		{"POST", "/update?version=1", `{"Role":"` + string(nodes[0].Spec.Role) + `","Availability":"active"}`, []int{500}, `^rpc error: code = Unknown desc = update out of sequence$`},
		{"POST", "/update?version=1", `{"Role":"x","Availability":"active"}`, []int{400}, `^invalid Role: "x"$`},
		{"POST", "/update?version=1", `{"Role":"worker","Availability":"x"}`, []int{400}, `^invalid Availability: "x"$`},
		{"POST", "/update", `{"Role":"worker","Availability":"active"}`, []int{400}, `^invalid node version '': strconv.ParseUint: parsing "": invalid syntax$`},
	} {
		status, data := e.do(r.method, "/nodes/"+node+r.path, r.body)
		e.refused("nodes"+r.path+" "+r.body, status, message(data), r.status, r.text)
	}
}

func (e *engine) refused(what string, status int, text string, statuses []int, pattern string) {
	e.t.Helper()
	ok := false
	for _, s := range statuses {
		ok = ok || s == status
	}
	if !ok || !regexp.MustCompile(pattern).MatchString(strings.TrimSpace(text)) {
		e.t.Errorf("%s\n is answered %d %q\n want %v %s", what, status, text, statuses, pattern)
	}
}
