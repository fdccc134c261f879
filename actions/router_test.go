package actions_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/lab"
)

// routerAsks is how often the router asks the engine. Traefik does every 15 seconds.
const routerAsks = 500 * time.Millisecond

// lostAfter is how long a request may take: one to an address that nobody has is not
// answered at all, and on a busy machine one that is takes long.
const lostAfter = 40 * time.Second

// router is a reverse proxy that goes by the labels of services as Traefik does:
// each running task is a server, those of one name are merged, and of what is said
// twice, and not in the same words, nothing is taken. Labels of [weighing] it reads as
// well, and there goes by the weights.
type router struct {
	l *lab.Lab
	// forwards lead to the ports of nodes.
	forwards map[string]*lab.Forward

	mu sync.Mutex
	// hosts are what requests for each host go to.
	hosts map[string][]backend
	// asked is how often it has.
	asked int
	// longest is the longest time between two answers.
	longest time.Duration
	http    *httptest.Server
}

// backend is a service behind a host: its servers, and which part of the requests it
// gets beside the others.
type backend struct {
	servers []string
	weight  int
}

// site is what the labels of a service say of one router.
type site struct{ router, host, service, port, weight string }

// name is what it has in common with another service that shares with it.
func (s site) name() site { s.weight = ""; return s }

// siteOf reads the labels; false where the service is not to be routed to.
func siteOf(labels map[string]string) (site, bool) {
	var out site
	if labels["traefik.enable"] == "false" {
		return out, false
	}
	for key, value := range labels {
		parts := strings.Split(key, ".")
		switch {
		case len(parts) == 5 && parts[0] == "traefik" && parts[2] == "routers" && parts[4] == "rule":
			out.router, out.host = parts[3], strings.TrimSuffix(strings.TrimPrefix(value, "Host(`"), "`)")
		case len(parts) == 7 && parts[0] == "traefik" && parts[2] == "services" && parts[6] == "port":
			out.service, out.port = parts[3], value
		case len(parts) == 3 && parts[0] == "weigher" && parts[2] == "host":
			out.router, out.service, out.host = parts[1], parts[1], value
		case len(parts) == 3 && parts[0] == "weigher" && parts[2] == "port":
			out.port = value
		case key == "weigher.weight":
			out.weight = value
		}
	}
	if out.weight == "" && labels["weigher."+out.router+".host"] != "" {
		out.weight = "100"
	}
	return out, out.host != "" && out.service != ""
}

// pick is a server of a host; nobody where there is none.
func (r *router) pick(host string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := 0
	for _, b := range r.hosts[host] {
		all += b.weight
	}
	for _, b := range r.hosts[host] {
		if n := rand.IntN(max(1, all)); n < b.weight {
			return b.servers[rand.IntN(len(b.servers))]
		}
		all -= b.weight
	}
	return "127.0.0.1:1" // Nobody: the request is lost.
}

func newRouter(t *testing.T, l *lab.Lab) *router {
	t.Helper()
	r := &router{l: l, forwards: map[string]*lab.Forward{}}
	r.http = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: r.pick(p.In.Host)})
		},
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		answered := time.Now()
		for ctx.Err() == nil {
			if hosts, err := r.ask(ctx); err == nil {
				r.mu.Lock()
				r.hosts = hosts
				r.asked++
				r.longest = max(r.longest, time.Since(answered))
				answered = time.Now()
				r.mu.Unlock()
			}
			select {
			case <-ctx.Done():
			case <-time.After(routerAsks):
			}
		}
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		r.http.Close()
		for _, f := range r.forwards {
			f.Close()
		}
	})
	return r
}

// ask reads what is behind each host.
func (r *router) ask(ctx context.Context) (map[string][]backend, error) {
	var services []swarm.Service
	var tasks []swarm.Task
	if err := r.l.Manager(0).API(ctx, "GET", "/services", nil, &services); err != nil {
		return nil, err
	}
	if err := r.l.Manager(0).API(ctx, "GET", "/tasks?filters="+url.QueryEscape(`{"desired-state":["running"]}`), nil, &tasks); err != nil {
		return nil, err
	}
	said, wrong := map[string]site{}, map[string]bool{}
	out := map[string][]backend{}
	for _, s := range services {
		is, routed := siteOf(s.Spec.Labels)
		if !routed {
			continue
		}
		if was, twice := said[is.router]; twice && was != is.name() {
			wrong[was.host], wrong[is.host] = true, true // Said twice, and not the same.
		}
		said[is.router] = is.name()
		b := backend{}
		for _, t := range tasks {
			if t.ServiceID == s.ID && t.Status.State == swarm.TaskStateRunning {
				for _, p := range t.Status.PortStatus.Ports {
					if strconv.Itoa(int(p.TargetPort)) != is.port {
						continue
					}
					if to := r.server(t.NodeID, int(p.PublishedPort)); to != "" {
						b.servers = append(b.servers, to)
					}
				}
			}
		}
		if b.weight = len(b.servers); b.weight > 0 && is.weight != "" {
			b.weight, _ = strconv.Atoi(is.weight)
		}
		out[is.host] = append(out[is.host], b)
	}
	for host := range wrong {
		delete(out, host)
	}
	return out, nil
}

