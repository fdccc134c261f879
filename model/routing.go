package model

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Route is a rule by which a proxy that reads the labels of services sends requests
// to one of them. What the labels leave to the configuration of the proxy, which
// skep does not read, is empty.
type Route struct {
	// Proxy is the program that the labels are for, and Name what it calls the rule.
	Proxy, Name string
	// Protocol is http, tcp or udp.
	Protocol string
	// Rule is what the requests have to be like, as it is written, and Hosts are the
	// names of hosts in it.
	Rule  string
	Hosts []string
	// Backend is what the proxy calls those that the requests go to: services that
	// give the same one share them.
	Backend string
	// Port is the one in the container.
	Port string
	// Network is the one over which the proxy is to reach the tasks.
	Network string
	// Wrong is why the proxy does not use it; empty for nothing that can be seen.
	Wrong string
}

// proxy reads the labels that are meant for one program. Their keys are in lower
// case, as all of them compare keys without regard to it.
type proxy struct {
	// prefixes are what its labels begin with.
	prefixes []string
	routes   func(name string, labels map[string]string) []Route
}

// proxies are the programs whose labels are known.
var proxies = map[string]proxy{
	"Traefik":           {[]string{"traefik."}, traefikRoutes},
	"Caddy":             {[]string{"caddy", "caddy.", "caddy_"}, caddyRoutes},
	"Docker Flow Proxy": {[]string{"com.df."}, flowRoutes},
}

// RoutedBy is the proxy that a label is for; empty for none.
func RoutedBy(label string) string {
	label = strings.ToLower(label)
	for name, p := range known().proxies {
		for _, prefix := range p.prefixes {
			if label == prefix || prefix != "caddy" && strings.HasPrefix(label, prefix) {
				return name
			}
		}
	}
	return ""
}

// Routes are the rules in a service's labels, in a fixed order: Swarm's proxies read
// those of the service and not those of its containers.
func (s *Service) Routes() []Route { return RoutesOf(s.Name(), s.Spec.Labels) }

// RoutesOf are the rules in the labels of a service of that name.
func RoutesOf(service string, labels map[string]string) []Route {
	of := map[string]map[string]string{}
	for key, value := range labels {
		if p := RoutedBy(key); p != "" {
			if of[p] == nil {
				of[p] = map[string]string{}
			}
			of[p][strings.ToLower(key)] = value
		}
	}
	var out []Route
	for _, p := range slices.Sorted(maps.Keys(of)) {
		routes := known().proxies[p].routes(service, of[p])
		for i := range routes {
			routes[i].Proxy = p
		}
		slices.SortFunc(routes, func(a, b Route) int { return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Name, b.Name)) })
		out = append(out, routes...)
	}
	return out
}

// traefikRoutes reads the labels of Traefik from version 2 on (pkg/provider,
// BuildRouterConfiguration), and those of version 1.
func traefikRoutes(service string, labels map[string]string) []Route {
	network := cmp.Or(labels["traefik.swarm.network"], labels["traefik.docker.network"])
	off := ""
	if strings.EqualFold(labels["traefik.enable"], "false") {
		off = "traefik.enable is false"
	}
	var out []Route
	for _, protocol := range []string{"http", "tcp", "udp"} {
		routers, backends := traefikParts(labels, protocol, "routers"), traefikParts(labels, protocol, "services")
		if len(routers) == 0 && len(backends) == 1 && protocol == "http" {
			routers[service] = map[string]string{} // It makes one, by the rule of its configuration.
		}
		for name, r := range routers {
			route := Route{Name: name, Protocol: protocol, Rule: r["rule"], Hosts: hostsIn(r["rule"]), Backend: r["service"], Network: network, Wrong: off}
			if route.Backend == "" {
				route.Backend = service
				switch called := slices.Sorted(maps.Keys(backends)); {
				case len(called) == 1:
					route.Backend = called[0]
				case len(called) > 1 && off == "":
					route.Backend, route.Wrong = "", "it names no service, and there are several"
				}
			}
			route.Backend, _, _ = strings.Cut(route.Backend, "@")
			route.Port = backends[strings.ToLower(route.Backend)]["loadbalancer.server.port"]
			if protocol != "http" && protocol != "udp" && route.Rule == "" && route.Wrong == "" {
				route.Wrong = "it has no rule"
			}
			out = append(out, route)
		}
	}
	return append(out, traefikFirst(service, labels, off)...)
}

