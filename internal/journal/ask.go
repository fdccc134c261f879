package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"skep/actions"
	"skep/model"
)

const (
	// readLimit is how much of the end of a journal is read for what is open.
	readLimit = 8 << 20
	// oldProcesses is from which age on an intent counts as of a process that has ended
	// where it does not name it.
	oldProcesses = time.Minute
)

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
			if f, err := claim(path); err == nil {
				claimed[process] = f
			}
		}
	}
	return claimed
}

// unanswered reads the intents without an outcome, the oldest first. No journal is one
// with nothing in it; a line that makes no sense costs only itself.
func (j *Journal) unanswered() ([]Entry, error) {
	f, err := os.OpenFile(j.path, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || !mine(info) {
		return nil, fmt.Errorf("%s is not a regular file of your own", j.path)
	} else if at := info.Size() - readLimit; at > 0 {
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return nil, err
		}
	}
	var open []Entry
	for lines := bufio.NewReader(io.LimitReader(f, readLimit)); ; {
		line, err := lines.ReadBytes('\n')
		var e Entry
		if json.Unmarshal(bytes.TrimSpace(line), &e) == nil && e.ID != "" {
			switch e.Phase {
			case phaseIntent:
				open = append(open, e)
			case phaseOutcome:
				open = slices.DeleteFunc(open, func(o Entry) bool { return o.ID == e.ID })
			}
		}
		if err != nil {
			return open, nil
		}
	}
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
