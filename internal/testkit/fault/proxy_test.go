package fault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"skep/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is a small engine: a list of known length, one in chunks, a stream
// that says a line for each that is put into it, and a write without an answer.
type engine struct {
	host  string
	lines chan string
	asked atomic.Int32
}

const list = `[{"ID":"abcdefgh"},{"ID":"ijklmnop"}]`

func newEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{lines: make(chan string)}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1.41/services", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, list) })
	mux.HandleFunc("/v1.41/tasks", func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			_, _ = io.WriteString(w, list)
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/v1.41/events", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		for {
			select {
			case l := <-e.lines:
				_, _ = io.WriteString(w, l+"\n")
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.HandleFunc("POST /v1.41/echo", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("POST /v1.41/nodes/n/update", func(http.ResponseWriter, *http.Request) {})
	sock := testkit.Sock(t)
	ln, err := net.Listen("unix", sock)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	_ = server.Listener.Close()
	server.Listener = ln
	server.Start()
	t.Cleanup(server.Close)
	e.host = "unix://" + sock
	return e
}

// to is a client of a proxy that keeps no connection.
func to(p *Proxy) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", p.sock)
		},
	}}
}

// ask makes a request and reads the answer.
func ask(t *testing.T, p *Proxy, method, path, body string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequest(method, "http://x/v1.41"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := to(p).Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

func TestProxy_PassesWhatNoRuleFits(t *testing.T) {
	e := newEngine(t)
	p := New(t, e.host)
	p.Set(Rule{Method: "POST", Path: "^/services$", Fault: Drop{}}, Rule{Path: "^/nodes$", Fault: Drop{}})
	if resp, body, err := ask(t, p, "GET", "/services", ""); err != nil || body != list || resp.StatusCode != 200 {
		t.Errorf("%v %q %v", resp, body, err)
	}
	if resp, body, err := ask(t, p, "POST", "/echo", "as it is"); err != nil || body != "as it is" || resp.StatusCode != 201 {
		t.Errorf("%v %q %v", resp, body, err)
	}
	if _, body, err := ask(t, p, "GET", "/tasks", ""); err != nil || body != strings.Repeat(list, 100) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if resp, _, err := ask(t, p, "GET", "/nothing", ""); err != nil || resp.StatusCode != 404 {
		t.Errorf("%v %v", resp, err)
	}
	if got := fmt.Sprint(p.Requests()); got != "[GET /services POST /echo GET /tasks GET /nothing]" || p.Hits() != 0 || p.Count("^GET ") != 3 {
		t.Errorf("%s, %d hits", got, p.Hits())
	}
}

// TestProxy_Faults is one request a fault: what arrives, and whether the engine
// was asked.
func TestProxy_Faults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault        Fault
		method, path string
		status       int // 0 for no answer at all
		body, broken string
		reaches      bool
		takes        time.Duration
	}{
		"delay":              {Delay{For: 50 * time.Millisecond}, "GET", "/services", 200, list, "", true, 50 * time.Millisecond},
		"cut":                {Cut{}, "GET", "/services", 200, list[:len(list)/2], "unexpected EOF", true, 0},
		"cut in chunks":      {Cut{After: 1000}, "GET", "/tasks", 200, strings.Repeat(list, 100)[:1000], "unexpected EOF", true, 0},
		"cut of nothing":     {Cut{}, "POST", "/nodes/n/update", 0, "", "EOF", true, 0},
		"lose":               {Lose{}, "POST", "/echo", 0, "", "EOF", true, 0},
		"drop":               {Drop{}, "POST", "/echo", 0, "", "EOF", false, 0},
		"error after it":     {Answer{Text: "late", After: true}, "POST", "/echo", 500, `{"message":"late"}` + "\n", "", true, 0},
		"error":              {Answer{Text: `it "broke"`}, "GET", "/services", 500, `{"message":"it \"broke\""}` + "\n", "", false, 0},
		"too many":           {TooMany(3 * time.Second), "GET", "/services", 429, `{"message":"too many requests"}` + "\n", "", false, 0},
		"garbage":            {Garbage{Body: "<html>"}, "GET", "/services", 200, "<html>", "", false, 0},
		"silence of a while": {Silence{For: 50 * time.Millisecond}, "GET", "/services", 0, "", "EOF", false, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			p := New(t, e.host)
			p.Set(Rule{Path: ".", Fault: tt.fault})
			sent := ""
			if tt.method == "POST" { // Of a body that the engine does not read, the transport may make an error.
				sent = "x"
			}
			began := time.Now()
			resp, body, err := ask(t, p, tt.method, tt.path, sent)
			if took := time.Since(began); took < tt.takes {
				t.Errorf("it took %v", took)
			}
			if tt.broken == "" && err != nil || tt.broken != "" && (err == nil || !strings.Contains(err.Error(), tt.broken)) {
				t.Errorf("the error is %v", err)
			}
			switch {
			case (resp == nil) != (tt.status == 0), resp != nil && resp.StatusCode != tt.status, body != tt.body:
				t.Errorf("%v with %q", resp, body)
			case tt.status == 429 && resp.Header.Get("Retry-After") != "3":
				t.Errorf("the header is %v", resp.Header)
			}
			if reached := e.asked.Load() > 0; reached != tt.reaches {
				t.Errorf("the engine was asked: %v", reached)
			}
			if p.Hits() != 1 {
				t.Errorf("%d hits", p.Hits())
			}
		})
	}
}

