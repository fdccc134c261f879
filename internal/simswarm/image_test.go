package simswarm

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// TestMissingImage_SaysWhy: in the words of the engine that the swarm says it is.
func TestMissingImage_SaysWhy(t *testing.T) {
	b := newBench(t)
	for image, want := range map[string]string{
		"nginx:typo":         `failed to resolve reference "docker.io/library/nginx:typo": docker.io/library/nginx:typo: not found`,
		"nosuch.example/app": "pull access denied for nosuch.example/app, repository does not exist or may require 'docker login'",
	} {
		id := b.run("bad", 1, lives, func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Image = image })
		b.clock.Advance(10 * time.Second)
		st := b.tasks(id)[0].Status
		if st.State != swarm.TaskStateRejected || st.Message != "preparing" || st.Err != want {
			t.Errorf("%s is %s in %q: %q, want %q", image, st.State, st.Message, st.Err, want)
		}
		b.call("DELETE", "/services/"+id, nil, nil)
	}
}
