package main

import (
	"math"
	"runtime/debug"

	"skep/internal/config"
)

// memoryLimit is the size in bytes from which on the collector of garbage works
// harder instead of letting the heap double. The console runs on managers,
// beside what keeps the swarm together, and needs a tenth of it for 10,000
// tasks; what an engine sends can be a multiple while it is read. It is no wall:
// a swarm that needs more gets it, at the cost of more time.
const memoryLimit = 256 << 20

// limitMemory sets the limit, unless GOMEMLIMIT has set another. A swarm inside
// the program takes what it takes.
func limitMemory(cfg config.Config) {
	if !cfg.Demo && debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}
