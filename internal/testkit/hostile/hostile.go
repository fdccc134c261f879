// Package hostile is an engine on the loopback that answers what no sound one
// does: lists and texts without an end, names of megabytes, a million tasks.
package hostile

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// Answer writes the body of an answer.
type Answer func(w *bufio.Writer)

// Engine is a manager of a swarm of one node, except for what is given.
type Engine struct {
	// Answers are by path, without the version; those of a collection end in a
	// slash.
	Answers map[string]Answer
	calm    atomic.Bool
}

// Calm makes it a sound engine from now on.
func (e *Engine) Calm() { e.calm.Store(true) }

const info = `{"Name":"m1","ServerVersion":"20.10.24","Swarm":{"NodeID":"n1","LocalNodeState":"active","ControlAvailable":true,` +
	`"RemoteManagers":[{"NodeID":"n1","Addr":"10.0.0.1:2377"}]}}`

// NodeJSON is the one node.
const NodeJSON = `{"ID":"n1","Version":{"Index":1},"Spec":{"Role":"manager","Availability":"active"},"Description":{"Hostname":"m1"},` +
	`"Status":{"State":"ready"},"ManagerStatus":{"Leader":true,"Reachability":"reachable","Addr":"10.0.0.1:2377"}}`

// ServiceJSON is the one service, web.
const ServiceJSON = `{"ID":"s1","Version":{"Index":1},"Spec":{"Name":"web","Mode":{"Replicated":{"Replicas":1}},` +
	`"TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}},"ServiceStatus":{"RunningTasks":1,"DesiredTasks":1}}`

// sound is what is answered where nothing is given.
var sound = map[string]Answer{
	"/info": text(info), "/swarm": text(`{"ID":"swarm1"}`), "/nodes": List(NodeJSON), "/services": List(ServiceJSON),
	"/services/": text(ServiceJSON), "/nodes/": text(NodeJSON), "/tasks": List(), "/networks": List(),
}

func text(s string) Answer { return func(w *bufio.Writer) { _, _ = w.WriteString(s) } }

// List is a list of what is given.
func List(elements ...string) Answer { return text("[" + strings.Join(elements, ",") + "]") }

// Endless is a text and then another, again and again, for as long as somebody
// reads.
func Endless(begin, more string) Answer {
	return func(w *bufio.Writer) {
		_, err := w.WriteString(begin)
		for err == nil {
			_, err = w.WriteString(more)
		}
	}
}

// Tasks are n tasks of the service.
func Tasks(n int) Answer {
	return func(w *bufio.Writer) {
		_ = w.WriteByte('[')
		for i := range n {
			if i > 0 {
				_ = w.WriteByte(',')
			}
			_, err := fmt.Fprintf(w, `{"ID":"t%024d","Version":{"Index":%d},"CreatedAt":"2026-01-02T03:04:05.678901234Z","UpdatedAt":"2026-01-02T03:04:05.678901234Z",`+
				`"Spec":{"ContainerSpec":{"Image":"app:1"}},"ServiceID":"s1","Slot":%d,"NodeID":"n1","Status":{"Timestamp":"2026-01-02T03:04:05.678901234Z",`+
				`"State":"running","Message":"started","ContainerStatus":{"ContainerID":"%064d","PID":%d}},"DesiredState":"running"}`, i, i, i+1, i, i+1)
			if err != nil {
				return
			}
		}
		_ = w.WriteByte(']')
	}
}

// Labels is the service with n labels.
func Labels(n int) Answer {
	return func(w *bufio.Writer) {
		begin, end, _ := strings.Cut(ServiceJSON, `"Name":"web"`)
		_, _ = w.WriteString(begin + `"Name":"web","Labels":{"a":"b"`)
		for i := range n - 1 {
			_, _ = fmt.Fprintf(w, `,"l%d":"v"`, i)
		}
		_, _ = w.WriteString("}" + end)
	}
}

// InList is a list of the one object.
func InList(one Answer) Answer {
	return func(w *bufio.Writer) {
		_ = w.WriteByte('[')
		one(w)
		_ = w.WriteByte(']')
	}
}

var version = regexp.MustCompile(`^/v1\.\d+`)

// Start serves the engine until the test ends, and returns its address.
func (e *Engine) Start(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: e, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "tcp://" + listener.Addr().String()
}

// ServeHTTP implements http.Handler.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := version.ReplaceAllString(r.URL.Path, "")
	w.Header().Set("Api-Version", "1.41")
	switch path {
	case "/_ping":
		return
	case "/events":
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	answer, ok := e.find(path)
	if !ok {
		http.Error(w, `{"message":"page not found"}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(w, 64<<10)
	answer(out)
	_ = out.Flush()
}

func (e *Engine) find(path string) (Answer, bool) {
	collection := path[:strings.LastIndexByte(path, '/')+1]
	given := e.Answers
	if e.calm.Load() {
		given = nil
	}
	for _, answers := range []map[string]Answer{given, sound} {
		for _, at := range []string{path, collection} {
			if a, ok := answers[at]; ok {
				return a, true
			}
		}
	}
	return nil, false
}
