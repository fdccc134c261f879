package logstream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// The types of a frame in the engine's multiplexed stream (moby
// api/pkg/stdcopy).
const (
	frameStdin  = 0
	frameStdout = 1
	frameStderr = 2
	frameSystem = 3

	headerLen = 8
)

// errFormat is wrapped by the error for a stream that is not multiplexed as
// the engine does it.
var errFormat = errors.New("not a log stream")

// frame is a piece of the stream: as a rule one line, or one of the pieces of
// a long one, with its timestamp and details in front.
type frame struct {
	// kind is one of the frame constants; a raw stream has only frameStdout.
	kind byte
	// data is valid until the next frame is asked for.
	data []byte
	// cont is set when data continues the frame before: it has no timestamp
	// and details of its own.
	cont bool
}

// framer cuts what it reads into frames, without a goroutine and without
// copying. The SDK has stdcopy for this, but it pushes: it owns the loop,
// loses which of two outputs a line of the same task was written to first
// once they go to two pipes, takes a frame of any announced size into memory,
// and ends at the first frame of type 3, which here is only a warning about
// one node.
type framer struct {
	r io.Reader
	// idle is called before every read that may block: what was collected so
	// far must be handed on now.
	idle func()

	// wait is how to wait until more lines have come; nil where whoever asked waits
	// for the end.
	wait func(time.Duration)
	// got is how much the last read brought, in bytes, and read when that was.
	got  int
	read time.Time

	buf        []byte
	start, end int
	err        error

	begun, raw bool
	// left is what is still to come of a frame that does not fit in buf.
	left int
	// midLine is set in a raw stream after a piece that is not the whole line.
	midLine bool
	kind    byte
}

func newFramer(r io.Reader, tty bool, idle func()) *framer {
	return &framer{r: r, raw: tty, idle: idle, buf: make([]byte, readSize)}
}

// next returns the next frame. The error is io.EOF at the end, and
// io.ErrUnexpectedEOF when the stream ends within a frame.
func (f *framer) next() (frame, error) {
	if !f.begun {
		if err := f.detect(); err != nil {
			return frame{}, err
		}
	}
	if f.raw {
		return f.nextRaw()
	}
	return f.nextMultiplexed()
}

// detect finds out by the first bytes whether the stream is multiplexed. The
// engine goes by the service's spec at the moment of the request, which may
// have changed since the caller looked at it. Every line of a raw stream
// begins with a digit of its timestamp, a multiplexed one with a small number
// and three zeros.
func (f *framer) detect() error {
	for f.end-f.start < 4 {
		if err := f.fill(); err != nil {
			if f.end == f.start {
				return err
			}
			f.begun = true // Too short to tell: go by what the caller said.
			return nil
		}
	}
	head := f.buf[f.start:]
	f.raw = head[0] > frameSystem || head[1] != 0 || head[2] != 0 || head[3] != 0
	f.begun = true
	return nil
}

func (f *framer) nextMultiplexed() (frame, error) {
	if f.left > 0 {
		return f.rest()
	}
	for f.end-f.start < headerLen {
		if err := f.fill(); err != nil {
			if errors.Is(err, io.EOF) && f.end > f.start {
				err = io.ErrUnexpectedEOF
			}
			return frame{}, err
		}
	}
	head := f.buf[f.start : f.start+headerLen]
	if head[0] > frameSystem || head[1] != 0 || head[2] != 0 || head[3] != 0 {
		return frame{}, fmt.Errorf("%w: unexpected frame header % x", errFormat, head)
	}
	f.kind = head[0]
	size := int(binary.BigEndian.Uint32(head[4:]))
	f.start += headerLen
	for f.end-f.start < size && f.end-f.start < len(f.buf)-headerLen {
		if err := f.fill(); err != nil {
			return frame{}, unexpected(err)
		}
	}
	n := min(size, f.end-f.start)
	f.left = size - n
	return f.take(n, false), nil
}

// rest returns the next piece of a frame that was too long for the buffer.
func (f *framer) rest() (frame, error) {
	for f.start == f.end {
		if err := f.fill(); err != nil {
			return frame{}, unexpected(err)
		}
	}
	n := min(f.left, f.end-f.start)
	f.left -= n
	return f.take(n, true), nil
}

func (f *framer) nextRaw() (frame, error) {
	f.kind = frameStdout
	scanned := 0
	for {
		have := f.buf[f.start:f.end]
		if i := bytes.IndexByte(have[scanned:], '\n'); i >= 0 {
			return f.takeRaw(scanned + i + 1), nil
		}
		scanned = len(have)
		if scanned == len(f.buf) {
			return f.takeRaw(scanned), nil
		}
		if err := f.fill(); err != nil {
			if errors.Is(err, io.EOF) && f.end > f.start {
				return f.takeRaw(f.end - f.start), nil
			}
			return frame{}, err
		}
	}
}

// takeRaw takes n bytes up to a line's end, or less where a piece of a long
// line ends: the next piece then begins with a prefix of its own, in the
// middle of what looks like one line.
func (f *framer) takeRaw(n int) frame {
	data := f.buf[f.start : f.start+n]
	if !f.midLine && n > partLen {
		if p, ok := parsePrefix(data, nil); ok {
			end := p.textAt + partLen
			if end < n {
				if _, ok := parsePrefix(data[end:], nil); ok {
					return f.take(end, false)
				}
			}
		}
	}
	cont := f.midLine
	f.midLine = data[n-1] != '\n'
	return f.take(n, cont)
}

func (f *framer) take(n int, cont bool) frame {
	data := f.buf[f.start : f.start+n : f.start+n]
	f.start += n
	return frame{kind: f.kind, data: data, cont: cont}
}

// fill reads once. It moves what is left to the front of the buffer only when
// there is no room behind it.
func (f *framer) fill() error {
	if f.err != nil {
		return f.err
	}
	if f.start == f.end {
		f.start, f.end = 0, 0
	}
	if f.end == len(f.buf) || len(f.buf)-f.end < readSize/4 && f.start > 0 {
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.start = 0
	}
	f.idle()
	f.gather()
	for range 100 {
		n, err := f.r.Read(f.buf[f.end:])
		f.end += n
		f.got, f.read = n, time.Now()
		f.err = err
		if n > 0 {
			return nil // The error comes up with the next fill.
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// gather waits where lines trickle in, so that one read brings many of them: each
// read is a call of the kernel, and as a rule two switches of threads. The first
// line after a silence is read at once, and so is the rest of one.
func (f *framer) gather() {
	if f.wait == nil || f.got >= enough || f.start < f.end {
		return
	}
	if left := gatherFor - time.Since(f.read); left > 0 {
		f.wait(left)
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
