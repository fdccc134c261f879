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
	"reflect"
	"slices"
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

// router is a reverse proxy that goes by the labels of services as Traefik does:
// each running task is a server, those of one name are merged, and of what is said
// twice, and not in the same words, nothing is taken.
type router struct {
	l *lab.Lab
	// forwards lead to the ports of nodes.
	forwards map[string]*lab.Forward

	mu sync.Mutex
	// servers are those behind the host, and from is who they belong to.
	servers []string
	http    *httptest.Server
}

// site is what the labels of a service say of one router.
type site struct{ router, rule, service, port string }

// siteOf reads the labels; false where the service is not to be routed to.
func siteOf(labels map[string]string) (site, bool) {
	var out site
	if labels["traefik.enable"] == "false" {
		return out, false
	}
	for key, value := range labels {
		parts := strings.Split(key, ".")
		switch {
		case len(parts) == 5 && parts[2] == "routers" && parts[4] == "rule":
			out.router, out.rule = parts[3], value
		case len(parts) == 7 && parts[2] == "services" && parts[6] == "port":
			out.service, out.port = parts[3], value
		}
	}
	return out, out.rule != "" && out.service != ""
}

func newRouter(t *testing.T, l *lab.Lab) *router {
	t.Helper()
	r := &router{l: l, forwards: map[string]*lab.Forward{}}
	r.http = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			r.mu.Lock()
			defer r.mu.Unlock()
			to := &url.URL{Scheme: "http", Host: "127.0.0.1:1"} // Nobody: the request is lost.
			if n := len(r.servers); n > 0 {
				to.Host = r.servers[rand.IntN(n)]
			}
			p.SetURL(to)
		},
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			if servers, err := r.ask(ctx); err == nil {
				r.mu.Lock()
				r.servers = servers
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

// ask reads which servers there are.
func (r *router) ask(ctx context.Context) ([]string, error) {
	var services []swarm.Service
	var tasks []swarm.Task
	if err := r.l.Manager(0).API(ctx, "GET", "/services", nil, &services); err != nil {
		return nil, err
	}
	if err := r.l.Manager(0).API(ctx, "GET", "/tasks?filters="+url.QueryEscape(`{"desired-state":["running"]}`), nil, &tasks); err != nil {
		return nil, err
	}
	var first *site
	var out []string
	for _, s := range services {
		said, routed := siteOf(s.Spec.Labels)
		if !routed {
			continue
		}
		if first != nil && !reflect.DeepEqual(*first, said) {
			return nil, nil // Said twice, and not the same.
		}
		first = &said
		for _, t := range tasks {
			if t.ServiceID == s.ID && t.Status.State == swarm.TaskStateRunning {
				for _, p := range t.Status.PortStatus.Ports {
					if strconv.Itoa(int(p.TargetPort)) == said.port {
						out = append(out, r.server(t.NodeID, int(p.PublishedPort)))
					}
				}
			}
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" }), nil
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

// load asks a URL for as long as the test runs, and counts what comes back.
type load struct {
	mu   sync.Mutex
	said map[string]int
	lost []string
	// answered is when something came back last, and quiet the longest time between
	// two answers.
	answered time.Time
	quiet    time.Duration
}

func newLoad(t *testing.T, address string, clients int) *load {
	t.Helper()
	l := &load{said: map[string]int{}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
			for ctx.Err() == nil {
				text, err := get(client, address)
				l.mu.Lock()
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
	t.Cleanup(func() { stop(); running.Wait() })
	return l
}

func get(client *http.Client, address string) (string, error) {
	r, err := client.Get(address)
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

// take gives what came back since it was asked last, and starts anew.
func (l *load) take() (said map[string]int, lost []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said, lost, l.said, l.lost = l.said, l.lost, map[string]int{}, nil
	return said, lost
}
