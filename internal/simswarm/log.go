package simswarm

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// logKept is how many lines of a container can be read back: the log driver
// rotates.
const logKept = 5000

// The frame types of a multiplexed stream.
const (
	frameStdout byte = 1
	frameStderr byte = 2
	frameError  byte = 3
)

// logQuery is what a request for logs asks for.
type logQuery struct {
	stdout, stderr      bool
	follow              bool
	timestamps, details bool
	tail                int // negative: all
	since               time.Time
	tty                 bool
}

// logLine is a line of a task.
type logLine struct {
	t      *task
	at     time.Time
	stream byte
	text   string
}

// logReader reads the logs of some tasks and goes on where it left off.
type logReader struct {
	q    logQuery
	next map[*task]int
}

// logSources are the tasks of a service, or the one task, whose containers have
// written something.
func (s *Swarm) logSources(svc *service, one *task) []*task {
	if one != nil {
		return []*task{one}
	}
	return svc.tasks
}

// read gives the lines that were written since the last time, in the order of
// their times. Tasks on nodes that are cut off are left out.
func (r *logReader) read(s *Swarm, tasks []*task) []logLine {
	var out []logLine
	for _, t := range tasks {
		n := s.nodeByID[t.api.NodeID]
		if t.logStart.IsZero() || n == nil || n.cut {
			continue
		}
		end := s.now
		if !t.logEnd.IsZero() && t.logEnd.Before(end) {
			end = t.logEnd
		}
		total := t.prog.out.count(end.Sub(t.logStart))
		from, seen := r.next[t]
		if !seen {
			from = max(0, total-logKept)
			if r.q.tail >= 0 {
				from = max(from, total-r.q.tail)
			}
		}
		r.next[t] = total
		for i := from; i < total; i++ {
			d, stream, text := t.prog.out.line(i)
			l := logLine{t, t.logStart.Add(d), stream, text}
			if l.at.Before(r.q.since) || stream == frameStdout && !r.q.stdout || stream == frameStderr && !r.q.stderr {
				continue
			}
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b logLine) int { return a.at.Compare(b.at) })
	return out
}

// nextAt is when the next line of the tasks will be written, as far as can be
// told now.
func (r *logReader) nextAt(s *Swarm, tasks []*task) (time.Time, bool) {
	var at time.Time
	for _, t := range tasks {
		n := s.nodeByID[t.api.NodeID]
		if t.logStart.IsZero() || !t.logEnd.IsZero() || n == nil || n.cut || silent(t, r.next[t]) {
			continue
		}
		d, _, _ := t.prog.out.line(r.next[t])
		if l := t.logStart.Add(d); at.IsZero() || l.Before(at) {
			at = l
		}
	}
	return at, !at.IsZero()
}

// silent reports whether the task has no line i and never will have.
func silent(t *task, i int) bool {
	switch o := t.prog.out.(type) {
	case script:
		return len(o.loop) == 0 && i >= len(o.once)
	case journal:
		return o.ends >= 0 && i >= len(o.opens)+o.body()+len(o.closes)
	}
	return true
}

// missing says which parts of a log cannot be read, in the engine's words; ""
// if none.
func (s *Swarm) missing(tasks []*task) string {
	var why []string
	told := map[string]bool{}
	for _, t := range tasks {
		if t.api.NodeID == "" {
			if !t.finished() {
				why = append(why, "task "+t.id()+" has not been scheduled")
			}
			continue
		}
		n := s.nodeByID[t.api.NodeID]
		if (n == nil || n.cut) && !told[t.api.NodeID] {
			told[t.api.NodeID] = true
			why = append(why, "node "+t.api.NodeID+" is not available")
		}
	}
	if len(why) == 0 {
		return ""
	}
	return "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: " +
		strings.Join(why, ", ") + "\n"
}

// append writes the line as the engine sends it.
func (q logQuery) append(b []byte, l logLine) []byte {
	var line []byte
	if q.timestamps {
		line = l.at.UTC().AppendFormat(line, "2006-01-02T15:04:05.000000000Z07:00")
		line = append(line, ' ')
	}
	if q.details {
		line = append(line, "com.docker.swarm.node.id="+l.t.api.NodeID+",com.docker.swarm.service.id="+l.t.api.ServiceID+
			",com.docker.swarm.task.id="+l.t.id()+" "...)
	}
	line = append(line, l.text...)
	if q.tty {
		return append(append(b, line...), '\r', '\n')
	}
	return appendFrame(b, l.stream, append(line, '\n'))
}

// appendFrame puts the header of the multiplexed stream before the payload.
func appendFrame(b []byte, stream byte, payload []byte) []byte {
	b = append(b, stream, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(b, payload...)
}

// isTTY reports whether the containers of the specification have a terminal, and
// so a raw log.
func isTTY(spec *swarm.TaskSpec) bool { return spec.ContainerSpec != nil && spec.ContainerSpec.TTY }

// parseSince reads the engine's form of a time: seconds and nanoseconds.
func parseSince(text string) (time.Time, error) {
	if text == "" || text == "0" {
		return time.Time{}, nil
	}
	secs, frac, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(secs, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	var nanos int64
	if frac != "" {
		if nanos, err = strconv.ParseInt((frac + "000000000")[:9], 10, 64); err != nil {
			return time.Time{}, err
		}
	}
	return time.Unix(n, nanos), nil
}

// parseTail reads the number of lines to go back.
func parseTail(text string) (int, error) {
	if text == "" || text == "all" {
		return -1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errors.New(`tail value must be a positive integer or "all"`)
	}
	return n, nil
}
