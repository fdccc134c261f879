package simswarm

import "time"

const day = 24 * time.Hour

// How long things take. The engine's own constants are given as such; the rest
// is what a quiet swarm on a fast network was seen to take.
const (
	// heartbeat is the dispatcher's period; a node is down after
	// heartbeatGrace without one. The engine's.
	heartbeat      = 5 * time.Second
	heartbeatGrace = 13 * time.Second

	// orphanAfter is how long a task of a node that is down stays as it is
	// before it counts as orphaned. The engine's.
	orphanAfter = 24 * time.Hour

	// scheduleDebounce is how long the scheduler gathers changes. The engine's.
	scheduleDebounce = 50 * time.Millisecond

	// faultWindow and faultLimit: a node where so many tasks of a service
	// failed within the window is chosen last. The engine's.
	faultWindow = 5 * time.Minute
	faultLimit  = 5

	// defaultRestartDelay, defaultMonitor, defaultGrace apply where the spec
	// says nothing. The engine's.
	defaultRestartDelay = 5 * time.Second
	defaultMonitor      = 5 * time.Second
	defaultGrace        = 10 * time.Second

	// oldTaskPatience is how long a replacement waits for the old task to
	// stop. The engine's.
	oldTaskPatience = time.Minute

	// allocateRetry is when the allocator looks again after an address came
	// free.
	allocateRetry = 300 * time.Millisecond

	// reapDelay is how long the reaper gathers changes. The engine's.
	reapDelay = 250 * time.Millisecond

	// reportTime is how long the dispatcher gathers the reports of the agents.
	// The engine's.
	reportTime = 100 * time.Millisecond

	// Steps of the agent on a worker.
	acceptMin, acceptMax     = 20 * time.Millisecond, 60 * time.Millisecond
	prepareTime              = 5 * time.Millisecond
	cachedMin, cachedMax     = 60 * time.Millisecond, 160 * time.Millisecond
	pullMin, pullMax         = 1200 * time.Millisecond, 4 * time.Second
	pullFailMin, pullFailMax = 700 * time.Millisecond, 1500 * time.Millisecond
	startMin, startMax       = 200 * time.Millisecond, 450 * time.Millisecond
	stopMin, stopMax         = 150 * time.Millisecond, 900 * time.Millisecond

	// Defaults of a health check where the spec says nothing. The engine's.
	defaultProbeInterval = 30 * time.Second
	defaultProbeRetries  = 3
)
