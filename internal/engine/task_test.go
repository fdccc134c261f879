package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const oneTask = `{"ID":"t1","Version":{"Index":9},"CreatedAt":"2026-01-02T03:04:05.5Z","UpdatedAt":"2026-01-02T03:04:06Z",
"Spec":{"ContainerSpec":{"Image":"app:1"},"ForceUpdate":0},"ServiceID":"s1","Slot":2,"NodeID":"n1",
"Status":{"Timestamp":"2026-01-02T03:04:07Z","State":"failed","Message":"started","Err":"task: non-zero exit (3)",
"ContainerStatus":{"ContainerID":"c1","PID":0,"ExitCode":3},"PortStatus":{"Ports":[{"PublishedPort":8080,"TargetPort":80}]}},"DesiredState":"shutdown","JobIteration":{"Index":4},
"NetworksAttachments":[{"Network":{"ID":"n1"},"Addresses":["10.0.1.5/24"]},{"Addresses":["10.0.0.7/16","fd00::7/64"]}],
"GenericResources":[{"NamedResourceSpec":{"Kind":"gpu","Value":"UUID1"}}]}`

func TestTasks_Fields(t *testing.T) {
	tasks, err := decodeTasks(&shared{specs: newInterner(), words: newWordTable()}, []byte("["+oneTask+"]"))
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	want := model.Task{
		ID: "t1", ServiceID: "s1", NodeID: "n1", Slot: 2, Version: 9,
		CreatedAt: at("2026-01-02T03:04:05.5Z"), UpdatedAt: at("2026-01-02T03:04:06Z"), StateAt: at("2026-01-02T03:04:07Z"),
		State: swarm.TaskStateFailed, Desired: swarm.TaskStateShutdown, Message: "started", Err: "task: non-zero exit (3)",
		ExitCode: 3, Exited: true, ContainerID: "c1", Job: true, JobIteration: 4, Spec: tasks[0].Spec,
		Addresses: "10.0.1.5 10.0.0.7 fd00::7", Ports: []swarm.PortConfig{{PublishedPort: 8080, TargetPort: 80}},
		Holds: []swarm.GenericResource{{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "gpu", Value: "UUID1"}}},
	}
	if !reflect.DeepEqual(*tasks[0], want) {
		t.Errorf("got %+v, want %+v", *tasks[0], want)
	}
	if s := tasks[0].Spec; s == nil || tasks[0].Image() != "app:1" || s.Print != model.FingerprintOf(&s.TaskSpec) || s.Print == 0 {
		t.Errorf("got spec %+v", s)
	}
}

