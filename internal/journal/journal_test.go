package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/actions"
	"skep/internal/ownfile"
	"skep/internal/safetext"
	"skep/internal/testkit"
	"skep/model"
)

func TestWrite_AppendsOneLineEach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "journal.jsonl")
	j := New(path, env)
	plan := actions.Plan{
		Verb: "scale", Title: "scale web from 3 to 5",
		Target:  actions.Target{Ref: model.ServiceID("abc").Ref(), Name: "web"},
		Changes: model.Diff(json.RawMessage(`{"Args":["--db-password=old"]}`), json.RawMessage(`{"Args":["--db-password=new"]}`)),
	}
	for _, err := range []error{nil, errors.New("update out of sequence")} {
		if err := j.Write(model.Session{Context: "prod", Swarm: "k3pd"}, actions.Entry{Plan: plan, Result: actions.Result{Err: err}, Finished: time.Unix(1, 0)}); err != nil {
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
	if e.Name != "web" || e.Context != "prod" || e.Swarm != "k3pd" || e.Error != "update out of sequence" {
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
	if err := New(filepath.Join(file, "journal.jsonl"), env).Write(model.Session{}, actions.Entry{}); err == nil {
		t.Error("no error for a journal below a file")
	}
}

func env(key string) string {
	return map[string]string{"USER": "root", "SUDO_USER": "ann", "SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}[key]
}

func entries(t *testing.T, path string) (out []Entry, raw string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
		var e Entry
		if json.Unmarshal([]byte(line), &e) == nil {
			out = append(out, e)
		}
	}
	return out, string(b)
}

func TestWrite_IntentAndOutcomeAfterATornLine(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{\"id\":\"old\"}\n{\"id\":\"torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	j := New(path, env)
	plan := actions.Plan{Verb: "drain", Target: actions.Target{Name: "a\x1b[2J\u009b\u202e\U000E0067"}}
	e := actions.Entry{ID: "one", Plan: plan, Started: time.Unix(1, 0)}
	if err := j.Write(model.Session{Context: "prod", Swarm: "k3pd"}, e); err != nil {
		t.Fatal(err)
	}
	e.Finished = time.Unix(2, 0)
	if err := j.Write(model.Session{Context: "prod", Swarm: "k3pd"}, e); err != nil {
		t.Fatal(err)
	}
	got, raw := entries(t, path)
	if len(got) != 3 || got[1].Phase != "intent" || got[2].Phase != "outcome" || got[1].ID != got[2].ID || got[2].Name != plan.Target.Name {
		t.Errorf("%+v", got)
	}
	if got[1].User != "root (sudo by ann)" || got[1].SSH != "10.0.0.1 5 10.0.0.2 22" {
		t.Errorf("%+v", got[1])
	}
	if strings.ContainsFunc(strings.ReplaceAll(raw, "\n", ""), safetext.Hidden) {
		t.Errorf("%q", raw)
	}
	for file, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", file, info.Mode(), err)
		}
	}
}

func TestWrite_FollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	path := filepath.Join(dir, "skep", "journal.jsonl")
	if err := errors.Join(os.WriteFile(other, []byte("x"), 0o600), os.Mkdir(filepath.Dir(path), 0o700), os.Symlink(other, path)); err != nil {
		t.Skip(err)
	}
	if err := New(path, env).Write(model.Session{}, actions.Entry{}); err == nil {
		t.Error("it wrote through a link")
	}
	if b, _ := os.ReadFile(other); string(b) != "x" {
		t.Errorf("%q", b)
	}
}

// A disk that does not answer holds nothing up for longer than a moment.
func TestWrite_ADiskThatDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j := New(filepath.Join(dir, "j"), env)
		answer := make(chan struct{})
		j.open = func(path string) (*os.File, error) {
			<-answer
			return ownfile.OpenToAppend(path)
		}
		for range 2 {
			begun := time.Now()
			if err := j.Write(model.Session{}, actions.Entry{ID: "late"}); !errors.Is(err, errSilent) || time.Since(begun) > patience {
				t.Errorf("%v after %v", err, time.Since(begun))
			}
		}
		close(answer)
		j.turn <- struct{}{} // What was handed over is written all the same.
		if got, _ := entries(t, j.path); len(got) != 1 || got[0].ID != "late" {
			t.Errorf("%+v", got)
		}
	})
}

// What stands in an error, in a title and in the name of a context may hold a
// secret of any sort; the changes of a plan never do.
func TestWrite_NamesNoSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	j := New(path, env)
	for _, p := range testkit.Secrets() {
		spec, err := json.Marshal(map[string]any{"Env": []string{"NOTE=" + p.Text}, "Labels": map[string]string{"note": p.Text}, "Args": []string{"sh", "-c", p.Text}})
		if err != nil {
			t.Fatal(err)
		}
		e := actions.Entry{Plan: actions.Plan{Title: "note\n" + p.Text, Changes: model.Diff(json.RawMessage(`{}`), spec)},
			Result: actions.Result{Err: errors.New("the engine said:\n" + p.Text)}, Finished: time.Unix(1, 0)}
		if err := j.Write(model.Session{Context: p.Text}, e); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		p := testkit.Secrets()[i]
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(fields["title"], "\n", fields["error"], "\n", fields["changes"], "\n", fields["context"])
		for _, s := range p.Leaks(text) {
			if len(s) > 1 { // One letter is part of a word.
				t.Errorf("the journal tells %q: %s", s, text)
			}
		}
	}
}

// What was planned for one swarm is not written down as done in another.
func TestWrite_RefusesAPlanForAnotherSwarm(t *testing.T) {
	j := New(filepath.Join(t.TempDir(), "journal.jsonl"), env)
	e := actions.Entry{ID: "one", Plan: actions.Plan{Verb: "drain", Swarm: "A"}}
	if err := j.Write(model.Session{Swarm: "B"}, e); model.AsOtherSwarm(err) == nil {
		t.Errorf("got %v", err)
	}
	if err := j.Write(model.Session{Swarm: "A"}, e); err != nil {
		t.Error(err)
	}
}

func TestWho_WithoutUSER(t *testing.T) {
	only := func(key, value string) func(string) string {
		return func(k string) string {
			if k == key {
				return value
			}
			return ""
		}
	}
	if got := who(only("LOGNAME", "cron")); got != "cron" {
		t.Errorf("%q", got)
	}
	if got := who(only("", "")); got == "" {
		t.Error("nobody, though the system knows")
	}
}
