package actions_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

// serveVersion serves the version of its image, and stops at once when it is told
// to: what is sent to it after that is lost.
const serveVersion = `trap 'exit 0' TERM; cat /etc/version >/tmp/index.html; httpd -f -p 8080 -h /tmp & wait`

// TestSwitch_OnARealSwarm switches requests over, back by an undo, over again in
// steps, and makes the old service the new one, while clients ask a proxy that goes
// by the labels; and by weights, where it has those. None of their requests is lost.
func TestSwitch_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1", lab.Command("sh", "-c", serveVersion))
	s.Image(t, "app:2", lab.Command("sh", "-c", serveVersion))
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "web", "--replicas", "3", "--publish", "mode=host,target=8080",
		"--update-monitor", "1s", "--update-order", "start-first", "--stop-grace-period", "2s",
		"--health-cmd", "wget -q -O /dev/null http://127.0.0.1:8080/", "--health-interval", "1s",
		"--label", "traefik.http.routers.web.rule=Host(`shop`)", "--label", "traefik.http.services.web.loadbalancer.server.port=8080", "app:1")
	blue := s.settle(t, "web", 3, nil)
	proxy := newRouter(t, s.Lab)
	load := proxy.load(t, "shop", 4)
	s.eventually(t, patience, func() error {
		if said, _ := load.take(); said["app:1"] == 0 {
			return fmt.Errorf("nothing comes back")
		}
		return nil
	})
	load.take()

	p := s.plan(t, "green", s.target(t, "web"), map[string]string{"image": "app:2"})
	if end, _ := s.walk(t, p); !strings.Contains(end.Done, "web-green is up") {
		t.Fatalf("it ended with %s", end)
	}
	green := s.settle(t, "web-green", 3, nil)
	s.only(t, load, "green came up", "app:1")

	c := s.console(filepath.Join(t.TempDir(), "journal.jsonl"))
	c.runPlan(t, s.plan(t, "switch", s.target(t, "web"), map[string]string{"pause": "1s"}))
	s.only(t, load, "all at once", "app:1", "app:2")
	s.only(t, load, "after that", "app:2")
	c.takeBack(t, c.last)
	s.only(t, load, "the undo", "app:1", "app:2")
	s.only(t, load, "after the undo", "app:1")
	if !maps.Equal(s.running(t, "web"), blue) || !maps.Equal(s.running(t, "web-green"), green) {
		t.Error("labels restarted tasks")
	}

	s.testShares(t, load, blue)
	s.testFinish(t, load)
	load.end(t)
	t.Run("by weights", func(t *testing.T) { s.testWeights(t, proxy) })
	t.Run("by a published port", s.testPorts)
}

// only waits until the router has asked, and holds that nothing else comes back
// than this, all of it, and nothing is lost.
func (s *stage) only(t *testing.T, load *load, when string, versions ...string) {
	t.Helper()
	time.Sleep(2 * routerAsks)
	load.noticed()
	said, lost := load.take()
	t.Logf("%s: %v, %d lost", when, said, len(lost))
	if len(lost) > 0 {
		t.Errorf("%s: %d requests were lost: %s (%s)", when, len(lost), lost[0], load.late())
	}
	for version := range said {
		if !slices.Contains(versions, version) {
			t.Errorf("%s: %d came from %s (%s)", when, said[version], version, load.late())
		}
	}
	for _, version := range versions {
		if said[version] == 0 && len(versions) == 1 {
			t.Errorf("%s: none came from %s (%s)", when, version, load.late())
		}
	}
}

// stepped switches a service in steps of so many percent, and looks at what each part
// gets for as long as what tells the parts stays the same.
func (s *stage) stepped(t *testing.T, m *shares, name, percents string, part func() string) actions.Move {
	t.Helper()
	p := s.plan(t, "switch", s.target(t, name), map[string]string{"steps": percents, "pause": "6s"})
	r := actions.Run(t.Context(), s.eng, p, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	procedure, _ := p.Procedure()
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
		m.look(t, part())
		return false
	})
	return end
}

// testShares goes over in steps, and holds what part of the requests each gets.
func (s *stage) testShares(t *testing.T, load *load, blue map[model.TaskID]model.NodeID) {
	t.Helper()
	m := shares{load: load, part: map[string]string{}, percent: map[string]int{}}
	end := s.stepped(t, &m, "web", "25", func() string { return fmt.Sprint(routing(s.snapshot(t))) })
	m.hold(t, map[string]int{"map[web:3 web-green:1]": 25, "map[web:3 web-green:3]": 50}, 20)
	if end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
	s.only(t, load, "the last step", "app:1", "app:2")
	s.only(t, load, "after all steps", "app:2")
	if !maps.Equal(s.running(t, "web"), blue) {
		t.Error("tasks of the old one restarted")
	}
}

// testFinish makes the old one what the new one is.
func (s *stage) testFinish(t *testing.T, load *load) {
	t.Helper()
	began := time.Now()
	p := s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "5s"}) // The router asks late on a busy machine.
	if end, _ := s.walk(t, p); end.Done != "web-green is gone" {
		t.Fatalf("it ended with %s", end)
	}
	s.only(t, load, "the finish", "app:2")
	t.Logf("finished after %s", time.Since(began).Round(time.Second))
	if web := service(t, s.snapshot(t), "web"); web.Image() != "app:2" || len(model.Routed(web.Spec.Labels)) != 1 {
		t.Errorf("web runs %s, with labels %v", web.Image(), web.Spec.Labels)
	}
}

// testPorts hands a port over where there is no proxy, and measures for how long it
// does not answer; and then does without that, by finishing what was not switched.
func (s *stage) testPorts(t *testing.T) {
	s.docker(t, "service", "rm", "web")
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "web", "--publish", "mode=host,published=7070,target=8080",
		"--update-monitor", "1s", "--stop-grace-period", "2s", "--constraint", "node.role==worker", "app:1")
	s.settle(t, "web", 1, nil)
	if end, _ := s.walk(t, s.plan(t, "green", s.target(t, "web"), map[string]string{"image": "app:2"})); end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
	p := s.plan(t, "switch", s.target(t, "web"), nil)
	t.Log("preview:\n" + said(p))
	if p.Impact.Restarts != 2 || !strings.Contains(said(p), "answers nothing from when") || strings.Contains(said(p), "never finish") {
		t.Errorf("planned %+v", p.Impact)
	}
	load := (&load{clients: 1}).run(t, "http://"+s.Worker(0).ForwardPort(t, 7070), "")
	c := s.console(filepath.Join(t.TempDir(), "journal.jsonl"))
	c.runPlan(t, p)
	gap := func(version string) {
		t.Helper()
		s.eventually(t, patience, func() error {
			if now, _ := load.take(); now[version] == 0 {
				return fmt.Errorf("%s does not answer", version)
			}
			return nil
		})
		load.mu.Lock()
		defer load.mu.Unlock()
		t.Logf("before %s answered, nothing did for %s", version, load.quiet.Round(100*time.Millisecond))
		load.quiet = 0
	}
	gap("app:2")
	s.settle(t, "web", 1, nil)
	c.takeBack(t, c.last)
	gap("app:1")
	s.settle(t, "web-green", 1, nil)
	if end, _ := s.walk(t, s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "0s"})); end.Done != "web-green is gone" {
		t.Fatalf("it ended with %s", end)
	}
	gap("app:2")
}
