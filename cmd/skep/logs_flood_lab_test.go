package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
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
	t.Run("newest first", func(t *testing.T) { newestOfFlood(t, n, id) })

	skep := filepath.Join(t.TempDir(), "skep")
	if out, err := exec.Command("go", "build", "-o", skep, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	readFlood(t, "skep logs -f", exec.Command(skep, "logs", "-f", "flood", "-H", n.Host()))
	readFlood(t, "docker service logs -f", n.Command("service", "logs", "-f", "flood"))
}

// silent is after how long without a line a program has read all that it will.
const silent = 15 * time.Second

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
func newestOfFlood(t *testing.T, n *lab.Node, service string) {
	pool, err := engine.Open(engine.Options{Hosts: []string{n.Host()}, Env: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := &firstByte{Opener: pool}
	asked := time.Now()
	s := logstream.Follow(t.Context(), first, []logstream.Target{{Service: service}}, logstream.Limits{})
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for seen := uint64(0); s.Stats().Lines == 0; {
		if seen, err = s.Next(ctx, seen); err != nil {
			t.Fatal(err)
		}
	}
	shown, lines := time.Now(), s.Stats().Lines
	first.mu.Lock()
	defer first.mu.Unlock()
	t.Logf("%d lines %s after the first byte, which came %s after it was asked for", lines,
		shown.Sub(first.at).Round(time.Millisecond), first.at.Sub(asked).Round(time.Millisecond))
	if got := s.Window(0, 1000, nil); got[len(got)-1].Text != "last" {
		t.Errorf("%q is the newest", got[len(got)-1].Text)
	}
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
