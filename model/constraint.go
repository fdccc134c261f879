package model

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Constraint is one placement constraint, such as "node.role == worker". It is
// read and matched as the engine does (swarmkit manager/constraint).
type Constraint struct {
	Key string
	// Not is set for "!=".
	Not   bool
	Value string
}

// String is the constraint as docker writes it.
func (c Constraint) String() string {
	if c.Not {
		return c.Key + "!=" + c.Value
	}
	return c.Key + "==" + c.Value
}

// ParseConstraint reads one constraint. The engine refuses services with one
// that cannot be read.
func ParseConstraint(text string) (Constraint, error) {
	key, value, found := strings.Cut(text, "==")
	not := false
	if !found {
		key, value, not = strings.Cut(text, "!=")
		if !not {
			return Constraint{}, fmt.Errorf("%q has neither == nor !=", text)
		}
	}
	c := Constraint{Key: strings.TrimSpace(key), Not: not, Value: strings.TrimSpace(value)}
	if !constraintKey(c.Key) {
		return Constraint{}, fmt.Errorf("%q is not a key of a constraint", c.Key)
	}
	if !only(c.Value, ":-_.*()?+[]\\^$|/ \t\n\f\r") || c.Value == "" {
		return Constraint{}, fmt.Errorf("%q is not a value of a constraint", c.Value)
	}
	return c, nil
}

// ParseConstraints reads a list of them.
func ParseConstraints(texts []string) ([]Constraint, error) {
	out := make([]Constraint, 0, len(texts))
	var errs []error
	for _, t := range texts {
		c, err := ParseConstraint(t)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, c)
	}
	return out, errors.Join(errs...)
}

func constraintKey(key string) bool {
	return len(key) > 1 && (key[0] == '_' || letter(rune(key[0]))) && only(key, "-_.")
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// only reports whether a text holds nothing but ASCII letters, digits, and the
// given others.
func only(text, others string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !letter(r) && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	}) < 0
}

// Matches reports whether a node satisfies the constraint. A key that is not
// known is never satisfied, by either operator.
func (c Constraint) Matches(n *Node) bool {
	if strings.EqualFold(c.Key, "node.ip") {
		return c.matchesIP(n.Status.Addr)
	}
	has, known := c.valueOn(n)
	return known && strings.EqualFold(c.Value, has) != c.Not
}

// Explain says what the node has in place of what is asked for.
func (c Constraint) Explain(n *Node) string {
	has, known := c.valueOn(n)
	switch {
	case !known:
		return c.String() + " (no such property)"
	case has == "":
		return c.String() + " (the node has none)"
	default:
		return c.String() + " (the node has " + has + ")"
	}
}

// valueOn is what a node has for the key. Keys are compared without regard to
// case, but for the part that is a label's name.
func (c Constraint) valueOn(n *Node) (value string, known bool) {
	const nodeLabels, engineLabels = "node.labels.", "engine.labels."
	switch key := strings.ToLower(c.Key); {
	case key == "node.id":
		return n.ID, true
	case key == "node.hostname":
		return n.Description.Hostname, true
	case key == "node.ip":
		return n.Status.Addr, true
	case key == "node.role":
		// The engine looks at the role that a node has, not at the one that
		// was asked for.
		if n.Manages() {
			return "manager", true
		}
		return "worker", true
	case key == "node.platform.os":
		return n.Description.Platform.OS, true
	case key == "node.platform.arch":
		return n.Description.Platform.Architecture, true
	case len(key) > len(nodeLabels) && strings.HasPrefix(key, nodeLabels):
		return n.Spec.Labels[c.Key[len(nodeLabels):]], true
	case len(key) > len(engineLabels) && strings.HasPrefix(key, engineLabels):
		return n.Description.Engine.Labels[c.Key[len(engineLabels):]], true
	}
	return "", false
}

// matchesIP compares with one address or with a subnet. An address that cannot
// be read is never matched, by either operator.
func (c Constraint) matchesIP(addr string) bool {
	have := net.ParseIP(addr)
	if want := net.ParseIP(c.Value); want != nil {
		return want.Equal(have) != c.Not
	}
	if _, subnet, err := net.ParseCIDR(c.Value); err == nil {
		return subnet.Contains(have) != c.Not
	}
	return false
}
