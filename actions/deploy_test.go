package actions_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/model"
)

// engineSpec is a service as an engine shows it that docker's own command has
// deployed, and fileSpec what the file says of it.
const (
	engineSpec = `{"Name":"s_web","Labels":{"com.docker.stack.image":"app:1","com.docker.stack.namespace":"s","skep.replicas":"2"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1@sha256:0123456789012345678901234567890123456789012345678901234567890123","Labels":{"com.docker.stack.namespace":"s"},"Env":["B=2","A=1"],"Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":false},"Mounts":[{"Type":"volume","Source":"s_data","Target":"/data","VolumeOptions":{"Labels":{"com.docker.stack.namespace":"s"}}},{"Type":"tmpfs","Target":"/tmp"}],"StopGracePeriod":10000000000,"DNSConfig":{},"Isolation":"default"},"Resources":{"Limits":{},"Reservations":{}},"RestartPolicy":{"Condition":"any","Delay":5000000000,"MaxAttempts":0},"Placement":{"Constraints":["node.role==worker","node.labels.a==b"],"Platforms":[{"Architecture":"amd64","OS":"linux"}]},"Networks":[{"Target":"n2","Aliases":["web"]},{"Target":"n1","Aliases":["www","web"]}],"ForceUpdate":3,"Runtime":"container"},"Mode":{"Replicated":{"Replicas":1}},"UpdateConfig":{"Parallelism":1,"FailureAction":"pause","Monitor":5000000000,"MaxFailureRatio":0,"Order":"stop-first"},"EndpointSpec":{"Mode":"vip","Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"ingress"}]}}`
	fileSpec   = `{"Name":"s_web","Labels":{"com.docker.stack.image":"app:1","com.docker.stack.namespace":"s"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Labels":{"com.docker.stack.namespace":"s"},"Env":["A=1","B=2"],"Privileges":{},"Mounts":[{"Type":"tmpfs","Target":"/tmp"},{"Type":"volume","Source":"s_data","Target":"/data","VolumeOptions":{"Labels":{"com.docker.stack.namespace":"s"}}}]},"Resources":{},"Placement":{"Constraints":["node.labels.a==b","node.role==worker"]},"Networks":[{"Target":"n1","Aliases":["web","www"]},{"Target":"n2","Aliases":["web"]}]},"Mode":{"Replicated":{}},"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":8080}]}}`
)

func specOf(t testing.TB, text string) *swarm.ServiceSpec {
	t.Helper()
	s := &swarm.ServiceSpec{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// What means the same keeps every byte: lists in another order, defaults that are
// spelt out or not, what came with the image.
func TestDeploy_KeepsWhatMeansTheSame(t *testing.T) {
	want := specOf(t, fileSpec)
	got, err := actions.Merge([]byte(engineSpec), want)
	if err != nil {
		t.Fatal(err)
	}
	var changes []model.Change
	for _, c := range model.Diff([]byte(engineSpec), got) {
		if c.Path != "Labels[skep.replicas]" { // It runs: the mark of one that was stopped goes.
			changes = append(changes, c)
		}
	}
	if len(changes) > 0 {
		t.Errorf("it is written anew: %v", changes)
	}
}

func TestDeploy_WritesFieldsByTheirDefaults(t *testing.T) {
	for name, change := range map[string]func(*swarm.ServiceSpec){
		"RollbackConfig.Order": func(s *swarm.ServiceSpec) {
			s.RollbackConfig = &swarm.UpdateConfig{Parallelism: 1, Order: "start-first"}
		},
		"EndpointSpec.Mode":                 func(s *swarm.ServiceSpec) { s.EndpointSpec.Mode = "dnsrr" },
		"TaskTemplate.ContainerSpec.Env[A]": func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Env[0] = "A=2" },
	} {
		want := specOf(t, fileSpec)
		change(want)
		got, err := actions.Merge([]byte(engineSpec), want)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, c := range model.Diff([]byte(engineSpec), got) {
			found = found || c.Path == name || len(name) > 14 && c.Path == name[:14]
		}
		if !found {
			t.Errorf("%s: %v", name, model.Diff([]byte(engineSpec), got))
		}
	}
}

// Platforms belong to an image: what else of the placement comes or goes leaves them,
// and of another image that the registry told nothing of none are known.
func TestDeploy_PlatformsStayWithTheirImage(t *testing.T) {
	const only = `{"Name":"s_web","TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Placement":{"Platforms":[{"Architecture":"amd64","OS":"linux"}]}}}`
	for name, tt := range map[string]struct {
		running, image string
		constraints    []string
		stay           bool
	}{
		"the first constraint":              {only, "app:1", []string{"node.role==worker"}, true},
		"no constraint any more":            {engineSpec, "app:1", nil, true},
		"another image":                     {only, "app:2", nil, false},
		"another image beside a constraint": {engineSpec, "app:2", []string{"node.role==worker"}, false},
	} {
		want := specOf(t, fileSpec)
		want.TaskTemplate.ContainerSpec.Image = tt.image
		want.TaskTemplate.Placement = &swarm.Placement{Constraints: tt.constraints}
		raw, err := actions.Merge([]byte(tt.running), want)
		if err != nil {
			t.Fatal(err)
		}
		got := specOf(t, string(raw)).TaskTemplate.Placement
		if got == nil {
			got = &swarm.Placement{}
		}
		if (len(got.Platforms) > 0) != tt.stay || !slices.Equal(got.Constraints, tt.constraints) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzDeploy holds that what a deployment has written once it does not write again.
func FuzzDeploy(f *testing.F) {
	f.Add([]byte(engineSpec), []byte(fileSpec))
	f.Add([]byte(fileSpec), []byte(engineSpec))
	f.Add([]byte(`{"TaskTemplate":{"ContainerSpec":{"Image":"a","Env":["A","A=1"],"Mounts":[{"Target":"/a"},{"Target":"/a"}]}},"Mode":{"Global":{}}}`), []byte(`{"TaskTemplate":{"ContainerSpec":{"Image":"a","Env":["A=1"]}},"Mode":{"ReplicatedJob":{}}}`))
	f.Fuzz(func(t *testing.T, running, asked []byte) {
		want := &swarm.ServiceSpec{}
		if json.Unmarshal(asked, want) != nil || want.TaskTemplate.ContainerSpec == nil {
			return
		}
		want.Labels = map[string]string{"a": "b"}
		once, err := actions.Merge(running, want)
		if err != nil {
			return
		}
		again, err := actions.Merge(once, want)
		if err != nil {
			t.Fatalf("%v: of\n%s", err, once)
		}
		if !model.SameJSON(once, again) {
			t.Errorf("it is written again: %v\n%s", model.Diff(once, again), once)
		}
	})
}
