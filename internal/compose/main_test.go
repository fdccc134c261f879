package compose

import (
	"os"
	"testing"

	"skep/internal/testkit"
)

// TestMain seals with less effort than what is to resist: the tests seal a hundred
// times.
func TestMain(m *testing.M) {
	testkit.LetGarbageBe()
	if !testkit.Slow() {
		sealedRounds = 100
	}
	os.Exit(m.Run())
}
