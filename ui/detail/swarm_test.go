package detail

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/theme"
)

// recorded is what a real swarm of Engine 20.10 answered: a stack with
// networks, a secret, a config, a health check and limits, an image that does
// not exist, and a job that fails.
type recorded struct {
	services, tasks []json.RawMessage
	cluster         *model.Cluster
	now             time.Time
}

func load(t testing.TB) recorded {
	t.Helper()
	r := recorded{}
	read := func(name string, into any) {
		b, err := os.ReadFile(filepath.Join("testdata", "swarm", name))
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var nodes []json.RawMessage
	var networks []json.RawMessage
	read("services.json", &r.services)
	read("tasks.json", &r.tasks)
	read("nodes.json", &nodes)
	read("networks.json", &networks)
	var listed []model.Object
	for _, raw := range networks {
		n := &model.Network{}
		_ = decode(raw, &n.Network)
		listed = append(listed, n)
	}
	r.cluster, r.now = snapshotOf(t, r.services, nodes, r.tasks, testkit.Objects(model.KindNetwork, listed...))
	return r
}

// snapshotOf builds a snapshot of what an engine answered, taken a minute after
// the last change.
func snapshotOf(t testing.TB, services, nodes, tasks []json.RawMessage, more ...testkit.ClusterOption) (*model.Cluster, time.Time) {
	t.Helper()
	var now time.Time
	later := func(x time.Time) {
		if x.After(now) {
			now = x
		}
	}
	var ss []*model.Service
	for _, raw := range services {
		s := &model.Service{}
		_ = decode(raw, &s.Service)
		s.Print = model.FingerprintOf(&s.Spec.TaskTemplate)
		later(s.UpdatedAt)
		ss = append(ss, s)
	}
	var ns []*model.Node
	for _, raw := range nodes {
		n := &model.Node{}
		_ = decode(raw, &n.Node)
		ns = append(ns, n)
	}
	var ts []*model.Task
	for _, raw := range tasks {
		if task := taskOfRaw(raw); task != nil {
			later(task.StateAt)
			ts = append(ts, task)
		}
	}
	now = now.Add(time.Minute)
	more = append(more, testkit.At(now), testkit.Services(ss...), testkit.Nodes(ns...), testkit.Tasks(ts...))
	return testkit.Cluster(more...), now
}

func (r recorded) input(ref model.Ref, doc json.RawMessage) Input {
	return Input{Cluster: r.cluster, Ref: ref, Now: r.now, Glyphs: theme.New(theme.Look{Background: theme.Dark}).Glyphs, UnmaskKey: "x",
		Doc: model.Document{Ref: ref, Raw: doc}}
}

// service is the input for a service by name.
func (r recorded) service(t testing.TB, name string) Input {
	t.Helper()
	for _, s := range r.cluster.Services() {
		if s.Name() != name {
			continue
		}
		for _, raw := range r.services {
			var id struct{ ID string }
			if json.Unmarshal(raw, &id) == nil && id.ID == s.ID {
				return r.input(s.Key().Ref(), raw)
			}
		}
	}
	t.Fatalf("no service %s was recorded", name)
	return Input{}
}
