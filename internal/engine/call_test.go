package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/logstream"
	"skep/model"
)

// reads are all the calls that read, by name.
func reads(p *Pool) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Services": func(ctx context.Context) error { _, _, err := p.Services(ctx); return err },
		"Nodes":    func(ctx context.Context) error { _, _, err := p.Nodes(ctx); return err },
		"Tasks":    func(ctx context.Context) error { _, _, err := p.Tasks(ctx, model.TaskQuery{}); return err },
		"List":     func(ctx context.Context) error { _, _, err := p.List(ctx, model.KindNetwork); return err },
		"Inspect":  func(ctx context.Context) error { _, err := p.Inspect(ctx, model.ServiceID("a").Ref()); return err },
		"Events":   func(ctx context.Context) error { _, errs := p.Events(ctx); return <-errs },
		"OpenLogs": func(ctx context.Context) error {
			_, err := p.OpenLogs(ctx, logstream.Query{Service: "a"})
			return err
		},
	}
}

// cut sends half an answer and breaks the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `[{"ID":"a","Spec":{"Name":"web"}}, {"ID":"b"`)
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = c.Close()
	}
}

// cutChunk does the same to an answer without a length, at a place where the
// list could be complete but for its end.
func cutChunk(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `[{"ID":"a","Spec":{"Name":"web"}}]`)
	_ = http.NewResponseController(w).Flush()
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = c.Close()
	}
}

func TestList_CutKeepsNothing(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{"with a length": cut, "in chunks": cutChunk} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{})
			for _, path := range []string{"/services", "/nodes", "/tasks", "/networks"} {
				f.handle(path, handler)
			}
			services, _, err := p.Services(t.Context())
			wantSituation(t, err, model.BrokenOff)
			nodes, _, err := p.Nodes(t.Context())
			wantSituation(t, err, model.BrokenOff)
			tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{})
			wantSituation(t, err, model.BrokenOff)
			networks, _, err := p.List(t.Context(), model.KindNetwork)
			wantSituation(t, err, model.BrokenOff)
			if services != nil || nodes != nil || tasks != nil || networks != nil {
				t.Errorf("got %v, %v, %v, %v, want nothing", services, nodes, tasks, networks)
			}
		})
	}
}

