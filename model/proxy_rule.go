package model

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// ProxyRule says of a proxy that skep does not know how it goes by the labels of
// services. Of those that it knows none has weights by label: Traefik's weighted
// services come from a file alone (its pages on the Swarm provider and on services),
// caddy-docker-proxy writes what it reads into a Caddyfile, in which a weight belongs
// to a place in a list of upstreams, and Docker Flow Proxy and EasyHAProxy have none
// among their labels. Other proxies do, and a rule names the label.
type ProxyRule struct {
	// Labels are what the labels begin with that it reads.
	Labels []string
	// Host is the label with the hosts of a route, and Port that with the port of the
	// tasks. A * stands for a part between dots, which then names the route.
	Host string
	Port string
	// Off is the label that takes a service out while it says false; empty where the
	// others have to go.
	Off string
	// Shares is set where services with the same labels get requests by the number of
	// their tasks.
	Shares bool
	// Weight is the label with the weight of a service among those that have the same
	// labels besides: a number from 0 to 100; empty for none.
	Weight string
	// Notices says how soon it notices a changed label.
	Notices string
}

// knownProxies are the proxies whose labels are read: those that skep knows, and those
// of rules.
type knownProxies struct {
	proxies map[string]proxy
	manners map[string]Manner
}

var ruled atomic.Pointer[knownProxies]

// known are the proxies whose labels are read.
func known() *knownProxies {
	if k := ruled.Load(); k != nil {
		return k
	}
	return &knownProxies{proxies, manners}
}

// SetProxies takes rules in, in place of those before. An error says what is wrong
// with one, and nothing changes.
func SetProxies(rules map[string]ProxyRule) error {
	k := &knownProxies{maps.Clone(proxies), maps.Clone(manners)}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r := rules[name].lower()
		if err := r.check(k, name); err != nil {
			return fmt.Errorf("the proxy %s: %w", Quote(name), err)
		}
		k.proxies[name] = proxy{prefixes: r.Labels, routes: r.routes}
		m := Manner{Proxy: name, off: r.Off, Shares: r.Shares || r.Weight != "", Weight: r.Weight, Notices: r.Notices}
		if m.Notices == "" {
			m.Notices = "how soon it notices is not known: give it the pause"
		}
		k.manners[name] = m
	}
	ruled.Store(k)
	return nil
}

// lower is a rule in lower case, as labels are compared.
func (r ProxyRule) lower() ProxyRule {
	labels := make([]string, len(r.Labels))
	for i, l := range r.Labels {
		labels[i] = strings.ToLower(l)
	}
	r.Labels, r.Host, r.Port, r.Off, r.Weight = labels, strings.ToLower(r.Host), strings.ToLower(r.Port), strings.ToLower(r.Off), strings.ToLower(r.Weight)
	return r
}

// check says what is wrong with a rule, beside those that there are.
func (r ProxyRule) check(k *knownProxies, name string) error {
	_, taken := k.proxies[name]
	switch {
	case strings.TrimSpace(name) == "" || taken:
		return errors.New("the name is empty, or that of one that skep knows")
	case len(r.Labels) == 0:
		return errors.New("labels: what do those begin with that it reads?")
	case r.Host == "":
		return errors.New("host: which label has the hosts? a * stands for a part of it")
	}
	for _, prefix := range r.Labels {
		if len(prefix) < 2 || !strings.HasSuffix(prefix, ".") {
			return fmt.Errorf("labels: %s does not end in a dot: it would take others along", Quote(prefix))
		}
		for _, own := range []string{"skep.", "com.docker."} {
			if overlap(prefix, own) {
				return fmt.Errorf("labels: %s are not a proxy's", Quote(prefix))
			}
		}
		for other, p := range k.proxies {
			if slices.ContainsFunc(p.prefixes, func(o string) bool { return overlap(prefix, o) }) {
				return fmt.Errorf("labels: %s are those of %s", Quote(prefix), other)
			}
		}
	}
	for _, l := range []struct{ field, label string }{{"host", r.Host}, {"port", r.Port}, {"off", r.Off}, {"weight", r.Weight}} {
		switch _, err := path.Match(l.label, ""); {
		case l.label == "":
		case !slices.ContainsFunc(r.Labels, func(prefix string) bool { return strings.HasPrefix(l.label, prefix) }):
			return fmt.Errorf("%s: %s is none of its labels", l.field, Quote(l.label))
		case err != nil || strings.ContainsAny(l.label, "?[\\"):
			return fmt.Errorf("%s: %s: only a * stands for something", l.field, Quote(l.label))
		case strings.Contains(l.label, "*") && (l.field == "off" || l.field == "weight"):
			return fmt.Errorf("%s: %s is one label, without a *", l.field, Quote(l.label))
		}
	}
	return nil
}

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// routes reads the labels by the rule. What requests go to is told apart by the hosts,
// whatever the service is called: the same labels on another one are the same route.
func (r ProxyRule) routes(_ string, labels map[string]string) []Route {
	off := ""
	if value, is := labels[r.Off]; is && isFalse(value) {
		off = r.Off + " is " + value
	}
	var out []Route
	for key, value := range labels {
		name, is := starred(r.Host, key)
		if !is {
			continue
		}
		route := Route{Name: name, Protocol: "http", Rule: value, Hosts: words(value), Backend: name, Wrong: off}
		if name == "" {
			route.Name, route.Backend = value, value
		}
		for port, number := range labels {
			if of, is := starred(r.Port, port); is && (of == name || of == "") {
				route.Port = number
			}
		}
		out = append(out, route)
	}
	return out
}

// starred matches a label with a pattern, part by part, and gives what stands for
// the stars.
func starred(pattern, label string) (string, bool) {
	want, has := strings.Split(pattern, "."), strings.Split(label, ".")
	if pattern == "" || len(want) != len(has) {
		return "", false
	}
	var stars []string
	for i, part := range want {
		if is, err := path.Match(part, has[i]); err != nil || !is {
			return "", false
		}
		if strings.Contains(part, "*") {
			stars = append(stars, has[i])
		}
	}
	return strings.Join(stars, "."), true
}

// Weighed are labels with a weight for each of the proxies among the routed that has
// one by label; an empty weight takes it away.
func Weighed(labels map[string]string, routed []Routing, weight string) map[string]string {
	out := maps.Clone(labels)
	for _, r := range routed {
		if r.Weight == "" {
			continue
		}
		maps.DeleteFunc(out, func(key, _ string) bool { return strings.EqualFold(key, r.Weight) })
		if weight != "" {
			out[r.Weight] = weight
		}
	}
	return out
}

// WeightOf is the weight that labels give a service; empty for none.
func (r Routing) WeightOf() string {
	for key, value := range r.Labels {
		if r.Weight != "" && strings.EqualFold(key, r.Weight) {
			return value
		}
	}
	return ""
}
