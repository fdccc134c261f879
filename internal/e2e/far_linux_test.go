package e2e_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/internal/testkit/pty"
)

// farTerminal is one at the other end of a line that takes its time, there and
// back: what is typed and what it answers comes late, and so does what is drawn.
type farTerminal struct {
	*pty.Console
	t    *testing.T
	keys func([]byte)

	mu  sync.Mutex
	vt  *vt.Emulator
	raw strings.Builder // all that was drawn
}

// link hands on what comes, after a time, until the test ends.
func link(t *testing.T, delay time.Duration, to func([]byte)) (send func([]byte)) {
	type piece struct {
		due  time.Time
		data []byte
	}
	way := make(chan piece, 10_000)
	var ends sync.WaitGroup
	ends.Go(func() {
		for {
			select {
			case p := <-way:
				select {
				case <-time.After(time.Until(p.due)):
					to(p.data)
				case <-t.Context().Done():
					return
				}
			case <-t.Context().Done():
				return
			}
		}
	})
	t.Cleanup(ends.Wait)
	return func(data []byte) { way <- piece{time.Now().Add(delay), slices.Clone(data)} }
}

// startFar runs skep on a simulated swarm, in a terminal at the end of a line.
// A mute terminal answers nothing that it is asked.
func startFar(t *testing.T, delay time.Duration, mute bool) (*farTerminal, *simswarm.Swarm) {
	t.Helper()
	sim, host := shop(t)
	return run{}.far(t, delay, mute, "-H", host, "services", "shop_web"), sim
}

// far runs skep in such a terminal.
func (r run) far(t *testing.T, delay time.Duration, mute bool, args ...string) *farTerminal {
	t.Helper()
	f := &farTerminal{t: t, vt: vt.NewEmulator(pty.Columns, pty.Rows)}
	drawn := link(t, delay, func(b []byte) {
		f.mu.Lock()
		defer f.mu.Unlock()
		_, _ = f.vt.Write(b)
		f.raw.Write(b)
	})
	r.read = func(c *pty.Console) { c.Each(drawn) }
	f.Console = r.console(t, args...)
	f.keys = link(t, delay, func(b []byte) { f.Type(string(b)) })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := f.vt.Read(buf)
			if err != nil {
				return
			}
			if !mute {
				f.keys(buf[:n])
			}
		}
	}()
	t.Cleanup(func() {
		if pipe, ok := f.vt.InputPipe().(io.Closer); ok {
			_ = pipe.Close()
		}
	})
	return f
}

func (f *farTerminal) screen() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.vt.String()
}

// gone waits until a text is not on the far screen any more.
func (f *farTerminal) gone(text string) {
	f.t.Helper()
	for end := time.Now().Add(30 * time.Second); strings.Contains(f.screen(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("%q stays:\n%s", text, f.screen())
		}
	}
}

// asked waits until the terminal was asked whether it shows what is drawn.
func (f *farTerminal) asked() {
	f.t.Helper()
	was := func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return strings.Contains(f.raw.String(), "\x1b[6n")
	}
	for end := time.Now().Add(30 * time.Second); !was(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatal("the terminal is asked nothing")
		}
	}
}

// waits for a text on the far screen.
func (f *farTerminal) waits(text string) {
	f.t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(f.screen(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("%q did not come:\n%s", text, f.screen())
		}
	}
}

