package simswarm

import (
	"testing"
	"time"
)

// TestDeterminism_SameSeedSameSwarm compares whole answers.
func TestDeterminism_SameSeedSameSwarm(t *testing.T) {
	for name, content := range map[string]Option{"demo": Demo(), "size": Size{Nodes: 10, Services: 40, Tasks: 300}} {
		t.Run(name, func(t *testing.T) {
			look := func(seed uint64) string {
				b := newBench(t, content, WithSeed(seed))
				b.clock.Advance(10 * time.Minute)
				all := ""
				for _, path := range []string{"/nodes", "/services?status=true", "/tasks", "/networks", "/secrets", "/configs", "/swarm"} {
					_, text := b.try("GET", path, nil)
					all += text
				}
				return all
			}
			first := look(7)
			if look(7) != first {
				t.Error("two swarms of one seed differ")
			}
			if look(8) == first {
				t.Error("the seed changes nothing")
			}
		})
	}
}

// TestDeterminism_StepsDoNotMatter: what happens does not depend on when
// somebody looks.
func TestDeterminism_StepsDoNotMatter(t *testing.T) {
	look := func(step time.Duration) string {
		b := newBench(t, Demo())
		for d := time.Duration(0); d < 5*time.Minute; d += step {
			b.clock.Advance(step)
			b.try("GET", "/services", nil)
		}
		_, text := b.try("GET", "/tasks", nil)
		return text
	}
	if look(time.Second) != look(time.Minute) {
		t.Error("looking more often changes the swarm")
	}
}
