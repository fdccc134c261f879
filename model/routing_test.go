package model

import (
	"fmt"
	"strings"
	"testing"
)

func TestRoutesOf(t *testing.T) {
	for name, tt := range map[string]struct {
		labels map[string]string
		want   []string
	}{
		"none": {map[string]string{"a": "b", "com.docker.stack.namespace": "shop", "caddyshack": "x"}, nil},
		"traefik": {map[string]string{
			"traefik.enable": "true", "traefik.http.routers.web.rule": "Host(`a.example`) || Host(`b.example`) && PathPrefix(`/x`)",
			"traefik.http.services.web.loadbalancer.server.port": "8080", "traefik.swarm.network": "edge",
		}, []string{"Traefik http web [a.example b.example] -> web:8080 edge"}},
		"keys in any case": {map[string]string{"Traefik.HTTP.Routers.Web.Rule": "Host(\"a.example\", \"b.example\")"},
			[]string{"Traefik http web [a.example b.example] -> shop_web:"}},
		"two routers and one service": {map[string]string{
			"traefik.http.routers.one.rule": "Host(`a`)", "traefik.http.routers.two.rule": "Path(`/b`)",
			"traefik.http.services.app.loadbalancer.server.port": "80"},
			[]string{"Traefik http one [a] -> app:80", "Traefik http two [] -> app:80"}},
		"two services and a router that names none": {map[string]string{"traefik.http.routers.one.rule": "Host(`a`)",
			"traefik.http.services.a.loadbalancer.server.port": "80", "traefik.http.services.b.loadbalancer.server.port": "81"},
			[]string{"Traefik http one [a] -> : (it names no service, and there are several)"}},
		"by the rule of the proxy": {map[string]string{"traefik.http.services.a.loadbalancer.server.port": "80"}, []string{"Traefik http shop_web [] -> a:80"}},
		"switched off": {map[string]string{"traefik.enable": "false", "traefik.http.routers.one.rule": "Host(`a`)"},
			[]string{"Traefik http one [a] -> shop_web: (traefik.enable is false)"}},
		"of another provider": {map[string]string{"traefik.tcp.routers.db.rule": "HostSNI(`*`)", "traefik.tcp.routers.db.service": "db@swarm",
			"traefik.tcp.services.db.loadbalancer.server.port": "5432"}, []string{"Traefik tcp db [*] -> db:5432"}},
		"traefik 1": {map[string]string{"traefik.frontend.rule": "Host:a.example,b.example;PathPrefix:/x", "traefik.port": "80", "traefik.backend": "web"},
			[]string{"Traefik http shop_web [a.example b.example] -> web:80"}},
		"caddy": {map[string]string{"caddy": "a.example https://b.example", "caddy.reverse_proxy": "{{upstreams 3000}}", "caddy_1": "c.example",
			"caddy_1.handle_path": "/api/*", "caddy_1.handle_path.0_reverse_proxy": "{{upstreams https 443}}", "caddy_ingress_network": "edge"},
			[]string{"Caddy http caddy [a.example b.example] -> shop_web:3000 edge", "Caddy http caddy_1 [c.example] -> shop_web:443 edge"}},
		"a snippet and options of caddy": {map[string]string{"caddy": "(encode)", "caddy.encode": "gzip", "caddy_0.email": "a@b"}, nil},
		"docker flow proxy": {map[string]string{"com.df.notify": "true", "com.df.port": "80", "com.df.serviceDomain": "a.example", "com.df.servicePath": "/x",
			"com.df.port.1": "81", "com.df.serviceDomain.1": "b.example"},
			[]string{"Docker Flow Proxy http shop_web [a.example] -> shop_web:80", "Docker Flow Proxy http shop_web.1 [b.example] -> shop_web:81"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range RoutesOf("shop_web", tt.labels) {
				text := strings.TrimSpace(fmt.Sprintf("%s %s %s %v -> %s:%s %s", r.Proxy, r.Protocol, r.Name, r.Hosts, r.Backend, r.Port, r.Network))
				if r.Wrong != "" {
					text += " (" + r.Wrong + ")"
				}
				got = append(got, text)
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func FuzzRoutesOf(f *testing.F) {
	f.Add("traefik.http.routers.a.rule", "Host(`a`)", "caddy_0", "b c")
	f.Add("traefik.frontend.rule", "Host:;:", "com.df.port.1", "")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		labels := map[string]string{k1: v1, k2: v2}
		a, b := fmt.Sprint(RoutesOf("s", labels)), fmt.Sprint(RoutesOf("s", labels))
		if a != b {
			t.Errorf("%s\n%s", a, b)
		}
	})
}