// TestTasks_NothingOfTheTaskBefore guards the buffers that are used again.
func TestTasks_NothingOfTheTaskBefore(t *testing.T) {
	tasks, err := decodeTasks(&shared{specs: newInterner(), words: newWordTable()}, []byte("["+oneTask+`,{"ID":"t2"},`+oneTask+"]"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*tasks[1], model.Task{ID: "t2"}) {
		t.Errorf("got %+v", *tasks[1])
	}
	if !reflect.DeepEqual(tasks[0], tasks[2]) {
		t.Errorf("got %+v and %+v", *tasks[0], *tasks[2])
	}
}

func TestTasks_EqualSpecsAreShared(t *testing.T) {
	s := &shared{specs: newInterner(), words: newWordTable()}
	body := taskList(60)
	first, err := decodeTasks(s, body)
	if err != nil {
		t.Fatal(err)
	}
	second, err := decodeTasks(s, body)
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[*model.TaskSpec]bool{}
	for i := range first {
		distinct[first[i].Spec] = true
		if first[i].Spec != second[i].Spec {
			t.Fatal("a specification is not shared between two answers")
		}
	}
	if len(distinct) != 20 {
		t.Errorf("%d specifications, want 20", len(distinct))
	}
}

func TestTasks_BadPartsStayEmpty(t *testing.T) {
	body := `[{"ID":"t1","Slot":"two","CreatedAt":"yesterday","Version":[],"ServiceID":5,"NodeID":"n1","Status":{"State":"running","Timestamp":7,"ContainerStatus":"x"},
"Spec":{"ContainerSpec":{"Image":"app:1","DNSConfig":{"Nameservers":["8.8.8.8:53"]}}}},{"Slot":1},"text",{"ID":"t2","Spec":"nonsense"},{"ID":"t3","Spec":null}]`
	tasks, err := decodeTasks(&shared{specs: newInterner(), words: newWordTable()}, []byte(body))
	if err != nil || len(tasks) != 5 {
		t.Fatal(tasks, err)
	}
	got := tasks[0]
	if got.ID != "t1" || got.NodeID != "n1" || got.State != swarm.TaskStateRunning || got.Slot != 0 || got.ServiceID != "" ||
		!got.CreatedAt.IsZero() || got.Image() != "app:1" {
		t.Errorf("got %+v", got)
	}
	if tasks[3].Spec == nil || tasks[3].Image() != "" {
		t.Errorf("got spec %+v", tasks[3].Spec)
	}
}

func TestTasks_Filter(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/tasks", 200, "["+oneTask+"]")
	for want, q := range map[string]model.TaskQuery{
		``:                                {},
		`{"service":{"a":true,"b":true}}`: {Services: []model.ServiceID{"b", "a"}},
		`{"node":{"n":true}}`:             {Node: "n"},
		`{"node":{"n":true},"service":{"a":true}}`: {Services: []model.ServiceID{"a"}, Node: "n"},
	} {
		if _, _, err := p.Tasks(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		seen := f.requests()
		if got := seen[len(seen)-1].URL.Query().Get("filters"); got != want {
			t.Errorf("got filters %q, want %q", got, want)
		}
	}
}

// filteredTasks answers as an engine does that knows the services a and c.
func filteredTasks(message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var filter map[string]map[string]bool
		_ = json.Unmarshal([]byte(r.URL.Query().Get("filters")), &filter)
		var list []string
		for _, id := range []string{"gone1", "gone2"} {
			if filter["service"][id] {
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprintf(w, `{"message":%q}`, strings.ReplaceAll(message, "ID", id))
				return
			}
		}
		for _, id := range []string{"a", "c"} {
			if filter["service"][id] {
				list = append(list, fmt.Sprintf(`{"ID":"of-%s","ServiceID":%q}`, id, id))
			}
		}
		fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
	}
}

func TestTasks_ServicesThatAreGoneHaveNone(t *testing.T) {
	for message, most := range map[string]int{
		"service ID not found":        3,
		"there is nothing like that.": 5,
	} {
		f := newFake(t)
		p := f.pool(t, Options{})
		f.handle("/tasks", filteredTasks(message))
		before := len(f.requests())
		tasks, size, err := p.Tasks(t.Context(), model.TaskQuery{Services: []model.ServiceID{"a", "gone1", "c", "gone2"}})
		if err != nil || len(tasks) != 2 || tasks[0].ServiceID != "a" || tasks[1].ServiceID != "c" || size == 0 {
			t.Errorf("%q: got %v, %d, %v", message, tasks, size, err)
		}
		if n := len(f.requests()) - before; n > most {
			t.Errorf("%q: %d requests, want at most %d", message, n, most)
		}
		if tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{Services: []model.ServiceID{"gone1"}}); err != nil || len(tasks) != 0 {
			t.Errorf("%q: one service that is gone: got %v, %v", message, tasks, err)
		}
	}
}

func TestTasks_NodeThatIsGone(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.fails("/tasks", http.StatusNotFound, "node n not found")
	_, _, err := p.Tasks(t.Context(), model.TaskQuery{Node: "n"})
	wantGone(t, err)
}

