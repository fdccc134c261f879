package simswarm

import (
	"net/netip"
	"regexp"
	"strings"
)

// constraint is one placement constraint, such as node.labels.disk==ssd.
type constraint struct {
	key   string
	value string
	equal bool
}

type constraints []constraint

// The engine's patterns for keys and values.
var (
	constraintKey   = regexp.MustCompile(`^(?i)[a-z_][a-z0-9\-_.]+$`)
	constraintValue = regexp.MustCompile(`^(?i)[a-z0-9:\-_\s\.\*\(\)\?\+\[\]\\\^\$\|\/]+$`)
)

// parseConstraints reads the constraints of a placement. The errors are the
// engine's.
func parseConstraints(list []string) (constraints, error) {
	var out constraints
	for _, text := range list {
		c, err := parseConstraint(text)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func parseConstraint(text string) (constraint, error) {
	equal := true
	key, value, ok := strings.Cut(text, "==")
	if other, rest, found := strings.Cut(text, "!="); found && (!ok || len(other) < len(key)) {
		key, value, ok, equal = other, rest, true, false
	}
	if !ok {
		return constraint{}, refuse("Unknown", "constraint expected one operator from ==, !=")
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !constraintKey.MatchString(key) {
		return constraint{}, refuse("Unknown", "key '%s' is invalid", key)
	}
	if !constraintValue.MatchString(value) {
		return constraint{}, refuse("Unknown", "value '%s' is invalid", value)
	}
	return constraint{key: key, value: value, equal: equal}, nil
}

// match reports whether the node meets all of the constraints.
func (cs constraints) match(n *node) bool {
	for _, c := range cs {
		if !c.match(n) {
			return false
		}
	}
	return true
}

// match follows the engine: names of attributes in any case, names of labels in
// theirs, values in any case; an attribute that does not exist is met by
// nobody, and a label that does not exist is the empty value.
func (c constraint) match(n *node) bool {
	d := &n.api.Description
	lower := strings.ToLower(c.key)
	switch lower {
	case "node.id":
		return c.is(n.api.ID)
	case "node.hostname":
		return c.is(d.Hostname)
	case "node.ip":
		return c.matchAddr(n.api.Status.Addr)
	case "node.role":
		return c.is(string(n.api.Spec.Role))
	case "node.platform.os":
		return c.is(d.Platform.OS)
	case "node.platform.arch":
		return c.is(d.Platform.Architecture)
	}
	const nodeLabel, engineLabel = "node.labels.", "engine.labels."
	switch {
	case strings.HasPrefix(lower, nodeLabel) && len(lower) > len(nodeLabel):
		return c.is(n.api.Spec.Labels[c.key[len(nodeLabel):]])
	case strings.HasPrefix(lower, engineLabel) && len(lower) > len(engineLabel):
		return c.is(d.Engine.Labels[c.key[len(engineLabel):]])
	}
	return false
}

func (c constraint) is(value string) bool { return strings.EqualFold(c.value, value) == c.equal }

func (c constraint) matchAddr(addr string) bool {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return false
	}
	if want, err := netip.ParseAddr(c.value); err == nil {
		return (want == ip) == c.equal
	}
	if net, err := netip.ParsePrefix(c.value); err == nil {
		return net.Contains(ip) == c.equal
	}
	return false
}
