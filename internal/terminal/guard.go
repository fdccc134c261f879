package terminal

import (
	"fmt"
	"io"
	"strings"
)

// guardLimit is how much is kept of what others wrote, in bytes: the begin,
// where a panic says what it is.
const guardLimit = 8 << 10

// Guard keeps off the terminal what others than the console write to standard
// error: libraries that log, and the runtime. It keeps the begin of it, so that
// it can be told when the console has ended. A nil Guard does nothing.
type Guard struct {
	restore func() error
	read    io.Reader
	done    chan struct{}

	kept []byte
	more int
}

// collect reads until standard error is the terminal again.
func (g *Guard) collect() {
	defer close(g.done)
	buf := make([]byte, 4<<10)
	for {
		n, err := g.read.Read(buf)
		keep := min(n, guardLimit-len(g.kept))
		g.kept = append(g.kept, buf[:keep]...)
		g.more += n - keep
		if err != nil {
			return
		}
	}
}

// End gives standard error back and returns what was written to it, a line
// each. It is not clean: it may be a peer's text.
func (g *Guard) End() []string {
	if g == nil {
		return nil
	}
	if err := g.restore(); err != nil {
		return []string{"standard error could not be given back: " + err.Error()}
	}
	<-g.done
	text := strings.TrimSpace(string(g.kept))
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	if g.more > 0 {
		lines = append(lines, fmt.Sprintf("(%d bytes more)", g.more))
	}
	return lines
}
