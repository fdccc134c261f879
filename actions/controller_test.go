package actions

import (
	"fmt"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// TestPlan_SaysWhoElseChangesIt: the next deployment of the stack, and what manages
// the service.
func TestPlan_SaysWhoElseChangesIt(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(2), testkit.ServiceLabels(map[string]string{"swarm.autoscaler": "true", model.LabelStack: "shop"}))
	for verb, values := range map[string]map[string]string{"scale": {"replicas": "3"}, "env": {"env": "A=1"}, "resources": {"memory-limit": "1g"}} {
		a, _ := Find(s.Key().Ref().Kind, verb)
		p := mustPlan(t, a, inputFor(t, s, values, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...)))
		if text := fmt.Sprint(p.Warnings); !strings.Contains(text, "managed by the autoscaler") || !strings.Contains(text, "the next docker stack deploy of shop takes back") {
			t.Errorf("%s: %s", verb, text)
		}
	}
}
