package config

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/docker/go-units"
)

// The largest demo swarm, each: more would only fill the memory.
const maxDemo = 100_000

// The least and the most memory for a log, in bytes: a few lines of the longest
// kind, and what fits beside the collector of a 32-bit machine.
const minLog, maxLog = 16 << 20, 1 << 30

// SetLogSize takes in how much memory the lines of a log take: LogSize, or else
// what the environment says.
func (c *Config) SetLogSize(env func(string) string) error {
	c.LogSize = cmp.Or(c.LogSize, env("SKEP_LOG_MEMORY"))
	if c.LogSize == "" {
		return nil
	}
	n, err := units.RAMInBytes(c.LogSize)
	if err != nil || n < minLog || n > maxLog {
		return fmt.Errorf("--log-memory, or SKEP_LOG_MEMORY: %q is not a size from 16m to 1g", c.LogSize)
	}
	c.LogBytes = int(n)
	return nil
}

// DemoSize reads the size of a demo swarm, such as
// "nodes=100,services=500,tasks=10000". What is not named is 0, which leaves it
// to the swarm.
func DemoSize(text string) (nodes, services, tasks int, err error) {
	fields := map[string]*int{"nodes": &nodes, "services": &services, "tasks": &tasks}
	for part := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		into := fields[key]
		if into == nil {
			return 0, 0, 0, fmt.Errorf("the size of a demo has nodes, services and tasks, not %q", key)
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxDemo {
			return 0, 0, 0, fmt.Errorf("%s: %q is not a number from 1 to %d", key, value, maxDemo)
		}
		*into = n
	}
	return nodes, services, tasks, nil
}
