package actions_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"skep/model"
)

// testWeights switches over in steps behind a proxy with weights by label, which a
// rule tells of: what each gets is near its weight, nothing is lost, and no task
// restarts.
func (s *stage) testWeights(t *testing.T, proxy *router) {
	if err := model.SetProxies(weighing); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = model.SetProxies(nil) })
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "heavy", "--replicas", "2", "--publish", "mode=host,target=8080",
		"--update-monitor", "1s", "--update-order", "start-first", "--stop-grace-period", "2s",
		"--health-cmd", "wget -q -O /dev/null http://127.0.0.1:8080/", "--health-interval", "1s",
		"--label", "weigher.heavy.host=heavy", "--label", "weigher.heavy.port=8080", "app:1")
	blue := s.settle(t, "heavy", 2, nil)
	if end, _ := s.walk(t, s.plan(t, "green", s.target(t, "heavy"), map[string]string{"image": "app:2"})); end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
	green := s.settle(t, "heavy-green", 2, nil)
	load := proxy.load(t, "heavy", 4)
	s.eventually(t, patience, func() error {
		if said, _ := load.take(); said["app:1"] == 0 {
			return fmt.Errorf("nothing comes back")
		}
		return nil
	})
	load.take()

	m := shares{load: load, part: map[string]string{}, percent: map[string]int{}}
	end := s.stepped(t, &m, "heavy", "20,70", func() string {
		return s.labels(t, "heavy")["weigher.weight"] + "/" + s.labels(t, "heavy-green")["weigher.weight"]
	})
	if end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
	m.hold(t, map[string]int{"80/20": 20, "30/70": 70}, 12)
	s.only(t, load, "the last weight", "app:1", "app:2")
	s.only(t, load, "after all weights", "app:2")
	load.end(t)
	if !maps.Equal(s.running(t, "heavy"), blue) || !maps.Equal(s.running(t, "heavy-green"), green) {
		t.Error("weights restarted tasks")
	}
}

// shares measures what part of the requests each gets while that is the same.
type shares struct {
	load *load
	part map[string]string
	// percent are those that came from the new one; none where too few came at all.
	percent         map[string]int
	last            string
	noticed, counts time.Time
}

// look is told who should get what now.
func (m *shares) look(t *testing.T, at string) {
	t.Helper()
	switch now := time.Now(); {
	case at != m.last: // Others get requests, once the router has asked.
		m.last, m.noticed, m.counts = at, now.Add(2*routerAsks), time.Time{}
	case m.counts.IsZero() && now.After(m.noticed):
		if _, lost := m.load.take(); len(lost) > 0 {
			t.Errorf("before %s: %d lost: %s", at, len(lost), lost[0])
		}
		m.counts = now.Add(3 * routerAsks)
	case !m.counts.IsZero() && now.After(m.counts) && m.part[at] == "":
		said, lost := m.load.take()
		if len(lost) > 0 {
			t.Errorf("%s: %d lost: %s", at, len(lost), lost[0])
		}
		n := said["app:1"] + said["app:2"]
		m.part[at] = fmt.Sprintf("%v, %d%% from the new one", said, 100*said["app:2"]/max(1, n))
		if n >= 60 { // Of fewer, as on a busy machine, chance decides.
			m.percent[at] = 100 * said["app:2"] / n
		}
	}
}

// hold compares what was measured, give or take so many percents.
func (m *shares) hold(t *testing.T, want map[string]int, within int) {
	t.Helper()
	for at, text := range m.part {
		t.Logf("%s: %s", at, text)
	}
	for at, want := range want {
		if got, measured := m.percent[at]; m.part[at] == "" || measured && (got < want-within || got > want+within) {
			t.Errorf("%s: %s", at, m.part[at])
		}
	}
}
