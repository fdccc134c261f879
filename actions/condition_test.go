package actions_test

import (
	"slices"
	"testing"

	"skep/actions"
	"skep/model"
)

// condition is a state that a service can be in, and how it gets there.
type condition struct {
	name string
	// create are what follows "docker service create --name NAME", then the
	// updates that follow, each once the one before has come to rest.
	create string
	then   []string
	// rest reports whether the state is reached; nil for all up and no update.
	rest func(at standing) bool
	// verbs are what is done to services in that state: a verb, and its value.
	verbs []string
	// partly is set where an update goes on for longer than the test: then
	// what was replaced is part of what was foreseen.
	partly bool
}

// standing is how a service stands.
type standing struct {
	*model.Service
	model.ServiceFacts
	tasks []*model.Task
}

func (at standing) update() string {
	if at.UpdateStatus == nil {
		return ""
	}
	return string(at.UpdateStatus.State)
}

// quick makes updates as short as the engine allows.
const quick = "--update-monitor 1s --rollback-monitor 1s --update-delay 0s --stop-grace-period 1s --restart-delay 1h --no-resolve-image "

// quickJob leaves out what a job does not take.
const quickJob = "--stop-grace-period 1s --no-resolve-image "

func healthy(at standing) bool {
	return at.Up == at.Want && at.Want > 0 && at.update() != "updating" && at.update() != "rollback_started"
}

// settled reports whether nothing of a service is on its way any more.
func settled(at standing) bool {
	switch at.update() {
	case "updating", "rollback_started":
		return false
	}
	return !slices.ContainsFunc(at.tasks, func(t *model.Task) bool {
		switch {
		case t.Terminal():
			return false
		case !t.Wanted():
			return true // It has to stop.
		}
		return t.State != "running" && t.State != "pending" && !(t.State == "ready" && t.Desired == "ready")
	})
}

func is(state string) func(standing) bool {
	return func(at standing) bool { return at.update() == state && settled(at) }
}

// paused reports whether the engine has paused an update because its tasks
// fail, and all that it had started have.
func paused(at standing) bool {
	return at.update() == "paused" && settled(at) &&
		!slices.ContainsFunc(at.tasks, func(t *model.Task) bool { return t.State == "running" && at.UpToDate(t) })
}

func hasTask(state string, n int) func(standing) bool {
	return func(at standing) bool {
		has := 0
		for _, t := range at.tasks {
			if string(t.State) == state {
				has++
			}
		}
		return has >= n && settled(at)
	}
}

var (
	replicatedVerbs = []string{"restart", "image app:2", "scale +1", "scale -1", "scale 0", "stop", "env A=2", "resources 64m", "label a=b",
		"constraint node.labels.none!=here", "constraint node.role==worker", "mounts Mounts: [{Type: tmpfs, Target: /x}]", "networks Networks: [{Target: front}]",
		"rollout-config Parallelism: 1=>Parallelism: 2", "edit Replicas: 3=>Replicas: 4"}
	pinned = "--constraint node.hostname==worker1 --replicas-max-per-node 1 "
)

