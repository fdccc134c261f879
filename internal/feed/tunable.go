package feed

import (
	"time"

	"skep/model"
)

// How often the engine is asked.
const (
	// dutyFactor times what a request took is how long it is not repeated: 20
	// keeps one kind of request under 5 % of one core of the leader.
	dutyFactor = 20
	// dutyCap is the longest that the rule holds a request up, unless it took
	// longer itself: then the connection is free for as long as it was taken.
	dutyCap = time.Minute
	// dutyShare is the same for all requests together. What is not on the
	// screen waits until the sum of the requests is below it.
	dutyShare = 1.0 / dutyFactor
	// dutyBurst is how much request time may be saved up for a moment in which
	// much happens.
	dutyBurst = time.Second
	// repeatFloor is the shortest pause between two requests of a kind, also
	// the pause while something visible converges: people do not read faster.
	repeatFloor = time.Second
	// exploreFactor and exploreFloor take the place of dutyFactor and
	// repeatFloor when the screen asks for something else than the last time:
	// an answer to a key should not wait for a second, but holding a key down
	// must not keep the leader busy either.
	exploreFactor = 4
	exploreFloor  = 100 * time.Millisecond
	// idleInterval is how old the services, and the tasks on the screen, may
	// grow while nothing happens.
	idleInterval = 5 * time.Second
	// blurredInterval is the same while the terminal does not have the focus.
	blurredInterval = 30 * time.Second
	// nodesFast and nodesSlow bound the interval between two lists of the
	// nodes; events tell of nodes sooner. Between the two, nodesRate (bytes a
	// second) decides: a node is 1.8 KB, and a swarm may have hundreds.
	nodesFast = 7 * time.Second
	nodesSlow = 15 * time.Second
	nodesRate = 1 << 10
	// ghostInterval is how often the tasks of a node that is down are read
	// again. They only change when somebody removes what ran there.
	ghostInterval = 30 * time.Second
	// ghostSpacing is the pause between two such reads of different nodes,
	// apart from the first read of each, which is urgent.
	ghostSpacing = 10 * time.Second
	// manyGhosts is the number of nodes, gone at once, above which one list of
	// all tasks is cheaper than one a node (each scans all tasks).
	manyGhosts = 8
	// debounce is how long hints are gathered before they are followed: one
	// change in the swarm makes several events.
	debounce = 150 * time.Millisecond
)

// What counts as happening.
const (
	// convergeAfterHint is how long an event, a Refresh or a change that was
	// seen keeps the fast interval.
	convergeAfterHint = 10 * time.Second
	// convergeAtMost is how long a service that is short of replicas, or in a
	// rollout, keeps it without moving. Rollouts have no timeout and may be
	// stuck for days.
	convergeAtMost = time.Minute
	// activeFor is how long a service counts as active after it moved: its
	// tasks are then read from the active budget.
	activeFor = 30 * time.Second
	// ripeness is how long a task may be on its way, between being made and
	// running or being refused, and still count as active. The pulling of an
	// image has no limit.
	ripeness = 2 * time.Minute
	// outOfSight is how long tasks are kept that nobody looks at and that are
	// in order, where [Options] say nothing else.
	outOfSight = time.Minute
	// forgetEvery is the pause between two rounds of forgetting.
	forgetEvery = 10 * time.Second
)

// How much is read, in bytes of the engine's answers.
const (
	// idleRate is what polling and the background may read together per second
	// while nothing happens; the budget is 5 KB/s at 10,000 tasks.
	idleRate = 4 << 10
	// idleBurst may be saved up; idleDebt bounds what a busy time takes from
	// the background afterwards.
	idleBurst = 32 << 10
	idleDebt  = 1 << 20
	// leftoverRate is what the background gets per second where polling alone
	// uses idleRate up, which it does from about 30 services on.
	leftoverRate = 512
	// activeRate and activeBurst bound the reading of tasks of services that
	// are out of order and not on the screen. The burst lets the first look at
	// a swarm in trouble be quick.
	activeRate  = 128 << 10
	activeBurst = 4 << 20
	// newsRate and newsBurst bound the first looks at services while the
	// budgets for all are used up. The duty rule holds for them as well.
	newsRate  = 8 << 10
	newsBurst = 256 << 10
	// screenIdleRate and screenBusyRate stretch the interval of what is on the
	// screen: all of 10,000 tasks are 7 MB. Services that move are read
	// sooner, by themselves.
	screenIdleRate = 128 << 10
	screenBusyRate = 1 << 20
	// objectsRate stretches the interval of the other lists on the screen: that
	// of the configs carries all their contents. objectsRetry is the shortest
	// pause after one of them could not be read.
	objectsRate  = 16 << 10
	objectsRetry = 5 * time.Second
	// batchServices and batchBytes bound one list of tasks of several
	// services; the rest has its turn next.
	batchServices = 50
	batchBytes    = 1 << 20
	// sweepBytes bounds a list of the sweep: large services go alone, small
	// ones together.
	sweepBytes = 16 << 10
	// sweepSpacing is the pause between two requests of the background,
	// sweepInterval how long a service in order is not read again by it.
	sweepSpacing  = 10 * time.Second
	sweepInterval = 5 * time.Minute
	// heavyService is what a service may weigh in their list, heavyServices how
	// many of them may weigh more: 16 KB each is several times what specification,
	// the one before it and some labels take.
	heavyService  = 16 << 10
	heavyServices = 4
	// heavyRate is what a list of heavier ones may read per second while nothing
	// is said to have changed: what is left of the 5 KB/s beside idleRate.
	// Without events it is read after heavyUntold at the latest.
	heavyRate   = 768
	heavyUntold = 5 * time.Minute
	// unsettledWeight is how much more often the background reads a service
	// that is out of order than one that is not.
	unsettledWeight = 4
	// taskBytes is the size of a task before any was measured.
	taskBytes = 700
)

// Failure.
const (
	// eventsPatience is how long the lists wait for the stream of events to
	// open. It is answered without the leader, so it takes no time unless
	// something between refuses it.
	eventsPatience = time.Second
	// besideAfter is how long a request holds up others. Most are answered
	// within milliseconds, and one at a time is what costs the leader, and a
	// connection through ssh, the least; one that takes longer is a long list, or
	// waits for something that the others need not wait for.
	besideAfter = time.Second
	// waitingAfter is when an unanswered request shows as waiting,
	// waitingAtFirst the same while there is nothing else to see.
	waitingAfter   = 2 * time.Second
	waitingAtFirst = time.Second
	// backoffFirst and backoffLast bound the pause before the next attempt.
	// It grows slowly, because an election is over within some seconds, and up
	// to backoffJitter of it is taken off at random so that many consoles do
	// not come back at once.
	backoffFirst  = 500 * time.Millisecond
	backoffLast   = model.RetryPause
	backoffFactor = 1.5
	backoffJitter = 0.3
	// steadyAfter is how long a connection must be sound before the next
	// failure starts again with the shortest pause.
	steadyAfter = 10 * time.Second
)

// Snapshots.
const (
	// publishEvery and publishSlow are the shortest pauses between two
	// snapshots.
	publishEvery = 100 * time.Millisecond
	publishSlow  = 250 * time.Millisecond
)