func TestList_Garbage(t *testing.T) {
	for name, body := range map[string]string{
		"an object":            `{"message":"hello"}`,
		"text":                 `hello`,
		"a number":             `17`,
		"broken in the middle": `[{"ID":"a"}, {"ID":}]`,
		"two lists":            `[] []`,
		"rubbish behind":       `[{"ID":"a"}] x`,
		"elements are text":    `["a", "b"]`,
		"elements are nothing": `[{"ID":"a"}, null]`,
		"elements are others":  `[{"ID":"a"}, {"message":"hello"}]`,
		"elements have no ID":  `[{"ID":7,"Spec":{"Name":"web"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{})
			for _, path := range []string{"/services", "/nodes", "/tasks"} {
				f.answers(path, 200, body)
			}
			for _, read := range []string{"Services", "Nodes", "Tasks"} {
				wantSituation(t, reads(p)[read](t.Context()), model.EngineError)
			}
		})
	}
}

func TestList_Empty(t *testing.T) {
	for _, body := range []string{"[]", "null", " [ ]\n", "null\n"} {
		f := newFake(t)
		p := f.pool(t, Options{})
		f.answers("/services", 200, body)
		f.answers("/tasks", 200, body)
		services, size, err := p.Services(t.Context())
		if err != nil || len(services) != 0 || size != int64(len(body)) {
			t.Errorf("%q: got %v, %d, %v", body, services, size, err)
		}
		if tasks, _, err := p.Tasks(t.Context(), model.TaskQuery{}); err != nil || len(tasks) != 0 {
			t.Errorf("%q: got %v, %v", body, tasks, err)
		}
	}
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/services", 200, "")
	if _, _, err := p.Services(t.Context()); err == nil {
		t.Error("an empty body is no list")
	}
}

func TestCall_TooLong(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/services/a", 200, `{"ID":"a","Spec":{"Name":"`+strings.Repeat("x", maxDocument)+`"}}`)
	_, err := p.Inspect(t.Context(), model.ServiceID("a").Ref())
	wantSituation(t, err, model.EngineError)
	if !errors.Is(err, errTooLong) {
		t.Errorf("got %v", err)
	}
	c, err := p.use()
	if err != nil {
		t.Fatal(err)
	}
	f.answers("/nodes", 200, `[{"ID":"a"},{"ID":"b"}]`)
	_, err = c.list(t.Context(), call{op: "list", path: "/nodes", limit: 15}, func(e *elements) error {
		_, err := e.next()
		return err
	})
	wantSituation(t, err, model.EngineError)
}

func TestCall_RedirectIsNotFollowed(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/services", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	})
	before := len(f.requests())
	if _, _, err := p.Services(t.Context()); err == nil {
		t.Error("no error")
	}
	if n := len(f.requests()) - before; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestCall_LongMessageIsWhole(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	message := strings.Repeat("all of this matters, ", 700) + "to the end"
	f.fails("/services", 500, message)
	_, _, err := p.Services(t.Context())
	if !strings.Contains(err.Error(), message) {
		t.Errorf("the message of %d bytes became an error of %d", len(message), len(err.Error()))
	}
}

func TestStats_CountsRequestsAndBytes(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	body := "[" + strings.Repeat(" ", 5000) + "]"
	f.answers("/nodes", 200, body)
	before := p.Stats()
	_, size, err := p.Nodes(t.Context())
	if err != nil || size != int64(len(body)) {
		t.Fatalf("got size %d, %v, want %d", size, err, len(body))
	}
	after := p.Stats()
	if after.Requests != before.Requests+1 || after.Writes != 0 || after.Connections != 1 {
		t.Errorf("got %+v after %+v", after, before)
	}
	if got := after.Received - before.Received; got < 5000 || got > 6000 {
		t.Errorf("received %d bytes", got)
	}
	if after.Sent <= before.Sent {
		t.Error("nothing was sent")
	}
}

// pipeListener is a listener in memory, which a bubble of synctest can wait
// for.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// inBubble runs a client and an engine in memory with a clock that jumps.
func inBubble(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, c *Client)) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(l) }()
		s := newShared(Options{Env: func(string) string { return "/nowhere" }})
		c, err := newClient(Endpoint{Host: "unix:///pipe"}, s)
		if err != nil {
			t.Fatal(err)
		}
		c.dial = func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			l.conns <- there
			return here, nil
		}
		test(t, c)
		s.close()
		c.close()
		_ = server.Close()
		time.Sleep(time.Minute) // Until the engine has done with what was taken back.
		synctest.Wait()
	})
}

func wait(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestTimeout_NoAnswer(t *testing.T) {
	inBubble(t, wait, func(t *testing.T, c *Client) {
		start := time.Now()
		_, _, err := c.Nodes(context.Background())
		wantSituation(t, err, model.Timeout)
		if took := time.Since(start); took != answerTimeout {
			t.Errorf("gave up after %s, want %s", took, answerTimeout)
		}
	})
}

func TestTimeout_Ping(t *testing.T) {
	inBubble(t, wait, func(t *testing.T, c *Client) {
		start := time.Now()
		_, err := c.Connect(context.Background())
		wantSituation(t, err, model.Timeout)
		if took := time.Since(start); took != pingTimeout {
			t.Errorf("gave up after %s, want %s", took, pingTimeout)
		}
	})
}

func TestTimeout_CallersDeadline(t *testing.T) {
	inBubble(t, wait, func(t *testing.T, c *Client) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, _, err := c.Nodes(ctx)
		wantSituation(t, err, model.Timeout)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not wrap the deadline", err)
		}
	})
}

func TestTimeout_StallsInTheMiddle(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `[{"ID":"a"},`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, func(t *testing.T, c *Client) {
		nodes, _, err := c.Nodes(context.Background())
		wantSituation(t, err, model.Timeout)
		if nodes != nil {
			t.Errorf("got %v, want nothing", nodes)
		}
	})
}

func TestTimeout_SlowButSteadyIsNone(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `[`)
		for i := range 10 {
			_ = http.NewResponseController(w).Flush()
			time.Sleep(answerTimeout - time.Second)
			fmt.Fprintf(w, `{"ID":"n%d"},`, i)
		}
		fmt.Fprint(w, `{"ID":"last"}]`)
	}, func(t *testing.T, c *Client) {
		nodes, _, err := c.Nodes(context.Background())
		if err != nil || len(nodes) != 11 {
			t.Errorf("got %d nodes, %v", len(nodes), err)
		}
	})
}

func TestTimeout_StreamsHaveNone(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		time.Sleep(100 * answerTimeout)
		fmt.Fprint(w, "a line at last")
	}, func(t *testing.T, c *Client) {
		logs, err := c.OpenLogs(context.Background(), logstream.Query{Service: "a", Follow: true})
		if err != nil {
			t.Fatal(err)
		}
		defer logs.Close()
		var b bytes.Buffer
		if _, err := io.Copy(&b, logs); err != nil || b.String() != "a line at last" {
			t.Errorf("got %q, %v", b.String(), err)
		}
	})
}

// TestTimeout_QuietLogsAreOpen: the engine sends no headers before the first
// line of a log that is followed, and that may take hours.
func TestTimeout_QuietLogsAreOpen(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/logs") {
			fmt.Fprint(w, managerSwarm)
			return
		}
		time.Sleep(100 * answerTimeout)
		fmt.Fprint(w, "a line at last")
	}, func(t *testing.T, c *Client) {
		begun := time.Now()
		logs, err := c.OpenLogs(context.Background(), logstream.Query{Service: "a", Follow: true})
		if err != nil || time.Since(begun) > 2*quietAfter {
			t.Fatal(err, time.Since(begun))
		}
		defer logs.Close()
		var b bytes.Buffer
		if _, err := io.Copy(&b, logs); err != nil || b.String() != "a line at last" {
			t.Errorf("got %q, %v", b.String(), err)
		}
	})
}

// TestCall_DroppedAfterAWhileIsNotSentAgain has an engine that takes requests,
// is silent and breaks the connection. The transport would try each idle one.
func TestCall_DroppedAfterAWhileIsNotSentAgain(t *testing.T) {
	var asked atomic.Int32
	silence := atomic.Int64{}
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/services") {
			time.Sleep(time.Second) // so that the connections are not one
			fmt.Fprint(w, "[]")
			return
		}
		asked.Add(1)
		time.Sleep(time.Duration(silence.Load()))
		panic(http.ErrAbortHandler)
	}, func(t *testing.T, c *Client) {
		for _, d := range []time.Duration{2500 * time.Millisecond, 10 * time.Millisecond} {
			var idle sync.WaitGroup
			for range maxIdle {
				idle.Go(func() { _, _, _ = c.Nodes(context.Background()) })
			}
			idle.Wait()
			asked.Store(0)
			silence.Store(int64(d))
			start := time.Now()
			_, _, err := c.Services(context.Background())
			if !errors.Is(err, io.EOF) {
				t.Errorf("got %v", err)
			}
			// What is sent again is taken back at once, which may be after it was written.
			if took, n := time.Since(start), asked.Load(); took > 2500*time.Millisecond || d > resendWithin && n > 2 {
				t.Errorf("silent for %v: sent %d times in %v", d, n, took)
			}
		}
	})
}
