package compose_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"
	"go.yaml.in/yaml/v3"

	"skep/actions"
	"skep/internal/compose"
	"skep/internal/testkit"
	"skep/model"
)

// exported is the file of a stack as it runs.
func (c *console) exported(t *testing.T, stack string) string {
	t.Helper()
	file, err := compose.Export(c.snapshot(t), c.look(t), stack, false)
	if err != nil {
		t.Fatal(err)
	}
	return file.Text
}

func (c *console) look(t *testing.T) compose.Look {
	return func(r model.Ref) (model.Document, error) { return c.Inspect(t.Context(), r) }
}

// nowhere is what finds nothing.
func nowhere(model.Ref) (model.Document, error) { return model.Document{}, model.ErrGone }

func TestExport_DeployedAgainChangesNothing(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", strings.Replace(shop, `B: "2"`, `B: "$$HOME"`, 1), actions.Deployment{})
	text := c.exported(t, "shop")
	c.same(t, "shop", text, actions.Deployment{Prune: true})
	if !strings.Contains(text, `B: $$HOME`) || strings.Contains(text, "skep.") || strings.Contains(text, "compose cannot say") {
		t.Errorf("exported:\n%s", text)
	}
	if _, err := compose.Export(c.snapshot(t), nil, "other", false); !errors.Is(err, model.ErrGone) {
		t.Errorf("of a stack that is not there: %v", err)
	}
}

