package subject

import (
	"slices"
	"testing"

	"skep/model"
)

func TestShell_GoesTheWayThatSkepIsConnectedBy(t *testing.T) {
	task := &model.Task{ContainerID: "0123"}
	for _, tt := range []struct {
		session model.Session
		want    []string
	}{
		{model.Session{Context: "prod", Host: "ssh://m1"}, []string{"-c", "prod", "exec", "-it", "0123", "sh"}},
		{model.Session{Context: "unix:///a.sock", Host: "unix:///a.sock"}, []string{"-H", "unix:///a.sock", "exec", "-it", "0123", "sh"}},
	} {
		if got := shellArgs(tt.session, task); !slices.Equal(got[:6], tt.want) {
			t.Errorf("docker %q", got)
		}
	}
}
