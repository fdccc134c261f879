package actions

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestManagedBy(t *testing.T) {
	for labels, want := range map[string]string{
		`{}`: "", `{"traefik.enable":"true","com.docker.stack.namespace":"s"}`: "", `{"shepherd.enable":"false"}`: "", `{"swarm.cronjob.enable":"no"}`: "",
		`{"swarm.cronjob.enable":"true"}`:                                                 "swarm-cronjob",
		`{"shepherd.enable":"true","shepherd.autodeploy":"true"}`:                         "Shepherd",
		`{"gantry.services.excluded":"true"}`:                                             "Gantry",
		`{"io.portainer.accesscontrol.teams":"x","io.portainer.accesscontrol.users":"y"}`: "Portainer",
		`{"swarmpit.service.deployment.autoredeploy":"true","com.ouroboros.enable":"1"}`:  "Swarmpit Ouroboros",
	} {
		var got []string
		for _, m := range managedBy([]byte(`{"Labels":` + labels + `}`)) {
			name, _, _ := strings.Cut(m, " (")
			got = append(got, name)
		}
		if slices.Sort(got); strings.Join(got, " ") != strings.Join(slices.Sorted(slices.Values(strings.Fields(want))), " ") {
			t.Errorf("%s: %q, want %q", labels, got, want)
		}
	}
}

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
