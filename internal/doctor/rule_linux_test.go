package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"skep/lab"
)

// staged is what a rule is for, as docker commands stage it. The service of its name,
// and those that begin so, are what the rule looks at.
type staged struct {
	name, rule, says string
	// before is done first.
	before func(*lab.Lab) error
	// from is the first engine that knows what is staged; 0 for any.
	from int
	// gone is set where the service is removed in the end.
	gone bool
	// later is after how many seconds it is looked at.
	later int
	// stage are docker commands, or wait for the service to be at rest; those that are refused are tried again: what they
	// remove may be in use for a moment.
	stage []string
}

// A service that runs, of one that ends, and one that does not hear the request to
// stop.
const (
	runs = "service create -d --no-resolve-image --stop-grace-period 1s "
	deaf = ` app:1 sh -c "trap '' TERM; while :; do sleep 1; done"`
	job  = ` app:1 sh -c "[ $SLOT != 1 ] || sleep 600; sleep 1"`
)

// stagedRules are the rules beside those of the incidents of the lab.
var stagedRules = []staged{
	{name: "nowhere", rule: "runs-nowhere", says: `runs on no node - none has node\.labels\.disk==ssd$`,
		stage: []string{runs + "--mode global --constraint node.labels.disk==ssd --name nowhere app:1"}},
	{name: "start-first", rule: "update-stuck", says: `update can never finish .*start-first`,
		stage: []string{runs + "--replicas 3 --publish mode=host,target=80,published=8091 --name start-first app:1", "service update -d --no-resolve-image --update-order start-first --force start-first"}},
	{name: "once-failed", rule: "just-restarted", says: `1 of 1 task restarted and not proved yet - exit code 4`,
		stage: []string{runs + `--restart-delay 1s --name once-failed app:1 sh -c "sleep 6; exit 4"`}},
	{name: "repeats", rule: "repeats", says: `ends with 0 and runs again - as its restart policy asks`,
		stage: []string{runs + "--restart-delay 1h --name repeats app:1 sleep 2"}},
	{name: "stays-starting", rule: "replicas-missing", says: `stays-starting 0/1 - starting: the container is coming up, or its health check has not passed yet`, later: 2 * 3600,
		stage: []string{runs + `--health-cmd "sleep 1000" --health-interval 5s --health-timeout 1h --health-retries 1 --name stays-starting app:1`}},
	{name: "avoided", rule: "node-avoided", says: `avoids worker1 - until \S+ UTC the scheduler prefers other nodes`,
		stage: []string{runs + `--restart-delay 0s --constraint node.hostname==worker1 --name avoided app:1 sh -c "exit 5"`}},
	{name: "unused", rule: "unused-objects", says: `named by no service - unused$`, later: 25 * 3600,
		stage: []string{"config create unused FILE"}},
	{name: "superseded", rule: "superseded", says: `config superseded_v1 still in use beside superseded_v2 - named by superseded$`, later: 15 * 60,
		stage: []string{"config create superseded_v1 FILE", runs + "--config superseded_v1 --name superseded app:1", "config create superseded_v2 FILE", "wait"}},
	{name: "former", rule: "references-gone", says: `cannot be rolled back: its former config former is gone`, later: 120,
		stage: []string{"config create former FILE", runs + "--config former --name former app:1", "wait", "service update -d --no-resolve-image --config-rm former former", "wait", "config rm former"}},
	{name: "slow-stop", rule: "slow-stop", says: `stops only when it is killed, after 1s`,
		stage: []string{runs + "--replicas 3 --update-parallelism 3 --name slow-stop" + deaf, "wait", "service update -d --no-resolve-image --force slow-stop"}},
	{name: "slow-job", rule: "slow-job", says: `runs unusually long`, later: 300,
		stage: []string{runs + "--mode replicated-job --replicas 2 --env SLOT={{.Task.Slot}} --name slow-job" + job}},
	{name: "idle-ports", rule: "idle-ports", says: `port 8092(/tcp)? leads to no task`,
		stage: []string{runs + "--replicas 0 --publish 8092:80 --name idle-ports app:1"}},
	{name: "habits", rule: "habit", says: `1 service with secrets in the open`,
		stage: []string{"network create --driver overlay habits", runs + "--publish 8093:80 --network habits --env DB_PASSWORD=not-so-secret --mount type=volume,source=habits,target=/data" +
			" --label com.docker.stack.image=postgres:0 --name habits postgres:1"}},
	{name: "alike", rule: "alike", says: `3 services short of tasks for one reason, 3 of them down - no node has node\.labels\.disk==ssd$`,
		stage: []string{runs + "--constraint node.labels.disk==ssd --name alike_a app:1", runs + "--constraint node.labels.disk==ssd --name alike_b app:1", runs + "--constraint node.labels.disk==ssd --name alike_c app:1"}},
	{name: "stray", rule: "stray-tasks", says: `1 task running although the service is gone`, gone: true, later: 120,
		stage: []string{runs + `--mode replicated-job --name stray app:1 sh -c "sleep 600"`, "wait", "service rm stray"}},
	{name: "filter-generic", rule: "replicas-missing", says: `no node is so large: \w+ has 0 of 0 gpu free, 2 needed`,
		stage: []string{runs + "--generic-resource gpu=2 --name filter-generic app:1"}},
	{name: "filter-cpu", rule: "replicas-missing", says: `no node is so large: \w+ has \S+ of \S+ cores free, 4000 needed`,
		stage: []string{runs + "--reserve-cpu 4000 --name filter-cpu app:1"}},
	{name: "filter-volume-driver", rule: "replicas-missing", says: `no node has volume driver nosuch$`,
		stage: []string{runs + "--mount type=volume,source=v,target=/v,volume-driver=nosuch --name filter-volume-driver app:1"}},
	{name: "filter-log-driver", rule: "replicas-missing", says: `no node has log driver nosuch$`,
		stage: []string{runs + "--log-driver nosuch --name filter-log-driver app:1"}},
	{name: "filter-platform", rule: "replicas-missing", says: `no node is linux/arm64$`,
		before: create(`{"Name": "filter-platform", "TaskTemplate": {"ContainerSpec": {"Image": "app:1"}, "Placement": {"Platforms": [{"OS": "linux", "Architecture": "arm64"}]}}}`)},
	{name: "filter-cluster-volume", rule: "replicas-missing", says: `CSI volume mounts`, from: 23,
		before: create(`{"Name": "filter-cluster-volume", "TaskTemplate": {"ContainerSpec": {"Image": "app:1", "Mounts": [{"Type": "cluster", "Source": "nosuch", "Target": "/v"}]}}}`)},
	{name: "rebalanced", rule: "unfinished", says: `rebalanced is being spread anew: 2 replicas, and 1 again in the end - nothing has moved for 1\dm`, later: 15 * 60,
		stage: []string{runs + `--replicas 2 --label "skep.rebalance=1 2-0-0 2026-01-01T00:00:00Z" --name rebalanced app:1`, "wait"}},
}

