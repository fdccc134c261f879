package model_test

import (
	"maps"
	"strings"
	"testing"

	"skep/model"
)

var (
	traefikLabels = map[string]string{"traefik.enable": "true", "traefik.http.routers.web.rule": "Host(`a`)", "traefik.http.services.web.loadbalancer.server.port": "80", "team": "shop"}
	caddyLabels   = map[string]string{"caddy": "a.example", "caddy.reverse_proxy": "{{upstreams 80}}", "team": "shop"}
)

func TestHandover_GoesOverAndBackToTheByte(t *testing.T) {
	bare := maps.Clone(traefikLabels)
	delete(bare, "traefik.enable")
	upper := map[string]string{"Traefik.Enable": "TRUE", "Traefik.HTTP.Routers.web.Rule": "Host(`a`)"}
	for name, blue := range map[string]map[string]string{
		"traefik": traefikLabels, "traefik by default": bare, "traefik in capitals": upper, "caddy": caddyLabels,
		"flow": {"com.df.notify": "true", "com.df.port": "80", "com.df.servicePath": "/"},
	} {
		green := model.Routeless(blue)
		if n := len(model.Routed(green)); n != 0 || len(model.Routed(blue)) != 1 {
			t.Fatalf("%s: %d route to the new one, %d to the old one", name, n, len(model.Routed(blue)))
		}
		taken, parked := model.Taken(green, blue), model.Parked(blue)
		if len(model.Routed(parked)) != 0 || !maps.Equal(model.Routed(taken)[0].Labels, model.Routed(blue)[0].Labels) {
			t.Errorf("%s: after the switch %v and %v", name, taken, parked)
		}
		if back := model.Taken(parked, taken); !maps.Equal(back, blue) {
			t.Errorf("%s: it comes back as %v, and was %v", name, back, blue)
		}
		if again := model.Parked(parked); !maps.Equal(again, parked) {
			t.Errorf("%s: parked twice it is %v", name, again)
		}
	}
}

func TestHandover_TakesTheLabelsOfTheOther(t *testing.T) {
	green := map[string]string{"traefik.enable": "false", "traefik.http.routers.web.rule": "Host(`other`)", "traefik.http.routers.mine.rule": "Host(`mine`)", "x": "y"}
	taken := model.Taken(green, traefikLabels)
	want := maps.Clone(traefikLabels)
	delete(want, "team")
	want["x"] = "y"
	if !maps.Equal(taken, want) {
		t.Errorf("%v", taken)
	}
}

func TestRouting_SaysWhatCannotBeShared(t *testing.T) {
	one := func(labels map[string]string) model.Routing { return model.Routed(labels)[0] }
	if why := one(traefikLabels).Nameless(); why != "" {
		t.Error(why)
	}
	for name, labels := range map[string]map[string]string{
		"no service":   {"traefik.http.routers.web.rule": "Host(`a`)"},
		"no rule":      {"traefik.http.routers.web.tls": "true", "traefik.http.services.web.loadbalancer.server.port": "80"},
		"no router":    {"traefik.http.services.web.loadbalancer.server.port": "80"},
		"no port name": {"traefik.http.routers.web.rule": "Host(`a`)", "traefik.http.middlewares.m.compress": "true"},
	} {
		if one(labels).Nameless() == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
	if one(caddyLabels).Nameless() != "" || len(one(caddyLabels).Own()) != 0 {
		t.Error("caddy")
	}
	if own := one(map[string]string{"caddy": "a", "caddy.reverse_proxy": "web:80"}).Own(); len(own) != 1 {
		t.Errorf("%v", own)
	}
	vip := maps.Clone(traefikLabels)
	vip["traefik.swarm.lbswarm"] = "true"
	if one(vip).ByService() == "" || one(traefikLabels).ByService() != "" {
		t.Error("lbswarm")
	}
}

func TestGreenMark_IsReadAsItIsWritten(t *testing.T) {
	for _, m := range []model.GreenMark{
		{Blue: "abc", Phase: model.GreenBeside, Began: markedAt},
		{Blue: "abc", Phase: model.GreenStepping, Steps: []int{1, 4}, Pause: 1500e6, Began: markedAt},
	} {
		got, ok := model.ParseGreenMark(m.String())
		if !ok || got.String() != m.String() {
			t.Errorf("%q is read as %+v, %v", m, got, ok)
		}
	}
	for _, text := range []string{"", "abc", "abc beside", "abc nowhere 2026-09-14T09:30:00Z", "abc stepping steps=x 2026-09-14T09:30:00Z", "abc over pause=-1s 2026-09-14T09:30:00Z"} {
		if m, ok := model.ParseGreenMark(text); ok {
			t.Errorf("%q is read as %+v", text, m)
		}
	}
}

// FuzzHandover: whatever labels there are, what is taken out is taken out, comes
// back, and no label of anything else is touched.
func FuzzHandover(f *testing.F) {
	f.Add("traefik.enable=true\ntraefik.http.routers.a.rule=Host(`a`)", "x=y")
	f.Add("caddy=a\ncaddy_1.reverse_proxy=b\nskep.parked.caddy=c", "traefik.enable=0")
	f.Add("com.df.notify=true\nTRAEFIK.ENABLE=false\ntraefik.enable=true", "skep.parked.traefik.x=1")
	f.Fuzz(func(t *testing.T, a, b string) {
		read := func(text string) map[string]string {
			out := map[string]string{}
			for line := range strings.SplitSeq(text, "\n") {
				if key, value, ok := strings.Cut(line, "="); ok {
					out[key] = value
				}
			}
			return out
		}
		blue, green := read(a), read(b)
		parked, taken := model.Parked(blue), model.Taken(green, blue)
		if n := len(model.Routed(parked)); n > 0 {
			t.Errorf("%d still route to %v", n, parked)
		}
		if n := len(model.Routed(model.Routeless(blue))); n > 0 {
			t.Errorf("%d route to %v", n, model.Routeless(blue))
		}
		for key, value := range green {
			if model.RoutedBy(strings.TrimPrefix(key, model.ParkedLabel)) == "" && taken[key] != value {
				t.Errorf("%s is %q and was %q", key, taken[key], value)
			}
		}
		if got, want := len(model.Routed(taken)), len(model.Routed(blue)); got != want {
			t.Errorf("%d route to the receiver, %d did to the giver: %v", got, want, taken)
		}
		_, _ = model.ParseGreenMark(a)
	})
}
