package main

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"

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
		debug.SetMemoryLimit(memoryLimit + 2*int64(cfg.LogBytes))
	}
}

// restBytes is what is kept in any case: what 10,000 tasks take.
const restBytes = 36 << 20

// restEvery is how often is looked whether memory is to be given back.
var restEvery = 20 * time.Second

// restAgain is how long after that what is still there is looked at again: only a
// collection reports whether it is in use, and nothing else starts one in a program
// that does next to nothing.
func restAgain() time.Duration { return 2 * restEvery }

// returnMemory gives memory that is not in use any more back to the system, until
// the context ends. By itself the runtime keeps what it once needed for minutes,
// of a program that then does next to nothing.
func returnMemory(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	var last time.Time
	for kept := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if worthReturning(resident(), kept, time.Since(last)) {
			debug.FreeOSMemory()
			kept, last = resident(), time.Now()
		}
	}
}

// worthReturning reports whether so much has come on top of what was left when
// memory was given back last, or so long ago, that it is worth the work, which
// grows with what is in use.
func worthReturning(now, kept uint64, ago time.Duration) bool {
	return now > restBytes && (now > kept+kept/4 || ago >= restAgain())
}

// resident is what the runtime has of the system and has not given back, in
// bytes.
func resident() uint64 {
	all := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(all)
	return all[0].Value.Uint64() - all[1].Value.Uint64()
}
