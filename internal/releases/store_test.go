package releases

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func specOf(image, password string, replicas uint64) json.RawMessage {
	spec := swarm.ServiceSpec{Mode: swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}}
	spec.Name = "web"
	spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: image, Env: []string{"DB_PASSWORD=" + password}}
	raw, _ := model.PlainSpecOf(&spec)
	return raw
}

func one(spec json.RawMessage) func(*model.Release) []model.Release {
	return func(last *model.Release) []model.Release {
		if last != nil && model.SameJSON(last.Spec, spec) {
			return nil
		}
		return []model.Release{{ID: "abc", At: time.Unix(1, 0).UTC(), From: model.ReleaseSeen, Who: "ada", Spec: spec}}
	}
}

func add(t *testing.T, s *Store, spec json.RawMessage) {
	t.Helper()
	if err := s.Add("swarm", "web", one(spec)); err != nil {
		t.Fatal(err)
	}
}

func TestStore_KeepsSecretsApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "releases")
	s := New(dir)
	for i := range 3 {
		add(t, s, specOf(fmt.Sprintf("app:%d", i), "hunter2", 1))
		add(t, s, specOf(fmt.Sprintf("app:%d", i), "hunter2", 1)) // Another console has seen it, too.
	}
	got, err := s.Read("swarm", "web")
	if err != nil || len(got) != 3 || got[2].N != 3 || !model.SameJSON(got[2].Spec, specOf("app:2", "hunter2", 1)) {
		t.Fatalf("%d: %+v, %v", len(got), got, err)
	}
	if s.LastMark("swarm", "web") != Mark(specOf("app:2", "hunter2", 1)) || s.LastMark("swarm", "other") != "" {
		t.Error("the mark of the last one")
	}
	path := s.path("swarm", "web")
	if b, _ := os.ReadFile(path); strings.Contains(string(b), "hunter2") || strings.Contains(string(b), s.LastMark("swarm", "web")) {
		t.Errorf("the ledger has a secret: %s", b)
	}
	for _, p := range []string{path, apartPath(path)} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	// Somebody has taken the secrets away: then it cannot be run again.
	if err := os.Remove(apartPath(path)); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Read("swarm", "web"); err != nil || len(got) != 3 || got[0].Lacks == "" {
		t.Errorf("%+v, %v", got, err)
	}
	add(t, s, specOf("app:2", "hunter2", 1))
	if got, err = s.Read("swarm", "web"); err != nil || len(got) != 4 || got[3].Lacks != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestStore_Names(t *testing.T) {
	s := New(t.TempDir())
	seen := map[string]bool{}
	for _, name := range []string{"web", "../../etc/passwd", "a/b", "con", strings.Repeat("x", 300), "", ".", "web.secrets"} {
		p := s.path("swarm", name)
		if filepath.Dir(p) != s.folder("swarm") || len(filepath.Base(p)) > 200 || seen[p] {
			t.Errorf("%q is kept in %s", name, p)
		}
		seen[p] = true
	}
	if s.path("swarm", "Web") != s.path("swarm", "web") {
		t.Error("the engine takes them for one name")
	}
}

