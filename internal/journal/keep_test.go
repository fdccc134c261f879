package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
)

// removal is the removal of a service with that environment.
func removal(id string, env ...string) actions.Entry {
	spec, err := json.Marshal(map[string]any{"Name": "web", "Labels": map[string]string{model.LabelStack: "shop"},
		"TaskTemplate": map[string]any{"ContainerSpec": map[string]any{"Image": "app:1", "Env": env}}})
	if err != nil {
		panic(err)
	}
	seen := model.Document{Ref: model.ServiceID("abc").Ref(), Name: "web", Version: 7, Spec: spec, Raw: spec}
	step := actions.Step{Op: actions.OpRemove, Ref: seen.Ref, Name: "web", Seen: seen}
	return actions.Entry{ID: id, Started: time.Now(), Plan: actions.Plan{Verb: "remove", Title: "remove the service web",
		Target: actions.Target{Ref: seen.Ref, Name: "web"}, Steps: []actions.Step{step}}}
}

// done is the same when it was done.
func done(e actions.Entry) actions.Entry {
	e.Finished = time.Now()
	e.Result = actions.Result{Target: e.Plan.Target, Steps: []actions.StepResult{{Ref: e.Plan.Steps[0].Ref, Before: e.Plan.Steps[0].Seen}}}
	return e
}

