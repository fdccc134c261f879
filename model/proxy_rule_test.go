package model

import (
	"strings"
	"testing"
)

var easy = ProxyRule{Labels: []string{"easyhaproxy."}, Host: "easyhaproxy.*.host", Port: "easyhaproxy.*.localport", Off: "easyhaproxy.enable"}

func TestSetProxies_ReadsByRules(t *testing.T) {
	t.Cleanup(func() { _ = SetProxies(nil) })
	if err := SetProxies(map[string]ProxyRule{"EasyHAProxy": easy}); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"easyhaproxy.http.host": "a.example,b.example", "EasyHAProxy.http.localport": "8080", "team": "shop"}
	routes := RoutesOf("shop_web", labels)
	if len(routes) != 1 || routes[0].Proxy != "EasyHAProxy" || routes[0].Name != "http" || strings.Join(routes[0].Hosts, " ") != "a.example b.example" || routes[0].Port != "8080" || routes[0].Wrong != "" {
		t.Errorf("read %+v", routes)
	}
	parked := Parked(labels)
	if parked["easyhaproxy.enable"] != "false" || len(Routed(parked)) > 0 || RoutesOf("a", parked)[0].Wrong == "" {
		t.Errorf("parked %v", parked)
	}
	for name, rule := range map[string]ProxyRule{
		"Traefik": easy, "no labels": {Host: "a.b"}, "no host": {Labels: []string{"x."}}, "no dot": {Labels: []string{"xy"}, Host: "xy.a"},
		"of caddy": {Labels: []string{"caddy."}, Host: "caddy.a"}, "of skep": {Labels: []string{"skep."}, Host: "skep.a"},
		"of another": {Labels: []string{"x."}, Host: "y.host"}, "star": {Labels: []string{"x."}, Host: "x.host", Weight: "x.*"}, "set": {Labels: []string{"x."}, Host: "x.[a"},
	} {
		if err := SetProxies(map[string]ProxyRule{name: rule}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(RoutesOf("shop_web", labels)) != 1 {
		t.Error("a wrong rule took the right one away")
	}
}

// FuzzSetProxies holds that whatever a rule says, what is parked is not routed, and
// what takes it over is routed as before.
func FuzzSetProxies(f *testing.F) {
	f.Add("easyhaproxy.", "easyhaproxy.*.host", "easyhaproxy.*.localport", "easyhaproxy.enable", "easyhaproxy.weight", "easyhaproxy.http.host", "a.example")
	f.Add("x.", "x.*", "", "", "", "X.a", "false")
	f.Fuzz(func(t *testing.T, prefix, host, port, off, weight, key, value string) {
		defer func() { _ = SetProxies(nil) }()
		if SetProxies(map[string]ProxyRule{"a rule's": {Labels: []string{prefix}, Host: host, Port: port, Off: off, Weight: weight}}) != nil {
			return
		}
		labels := map[string]string{key: value, "team": "shop"}
		RoutesOf("a", labels)
		if parked := Parked(labels); len(Routed(parked)) > 0 || parked["team"] != "shop" {
			t.Errorf("parked %v, and routed still", parked)
		}
		if taken := Taken(map[string]string{}, labels); len(Routed(labels)) != len(Routed(taken)) {
			t.Errorf("%v taken over are %v", labels, taken)
		}
		Weighed(labels, Routed(labels), "7")
	})
}
