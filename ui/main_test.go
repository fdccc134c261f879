package ui

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/adrg/xdg"
)

// TestMain lets garbage pile up: the tests make much of it, and hold little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(inOwnHome(m))
}

// inOwnHome runs the tests with a state of their own, and an editor that is
// everywhere.
func inOwnHome(m *testing.M) int {
	dir, err := os.MkdirTemp("", "test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for name, value := range map[string]string{"XDG_STATE_HOME": dir, "VISUAL": "", "EDITOR": "true"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	xdg.Reload()
	return m.Run()
}
