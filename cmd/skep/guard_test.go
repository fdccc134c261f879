package main

import (
	"testing"

	"skep/internal/config"
	"skep/model"
)

// TestNamesOf: a mark holds however the address is written, here and by docker.
func TestNamesOf(t *testing.T) {
	list := []model.Context{{Name: "default", Host: "tcp://elsewhere:2375"}, {Name: "prod", Host: "tcp://manager1:2376"}}
	marks := func(key string) config.Settings {
		return config.Settings{Contexts: map[string]config.Guard{key: {Production: true}}}
	}
	for _, tt := range []struct {
		key, name, host string
		want            string
	}{
		{"manager1:2376", "", "tcp://manager1:2376", "manager1:2376"},
		{"tcp://manager1", "", "tcp://manager1:2375", "tcp://manager1"},
		{"prod", "", "tcp://manager1:2376", "prod"},
		{"prod", "copy", "tcp://manager1:2376", "prod"},
		{"ssh://ops@m1", "", "ssh://ops@m1:22", "ssh://ops@m1"},
		{"default", "", "unix:///run/docker.sock", "default"},
		{"default", "", "tcp://manager1:2376", ""},
		{"manager2:2376", "", "tcp://manager1:2376", ""},
	} {
		settings := marks(tt.key)
		if _, got := settings.Of(namesOf(tt.name, tt.host, list, settings)...); got != tt.want {
			t.Errorf("%s is marked: %s is %q, want %q", tt.key, tt.host, got, tt.want)
		}
	}
}
