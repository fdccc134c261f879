package model

import "time"

// What the engine does where a specification does not say (swarmkit
// api/defaults/service.go, and the default of `docker swarm init`).
const (
	DefaultParallelism  = 1
	DefaultMonitor      = 5 * time.Second
	DefaultRestartDelay = 5 * time.Second
	// DefaultStopGrace is how long a container has to stop before it is killed.
	DefaultStopGrace   = 10 * time.Second
	DefaultTaskHistory = 5
)

// The engine's own values of a health check that does not say (moby
// daemon/health.go), also where the check is the image's, of which the swarm
// does not tell.
const (
	DefaultProbeInterval = 30 * time.Second
	DefaultProbeTimeout  = 30 * time.Second
	DefaultProbeRetries  = 3
)