// What is torn in the middle of a line costs itself alone.
func TestStore_Torn(t *testing.T) {
	s := New(t.TempDir())
	add(t, s, specOf("app:1", "x", 1))
	add(t, s, specOf("app:2", "x", 1))
	for _, p := range []string{s.path("swarm", "web"), apartPath(s.path("swarm", "web"))} {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, b[:len(b)-20], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, specOf("app:2", "x", 1))
	got, err := s.Read("swarm", "web")
	if err != nil || len(got) != 2 || !model.SameJSON(got[1].Spec, specOf("app:2", "x", 1)) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestStore_IsBounded(t *testing.T) {
	s := New(t.TempDir())
	release := 0
	for i := range 2 * keepReleases {
		if i%10 == 0 {
			release++
		}
		add(t, s, specOf(fmt.Sprintf("app:%d", release), "secret", uint64(1+i%10)))
	}
	got, err := s.Read("swarm", "web")
	if err != nil || len(got) > keepReleases || got[len(got)-1].N != 2*keepReleases {
		t.Fatalf("%d, the last is %v: %v", len(got), got[len(got)-1].N, err)
	}
	images := map[string]bool{}
	for _, r := range got {
		images[r.Image()] = r.Lacks == ""
	}
	if len(images) != release || !images["app:1"] {
		t.Errorf("scales have pushed out releases: %d of %d are left: %v", len(images), release, images)
	}
	if s.LastMark("swarm", "web") != Mark(got[len(got)-1].Spec) {
		t.Error("the mark of the last one")
	}
	big := specOf("app:big", strings.Repeat("x", keepSpec), 1)
	add(t, s, big)
	if got, _ = s.Read("swarm", "web"); got[len(got)-1].Lacks == "" || s.LastMark("swarm", "web") != Mark(big) {
		t.Errorf("%+v", got[len(got)-1])
	}
}

// Several consoles see the same changes: each stands in the ledger once.
func TestStore_TwoConsoles(t *testing.T) {
	dir := t.TempDir()
	rounds := max(10, testkit.Rounds(40))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s := New(dir)
			for i := range rounds {
				spec := specOf(fmt.Sprintf("app:%d", i), "x", 1)
				add := func() error {
					return s.Add("swarm", "web", func(last *model.Release) []model.Release {
						if last != nil {
							var n int
							if _, err := fmt.Sscanf(last.Image(), "app:%d", &n); err != nil || n >= i {
								return nil
							}
						}
						return one(spec)(last)
					})
				}
				err := add()
				for n := 0; err != nil && n < 10; n++ { // On a busy machine the others may have it for long.
					err = add()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := New(dir).Read("swarm", "web")
	if err != nil || len(got) != rounds {
		t.Fatalf("%d, %v", len(got), err)
	}
	for i, r := range got {
		if r.N != i+1 || r.Image() != fmt.Sprintf("app:%d", i) || r.Lacks != "" {
			t.Errorf("%d: %+v", i, r)
		}
	}
}

// TestStore_Killed kills a process again and again while it writes.
func TestStore_Killed(t *testing.T) {
	if dir := os.Getenv("RELEASES_WRITE_IN"); dir != "" {
		s := New(dir)
		for i := 0; ; i++ {
			if err := s.Add("swarm", "web", one(specOf(fmt.Sprintf("app:%d.%d", os.Getpid(), i), strings.Repeat("x", 20_000), uint64(i)))); err != nil {
				fmt.Println(err)
			}
			if i == 0 {
				fmt.Println("writing")
			}
		}
	}
	dir := t.TempDir()
	for range max(2, testkit.Rounds(8)) {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestStore_Killed$")
		cmd.Env = append(os.Environ(), "RELEASES_WRITE_IN="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = bufio.NewReader(out).ReadString('\n')
		time.Sleep(60 * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		got, err := New(dir).Read("swarm", "web")
		if err != nil || len(got) == 0 {
			t.Fatalf("%d, %v", len(got), err)
		}
		for _, r := range got {
			if r.Lacks != "" || r.Template() == nil {
				t.Errorf("%d lacks its specification: %s", r.N, r.Lacks)
			}
		}
	}
	s := New(dir)
	add(t, s, specOf("app:after", "x", 1))
	if got, err := s.Read("swarm", "web"); err != nil || got[len(got)-1].Image() != "app:after" {
		t.Errorf("%v", err)
	}
}

func TestRecorder(t *testing.T) {
	s := New(t.TempDir())
	r := NewRecorder(s, nil)
	svc := testkit.Service(testkit.Image("app:1"))
	see := func(svc *model.Service, options ...testkit.ClusterOption) {
		t.Helper()
		c := testkit.Cluster(append(options, testkit.Nodes(testkit.Node()), testkit.Services(svc))...)
		if err := r.See(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	images := func() string {
		all, err := s.Read(testkit.SwarmID, "web")
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for i := range all {
			out = append(out, all[i].Image())
		}
		return strings.Join(out, " ")
	}
	see(svc)
	if got := images(); got != "" {
		t.Errorf("before its tasks were read: %s", got)
	}
	see(svc, testkit.Tasks(testkit.Task(testkit.Of(svc))))
	if got := images(); got != "app:1" {
		t.Errorf("the first: %s", got)
	}
	next := testkit.Service(testkit.Image("app:2"))
	next.Version.Index++
	see(next)
	see(next)
	if got := images(); got != "app:1 app:2" {
		t.Errorf("a change: %s", got)
	}
	if all, _ := s.Read(testkit.SwarmID, "web"); all[1].About || !all[1].At.Equal(next.UpdatedAt) {
		t.Errorf("it was seen: %+v", all[1])
	}
	// Another run of the program has nothing to add.
	r = NewRecorder(s, func(context.Context) (map[model.ServiceID][]model.SpecUpdate, error) {
		t.Error("it asks the journal")
		return nil, nil
	})
	see(next, testkit.Tasks(testkit.Task(testkit.Of(next))))
	if got := images(); got != "app:1 app:2" {
		t.Errorf("once more: %s", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"n":1,"service":"web","spec":{"Name":"web"}}`+"\n"), []byte(`{"n":1,"mark":"x","values":{"a":"b"}}`+"\n"))
	f.Add([]byte("{\n\n{}\n"), []byte("null\n[]\n"))
	f.Fuzz(func(t *testing.T, main, secrets []byte) {
		s := New(t.TempDir())
		path := s.path("swarm", "web")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile(path, main, 0o600)
		_ = os.WriteFile(apartPath(path), secrets, 0o600)
		before, err := s.Read("swarm", "web")
		if err != nil {
			t.Fatal(err)
		}
		add(t, s, specOf("app:new", "x", 1))
		after, err := s.Read("swarm", "web")
		if err != nil || len(after) == 0 || after[len(after)-1].Image() != "app:new" || len(after) < min(len(before), 1) {
			t.Errorf("%d then %d: %v", len(before), len(after), err)
		}
	})
}
