package logstream

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"
)

// The IDs have the form of the engine's.
const (
	testService = "qic9cas9wg15gc73xrot1g6nq"
	testNode    = "vzt0yvxjiq8bbh5kouewiglq5"
)

// testTask is the ID of the task with number n.
func testTask(n int) string { return fmt.Sprintf("knpwyzs6x7w0q0eqx0t31ou%02d", n) }

// head is what the engine puts before a line, as recorded from 20.10.
func head(at time.Time, task int) string {
	return fmt.Sprintf("%s com.docker.swarm.node.id=%s,com.docker.swarm.service.id=%s,com.docker.swarm.task.id=%s ",
		at.Format("2006-01-02T15:04:05.000000000Z07:00"), testNode, testService, testTask(task))
}

// multiplexed puts a frame header before data.
func multiplexed(kind byte, data string) []byte {
	b := make([]byte, headerLen, headerLen+len(data))
	b[0] = kind
	binary.BigEndian.PutUint32(b[4:], uint32(len(data)))
	return append(b, data...)
}

// wire is a frame with a line of a task.
func wire(kind byte, at time.Time, task int, text string) []byte {
	return multiplexed(kind, head(at, task)+text)
}

// at is a moment n milliseconds after an arbitrary one.
func at(n int) time.Time {
	return time.Date(2026, 11, 23, 22, 24, 14, 634047342, time.UTC).Add(time.Duration(n) * time.Millisecond)
}

func mustCompile(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// filled is a stream whose ring holds n lines.
func filled(tb testing.TB, n int) *Stream {
	tb.Helper()
	s := &Stream{ring: newRing(n, 1<<30), some: make(chan struct{}, 1)}
	for i := range n {
		s.ring.push(Line{Time: at(i), Task: testTask(i % 4), Text: fmt.Sprintf("line %d of a service that says much", i+1)})
	}
	return s
}

// collect runs data through the pipeline up to the ring.
func collect(tb testing.TB, tty bool, data []byte) ([]Line, error) {
	tb.Helper()
	asm := newAssembler("", &budget{bytes: 8 << 20}, func() time.Time { return at(-1) }, func() {})
	frames := newFramer(&repeated{data: data, n: 1}, tty, func() {})
	for {
		f, err := frames.next()
		if err != nil {
			asm.flush()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return asm.out, err
		}
		asm.add(f)
	}
}

// openFunc is an Opener made of a function.
type openFunc func(ctx context.Context, q Query) (io.ReadCloser, error)

func (f openFunc) OpenLogs(ctx context.Context, q Query) (io.ReadCloser, error) { return f(ctx, q) }

// script is an Opener that serves one answer after the other and then blocks.
type script struct {
	mu      sync.Mutex
	answers []answer
	asked   []Query
}

// answer is an error, or data that ends with EOF, or blocks at its end.
type answer struct {
	err    error
	data   []byte
	blocks bool
}

func (s *script) OpenLogs(ctx context.Context, q Query) (io.ReadCloser, error) {
	s.mu.Lock()
	s.asked = append(s.asked, q)
	a := answer{blocks: true}
	if len(s.answers) > 0 {
		a, s.answers = s.answers[0], s.answers[1:]
	}
	s.mu.Unlock()
	if a.err != nil {
		return nil, a.err
	}
	return newBody(a.data, a.blocks), nil
}

func (s *script) queries() []Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Query(nil), s.asked...)
}

// body is a stream that ends, or blocks until it is closed as a connection
// does.
type body struct {
	data   []byte
	blocks bool
	once   sync.Once
	closed chan struct{}
}

func newBody(data []byte, blocks bool) *body {
	return &body{data: data, blocks: blocks, closed: make(chan struct{})}
}

var errBodyClosed = errors.New("read on a closed body")

func (b *body) Read(p []byte) (int, error) {
	if len(b.data) > 0 {
		n := copy(p, b.data)
		b.data = b.data[n:]
		return n, nil
	}
	if b.blocks {
		<-b.closed
		return 0, errBodyClosed
	}
	return 0, io.EOF
}

func (b *body) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}
