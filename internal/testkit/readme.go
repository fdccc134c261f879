package testkit

import (
	"os"
	"strings"
	"testing"
)

// README holds a part of the README to what the program says: what stands between
// two comments of the part's name, which tell by which command it is written.
// With update it is written.
func README(t *testing.T, path, part, by, want string, update bool) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+part+": written by "+by+" -->\n", "<!-- /"+part+" -->"
	head, rest, ok := strings.Cut(string(b), begin)
	old, tail, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Fatalf("the README has no lines %q and %q", begin, end)
	case old == want:
		return
	case !update:
		t.Errorf("the README's %s are not those of the program; %s writes them", part, by)
		return
	}
	if err := os.WriteFile(path, []byte(head+begin+want+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
