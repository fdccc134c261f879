package compose_test

import (
	"strings"
	"testing"

	"skep/actions"
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
