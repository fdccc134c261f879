package fault

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// exchange is one request with its answer.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
	// over is closed when the rules are no longer in force that the request
	// began with.
	over <-chan struct{}
}

// abort breaks the connection. What was flushed before arrives.
func (x *exchange) abort() { panic(http.ErrAbortHandler) }

// wait waits, until the rules change at most. If the client goes there is
// nothing more to do.
func (x *exchange) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.over:
	case <-x.r.Context().Done():
		x.abort()
	}
}

// flush sends what was written so far on its way.
func (x *exchange) flush() { _ = http.NewResponseController(x.w).Flush() }

// reply answers in place of the engine.
func (x *exchange) reply(status int, body []byte) {
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body)
}

// forward asks the engine. An engine that cannot be asked looks to the client
// as it does to the proxy: a connection without an answer.
func (x *exchange) forward() *http.Response {
	out := x.r.Clone(x.r.Context())
	lead, _ := x.r.Context().Value(leadKey{}).(string)
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", lead, ""
	resp, err := x.proxy.engine.RoundTrip(out)
	if err != nil {
		x.abort()
	}
	return resp
}

// begin passes on the head of an answer, at once: a stream may not say anything
// for long.
func (x *exchange) begin(resp *http.Response) {
	for name, values := range resp.Header {
		x.w.Header()[name] = values
	}
	x.w.WriteHeader(resp.StatusCode)
	x.flush()
}

// copy passes on bytes as they come, up to a limit unless that is negative.
func (x *exchange) copy(from io.Reader, limit int) {
	buf := make([]byte, 32<<10)
	for limit != 0 {
		n, err := from.Read(buf)
		if limit >= 0 {
			n = min(n, limit)
			limit -= n
		}
		if _, failed := x.w.Write(buf[:n]); failed != nil {
			x.abort()
		}
		x.flush()
		switch err {
		case nil:
		case io.EOF:
			return
		default:
			x.abort() // What broke on that side is broken on this one.
		}
	}
}

func (f Delay) serve(x *exchange) {
	if f.For > 0 {
		x.wait(f.For)
	}
	resp := x.forward()
	defer resp.Body.Close()
	x.begin(resp)
	x.copy(resp.Body, -1)
}

func (f Cut) serve(x *exchange) {
	resp := x.forward()
	defer resp.Body.Close()
	if f.After > 0 {
		x.begin(resp)
		x.copy(resp.Body, f.After)
		x.abort()
	}
	// The head waits for the body: an answer of which nothing can be cut must
	// not arrive as a whole one.
	first := make([]byte, 32<<10)
	n, _ := resp.Body.Read(first)
	if n == 0 {
		x.abort()
	}
	x.begin(resp)
	_, _ = x.w.Write(first[:n/2])
	x.flush()
	x.abort()
}

func (Lose) serve(x *exchange) {
	resp := x.forward()
	_ = resp.Body.Close()
	x.abort()
}

func (Drop) serve(x *exchange) { x.abort() }

func (f Answer) serve(x *exchange) {
	if f.After {
		_ = x.forward().Body.Close()
	}
	if f.RetryAfter > 0 {
		x.w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	status := f.Status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	body, err := json.Marshal(map[string]string{"message": f.Text})
	if err != nil {
		x.abort() // A string is always JSON.
	}
	x.reply(status, append(body, '\n'))
}

func (Trickle) serve(x *exchange) {
	_ = x.forward().Body.Close()
	x.reply(http.StatusOK, nil)
	for {
		_, _ = x.w.Write([]byte(" "))
		x.flush()
		x.wait(time.Second)
	}
}

func (f Garbage) serve(x *exchange) {
	body := f.Body
	if body == "" {
		body = `[{"ID": "abc", "Spec": {"Name": ` + "\x00\xff }}}"
	}
	x.reply(http.StatusOK, []byte(body))
}

func (HalfEvent) serve(x *exchange) {
	x.reply(http.StatusOK, []byte(`{"Type":"service","Action":"update","Actor":{"ID":"q1`))
	x.flush()
	select {
	case <-x.over:
	case <-x.r.Context().Done():
	}
	x.abort()
}

func (f Silence) serve(x *exchange) {
	d := f.For
	if d == 0 {
		d = DefaultSilence
	}
	x.wait(d)
	x.abort()
}

// serve does what is left to do for a request that slipped in before the
// connections were refused.
func (Refuse) serve(x *exchange) { x.abort() }
