package simswarm_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// frame is a piece of a multiplexed stream.
type frame struct {
	stream byte
	text   string
}

// demultiplex takes a stream apart.
func (e *engine) demultiplex(data []byte) []frame {
	e.t.Helper()
	var out []frame
	for len(data) > 0 {
		if len(data) < 8 || data[1] != 0 || data[2] != 0 || data[3] != 0 {
			e.t.Fatalf("not a frame: %q", data)
		}
		n := int(binary.BigEndian.Uint32(data[4:8]))
		if len(data) < 8+n {
			e.t.Fatalf("a frame of %d bytes, and %d left", n, len(data)-8)
		}
		out = append(out, frame{data[0], string(data[8 : 8+n])})
		data = data[8+n:]
	}
	return out
}

func (e *engine) logs(path string) []frame {
	e.t.Helper()
	status, data := e.do("GET", path, nil)
	if status != 200 {
		e.t.Fatalf("%s: %d %s", path, status, data)
	}
	return e.demultiplex(data)
}

func checkLogs(e *engine) {
	// The pauses keep the two streams in order, which engines do not promise.
	id := e.create(e.name("a"), replicas(2), script("echo one; sleep 0.4; echo two >&2; sleep 0.4; echo three; "+lives))
	up := e.want(id, "two tasks run", 2, running)
	logs := "/services/" + id + "/logs?"
	e.until("six lines", func() error {
		if f := e.logs(logs + "stdout=1&stderr=1"); len(f) != 6 {
			return fmt.Errorf("%v", f)
		}
		return nil
	})
	for _, f := range e.logs(logs + "stdout=1&stderr=1") {
		want := byte(1)
		if f.text == "two\n" {
			want = 2
		}
		equal(e, fmt.Sprintf("stream of %q", f.text), f.stream, want)
	}
	equal(e, "lines of stdout", len(e.logs(logs+"stdout=1")), 4)
	equal(e, "lines of stderr", len(e.logs(logs+"stderr=1")), 2)
	equal(e, "tail counts per task", len(e.logs(logs+"stdout=1&stderr=1&tail=1")), 2)
	equal(e, "tail counts before the choice of the stream", len(e.logs(logs+"stderr=1&tail=1")), 0)
	equal(e, "since", len(e.logs(logs+fmt.Sprintf("stdout=1&since=%d", time.Now().Add(time.Hour).Unix()))), 0)

	one := e.logs("/tasks/" + up[0].ID + "/logs?stdout=1&tail=1&timestamps=1&details=1")
	if len(one) != 1 {
		e.t.Fatalf("the task's log is %v", one)
	}
	stamp, rest, _ := strings.Cut(one[0].text, " ")
	if at, err := time.Parse(time.RFC3339Nano, stamp); err != nil || time.Since(at) > time.Hour {
		e.t.Errorf("time stamp %q: %v", stamp, err)
	}
	equal(e, "details and line", rest, "com.docker.swarm.node.id="+up[0].NodeID+",com.docker.swarm.service.id="+id+
		",com.docker.swarm.task.id="+up[0].ID+" three\n")
}

func checkTTYLogs(e *engine) {
	id := e.create(e.name("a"), script("echo one; echo two >&2; "+lives), func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.TTY = true })
	e.want(id, "the task runs", 1, running)
	e.until("a raw log", func() error {
		_, data := e.do("GET", "/services/"+id+"/logs?stdout=1&stderr=1", nil)
		if string(data) != "one\r\ntwo\r\n" {
			return fmt.Errorf("%q", data)
		}
		return nil
	})
}
