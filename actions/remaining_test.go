package actions_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/lab"
)

func TestLeastRemaining_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 2)
	for i, c := range []string{
		`"Parallelism":1,"Delay":3000000000,"Monitor":1000000000`,
		`"Parallelism":2,"Delay":1000000000,"Monitor":5000000000,"Order":"start-first"`,
		`"Parallelism":4,"Monitor":2000000000`,
	} {
		name := fmt.Sprint("web", i)
		s.create(t, name, `{"Replicated":{"Replicas":5}}`, "", `,"UpdateConfig":{`+c+`}`)
		s.testRemaining(t, name, 5, "nginx:2")
	}
}

func TestLeastRemaining_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newWalkStage(t, 1, 1)
	s.Image(t, "app:2")
	s.serve(t, "web", 5, "--update-delay", "3s", "--update-parallelism", "2")
	s.testRemaining(t, "web", 5, "app:2")
}

// testRemaining updates a service: at no time does it end before it was said to at the
// least, and at the beginning that is not far from how long it takes.
func (s *stage) testRemaining(t *testing.T, name string, replicas int, image string) {
	t.Helper()
	s.settle(t, name, replicas, nil)
	s.do(t, "image", s.target(t, name), map[string]string{"image": image})
	type said struct {
		at    time.Time
		least time.Duration
	}
	var all []said
	s.eventually(t, patience, func() error {
		c := s.snapshot(t)
		sv := service(t, c, name)
		at := s.now()
		switch u := sv.UpdateStatus; {
		case u == nil || u.State != swarm.UpdateStateUpdating && u.State != swarm.UpdateStateCompleted:
			return fmt.Errorf("no update goes on")
		case u.State == swarm.UpdateStateUpdating:
			all = append(all, said{at, sv.LeastRemaining(c.Standing(sv))})
			return fmt.Errorf("%s goes on", name)
		}
		for _, one := range all {
			if end := at.Sub(one.at); one.least > end {
				t.Errorf("%s: at least %s were said to go, and it took %s", name, one.least, end)
			}
		}
		t.Logf("%s: first at least %s, and it took %s", name, all[0].least, at.Sub(all[0].at))
		if all[0].least == 0 {
			t.Errorf("%s: nothing was said", name)
		}
		return nil
	})
}
