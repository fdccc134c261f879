package logs

import (
	"testing"

	"skep/internal/testkit"
)

// What the engine says of a node that does not answer names the node.
func TestNameNodes(t *testing.T) {
	n := testkit.Node(testkit.Hostname("w1"))
	c := testkit.Cluster(testkit.Nodes(n))
	if got := NameNodes(c, "node "+n.ID+" is not available"); got != "node w1 is not available" {
		t.Error(got)
	}
	if got := NameNodes(nil, "node x"); got != "node x" {
		t.Error(got)
	}
}
