package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// taskList is an answer to GET /tasks as an engine gives it, for n tasks of 20
// services on 6 nodes.
func taskList(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)
	for i := range n {
		service := i % 20
		delay := 5 * time.Second
		t := swarm.Task{
			ID:   fmt.Sprintf("t%024d", i),
			Meta: swarm.Meta{Version: swarm.Version{Index: uint64(i)}, CreatedAt: at, UpdatedAt: at},
			Spec: swarm.TaskSpec{
				ContainerSpec: &swarm.ContainerSpec{
					Image:  fmt.Sprintf("registry.example.com/team/service-%d:1.%d@sha256:%064d", service, service, service),
					Labels: map[string]string{"com.docker.stack.namespace": "shop"},
					Env:    []string{"APP_MODE=production", "LOG_LEVEL=info", "DATABASE_URL=postgres://db/shop"},
					Args:   []string{"serve", "--port", "8080"},
				},
				Resources:     &swarm.ResourceRequirements{Limits: &swarm.Limit{NanoCPUs: 5e8, MemoryBytes: 1 << 28}},
				RestartPolicy: &swarm.RestartPolicy{Condition: "any", Delay: &delay},
				Placement:     &swarm.Placement{Constraints: []string{"node.role==worker"}, Platforms: []swarm.Platform{{Architecture: "amd64", OS: "linux"}}},
				Networks:      []swarm.NetworkAttachmentConfig{{Target: "inaiy57dav3rx1d33mplen19m", Aliases: []string{"service"}}},
			},
			ServiceID: fmt.Sprintf("s%024d", service), NodeID: fmt.Sprintf("n%024d", i%6), Slot: i/20 + 1,
			Status: swarm.TaskStatus{
				Timestamp: at, State: swarm.TaskStateRunning, Message: "started",
				ContainerStatus: &swarm.ContainerStatus{ContainerID: fmt.Sprintf("%064d", i), PID: 1000 + i},
			},
			DesiredState: swarm.TaskStateRunning,
		}
		if i > 0 {
			b.WriteByte(',')
		}
		data, err := json.Marshal(t)
		if err != nil {
			panic(err)
		}
		b.Write(data)
	}
	b.WriteString("]\n")
	return b.Bytes()
}

func decodeTasks(s *shared, body []byte) ([]*model.Task, error) {
	var tasks []*model.Task
	d := taskDecoder{shared: s}
	err := decodeList(bytes.NewReader(body), "", func(e *elements) error {
		t, err := d.decode(e)
		tasks = append(tasks, t)
		return err
	})
	return tasks, err
}

// BenchmarkTasks_Decode10k decodes the tasks of a large swarm as every round
// but the first does: with the specifications known.
func BenchmarkTasks_Decode10k(b *testing.B) {
	body := taskList(10_000)
	s := &shared{specs: newInterner(), words: newWordTable()}
	before := heap()
	tasks, err := decodeTasks(s, body)
	if err != nil || len(tasks) != 10_000 {
		b.Fatal(len(tasks), err)
	}
	retained := heap() - before
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeTasks(s, body); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(retained), "retained-B")
	runtime.KeepAlive(tasks)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkServices_Decode decodes 100 services.
func BenchmarkServices_Decode(b *testing.B) {
	replicas := uint64(3)
	data, err := json.Marshal(swarm.Service{
		ID:   "s000000000000000000000000",
		Spec: swarm.ServiceSpec{Annotations: swarm.Annotations{Name: "web", Labels: map[string]string{"a": "b"}}, Mode: swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	body := append([]byte{'['}, bytes.Join(repeat(data, 100), []byte{','})...)
	body = append(body, ']')
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		err := decodeList(bytes.NewReader(body), "", func(e *elements) error {
			raw, err := e.next()
			if err != nil {
				return err
			}
			if s := decodeService(raw); s.Damage != "" {
				b.Fatal(s.Damage)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func repeat(b []byte, n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = b
	}
	return all
}