// conditions are the states that previews are tried in.
var conditions = []condition{
	{name: "steady", create: "--replicas 3 app:1", verbs: replicatedVerbs},
	{name: "slow", create: "--replicas 3 --update-delay 2s app:1", verbs: []string{"restart"}},
	{name: "start-first", create: "--replicas 3 --update-order start-first --update-parallelism 2 app:1", verbs: []string{"restart", "image app:2"}},
	{name: "one-start-first", create: "--update-order start-first app:1", verbs: []string{"restart"}},
	{name: "all-at-once", create: "--replicas 2 --update-parallelism 0 app:1", verbs: []string{"restart"}},
	{name: "updated", create: "--replicas 2 app:1", then: []string{"--image app:2"}, rest: is("completed"), verbs: []string{"rollback", "revert", "scale +1", "image app:1"}},
	{name: "updating", create: "--replicas 2 --update-delay 1h app:1", then: []string{"--image app:2"}, partly: true,
		rest: func(at standing) bool { return at.update() == "updating" && at.Up == 2 && at.Rollout.New == 1 }, verbs: []string{"hold", "rollback", "revert", "scale +1", "restart", "image app:1"}},
	{name: "paused", create: "--replicas 3 --update-monitor 10s --update-delay 2s app:1", then: []string{"--image app:bad"}, rest: paused,
		verbs: []string{"rollback", "revert", "resume", "scale +1", "scale -1", "restart", "image app:1", "image app:2", "scale 0"}},
	{name: "paused-all", create: "--replicas 2 --update-monitor 10s --update-parallelism 0 app:1", then: []string{"--image app:bad"}, rest: paused, verbs: []string{"rollback", "scale +1"}},
	{name: "rolled-back", create: "--replicas 2 --update-monitor 10s --restart-delay 1s --update-failure-action rollback app:1", then: []string{"--image app:bad"},
		rest: func(at standing) bool { return at.update() == "rollback_completed" && healthy(at) }, verbs: []string{"restart", "scale +1"}},
	{name: "stopped", create: "--replicas 0 --label skep.replicas=2 app:1", rest: settled, verbs: []string{"start"}},
	{name: "zero", create: "--replicas 0 app:1", rest: settled, verbs: []string{"scale 2", "restart", "image app:2"}},
	{name: "pending", create: "--replicas 2 --constraint node.labels.none==here app:1", rest: hasTask("pending", 2), verbs: []string{"restart", "scale +1", "scale -1", "scale 0"}},
	{name: "crashing", create: "--replicas 2 app:bad", rest: hasTask("failed", 2), verbs: []string{"restart", "image app:1", "scale +1", "scale -1"}},
	{name: "ended", create: "--replicas 2 --restart-condition none app:bad", rest: hasTask("failed", 2), verbs: []string{"restart", "image app:1", "scale +1", "scale -1"}},
	{name: "mixed", create: "--replicas 3 --replicas-max-per-node 1 --constraint node.role==worker app:1", rest: hasTask("pending", 1), verbs: []string{"scale -1", "scale +1", "image app:2"}},
	{name: "global", create: "--mode global app:1", verbs: []string{"restart", "image app:2"}},
	{name: "global-updated", create: "--mode global app:1", then: []string{"--image app:2"}, rest: is("completed"), verbs: []string{"rollback"}},
	{name: "global-paused", create: "--mode global --update-monitor 10s --update-delay 2s app:1", then: []string{"--image app:bad"}, rest: paused, verbs: []string{"rollback", "restart"}},
	{name: "global-port", create: "--mode global --update-order start-first --publish mode=host,published=7001,target=80 app:1", verbs: []string{"restart"}},
	{name: "one-each", create: "--replicas 2 --update-order start-first --replicas-max-per-node 1 --constraint node.role==worker app:1", verbs: []string{"restart", "image app:2"}},
	{name: "one-each-stop-first", create: "--replicas 2 --replicas-max-per-node 1 --constraint node.role==worker app:1", verbs: []string{"restart"}},
	{name: "pinned", create: pinned + "--update-order start-first app:1", verbs: []string{"restart", "image app:2"}},
	{name: "room-for-one", create: "--replicas 2 --update-order start-first --replicas-max-per-node 1 app:1", verbs: []string{"restart"}},
	{name: "port", create: "--update-order start-first --constraint node.hostname==worker2 --publish mode=host,published=7002,target=80 app:1", verbs: []string{"restart"}},
	{name: "port-stop-first", create: "--constraint node.hostname==worker2 --publish mode=host,published=7003,target=80 app:1", verbs: []string{"restart"}},
	{name: "labelled", create: "--replicas 2 app:1", then: []string{"--label-add a=b"}, verbs: []string{"rollback"}},
	{name: "constrained", create: "--replicas 2 app:1", then: []string{"--constraint-add node.labels.none!=here"}, verbs: []string{"rollback", "restart"}},
	{name: "published", create: "--replicas 2 app:1", then: []string{"--publish-add 7004:80"}, rest: is("completed"), verbs: []string{"rollback"}},
	{name: "published-half", create: "--replicas 2 --update-delay 1h app:1", then: []string{"--publish-add 7005:80"},
		rest: func(at standing) bool { return at.update() == "updating" && at.Up == 2 && settledTasks(at) }, verbs: []string{"rollback"}},
	{name: "scaled", create: "--replicas 3 app:1", then: []string{"--replicas 1"}, rest: func(at standing) bool { return healthy(at) && settled(at) }, verbs: []string{"rollback"}},
	{name: "job", create: "--mode replicated-job --replicas 2 --restart-condition none app:1 true", rest: hasTask("complete", 2), verbs: []string{"restart", "scale 3", "image app:2"}},
	{name: "job-running", create: "--mode replicated-job --restart-condition none app:1", verbs: []string{"restart"}},
	{name: "global-job", create: "--mode global-job --restart-condition none app:1 true", rest: hasTask("complete", 3), verbs: []string{"restart"}},
}

