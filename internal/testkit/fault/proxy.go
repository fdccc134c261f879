package fault

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"skep/internal/testkit"
)

// Proxy is an engine's socket with faults in front of it. Its methods may be
// called at any time by any goroutine.
type Proxy struct {
	t      testing.TB
	sock   string
	engine *http.Transport

	mu sync.Mutex
	// targets are the sockets that connections have led to, the last the one
	// that new ones lead to.
	targets []string
	conns   map[net.Conn]bool // that stand
	rules   []*ruling
	// over ends what the rules in force hold up.
	over chan struct{}
	seen []string
	open map[*underway]bool
	// server is nil while connections are refused.
	server *http.Server
	served sync.WaitGroup
	// answering are the requests; it grows under mu and not after the end.
	answering sync.WaitGroup
	ended     bool
}

// underway is a request that is being answered.
type underway struct {
	path   string
	cancel context.CancelFunc
}

// New makes a proxy in front of the unix socket that host is the address of. It
// ends with the test.
func New(t testing.TB, host string) *Proxy {
	t.Helper()
	p := &Proxy{t: t, sock: testkit.Sock(t), over: make(chan struct{}), open: map[*underway]bool{}, conns: map[net.Conn]bool{}}
	p.engine = &http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", p.target(address))
		},
	}
	t.Cleanup(p.close)
	p.Point(host)
	if err := p.listen(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Host is the proxy's own address, in the form of DOCKER_HOST.
func (p *Proxy) Host() string { return "unix://" + p.sock }

// Point makes new connections lead to another socket, as when a tunnel is made
// anew or an address moves. Those that stand go on to where they led; see
// [Proxy.Break].
func (p *Proxy) Point(host string) {
	p.t.Helper()
	target, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		p.t.Errorf("fault: %s is not the address of a unix socket", host)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets = append(p.targets, target)
}

// Break breaks the connections that stand.
func (p *Proxy) Break() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// standing keeps the connections that stand.
func (p *Proxy) standing(c net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateNew:
		p.conns[c] = true
	case http.StateClosed:
		delete(p.conns, c)
	}
}

// lead keeps with a connection where it leads to: the name of a host, which
// target knows.
func (p *Proxy) lead(ctx context.Context, _ net.Conn) context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	return context.WithValue(ctx, leadKey{}, "engine"+strconv.Itoa(len(p.targets)-1))
}

type leadKey struct{}

// target is the socket of such a name.
func (p *Proxy) target(address string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(address, "engine"), ":")
	i, err := strconv.Atoi(name)
	if err != nil {
		return "" // All names are those of lead.
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.targets[i]
}

// Set puts rules in force in place of those before, and ends what those hold
// up: a request that is delayed goes on, a silent one is cut.
func (p *Proxy) Set(rules ...Rule) {
	p.t.Helper()
	var next []*ruling
	refuse := false
	for _, r := range rules {
		re, err := regexp.Compile(r.Path)
		if err != nil {
			p.t.Errorf("fault: %v", err)
			return
		}
		if _, ok := r.Fault.(Refuse); ok {
			if r != (Rule{Fault: Refuse{}}) {
				p.t.Error("fault: connections are refused before there is a request")
				return
			}
			refuse = true
		}
		next = append(next, &ruling{Rule: r, path: re})
	}
	p.mu.Lock()
	close(p.over)
	p.over, p.rules = make(chan struct{}), next
	server := p.server
	if refuse {
		p.server = nil
	}
	p.mu.Unlock()
	switch {
	case refuse && server != nil:
		_ = server.Close()
		p.served.Wait()
	case !refuse && server == nil:
		if err := p.listen(); err != nil {
			p.t.Errorf("fault: %v", err)
		}
	}
}

// Clear takes all rules away.
func (p *Proxy) Clear() {
	p.t.Helper()
	p.Set()
}

// Hits is how many requests have met a fault since the rules were set.
func (p *Proxy) Hits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, r := range p.rules {
		n += r.hits
	}
	return n
}

// Requests lists what was asked since the start, as "GET /services", faulty or
// not. The version of the API and the query are left out.
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// Count is how many of the requests match a regular expression, such as
// "^POST ".
func (p *Proxy) Count(expr string) int {
	re := regexp.MustCompile(expr)
	n := 0
	for _, r := range p.Requests() {
		if re.MatchString(r) {
			n++
		}
	}
	return n
}

// Open is how many requests are being answered whose path matches, such as open
// streams.
func (p *Proxy) Open(path string) int { return len(p.under(path)) }

// Sever breaks the connections of the answers that are on their way and whose
// path matches, and tells how many they were.
func (p *Proxy) Sever(path string) int {
	found := p.under(path)
	for _, u := range found {
		u.cancel()
	}
	return len(found)
}

func (p *Proxy) under(path string) []*underway {
	re := regexp.MustCompile(path)
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []*underway
	for u := range p.open {
		if re.MatchString(u.path) {
			found = append(found, u)
		}
	}
	return found
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := plainPath(r)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	u := &underway{path: path, cancel: cancel}
	x := &exchange{proxy: p, w: w, r: r.WithContext(ctx)}
	met := p.admit(u, r.Method, x)
	defer p.leave(u)
	met.serve(x)
}

func (p *Proxy) leave(u *underway) {
	p.mu.Lock()
	delete(p.open, u)
	p.mu.Unlock()
	p.answering.Done()
}

// admit notes a request and finds what is to happen to it.
func (p *Proxy) admit(u *underway, method string, x *exchange) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answering.Add(1)
	if p.ended {
		return Drop{}
	}
	p.open[u] = true
	p.seen = append(p.seen, method+" "+u.path)
	x.over = p.over
	for _, rule := range p.rules {
		if rule.meets(method, u.path) {
			return rule.Fault
		}
	}
	return Delay{}
}

// listen takes connections.
func (p *Proxy) listen() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return errors.New("the proxy has ended")
	}
	if p.server != nil {
		return nil
	}
	// While connections were refused the socket stayed where it was.
	if err := os.Remove(p.sock); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ln, err := net.Listen("unix", p.sock)
	if err != nil {
		return err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	server := &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0), ConnContext: p.lead, ConnState: p.standing}
	p.server = server
	p.served.Go(func() { _ = server.Serve(ln) })
	return nil
}

func (p *Proxy) close() {
	p.mu.Lock()
	server := p.server
	p.server, p.ended = nil, true
	close(p.over)
	p.over = make(chan struct{})
	p.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	p.served.Wait()
	p.answering.Wait()
	p.engine.CloseIdleConnections()
}
