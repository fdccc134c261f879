package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"skep/internal/simswarm"
	"skep/internal/testkit/pty"
)

// raceDetected reports whether the tests, and so the program, look for races.
var raceDetected bool

// toEnd is more than the program may take to end in whatever way.
const toEnd = time.Minute

// The exit code where a change was on its way, and the signal on which a library
// complains in a program that is built for these tests.
const (
	exitLeft = 3
	complain = syscall.Signal(10) // SIGUSR1 on Linux.
)

var building struct {
	sync.Mutex
	done map[string]error
}

// program builds skep once, as tests want it, and says where it is. One that is
// measured is plain: the race detector takes ten times the memory.
func program(t *testing.T, plain bool) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds the program")
	}
	name, args := "skep", []string{"build", "-tags", "e2e", "-buildvcs=false", "-ldflags=-s -w"}
	if raceDetected && !plain {
		name, args = "skep-race", append(args, "-race")
	}
	building.Lock()
	defer building.Unlock()
	if built == "" {
		dir, err := os.MkdirTemp("", "skep-e2e-")
		if err != nil {
			t.Fatal(err)
		}
		built, building.done = dir, map[string]error{}
	}
	path := filepath.Join(built, name)
	if _, done := building.done[name]; !done {
		out, err := exec.Command("go", append(args, "-o", path, "skep/cmd/skep")...).CombinedOutput()
		if err != nil {
			t.Errorf("%s", out)
		}
		building.done[name] = err
	}
	if err := building.done[name]; err != nil {
		t.Fatal("skep cannot be built: ", err)
	}
	return path
}

// run is how skep runs in a terminal.
type run struct {
	state string             // where it keeps what it remembers; anywhere if empty
	read  func(*pty.Console) // who reads the terminal; it is kept if nil
	env   []string           // what is handed in besides
	plain bool               // whether it is measured
}

// console runs skep in a terminal.
func (r run) console(t *testing.T, args ...string) *pty.Console {
	t.Helper()
	if r.state == "" {
		r.state = t.TempDir()
	}
	if r.read == nil {
		r.read = pty.Keep
	}
	cmd := exec.Command(program(t, r.plain), args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "XDG_STATE_HOME="+r.state)
	cmd.Env = append(cmd.Env, r.env...)
	return pty.Start(t, cmd, r.read)
}

// shop is a simulated swarm, and where it listens.
func shop(t *testing.T) (*simswarm.Swarm, string) {
	t.Helper()
	sim := simswarm.New(simswarm.Demo())
	t.Cleanup(sim.Close)
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return sim, host
}