// stagedNodeRules are those that need the nodes, one after the other.
var stagedNodeRules = []staged{
	{name: "filter-several", rule: "replicas-missing", says: `worker1 lacks only node\.labels\.disk==ssd|no node has node\.labels\.disk==ssd`,
		stage: []string{"node update --availability drain worker2", "node update --label-add size=small manager1",
			runs + "--constraint node.labels.disk==ssd --constraint node.labels.size!=small --name filter-several app:1"}},
	{name: "filter-ready", rule: "node-closed", says: `worker2 drained - filter-ready fits on no other node`,
		stage: []string{runs + "--constraint node.hostname==worker2 --name filter-ready app:1"}},
	{name: "crowded", rule: "uneven-spread", says: `spread unevenly: 4 on worker1, 0 on \w+`, later: 120,
		stage: []string{"node update --availability pause manager1", "node update --availability pause worker2", "node update --availability active worker1", runs + "--replicas 4 --name crowded app:1", "wait",
			"node update --availability active manager1", "node update --availability active worker2"}},
	{name: "left-behind", rule: "node-stale", says: `worker2\(\w+\) down, and its host has joined again`, before: func(l *lab.Lab) error { return joinAgain(l.Manager(0), l.Worker(1)) }},
	{name: "authority", rule: "ca-rotation", says: `swarm CA rotation waits for worker1`, before: func(l *lab.Lab) error { return l.Worker(0).Kill() },
		stage: []string{"swarm ca --rotate --detach --quiet"}},
}

