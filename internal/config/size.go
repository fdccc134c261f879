package config

import (
	"fmt"
	"strconv"
	"strings"
)

// The largest demo swarm, each: more would only fill the memory.
const maxDemo = 100_000

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
