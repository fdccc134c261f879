package model_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func portWords(list []swarm.PortConfig) string {
	var out []string
	for _, r := range model.PortRanges(list) {
		out = append(out, r.String())
	}
	return strings.Join(out, ", ")
}

func TestPortRanges_SortAndMerge(t *testing.T) {
	ingress, host := swarm.PortConfigPublishModeIngress, swarm.PortConfigPublishModeHost
	port := func(published, target uint32, protocol network.IPProtocol, mode swarm.PortConfigPublishMode) swarm.PortConfig {
		return swarm.PortConfig{PublishedPort: published, TargetPort: target, Protocol: protocol, PublishMode: mode}
	}
	var many []swarm.PortConfig
	for i := range uint32(101) {
		many = append(many, port(30000+i, 8000+i, network.TCP, ingress))
	}
	many = append(many, port(443, 8443, network.TCP, ingress))
	rand.Shuffle(len(many), func(i, j int) { many[i], many[j] = many[j], many[i] })
	for _, tt := range []struct {
		list []swarm.PortConfig
		want string
	}{
		{nil, ""},
		{many, "443:8443, 30000-30100:8000-8100"},
		{[]swarm.PortConfig{port(53, 53, network.UDP, ingress), port(53, 53, network.TCP, ingress)}, "53:53, 53:53/udp"},
		{[]swarm.PortConfig{port(82, 80, network.TCP, ingress), port(81, 80, network.TCP, ingress)}, "81:80, 82:80"},
		{[]swarm.PortConfig{port(81, 81, network.TCP, host), port(80, 80, network.TCP, ingress)}, "80:80, 81:81 host"},
		{[]swarm.PortConfig{port(0, 81, "", ingress), port(0, 80, "", ingress)}, "80, 81"},
		{[]swarm.PortConfig{port(90, 90, network.TCP, host), port(90, 90, network.TCP, host)}, "90:90 host"},
	} {
		if got := portWords(tt.list); got != tt.want {
			t.Errorf("%d ports are %q, want %q", len(tt.list), got, tt.want)
		}
	}
	if got := fmt.Sprint(model.PortRanges(many)[1].From(), " ", model.PortRanges(many)[1].To()); got != "30000-30100 8000-8100" {
		t.Error(got)
	}
}