// stagedManagerRules are those that need three managers and two workers, one after the
// other.
var stagedManagerRules = []staged{
	{name: "one-zone", rule: "single-point", says: `quorum all managers are in one zone - node\.labels\.zone is a on all 3`,
		stage: []string{"node update --label-add zone=a manager1", "node update --label-add zone=a manager2", "node update --label-add zone=a manager3", "node update --label-add zone=b worker1"}},
	{name: "even-managers", rule: "quorum-thin", says: `quorum 4 managers, an even number - they can lose no more than 3 could`,
		stage: []string{"node promote worker1"}},
}

// create makes a service of which docker's command line cannot say all.
func create(spec string) func(*lab.Lab) error {
	return func(l *lab.Lab) error {
		return l.Manager(0).API(context.Background(), "POST", "/services/create", json.RawMessage(spec), nil)
	}
}

// joinAgain lets a worker leave the swarm and join it anew.
func joinAgain(manager, worker *lab.Node) error {
	token, err := manager.Docker("swarm", "join-token", "-q", "worker")
	if err == nil {
		_, err = worker.Docker("swarm", "leave")
	}
	if err == nil {
		_, err = worker.Docker("swarm", "join", "--token", strings.TrimSpace(token), manager.IP()+":2377")
	}
	return err
}

// do runs the commands.
func (s staged) do(l *lab.Lab, file string) error {
	if s.before != nil {
		if err := s.before(l); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, command := range s.stage {
		args := words(command)
		for i := range args {
			if args[i] == "FILE" {
				args[i] = file
			}
		}
		for began := time.Now(); ; time.Sleep(500 * time.Millisecond) {
			var out string
			err := errors.New("it is not at rest")
			if command != "wait" {
				out, err = l.Manager(0).Docker(args...)
			} else if atRest(l, s.name) {
				err = nil
			}
			if err == nil {
				break
			}
			if time.Since(began) > restWithin {
				return fmt.Errorf("%s: %w: %s", s.name, err, out)
			}
		}
	}
	return nil
}

// recorded stages it, and records what the engine says of these services.
func (s staged) recorded(t *testing.T, l *lab.Lab, file string, services ...string) error {
	if err := s.do(l, file); err != nil {
		return err
	}
	return record(t, l.Manager(0), s.name, fixture{Rule: s.rule, Later: s.later}, services, s.says)
}

// TestLab_RulesFind stages on a real swarm what the rules are for that no incident of
// the lab shows: each finds it in what the engine answers.
func TestLab_RulesFind(t *testing.T) {
	t.Parallel()
	l := lab.Up(t, lab.Managers(1), lab.Workers(2))
	l.Image(t, "app:1")
	l.Image(t, "postgres:1")
	file := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(file, []byte("colour = blue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var version struct{ Version string }
	if err := l.Manager(0).API(t.Context(), "GET", "/version", nil, &version); err != nil {
		t.Fatal(err)
	}
	major, err := strconv.Atoi(strings.SplitN(version.Version, ".", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	stage := func(s staged) error {
		if major < s.from {
			return nil
		}
		if !s.gone {
			return s.recorded(t, l, file, s.name)
		}
		var err error
		for range 3 { // An engine that is quick enough leaves nothing behind.
			if err = s.recorded(t, l, file); err == nil {
				break
			}
		}
		return err
	}
	var g errgroup.Group
	for _, s := range stagedRules {
		g.Go(func() error {
			if err := stage(s); err != nil {
				t.Error(err)
			}
			return nil
		})
	}
	_ = g.Wait()
	for _, s := range stagedNodeRules {
		if err := stage(s); err != nil {
			t.Error(err)
		}
	}
}
