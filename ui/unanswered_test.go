package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
)

// TestUnanswered_IsToldOnce, in one notice that stays until a key.
func TestUnanswered_IsToldOnce(t *testing.T) {
	asked := 0
	opt := Options{Kept: Kept{Unanswered: func(_ context.Context, s model.Session, _ actions.Engine) ([]string, error) {
		asked++
		return []string{"scale web from 3 to 5 (2h ago): it was done", "drain \x1b[2Jworker1 (2h ago): it was not done"}, nil
	}}}
	c := testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(), testkit.Session(model.Session{Swarm: "k3pd"}))
	onDesk(t, opt, c, 80, 24, func(t *testing.T, d *desk) {
		d.wait(time.Hour)
		said := strings.Join(strings.Fields(d.text()), " ")
		for _, want := range []string{"an earlier run did not see the end of 2 changes:", "it was done; drain", "it was not done"} {
			if !strings.Contains(said, want) {
				t.Errorf("no %q in %s", want, said)
			}
		}
		d.feed.push(c)
		d.press("j")
		d.misses("an earlier run")
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestUnanswered_OfAnotherSwarm: an answer that comes when another swarm is shown names
// the one it is about.
func TestUnanswered_OfAnotherSwarm(t *testing.T) {
	contexts := &fakeContexts{}
	opt := Options{Contexts: contexts, Kept: Kept{Unanswered: func(_ context.Context, s model.Session, _ actions.Engine) ([]string, error) {
		if s.Context != "prod-eu" {
			return nil, nil
		}
		time.Sleep(time.Minute)
		return []string{"remove the service web (3h ago): it was done"}, nil
	}}}
	c := shop(testkit.Session(model.Session{Swarm: "k3pd", Context: "prod-eu"}))
	onDesk(t, opt, c, 120, 24, func(_ *testing.T, d *desk) {
		d.start(d.switchContext("staging"))
		d.rest()
		contexts.answers(d, "staging")
		d.sees("staging", "live")
		d.wait(2 * time.Minute)
		d.sees("on prod-eu: an earlier run did not see the end of 1 change: remove the service web")
	})
}
