package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"skep/actions"
	"skep/internal/ownfile"
	"skep/model"
)

// oldProcesses is from which age on an intent counts as of a process that has ended
// where it does not name it.
const oldProcesses = time.Minute

// Ask asks a swarm after what earlier processes began to change in it and wrote down
// no outcome of: they were killed, or lost their disk. What is found is written
// down as the outcome, so that it is asked after once, and given back in a
// sentence each. What cannot be looked up now stays for the next time.
func (j *Journal) Ask(ctx context.Context, s model.Session, eng actions.Engine) ([]string, error) {
	if s.Swarm == "" {
		return nil, nil
	}
	open, err := j.unanswered()
	if err != nil {
		return nil, err
	}
	claimed := j.claimEnded(open)
	if open, err = j.unanswered(); err != nil { // Somebody else may have asked until now.
		for _, f := range claimed {
			_ = f.Close()
		}
		return nil, err
	}
	var out []string
	var failed []error
	left := map[string]bool{}
	for _, e := range open {
		f := claimed[e.Process]
		if f == nil && !(e.Process == "" && time.Since(e.Time) > oldProcesses) {
			continue
		}
		if e.Swarm != s.Swarm {
			left[e.Process] = true
			continue
		}
		found, err := actions.LookUp(ctx, eng, e.Writes)
		if err == nil {
			err = j.answer(e, found)
		}
		if err != nil {
			left[e.Process] = true
			failed = append(failed, err)
			continue
		}
		out = append(out, sentence(e, found))
	}
	for process, f := range claimed {
		if left[process] {
			_ = f.Close()
		} else {
			giveUp(f)
		}
	}
	return out, errors.Join(failed...)
}

// claimEnded takes the locks of the processes that have ended: of those with something
// open, and of those that left nothing but their file.
func (j *Journal) claimEnded(open []Entry) map[string]*os.File {
	processes := map[string]bool{}
	for _, e := range open {
		processes[e.Process] = true
	}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(j.path), processPrefix+"*"))
	for _, f := range files {
		processes[strings.TrimPrefix(filepath.Base(f), processPrefix)] = true
	}
	claimed := map[string]*os.File{}
	for process := range processes {
		if path := j.processPath(process); path != "" && process != j.process {
			if f, err := ownfile.Claim(path); err == nil {
				claimed[process] = f
			}
		}
	}
	return claimed
}

// unanswered reads the intents without an outcome, the oldest first. No journal is one
// with nothing in it; a line that makes no sense costs only itself.
func (j *Journal) unanswered() ([]Entry, error) {
	var open []Entry
	for _, path := range files(j.path) {
		f, err := ownfile.OpenToRead(path)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		err = ownfile.EachLine(f, func(line []byte) {
			var e Entry
			if json.Unmarshal(line, &e) != nil || e.ID == "" {
				return
			}
			switch e.Phase {
			case phaseIntent:
				e.Did = nil // It stands in the line of the intent.
				open = append(open, e)
			case phaseOutcome:
				open = slices.DeleteFunc(open, func(o Entry) bool { return o.ID == e.ID })
			}
		})
		_ = f.Close()
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

// answer writes the outcome of an earlier process's intent.
func (j *Journal) answer(e Entry, found actions.Finding) error {
	e.Phase, e.Time, e.Outcome, e.Asked, e.Writes = phaseOutcome, time.Now(), found.Verdict, true, nil
	e.User, e.SSH = j.user, j.ssh
	if found.Verdict == actions.Unknown {
		e.Error = actions.ErrUnsure.Error() + ": " + found.Why
	}
	return j.put(e)
}

// sentence says what became of an intent.
func sentence(e Entry, found actions.Finding) string {
	text := fmt.Sprintf("%s (%s ago): ", e.Title, model.Span(time.Since(e.Time).Round(time.Second)))
	switch found.Verdict {
	case actions.Done:
		return text + "it was done"
	case actions.NotDone:
		return text + "it was not done"
	default:
		return text + "it is not known whether it was done: " + found.Why
	}
}
