package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/model"
)

func TestWrite_AppendsOneLineEach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "journal.jsonl")
	j := New(path)
	plan := actions.Plan{
		Verb: "scale", Title: "scale web from 3 to 5",
		Target:  actions.Target{Ref: model.ServiceID("abc").Ref(), Name: "web"},
		Changes: model.Diff(json.RawMessage(`{"Args":["--db-password=old"]}`), json.RawMessage(`{"Args":["--db-password=new"]}`)),
	}
	for _, err := range []error{nil, errors.New("update out of sequence")} {
		if err := j.Write("prod", actions.Entry{Plan: plan, Result: actions.Result{Err: err}, Finished: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2:\n%s", len(lines), b)
	}
	var e Entry
	if err := json.Unmarshal([]byte(lines[1]), &e); err != nil {
		t.Fatal(err)
	}
	if e.Name != "web" || e.Context != "prod" || e.Error != "update out of sequence" {
		t.Errorf("got %+v", e)
	}
	if strings.Contains(string(b), "old") || strings.Contains(string(b), "new") {
		t.Errorf("a secret stands in the journal: %s", b)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
}

func TestWrite_UnwritableIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(filepath.Join(file, "journal.jsonl")).Write("", actions.Entry{}); err == nil {
		t.Error("no error for a journal below a file")
	}
}
