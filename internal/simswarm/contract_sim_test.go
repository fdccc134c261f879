package simswarm_test

import (
	"sync"
	"testing"
	"time"

	"skep/internal/simswarm"
)

// golden is what real swarms have answered.
var golden = Golden{Dir: "testdata"}

// simulated compares with all of them.
var simulated = Golden{Dir: golden.Dir, Simulated: true}

// startSimulated starts a swarm whose time goes by only while a test waits, so that a
// busy machine misses nothing of what happens in it.
func startSimulated(t *testing.T, images ...string) (*simswarm.Swarm, string, Golden) {
	t.Helper()
	if testing.Short() {
		t.Skip("waits for a swarm at work")
	}
	clock := simswarm.NewManualClock(time.Now())
	s := simswarm.New(simswarm.Bare(1, 2), simswarm.WithImages(images...), simswarm.WithClock(clock))
	t.Cleanup(s.Close)
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	g := simulated
	var one sync.Mutex
	g.Sleep = func(d time.Duration) {
		one.Lock()
		defer one.Unlock()
		clock.Advance(2 * d)
	}
	return s, host, g
}

func TestContract_Simulated(t *testing.T) {
	_, host, g := startSimulated(t, Image1, Image2)
	Run(t, host, g)
}

func TestFaults_Simulated(t *testing.T) {
	s, host, g := startSimulated(t, Image1)
	RunFaults(t, host, Faults{
		Hostname: "worker2",
		Fail:     func() { s.FailNode("worker2") },
		Recover:  func() { s.RecoverNode("worker2") },
	}, g)
}
