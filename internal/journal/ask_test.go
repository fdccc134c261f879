package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/model"
)

// swarm has one service, of so many replicas, at a version.
type swarm struct {
	replicas string
	version  uint64
	err      error
	asked    int
}

func (s *swarm) doc() model.Document {
	return model.Document{Ref: model.ServiceID("abc").Ref(), Version: s.version,
		Spec: json.RawMessage(`{"Mode":{"Replicated":{"Replicas":` + s.replicas + `}}}`)}
}

func (s *swarm) Inspect(context.Context, model.Ref) (model.Document, error) {
	s.asked++
	return s.doc(), s.err
}
func (s *swarm) Exists(context.Context, model.Ref) (bool, error)       { return true, s.err }
func (s *swarm) Update(context.Context, model.Write) ([]string, error) { panic("it writes") }
func (s *swarm) Create(context.Context, model.Write) (string, []string, error) {
	panic("it writes")
}
func (s *swarm) Remove(context.Context, model.Write) error { panic("it writes") }
func (s *swarm) ResolveImage(context.Context, string) (model.ResolvedImage, error) {
	panic("it asks a registry")
}

var here = model.Session{Context: "prod", Swarm: "k3pd"}

// began is a scale from 3 to 5 of which only the intent was written.
func began(id string) actions.Entry {
	seen := (&swarm{replicas: "3", version: 10}).doc()
	return actions.Entry{ID: id, Started: time.Now().Add(-2 * time.Hour), Plan: actions.Plan{
		Verb: "scale", Title: "scale web from 3 to 5 replicas", Target: actions.Target{Ref: seen.Ref, Name: "web"},
		Steps: []actions.Step{{Op: actions.OpUpdate, Ref: seen.Ref, Seen: seen,
			Edits: []actions.Edit{{Path: []string{"Mode", "Replicated", "Replicas"}, Value: 5}}}},
	}}
}

// dies ends one as the death of its process does.
func (j *Journal) dies() { _ = j.held.Close() }

func TestAsk_AfterARunThatDied(t *testing.T) {
	for name, c := range map[string]struct {
		now     swarm
		says    string
		outcome actions.Verdict
	}{
		"done":          {swarm{replicas: "5", version: 11}, "scale web from 3 to 5 replicas (2h ago): it was done", actions.Done},
		"not done":      {swarm{replicas: "3", version: 10}, "it was not done", actions.NotDone},
		"changed again": {swarm{replicas: "9", version: 14}, "it is not known whether it was done: the service was changed again", actions.Unknown},
		"gone":          {swarm{replicas: "9", err: model.ErrGone}, "it is not known whether it was done: the service no longer exists", actions.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
			dead := New(path, env)
			if err := dead.Write(here, began("ONE")); err != nil {
				t.Fatal(err)
			}
			dead.dies()
			said, err := New(path, env).Ask(t.Context(), here, &c.now)
			if err != nil || len(said) != 1 || !strings.Contains(said[0], c.says) {
				t.Fatalf("%q, %v", said, err)
			}
			got, _ := entries(t, path)
			last := got[len(got)-1]
			if len(got) != 2 || last.ID != "ONE" || last.Phase != phaseOutcome || last.Outcome != c.outcome || !last.Asked || last.Title != got[0].Title || last.Swarm != here.Swarm {
				t.Errorf("%+v", got)
			}
			if said, err := New(path, env).Ask(t.Context(), here, &c.now); err != nil || len(said) != 0 || c.now.asked != 1 {
				t.Errorf("it is asked after twice: %q, %v", said, err)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), processPrefix+"*")); len(left) > 1 {
				t.Errorf("processes that have ended leave %v", left)
			}
		})
	}
}

func TestAsk_NotAfterWhatIsNoneOfItsBusiness(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	alive, ended, other := New(path, env), New(path, env), New(path, env)
	full := began("ENDED")
	full.Finished = time.Now()
	for _, err := range []error{
		alive.Write(here, began("ALIVE")),
		ended.Write(here, began("ENDED")), ended.Write(here, full),
		other.Write(model.Session{Swarm: "another"}, began("OTHER")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ended.dies()
	other.dies()
	now := &swarm{replicas: "5", version: 11}
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 0 || err != nil || now.asked != 0 {
		t.Errorf("%q, %v", said, err)
	}
	if said, err := New(path, env).Ask(t.Context(), model.Session{}, now); len(said) != 0 || err != nil {
		t.Errorf("without a swarm: %q, %v", said, err)
	}
	if said, err := New(path, env).Ask(t.Context(), model.Session{Swarm: "another"}, now); len(said) != 1 || err != nil {
		t.Errorf("the other swarm: %q, %v", said, err)
	}
	alive.dies()
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 1 || err != nil {
		t.Errorf("after its end: %q, %v", said, err)
	}
}

// TestAsk_WhatCannotBeLookedUp stays for the next time.
func TestAsk_WhatCannotBeLookedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	dead := New(path, env)
	if err := dead.Write(here, began("ONE")); err != nil {
		t.Fatal(err)
	}
	dead.dies()
	now := &swarm{replicas: "5", version: 11, err: errors.New("no route")}
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 0 || err == nil {
		t.Errorf("%q, %v", said, err)
	}
	now.err = nil
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 1 || err != nil {
		t.Errorf("%q, %v", said, err)
	}
}

// TestAsk_OldJournals were written without what tells, and by processes without a name.
func TestAsk_OldJournals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	old := "{torn\n" + `{"id":"OLD","phase":"intent","swarm":"k3pd","title":"drain worker1","time":"2026-01-01T00:00:00Z"}` + "\n{\"id\":\"../x\",\"pha"
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := New(path, env).Ask(t.Context(), here, &swarm{})
	if err != nil || len(said) != 1 || !strings.Contains(said[0], "drain worker1") || !strings.Contains(said[0], "not known") {
		t.Errorf("%q, %v", said, err)
	}
}

// TestAsk_TheLockIsOfTheProcess: one that was killed gives up what it held.
func TestAsk_TheLockIsOfTheProcess(t *testing.T) {
	if path := os.Getenv("SKEP_TEST_HOLD"); path != "" {
		if err := New(path, env).Write(here, began("CHILD")); err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString("held\n")
		time.Sleep(time.Minute)
	}
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	child := exec.Command(os.Args[0], "-test.run=^TestAsk_TheLockIsOfTheProcess$")
	child.Env = append(os.Environ(), "SKEP_TEST_HOLD="+path)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	now := &swarm{replicas: "5", version: 11}
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 0 || err != nil {
		t.Errorf("while it runs: %q, %v", said, err)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	if said, err := New(path, env).Ask(t.Context(), here, now); len(said) != 1 || err != nil {
		t.Errorf("after its end: %q, %v", said, err)
	}
}

// TestClose_LeavesNoFileOfTheProcess, unless something that it began has no outcome: one
// command a minute would leave thousands.
func TestClose_LeavesNoFileOfTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	left := func() int {
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), processPrefix+"*"))
		return len(files)
	}
	for i, open := range []int{0, 1, 0} {
		j := New(path, os.Getenv)
		for n := range 2 {
			e := began(string(rune('A'+i)) + string(rune('A'+n)))
			if err := j.Write(here, e); err != nil {
				t.Fatal(err)
			}
			if e.Finished = time.Now(); n < open {
				continue
			}
			if err := j.Write(here, e); err != nil {
				t.Fatal(err)
			}
		}
		j.Close()
		if want := min(i, 1); left() != want {
			t.Errorf("after %d: %d files of processes are left, want %d", i, left(), want)
		}
		if open > 0 {
			j.dies()
		}
	}
}
