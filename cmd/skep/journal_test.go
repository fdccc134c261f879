package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"skep/actions"
	"skep/internal/journal"
)

// TestUndo_GoesBackStepByStep: without an entry the newest that was not undone, and
// with one that, by the beginning of its ID.
func TestUndo_GoesBackStepByStep(t *testing.T) {
	host := shopWithState(t)
	if out, _, code := skep(t, "journal"); code != 0 || out != "the journal is empty\n" {
		t.Errorf("%d, %s", code, out)
	}
	step := func(want string, code int, args ...string) string {
		t.Helper()
		out, errs, got := skep(t, append(args, "-H", host)...)
		if got != code || !strings.Contains(out+errs, want) {
			t.Errorf("%v: %d, no %q in %s%s", args, got, want, out, errs)
		}
		return out
	}
	step("nothing of this swarm that could be undone", exitFailure, "undo", "--yes")
	step("1 done; skep undo takes it back", 0, "scale", "shop_cart", "5", "--yes")
	step("1 done", 0, "pause", "fra1-wrk1", "--yes")
	step("--yes", exitRefused, "undo")
	step("undo: pause fra1-wrk1", 0, "undo", "-y")
	step("undo: scale shop_cart from 3 to 5 replicas", 0, "undo", "-y")
	step("could be undone", exitFailure, "undo", "-y")
	list := recordsOf(t, host)
	if len(list) != 4 || list[0].Undoes != list[3].ID || list[3].Undone != list[0].ID || list[3].OutcomeText() != "done, undone" {
		t.Fatalf("%+v", list)
	}
	step("nothing would change", 0, "undo", "-y", list[3].ID)
	step("redo: scale shop_cart from 3 to 5 replicas", 0, "undo", "-y", strings.ToLower(list[0].ID[:8]))
	if list = recordsOf(t, host); list[4].Undone != "" || list[1].Undone == "" {
		t.Errorf("%+v", list)
	}
	step("scale shop_cart from 3 to 5 replicas", 0, "journal")
	step("Mode.Replicated.Replicas: 3 -> 5", 0, "journal", list[4].ID)
	step("the journal has no entry", exitFailure, "journal", "nothing")
	step("the journal has no entry", exitFailure, "undo", "nothing", "--yes")
	if out := step("", 0, "journal", "-n", "1"); strings.Count(out, "\n") != 2 {
		t.Errorf("%s", out)
	}
	step("read-only", exitRefused, "undo", "-y", "--read-only", list[4].ID)
	if b, err := os.ReadFile(journal.Path()); err != nil || !json.Valid([]byte(strings.Split(string(b), "\n")[0])) {
		t.Error(err)
	}
}

func recordsOf(t *testing.T, host string) []actions.Record {
	t.Helper()
	out, errs, code := skep(t, "journal", "-o", "json", "-H", host)
	var list []actions.Record
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("%d, %v, %s%s", code, err, out, errs)
	}
	return list
}
