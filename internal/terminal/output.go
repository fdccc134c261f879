package terminal

import (
	"bytes"
	"io"
	"sync"
)

// Output tells when something has been written to a terminal.
type Output struct {
	to io.Writer

	mu     sync.Mutex
	awaits []awaited
}

// awaited is what somebody waits for.
type awaited struct {
	mark    []byte
	written chan struct{}
}

// NewOutput watches what is written to a terminal.
func NewOutput(tty io.Writer) *Output { return &Output{to: tty} }

// Written is closed once a write that holds a mark has ended.
func (o *Output) Written(mark string) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := awaited{[]byte(mark), make(chan struct{})}
	o.awaits = append(o.awaits, a)
	return a.written
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := o.awaits[:0]
	for _, a := range o.awaits {
		if bytes.Contains(p, a.mark) {
			close(a.written)
			continue
		}
		rest = append(rest, a)
	}
	o.awaits = rest
	return n, err
}
