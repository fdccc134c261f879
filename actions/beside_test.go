package actions

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// FuzzMovedTo gives any service to another stack and back: it is as before. What is
// beside its like takes no requests, and nothing that it is made of ends the program.
func FuzzMovedTo(f *testing.F) {
	f.Add([]byte(`{"Name":"a_x","Labels":{"com.docker.stack.namespace":"a"},"TaskTemplate":{"Networks":[{"Target":"a_n","Aliases":["x"]},{"Target":"out"}],"ContainerSpec":{"Image":"i:1","Labels":{"com.docker.stack.namespace":"a"},"Mounts":[{"Type":"volume","Source":"a_v","Target":"/v","VolumeOptions":{"Labels":{"com.docker.stack.namespace":"a"}}}]}},"Mode":{"Replicated":{"Replicas":2}}}`))
	f.Add([]byte(`{"Name":"a_x","TaskTemplate":{}}`))
	f.Add([]byte(`{"TaskTemplate":{"ContainerSpec":{}},"EndpointSpec":{"Ports":[{"PublishedPort":80,"TargetPort":80}]},"Mode":{"Global":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var spec swarm.ServiceSpec
		if json.Unmarshal(raw, &spec) != nil || strings.Contains(string(raw), "b_") || strings.Contains(string(raw), `"b"`) || strings.Contains(string(raw), "\\u") {
			return
		}
		spec.Name = "a_x"
		before, err := cloned(&spec)
		if err != nil {
			return
		}
		there := Stack{Name: "a", Services: []StackService{{Name: "a_x", Spec: spec}}}.movedTo("b")
		back := there.movedTo("a")
		if len(there.Services) == 0 {
			return // A job.
		}
		before.Labels = labelled(before.Labels, model.LabelStack, "a")
		if got := back.Services[0].Spec; there.Services[0].Name != "b_x" || !model.SameJSON(text(t, got), text(t, *before)) {
			t.Errorf("%s came back as %s", text(t, *before), text(t, got))
		}
		after, err := cloned(&spec)
		if err != nil || !reflect.DeepEqual(text(t, *after), text(t, spec)) {
			t.Errorf("what is moved was changed: %v", err)
		}
		blue := testkit.Service(testkit.Name("a_x"), testkit.Stack("a"))
		d := &deploy{in: Input{Cluster: testkit.Cluster(testkit.Services(blue))}, want: there, blue: "a"}
		one := there.Services[0]
		if d.pairOne(&one) != nil {
			return
		}
		if one.Spec.EndpointSpec == nil {
			return
		}
		for _, p := range one.Spec.EndpointSpec.Ports {
			if p.PublishedPort != 0 { // For 0 the engine takes one that is free.
				t.Errorf("it has ports: %s", text(t, one.Spec))
			}
		}
	})
}

func text(t *testing.T, spec swarm.ServiceSpec) json.RawMessage {
	t.Helper()
	out, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
