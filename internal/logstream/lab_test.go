package logstream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"skep/internal/logstream"
	"skep/lab"
)

// apiOpener asks a node's engine over its socket, as the Docker client does.
type apiOpener struct{ node *lab.Node }

func (o apiOpener) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", o.node.Sock())
		},
	}}
	args := url.Values{
		"stdout": {"1"}, "stderr": {"1"}, "timestamps": {"1"}, "details": {"1"},
		"follow": {strconv.FormatBool(q.Follow)}, "tail": {strconv.Itoa(q.Tail)},
	}
	if !q.Since.IsZero() {
		args.Set("since", fmt.Sprintf("%d.%09d", q.Since.Unix(), q.Since.Nanosecond()))
	}
	path := "/services/" + q.Service
	if q.Task != "" {
		path = "/tasks/" + q.Task
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine"+path+"/logs?"+args.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		if res.StatusCode == http.StatusNotFound {
			return nil, fmt.Errorf("%s: %w", text, logstream.ErrGone)
		}
		return nil, errors.New(res.Status + ": " + string(text))
	}
	return res.Body, nil
}

// counts is the program of a service that writes a number twice a second to
// each of its outputs.
const counts = `i=0; while :; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); sleep 0.5; done`

// perTask collects the lines of each task and output, and the other kinds.
func perTask(s *logstream.Stream) (tasks map[string][]string, other []string) {
	tasks = map[string][]string{}
	for _, l := range s.Window(0, 1<<20, nil) {
		switch l.Kind {
		case logstream.Stdout, logstream.Stderr:
			key := l.Task + " " + l.Kind.String()
			tasks[key] = append(tasks[key], l.Text)
		default:
			other = append(other, l.Kind.String()+": "+l.Text)
		}
	}
	return tasks, other
}

// wantSources is a check that lines of n tasks are there, both outputs.
func wantSources(s *logstream.Stream, n int) func() error {
	return func() error {
		if tasks, _ := perTask(s); len(tasks) < 2*n {
			return fmt.Errorf("%d sources, want %d", len(tasks), 2*n)
		}
		return nil
	}
}

// wantNoGap fails unless every source counts on without a gap or a double.
func wantNoGap(t *testing.T, s *logstream.Stream) {
	t.Helper()
	tasks, other := perTask(s)
	for key, lines := range tasks {
		last := -1
		for _, l := range lines {
			_, number, _ := strings.Cut(l, " ")
			n, err := strconv.Atoi(number)
			if err != nil || (last >= 0 && n != last+1) {
				t.Errorf("%s: %q after %d; others: %q", key, l, last, other)
				break
			}
			last = n
		}
	}
}

func create(t *testing.T, n *lab.Node, args ...string) string {
	t.Helper()
	id, err := n.Docker(append([]string{"service", "create", "--detach", "--no-resolve-image"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(id)
}

func TestLab_FollowsThroughChanges(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(3), lab.Workers(1))
	l.Image(t, "app:1")
	leader := l.Leader(t)
	asked := l.Manager(1)
	if asked == leader {
		asked = l.Manager(2)
	}
	// The leader that is killed below must not take a replica with it.
	for i := range 3 {
		if _, err := asked.Docker("node", "update", "--availability", "drain", l.Manager(i).Name); err != nil {
			t.Fatal(err)
		}
	}
	id := create(t, asked, "--name", "count", "--replicas", "2", "app:1", "sh", "-c", counts)
	s := logstream.Follow(t.Context(), apiOpener{asked}, []logstream.Target{{Service: id}}, logstream.Limits{})
	defer s.Close()

	lab.Eventually(t, time.Minute, wantSources(s, 2))
	if _, err := asked.Docker("service", "scale", "--detach", "count=3"); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, wantSources(s, 3))
	if _, err := asked.Docker("service", "update", "--detach", "--force", "--stop-grace-period", "1s", "--update-parallelism", "0", "count"); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, wantSources(s, 6))
	wantNoGap(t, s)

	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, time.Minute, func() error {
		_, other := perTask(s)
		for _, o := range other {
			if strings.HasPrefix(o, "notice: connection lost, resumed after") && s.Stats().State == logstream.Live {
				return nil
			}
		}
		return fmt.Errorf("not resumed: %q %+v", other, s.Stats())
	})
	before := s.Stats().Next
	lab.Eventually(t, time.Minute, func() error {
		if got := s.Stats().Next; got < before+40 {
			return fmt.Errorf("%d lines after the resumption", got-before)
		}
		return nil
	})
	wantNoGap(t, s)
	_, other := perTask(s)
	t.Log(other)
}

func TestLab_LongLinesAndTTY(t *testing.T) {
	t.Parallel()
	l := lab.Up(t)
	l.Image(t, "app:1")
	n := l.Manager(0)
	const program = `yes A | head -40000 | while read x; do printf A; done; echo; printf '\033[31mred\033[0m\ttab\n'; printf 'tail without end'; sleep 1000`
	for name, tty := range map[string]bool{"plain": false, "tty": true} {
		args := []string{"--name", name, "--tty=" + strconv.FormatBool(tty), "app:1", "sh", "-c", program}
		id := create(t, n, args...)
		// The wrong TTY setting on purpose: the stream tells what it is.
		s := logstream.Follow(t.Context(), apiOpener{n}, []logstream.Target{{Service: id, TTY: !tty}}, logstream.Limits{})
		lab.Eventually(t, time.Minute, func() error {
			lines := s.Window(0, 10, nil)
			if len(lines) != 2 || len(lines[0].Text) != 40000 || strings.Trim(lines[0].Text, "A") != "" ||
				lines[1].Text != "red     tab" || lines[0].Task == "" || lines[0].Task != lines[1].Task || lines[1].Node == "" {
				return fmt.Errorf("%s: %d lines, %+v", name, len(lines), s.Stats())
			}
			return nil
		})
		s.Close()
	}
}

func TestLab_NoSuchService(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	l := lab.Up(t)
	s := logstream.Follow(t.Context(), apiOpener{l.Manager(0)}, []logstream.Target{{Service: "nope"}}, logstream.Limits{})
	defer s.Close()
	lab.Eventually(t, 10*time.Second, func() error {
		if st := s.Stats(); st.State != logstream.Failed || !strings.Contains(st.Reason, "not found") {
			return fmt.Errorf("%+v", st)
		}
		return nil
	})
}