// server is where a port of a node is to be reached.
func (r *router) server(node string, port int) string {
	key := node + ":" + strconv.Itoa(port)
	if f := r.forwards[key]; f != nil {
		return f.Addr()
	}
	for _, n := range r.l.Nodes() {
		var info struct{ Swarm struct{ NodeID string } }
		if err := n.API(context.Background(), "GET", "/info", nil, &info); err != nil || info.Swarm.NodeID != node {
			continue
		}
		f, err := n.NewForward(port)
		if err != nil {
			return ""
		}
		r.forwards[key] = f
		return f.Addr()
	}
	return ""
}

// load asks a URL for a host for as long as the test runs, and counts what comes back.
type load struct {
	// router is whom it asks; nil for none that has to notice.
	router  *router
	clients int

	mu   sync.Mutex
	said map[string]int
	lost []string
	// answered is when something came back last, and quiet the longest time between
	// two answers.
	answered time.Time
	quiet    time.Duration
	// ended are the requests that have come to an end.
	ended int
	// stop ends the asking, and waits for what is under way.
	stop func()
}

func (r *router) load(t *testing.T, host string, clients int) *load {
	t.Helper()
	return (&load{router: r, clients: clients}).run(t, r.http.URL, host)
}

func (l *load) run(t *testing.T, address, host string) *load {
	t.Helper()
	l.said = map[string]int{}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	l.stop = func() { cancel(); running.Wait() }
	for range l.clients {
		running.Go(func() {
			client := &http.Client{Timeout: lostAfter, Transport: &http.Transport{DisableKeepAlives: true}}
			for ctx.Err() == nil {
				text, err := get(client, address, host)
				l.mu.Lock()
				l.ended++
				if err == nil {
					if !l.answered.IsZero() {
						l.quiet = max(l.quiet, time.Since(l.answered))
					}
					l.answered = time.Now()
					l.said[text]++
				} else {
					l.lost = append(l.lost, err.Error())
				}
				l.mu.Unlock()
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	t.Cleanup(l.stop)
	return l
}

// end asks nothing more, and holds that nothing was lost of what was under way.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	if _, lost := l.take(); len(lost) > 0 {
		t.Errorf("lost at the end: %q", lost)
	}
}

func get(client *http.Client, address, host string) (string, error) {
	ask, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	ask.Host = host
	r, err := client.Do(ask)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, body)
	}
	return strings.TrimSpace(string(body)), err
}

// noticed waits until the router has noticed what is, and no request is under way that
// began before: on a busy machine that takes longer than it should.
func (l *load) noticed() {
	count := func() (asked, ended int) {
		if l.router != nil {
			l.router.mu.Lock()
			defer l.router.mu.Unlock()
			asked = l.router.asked
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return asked, l.ended
	}
	until := func(enough func(asked, ended int) bool) {
		for end := time.Now().Add(2 * lostAfter); !enough(count()) && time.Now().Before(end); time.Sleep(routerAsks / 10) {
		}
	}
	asked, _ := count()
	until(func(now, _ int) bool { return l.router == nil || now >= asked+2 })
	_, ended := count()
	until(func(_, now int) bool { return now >= ended+3*l.clients })
}

// late says how long the router went without an answer of the engine: where that is
// longer than a procedure pauses, it lost what it did not know of.
func (l *load) late() string {
	if l.router == nil {
		return "without a router"
	}
	l.router.mu.Lock()
	defer l.router.mu.Unlock()
	return fmt.Sprintf("the router had %d answers of the engine, the longest wait for one took %s", l.router.asked, l.router.longest.Round(time.Millisecond))
}

// take gives what came back since it was asked last, and starts anew.
func (l *load) take() (said map[string]int, lost []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said, lost, l.said, l.lost = l.said, l.lost, map[string]int{}, nil
	return said, lost
}
