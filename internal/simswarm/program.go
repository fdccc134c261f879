package simswarm

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// program is what a container does: what it writes, when it ends, and how it
// takes being stopped.
type program struct {
	out source
	// runs is how long the process lives; negative for ever.
	runs time.Duration
	code int
	// fault is the error of a container that cannot even be started.
	fault string
	// ignoresStop is set for a process that does not react to the stop signal and has
	// to be killed after the grace period.
	ignoresStop bool
	// sick is set for a process whose health check never passes.
	sick bool
}

// forever marks a program that does not end by itself.
const forever = -1 * time.Second

// source is what a program writes. Line numbers start at 0; a source is a pure
// function, so that any part of a log can be made when it is asked for.
type source interface {
	// count is how many lines are written within d of the start.
	count(d time.Duration) int
	// line gives the time since the start, the stream (1 stdout, 2 stderr) and
	// the text of a line.
	line(i int) (time.Duration, byte, string)
}

// programOf decides what the containers of a task do.
func (s *Swarm) programOf(t *task) program {
	spec := t.api.Spec.ContainerSpec
	if spec == nil {
		return program{out: script{}, runs: forever}
	}
	argv := append(append([]string{}, spec.Command...), spec.Args...)
	img, known := s.image(spec.Image)
	if len(argv) > 0 {
		if p, ok := interpret(argv); ok {
			return p
		}
		if known && img.kind == kindShell {
			return program{out: script{}, fault: execFault(argv[0]), code: 127}
		}
	}
	if !known {
		return program{out: script{}, runs: forever}
	}
	return img.program(t)
}

// execFault is the runtime's complaint about a command that is not there.
func execFault(command string) string {
	reason := "executable file not found in $PATH"
	if strings.Contains(command, "/") {
		reason = "stat " + command + ": no such file or directory"
	}
	return `starting container failed: failed to create task for container: failed to create shim task: OCI runtime create failed: ` +
		`runc create failed: unable to start container process: error during container init: exec: "` + command + `": ` + reason + `: unknown`
}

// interpret understands the few commands that tests use: sleep, echo, true,
// false, seq, and sh -c with those, exit, while true and for loops.
func interpret(argv []string) (program, bool) {
	switch path.Base(argv[0]) {
	case "sh", "ash", "bash":
		for i, a := range argv {
			if a == "-c" && i+1 < len(argv) {
				return runScript(argv[i+1]), true
			}
		}
		return program{out: script{}}, true
	case "sleep", "echo", "true", "false", "seq":
		return runScript(strings.Join(argv, " ")), true
	}
	return program{}, false
}

// script is the output of a shell script: lines once, then a loop.
type script struct {
	once   []said
	loop   []said
	start  time.Duration // when the loop begins
	period time.Duration
}

type said struct {
	at     time.Duration
	stream byte
	text   string
}

func (s script) count(d time.Duration) int {
	n := 0
	for n < len(s.once) && s.once[n].at <= d {
		n++
	}
	if len(s.loop) == 0 || d < s.start {
		return n
	}
	rounds := int((d - s.start) / s.period)
	rest := d - s.start - time.Duration(rounds)*s.period
	n += rounds * len(s.loop)
	for _, l := range s.loop {
		if l.at <= rest {
			n++
		}
	}
	return n
}

func (s script) line(i int) (time.Duration, byte, string) {
	if i < len(s.once) {
		l := s.once[i]
		return l.at, l.stream, l.text
	}
	i -= len(s.once)
	round, l := i/len(s.loop), s.loop[i%len(s.loop)]
	return s.start + time.Duration(round)*s.period + l.at, l.stream,
		strings.ReplaceAll(l.text, loopCounter, strconv.Itoa(round+1))
}

// loopCounter stands in a line for the number of the round.
const loopCounter = "\x00"

// stopCode is the exit code of a process that is told to stop.
func (p program) stopCode() int {
	if p.ignoresStop {
		return 137
	}
	return 0
}

// grace is how long a process is given to stop.
func grace(spec *swarm.ContainerSpec) time.Duration {
	if spec != nil && spec.StopGracePeriod != nil {
		return *spec.StopGracePeriod
	}
	return defaultGrace
}
