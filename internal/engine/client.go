package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/moby/moby/client"

	"skep/model"
)

// Client talks to the engine at one endpoint. It knows no other.
type Client struct {
	endpoint Endpoint
	shared   *shared
	http     *http.Client
	dial     dialFunc
	links    links
	// silentUntil is how long reads do not ask which swarm a connection leads
	// to, because the engine would not say; nanoseconds since 1970.
	silentUntil atomic.Int64
	// root is the scheme, host and path in front of every request's path.
	root url.URL
	// version is the API version in use, as in "1.41".
	version atomic.Pointer[string]
	// skew is how far the engine's clock is ahead of ours, in nanoseconds.
	skew atomic.Int64
	// asked is the GET /info on its way; nil while none is.
	asks  sync.Mutex
	asked *asking
}

// shared is what the clients of one pool have in common.
type shared struct {
	options  Options
	warning  string // what of docker's configuration could not be read
	counters counters
	specs    *interner
	words    *wordTable
	managers atomic.Pointer[[]model.Manager]
	swarm    identity
	// life ends with the pool, and with it what runs in the background.
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

func newShared(o Options) *shared {
	s := &shared{options: o, specs: newInterner(), words: newWordTable()}
	s.swarm.id = o.Swarm
	s.life, s.end = context.WithCancel(context.Background())
	if err := loadDockerConfig(o).err; err != nil {
		s.warning = "not all of docker's configuration could be read: " + err.Error()
	}
	return s
}

// close ends what runs in the background.
func (s *shared) close() {
	s.end()
	s.running.Wait()
}

// knownManagers are the swarm's managers as they were last named, for the day
// that the engine can no longer name them.
func (s *shared) knownManagers() []model.Manager {
	if m := s.managers.Load(); m != nil {
		return *m
	}
	return nil
}

// setManagers takes in who the managers are, and keeps the hostnames, which not
// every answer tells.
func (s *shared) setManagers(managers []model.Manager) {
	if len(managers) == 0 {
		return
	}
	for i, m := range managers {
		for _, known := range s.knownManagers() {
			if m.Hostname == "" && m.NodeID == known.NodeID {
				managers[i].Hostname = known.Hostname
			}
		}
	}
	s.managers.Store(&managers)
}

func newClient(e Endpoint, s *shared) (*Client, error) {
	dial, err := e.counted(s)
	if err != nil {
		return nil, badHost(e.Host, e.Source, err)
	}
	c := &Client{endpoint: e, shared: s, dial: dial}
	c.root = url.URL{Scheme: "http", Host: client.DummyHost}
	if e.scheme() == "tcp" {
		u, err := client.ParseHostURL(e.Host)
		if err != nil {
			return nil, badHost(e.Host, e.Source, err)
		}
		c.root.Host, c.root.Path = u.Host, u.Path
		if e.tls != nil {
			c.root.Scheme = "https"
		}
	}
	c.http = &http.Client{Transport: c, CheckRedirect: client.CheckRedirect}
	return c, nil
}

// close ends the connections that nothing uses. Streams that are still open
// go on until their readers close them.
func (c *Client) close() { c.dropLinks() }

// RoundTrip is the one gate through which every request goes.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	write := r.Method != http.MethodGet && r.Method != http.MethodHead
	if write && c.shared.options.ReadOnly {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, model.ErrReadOnly
	}
	if r.URL.Host != c.root.Host {
		// The Docker client names the engine otherwise than we do. Under one
		// name its requests and ours share connections, each of which may be
		// a login through ssh.
		r = r.Clone(r.Context())
		r.URL.Host = c.root.Host
	}
	c.shared.counters.requests.Add(1)
	if write {
		c.shared.counters.writes.Add(1)
	}
	resp, err := c.route(r, write)
	if note, ok := r.Context().Value(failureKey{}).(*failure); ok && err != nil {
		note.err = err
	}
	return resp, err
}

// route sends a request on a link: on the one that is held for it, or on any. A
// write goes out only where a link is held, because then the swarm has been
// asked on it which it is; see guarded.
func (c *Client) route(r *http.Request, write bool) (*http.Response, error) {
	if l, ok := r.Context().Value(linkKey{}).(*link); ok {
		return l.over(r, func() {})
	}
	if write {
		return nil, fmt.Errorf("%w: %w", model.ErrNotSent, model.ErrSwarmUnknown)
	}
	for asks := true; ; {
		l, fresh := c.take()
		asked := asks && c.doubts(l, r)
		if asked {
			if err := c.verify(r.Context(), l); err != nil {
				c.put(l)
				return nil, err
			}
		}
		if asked && l.dead.Load() {
			c.put(l)
		} else if resp, err := l.over(r, func() { c.put(l) }); !errors.Is(err, errSpent) || fresh && !asked {
			return resp, err
		}
		if asked {
			// It ended with the answer, or is about to: which of the two shows a
			// moment later. Another fresh connection is not asked: what ends each
			// with its answer, or does not answer, would not let anything be read.
			asks = !fresh
		}
	}
}

// failure takes down the error of a request that the Docker client makes: the
// client replaces it by a sentence of its own that leaves out the cause.
type (
	failure    struct{ err error }
	failureKey struct{}
)

// ping asks for the API version and settles on the one to use. Each time a new
// Docker client does it, because one that negotiated never goes up again when
// the engine was upgraded.
func (c *Client) ping(ctx context.Context) error {
	host := c.endpoint.Host
	if c.endpoint.scheme() == "ssh" {
		host = "http://" + client.DummyHost
	}
	// The HTTP client comes after the host, which would configure its
	// transport anew.
	pinger, err := client.New(client.WithHost(host), client.WithScheme(c.root.Scheme),
		client.WithHTTPClient(c.http), client.WithHTTPHeaders(c.endpoint.headers))
	if err != nil {
		return badHost(c.endpoint.Host, c.endpoint.Source, err)
	}
	note := &failure{}
	within, cancel := context.WithTimeoutCause(context.WithValue(ctx, failureKey{}, note), pingTimeout+c.loginTime(), errNoAnswer)
	defer cancel()
	answer, err := pinger.Ping(within, client.PingOptions{NegotiateAPIVersion: true, ForceNegotiate: true})
	switch {
	case err == nil:
	case errors.Is(context.Cause(within), errNoAnswer):
		return c.explain(ctx, "ping", fmt.Errorf("%w (waited %s)", errNoAnswer, pingTimeout))
	case note.err != nil:
		return c.explain(ctx, "ping", note.err)
	case answer.APIVersion != "" && olderThan(answer.APIVersion, client.MinAPIVersion):
		return c.troubled(model.APITooOld, err)
	case situationOf(err.Error()) != "":
		return c.troubled(situationOf(err.Error()), err)
	default:
		// It answered, and not as an engine does.
		return c.troubled(model.EngineError, err)
	}
	version := strings.TrimPrefix(pinger.ClientVersion(), "v")
	c.version.Store(&version)
	return nil
}

// url is the full address of an API path.
func (c *Client) url(p string, query url.Values) string {
	version := client.MaxAPIVersion
	if v := c.version.Load(); v != nil {
		version = *v
	}
	u := c.root
	u.Path = path.Join("/", u.Path, "v"+version) + p
	u.RawQuery = query.Encode()
	return u.String()
}

// APIVersions are the oldest and the newest version of the Engine API that the
// client speaks.
func APIVersions() (oldest, newest string) { return client.MinAPIVersion, client.MaxAPIVersion }
