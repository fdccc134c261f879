package simswarm_test

import (
	"flag"
	"testing"

	"skep/lab"
)

var update = flag.Bool("update", false, "write what the real swarm answers to the golden file")

// recorded is the golden file, which only a real swarm may write.
func recorded() Golden {
	g := golden
	g.Update = *update
	return g
}

func TestContract_Real(t *testing.T) {
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, Image1)
	l.Image(t, Image2)
	Run(t, l.Manager(0).Host(), recorded())
}

func TestFaults_Real(t *testing.T) {
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, Image1)
	w := l.Worker(1)
	try := func(f func() error) func() {
		return func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
	}
	RunFaults(t, l.Manager(0).Host(), Faults{
		Hostname: w.Name, Fail: try(w.Kill), Recover: try(w.Start),
	}, recorded())
}
