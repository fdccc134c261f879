package actions

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// finishing is a pair of a stack, or of two, in networks: what is done is done to green.
func finishing(t *testing.T, stack string, networks testkit.ClusterOption, blueIn, greenIn []swarm.NetworkAttachmentConfig) Input {
	t.Helper()
	in := func(list []swarm.NetworkAttachmentConfig) testkit.ServiceOption {
		return testkit.Template(func(s *swarm.TaskSpec) { s.Networks = list })
	}
	blue := testkit.Service(testkit.Name("shop_web"), testkit.Stack("shop"), in(blueIn))
	mark := model.GreenMark{Blue: blue.Key(), Phase: model.GreenOver, Began: testkit.Now}
	green := testkit.Service(testkit.Name("green"), testkit.Stack(stack), in(greenIn), testkit.ServiceLabels(map[string]string{model.LabelGreen: mark.String()}))
	n := testkit.Node()
	c := testkit.Cluster(networks, testkit.Services(blue, green), testkit.Nodes(n), testkit.Tasks(append(allOf(blue, n), allOf(green, n)...)...))
	return Input{Cluster: c, Target: ServiceTarget(green), Doc: docOf(t, green), InGroup: true, Values: map[string]string{},
		Others: map[model.Ref]Reading{blue.Key().Ref(): {Doc: docOf(t, blue)}}}
}

// TestFinish_JoinsTheNetworksOfTheNewOne, which what it runs may need.
func TestFinish_JoinsTheNetworksOfTheNewOne(t *testing.T) {
	network := func(id, name, stack string) *model.Network {
		n := &model.Network{}
		n.ID, n.Name, n.Scope, n.Labels = id, name, "swarm", map[string]string{model.LabelStack: stack}
		return n
	}
	on := func(target string, aliases ...string) swarm.NetworkAttachmentConfig {
		return swarm.NetworkAttachmentConfig{Target: target, Aliases: aliases, DriverOpts: map[string]string{"a": target}}
	}
	list := []model.Object{network("b1", "shop_default", "shop"), network("b2", "shop_cache", "shop"),
		network("g1", "shop-green_default", "shop-green"), network("g2", "shop-green_cache", "shop-green"), network("g3", "shop-green_late", "shop-green"), network("p", "public", "")}
	all := testkit.Objects(model.KindNetwork, list...)
	for _, tt := range []struct {
		name, stack string
		networks    testkit.ClusterOption
		blue, green []swarm.NetworkAttachmentConfig
		want, says  string // The networks written; what the preview, or the error, says.
		err         error
	}{
		{"none new", "shop", all, []swarm.NetworkAttachmentConfig{on("b1", "web")}, []swarm.NetworkAttachmentConfig{on("b1", "web-green")},
			`[{"Target":"b1","Aliases":["web"],"DriverOpts":{"a":"b1"}}]`, "", nil},
		{"one new", "shop", all, []swarm.NetworkAttachmentConfig{on("b1", "web")}, []swarm.NetworkAttachmentConfig{on("b1", "web-green"), on("b2", "web-green", "www-green")},
			`[{"Target":"b1","Aliases":["web"],"DriverOpts":{"a":"b1"}},{"Target":"b2","Aliases":["web","www"],"DriverOpts":{"a":"b2"}}]`,
			"shop_web joins the network that only green is in: shop_cache", nil},
		{"the first", "shop", all, nil, []swarm.NetworkAttachmentConfig{on("b2")}, `[{"Target":"b2","DriverOpts":{"a":"b2"}}]`, "shop_cache", nil},
		{"of its own stack", "shop-green", all, []swarm.NetworkAttachmentConfig{on("b1", "web")}, []swarm.NetworkAttachmentConfig{on("g1", "web"), on("g2", "web", "so-green"), on("p", "web-green")},
			`[{"Target":"b1","Aliases":["web"],"DriverOpts":{"a":"b1"}},{"Target":"b2","Aliases":["web","so-green"],"DriverOpts":{"a":"g2"}},{"Target":"p","Aliases":["web"],"DriverOpts":{"a":"p"}}]`,
			"shop_web joins the networks that only green is in: shop_cache, public", nil},
		{"of none", "shop-green", all, []swarm.NetworkAttachmentConfig{on("b1")}, []swarm.NetworkAttachmentConfig{on("g1"), on("g3")}, "",
			"green is in a network that shop has not: shop_late: deploy the files to it first, which makes it", nil},
		{"unread", "shop-green", testkit.Objects(model.KindConfig), []swarm.NetworkAttachmentConfig{on("b1")}, []swarm.NetworkAttachmentConfig{on("g1")}, "", "networks", ErrUnread},
	} {
		in := finishing(t, tt.stack, tt.networks, tt.blue, tt.green)
		plan, err := planFinish(in)
		if tt.want == "" {
			if err == nil || !strings.Contains(err.Error(), tt.says) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || !strings.Contains(strings.Join(plan.Impact.Sentences, "\n"), tt.says) || tt.says == "" && strings.Contains(strings.Join(plan.Impact.Sentences, "\n"), "joins") {
			t.Errorf("%s: %v, %q", tt.name, err, plan.Impact.Sentences)
		}
		p, err := readPairing(in)
		if err != nil {
			t.Fatal(err)
		}
		edits, err := p.renewal()
		if err != nil {
			t.Fatal(err)
		}
		after, err := Apply(p.blueDoc.Spec, edits)
		if got := field(after, pathNetworks...); err != nil || !model.SameJSON(got, []byte(tt.want)) {
			t.Errorf("%s: %v, it is on %s", tt.name, err, got)
		}
	}
}