func write(t *testing.T, j *Journal, entries ...actions.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := j.Write(here, e); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecord_HoldsWhatUndoNeeds: the specification as it was, with what is secret in
// it, of which the journal itself shows nothing.
func TestRecord_HoldsWhatUndoNeeds(t *testing.T) {
	dir := t.TempDir()
	for i, p := range testkit.Some(testkit.Secrets()) {
		id := fmt.Sprintf("ID%d", i)
		path := filepath.Join(dir, id, "journal.jsonl")
		j := New(path, env)
		e := removal(id, "NOTE="+p.Text, "PLAIN=1")
		write(t, j, e, done(e))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		for _, leak := range p.Leaks(lines[len(lines)-1] + lines[len(lines)-2]) {
			if len(leak) > 3 {
				t.Errorf("the journal tells %q", leak)
			}
		}
		r, err := New(path, env).Record(t.Context(), id)
		if err != nil || r.Lacks != "" || len(r.Did) != 1 || r.Outcome != actions.Done || r.Stack != "shop" || r.Did[0].From != 7 {
			t.Fatalf("%v, %+v", err, r)
		}
		if want := e.Plan.Steps[0].Seen.Spec; !model.SameJSON(r.Did[0].Before, want) {
			t.Errorf("%s, want %s", r.Did[0].Before, want)
		}
		doc, err := New(path, env).Inspect(t.Context(), r.Ref())
		if err != nil || !json.Valid(doc.Raw) {
			t.Fatalf("%v: %s", err, doc.Raw)
		}
		for _, leak := range p.Leaks(string(doc.Raw)) {
			if len(leak) > 3 {
				t.Errorf("what is shown of the record tells %q", leak)
			}
		}
		info, err := os.Stat(j.apartPath())
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
}

// TestRecord_WithoutItsSecrets says so, and gives nothing back that stands for them.
func TestRecord_WithoutItsSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	j := New(path, env)
	e := removal("ONE", "DB_PASSWORD=hunter2")
	write(t, j, e, done(e))
	if err := os.Remove(j.apartPath()); err != nil {
		t.Fatal(err)
	}
	r, err := j.Record(t.Context(), "ONE")
	if err != nil || len(r.Did) != 0 || !strings.Contains(r.Lacks, "secret") {
		t.Errorf("%v, %+v", err, r)
	}
	// Nor does a file that cannot be written keep the rest from being written down.
	if err := os.Mkdir(j.apartPath(), 0o700); err != nil {
		t.Fatal(err)
	}
	e = removal("TWO", "DB_PASSWORD=hunter2")
	write(t, j, e, done(e))
	if r, err := j.Record(t.Context(), "TWO"); err != nil || len(r.Did) != 0 || !strings.Contains(r.Lacks, "could not be kept") || r.Outcome != actions.Done {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestRecord_OfARunThatDied: the intent alone is enough to take it back, once it is
// known that it was done.
func TestRecord_OfARunThatDied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	dead := New(path, env)
	write(t, dead, began("ONE"))
	dead.dies()
	next := New(path, env)
	if _, err := next.Ask(t.Context(), here, &swarm{replicas: "5", version: 11}); err != nil {
		t.Fatal(err)
	}
	r, err := next.Record(t.Context(), "ONE")
	if err != nil || r.Outcome != actions.Done || !r.Asked || len(r.Did) != 1 || !strings.Contains(string(r.Did[0].Before), "3") {
		t.Fatalf("%v, %+v", err, r)
	}
	if back := actions.Inverse(r.Did); len(back.Steps) != 1 {
		t.Errorf("%+v", back)
	}
}

// TestRead_WhatAnotherConsoleWrites comes without reading everything again, and
// through a change of files.
func TestRead_WhatAnotherConsoleWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	a, b := New(path, env), New(path, env)
	first, err := b.Read(t.Context())
	if err != nil || len(first.Records()) != 0 {
		t.Fatalf("%v, %+v", err, first)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := b.Changed(ctx, first.Revision()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing has changed: %v", err)
	}
	e := removal("ONE", "A=1")
	write(t, a, e)
	if err := b.Changed(t.Context(), first.Revision()); err != nil {
		t.Fatal(err)
	}
	open, err := b.Read(t.Context())
	if err != nil || len(open.Records()) != 1 || open.Records()[0].Outcome != "" || open.Revision() == first.Revision() {
		t.Fatalf("%v, %+v", err, open)
	}
	a.fullAt = 1
	undo := removal("TWO", "A=1")
	undo.Plan.Undoes = "ONE"
	write(t, a, done(e), undo, done(undo))
	last, err := b.Read(t.Context())
	if got := last.Records(); err != nil || len(got) != 2 || got[0].ID != "TWO" || got[1].Outcome != actions.Done || got[1].Undone != "TWO" {
		t.Errorf("%v, %+v", err, got)
	}
	if same, err := b.Read(t.Context()); err != nil || same != last {
		t.Errorf("nothing has changed: %v", err)
	}
	whole, err := New(path, env).Read(t.Context())
	if err != nil || fmt.Sprint(whole.Records()) != fmt.Sprint(last.Records()) {
		t.Errorf("%v: %+v, want %+v", err, whole.Records(), last.Records())
	}
	if _, err := last.Find("T"); err != nil {
		t.Error(err)
	}
	if r, err := last.Find(""); err == nil {
		t.Errorf("%+v", r)
	}
}

// TestRotate_ManyConsolesAtOnce lose nothing that is still to be kept, and keep no
// more than so many files.
func TestRotate_ManyConsolesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	var all sync.WaitGroup
	const consoles, each = 4, 12
	for c := range consoles {
		all.Go(func() {
			j := New(path, env)
			j.fullAt = 16 << 10
			for n := range each {
				e := removal(fmt.Sprintf("C%dN%d", c, n), "DB_PASSWORD=hunter2")
				if err := errors.Join(j.Write(here, e), j.Write(here, done(e))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	h, err := New(path, env).Read(t.Context())
	if err != nil || len(h.Records()) != consoles*each {
		t.Errorf("%v: %d records", err, len(h.Records()))
	}
	for _, r := range h.Records() {
		if whole, err := New(path, env).Record(t.Context(), r.ID); err != nil || whole.Lacks != "" || r.Outcome != actions.Done {
			t.Fatalf("%v, %+v", err, whole)
		}
	}
	old, err := filepath.Glob(path + ".*")
	if err != nil || len(old) == 0 || len(old) > keepFull {
		t.Errorf("%v, %v", old, err)
	}
	j := New(path, env)
	j.fullAt = 1
	for n := range 3 * keepFull {
		write(t, j, removal(fmt.Sprint("LAST", n), "DB_PASSWORD=hunter2"))
	}
	for _, file := range []string{path, j.apartPath()} {
		if old, err = filepath.Glob(file + ".*"); err != nil || len(old) == 0 || len(old) > keepFull {
			t.Errorf("%v, %v", old, err)
		}
	}
}

// FuzzRead reads whatever stands in the files.
func FuzzRead(f *testing.F) {
	f.Add("{torn\n{\"id\":\"A\",\"phase\":\"intent\",\"did\":[{\"was\":\"a\",\"made\":\"a\"}]}\n", `{"id":"A","values":{"x":"y"}}`+"\n")
	f.Add(`{"id":"A","phase":"outcome","outcome":"done","undoes":"A","did":[{"op":"update","before":{"a":"x"},"after":1}]}`+"\n", "")
	f.Fuzz(func(t *testing.T, text, apart string) {
		j := New(filepath.Join(t.TempDir(), "journal.jsonl"), env)
		if err := errors.Join(os.WriteFile(j.path, []byte(text), 0o600), os.WriteFile(j.apartPath(), []byte(apart), 0o600)); err != nil {
			t.Fatal(err)
		}
		h, err := j.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range h.Records() {
			_, _ = j.Record(t.Context(), r.ID)
			_, _ = j.Inspect(t.Context(), r.Ref())
		}
	})
}

// TestUpdates_KnowWhoMadeAService: under the ID that it got.
func TestUpdates_KnowWhoMadeAService(t *testing.T) {
	j := New(filepath.Join(t.TempDir(), "journal.jsonl"), env)
	e := removal("one", "A=1")
	step := &e.Plan.Steps[0]
	*step = actions.Step{Op: actions.OpCreate, Ref: model.Ref{Kind: model.KindService}, Name: "web", Spec: step.Seen.Spec}
	e.Plan.Verb = "deploy"
	finished := e
	finished.Finished = time.Now()
	finished.Result = actions.Result{Steps: []actions.StepResult{{Ref: model.ServiceID("new").Ref(), After: step.Spec}}}
	write(t, j, e, finished)
	got, err := j.Updates(t.Context())
	made := got["new"]
	if err != nil || len(got) != 1 || len(made) != 1 || len(made[0].Before) > 0 || !strings.HasSuffix(made[0].Who, "(deploy)") || !model.SameJSON(made[0].After, step.Spec) {
		t.Errorf("%v: %+v", err, got)
	}
}
