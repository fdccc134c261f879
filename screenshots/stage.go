package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/engine"
	"skep/internal/feed"
	"skep/internal/screens"
	"skep/internal/simswarm"
	"skep/internal/testkit/key"
	"skep/ui"
)

const (
	// seed is the one of the swarm on the pictures.
	seed = 7
	// host is the address on the pictures. Nothing listens there: the
	// connection is made in memory.
	host = "unix:///var/run/docker.sock"
)

// opening is when the console on the pictures is started. It is no round time,
// so that nothing it does falls into one instant with what the swarm does.
var opening = time.Date(2026, time.October, 6, 9, 41, 17, 137_219_381, time.UTC)

// The waits of the person at the keys. They cost no real time.
const (
	// pause is between two keys; a dialog is deaf for a shorter time.
	pause = 400 * time.Millisecond
	// settling is how long the console has been looked at when the first key
	// is pressed: all that goes wrong in the swarm has been read by then.
	settling = 12 * time.Second
	// patience is how long something may take to come to the screen.
	patience = 5 * time.Minute
)

// stage is a console on an embedded swarm, in a bubble of virtual time. The
// feed, the connection and the console are the program's own; only the network
// between them is memory, and the terminal is a buffer of cells.
type stage struct {
	t      testing.TB
	swarm  *simswarm.Swarm
	app    *ui.App
	msgs   chan tea.Msg
	width  int
	height int
}

// onStage plays something in a window of a size. dial, unless nil, takes the
// place of the way to the swarm.
func onStage(t *testing.T, opt ui.Options, width, height int, dial func(context.Context) (net.Conn, error), play func(s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(opening))
		s := &stage{t: t, msgs: make(chan tea.Msg, 1000), width: width, height: height}
		s.swarm = simswarm.New(simswarm.Demo(), simswarm.WithSeed(seed))
		line := newLine()
		server := &http.Server{Handler: s.swarm.Handler(), ReadHeaderTimeout: time.Minute}
		go func() { _ = server.Serve(line) }() // It ends with Close only.
		embedded := dial == nil
		if embedded {
			dial = line.dial
		}
		opt.Backend = connect(t, engine.Options{Dial: dial, Env: environment})
		opt.Backend.Demo = embedded
		var err error
		if s.app, err = ui.New(t.Context(), opt); err != nil {
			t.Fatal(err)
		}
		s.start(s.app.Init())
		s.send(tea.WindowSizeMsg{Width: width, Height: height})
		s.wait(settling)
		defer func() {
			s.app.Close()
			s.swarm.Close()
			_ = server.Close()
			synctest.Wait()
		}()
		play(s)
	})
}

// environment is that of the console. What docker on this machine is configured
// for is no business of the pictures.
func environment(name string) string {
	return map[string]string{"DOCKER_HOST": host, "DOCKER_CONFIG": "/nonexistent"}[name]
}

// connect makes what the console stands on.
func connect(t testing.TB, o engine.Options) ui.Backend {
	t.Helper()
	b, err := screens.Open(context.Background(), o, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs a command as Bubble Tea does.
func (s *stage) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			s.msgs <- msg
		}
	}()
}

func (s *stage) handle(msg tea.Msg) {
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, cmd := range batch {
			s.start(cmd)
		}
		return
	}
	_, cmd := s.app.Update(msg)
	s.start(cmd)
}

// send handles a message, and whatever comes of it without time going by.
func (s *stage) send(msg tea.Msg) {
	s.handle(msg)
	s.rest()
}

// rest handles messages until nothing moves but time.
func (s *stage) rest() {
	for {
		synctest.Wait()
		select {
		case msg := <-s.msgs:
			s.handle(msg)
		default:
			return
		}
	}
}

// wait lets time go by, and handles what comes of it.
func (s *stage) wait(span time.Duration) {
	timer := time.NewTimer(span)
	defer timer.Stop()
	for {
		select {
		case msg := <-s.msgs:
			s.handle(msg)
			s.rest()
		case <-timer.C:
			s.rest()
			return
		}
	}
}

// waitUntil lets time go by up to so long after the opening: what goes on, as a log
// does, is then the same each time.
func (s *stage) waitUntil(after time.Duration) {
	s.t.Helper()
	left := time.Until(opening.Add(after))
	if left <= 0 {
		s.fail("%s after the opening is over", after)
	}
	s.wait(left)
}

// press presses keys by their names, with the pauses of a person.
func (s *stage) press(names ...string) {
	for _, n := range names {
		s.wait(pause)
		s.send(key.Press(n))
	}
	s.wait(pause)
}

// until waits until all the texts are on the screen.
func (s *stage) until(texts ...string) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); s.wait(pause) {
		if s.shows(texts...) {
			return
		}
	}
	s.fail("%q never came to the screen", texts)
}

// fail ends the play.
func (s *stage) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s:\n%s", fmt.Sprintf(format, args...), ansi.Strip(s.app.View().Content))
}

func (s *stage) shows(texts ...string) bool {
	screen := ansi.Strip(s.app.View().Content)
	for _, t := range texts {
		if !strings.Contains(screen, t) {
			return false
		}
	}
	return true
}

// screen is what stands on the terminal now.
func (s *stage) screen() screen { return drawn(s.app.View(), s.width, s.height) }

// drawn is a view in the cells of a terminal.
func drawn(v tea.View, width, height int) screen {
	buf := uv.NewScreenBuffer(width, height)
	buf.Method = ansi.GraphemeWidth
	uv.NewStyledString(v.Content).Draw(buf, buf.Bounds())
	sc := screen{width: width, height: height, cell: buf.CellAt, cursorX: -1}
	if v.Cursor != nil {
		sc.cursorX, sc.cursorY = v.Cursor.X, v.Cursor.Y
	}
	return sc
}