func TestProxy_FirstRuleThatFitsSoManyTimes(t *testing.T) {
	p := New(t, newEngine(t).host)
	p.Set(
		Rule{Method: "GET", Path: "^/services$", Times: 2, Fault: Answer{Text: "one"}},
		Rule{Path: "^/(services|tasks)$", Skip: 1, Times: 1, Fault: Answer{Text: "two", Status: 503}},
	)
	var got []int
	for range 6 {
		resp, _, err := ask(t, p, "GET", "/services", "")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if fmt.Sprint(got) != "[500 500 200 503 200 200]" || p.Hits() != 3 {
		t.Errorf("%v, %d hits", got, p.Hits())
	}
}

// next reads a line of a stream, or what ended it.
func next(t *testing.T, lines *bufio.Reader) (string, error) {
	t.Helper()
	l, err := lines.ReadString('\n')
	return strings.TrimSpace(l), err
}

func TestProxy_StreamsAsItComesAndCanBeSevered(t *testing.T) {
	e := newEngine(t)
	p := New(t, e.host)
	resp, err := to(p).Get("http://x/v1.41/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for _, l := range []string{"a", "b"} {
		e.lines <- l // The next is not said before this one has arrived.
		if got, err := next(t, lines); got != l || err != nil {
			t.Fatal(got, err)
		}
	}
	p.Set(Rule{Path: "^/events$", Fault: Drop{}})
	e.lines <- "an open stream is not the new rules' business"
	if got, err := next(t, lines); err != nil || !strings.HasPrefix(got, "an open") {
		t.Fatal(got, err)
	}
	if p.Open("^/events$") != 1 || p.Sever("^/services$") != 0 || p.Sever("^/events$") != 1 {
		t.Error("the stream is not known as open")
	}
	if got, err := next(t, lines); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(got, err)
	}
	if _, _, err := ask(t, p, "GET", "/events", ""); err == nil {
		t.Error("the new stream met no fault")
	}
	if p.Open(".") != 0 {
		t.Error("an ended stream counts as open")
	}
}

// TestProxy_ClearEndsWhatIsHeldUp waits for nothing: the times are far longer
// than the test may take.
func TestProxy_ClearEndsWhatIsHeldUp(t *testing.T) {
	for name, tt := range map[string]struct {
		fault Fault
		says  string
		fails bool
	}{
		"delay":      {Delay{For: time.Hour}, list, false},
		"silence":    {Silence{}, "", true},
		"half event": {HalfEvent{}, `{"Type":"service","Action":"update","Actor":{"ID":"q1`, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(t, newEngine(t).host)
			p.Set(Rule{Fault: tt.fault})
			go func() {
				for p.Open("^/services$") == 0 {
					time.Sleep(time.Millisecond)
				}
				p.Clear()
			}()
			_, body, err := ask(t, p, "GET", "/services", "")
			if body != tt.says || (err != nil) != tt.fails {
				t.Errorf("%q %v", body, err)
			}
		})
	}
}

func TestProxy_RefusesConnectionsUntilTheRulesChange(t *testing.T) {
	e := newEngine(t)
	p := New(t, e.host)
	resp, err := to(p).Get("http://x/v1.41/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 2 { // The second time is no different.
		p.Set(Rule{Fault: Refuse{}})
		if _, _, err := ask(t, p, "GET", "/services", ""); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("the error is %v", err)
		}
	}
	if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
		t.Error("a connection stands")
	}
	p.Set(Rule{Path: "^/nodes$", Fault: Drop{}})
	if _, body, err := ask(t, p, "GET", "/services", ""); body != list || err != nil {
		t.Errorf("%q %v", body, err)
	}
}

// TestProxy_LeavesNothingBehind ends proxies in the middle of everything, and
// one whose engine is gone.
func TestProxy_LeavesNothingBehind(t *testing.T) {
	e := newEngine(t)
	before := goleak.IgnoreCurrent()
	t.Run("busy", func(t *testing.T) {
		p := New(t, e.host)
		p.Set(Rule{Path: "^/services$", Fault: Delay{For: time.Hour}}, Rule{Path: "^/echo$", Fault: Silence{}},
			Rule{Path: "^/half$", Fault: HalfEvent{}})
		for _, path := range []string{"/services", "/echo", "/half", "/events"} {
			go func() { _, _, _ = ask(t, p, "GET", path, "") }()
			for p.Open("^"+path+"$") == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	})
	t.Run("gone", func(t *testing.T) {
		p := New(t, e.host+"-gone")
		if _, _, err := ask(t, p, "GET", "/services", ""); err == nil {
			t.Error("an answer without an engine")
		}
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
