package ui

import (
	"os"
	"testing"

	"github.com/adrg/xdg"

	"skep/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.LetGarbageBe()
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
