package simswarm

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// FuzzConstraint: what is accepted is found again in the text.
func FuzzConstraint(f *testing.F) {
	for _, s := range []string{"node.role==manager", "node.labels.a != b", "node.role=x", "==", "node.ip==10.0.0.0/8", "a!=b==c"} {
		f.Add(s)
	}
	s := New()
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConstraint(text)
		if err != nil {
			return
		}
		if !strings.Contains(text, c.key) || !strings.Contains(text, c.value) || strings.TrimSpace(c.key) != c.key {
			t.Errorf("%q is read as %+v", text, c)
		}
		for _, n := range s.nodes {
			other := c
			other.equal = !c.equal
			if c.match(n) && other.match(n) {
				t.Errorf("%q and its opposite both match", text)
			}
		}
	})
}

// FuzzScript: any script gives a log whose lines are in order and whose count
// agrees with the times of the lines.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		"echo a; sleep 1; echo b >&2; exit 3", "while true; do echo x $i; sleep 0.5; done", "for i in $(seq 3); do echo $i; done",
		"while true; do while true; do echo; done; done", "for", "do done", "'unclosed", "for i in 1 2; do exit; done; echo",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 {
			return
		}
		p := runScript(text)
		s, ok := p.out.(script)
		if !ok {
			t.Fatalf("%T", p.out)
		}
		lines := len(s.once)
		if len(s.loop) > 0 {
			lines += 3 * len(s.loop)
		}
		var last time.Duration
		for i := 0; i < min(lines, 200); i++ {
			at, stream, _ := s.line(i)
			if at < last || stream != 1 && stream != 2 {
				t.Fatalf("line %d of %q is at %v after %v on stream %d", i, text, at, last, stream)
			}
			if at < time.Hour && s.count(at) <= i {
				t.Fatalf("%d lines of %q by %v, want more than %d", s.count(at), text, at, i)
			}
			last = at
		}
	})
}

// FuzzJournal: a log is the same however it is read.
func FuzzJournal(f *testing.F) {
	f.Add("seed", int64(500), int64(7000), uint8(1))
	f.Add("", int64(0), int64(100), uint8(5))
	f.Fuzz(func(t *testing.T, seed string, from, ends int64, k uint8) {
		j := journal{
			voice: voices[kind(1+k%8)], seed: seed, begins: 400 * time.Millisecond, period: 900 * time.Millisecond,
			ends: forever, opens: []said{{0, 1, "open"}}, closes: []said{{20 * time.Millisecond, 1, "close"}},
		}
		if ends > 0 {
			j.ends = time.Second + time.Duration(ends%600000)*time.Millisecond // no program lives shorter
		}
		d := time.Duration(from%3600000) * time.Millisecond
		n := j.count(d)
		if n > 0 {
			if at, _, _ := j.line(n - 1); at > d {
				t.Errorf("line %d is counted by %v and written at %v", n-1, d, at)
			}
		}
		if !silent(&task{prog: program{out: j}}, n) {
			if at, _, _ := j.line(n); at <= d {
				t.Errorf("line %d is not counted by %v and written at %v", n, d, at)
			}
		}
	})
}

// FuzzFilters: no query makes the handler panic or hang.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{`{"service":["a"]}`, `{"id":{"x":true}}`, `{`, `{"label":["a=b","c"]}`, `null`, `{"_up-to-date":["yes"]}`} {
		f.Add(s)
	}
	s := New(WithClock(NewManualClock(epoch)))
	f.Cleanup(s.Close)
	h := s.Handler()
	f.Fuzz(func(t *testing.T, text string) {
		sel, err := selectionFrom(text, "id", "label", "service")
		if err == nil {
			for k := range sel {
				if k != "id" && k != "label" && k != "service" {
					t.Errorf("%q lets the key %q through", text, k)
				}
			}
		}
		for _, path := range []string{"/services", "/tasks", "/nodes", "/networks", "/secrets", "/configs", "/events"} {
			// The events end where they begin.
			answer(t, h, "GET", path+"?until=1&filters="+url.QueryEscape(text), "")
		}
	})
}

