package logs

import (
	"strings"

	"skep/model"
)

// NameNodes puts the names of nodes for their IDs, which is what the engine says when
// it cannot read the logs of one.
func NameNodes(c *model.Cluster, text string) string {
	if c == nil {
		return text
	}
	for _, n := range c.Nodes() {
		if strings.Contains(text, n.ID) {
			text = strings.ReplaceAll(text, n.ID, c.NodeName(n.Key()))
		}
	}
	return text
}
