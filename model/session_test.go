package model_test

import (
	"slices"
	"testing"

	"skep/model"
)

func TestSession_DockerGoesTheWayThatSkepIsConnectedBy(t *testing.T) {
	for _, tt := range []struct {
		session model.Session
		want    []string
	}{
		{model.Session{Context: "prod", Host: "ssh://m1"}, []string{"-c", "prod"}},
		{model.Session{Context: "unix:///a.sock", Host: "unix:///a.sock"}, []string{"-H", "unix:///a.sock"}},
		{model.Session{Host: "tcp://m1:2376"}, []string{"-H", "tcp://m1:2376"}},
	} {
		if got := tt.session.DockerArgs(); !slices.Equal(got, tt.want) {
			t.Errorf("docker %q, want %q", got, tt.want)
		}
	}
}
