package engine

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// calmConn is a connection that wakes nobody who does not wait for it. Go's own are
// watched for as long as they are open, so that each line of a log that comes in
// wakes a thread, whether or not somebody reads just then: at 50,000 lines a second
// that takes more of a processor than the lines do. This one is watched only from a
// read that found nothing until there is something.
type calmConn struct {
	sock          *os.File // out of the reach of Go's poller
	in, out       *gate
	local, remote net.Addr
	closed        atomic.Bool
}

// calm is the same connection, without what wakes; conn itself where that cannot be.
// It owns the connection either way.
func calm(conn net.Conn) net.Conn {
	owner, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := owner.SyscallConn()
	if err != nil {
		return conn
	}
	var fd int
	if ctlErr := raw.Control(func(of uintptr) { fd, err = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) }); ctlErr != nil || err != nil {
		return conn
	}
	c := &calmConn{local: conn.LocalAddr(), remote: conn.RemoteAddr()}
	if err = c.take(fd); err != nil {
		_ = unix.Close(fd)
		return conn
	}
	_ = conn.Close()
	return c
}

func (c *calmConn) take(fd int) (err error) {
	if c.in, err = newGate(fd, unix.EPOLLIN|unix.EPOLLRDHUP); err != nil {
		return err
	}
	if c.out, err = newGate(fd, unix.EPOLLOUT); err != nil {
		_ = c.in.Close()
		return err
	}
	// What blocks is nothing for Go's poller; each call below says that it does not.
	if err = unix.SetNonblock(fd, false); err != nil {
		_, _ = c.in.Close(), c.out.Close()
		return err
	}
	c.sock = os.NewFile(uintptr(fd), "engine")
	return nil
}

func (c *calmConn) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	err = c.do(c.in, func(fd int) (err error) {
		if n, _, err = unix.Recvfrom(fd, p, unix.MSG_DONTWAIT); err == nil {
			noteRead(fd)
		}
		return err
	})
	switch {
	case err != nil:
		return 0, c.failed("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (c *calmConn) Write(p []byte) (done int, err error) {
	for done < len(p) {
		var n int
		err := c.do(c.out, func(fd int) (err error) {
			announceWrite(fd)
			n, err = unix.SendmsgN(fd, p[done:], nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
			return err
		})
		if err != nil {
			return done, c.failed("write", err)
		}
		done += n
	}
	return done, nil
}

// do calls what does not block until it need not wait.
func (c *calmConn) do(g *gate, call func(fd int) error) error {
	raw, err := c.sock.SyscallConn()
	if err != nil {
		return err
	}
	passErr := g.pass(func() (wait bool) {
		ctlErr := raw.Control(func(of uintptr) {
			for {
				if err = call(int(of)); !errors.Is(err, unix.EINTR) {
					break
				}
			}
			if errors.Is(err, unix.EAGAIN) {
				wait, err = true, g.arm(int(of))
			}
		})
		if ctlErr != nil {
			err = ctlErr
		}
		return wait && err == nil
	})
	if passErr != nil {
		return passErr
	}
	return err
}

// failed is an error as those of other connections are.
func (c *calmConn) failed(op string, err error) error {
	if c.closed.Load() { // Go's poller has another error for it, which nobody can name.
		err = net.ErrClosed
	}
	var call syscall.Errno
	if errors.As(err, &call) {
		err = os.NewSyscallError(op, call)
	}
	return &net.OpError{Op: op, Net: c.remote.Network(), Source: c.local, Addr: c.remote, Err: err}
}

func (c *calmConn) Close() error {
	c.closed.Store(true)
	_ = c.in.Close()
	_ = c.out.Close()
	return c.sock.Close()
}

func (c *calmConn) LocalAddr() net.Addr  { return c.local }
func (c *calmConn) RemoteAddr() net.Addr { return c.remote }

func (c *calmConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *calmConn) SetReadDeadline(t time.Time) error  { return c.in.SetReadDeadline(t) }
func (c *calmConn) SetWriteDeadline(t time.Time) error { return c.out.SetReadDeadline(t) }

// gate is where one waits for a socket to become ready: an epoll of its own, which
// looks at the socket only while it is armed, and which Go's poller looks at.
type gate struct {
	*os.File
	raw    syscall.RawConn
	events uint32
	opened [1]unix.EpollEvent
}

func newGate(fd int, events uint32) (*gate, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if err = unix.SetNonblock(ep, true); err == nil { // Else Go would not look at it.
		err = unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(fd)})
	}
	if err != nil {
		_ = unix.Close(ep)
		return nil, err
	}
	g := &gate{File: os.NewFile(uintptr(ep), "gate"), events: events}
	if err = g.SetReadDeadline(time.Time{}); err == nil { // Fails where Go does not look at it.
		g.raw, err = g.SyscallConn()
	}
	if err != nil {
		_ = g.Close()
		return nil, err
	}
	return g, nil
}

// pass calls try, and again after each wait that it asks for. What the gate was
// opened by is taken out of it: until then it would go on opening.
func (g *gate) pass(try func() (wait bool)) error {
	waited := false
	return g.raw.Read(func(ep uintptr) bool {
		if waited {
			_, _ = unix.EpollWait(int(ep), g.opened[:], 0)
		}
		waited = true
		return !try()
	})
}

// arm has the gate open once when the socket is ready, now or later.
func (g *gate) arm(fd int) error {
	var err error
	ctlErr := g.raw.Control(func(ep uintptr) {
		err = unix.EpollCtl(int(ep), unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: g.events | unix.EPOLLONESHOT, Fd: int32(fd)})
	})
	return errors.Join(ctlErr, err)
}
