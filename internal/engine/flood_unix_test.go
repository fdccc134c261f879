//go:build unix

package engine

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"skep/internal/logstream"
	"skep/internal/testkit"
)

// floodSock is the variable that makes the test program an engine on the socket in
// it, with tasks that write as fast as floodRate says: in a process of its own, so
// that what it takes is not counted as the reader's.
const floodSock = "SKEP_TEST_FLOOD"

const (
	floodTasks = 4
	floodRate  = 50_000 // lines a second, of all tasks
)

func floodAsChild() (is bool) {
	path := os.Getenv(floodSock)
	if path == "" {
		return false
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		return true
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.41") })
	mux.HandleFunc("/{version}/tasks/{id}/logs", writeFlood)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // It ends with who started it.
		os.Exit(0)
	}()
	fmt.Println(http.Serve(listener, mux))
	return true
}

// writeFlood writes lines as an engine does, each by itself, at a steady pace.
func writeFlood(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	for sent := 0; r.Context().Err() == nil; time.Sleep(200 * time.Microsecond) {
		for due := int(time.Since(begun).Seconds() * floodRate / floodTasks); sent < due; sent++ {
			line := fmt.Sprintf("%s com.docker.swarm.node.id=vzt0yvxjiq8bbh5kouewiglq5,com.docker.swarm.service.id=qic9cas9wg15gc73xrot1g6nq,com.docker.swarm.task.id=%s "+
				"level=info msg=\"request served\" method=GET path=/api/v1/items/%d status=200 bytes=1234 took=3.2ms\n",
				time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z07:00"), r.PathValue("id"), sent)
			frame := binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, uint32(len(line)))
			if _, err := w.Write(append(frame, line...)); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// cpuTime is what this process has taken of the processors.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFollow_50k follows four tasks that write 50,000 lines a second, from the
// socket into the ring, and tells the time of a processor that this takes: less than
// a quarter of one is 5,000 ns a line. On a busy machine of two processors it was 2,260
// to 2,770, and in the same minutes 3,790 to 4,470 with connections that Go watches all
// the time and reads that do not gather lines.
func BenchmarkFollow_50k(b *testing.B) {
	path := testkit.Sock(b)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), floodSock+"="+path)
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = child.Wait() }()
	for range 100 {
		if c, err := net.Dial("unix", path); err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	p := NewPool([]Endpoint{{Host: "unix://" + path}}, Options{})
	defer p.Close()
	var targets []logstream.Target
	for i := range floodTasks {
		targets = append(targets, logstream.Target{Task: fmt.Sprintf("knpwyzs6x7w0q0eqx0t31ou%02d", i)})
	}
	s := logstream.Follow(b.Context(), p, targets, logstream.Limits{})
	defer s.Close()
	for begun := time.Now(); s.Stats().Next < floodRate/2; time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			b.Fatalf("it does not come: %+v", s.Stats())
		}
	}
	b.ResetTimer()
	at, cpu := s.Stats().Next, cpuTime(b)
	for b.Loop() {
		time.Sleep(time.Second / 10)
	}
	lines := float64(s.Stats().Next - at)
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/lines, "cpu-ns/line")
	b.ReportMetric(lines/b.Elapsed().Seconds(), "lines/s")
}
