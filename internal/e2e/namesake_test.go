package e2e_test

import (
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit/vterm"
	"skep/ui"
)

// TestConsole_ANamesakeIsAnother: the service of a dialog is removed, and one of the
// same name comes. What was confirmed for the one is not written to the other, whether
// the console has seen that already or not.
func TestConsole_ANamesakeIsAnother(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{"seen": true, "not seen yet": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shaken(t, ui.Options{Pattern: "web"}, 120, 30)
			s.live("3/3")
			var was swarm.Service
			s.api("GET", "/services/web", nil, &was)
			s.Type("s")
			s.Wait("Replicas: 3")
			calm()
			s.Type(clear, "5", vterm.Enter)
			s.Wait("from 3 to 5", "Y apply")
			calm()
			s.api("DELETE", "/services/"+was.ID, nil, nil)
			s.api("POST", "/services/create", was.Spec, nil)
			if seen {
				s.says("no longer")
			}
			s.Type("Y")
			s.says("no longer")
			if got := s.replicas("web"); got != 3 {
				t.Errorf("the namesake has %d replicas, want 3", got)
			}
			if got := s.proxy.Count("^POST "); got != 0 {
				t.Errorf("%d writes: %v", got, s.proxy.Requests())
			}
		})
	}
}
