package engine

import "testing"

func TestAddress(t *testing.T) {
	for _, same := range [][]string{
		{"tcp://manager1:2375", "manager1", "manager1:2375", "tcp://manager1"},
		{"unix:///run/docker.sock", "unix:///var/run/docker.sock", DefaultAddress()},
		{"ssh://ops@m1", "ssh://ops@m1:22"},
		{"no address at all"},
	} {
		for _, way := range same {
			if got := Address(way); got != same[0] {
				t.Errorf("%s: %s, want %s", way, got, same[0])
			}
		}
	}
	if Address("ssh://ops@m1:2222") == Address("ssh://ops@m1") {
		t.Error("another port is another engine")
	}
}
