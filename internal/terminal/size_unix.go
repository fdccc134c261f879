//go:build !windows

package terminal

import (
	"context"
	"io"
	"os"
	"os/signal"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// Screen is a terminal to draw on. Bubble Tea does not take it for the file that
// it is, and so does not make buffers for whatever size that says it has.
type Screen struct {
	io.Writer
	tty *os.File
}

// NewScreen is the screen of a terminal that is written to through w.
func NewScreen(w io.Writer, tty *os.File) *Screen { return &Screen{struct{ io.Writer }{w}, tty} }

// Size is that of the terminal.
func (s *Screen) Size() (columns, rows int) {
	columns, rows, _ = term.GetSize(s.tty.Fd()) // What it does not tell is given.
	return given(columns, rows, os.Getenv)
}

// Follow tells the size each time that it may have changed, until the context
// ends. It returns at once.
func (s *Screen) Follow(ctx context.Context, tell func(columns, rows int)) {
	changed := make(chan os.Signal, 1)
	// While it is stopped, a program is told of no change.
	signal.Notify(changed, unix.SIGWINCH, unix.SIGCONT)
	go func() {
		defer signal.Stop(changed)
		for {
			select {
			case <-changed:
				tell(s.Size())
			case <-ctx.Done():
				return
			}
		}
	}()
}
