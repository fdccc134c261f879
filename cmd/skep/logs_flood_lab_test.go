package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/logstream"
	"skep/lab"
)

// TestLogsLab_Flood tells what 200,000 lines of four tasks cost, of the whole program
// and of docker's own, one after the other on one swarm, and how soon the newest of
// them are there. The figures are logged: what they are depends on the machine.
func TestLogsLab_Flood(t *testing.T) {
	lab.Once(t)
	l := lab.Up(t)
	l.Image(t, "app:1")
	n := l.Manager(0)
	const program = `yes 'level=info msg="request served" method=GET path=/api/v1/items status=200 bytes=1234 took=3.2ms' | head -50000; echo last; sleep 100000`
	id, err := n.Docker("service", "create", "-d", "--no-resolve-image", "--name", "flood", "--replicas", "4", "--log-opt", "max-size=100m", "app:1", "sh", "-c", program)
	if err != nil {
		t.Fatal(err)
	}
	id = strings.TrimSpace(id)
	lab.Eventually(t, 2*time.Minute, func() error {
		out, err := n.Docker("service", "logs", "--tail", "1", "--raw", id)
		if got := strings.Count(out, "last"); err != nil || got < 4 {
			return errors.Join(fmt.Errorf("%d of 4 tasks have written all", got), err)
		}
		return nil
	})
	out, err := n.Docker("service", "ps", "-q", "--no-trunc", id)
	if err != nil {
		t.Fatal(err)
	}
	var tasks []logstream.Target
	for task := range strings.FieldsSeq(out) {
		tasks = append(tasks, logstream.Target{Task: task})
	}
	t.Run("newest first", func(t *testing.T) {
		pool, err := engine.Open(engine.Options{Hosts: []string{n.Host()}, Env: os.Getenv})
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if _, err := pool.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		newestOfFlood(t, pool, "one stream a service", logstream.Target{Service: id})
		newestOfFlood(t, pool, "one stream a task", tasks...)
		closedIsGone(t, pool, tasks)
	})

	skep := filepath.Join(t.TempDir(), "skep")
	if out, err := exec.Command("go", "build", "-o", skep, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	readFlood(t, "skep logs -f", exec.Command(skep, "logs", "-f", "flood", "-H", n.Host()))
	readFlood(t, "docker service logs -f", n.Command("service", "logs", "-f", "flood"))
}

// silent is after how long without a line a program has read all that it will.
const silent = lab.Busy * 15 * time.Second

// readFlood has a program read the flood, and logs what that took. One in two hundred
// lines may be missing: docker loses some where the machine is slow.
func readFlood(t *testing.T, name string, c *exec.Cmd) {
	t.Helper()
	c.Stdout = nil
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(silent, func() { _ = c.Process.Kill() })
	defer guard.Stop()
	lines, buf, last := 0, make([]byte, 1<<20), begun
	for lines < floodOf*199/200 {
		n, err := out.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			break
		}
		guard.Reset(silent)
		last = time.Now()
	}
	took := last.Sub(begun)
	_ = c.Process.Kill()
	_ = c.Wait()
	user, system := c.ProcessState.UserTime(), c.ProcessState.SystemTime()
	t.Logf("%s: %d lines in %.1f s, user %.2f s, system %.2f s: %.2f µs a line", name, lines, took.Seconds(),
		user.Seconds(), system.Seconds(), (user+system).Seconds()*1e6/float64(max(lines, 1)))
	if lines < floodOf*199/200 && name != "docker service logs -f" {
		t.Errorf("%s: %d lines of %d", name, lines, floodOf)
	}
}

// newestOfFlood opens the log as the pane does.
func newestOfFlood(t *testing.T, open logstream.Opener, name string, targets ...logstream.Target) {
	first := &firstByte{Opener: open}
	asked := time.Now()
	s := logstream.Follow(t.Context(), first, targets, logstream.Limits{})
	defer s.Close()
	awaitLines(t, s, func(newest logstream.Line) bool { return newest.Text == "last" })
	shown, lines := time.Now(), s.Stats().Lines
	first.mu.Lock()
	defer first.mu.Unlock()
	t.Logf("%s: %d lines %s after the first byte, which came %s after it was asked for", name, lines,
		shown.Sub(first.at).Round(time.Millisecond), first.at.Sub(asked).Round(time.Millisecond))
}

// awaitLines waits until the newest line is one that is wanted.
func awaitLines(t *testing.T, s *logstream.Stream, wanted func(newest logstream.Line) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), lab.Busy*time.Minute)
	defer cancel()
	for seen := uint64(0); ; {
		got := s.Window(0, math.MaxInt, nil)
		if len(got) > 0 && wanted(got[len(got)-1]) {
			return
		}
		var err error
		if seen, err = s.Next(ctx, seen); err != nil {
			t.Fatalf("%v; %d lines", err, len(got))
		}
	}
}

// closedIsGone opens and closes a log a hundred times: no goroutine is left of it, of
// the engine's client either, and no memory.
func closedIsGone(t *testing.T, open logstream.Opener, targets []logstream.Target) {
	var before runtime.MemStats
	goroutines, begun := 0, time.Now()
	for i := range 101 {
		s := logstream.Follow(t.Context(), open, targets, logstream.Limits{})
		awaitLines(t, s, func(logstream.Line) bool { return true })
		s.Close()
		if i == 0 { // What is made once is there.
			runtime.GC()
			runtime.ReadMemStats(&before)
			goroutines = runtime.NumGoroutine()
		}
	}
	took := time.Since(begun)
	lab.Eventually(t, 10*time.Second, func() error {
		var after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&after)
		if now := runtime.NumGoroutine(); now > goroutines || after.HeapAlloc > before.HeapAlloc+1<<20 {
			return fmt.Errorf("%d goroutines, %d before; %d bytes, %d before", now, goroutines, after.HeapAlloc, before.HeapAlloc)
		}
		return nil
	})
	t.Logf("a hundred times in %.1f s: %d goroutines, as before", took.Seconds(), goroutines)
}

// firstByte notes when the first byte of a log came.
type firstByte struct {
	logstream.Opener
	mu sync.Mutex
	at time.Time
}

func (f *firstByte) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	body, err := f.Opener.OpenLogs(ctx, q)
	if err != nil {
		return nil, err
	}
	return &firstBody{body, f}, nil
}

type firstBody struct {
	io.ReadCloser
	of *firstByte
}

func (b *firstBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	if n > 0 && b.of.at.IsZero() {
		b.of.at = time.Now()
	}
	return n, err
}
