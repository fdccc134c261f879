package logstream

import (
	"bytes"
	"time"
)

// The keys under which the engine names the origin of a line (moby
// daemon/cluster/services.go, ServiceLogs).
const (
	nodeKey = "com.docker.swarm.node.id"
	taskKey = "com.docker.swarm.task.id"
)

// stampLen is the length of the engine's timestamps: RFC 3339, always with
// nine digits of a second and in UTC.
const stampLen = len("2006-01-02T15:04:05.000000000Z")

// prefix is what the engine put before the text of a line.
type prefix struct {
	time time.Time
	// details is the raw list of key=value pairs, nil if there is none.
	details []byte
	// usual is set where they are those that were expected.
	usual bool
	// textAt is where the text begins.
	textAt int
}

// parsePrefix splits "TIMESTAMP details text". ok is false when data does not
// begin with a timestamp. What stands in the place of the details but does
// not name a task belongs to the text: rather a strange line than a lost one. Details
// that are the usual ones, those of the line before, are not looked at again.
func parsePrefix(data, usual []byte) (p prefix, ok bool) {
	n := bytes.IndexByte(data[:min(len(data), 64)], ' ')
	if n < 0 {
		// A line without text ends right behind its timestamp in no engine
		// seen so far, but it costs nothing to accept it.
		return prefix{}, false
	}
	p.time, ok = parseStamp(data[:n])
	if !ok {
		return prefix{}, false
	}
	p.textAt = n + 1
	rest := data[p.textAt:]
	if n := len(usual); n > 0 && len(rest) > n && rest[n] == ' ' && bytes.Equal(rest[:n], usual) {
		p.details, p.usual = rest[:n], true
		p.textAt += n + 1
		return p, true
	}
	end := bytes.IndexByte(rest[:min(len(rest), maxPrefix)], ' ')
	switch {
	case end == 0:
		p.textAt++ // Details were asked for, and there are none.
	case end > 0 && bytes.Contains(rest[:end], []byte(taskKey+"=")):
		p.details = rest[:end]
		p.textAt += end + 1
	}
	return p, true
}

// parseStamp reads a timestamp. The form that the engine writes is read by
// hand, because time.Parse alone would take a fifth of the time that a line
// may cost.
func parseStamp(b []byte) (time.Time, bool) {
	if len(b) == stampLen && b[4] == '-' && b[7] == '-' && b[10] == 'T' && b[13] == ':' &&
		b[16] == ':' && b[19] == '.' && b[29] == 'Z' {
		bad := false
		num := func(from, to int) int {
			n := 0
			for _, c := range b[from:to] {
				if c < '0' || c > '9' {
					bad = true
				}
				n = n*10 + int(c-'0')
			}
			return n
		}
		year, month, day := num(0, 4), num(5, 7), num(8, 10)
		hour, minute, sec, nano := num(11, 13), num(14, 16), num(17, 19), num(20, 29)
		if bad || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || sec > 60 {
			return time.Time{}, false
		}
		return time.Date(year, time.Month(month), day, hour, minute, sec, nano, time.UTC), true
	}
	if len(b) < len("2006-01-02T15:04:05Z") || b[0] < '0' || b[0] > '9' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	return t, err == nil
}

// parseDetails finds the origin of a line in its details. The log driver may
// have added labels and environment of the container, which its author chose:
// the engine's own keys come last, so the last one of a name counts. What is no
// ID is taken for none: its length has no bound and its text no order.
func parseDetails(details []byte) (task, node []byte) {
	for len(details) > 0 {
		var pair []byte
		pair, details, _ = bytes.Cut(details, []byte{','})
		if value, ok := bytes.CutPrefix(pair, []byte(taskKey+"=")); ok {
			task = asID(value)
		} else if value, ok := bytes.CutPrefix(pair, []byte(nodeKey+"=")); ok {
			node = asID(value)
		}
	}
	return task, node
}

// asID is b if it can be an ID of the engine, which has 25 letters and digits.
func asID(b []byte) []byte {
	if len(b) > maxID {
		return nil
	}
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return nil
		}
	}
	return b
}
