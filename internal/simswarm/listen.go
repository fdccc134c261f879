package simswarm

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"skep/internal/sockdir"
)

// Listen serves the API on a unix socket that only this user can reach, and
// gives the address of it in the form of DOCKER_HOST. A second call gives the
// same address.
func (s *Swarm) Listen() (host string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", errors.New("simswarm: the swarm is closed")
	}
	if s.ln != nil {
		return "unix://" + s.ln.Addr().String(), nil
	}
	dir, err := sockdir.Make("skep-")
	if err != nil {
		return "", err
	}
	ln, err := net.Listen("unix", filepath.Join(dir, "docker.sock"))
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	s.dir, s.ln = dir, ln
	s.server = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		// A stack trace would be written over the console's screen.
		ErrorLog:    log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	s.serving.Add(1)
	go func() {
		defer s.serving.Done()
		_ = s.server.Serve(ln)
	}()
	return "unix://" + ln.Addr().String(), nil
}

func (s *Swarm) closeListener() {
	if s.server == nil {
		return
	}
	_ = s.server.Close()
	_ = os.RemoveAll(s.dir)
}
