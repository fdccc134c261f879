package model_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func overlay(name, subnet string) *model.Network {
	n := &model.Network{}
	n.ID, n.Name, n.Scope, n.Driver = name+"-id", name, "swarm", "overlay"
	n.IPAM.Config = []network.IPAMConfig{{Subnet: netip.MustParsePrefix(subnet)}}
	return n
}

func onNetworks(aliases string, names ...string) testkit.ServiceOption {
	return testkit.Template(func(t *swarm.TaskSpec) {
		for _, n := range names {
			t.Networks = append(t.Networks, swarm.NetworkAttachmentConfig{Target: n + "-id", Aliases: strings.Fields(aliases)})
		}
	})
}

// reaching is a swarm of services on two networks, of which web has two tasks.
func reaching() (*model.Cluster, []*model.Service) {
	node := testkit.Node()
	web := testkit.Service(testkit.Name("shop_web"), testkit.Replicas(2), onNetworks("web", "front", "back"))
	db := testkit.Service(testkit.Name("shop_db"), onNetworks("db", "back"))
	edge := testkit.Service(testkit.Name("edge"), onNetworks("", "front"))
	alone := testkit.Service(testkit.Name("alone"))
	tasks := []*model.Task{
		testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node)), testkit.Task(testkit.Of(web), testkit.Slot(2), testkit.On(node)),
		testkit.Task(testkit.Of(edge), testkit.Slot(1), testkit.On(node)), testkit.Task(testkit.Of(alone), testkit.Slot(1), testkit.On(node)),
	}
	for i, t := range tasks {
		t.Addresses = fmt.Sprintf("10.0.1.%d 10.0.2.%d", i+5, i+5)
	}
	services := []*model.Service{web, db, edge, alone}
	return testkit.Cluster(testkit.Nodes(node), testkit.Services(services...), testkit.Tasks(tasks...),
		testkit.Objects(model.KindNetwork, overlay("front", "10.0.1.0/24"), overlay("back", "10.0.2.0/24"))), services
}

func TestReach(t *testing.T) {
	c, s := reaching()
	web, db, edge, alone := s[0], s[1], s[2], s[3]
	for _, tt := range []struct {
		from, to *model.Service
		can      bool
		over     string
		why      string
	}{
		{edge, web, true, "front as shop_web web", ""},
		{web, db, true, "back as shop_db db", "none of its tasks is up"},
		{edge, db, false, "", "no network in common: edge is on front, shop_db on back"},
		{alone, web, false, "", "alone is on no network"},
		{web, alone, false, "", "alone is on no network"},
	} {
		r := c.Reach(tt.from, tt.to)
		var over []string
		for _, a := range r.Over {
			over = append(over, a.Name+" as "+strings.Join(a.Names, " "))
		}
		if r.Can != tt.can || strings.Join(over, ", ") != tt.over || !strings.Contains(r.Why, tt.why) || tt.why == "" && r.Why != "" {
			t.Errorf("%s to %s: %+v", tt.from.Name(), tt.to.Name(), r)
		}
	}
	if a := c.Attachments(web); len(a) != 2 || !slices.Equal(a[0].With, []string{"edge"}) || !slices.Equal(a[1].With, []string{"shop_db"}) {
		t.Errorf("%+v", a)
	}
}

func TestCheckNames(t *testing.T) {
	c, _ := reaching()
	n, _ := model.Lookup[*model.Network](c, model.NetworkID("front-id").Ref())
	for name, tt := range map[string]struct {
		raw  string
		want []string
	}{
		"as they run": {`{"Services":{"":{"Tasks":[{"EndpointIP":"10.0.1.99"}]},"shop_web":{"VIP":"10.0.1.2","Tasks":[{"Name":"shop_web.1.x","EndpointIP":"10.0.1.5"},{"EndpointIP":"10.0.1.6"}]},
			"edge":{"VIP":"<nil>","Tasks":[{"EndpointIP":"10.0.1.7"}]}}}`, nil},
		"one is missing":  {`{"Services":{"shop_web":{"Tasks":[{"EndpointIP":"10.0.1.5"}]},"edge":{"Tasks":[{"EndpointIP":"10.0.1.7"}]}}}`, []string{"missing 10.0.1.6"}},
		"a dead one":      {`{"Services":{"shop_web":{"Tasks":[{"EndpointIP":"10.0.1.5"},{"EndpointIP":"10.0.1.6"},{"Name":"old","EndpointIP":"10.0.1.44"}]},"edge":{"Tasks":[{"EndpointIP":"10.0.1.7"}]}}}`, []string{"extra 10.0.1.44"}},
		"a service, gone": {`{"Services":{"gone":{"Tasks":[{"EndpointIP":"10.0.1.50"}]},"shop_web":{"Tasks":[{"EndpointIP":"10.0.1.5"},{"EndpointIP":"10.0.1.6"}]},"edge":{"Tasks":[{"EndpointIP":"10.0.1.7"}]}}}`, []string{"extra 10.0.1.50"}},
	} {
		t.Run(name, func(t *testing.T) {
			seen, known, err := model.ReadNames(json.RawMessage(tt.raw))
			if err != nil || !known {
				t.Fatal(known, err)
			}
			check := c.CheckNames(n, seen, testkit.Now)
			var got []string
			for _, s := range check.Stale {
				got = append(got, s.What+" "+s.Address)
			}
			if !slices.Equal(got, tt.want) || len(check.Unread) > 0 || check.Compared != 2 {
				t.Errorf("%v: %+v", got, check)
			}
		})
	}
	if _, known, err := model.ReadNames(json.RawMessage(`{"Name":"front"}`)); known || err != nil {
		t.Errorf("no part of it: %v, %v", known, err)
	}
}