// confirms a preview that has been seen. On a slow machine the program may think
// that it was seen just now, or renew it meanwhile; then it says so.
func (f *farTerminal) confirms() {
	f.t.Helper()
	for range 5 {
		f.keys([]byte("Y"))
		for end := time.Now().Add(30 * time.Second); !strings.Contains(f.screen(), "accepted") && time.Now().Before(end); {
			if strings.Contains(f.screen(), "has not shown") {
				f.t.Fatalf("it is not taken as shown:\n%s", f.screen())
			}
			if strings.Contains(f.screen(), "Y again") {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if strings.Contains(f.screen(), "accepted") {
			return
		}
		time.Sleep(time.Second)
		f.keys([]byte("k")) // It takes the word away.
		f.gone("Y again")
	}
	f.t.Fatalf("it does not let itself be confirmed:\n%s", f.screen())
}

// posted counts what was asked of the swarm that changes it.
func posted(sim *simswarm.Swarm) int {
	n := 0
	for _, r := range sim.Requests() {
		if strings.HasPrefix(r, http.MethodPost) {
			n++
		}
	}
	return n
}

// TestFar_WhatWasNotSeenIsNotConfirmed types the key that confirms before the
// preview has come over a slow link, and once it has.
func TestFar_WhatWasNotSeenIsNotConfirmed(t *testing.T) {
	t.Parallel()
	slow(t)
	delay, keysAt := 400*time.Millisecond, []time.Duration{0, 600}
	if testkit.Slow() {
		delay, keysAt = 800*time.Millisecond, []time.Duration{0, 360, 500, 800, 1500}
	}
	for _, early := range keysAt {
		t.Run((early * time.Millisecond).String(), func(t *testing.T) {
			t.Parallel()
			f, sim := startFar(t, delay, false)
			f.waits("4/4")
			time.Sleep(2 * delay)
			f.keys([]byte("r"))
			time.Sleep(early * time.Millisecond)
			if strings.Contains(f.screen(), "Y apply") {
				t.Fatal("the preview is there already")
			}
			f.keys([]byte("Y"))
			f.waits("Y apply")
			f.waits("Y again")
			time.Sleep(2 * delay)
			if n := posted(sim); n != 0 {
				t.Fatalf("%d writes of what nobody had seen\n%s", n, f.screen())
			}
			f.keys([]byte("k"))
			f.gone("Y again")
			f.confirms()
			if n := posted(sim); n != 1 {
				t.Errorf("%d writes\n%s", n, f.screen())
			}
		})
	}
}

// TestFar_ConfirmsAsSoonAsItIsSeen: the answer comes in before the key, however
// long the link is.
func TestFar_ConfirmsAsSoonAsItIsSeen(t *testing.T) {
	t.Parallel()
	slow(t)
	delays := []time.Duration{0, 400 * time.Millisecond}
	if testkit.Slow() {
		delays = append(delays, 1500*time.Millisecond)
	}
	for _, delay := range delays {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			f, sim := startFar(t, delay, false)
			f.waits("4/4")
			time.Sleep(2 * delay)
			f.keys([]byte("r"))
			f.waits("Y apply")
			time.Sleep(450 * time.Millisecond)
			f.confirms()
			if n := posted(sim); n != 1 {
				t.Errorf("%d writes\n%s", n, f.screen())
			}
		})
	}
}

// TestFar_AsksBehindThePreview: Bubble Tea writes what it is told to before the
// frame of the same tick, and the answer to that would be too early.
func TestFar_AsksBehindThePreview(t *testing.T) {
	t.Parallel()
	f, _ := startFar(t, 0, false)
	f.waits("4/4")
	times := testkit.Rounds(40)
	for range times {
		f.keys([]byte("r"))
		f.waits("Y apply")
		time.Sleep(100 * time.Millisecond)
		f.keys([]byte("\x1b"))
		f.waits("UP/WANT")
		time.Sleep(60 * time.Millisecond) // An esc and a key at once would be alt.
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	previews := strings.Split(f.raw.String(), "Y apply")[1:]
	if len(previews) != times {
		t.Fatalf("%d previews were drawn", len(previews))
	}
	for i, p := range previews {
		if n := strings.Count(p, "\x1b[6n"); n != 1 {
			t.Errorf("preview %d: asked %d times behind it: %q", i, n, p[:min(len(p), 300)])
		}
	}
}

// TestFar_ATerminalThatDoesNotAnswer is waited for, and the preview says so.
func TestFar_ATerminalThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	slow(t)
	f, sim := startFar(t, 0, true)
	f.waits("4/4")
	f.keys([]byte("r"))
	f.waits("Y apply")
	time.Sleep(500 * time.Millisecond)
	f.keys([]byte("Y"))
	f.waits("has not shown the preview yet")
	f.waits("waiting for the terminal to show this")
	if n := posted(sim); n != 0 {
		t.Fatalf("%d writes", n)
	}
	f.gone("waiting for the terminal")
	f.keys([]byte("k"))
	f.gone("has not shown")
	f.confirms()
}
