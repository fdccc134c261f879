package compose_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/compose"
	"skep/internal/testkit"
	"skep/model"
)

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
	file, err := compose.Export(at, "shop", false)
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
	hid, err := compose.Export(c.snapshot(t), "shop", true)
	if err != nil || hid.Hidden != 0 || !strings.Contains(hid.Text, "a deploy takes UNSET from its own environment") {
		t.Errorf("%v: %d are hidden in\n%s", err, hid.Hidden, hid.Text)
	}
}