// TestCheckNames_OfBefore: what changed since the names were read is not compared.
func TestCheckNames_OfBefore(t *testing.T) {
	c, _ := reaching()
	n, _ := model.Lookup[*model.Network](c, model.NetworkID("front-id").Ref())
	old := []model.Resolved{{Service: "shop_web", Tasks: map[string]string{"10.0.1.44": "shop_web.1"}}}
	check := c.CheckNames(n, old, testkit.Now.Add(-400*24*time.Hour))
	if len(check.Stale) > 0 || check.Compared > 0 || !slices.Contains(check.Changed, "shop_web") {
		t.Errorf("%+v", check)
	}
	if got := c.Misnamed(n, old, testkit.Now.Add(-400*24*time.Hour)); len(got) > 0 {
		t.Errorf("to be restarted: %v", got)
	}
	if check = c.CheckNames(n, old, testkit.Now); len(check.Stale) == 0 || len(check.Changed) > 0 {
		t.Errorf("by names of now: %+v", check)
	}
}

// A restart gives names to what is on the network, and not to what has left it.
func TestMisnamed(t *testing.T) {
	c, _ := reaching()
	n, _ := model.Lookup[*model.Network](c, model.NetworkID("front-id").Ref())
	seen, _, err := model.ReadNames(json.RawMessage(`{"Services":{"shop_db":{"Tasks":[{"EndpointIP":"10.0.1.50"}]},"shop_web":{"Tasks":[{"EndpointIP":"10.0.1.5"}]},"edge":{"Tasks":[{"EndpointIP":"10.0.1.7"}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Misnamed(n, seen, testkit.Now); len(got) != 1 || got[0].Name() != "shop_web" {
		t.Errorf("%v", got)
	}
}

func FuzzReadNames(f *testing.F) {
	f.Add([]byte(`{"Services":{"a":{"VIP":"<nil>","Tasks":[{"Name":"a.1","EndpointIP":"10.0.0.1"}]}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _ := reaching()
		n, _ := model.Lookup[*model.Network](c, model.NetworkID("front-id").Ref())
		if seen, _, err := model.ReadNames(raw); err == nil {
			_ = c.CheckNames(n, seen, testkit.Now)
		}
	})
}

// TestCheckNames_WhoIsNotThere: a service that has left the network is not one that is
// gone; on the ingress network are those that publish a port.
func TestCheckNames_WhoIsNotThere(t *testing.T) {
	published := testkit.Service(testkit.Name("published"), testkit.WithService(func(s *model.Service) {
		s.Spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: 80, PublishedPort: 8080}}}
	}))
	task := testkit.Task(testkit.Of(published), testkit.Slot(1))
	task.Addresses = "10.0.0.7"
	ingress := overlay("ingress", "10.0.0.0/24")
	ingress.Ingress = true
	c := testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(published, testkit.Service(testkit.Name("left"))), testkit.Tasks(task),
		testkit.Objects(model.KindNetwork, ingress))
	at := func(service, address string) model.Resolved {
		return model.Resolved{Service: service, Tasks: map[string]string{address: service}}
	}
	check := c.CheckNames(ingress, []model.Resolved{at("gone", "10.0.0.8"), at("left", "10.0.0.9"), at("published", "10.0.0.7")}, testkit.Now)
	var got []string
	for _, s := range check.Stale {
		got = append(got, s.Text)
	}
	if want := []string{"gone resolves to 10.0.0.8, and there is no such service", "left resolves to 10.0.0.9, and the service is no longer on the network"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
