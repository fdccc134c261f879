package contract_test

import (
	"testing"

	"go.uber.org/goleak"

	"skep/internal/simswarm"
	"skep/internal/simswarm/contract"
)

// golden is what real swarms have answered.
var golden = contract.Golden{Dir: "testdata"}

// simulated compares with all of them.
var simulated = contract.Golden{Dir: golden.Dir, Simulated: true}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract_Simulated(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a swarm at work")
	}
	s := simswarm.New(simswarm.Bare(1, 2), simswarm.WithImages(contract.Image1, contract.Image2),
		simswarm.WithClock(simswarm.FastClock(8)))
	t.Cleanup(s.Close)
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	contract.Run(t, host, simulated)
}

func TestFaults_Simulated(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a swarm at work")
	}
	s := simswarm.New(simswarm.Bare(1, 2), simswarm.WithImages(contract.Image1), simswarm.WithClock(simswarm.FastClock(8)))
	t.Cleanup(s.Close)
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	contract.RunFaults(t, host, contract.Faults{
		Hostname: "worker2",
		Fail:     func() { s.FailNode("worker2") },
		Recover:  func() { s.RecoverNode("worker2") },
	}, simulated)
}
