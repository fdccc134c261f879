package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Process identifies a process for good: a PID alone may be another process
// by the time it is looked at.
type Process struct {
	PID int
	// Start is when it started, in clock ticks since boot (proc(5), stat field 22).
	Start uint64
}

// processOf returns the identity of the process that has this PID now.
func processOf(pid int) (Process, error) {
	start, _, err := procStat(pid)
	return Process{PID: pid, Start: start}, err
}

// Alive reports whether the process still runs; one that waits to be reaped
// does not.
func (p Process) Alive() bool {
	if p.PID == 0 {
		return false
	}
	start, state, err := procStat(p.PID)
	return err == nil && start == p.Start && state != 'Z' && state != 'X'
}

// stopped reports whether the process is frozen by a signal.
func (p Process) stopped() bool {
	_, state, err := procStat(p.PID)
	return err == nil && state == 'T'
}

// signal sends a signal, unless the process is gone.
func (p Process) signal(s syscall.Signal) error {
	if !p.Alive() {
		return os.ErrProcessDone
	}
	proc, err := os.FindProcess(p.PID)
	if err != nil {
		return err
	}
	return proc.Signal(s)
}

// procStat reads the start time and the state letter from /proc/PID/stat.
func procStat(pid int) (start uint64, state byte, err error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, 0, err
	}
	return parseStat(data)
}

// parseStat takes the fields after the last parenthesis: the name before it is
// free text and may hold spaces and parentheses.
func parseStat(data []byte) (start uint64, state byte, err error) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return 0, 0, errors.New("stat: no name")
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return 0, 0, fmt.Errorf("stat: %d fields after the name", len(fields))
	}
	start, err = strconv.ParseUint(string(fields[19]), 10, 64)
	return start, fields[0][0], err
}

// processes calls fn with every PID on the machine but the caller's own.
func processes(fn func(pid int)) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
			fn(pid)
		}
	}
}