// traefikParts are the settings of the routers or services of a protocol, by their
// names.
func traefikParts(labels map[string]string, protocol, part string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for key, value := range labels {
		rest, is := strings.CutPrefix(key, "traefik."+protocol+"."+part+".")
		name, setting, has := strings.Cut(rest, ".")
		if !is || !has || name == "" {
			continue
		}
		if out[name] == nil {
			out[name] = map[string]string{}
		}
		out[name][setting] = value
	}
	return out
}

// traefikFirst reads the labels of Traefik 1: one frontend, or one for each segment.
func traefikFirst(service string, labels map[string]string, off string) []Route {
	var out []Route
	for key, value := range labels {
		middle, is := strings.CutSuffix(strings.TrimPrefix(key, "traefik."), "frontend.rule")
		if !is || strings.Count(middle, ".") > 1 {
			continue
		}
		setting := func(name string) string {
			return cmp.Or(labels["traefik."+middle+name], labels["traefik."+name])
		}
		out = append(out, Route{Name: cmp.Or(strings.TrimSuffix(middle, "."), service), Protocol: "http", Rule: value, Hosts: firstHosts(value),
			Backend: cmp.Or(setting("backend"), service), Port: setting("port"), Network: labels["traefik.docker.network"], Wrong: off})
	}
	return out
}

var (
	hostMatcher = regexp.MustCompile(`(?i)\b(?:Host|HostSNI|HostHeader)\s*\(([^)]*)\)`)
	quoted      = regexp.MustCompile("`([^`]*)`|\"([^\"]*)\"")
	caddyPort   = regexp.MustCompile(`upstreams(?:\s+[a-z0-9]+)?\s+(\d+)`)
)

// hostsIn are the hosts that a rule of Traefik names in full.
func hostsIn(rule string) []string {
	var out []string
	for _, m := range hostMatcher.FindAllStringSubmatch(rule, -1) {
		for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
			out = append(out, cmp.Or(q[1], q[2]))
		}
	}
	return out
}

// firstHosts are the hosts in a rule of Traefik 1: Host:a,b;PathPrefix:/c.
func firstHosts(rule string) []string {
	var out []string
	for _, part := range strings.Split(rule, ";") {
		if matcher, list, is := strings.Cut(part, ":"); is && strings.EqualFold(strings.TrimSpace(matcher), "Host") {
			out = append(out, words(list)...)
		}
	}
	return out
}

// words are the words of a list, whatever parts them.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}

// caddyRoutes reads the labels of caddy-docker-proxy, each group of which makes a
// site: caddy, and caddy_0 and so on. A word in parentheses is a snippet and no site.
func caddyRoutes(service string, labels map[string]string) []Route {
	groups := map[string]*Route{}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		group, _, directive := strings.Cut(key, ".")
		if group == "caddy_ingress_network" {
			continue
		}
		r := groups[group]
		if r == nil {
			r = &Route{Name: group, Protocol: "http", Backend: service, Network: labels["caddy_ingress_network"]}
			groups[group] = r
		}
		value := labels[key]
		if !directive {
			r.Rule, r.Hosts = value, words(value)
		}
		if m := caddyPort.FindStringSubmatch(value); m != nil && r.Port == "" {
			r.Port = m[1]
		}
	}
	var out []Route
	for _, r := range groups {
		if r.Rule == "" || strings.HasPrefix(r.Rule, "(") {
			continue // Options for all, or a snippet.
		}
		for i, h := range r.Hosts {
			_, host, scheme := strings.Cut(h, "://")
			if scheme {
				r.Hosts[i] = host
			}
		}
		out = append(out, *r)
	}
	return out
}

// flowRoutes reads the labels of Docker Flow Proxy, which may have a number at their
// ends.
func flowRoutes(service string, labels map[string]string) []Route {
	var out []Route
	for key := range labels {
		index, is := strings.CutPrefix(key, "com.df.port")
		if !is || index != "" && !strings.HasPrefix(index, ".") {
			continue
		}
		setting := func(name string) string { return labels["com.df."+strings.ToLower(name)+index] }
		r := Route{Name: service + index, Protocol: cmp.Or(setting("reqMode"), "http"), Hosts: words(setting("serviceDomain")), Backend: service, Port: labels[key]}
		r.Rule = strings.TrimSpace(setting("serviceDomain") + " " + setting("servicePath"))
		if !strings.EqualFold(labels["com.df.notify"], "true") {
			r.Wrong = "com.df.notify is not true"
		}
		out = append(out, r)
	}
	return out
}