func FuzzExport(f *testing.F) {
	f.Add([]byte(`{"TaskTemplate":{"ContainerSpec":{"Image":"a:1@sha256:b","Env":["A=$1","A","=x"],"Groups":["7"],"Hosts":["a b c"],"Mounts":[{"Type":"volume","Source":"v"}],"Healthcheck":{"Test":["NONE"]},"Ulimits":[{"Name":"n","Soft":-1}]},"Networks":[{"Target":"n"}]},"Mode":{"ReplicatedJob":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &model.Service{}
		if json.Unmarshal(raw, &s.Spec) != nil {
			return
		}
		s.ID, s.Spec.Name = "id", "shop_web"
		s.Spec.Labels = map[string]string{model.LabelStack: "shop"}
		b := model.NewBuilder(nil)
		b.SetServices([]*model.Service{s}, time.Now())
		file, err := compose.Export(b.Build(time.Now()), nowhere, "shop", false)
		if err != nil {
			return
		}
		var parsed map[string]any
		if err := yaml.Unmarshal([]byte(file.Text), &parsed); err != nil {
			t.Errorf("%v in\n%s", err, file.Text)
		}
	})
}

// TestExport_HidesWhatLooksSecret where that is asked for, and counts it.
func TestExport_HidesWhatLooksSecret(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", `
services:
  web:
    image: nginx:1
    command: [serve, --password, p1-hidden]
    environment: {DB_PASSWORD: p2-hidden, MODE: "$$fast"}
    deploy: {labels: {com.example.api.token: p3-hidden}}
    logging: {driver: splunk, options: {splunk-token: p4-hidden}}
`, actions.Deployment{})
	at := c.snapshot(t)
	open, err1 := compose.Export(at, nowhere, "shop", false)
	hid, err2 := compose.Export(at, nowhere, "shop", true)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if hid.Hidden != 4 || strings.Contains(hid.Text, "-hidden") || !strings.Contains(hid.Text, "MODE: $$fast") {
		t.Errorf("%d are hidden in\n%s", hid.Hidden, hid.Text)
	}
	if n := strings.Count(open.Text, "-hidden"); n != 4 || open.Hidden != 0 {
		t.Errorf("of 4 values %d are in\n%s", n, open.Text)
	}
}

// TestExport_TwoNamesAreTwoKeys: what is the stack's own, and what is called so without
// the stack's name, are two.
func TestExport_TwoNamesAreTwoKeys(t *testing.T) {
	const (
		own = "{image: nginx:1, secrets: [db], configs: [db], networks: [db], volumes: [\"db:/db\"]}"
		out = "{image: nginx:1, secrets: [{source: out, target: db}], configs: [{source: out, target: /db}], networks: [out], volumes: [\"out:/db\"]}"
	)
	c := simulated(t)
	c.file(t, "db", "a=1\n")
	for _, w := range []model.Write{
		{Ref: model.KindNetwork.All(), Spec: []byte(`{"Name":"db","Driver":"overlay"}`)},
		{Ref: model.KindSecret.All(), Spec: []byte(`{"Name":"db","Data":"dG9rZW4="}`)},
		{Ref: model.KindConfig.All(), Spec: []byte(`{"Name":"db","Data":"aGVsbG8="}`)},
	} {
		w.Swarm = c.session.Swarm
		if _, _, err := c.Pool.Create(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for stack, services := range map[string]string{"shop": "{a: " + own + ", b: " + out + "}", "late": "{a: " + out + ", b: " + own + "}"} {
		c.deploy(t, stack, "services: "+services+`
secrets: {db: {file: ./db}, out: {external: true, name: db}}
configs: {db: {file: ./db}, out: {external: true, name: db}}
networks: {db: {}, out: {external: true, name: db}}
volumes: {db: {}, out: {external: true, name: db}}
`, actions.Deployment{})
		text := c.exported(t, stack)
		c.same(t, stack, text, actions.Deployment{Prune: true})
		if strings.Contains(text, "compose cannot say") || strings.Contains(text, "described in two ways") {
			t.Errorf("%s: exported\n%s", stack, text)
		}
	}
}

// TestExport_SaysAllThatASchemaAsksFor: names that are no keys, and limits of zero.
func TestExport_SaysAllThatASchemaAsksFor(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", `
services:
  web:
    image: nginx:1
    volumes: ["slot:/slot", "node:/node", "out:/out"]
    ulimits: {core: 0, nofile: {soft: 0, hard: 10}, nproc: 7}
volumes:
  slot: {name: "shop_data-{{.Task.Slot}}"}
  node: {name: "shop_data-{{.Node.ID}}"}
  out: {external: true, name: "{{.Service.Name}}"}
`, actions.Deployment{})
	text := c.exported(t, "shop")
	c.same(t, "shop", text, actions.Deployment{Prune: true})
	if strings.Contains(text, "compose cannot say") || strings.Contains(text, "refuses") {
		t.Errorf("exported\n%s", text)
	}
}

// TestExport_SaysWhereNoDeployReadsIt in the file itself.
func TestExport_SaysWhereNoDeployReadsIt(t *testing.T) {
	at := testkit.Cluster(testkit.Services(testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"), testkit.Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Mounts = []mount.Mount{{Type: mount.TypeImage, Source: "app:1", Target: "/app", ImageOptions: &mount.ImageOptions{Subpath: "bin"}}}
	}))))
	file, err := compose.Export(at, nowhere, "shop", false)
	if err != nil || !strings.Contains(file.Text, "# a deploy refuses this file: ") {
		t.Errorf("%v: exported\n%s", err, file.Text)
	}
}

// TestExport_KeepsWhatIsEmpty: a deploy takes no variable of its own for it.
func TestExport_KeepsWhatIsEmpty(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", "services: {web: {image: \"nginx:1\", environment: {EMPTY: \"\", DB_PASSWORD: \"\", UNSET: null, SET: \"1\"}}}", actions.Deployment{})
	loaded, err := compose.Load(compose.Source{Files: []string{"-"}, Stdin: strings.NewReader(c.exported(t, "shop")), Env: []string{"EMPTY=no", "DB_PASSWORD=no", "UNSET=no", "SET=no"}})
	if err != nil {
		t.Fatal(err)
	}
	stack, err := loaded.Stack("shop")
	if err != nil {
		t.Fatal(err)
	}
	if got := stack.Services[0].Spec.TaskTemplate.ContainerSpec.Env; !slices.Equal(got, []string{"DB_PASSWORD=", "EMPTY=", "SET=1", "UNSET=no"}) {
		t.Errorf("deployed again it has %q", got)
	}
	hid, err := compose.Export(c.snapshot(t), nowhere, "shop", true)
	if err != nil || hid.Hidden != 0 || !strings.Contains(hid.Text, "a deploy takes UNSET from its own environment") {
		t.Errorf("%v: %d are hidden in\n%s", err, hid.Hidden, hid.Text)
	}
}

// TestExport_NamesTheHostsNetwork, which the swarm has an ID for and no list has.
func TestExport_NamesTheHostsNetwork(t *testing.T) {
	at := testkit.Cluster(testkit.Objects(model.KindNetwork), testkit.Services(testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"), testkit.Template(func(s *swarm.TaskSpec) {
		s.ContainerSpec.Labels = map[string]string{model.LabelStack: "shop"}
		s.Networks = []swarm.NetworkAttachmentConfig{{Target: "h0stid"}}
	}))))
	asked := 0
	file, err := compose.Export(at, func(r model.Ref) (model.Document, error) {
		asked++
		return model.Document{Ref: r, Name: map[string]string{"h0stid": "host"}[r.ID]}, nil
	}, "shop", false)
	if want := "networks:\n  host:\n    name: host\n    external: true\n"; err != nil || asked != 1 || !strings.Contains(file.Text, want) || strings.Count(file.Text, "#") != 1 {
		t.Errorf("%v, asked %d times:\n%s", err, asked, file.Text)
	}
}
