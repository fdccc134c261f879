package terminal

import (
	"os"
	"time"
)

// growth is how many bytes the filter can make of one, and margin what it can
// have held back before: what is read at a time must fit what was asked for,
// because Bubble Tea waits on the file and not on the filter.
const (
	growth = 8
	margin = maxString + maxSequence + 16
)

// Input is a terminal whose bytes pass a [Filter]. Bubble Tea takes it for the
// file that it is: it sets the modes of the terminal and waits for it.
type Input struct {
	*os.File
	filter Filter
	buf    [512]byte
	rest   []byte
}

// NewInput filters what is typed at a terminal.
func NewInput(tty *os.File) *Input { return &Input{File: tty} }

// Read implements io.Reader. It may return no bytes, where all that came is the
// begin of something.
func (in *Input) Read(p []byte) (int, error) {
	if len(in.rest) == 0 {
		n, err := in.File.Read(in.buf[:max(1, min((len(p)-margin)/growth, len(in.buf)))])
		if err != nil {
			return 0, err
		}
		in.rest = in.filter.Feed(in.rest[:0], in.buf[:n], time.Now())
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}
