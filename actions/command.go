package actions

import (
	"slices"
	"strings"

	"skep/internal/safetext"
	"skep/model"
)

// leftOut stands before a command that would set a mask in place of a secret, so
// that no shell runs it.
const leftOut = "# without its secrets: "

// command is a docker command as one would type it. It names no secrets; where
// it would have to it is a comment.
func command(args ...string) string {
	args = append([]string{"docker"}, args...)
	named := model.MaskArgs(args)
	out := make([]string, len(args))
	for i, a := range named {
		out[i] = quote(a)
	}
	text := strings.Join(out, " ")
	if !slices.Equal(named, args) {
		return leftOut + text
	}
	return text
}

// quote makes a word safe for whatever shell it is pasted into.
func quote(word string) string { return model.Quote(safetext.Line(word)) }

// nodeArg is what names a node to the docker command: its hostname, or its ID
// where the hostname is missing, another node's too, or cannot be typed: the
// node itself chose it.
func nodeArg(c *model.Cluster, id model.NodeID) string {
	n := c.Node(id)
	if n == nil || c.Load(id).Twin || !typeable(n.Description.Hostname) {
		return string(id)
	}
	return n.Hostname()
}

// arg is what names a service to the docker command: its name, or its ID where
// the name cannot be typed. An engine allows no such name; who answers in its
// place may.
func (s service) arg() string {
	if name := s.name(); typeable(name) {
		return name
	}
	return s.in.Target.Ref.ID
}

// typeable reports whether a name can stand in a command as it is.
func typeable(name string) bool {
	return name != "" && !strings.HasPrefix(name, "-") && safetext.Line(name) == name
}

// tasksDo counts tasks that do something: "1 task starts", "2 tasks start".
func tasksDo(n int, verb string) string {
	if n == 1 {
		verb += "s"
	}
	return model.Plural(n, "task") + " " + verb
}

// verb is the form of a verb that goes with a number.
func verb(n int, single, many string) string {
	if n == 1 {
		return single
	}
	return many
}