// otherwise are the verbs that are compared with what happens by a test of their own.
var otherwise = map[string]string{
	"service/newest": "TestNewest_OnARealSwarm", "service/remove": "TestActions_OnARealSwarm", "service/rebalance": "TestRebalance_OnARealSwarm",
	"service/green": "TestSwitch_OnARealSwarm", "service/switch": "TestSwitch_OnARealSwarm", "service/switch-back": "TestSwitch_OnARealSwarm", "service/finish": "TestSwitch_OnARealSwarm",
	"release/release": "TestReleaseLab",
	"node/drain":      "TestForecastOfNodes_OnARealSwarm", "node/pause": "TestForecastOfNodes_OnARealSwarm", "node/activate": "TestForecastOfNodes_OnARealSwarm",
	"node/label": "TestForecastOfNodes_OnARealSwarm", "node/edit": "TestEdit_OnARealSwarm", "node/remove": "TestVerbs_OnARealSwarm",
	"node/promote": "TestActions_OnARealSwarm", "node/demote": "TestActions_OnARealSwarm",
	"node/gentle-drain": "TestGentleDrain_OnARealSwarm", "node/upgrade": "TestUpgrade_OnARealSwarm", "node/end-upgrade": "TestUpgrade_OnARealSwarm",
	"record/undo": "TestUndo_OnARealSwarm", "config/label": "TestEdit_OnARealSwarm", "secret/label": "TestEdit_OnARealSwarm", "network/label": "refused always",
	"stack/restart": "TestStacks_OnARealSwarm", "stack/stop": "TestStacks_OnARealSwarm", "stack/start": "TestStacks_OnARealSwarm", "stack/remove": "TestStacks_OnARealSwarm",
	"stack/switch": "TestDeployBeside_OnARealSwarm", "stack/switch-back": "TestDeployBeside_OnARealSwarm", "stack/finish": "TestDeployBeside_OnARealSwarm",
	"network/remove": "TestStacks_OnARealSwarm", "config/remove": "TestStacks_OnARealSwarm", "secret/remove": "TestStacks_OnARealSwarm", "stack/newest": "TestNewest_OfSeveral",
}

// TestForecast_HasEveryVerb: no verb is without a test that compares what its
// preview says with what then happens.
func TestForecast_HasEveryVerb(t *testing.T) {
	tried := map[string]bool{}
	for _, x := range trials(conditions) {
		tried["service/"+x.verb] = true
	}
	for _, a := range actions.Registered() {
		if key := string(a.Kind) + "/" + a.Verb; !tried[key] && otherwise[key] == "" {
			t.Errorf("%s is compared by no test with what then happens", key)
		}
	}
}

// settledTasks reports whether every task of an update that waits for its delay
// has come to rest.
func settledTasks(at standing) bool {
	fresh := 0
	for _, t := range at.tasks {
		if !t.Terminal() && (!t.Wanted() || t.State != "running") {
			return false
		}
		if t.Wanted() && !t.Terminal() && at.UpToDate(t) {
			fresh++
		}
	}
	return fresh > 0
}

// besideNode are the states of services in a swarm of which one node takes no
// tasks.
func besideNode(is string) []condition {
	return []condition{
		{name: is + "-node", create: "--replicas 3 --constraint node.role==worker app:1", verbs: []string{"restart", "scale +1", "scale -1"}},
		{name: is + "-node-global", create: "--mode global app:1", verbs: []string{"restart", "image app:2"}},
		{name: is + "-node-start-first", create: "--replicas 2 --update-order start-first --replicas-max-per-node 2 --constraint node.role==worker app:1", verbs: []string{"restart"}},
	}
}
