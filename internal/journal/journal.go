// Package journal keeps what was done to the swarm: one JSON object a line,
// appended and never changed, in a file that only its owner can read. An entry
// is written after its action, also if that failed. A journal that can not be
// written keeps nobody from acting; the error is reported.
package journal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/adrg/xdg"

	"skep/actions"
	"skep/model"
)

// Entry is one line of the journal.
type Entry struct {
	Time    time.Time      `json:"time"`
	Context string         `json:"context"`
	Verb    string         `json:"verb"`
	Kind    model.Kind     `json:"kind"`
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Changes []model.Change `json:"changes,omitempty"`
	Command []string       `json:"commands,omitempty"`
	Undo    []string       `json:"undo,omitempty"`
	Version uint64         `json:"version,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// Journal appends to one file. It may be used from any goroutine.
type Journal struct {
	mu   sync.Mutex
	path string
}

// Path is where the journal is by default.
func Path() string { return filepath.Join(xdg.StateHome, "skep", "journal.jsonl") }

// New is the journal of a file, which is made when the first entry is.
func New(path string) *Journal { return &Journal{path: path} }

// Write appends what was done. The changes of a plan do not name secrets.
func (j *Journal) Write(context string, e actions.Entry) error {
	line := Entry{
		Time: e.Finished, Context: context, Verb: e.Plan.Verb,
		Kind: e.Plan.Target.Ref.Kind, ID: e.Plan.Target.Ref.ID, Name: e.Plan.Target.Name, Title: e.Plan.Title,
		Command: e.Plan.Commands, Undo: e.Plan.Undo.Commands, Version: e.Result.Version, Changes: e.Plan.Changes,
	}
	if e.Result.Err != nil {
		line.Error = e.Result.Err.Error()
	}
	b, err := json.Marshal(line)
	if err != nil {
		return err
	}
	return j.append(append(b, '\n'))
}

func (j *Journal) append(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
