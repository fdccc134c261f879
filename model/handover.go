package model

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ParkedLabel begins the labels under which a service keeps the routing labels
// that it has handed over, where a proxy has no label that takes it out.
const ParkedLabel = "skep.parked."

// Manner is how a proxy goes by labels, as far as it matters to hand over from one
// service to another what it routes.
type Manner struct {
	// Proxy is its name.
	Proxy string
	// off is the label that takes a service out while it says false, and the others
	// stay; empty where the others have to go. It routes to services without labels
	// as well.
	off string
	// Shares is set where services with the same labels get requests by the number
	// of their tasks.
	Shares bool
	// Weight is the label with the weight of a service among those that share; empty
	// for none.
	Weight string
	// Notices says how soon it notices a changed label.
	Notices string
	// own reports whether a label says itself where requests go: handed over it would
	// still lead to the service that had it. Nil where none does.
	own func(key, value string) bool
}

// manners are those of the proxies in [proxies], from their sources: Traefik
// pkg/provider/docker/pswarm.go, and pkg/provider/configuration.go, which merges
// services of one name; caddy-docker-proxy generator and caddyfile/merge.go; Docker
// Flow Proxy's listener, which asks every five seconds.
var manners = map[string]Manner{
	"Traefik":           {off: "traefik.enable", Shares: true, Notices: "it asks every 15 seconds, unless it is told otherwise"},
	"Caddy":             {Shares: true, own: caddyOwn, Notices: "it hears of it at once, and asks every 30 seconds"},
	"Docker Flow Proxy": {Notices: "its listener asks every 5 seconds"},
}

// caddyOwn reports whether a directive names its upstreams itself, in place of the
// template that asks the engine for the service's.
func caddyOwn(key, value string) bool {
	return strings.HasSuffix(strings.ToLower(key), "reverse_proxy") && strings.Trim(value, " /*") != "" && !strings.Contains(value, "upstreams")
}

// Routing is what the labels of a service say to one proxy.
type Routing struct {
	Manner
	// Labels are those that it reads, but for the one that switches off.
	Labels map[string]string
	// Off is set where it is told to leave the service alone.
	Off bool
}

// Routings are the proxies that labels speak to, in a fixed order.
func Routings(labels map[string]string) []Routing {
	var out []Routing
	all := known().manners
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := Routing{Manner: all[name], Labels: map[string]string{}}
		r.Proxy = name
		for key, value := range labels {
			kept, parked := strings.CutPrefix(key, ParkedLabel)
			switch {
			case RoutedBy(kept) != name:
			case parked || r.switches(key) && isFalse(value):
				r.Off = true
			default:
				r.Labels[key] = value
			}
		}
		if len(r.Labels) > 0 || r.Off {
			out = append(out, r)
		}
	}
	return out
}

func (m Manner) switches(key string) bool { return m.off != "" && strings.EqualFold(key, m.off) }

// isFalse reports whether a label's value switches off.
func isFalse(value string) bool {
	on, err := strconv.ParseBool(strings.TrimSpace(value))
	return err == nil && !on
}

func isTrue(value string) bool {
	on, err := strconv.ParseBool(strings.TrimSpace(value))
	return err == nil && on
}

// Routed are the proxies that route to a service with these labels.
func Routed(labels map[string]string) []Routing {
	return slices.DeleteFunc(Routings(labels), func(r Routing) bool { return len(r.Labels) == 0 || r.Off && r.off != "" })
}

// Parked are labels as they are while the proxies leave the service alone.
func Parked(labels map[string]string) map[string]string {
	out := maps.Clone(labels)
	for _, r := range Routed(labels) {
		for key, value := range r.Labels {
			switch {
			case r.switches(key):
				delete(out, key)
			case r.off == "":
				delete(out, key)
				out[ParkedLabel+key] = value
			}
		}
		if r.off != "" {
			out[r.off] = "false"
		}
	}
	return out
}

// Routeless are labels without those that route, and with what keeps a proxy away
// that routes to services without any.
func Routeless(labels map[string]string) map[string]string {
	out := withoutRouting(labels)
	for _, r := range Routings(labels) {
		if r.off != "" {
			out[r.off] = "false"
		}
	}
	return out
}

// withoutRouting are labels without those that proxies read, parked ones too.
func withoutRouting(labels map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range labels {
		if RoutedBy(strings.TrimPrefix(key, ParkedLabel)) == "" {
			out[key] = value
		}
	}
	return out
}

// Taken are labels that take over what others route: the very same, because a proxy
// that finds two services under one name, and not with the same labels, may take
// neither.
func Taken(labels, from map[string]string) map[string]string {
	out := withoutRouting(labels)
	for _, r := range Routed(from) {
		maps.Copy(out, r.Labels)
	}
	return out
}

// Rerouted are labels with what proxies read in others, parked or not, in place of what
// they read in these.
func Rerouted(labels, like map[string]string) map[string]string {
	out := withoutRouting(labels)
	for key, value := range like {
		if RoutedBy(strings.TrimPrefix(key, ParkedLabel)) != "" {
			out[key] = value
		}
	}
	return out
}

// Own are the labels that say themselves where requests go.
func (r Routing) Own() []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(r.Labels)) {
		if r.own != nil && r.own(key, r.Labels[key]) {
			out = append(out, key+"="+r.Labels[key])
		}
	}
	return out
}

// Nameless is why two services cannot stand behind the proxy under one name at the
// same time; empty where they can.
func (r Routing) Nameless() string {
	// What is named after the service has another name for another one. Caddy merges
	// sites by their addresses, whatever is behind them.
	if r.off != "" && !reflect.DeepEqual(RoutesOf("a", r.Labels), RoutesOf("b", r.Labels)) {
		return "its labels leave a name to it, which it makes of the service's name: a router needs a label with a rule, and traefik.http.services.NAME.loadbalancer.server.port gives the service one"
	}
	for _, route := range RoutesOf("", r.Labels) {
		if route.Proxy == "Traefik" && route.Rule == "" && route.Protocol != "udp" {
			return "its router " + Quote(route.Name) + " has no rule in the labels: it makes one of the service's name"
		}
	}
	return ""
}

// ByService is the label by which the proxy goes by services, whatever the number of
// their tasks; empty for none.
func (r Routing) ByService() string {
	for key, value := range r.Labels {
		switch strings.ToLower(key) {
		case "traefik.docker.lbswarm", "traefik.swarm.lbswarm":
			if isTrue(value) {
				return key
			}
		}
	}
	return ""
}
