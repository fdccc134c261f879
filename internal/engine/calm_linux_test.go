package engine

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// calmPair is a calm connection and its other end.
func calmPair(t *testing.T, network string) (c *calmConn, peer net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if peer, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	c, ok := calm(conn).(*calmConn)
	if !ok {
		t.Fatal("it is as it was")
	}
	t.Cleanup(func() { _ = c.Close(); _ = peer.Close() })
	return c, peer
}

// later is what a call that blocks ends with.
func later(t *testing.T, call func() error) func() error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	return func() error {
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			t.Fatal("it waits for ever")
			return nil
		}
	}
}

func onEach(t *testing.T, test func(t *testing.T, c *calmConn, peer net.Conn)) {
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) {
			c, peer := calmPair(t, network)
			test(t, c, peer)
		})
	}
}

// What trickles in is read piece by piece, each after a wait, to its end.
func TestCalm_ReadsWhatTricklesIn(t *testing.T) {
	onEach(t, func(t *testing.T, c *calmConn, peer net.Conn) {
		const pieces = 300
		go func() {
			for i := range pieces {
				_, _ = peer.Write([]byte("line\n"))
				if i%3 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			_ = peer.Close()
		}()
		got, err := io.ReadAll(c)
		if want := strings.Repeat("line\n", pieces); err != nil || string(got) != want {
			t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
		}
	})
}

// What is more than the kernel takes is written when there is room, while the same
// connection is read.
func TestCalm_WritesMoreThanFits(t *testing.T) {
	onEach(t, func(t *testing.T, c *calmConn, peer net.Conn) {
		sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<19)
		answer := later(t, func() error { _, err := io.ReadFull(c, make([]byte, 2)); return err })
		written := later(t, func() error { _, err := c.Write(sent); return err })
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("other than what was sent, or %v", err)
		}
		_, _ = peer.Write([]byte("ok"))
		if err := errors.Join(written(), answer()); err != nil {
			t.Error(err)
		}
	})
}

func TestCalm_DeadlineEndsAWait(t *testing.T) {
	onEach(t, func(t *testing.T, c *calmConn, peer net.Conn) {
		for range 3 {
			read := later(t, func() error { _, err := c.Read(make([]byte, 1)); return err })
			_ = c.SetDeadline(time.Now())
			var timeout net.Error
			if err := read(); !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("got %v", err)
			}
			_ = c.SetDeadline(time.Time{}) // What comes after that is not lost.
			_, _ = peer.Write([]byte("a"))
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCalm_CloseEndsAWait(t *testing.T) {
	onEach(t, func(t *testing.T, c *calmConn, _ net.Conn) {
		read := later(t, func() error { _, err := c.Read(make([]byte, 1)); return err })
		written := later(t, func() error { _, err := c.Write(make([]byte, 32<<20)); return err })
		_ = c.Close()
		for _, err := range []error{read(), written()} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v", err)
			}
		}
	})
}

// Who hangs up is an error to whoever writes, and no signal that ends the program.
func TestCalm_PeerHangsUp(t *testing.T) {
	onEach(t, func(t *testing.T, c *calmConn, peer net.Conn) {
		read := later(t, func() error { _, err := c.Read(make([]byte, 1)); return err })
		_ = peer.Close()
		if err := read(); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		for range 100 {
			if _, err := c.Write([]byte("a")); err != nil {
				var op *net.OpError
				if !errors.As(err, &op) {
					t.Errorf("got %v", err)
				}
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Error("nobody reads it, and that is no error")
	})
}

func TestCalm_LeavesNoDescriptors(t *testing.T) {
	open := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before := 0
	for i := range 50 {
		c, peer := calmPair(t, "unix")
		_, _ = c.Close(), peer.Close()
		if i == 0 {
			before = open()
		}
	}
	if after := open(); after > before+3 {
		t.Errorf("%d descriptors, %d after the first", after, before)
	}
}