// FuzzBodies: no service and no network, new or changed, makes the handler or
// what follows panic.
func FuzzBodies(f *testing.F) {
	for _, s := range [][2]string{
		{`{"Name":"n","Driver":"overlay"}`, `{"Name":"s","TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Networks":[{"Target":"n"}]}}`},
		{`{"Name":"n","IPAM":{"Config":[{"Subnet":"fd00:1::/64"}]}}`, `{"TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Networks":[{"Target":"n"}]}}`},
		{`{"Name":"n","IPAM":{"Config":[{"Subnet":"255.255.255.255/32"}]}}`, `{"Mode":{"Replicated":{"Replicas":3}},"TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Networks":[{"Target":"n"}]}}`},
		{`{"Name":"n","IPAM":{"Config":[{"Subnet":"0.0.0.0/0"}]}}`, `{"Mode":{"Global":{}},"TaskTemplate":{"ContainerSpec":{"Image":"app:1"},"Networks":[{"Target":"n"}]}}`},
		{`{}`, `{"Mode":{"ReplicatedJob":{"MaxConcurrent":2,"TotalCompletions":0}},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Args":["true"]}}}`},
		{`[]`, `{"Mode":{"GlobalJob":{}},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Args":["false"]},"RestartPolicy":{"MaxAttempts":18446744073709551615}}}`},
		{`null`, `{"Mode":{"Replicated":{"Replicas":18446744073709551615}},"TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}`},
		{`""`, `{"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Secrets":[null],"Configs":[null]}}}`},
		{`1`, `{"UpdateConfig":{"Parallelism":18446744073709551615,"MaxFailureRatio":1e-9,"FailureAction":"rollback"},"TaskTemplate":{"ContainerSpec":{"Image":"app:1","Healthcheck":{"Test":["CMD","x"],"Retries":-1}},"Placement":{"MaxReplicas":1,"Preferences":[{}]}},"EndpointSpec":{"Ports":[{"PublishMode":"host","PublishedPort":1},{"TargetPort":2}]}}`},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, network, service string) {
		clock := NewManualClock(epoch)
		s := New(Bare(1, 1), WithImages("app:1"), WithClock(clock))
		defer s.Close()
		h := s.Handler()
		answer(t, h, "POST", "/networks/create", network)
		var made struct{ ID string }
		_ = json.Unmarshal([]byte(answer(t, h, "POST", "/services/create", service)), &made)
		clock.Advance(10 * time.Second)
		again := `{"Name":"other","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}`
		_ = json.Unmarshal([]byte(answer(t, h, "POST", "/services/create", again)), &made)
		for _, body := range []string{service, again} {
			var now swarm.Service
			_ = json.Unmarshal([]byte(answer(t, h, "GET", "/services/"+made.ID, "")), &now)
			answer(t, h, "POST", "/services/"+made.ID+"/update?version="+now.Version.String(), renamed(body, now.Spec.Name))
			clock.Advance(10 * time.Second)
		}
		for _, path := range []string{"/services?status=true&insertDefaults=true", "/tasks?_up-to-date=true", "/networks", "/info"} {
			answer(t, h, "GET", path, "")
		}
		answer(t, h, "DELETE", "/services/"+made.ID, "")
		clock.Advance(10 * time.Second)
	})
}

// renamed gives the service in a body a name, if it is a service.
func renamed(body, name string) string {
	var spec map[string]any
	if json.Unmarshal([]byte(body), &spec) != nil || spec == nil {
		return body
	}
	spec["Name"] = name
	b, err := json.Marshal(spec)
	if err != nil {
		return body
	}
	return string(b)
}

// answer asks the handler.
func answer(t *testing.T, h http.Handler, method, path, body string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Body.String()
}
