// Package vterm runs the real program on a virtual terminal: keys go in as
// bytes, and what comes out is read from the terminal's cells, as a person sees
// it.
package vterm

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"
)

// Terminal is a running program and the terminal it draws on.
type Terminal struct {
	t    testing.TB
	vt   *vt.Emulator
	mu   sync.Mutex
	prog *tea.Program
	done chan error
	sent int
	raw  bytes.Buffer
	// screen is what stood on the terminal after so many bytes; those who wait
	// for a screen look far more often than it changes.
	screen   string
	screenAt int
	patience time.Duration
}

// patience is how long a screen may take to appear. A loaded test machine is
// slow; a test that passes never waits so long.
const patience = 30 * time.Second

// Start runs a program at a size. It is stopped when the test ends.
func Start(t testing.TB, app tea.Model, width, height int, opts ...tea.ProgramOption) *Terminal {
	t.Helper()
	v := &Terminal{t: t, vt: vt.NewEmulator(width, height), done: make(chan error, 1), patience: patience}
	all := append([]tea.ProgramOption{
		tea.WithInput(v.vt), tea.WithOutput(v), tea.WithWindowSize(width, height), tea.WithoutSignals(),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}),
	}, opts...)
	v.prog = tea.NewProgram(app, all...)
	go func() {
		_, err := v.prog.Run()
		v.done <- err
	}()
	t.Cleanup(func() {
		v.prog.Kill()
		v.closeInput()
	})
	return v
}

// closeInput ends what the program reads. The emulator's own Close races with
// its Read; the pipe's does not.
func (v *Terminal) closeInput() {
	if pipe, ok := v.vt.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
}

// Write takes in what the program draws. Without a terminal's line discipline
// between them, a line feed has to be made to return the carriage here.
func (v *Terminal) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sent += len(p)
	v.raw.Write(p)
	if _, err := v.vt.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Sent is the number of bytes that the program has drawn with so far.
func (v *Terminal) Sent() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sent
}

// Raw is what the program has drawn with so far, byte for byte.
func (v *Terminal) Raw() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.raw.String()
}

// Type sends keys as bytes, such as "j", "\r", "\x1b[A". A program that has
// ended, or hangs, reads none and fails the test.
func (v *Terminal) Type(keys ...string) {
	v.t.Helper()
	for _, k := range keys {
		read := make(chan error, 1)
		go func() {
			_, err := v.vt.InputPipe().Write([]byte(k))
			read <- err
		}()
		select {
		case err := <-read:
			if err != nil {
				v.t.Fatalf("the program reads no more keys: %v", err)
			}
		case end := <-v.done:
			v.done <- end
			v.closeInput() // frees a write that nobody will read
			if <-read != nil {
				v.t.Fatalf("the program has ended (%v) and does not read %q; the screen is\n%s", end, k, v.Screen())
			}
		case <-time.After(v.patience):
			v.t.Fatalf("the program does not read %q; the screen is\n%s", k, v.Screen())
		}
		if k == Esc {
			// A lone escape is told from the beginning of a sequence by the
			// silence after it.
			time.Sleep(80 * time.Millisecond)
		}
	}
}

// Keys that are not a character.
const (
	Enter = "\r"
	Esc   = "\x1b"
	Up    = "\x1b[A"
	Down  = "\x1b[B"
	Tab   = "\t"
)

// Resize changes the size of the window.
func (v *Terminal) Resize(width, height int) {
	v.mu.Lock()
	v.screenAt = 0
	v.vt.Resize(width, height)
	v.mu.Unlock()
	v.prog.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Send hands the program a message.
func (v *Terminal) Send(msg tea.Msg) { v.prog.Send(msg) }

// Screen is what stands on the terminal, a line a row.
func (v *Terminal) Screen() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.screenAt != v.sent {
		v.screen, v.screenAt = v.vt.String(), v.sent
	}
	return v.screen
}

// Wait waits until the screen holds all the texts, and gives it back.
func (v *Terminal) Wait(texts ...string) string {
	v.t.Helper()
	return v.Until(fmt.Sprintf("%q on the screen", texts), func(screen string) bool {
		for _, s := range texts {
			if !strings.Contains(screen, s) {
				return false
			}
		}
		return true
	})
}

// WaitGone waits until the screen does not hold a text any more.
func (v *Terminal) WaitGone(text string) string {
	v.t.Helper()
	return v.Until(fmt.Sprintf("%q gone", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// Until waits until the screen is as it should be, and gives it back.
func (v *Terminal) Until(what string, ok func(screen string) bool) string {
	v.t.Helper()
	screen := ""
	for end := time.Now().Add(v.patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if screen = v.Screen(); ok(screen) {
			return screen
		}
	}
	v.t.Fatalf("waited %s for %s; the screen is\n%s", v.patience, what, screen)
	return ""
}

// Exit waits for the program to end, and gives its error.
func (v *Terminal) Exit() error {
	v.t.Helper()
	select {
	case err := <-v.done:
		v.done <- err
		return err
	case <-time.After(v.patience):
		v.t.Fatalf("the program does not end; the screen is\n%s", v.Screen())
		return nil
	}
}
