package compose_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"skep/actions"
	"skep/model"
)

// stacks are files after real public ones, by the names under which they are
// deployed.
var stacks = []string{"proxy", "monitoring", "database", "app", "agents", "hostports", "outside", "jobs"}

// beside are the files that they name.
var beside = map[string]string{
	"prometheus.yml": "global: {scrape_interval: 15s}\n", "datasources.yml": "{{ .Service.Name }}\n", "password": "s3cret", "app.ini": "[app]\nworkers=2\n",
	"nginx.conf": "server { listen 80; }\n", "key.pem": "-----BEGIN KEY-----\n", "vector.yaml": "sources: {}\n", "Corefile": ".:53 { whoami }\n",
}

// stackText is one of the files, with an image that this swarm has, which ignores
// what it is told to run, and mounts that its nodes have.
func stackText(t *testing.T, name, image, entrypoint, job string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, one := range file["services"].(map[string]any) {
		s := one.(map[string]any)
		deploy, _ := s["deploy"].(map[string]any)
		mode, _ := deploy["mode"].(string)
		s["image"], s["entrypoint"] = image, []string{entrypoint}
		if strings.HasSuffix(mode, "-job") {
			s["entrypoint"] = []string{job}
		}
		if h, ok := s["healthcheck"].(map[string]any); ok {
			h["test"] = []string{"CMD", "true"}
		}
		if _, slow := s["stop_grace_period"]; !slow {
			s["stop_grace_period"] = "1s"
		}
		delete(s, "user") // Its files are for root.
		delete(s, "stop_signal")
		volumes, _ := s["volumes"].([]any)
		for i, v := range volumes {
			switch v := v.(type) {
			case string:
				if strings.HasPrefix(v, "/") {
					volumes[i] = "/etc" + v[strings.Index(v, ":"):]
				}
			case map[string]any:
				if v["type"] == "bind" {
					v["source"] = "/etc"
					delete(v, "bind")
				}
			}
		}
	}
	out, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// outside makes what the stacks use and do not own.
func (c *console) outside(t *testing.T) {
	t.Helper()
	for _, w := range []model.Write{
		{Ref: model.KindNetwork.All(), Spec: []byte(`{"Name":"public","Driver":"overlay","Attachable":true}`)},
		{Ref: model.KindSecret.All(), Spec: []byte(`{"Name":"shared_token","Data":"dG9rZW4="}`)},
		{Ref: model.KindConfig.All(), Spec: []byte(`{"Name":"motd","Data":"aGVsbG8="}`)},
	} {
		w.Swarm = c.session.Swarm
		if _, _, err := c.Pool.Create(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range beside {
		c.file(t, name, text)
	}
}

// TestDeploy_Stacks takes the files through a life without a task: it is written once,
// and exported it says the same.
func TestDeploy_Stacks(t *testing.T) {
	c := simulated(t)
	c.outside(t)
	for _, name := range stacks {
		text := stackText(t, name, "nginx:1", "/bin/serve", "true")
		c.deploy(t, name, text, actions.Deployment{})
		c.writes.Store(0)
		c.same(t, name, text, actions.Deployment{Prune: true})
		c.same(t, name, c.exported(t, name), actions.Deployment{Prune: true})
		if n := c.writes.Load(); n > 0 {
			t.Errorf("%s: %d writes for what does not differ", name, n)
		}
		if text := c.exported(t, name); strings.Contains(text, "compose cannot say") {
			t.Errorf("%s: exported\n%s", name, text)
		}
	}
	if n := len(c.names(t, model.KindService)); n != 18 {
		t.Errorf("there are %d services: %q", n, slices.Sorted(slices.Values(c.names(t, model.KindService))))
	}
}
