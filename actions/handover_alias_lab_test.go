package actions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"skep/lab"
)

// askAlias asks for an alias ten times a second and writes down what comes: none
// where nobody is called so, the version that answers, or lost where none does. An
// engine without ip_vs carries nothing to a virtual IP: then up is all that there is.
const askAlias = `while :; do
a=$(nslookup api 127.0.0.11 2>/dev/null | tail -n +3 | grep -o 'Address.*' | grep -v '127.0.0.11' | head -n 1); a=${a##* }
case "$a" in "") echo none;; *) if [ "$MODE" = vip ]; then echo "$a"; else wget -q -O - "http://$a:8080/" 2>/dev/null || echo lost; fi;; esac >>/tmp/said
sleep 0.1; done`

// TestSwitch_ByAliasOnARealSwarm hands an alias over and back, while a client asks
// for it, with virtual IPs and without, and finishes it.
func TestSwitch_ByAliasOnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1", lab.Command("sh", "-c", serveVersion))
	s.Image(t, "app:2", lab.Command("sh", "-c", serveVersion))
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	s.docker(t, "network", "create", "--driver", "overlay", "inside")
	for _, mode := range []string{"dnsrr", "vip"} {
		t.Run(mode, func(t *testing.T) { s.testAlias(t, mode) })
	}
}

func (s *stage) testAlias(t *testing.T, mode string) {
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "client", "--constraint", "node.role==manager", "--network", "inside",
		"--env", "MODE="+mode, "app:1", "sh", "-c", askAlias)
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "web", "--replicas", "3", "--network", "name=inside,alias=api",
		"--endpoint-mode", mode, "--update-monitor", "1s", "--update-order", "start-first", "--stop-grace-period", "2s", "app:1")
	s.settle(t, "web", 3, nil)
	s.settle(t, "client", 1, nil)
	blue := "app:1"
	if mode == "vip" {
		blue = s.virtualIP(t, "web")
	}
	s.eventually(t, patience, func() error {
		if s.heard(t)[blue] == 0 {
			return fmt.Errorf("nobody is called")
		}
		return nil
	})
	if end, _ := s.walk(t, s.plan(t, "green", s.target(t, "web"), map[string]string{"image": "app:2"})); end.Done == "" {
		t.Fatal(end)
	}
	green := "app:2"
	if mode == "vip" {
		green = s.virtualIP(t, "web-green")
	}
	s.alone(t, "green came up", blue)
	for _, one := range []struct{ verb, last string }{{"switch", green}, {"switch-back", blue}, {"switch", green}} {
		p := s.plan(t, one.verb, s.target(t, "web"), map[string]string{"pause": "3s"})
		if end, _ := s.walk(t, p); end.Done == "" {
			t.Fatal(end)
		}
		s.known(t, mode, one.verb)
		s.eventually(t, patience, func() error { // The last tasks may stop still.
			time.Sleep(time.Second)
			if said := s.heard(t); len(said) != 1 || said[one.last] == 0 {
				return fmt.Errorf("%v", said)
			}
			return nil
		})
	}
	if end, _ := s.walk(t, s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "3s"})); end.Done != "web-green is gone" {
		t.Fatal(end)
	}
	s.known(t, mode, "finish")
	s.docker(t, "service", "rm", "web", "client")
	s.eventually(t, patience, func() error {
		if out, _ := s.run("ps", "--quiet"); out != "" {
			return fmt.Errorf("containers are left")
		}
		return nil
	})
}

// known holds that the alias was never unknown, and tells what else came.
func (s *stage) known(t *testing.T, mode, when string) {
	t.Helper()
	said := s.heard(t)
	t.Logf("%s, %s: %v", mode, when, said)
	if said["none"] > 0 {
		t.Errorf("%s: the alias was unknown %d times of %v", when, said["none"], said)
	}
}

func (s *stage) alone(t *testing.T, when, who string) {
	t.Helper()
	if said := s.heard(t); len(said) != 1 || said[who] == 0 {
		t.Errorf("%s: %v", when, said)
	}
}

// heard is what the client wrote down since it was asked last.
func (s *stage) heard(t *testing.T) map[string]int {
	t.Helper()
	container := s.docker(t, "ps", "--quiet", "--filter", "label=com.docker.swarm.service.name=client")
	out := map[string]int{}
	for _, line := range strings.Fields(s.docker(t, "exec", container, "sh", "-c", "cat /tmp/said; : >/tmp/said")) {
		out[line]++
	}
	return out
}

func (s *stage) virtualIP(t *testing.T, name string) string {
	t.Helper()
	address, _, _ := strings.Cut(s.docker(t, "service", "inspect", "--format", "{{(index .Endpoint.VirtualIPs 0).Addr}}", name), "/")
	return address
}
