package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/lab"
	"skep/model"
)

// TestLab_Objects lists and reads what is kept for services on a real swarm, and
// compares it with what the docker command says.
func TestLab_Objects(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1))
	m := l.Manager(0)
	file := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(file, []byte("listen 80;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dockerCLI(t, m, "network", "create", "-d", "overlay", "--attachable", "--opt", "encrypted", "front")
	dockerCLI(t, m, "secret", "create", "password", file)
	dockerCLI(t, m, "config", "create", "nginx", file)
	dockerCLI(t, m, "volume", "create", "--opt", "type=nfs", "--opt", "o=addr=10.0.0.5", "--opt", "device=:/x", "data")
	dockerCLI(t, m, "service", "create", "-d", "--no-resolve-image", "--name", "web", "--network", "front", "--secret", "password",
		"--config", "source=nginx,target=/etc/nginx.conf", "--mount", "type=volume,source=data,target=/data", "--constraint", "node.labels.x==y", "app:1")
	lab.Eventually(t, 30*time.Second, func() error { // The swarm makes it a moment later.
		if nets := dockerCLI(t, m, "network", "ls", "--format", "{{.Name}}"); !strings.Contains(nets, "docker_gwbridge") {
			return fmt.Errorf("networks: %s", nets)
		}
		return nil
	})
	p := labPool(t, Options{Hosts: []string{m.Host()}})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	services, _, err := p.Services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := model.NewBuilder(nil)
	for kind, used := range map[model.Kind]string{
		model.KindNetwork: "front", model.KindSecret: "password", model.KindConfig: "nginx", model.KindVolume: "data",
	} {
		objects, _, err := p.List(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range objects {
			if o.Meta().Damage != "" {
				t.Errorf("%s %s: %s", kind, o.Meta().Name, o.Meta().Damage)
			}
			names = append(names, o.Meta().Name)
			doc, err := p.Inspect(t.Context(), o.Meta().Ref)
			if err != nil || doc.Name != o.Meta().Name || doc.Ref != o.Meta().Ref || len(doc.Raw) == 0 {
				t.Errorf("%s %s is read as %v %q: %v", kind, o.Meta().Name, doc.Ref, doc.Name, err)
			}
		}
		slices.Sort(names)
		want := strings.Fields(dockerCLI(t, m, string(kind), "ls", "--format", "{{.Name}}"))
		slices.Sort(want)
		if !slices.Equal(names, want) || !slices.Contains(names, used) {
			t.Errorf("%s: %v, want %v", kind, names, want)
		}
		b.SetObjects(kind, objects, services[0].UpdatedAt)
	}
	b.SetServices(services, services[0].UpdatedAt)
	c := b.Build(services[0].UpdatedAt)
	for _, info := range model.Kinds() {
		for _, o := range model.Listed[model.Object](c, info.Kind) {
			now, _ := model.UserNames(c.Users(o.Meta().Ref))
			uses := slices.Contains([]string{"front", "password", "nginx", "data"}, o.Meta().Name)
			if (len(now) == 1) != uses {
				t.Errorf("%s %s is used by %v", info.Kind, o.Meta().Name, now)
			}
		}
	}
}