func TestInterner_IsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	g := newGenerations[int](10, 1<<20)
	g.put("used", -1, 0)
	for i := range 1000 {
		g.put(fmt.Sprint(i), i, 0)
		if v, ok := g.get([]byte("used")); !ok || v != -1 {
			t.Fatalf("after %d others the one in use is lost", i)
		}
		if n := len(g.young) + len(g.old); n > 21 {
			t.Fatalf("%d entries", n)
		}
	}
	if _, ok := g.get([]byte("0")); ok {
		t.Error("the first one is still there")
	}
	big := newGenerations[int](1000, 100)
	for i := range 1000 {
		big.put(strings.Repeat("x", 10)+fmt.Sprint(i), i, 20)
		if len(big.young) > 4 {
			t.Fatalf("%d entries of 30 bytes within 100", len(big.young))
		}
	}
}

func TestInterner_Concurrent(t *testing.T) {
	s := &shared{specs: newInterner(), words: newWordTable()}
	body := taskList(200)
	var wg sync.WaitGroup
	results := make([][]*model.Task, 4)
	for i := range results {
		wg.Go(func() { results[i], _ = decodeTasks(s, body) })
	}
	wg.Wait()
	for _, tasks := range results[1:] {
		for i := range tasks {
			if tasks[i].Spec != results[0][i].Spec {
				t.Fatal("two calls have a specification of their own each")
			}
		}
	}
}

func TestWords(t *testing.T) {
	table := newWordTable()
	long := strings.Repeat("x", 2*maxText)
	for raw, want := range map[string]string{`"running"`: "running", `""`: "", ``: "", `null`: "", `5`: "", `"\u00e9\n"`: "é\n", `"` + long + `"`: shorten(long, maxText)} {
		for range 2 {
			if got, _ := table.word([]byte(raw)); got != want {
				t.Errorf("%.20s: got %.20q, want %.20q", raw, got, want)
			}
		}
	}
	if len(table.words.young) > 4 {
		t.Error("a long string is kept")
	}
}

// FuzzDecodeTask compares the lean decoder with the types of the API.
func FuzzDecodeTask(f *testing.F) {
	for _, seed := range []string{oneTask, `{"ID":"a","Slot":1}`, `{"Status":null,"Spec":{}}`, `{"Status":{"State":"x","ContainerStatus":null}}`, `null`, `{"JobIteration":{"Index":3}}`} {
		f.Add(seed)
	}
	s := &shared{specs: newInterner(), words: newWordTable()}
	f.Fuzz(func(t *testing.T, raw string) {
		d := taskDecoder{shared: s}
		got, err := d.decode(newElements(strings.NewReader(raw)))
		var want swarm.Task
		if json.Unmarshal([]byte(raw), &want) != nil {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if string(got.ID) != want.ID || string(got.ServiceID) != want.ServiceID || string(got.NodeID) != want.NodeID ||
			got.Slot != want.Slot || got.Version != want.Version.Index || !got.CreatedAt.Equal(want.CreatedAt) ||
			!got.UpdatedAt.Equal(want.UpdatedAt) || !got.StateAt.Equal(want.Status.Timestamp) || got.State != want.Status.State ||
			got.Desired != want.DesiredState || got.Message != want.Status.Message || got.Err != want.Status.Err {
			t.Fatalf("%s: got %+v, want %+v", raw, got, want)
		}
		if got.Spec != nil && got.Spec.Print != model.FingerprintOf(&want.Spec) {
			t.Fatalf("%s: another specification", raw)
		}
	})
}

// FuzzDecodeList checks that a body which is no list is never taken for one.
func FuzzDecodeList(f *testing.F) {
	for _, seed := range []string{`[]`, `null`, `[{"ID":"a"},{"ID":"b"}]`, `[{"ID":"a"}`, `[{}] {}`, `{}`, ``, `[[[]]]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got []json.RawMessage
		err := decodeList(strings.NewReader(body), "", func(e *elements) error {
			raw, err := e.next()
			got = append(got, bytes.Clone(raw))
			return err
		})
		var want []json.RawMessage
		if plain := json.Unmarshal([]byte(body), &want); (plain == nil) != (err == nil) {
			t.Fatalf("%q: got %v, want %v", body, err, plain)
		}
		if err == nil && len(got) != len(want) {
			t.Fatalf("%q: got %d elements, want %d", body, len(got), len(want))
		}
	})
}
