package lab

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// Incident is a way for a swarm to go wrong that can be staged in a lab.
type Incident struct {
	Name string
	// About says in a sentence what an operator will find.
	About string
	// Managers and Workers are how many a lab needs for it at least.
	Managers, Workers int
	// Login says that the lab needs a registry that wants a login.
	Login bool
	// Alone says that it disturbs others that are staged in the same lab,
	// because it takes nodes away or keeps everybody busy.
	Alone bool

	stage func(*scene) error
	// check returns nil once the swarm is in the state that About promises,
	// and an error for a swarm where nothing was staged.
	check func(*scene) error
}

// stageTimeout is how long an incident may take to develop on a busy machine; on
// an idle one most need a few seconds, a lost quorum about twenty.
const stageTimeout = 10 * time.Minute

// incidents is the list of all incidents: start here to add one. A service
// that an incident needs has the name of the incident.
var incidents = []Incident{
	{Name: "shop", About: "All is well: a stack of five services, every one of them with what it wants.",
		stage: stageShop, check: checkShop},

	{Name: "constraint", About: "A service waits for a node label that no node has.",
		stage: stageConstraint, check: pendingBecause("scheduling constraints not satisfied")},
	{Name: "reservation", About: "A service reserves more memory than any node has.",
		stage: stageReservation, check: pendingBecause("insufficient resources")},
	{Name: "host-port", About: "One more replica wants the same host port than there are nodes.",
		stage: stageHostPort, check: checkOneTooMany("host-mode port already in use")},
	{Name: "max-replicas", About: "One more replica is wanted than the limit per node allows on all nodes.",
		stage: stageMaxReplicas, check: checkOneTooMany("max replicas per node limit exceed")},
	{Name: "addresses", About: "A network of eight addresses is full: tasks stay new, and nothing says why.",
		stage: stageAddresses, check: checkAddresses},

	{Name: "missing-image", About: "A service runs an image that does not exist.",
		stage: stageMissingImage, check: rejectedBecause("No such image", "not found", "pull access denied", "failed to resolve")},
	{Name: "registry-login", About: "A registry wants a login that the service was created without.",
		Login: true, stage: stageRegistryLogin, check: checkRegistryLogin},
	{Name: "restart-loop", About: "A service exits with 1 a second after each start.",
		stage: stageRestartLoop, check: endedWith("failed", "non-zero exit (1)", 3)},
	{Name: "exit-zero", About: "A service does its work and exits with 0, again and again.",
		stage: stageExitZero, check: endedWith("complete", "", 3)},
	{Name: "gave-up", About: "A service used up its restart attempts: no replica is left and none is to come.",
		stage: stageGaveUp, check: checkGaveUp},
	{Name: "oom", About: "A service takes more memory than its limit and is killed for it.",
		stage: stageOOM, check: checkOOM},
	{Name: "never-healthy", About: "A health check never passes, so no task gets beyond starting.",
		stage: stageNeverHealthy, check: endedWith("failed", "unhealthy container", 2)},
	{Name: "turns-unhealthy", About: "A health check passes for some seconds after each start and then fails.",
		stage: stageTurnsUnhealthy, check: checkTurnsUnhealthy},
	{Name: "in-use", About: "A secret and a config cannot be removed because a service uses them.",
		stage: stageInUse, check: checkInUse},

	{Name: "update-paused", About: "An update to a broken image was paused by its first failure.",
		stage: stageBadUpdate("pause"), check: updateIs("paused")},
	{Name: "update-continued", About: "An update to a broken image went on regardless and broke every replica.",
		stage: stageBadUpdate("continue"), check: checkUpdateContinued},
	{Name: "update-rolled-back", About: "An update to a broken image was rolled back by itself.",
		stage: stageBadUpdate("rollback"), check: updateIs("rollback_completed")},
	{Name: "update-wedged", About: "An update waits for ever for a task that no node takes.",
		stage: stageWedgedUpdate, check: checkWedgedUpdate},

	{Name: "drained", About: "A node was drained and forgotten; a service can run nowhere else.", Workers: 1, Alone: true,
		stage: stageDrained, check: checkDrained},
	{Name: "worker-down", About: "A worker died; the swarm still counts the tasks that it had as running.", Workers: 1, Alone: true,
		stage: stageWorkerDown, check: checkWorkerDown},
	{Name: "hung-engine", About: "The engine of a worker hangs: it takes connections and answers none.", Workers: 1, Alone: true,
		stage: stageHungEngine, check: checkHungEngine},
	{Name: "leader-down", About: "The leader died and another manager leads.", Managers: 3, Alone: true,
		stage: stageLeaderDown, check: checkLeaderDown},
	{Name: "quorum-lost", About: "Most managers died: the swarm has no leader.", Managers: 3, Alone: true,
		stage: stageQuorumLost, check: checkQuorumLost},
	{Name: "pending-10000", About: "Ten thousand tasks of twenty services wait for a node.", Alone: true,
		stage: stagePending, check: checkPending},
	{Name: "log-flood", About: "Two replicas write log lines as fast as they can.", Alone: true,
		stage: stageLogFlood, check: checkLogFlood},
}

// Incidents lists the incidents that can be staged.
func Incidents() []Incident { return append([]Incident(nil), incidents...) }

// Stage stages an incident and returns once the swarm is in that state. It fails
// the test if the lab is too small for it.
func (l *Lab) Stage(t testing.TB, name string) {
	t.Helper()
	if err := l.StageIncident(context.Background(), name); err != nil {
		t.Fatalf("lab: %v", err)
	}
}

// StageIncident is Stage for those who have no test.
func (l *Lab) StageIncident(ctx context.Context, name string) error {
	i, err := findIncident(name)
	if err != nil {
		return err
	}
	if err := i.fits(l.Config); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stageTimeout)
	defer cancel()
	s := &scene{Lab: l, ctx: ctx, name: name}
	if err := i.stage(s); err != nil {
		return fmt.Errorf("stage %s: %w", name, err)
	}
	if err := s.wait(func() error { return i.check(s) }); err != nil {
		return fmt.Errorf("%s does not show: %w", name, err)
	}
	return nil
}

// Shows returns nil if the swarm is in the state that the incident promises.
func (l *Lab) Shows(ctx context.Context, name string) error {
	i, err := findIncident(name)
	if err != nil {
		return err
	}
	return i.check(&scene{Lab: l, ctx: ctx, name: name})
}

func findIncident(name string) (Incident, error) {
	for _, i := range incidents {
		if i.Name == name {
			return i, nil
		}
	}
	return Incident{}, fmt.Errorf("there is no incident %q", name)
}

// fits says what the lab lacks for the incident.
func (i Incident) fits(c Config) error {
	switch {
	case c.Managers < i.Managers:
		return fmt.Errorf("%s needs a lab of %d managers", i.Name, i.Managers)
	case c.Workers < i.Workers:
		return fmt.Errorf("%s needs a lab of %d workers", i.Name, i.Workers)
	case i.Login && c.RegistryUser == "":
		return fmt.Errorf("%s needs a lab whose registry wants a login", i.Name)
	}
	return nil
}

// wait calls fn until it returns nil or the time for the incident is up, and
// then returns the last error that was not only for want of time. It asks no
// more than a third of the time: ten thousand tasks are dear to the leader.
func (s *scene) wait(fn func() error) error {
	var last error
	for {
		begin := time.Now()
		err := fn()
		if err == nil {
			return nil
		}
		if s.ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-s.ctx.Done():
			return errors.Join(s.ctx.Err(), last)
		case <-time.After(max(200*time.Millisecond, 2*time.Since(begin))):
		}
	}
}
