// Package journal keeps what was done to the swarm: one JSON object a line,
// appended and never changed, in a file that only its owner can read. What is to
// be done is written before the request, and what became of it after it under
// the same ID; an ID without an outcome is of a write that nobody knows the end
// of. A journal that cannot be written, or does not answer, keeps nobody from
// acting; the error is reported.
//
// Both lines hold what it takes to undo it. Values that look secret are kept apart,
// in a file of their own. Full files are put aside, and the oldest of them go.
package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"sync/atomic"
	"time"

	"skep/actions"
	"skep/internal/ownfile"
	"skep/internal/safetext"
	"skep/model"
)

// patience is how long a write may take: an answer must not wait for a disk that
// is gone.
const patience = time.Second

var errSilent = errors.New("the disk does not answer")

// Entry is one line of the journal.
type Entry struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Phase is "intent" before the request, "outcome" after it.
	Phase   string `json:"phase"`
	User    string `json:"user,omitempty"`
	SSH     string `json:"ssh,omitempty"`
	Context string `json:"context"`
	// Swarm is the ID of the swarm that the console showed; a context may come to
	// name another one.
	Swarm   string         `json:"swarm,omitempty"`
	Verb    string         `json:"verb"`
	Kind    model.Kind     `json:"kind"`
	Object  string         `json:"object"`
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Changes []model.Change `json:"changes,omitempty"`
	Command []string       `json:"commands,omitempty"`
	Undo    []string       `json:"undo,omitempty"`
	Version uint64         `json:"version,omitempty"`
	// Outcome is the one word for what became of it, and Error the reason.
	Outcome actions.Verdict `json:"outcome,omitempty"`
	Error   string          `json:"error,omitempty"`
	// Process is the one that wrote the intent, and Writes what tells later, of
	// an intent without an outcome, whether it was carried out.
	Process string          `json:"run,omitempty"`
	Writes  []actions.Trace `json:"writes,omitempty"`
	// Asked is set where a later process found the outcome.
	Asked bool `json:"asked,omitempty"`
	// Stack is the one that the object belongs to, and Undoes the ID of the entry
	// that this one takes back.
	Stack  string `json:"stack,omitempty"`
	Undoes string `json:"undoes,omitempty"`
	// Did are the steps, as they are to be done or were; Lacks is why they are not
	// kept.
	Did   []actions.Did `json:"did,omitempty"`
	Lacks string        `json:"lacks,omitempty"`
}

// The phases of an entry.
const (
	phaseIntent  = "intent"
	phaseOutcome = "outcome"
)

// Journal appends to one file. It may be used from any goroutine.
type Journal struct {
	path      string
	user, ssh string
	// turn is taken by the one who writes.
	turn chan struct{}
	// silent is set while a write is overdue.
	silent atomic.Bool
	open   func(path string) (*os.File, error)
	// process is this one, held its lock, and inHand the intents without an outcome.
	process string
	held    *os.File
	inHand  map[string]bool
	// fullAt is the size at which a file is put aside.
	fullAt int64
	reader reader
}

// Path is where the journal is by default.
func Path() string { return filepath.Join(ownfile.StateDir(), "journal.jsonl") }

// New is the journal of a file, which is made when the first entry is. Who acts,
// and over which connection, is read from the environment.
func New(path string, env func(string) string) *Journal {
	j := &Journal{path: path, user: who(env), ssh: env("SSH_CONNECTION"), turn: make(chan struct{}, 1), open: ownfile.OpenToAppend, process: newProcess(), inHand: map[string]bool{}, fullAt: fullAt}
	if by := env("SUDO_USER"); by != "" {
		j.user += " (sudo by " + by + ")"
	}
	return j
}

// who is the user's name. Some that run things, as cron and docker exec, say it
// otherwise than by USER, or not at all.
func who(env func(string) string) string {
	if name := cmp.Or(env("USER"), env("LOGNAME")); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid()) // As in a container, where nobody is called anything.
}

// Write appends what is to be done, or was. The changes of a plan do not name
// secrets. It waits for the disk, but not for long: what was handed to it is
// still written.
func (j *Journal) Write(s model.Session, e actions.Entry) error {
	if e.Plan.Swarm != "" && e.Plan.Swarm != s.Swarm {
		return &model.OtherSwarmError{Shown: e.Plan.Swarm, Found: s.Swarm, FoundAt: s.Host}
	}
	line := Entry{
		ID: e.ID, Time: e.Started, Phase: phaseIntent, User: j.user, SSH: j.ssh, Context: model.MaskText(s.Context), Swarm: s.Swarm, Verb: e.Plan.Verb,
		Kind: e.Plan.Target.Ref.Kind, Object: e.Plan.Target.Ref.ID, Name: e.Plan.Target.Name, Title: model.MaskText(e.Plan.Title),
		Command: e.Plan.Commands, Undo: e.Plan.Undo.Commands, Version: e.Result.Version, Changes: e.Plan.Changes,
	}
	line.Stack, line.Undoes = e.Plan.Stack(), e.Plan.Undoes
	if e.Finished.IsZero() {
		line.Process, line.Did = j.process, actions.Planned(e.Plan)
		for _, step := range e.Plan.Steps {
			line.Writes = append(line.Writes, step.Trace())
		}
	} else {
		line.Time, line.Phase, line.Outcome = e.Finished, phaseOutcome, e.Result.Verdict()
		line.Did = actions.Dids(e.Plan, e.Result)
	}
	if e.Result.Err != nil {
		line.Error = model.MaskError(e.Result.Err)
	}
	return j.put(line)
}

// put writes a line, and before it what has to be kept apart of it. Where that
// cannot be kept, the line tells what was done all the same.
func (j *Journal) put(line Entry) error {
	kept, err := line.putApart()
	if err != nil {
		line.Did, line.Lacks = nil, model.MaskError(err)
	}
	return j.within(patience, func() error {
		if err := j.keepApart(kept); err != nil {
			line.Did, line.Lacks = nil, "what looks secret in it could not be kept: "+model.MaskError(err)
		}
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if line.Phase == phaseIntent {
			j.inHand[line.ID] = true
		}
		err = j.append(j.path, append(safetext.JSON(b), '\n'))
		if line.Phase == phaseOutcome && err == nil {
			delete(j.inHand, line.ID)
		}
		return err
	})
}

// within writes, and gives up waiting for that after a time.
func (j *Journal) within(patience time.Duration, write func() error) error {
	if j.silent.Load() {
		patience = 0 // Many actions would wait for long all together.
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case j.turn <- struct{}{}:
	case <-timer.C:
		return errSilent
	}
	written := make(chan error, 1)
	go func() {
		defer func() { <-j.turn }()
		written <- write()
		j.silent.Store(false)
	}()
	select {
	case err := <-written:
		return err
	case <-timer.C:
		j.silent.Store(true)
		return errSilent
	}
}

// append writes a line to a file. One before it that was torn costs only itself.
func (j *Journal) append(path string, line []byte) error {
	if err := ownfile.MakeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	j.hold()
	j.rotate()
	f, err := j.open(path)
	if err != nil {
		return err
	}
	return ownfile.AppendLine(f, line)
}
