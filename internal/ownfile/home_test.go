//go:build unix

package ownfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestStateDir_IsOfWhoRuns, also under sudo with the HOME of who called it.
func TestStateDir_IsOfWhoRuns(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives folders to others")
	}
	const ann = 12345
	base := t.TempDir()
	home, root, shared := filepath.Join(base, "ann"), filepath.Join(base, "root"), filepath.Join(base, "shared")
	for dir, owner := range map[string]int{home: ann, filepath.Join(home, ".local"): ann, root: 0, shared: 0, filepath.Join(base, "xdg"): ann} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		home, state string
		uid         int
		account     string
		want        string
	}{
		"ann":                                 {home, home + "/.local/state", ann, home, home + "/.local/state/skep"},
		"root":                                {root, root + "/.local/state", 0, root, root + "/.local/state/skep"},
		"sudo with the HOME of ann":           {home, home + "/.local/state", 0, root, root + "/.local/state/skep"},
		"sudo on a Mac":                       {home, home + "/Library/Application Support", 0, root, root + "/Library/Application Support/skep"},
		"sudo with the XDG_STATE_HOME of ann": {root, base + "/xdg", 0, root, root + "/.local/state/skep"},
		"su to ann with the HOME of bob":      {base + "/xdg", base + "/xdg/.local/state", 777, home, home + "/.local/state/skep"},
		"a folder of root's for all":          {home, shared + "/state", ann, home, shared + "/state/skep"},
		"an account without a home":           {home, home + "/.local/state", 777, "", home + "/.local/state/skep"},
	} {
		if got := stateOf(c.home, c.state, c.uid, func() string { return c.account }); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
